//! oreworld in WebAssembly: the shipped experiments, run where there are no files, clocks or threads.
//!
//! A run is bit for bit the one of any other machine: `check.mjs` runs every scenario under a JavaScript engine and
//! compares its state hashes with `tests/it/golden.txt`, which native runs are held to as well.

mod exports;

use oreworld::experiment::written::Experiment;
use oreworld::model::Model;
use oreworld::setup::Setup;
use oreworld::world_file::decode::{Cx, Decode};
use oreworld::world_file::overlay::Override;
use oreworld::world_file::problem::Problems;
use oreworld::world_file::source::Sources;
use oreworld::world_file::{check, scan};

/// An arm of a shipped experiment.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Ids of the experiment and of the arm, with a slash between.
    pub name: &'static str,
    experiment: &'static str,
    world: &'static str,
}

const BAN: &str = include_str!("../../experiments/two-shores-ban.ron");
const DECISIONS: &str = include_str!("../../experiments/two-shores-decisions.ron");
const STOP: &str = include_str!("../../experiments/cobalt-drc-2025.ron");
const SHORES: &str = include_str!("../../worlds/two-shores.ron");
const COBALT: &str = include_str!("../../worlds/cobalt-2024.ron");

/// What can be run.
pub const SCENARIOS: [Scenario; 7] = [
    Scenario { name: "two-shores-ban/open", experiment: BAN, world: SHORES },
    Scenario { name: "two-shores-ban/ban", experiment: BAN, world: SHORES },
    Scenario { name: "two-shores-decisions/quiet", experiment: DECISIONS, world: SHORES },
    Scenario { name: "two-shores-decisions/deciding", experiment: DECISIONS, world: SHORES },
    Scenario { name: "cobalt-drc-2025/no-stop", experiment: STOP, world: COBALT },
    Scenario { name: "cobalt-drc-2025/as-it-happened", experiment: STOP, world: COBALT },
    Scenario { name: "cobalt-drc-2025/reserve-60-days", experiment: STOP, world: COBALT },
];

impl Scenario {
    /// The world under this arm.
    ///
    /// # Errors
    /// What is wrong with the files; nothing is, as tests make sure.
    ///
    /// # Panics
    /// When the experiment has no such arm, which tests rule out too.
    pub fn setup(&self) -> Result<Setup, Problems> {
        let mut sources = Sources::default();
        let experiment = scan::read(&mut sources, "experiment.ron", self.experiment.as_bytes())?;
        let world = scan::read(&mut sources, "world.ron", self.world.as_bytes())?;
        let mut cx = Cx::new(&sources);
        let written = Experiment::decode(&experiment, &mut cx);
        let Some(written) = written else { return Err(cx.finish()) };
        let arms = written.arms.iter().find(|(id, _)| self.name.split('/').nth(1) == Some(id.value.as_str()));
        let (_, arm) = arms.expect("bug: a scenario without an arm");
        let overrides = [Override::all(&written.set), Override::all(&arm.set)].concat();
        let checked = check(&sources, world, &overrides);
        checked.setup.ok_or(checked.problems)
    }
}

/// State hash of a world after so many weeks.
///
/// # Panics
/// When a week cannot be completed, a defect of the model.
#[must_use]
pub fn state_hash(setup: &Setup, seed: u64, weeks: u32) -> u64 {
    let mut model = Model::new(setup, seed);
    for _ in 0..weeks {
        model.step().unwrap_or_else(|error| panic!("bug: {error}"));
    }
    model.state_hash()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line of the golden file is one of a scenario, and without files and threads the model says the same.
    #[test]
    fn the_model_alone_gives_the_golden_hashes() {
        let golden = include_str!("../../tests/it/golden.txt");
        let mut compared = 0;
        for line in golden.lines().filter(|line| !line.starts_with('#')) {
            let [name, seed, weeks, hash] = line.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{line}") };
            let found = if name == "draws" {
                oreworld::streams::known_answer_digest()
            } else {
                let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name);
                let setup = scenario.expect("a scenario").setup().unwrap_or_else(|problems| panic!("{problems}"));
                state_hash(&setup, seed.parse().expect("a seed"), weeks.parse().expect("weeks"))
            };
            assert_eq!(format!("{found:016x}"), hash, "{line}");
            compared += 1;
        }
        assert!(compared > SCENARIOS.len());
    }
}
