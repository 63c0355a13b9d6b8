//! Reserve agencies and the rules that they follow.

use crate::id::Id;

use super::super::decode::{At, Keyed};
use super::super::quantity::{
    Days, PerYear, Share, SharePerYear, Tonnes, Usd, UsdPerTonne, UsdPerTonneYear, Weeks, Years,
};
use super::super::record::{choice, record};
use super::super::reference::{self, Ref};
use super::super::value::{Count, Factor, Level, Priority, Units};
use super::{Holding, Label};

record! {
    /// A reserve agency. It follows a rule in `reserve_rules`; what is written here holds before what the rule says. Without a rule
    /// `target`, `buy_below`, `release_above`, `approval`, `buy_per_week` and `release_per_week` must be written.
    pub struct Reserve as "Reserve" {
        /// What people read.
        label: Label,
        /// Whose.
        nation: Ref<reference::Nation>,
        /// Metal.
        mineral: Ref<reference::Mineral>,
        /// Stage that it holds.
        stage: At<Id>,
        /// How it behaves: a name in `reserve_rules`.
        rule: Option<Ref<reference::ReserveRule>>,
        /// Metal in store at the start; days of use are rounded to the quantum.
        stock: At<Holding>,
        /// What it means to hold, in days of the nation's base-year use.
        target: Option<At<Days>>,
        /// Buys when the price is lower than the 52-week mean by this share.
        buy_below: Option<Share>,
        /// Releases when the price is higher than the 52-week mean by this share; instead of the rule's triggers.
        release_above: Option<Share>,
        /// From a breach to the first release: 0 to 104 whole weeks; for each of the rule's triggers unless `release_above` is written.
        approval: Option<At<Weeks>>,
        /// Most that it buys in a week, in days of use.
        buy_per_week: Option<Days>,
        /// Most that it releases in a week, in days of use.
        release_per_week: Option<Days>,
        /// Money for purchases; what it earns by releases is added.
        budget: At<Usd>,
        /// Price that it backs: it buys all that is offered at it, up to the target, and offers all that it holds at it. It does not
        /// look at the mean then, nor sell by auction.
        floor: Option<At<UsdPerTonne>>,
        /// Share of stock that is lost in store; none unless the rule says so.
        loss: Option<SharePerYear>,
        /// Where its stock lies; left out, it costs no carriage and is at hand.
        base: Option<Base>,
        /// Capacity or ore that it keeps ready besides metal, or instead of it.
        standby: Option<Standby>,
    }
}

record! {
    /// Where a stock lies.
    pub struct Base as "Base" {
        /// Rent, as a multiple of the market's cost of storage.
        rent: Level = "1",
        /// Carriage of what is bought.
        intake: At<UsdPerTonne> = "UsdPerTonne(0)",
        /// Carriage of what is released.
        delivery: At<UsdPerTonne> = "UsdPerTonne(0)",
        /// From the auction to the buyer: 0 to 26 whole weeks.
        time: At<Weeks> = "Weeks(0)",
    }
}

record! {
    /// Output of a plant or mine of the nation that is held back until the agency's triggers let it go, and again once they do not.
    pub struct Standby as "Standby" {
        /// What is held back.
        site: At<Site>,
        /// Share of its output; above 0.
        share: At<Share>,
        /// Paid to it for what it could make in a year.
        fee: At<UsdPerTonneYear> = "UsdPerTonneYear(0)",
        /// From approval to output: 0 to 520 whole weeks. A few for a plant kept warm, years for ore in the ground.
        lead: At<Weeks>,
    }
}

choice! {
    /// Of what output is held back.
    pub enum Site as "a site" {
        /// A plant.
        Plant(Ref<reference::Plant>),
        /// A mine.
        Mine(Ref<reference::Mine>),
    }
}

record! {
    /// How a kind of reserve agency behaves.
    pub struct ReserveRule as "ReserveRule" {
        /// Who holds the metal.
        tier: Tier = "Central",
        /// What it means to hold.
        target: Target,
        /// When it releases: of those that have been breached for long enough, the one that leaves least in store holds. Without any
        /// it never does.
        triggers: At<Vec<Trigger>> = "[]",
        /// How it releases.
        release: Releasing,
        /// How it buys.
        purchase: Purchasing,
        /// A price that it backs and one that it defends, instead of buying and releasing by the mean.
        band: Option<PriceBand>,
        /// How old stock is replaced.
        rotation: Option<Rotation>,
        /// What keeping the stock costs it; left out, nothing, and it cannot go bankrupt.
        keeping: Option<Keeping>,
        /// Its own interest, if it is a firm that holds reserves by duty.
        venture: Option<Venture>,
        /// How it is audited: what a venture is paid a year depends on it.
        audit: Option<Audit>,
        /// How it learns from releases.
        learning: Option<Learning>,
        /// What others see of its stock and of what it wants.
        secrecy: At<Secrecy> = "Hidden",
        /// Stock to move to by stock and state of supply, at any price, instead of everything else.
        table: Option<Table>,
        /// Share of stock that is lost in store.
        loss: SharePerYear = "SharePerYear(0)",
    }
}

choice! {
    /// Who holds a stock, from what is released first to what is released last.
    pub enum Tier as "a tier" {
        /// Firms by obligation.
        Enterprise,
        /// Provinces.
        Provincial,
        /// The state.
        Central,
    }
}

record! {
    /// What an agency means to hold, in days of the nation's base-year use.
    pub struct Target as "Target" {
        /// Of what plants feed and of sectors that `by_priority` does not name.
        days: Days,
        /// Of sectors by their priority.
        by_priority: Keyed<Priority, Days> = "{}",
        /// Days of all use that are added in proportion to the share of the largest region in what the world made of the metal in the last
        /// year: all of them when one region makes everything.
        risk: Days = "Days(0)",
    }
}

choice! {
    /// When an agency releases.
    pub enum Trigger as "a trigger" {
        /// The price is above its 52-week mean, weighted by volume.
        Price(Breach),
        /// What the nation's sectors require of the metal is not met.
        Shortage(Breach),
        /// Somebody decides.
        Discretion(Discretion),
        /// The nation's watches on the metal warn.
        Warning(Warned),
    }
}

record! {
    /// A threshold.
    pub struct Breach as "Breach" {
        /// Share above which it is breached: of the mean price, or of what sectors require.
        above: Share,
        /// Share of the target that stays in store.
        keep: Share = "Share(0)",
        /// From the breach to the first release: 0 to 104 whole weeks. A breach that ends before is forgotten.
        approval: At<Weeks>,
    }
}

record! {
    /// A level of warning.
    pub struct Warned as "Warned" {
        /// Level of the highest of the nation's watches from which it is breached: 1 to 3.
        level: At<Count>,
        /// Share of the target that stays in store.
        keep: Share = "Share(0)",
        /// From the warning to the first release: 0 to 104 whole weeks.
        approval: At<Weeks>,
    }
}

record! {
    /// A decision that comes by chance, the likelier the dearer the metal: `frequency`·e^(`slope`·(p/M − 1)) times a year.
    pub struct Discretion as "Discretion" {
        /// Decisions a year when the price is at its 52-week mean.
        frequency: PerYear,
        /// By how much their log rises per unit of p/M − 1.
        slope: Level,
        /// Time that a decision holds: 1 to 104 whole weeks.
        length: At<Weeks>,
        /// Share of the target that stays in store.
        keep: Share = "Share(0)",
        /// From the decision to the first release: 0 to 104 whole weeks.
        approval: At<Weeks>,
    }
}

record! {
    /// How an agency releases: by sealed auction in the nation, one price for all.
    pub struct Releasing as "Releasing" {
        /// Most in a week, in days of use.
        per_week: Days,
        /// Least price against the 52-week mean; left out, half-way from it to the lowest price trigger.
        least: Option<Factor>,
        /// Lots in which a week's most is offered, and bids are taken; left out, any quantity.
        lots: Option<Count>,
        /// Share of a week's offer that one bidder may buy.
        most_per_bidder: At<Share> = "Share(1)",
        /// Who may bid.
        bidders: Bidders = "Users",
        /// Waits until what lower tiers of the nation hold of the metal is at most this share of their targets.
        after_lower: Option<Share>,
        /// Whether it also sells what it holds beyond its target, at no less than the last price.
        excess: bool = "false",
    }
}

choice! {
    /// Who may bid in an auction of reserves.
    pub enum Bidders as "bidders" {
        /// The nation's plants and sectors that buy the metal.
        Users,
        /// Its plants alone.
        Plants,
        /// Its sectors alone.
        Sectors,
    }
}

record! {
    /// How an agency buys: at spot, towards its target, while it has money and nothing calls for a release.
    pub struct Purchasing as "Purchasing" {
        /// Buys when the price is lower than the 52-week mean by this share.
        below: Share,
        /// Most in a week, in days of use.
        per_week: Days,
        /// Buys also at other times, at up to (1 + this) of the last price.
        top_up: Option<Share>,
        /// What the treasury gives it at the start of every year of the run, as a share of what the target is worth at the opening price.
        yearly: Level = "0",
        /// Foreign bonds that may be sold to pay for metal when its money is used up, as a share of the same.
        bonds: Level = "0",
        /// What the bonds sold would have brought.
        bond_yield: SharePerYear = "SharePerYear(0)",
        /// Buys also when producers at home run low.
        overcapacity: Option<Overcapacity>,
    }
}

record! {
    /// Buying what producers at home cannot sell.
    pub struct Overcapacity as "Overcapacity" {
        /// Output over capacity of the nation's mines and plants that make the metal, below which it buys.
        utilization: Share,
        /// What it pays above the last price.
        premium: Share,
    }
}

record! {
    /// A price that an agency backs and one that it defends, as multiples of the market's long-run price.
    pub struct PriceBand as "PriceBand" {
        /// Buys all that is offered at it, up to the target.
        floor: Factor,
        /// Offers at it what it may release in a week; above the floor.
        ceiling: At<Factor>,
    }
}

record! {
    /// Old stock out by auction, new stock in at spot, besides any release.
    pub struct Rotation as "Rotation" {
        /// Share of the stock that is replaced.
        rate: SharePerYear,
        /// What it takes below, and pays above, the last price.
        margin: Share,
        /// For how long metal in store meets the standard; above 0.
        shelf_life: At<Years>,
    }
}

record! {
    /// What keeping a stock costs an agency every week. One that owes more than it may sells what it holds for what it gets, and is
    /// bankrupt when nothing is left.
    pub struct Keeping as "Keeping" {
        /// Rent as a multiple of the market's cost of storage, unless its base says otherwise.
        rent: Level = "1",
        /// Interest on what the stock is worth.
        interest: SharePerYear,
        /// Share of rent and interest that the treasury pays.
        supported: Share = "Share(0)",
        /// Most that it may owe, as a share of what the target is worth at the opening price.
        credit: Level = "0",
    }
}

record! {
    /// A firm that holds reserves by duty and trades on the side.
    pub struct Venture as "Venture" {
        /// Share of the target that it may buy or sell in a year by its own judgment.
        band: Share,
        /// Gain on the price ahead, carry taken off, that it asks of such a trade.
        hurdle: Share,
        /// Share of its duty that it meets when nobody pays for it: the rest it meets as far as what the treasury pays covers rent and
        /// interest.
        comply: Share,
        /// What the treasury pays it a year, as a share of what the target is worth at the opening price.
        fixed: Level = "0",
    }
}

record! {
    /// What an audit asks for. Its index is the mean of how far each is met, at most 1.
    pub struct Audit as "Audit" {
        /// Share of the stock that has been replaced within a year; above 0.
        turnover: At<Share>,
        /// Share of the stock that meets the standard; above 0.
        quality: At<Share>,
        /// From a breach to the first metal; above 0.
        response: At<Weeks>,
    }
}

record! {
    /// After each release the mean price during it is compared with what was expected when it began. With e the log of one over the
    /// other, size and weekly release are multiplied by e^(`gain`·e) and price triggers divided by it.
    pub struct Learning as "Learning" {
        /// Change per unit of error.
        gain: Level,
        /// Most that the log of size has changed in all, up or down.
        most: Share,
    }
}

choice! {
    /// What others see of a stock. What they see counts as metal in reach, and what an agency wants as need.
    pub enum Secrecy as "a secrecy" {
        /// Nothing.
        Hidden,
        /// All of it.
        Public,
        /// A figure that is renewed from time to time, with an error.
        Reported(Report),
    }
}

record! {
    /// A figure of a stock.
    pub struct Report as "Report" {
        /// Time between figures: 1 to 104 whole weeks.
        every: At<Weeks>,
        /// Standard deviation of the log of figure over stock.
        noise: Share = "Share(0)",
    }
}

record! {
    /// A stock to move to by stock and state of supply.
    pub struct Table as "Table" {
        /// Metal of one step; above 0.
        step: At<Tonnes>,
        /// Share of what mines of the metal could make below which supply counts as disrupted.
        disrupted_below: Share,
        /// Steps to hold in normal weeks, by steps held from 0 on.
        normal: At<Vec<Units>>,
        /// The same in disrupted weeks.
        disrupted: At<Vec<Units>>,
    }
}
