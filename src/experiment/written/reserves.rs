//! Outcomes of reserve agencies, as files write them.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::quantity::Share;
use crate::world_file::record::{choice, record};

choice! {
    /// A figure of a reserve agency.
    pub enum AgencyFigure as "a figure of an agency" {
        /// Stock, mean in t.
        Stock,
        /// What it means to hold, mean in t.
        Aim,
        /// Metal bought, sum in t.
        Bought,
        /// Metal sold, by auction and at spot, sum in t.
        Released,
        /// Of that, old stock replaced, sum in t.
        Rotated,
        /// Mean price paid, in USD/t.
        PricePaid,
        /// Mean price got, in USD/t.
        PriceGot,
        /// All that it cost, in USD: metal bought less sold, the fall of its worth at market prices, rent, interest, carriage and fees.
        Cost,
        /// Rent, interest and what bonds sold would have brought, sum in USD.
        Keeping,
        /// Carriage of what was bought and released, sum in USD.
        Carriage,
        /// Fees for what is kept ready, sum in USD.
        Fees,
        /// What the treasury paid it, sum in USD.
        Support,
        /// Weeks in which a trigger was breached.
        Alarms,
        /// Of those, weeks in which no more than this share of what its nation's sectors require was unmet.
        FalseAlarms(Share),
        /// Weeks without a breach in which more than this share of it was unmet.
        MissedAlarms(Share),
        /// Stock in weeks in which more than this share of it was unmet, mean in t; nothing when there were none.
        StockInShortage(Share),
        /// Weeks from a breach to the first metal, at the last release; 0 before the first, and without an audit.
        Response,
        /// Index of its audit, mean; 1 without one.
        Index,
        /// Share of its stock that meets the standard, mean.
        Fresh,
        /// Figure of its stock that others see, mean in t.
        Figure,
        /// Weeks in which it owed more than it may and sold for what it got.
        Distress,
        /// 1 if it was bankrupt at the end, else 0.
        Bankrupt,
    }
}

record! {
    /// A figure of a reserve agency over part of the run.
    pub struct OfAgency as "OfAgency" {
        /// Agency.
        reserve: At<Id>,
        /// Figure.
        figure: AgencyFigure,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A price that a share of the weeks stay below, over part of the run.
    pub struct OfQuantile as "OfQuantile" {
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// Region.
        region: At<Id>,
        /// Share of weeks.
        share: Share,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Who pays for a metal over part of the run, and what counts of it.
    pub struct OfSupply as "OfSupply" {
        /// Sectors that lose by prices above the opening one: the area left of the demand of constant elasticity through what they require
        /// at the opening price and what they use at this week's.
        sectors: Vec<At<Id>>,
        /// Mines whose gain by such prices is taken off: what they sell times the difference.
        mines: Vec<At<Id>> = "[]",
        /// Share of both that counts, such as a nation's share of users.
        share: Share = "Share(1)",
        /// Reserve agency that counts as a whole: spent less earned, rent, interest, carriage and fees, less the worth of what it holds at
        /// the end. What it holds at the start is free.
        reserve: Option<At<Id>>,
        /// Share by which a cost counts less with every week that it comes later: Share(0.001) is about 5 % a year.
        discount: Share = "Share(0)",
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
