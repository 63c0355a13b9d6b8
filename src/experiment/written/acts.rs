//! Outcomes of what nations decide.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::record::{choice, record};

record! {
    /// Acts of nations: policies of `decisions`, counted when they are announced.
    pub struct OfActs as "OfActs" {
        /// Nation; all when left out.
        nation: Option<At<Id>>,
        /// Policies, in whichever nation; all when left out.
        policies: Vec<At<Id>> = "[]",
        /// Only acts announced while a price stood in one third of its weeks.
        price: Option<PriceThird>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// A third of the weeks looked at, by price.
    pub struct PriceThird as "PriceThird" {
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// Region.
        region: At<Id>,
        /// Which third.
        third: Which,
    }
}

choice! {
    /// A third of all weeks in order of price.
    pub enum Which as "a third" {
        /// The weeks with the highest prices.
        Top,
        /// The weeks with the lowest prices.
        Bottom,
    }
}

record! {
    /// A policy of a nation over part of the run.
    pub struct OfPolicy as "OfPolicy" {
        /// Nation.
        nation: At<Id>,
        /// One of its `decisions`.
        policy: At<Id>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
