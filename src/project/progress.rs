//! How far a project has come, and where time alone takes it.

use crate::setup::{InvestmentRule, Progress};

/// Names of the stages of a project, in the order of [`Progress::place`].
pub const STAGES: [&str; 8] =
    ["discovery", "feasibility", "permitting", "decision", "construction", "mothballed", "ramp-up", "operating"];

impl Progress {
    /// Place in [`STAGES`], and weeks left.
    #[must_use]
    pub const fn place(self) -> (usize, u32) {
        match self {
            Self::Discovery => (0, 0),
            Self::Feasibility { weeks } => (1, weeks),
            Self::Permitting { weeks } => (2, weeks),
            Self::Decision => (3, 0),
            Self::Construction { weeks } => (4, weeks),
            Self::Mothballed { weeks } => (5, weeks),
            Self::RampUp { weeks } => (6, weeks),
            Self::Operating => (7, 0),
        }
    }

    /// Whether studies have made an ore reserve of the resource.
    #[must_use]
    pub const fn proven(self) -> bool {
        !matches!(self, Self::Discovery | Self::Feasibility { .. })
    }

    /// A week later, where time alone decides.
    #[must_use]
    pub const fn a_week_on(self, rule: &InvestmentRule) -> Self {
        match self {
            Self::Feasibility { weeks } if weeks > 1 => Self::Feasibility { weeks: weeks - 1 },
            Self::Feasibility { .. } => Self::Permitting { weeks: rule.permitting_weeks },
            Self::Permitting { weeks } if weeks > 1 => Self::Permitting { weeks: weeks - 1 },
            Self::Permitting { .. } => Self::Decision,
            Self::Construction { weeks } if weeks > 1 => Self::Construction { weeks: weeks - 1 },
            Self::Construction { .. } => Self::RampUp { weeks: rule.ramp_up_weeks },
            Self::RampUp { weeks } if weeks > 1 => Self::RampUp { weeks: weeks - 1 },
            Self::RampUp { .. } => Self::Operating,
            still => still,
        }
    }

    /// Share of the capacity that is there.
    #[must_use]
    pub fn built(self, rule: &InvestmentRule) -> f64 {
        match self {
            Self::RampUp { weeks } => 1.0 - f64::from(weeks) / f64::from(rule.ramp_up_weeks + 1),
            Self::Operating => 1.0,
            _ => 0.0,
        }
    }
}
