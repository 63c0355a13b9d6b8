//! What somebody asks of a sweep: where does an outcome lie above or below a value?

use super::data::Outcomes;
use super::prim::{self, Found};
use super::{factor_values, sampled};
use crate::sweep::plan::Sweep;

/// That an outcome lies above a value, or below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// Place of the outcome.
    pub outcome: usize,
    /// Whether above.
    pub above: bool,
    /// The value, in the unit of the outcome's column.
    pub bound: f64,
}

impl Condition {
    /// As people read it.
    #[must_use]
    pub fn show(&self, outcomes: &Outcomes) -> String {
        format!("{} {} {}", outcomes.columns[self.outcome], if self.above { ">" } else { "<" }, self.bound)
    }

    /// The box of the factors in which it holds in an arm; `None` when it holds at all points, or at none.
    #[must_use]
    pub fn boxed(&self, sweep: &Sweep, outcomes: &Outcomes, arm: usize) -> Option<Found> {
        let points = sampled(sweep).unwrap_or_else(|| (0..outcomes.points).collect());
        let values = outcomes.means(self.outcome, arm);
        let is_hit = |value: f64| if self.above { value > self.bound } else { value < self.bound };
        let hits: Vec<bool> = points.iter().map(|&point| values[point].is_some_and(is_hit)).collect();
        prim::find(&factor_values(sweep, &points), &hits)
    }
}
