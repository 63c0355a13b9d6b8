//! Rules by which positions are judged.

use crate::criticality::{Criteria, Formula};
use crate::position::Rule;

use super::super::quantity::Quantity;
use super::super::written::positions::{self as written, Criticality, PositionRule};

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

/// A nation's criteria.
pub(super) fn criteria(written: &Criticality) -> Criteria {
    Criteria {
        formula: match written.formula {
            written::Formula::European => Formula::European,
            written::Formula::American => Formula::American,
        },
        risk_from: written.risk_from.0,
        importance_from: written.importance_from.0,
        volatility: written.volatility.0,
        intervention: written.intervention.0,
    }
}
