//! What a policy reports of a week: whether it was at work, what metal it touched, what it cost. Read by records alone.

use bevy_ecs::prelude::*;

use crate::units::Money;

/// A week's report of a policy; nothing carries over.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq)]
pub struct Report {
    /// Share of it that was at work, 0 to 1: each policy says of what.
    pub active: f64,
    /// Metal that it touched, in tonnes.
    pub tonnes: f64,
    /// What it cost those named by the policy; below 0 what it brought.
    pub cost: Money,
}
