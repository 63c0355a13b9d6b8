//! Outcomes of what contracts are priced on, as files write them.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::record::{choice, record};

choice! {
    /// What the price of an offtake contract follows.
    pub enum PricedOn as "a benchmark" {
        /// Whatever it is.
        Any,
        /// Nothing: it is fixed.
        Fixed,
        /// A spot price.
        Spot,
        /// A futures contract.
        Futures(At<Id>),
    }
}

record! {
    /// What a nation's plants and sectors bought under offtake contracts over part of the run.
    pub struct OfPricing as "OfPricing" {
        /// Nation; all together when left out.
        nation: Option<At<Id>>,
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// What the price follows.
        benchmark: PricedOn = "Any",
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
