//! Rules by which positions are judged.

use crate::position::Rule;

use super::super::quantity::Quantity;
use super::super::written::positions::PositionRule;

/// Thresholds of the classes.
pub(super) fn rule(written: &PositionRule) -> Rule {
    Rule {
        dominant_mining: written.dominant_mining.number(),
        dominant_abroad: written.dominant_abroad.number(),
        high_abroad: written.high_abroad.number(),
        some_output: written.some_output.number(),
        processing: written.processing.number(),
    }
}
