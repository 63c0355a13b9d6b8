//! The one place where results meet the model.

use crate::calendar::Week;
use crate::model::{Model, StepError};
use crate::record::{Recorder, Table};
use crate::setup::Setup;

/// What a run leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutput {
    /// The tables asked for.
    pub tables: Vec<Table>,
    /// State hash after each week.
    pub hashes: Vec<u64>,
}

/// A way to run a world: setup, seed, weeks, tables to record.
pub type Simulate<'a> = dyn Fn(&Setup, u64, Week, &[&'static str]) -> Result<RunOutput, StepError> + Sync + 'a;

/// Runs a world.
///
/// # Errors
/// When its books do not close or a market cannot be cleared, with the week.
pub fn simulate(setup: &Setup, seed: u64, weeks: Week, tables: &[&'static str]) -> Result<RunOutput, StepError> {
    let mut model = Model::new(setup, seed);
    let mut recorder = Recorder::new(setup, tables);
    let mut hashes = Vec::with_capacity(weeks as usize);
    for _ in 0..weeks {
        model.step()?;
        recorder.observe(&model);
        hashes.push(model.state_hash());
    }
    Ok(RunOutput { tables: recorder.finish(), hashes })
}
