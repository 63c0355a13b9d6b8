//! Emergency plans as files write them.

use super::super::decode::{At, Keyed};
use super::super::quantity::Weeks;
use super::super::record::record;
use super::super::reference::{self, Ref};
use super::super::value::{Count, Level, Priority};

record! {
    /// A measure comes into force when a watch reaches a level, and ends when it has been left for some weeks, or with the policy's term. With
    /// `rest: Weeks(0)` it can come again at once.
    pub struct Plan as "Plan" {
        /// A watch of the nation.
        watch: Ref<reference::Watch>,
        /// Level from which it is called for: 1 to 3.
        level: At<Count>,
        /// Time below that level after which it ends: 1 to 104 whole weeks.
        calm: At<Weeks> = "Weeks(13)",
        /// Whether the mineral must be on the nation's list, by its `criticality` applied to the last calendar year; nothing is on it before the
        /// first year is over.
        listed: At<bool> = "false",
    }
}

record! {
    /// When a plan calls for the measure, the nation first runs the world ahead, as it believes it to be, with and without it, and acts if
    /// it loses less with it on average. What it loses: metal that its sectors lack, at the opening price times what their class is worth; what
    /// it spends on programs; and what its reserves lose in money and stock.
    pub struct LookAhead as "LookAhead" {
        /// When it looks.
        plan: Plan,
        /// Pairs of runs, each pair with luck of its own: 1 to 64.
        runs: At<Count> = "4",
        /// How far it looks ahead: 1 to 104 whole weeks.
        horizon: At<Weeks> = "Weeks(26)",
        /// Least time from one look to the next: 1 to 104 whole weeks.
        every: At<Weeks> = "Weeks(13)",
        /// What a lack is worth to it by the `priority` of the sector, in multiples of the opening price; classes that are not named count
        /// nothing.
        worth: At<Keyed<Priority, Level>>,
    }
}
