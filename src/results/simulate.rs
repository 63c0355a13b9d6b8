//! The one place where results meet the model.

use crate::calendar::Week;
use crate::record::Table;
use crate::setup::Setup;

/// What a run leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutput {
    /// The tables asked for.
    pub tables: Vec<Table>,
    /// State hash after each week.
    pub hashes: Vec<u64>,
}

/// Why a run stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StepError(pub String);

/// A way to run a world: setup, seed, weeks, tables to record.
pub type Simulate<'a> = dyn Fn(&Setup, u64, Week, &[&'static str]) -> Result<RunOutput, StepError> + Sync + 'a;

/// Runs a world.
///
/// # Errors
/// When its books do not close.
pub fn simulate(setup: &Setup, _seed: u64, _weeks: Week, _tables: &[&'static str]) -> Result<RunOutput, StepError> {
    Err(StepError(format!("the world {} cannot be run: this build has no model", setup.id)))
}
