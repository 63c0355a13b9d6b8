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
    /// State hash after each week, or after the last one.
    pub hashes: Vec<u64>,
}

/// What is to be kept of a run. It changes nothing in the run.
#[derive(Debug, Clone, Copy)]
pub struct Keep<'a> {
    /// Tables to record.
    pub tables: &'a [&'static str],
    /// Weeks whose state is hashed.
    pub hashes: Hashes,
}

/// Weeks after which the state is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashes {
    /// Every week, so that one can tell when two runs part.
    Weekly,
    /// The last one, which tells whether they do, at a tenth less time.
    Last,
}

impl<'a> Keep<'a> {
    /// Tables and the hash of every week.
    #[must_use]
    pub const fn weekly(tables: &'a [&'static str]) -> Self {
        Self { tables, hashes: Hashes::Weekly }
    }

    /// Tables and the last week's hash.
    #[must_use]
    pub const fn last(tables: &'a [&'static str]) -> Self {
        Self { tables, hashes: Hashes::Last }
    }

    /// Whether the state is hashed after a week of a run of so many.
    #[must_use]
    pub const fn hashes(&self, week: Week, weeks: Week) -> bool {
        match self.hashes {
            Hashes::Weekly => true,
            Hashes::Last => week + 1 == weeks,
        }
    }
}

/// A way to run a world: setup, seed, weeks, what to keep.
pub type Simulate<'a> = dyn Fn(&Setup, u64, Week, Keep) -> Result<RunOutput, StepError> + Sync + 'a;

/// Runs a world.
///
/// # Errors
/// When its books do not close or a market cannot be cleared, with the week.
pub fn simulate(setup: &Setup, seed: u64, weeks: Week, keep: Keep) -> Result<RunOutput, StepError> {
    let mut model = Model::new(setup, seed);
    let mut recorder = Recorder::new(setup, keep.tables);
    let mut hashes = Vec::new();
    for week in 0..weeks {
        model.step()?;
        recorder.observe(&model);
        if keep.hashes(week, weeks) {
            hashes.push(model.state_hash());
        }
    }
    Ok(RunOutput { tables: recorder.finish(), hashes })
}
