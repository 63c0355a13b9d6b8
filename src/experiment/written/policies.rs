//! Outcomes of single policies and of trade between regions, as files write them.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::record::{choice, record};

choice! {
    /// What is taken of a policy's reports.
    pub enum PolicyFigure as "a figure of a policy" {
        /// Mean over the weeks of the share of it that was at work; the table of policies says of what.
        Active,
        /// Metal that it touched, sum in t.
        Tonnes,
        /// What it cost, sum in USD; below 0 what it brought.
        Cost,
    }
}

record! {
    /// What a nation's policy reports over part of the run; 0 in arms without it.
    pub struct OfReport as "OfReport" {
        /// Nation.
        nation: At<Id>,
        /// Policy of the nation, one that reports: see the table `policies`.
        policy: At<Id>,
        /// What is taken.
        figure: PolicyFigure,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}

record! {
    /// What was shipped between regions over part of the run.
    pub struct OfShipments as "OfShipments" {
        /// Mineral.
        mineral: At<Id>,
        /// Stage.
        stage: At<Id>,
        /// Region that it left.
        origin: At<Id>,
        /// Region that it went to; all together when left out.
        destination: Option<At<Id>>,
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
