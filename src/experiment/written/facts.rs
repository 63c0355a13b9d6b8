//! What an experiment may ask of futures contracts.

use crate::calendar::Date;
use crate::facts::Statistic;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::quantity::Weeks;
use crate::world_file::record::{choice, record};
use crate::world_file::value::{Count, Level};

record! {
    /// All statistics that the stylized facts of a contract need, each an outcome by the contract's id and the statistic's name, such as
    /// "lme-cobalt-spot-volatility". `oreworld facts` holds them against the facts.
    pub struct Facts as "Facts" {
        /// Contract.
        contract: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
        /// Arm with a lower limit to the price, for the facts about one.
        floor: Option<At<Id>>,
        /// Arm with an upper limit to the price.
        ceiling: Option<At<Id>>,
        /// Arm with a reserve.
        reserve: Option<At<Id>>,
    }
}

record! {
    /// A statistic of a contract over part of the run.
    pub struct OfFact as "OfFact" {
        /// Contract.
        contract: At<Id>,
        /// Which.
        of: Statistic,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A price hedged on a contract over part of the run. Seller and buyer differ by the price that they face.
    pub struct OfHedge as "OfHedge" {
        /// Contract.
        contract: At<Id>,
        /// Stage of the price that is hedged; the contract's when left out.
        stage: Option<At<Id>>,
        /// Region of that price; where the contract delivers when left out.
        region: Option<At<Id>>,
        /// How long a hedge is held: 1 to 52 whole weeks.
        weeks: At<Weeks> = "Weeks(13)",
        /// Metal hedged per metal priced; what takes away most in the run when left out.
        ratio: Option<Level>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// Two contracts for the same metal over part of the run.
    pub struct OfPair as "OfPair" {
        /// The one whose share is taken.
        contract: At<Id>,
        /// The other.
        against: At<Id>,
        /// Lags of the changes in the error correction: 1 to 26.
        lags: At<Count> = "2",
        /// Which share.
        share: DiscoveryShare = "Middle",
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

choice! {
    /// A share in finding a price.
    pub enum DiscoveryShare as "a share in finding a price" {
        /// Mean of Hasbrouck's bounds.
        Middle,
        /// Hasbrouck's lower bound.
        Lower,
        /// Hasbrouck's upper bound.
        Upper,
        /// Gonzalo and Granger's common factor weight.
        Component,
    }
}
