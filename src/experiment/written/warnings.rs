//! Outcomes of watches, as files write them.

use crate::calendar::Date;
use crate::id::Id;
use crate::world_file::decode::At;
use crate::world_file::quantity::Weeks;
use crate::world_file::record::{choice, record};
use crate::world_file::value::Count;

choice! {
    /// What is taken of a watch's warnings.
    pub enum WarningFigure as "a figure of warnings" {
        /// Share of warnings that were right: a shortage was on, or began within so many weeks of the warning's first; nothing without a warning.
        Precision,
        /// Share of shortages that were warned of: at their first week, or within so many weeks before it, the level was reached; nothing
        /// without a shortage.
        Recall,
        /// Mean time from the first week of a warning to the shortage that it warned of, in weeks; nothing when none was warned of.
        LeadTime,
        /// Warnings that were wrong, a year.
        FalseAlarms,
        /// Shortages, a year.
        Shortages,
        /// Warnings, a year.
        Warnings,
        /// Share of weeks in which the level was reached.
        WarnedShare,
        /// Share of weeks that were short.
        ShortShare,
    }
}

record! {
    /// Warnings of a watch over part of the run. A warning, or a shortage, is an unbroken run of weeks; those less than `apart` from one another
    /// are one.
    pub struct OfWarning as "OfWarning" {
        /// Watch.
        watch: At<Id>,
        /// Figure.
        figure: WarningFigure,
        /// Level from which it counts as a warning: 1 to 3.
        level: At<Count> = "2",
        /// Time within which a warning must come true: 1 to 104 whole weeks.
        within: At<Weeks> = "Weeks(26)",
        /// Calm that tells two warnings, or two shortages, apart: 1 to 104 whole weeks.
        apart: At<Weeks> = "Weeks(13)",
        /// First day looked at; the start of the run when left out.
        from: Option<At<Date>>,
        /// Last day looked at; the end of the run when left out.
        until: Option<At<Date>>,
    }
}
