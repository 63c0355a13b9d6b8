//! The plan of a sweep: which runs there are, in which chunks, and what makes them the same everywhere.
//!
//! Run k is (arm, point, seed), the seed moving fastest: every point of every arm has the same seeds. Chunk c holds the
//! runs from c·C on, C of them. Nothing in the plan depends on the time or the machine; how long runs took when it was
//! made stands beside it, in [`Pilot`].

use std::borrow::Cow;
use std::fs;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::chunk::Row;
use crate::experiment::Experiment;
use crate::experiment::design::Points;
use crate::experiment::file::{Changes, POSTERIOR, load};
use crate::results::assemble::copy_inputs;
use crate::results::manifest::{FileEntry, Program};
use crate::results::runner::{measured, message_of};
use crate::results::simulate::{Keep, Simulate};
use crate::results::{files, inputs, sealed};
use crate::setup::Setup;
use crate::world_file::Base;
use crate::world_file::overlay::Override;
use crate::world_file::problem::{Problems, Severity};
use crate::world_file::source::Sources;

/// Its name in the folder of a sweep.
pub const NAME: &str = "plan.json";

/// Name of what was measured when it was made.
pub const PILOT: &str = "pilot.json";

/// The plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Edition of this format.
    pub schema: u32,
    /// Program that runs it.
    pub program: Program,
    /// Id of the experiment.
    pub experiment: String,
    /// Hash of what its numbers follow from.
    pub experiment_hash: String,
    /// What was set beyond the files, as `path=value`.
    pub overrides: Vec<String>,
    /// Ids of the arms.
    pub arms: Vec<String>,
    /// Columns of the factors.
    pub factors: Vec<String>,
    /// How the points were chosen.
    pub design: String,
    /// Points.
    pub points: u64,
    /// The first seed.
    pub first_seed: u64,
    /// Seeds of every arm and point.
    pub seeds: u32,
    /// Runs: arms × points × seeds.
    pub runs: u64,
    /// Runs in a chunk; the last may have fewer.
    pub chunk_runs: u64,
    /// Chunks.
    pub chunks: u64,
    /// Runs that every process repeats before it begins.
    pub canaries: Vec<Canary>,
    /// Copies of the files it was made from.
    pub inputs: Vec<FileEntry>,
    /// Hash of experiment, chunk size, program and target: by it chunks know their plan.
    pub plan_hash: String,
    /// Hash of this file with zeros in place of the hash.
    pub blake3_of_this_file: String,
}

/// A run whose result tells whether a machine gives the same bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// Number of the run.
    pub run: u64,
    /// BLAKE3 of its row.
    pub blake3: String,
}

/// What some runs cost on the machine where the plan was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pilot {
    /// Runs measured.
    pub runs: u64,
    /// Seconds that half of them stay under, and nine of ten, and 99 of 100.
    pub p50_s: f64,
    /// See `p50_s`.
    pub p90_s: f64,
    /// See `p50_s`.
    pub p99_s: f64,
    /// Mean seconds.
    pub mean_s: f64,
    /// Most memory of the process, if known.
    pub peak_bytes: Option<u64>,
    /// Bytes of a run in its chunk.
    pub row_bytes: f64,
}

/// A plan at hand, with the experiment that it is of.
#[derive(Debug)]
pub struct Sweep {
    /// Its folder.
    pub folder: PathBuf,
    /// The plan.
    pub plan: Plan,
    /// The experiment.
    pub experiment: Experiment,
    pub(super) sources: Sources,
    pub(super) turns: Option<Turns>,
}

/// Points that take turns with seeds instead of having the same: run k has the seed (offset + k) modulo how many there
/// are, counted from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turns {
    /// Seeds.
    pub of: u64,
    /// Where in them the first run is.
    pub offset: u64,
    /// Runs of a point.
    pub each: u32,
}

/// A run by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Place of the arm.
    pub arm: usize,
    /// Point of the design.
    pub point: usize,
    /// Seed.
    pub seed: u64,
}

/// Why a sweep cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none, or the disk failed.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// The plan or an input is not what it was.
    #[error("{0}")]
    Damaged(String),
    /// It was planned by another build, or for another target.
    #[error("{0} was planned by another build of oreworld ({1}); run it with that build, or plan it anew")]
    OtherProgram(String, String),
    /// The experiment has problems.
    #[error("the experiment in {0} has problems:\n{1}")]
    Problems(String, Problems),
}

impl Sweep {
    /// A sweep of an experiment that is not on the disk yet, with a plan of so many runs in a chunk.
    #[must_use]
    pub fn new(folder: &Path, experiment: Experiment, sources: Sources, chunk_runs: u64) -> Self {
        let program = Program::this();
        let points = experiment.design.points.count as u64;
        let runs = experiment.arms.len() as u64 * points * u64::from(experiment.seeds.count);
        let plan = Plan {
            schema: 1,
            experiment: experiment.id.to_string(),
            experiment_hash: experiment.hash().to_string(),
            overrides: experiment.overrides.clone(),
            arms: experiment.arms.iter().map(|arm| arm.id.to_string()).collect(),
            factors: experiment.design.factors.iter().map(crate::experiment::factor::Factor::column).collect(),
            design: experiment.design.kind.name().to_owned(),
            points,
            first_seed: experiment.seeds.first,
            seeds: experiment.seeds.count,
            runs,
            chunk_runs,
            chunks: runs.div_ceil(chunk_runs),
            canaries: Vec::new(),
            inputs: Vec::new(),
            plan_hash: plan_hash(&experiment, chunk_runs, &program).to_string(),
            blake3_of_this_file: sealed::NO_HASH.to_owned(),
            program,
        };
        Self { folder: folder.to_owned(), plan, experiment, sources, turns: None }
    }

    /// The same experiment of one arm at other points, in another folder, so many of them in a chunk. The hash of the
    /// plan knows the points.
    #[must_use]
    pub fn at(mut self, folder: &Path, points: Points, turns: Turns, chunk_points: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        self.experiment.design.points = points;
        self.experiment.seeds.count = turns.each;
        let made = Self::new(folder, self.experiment, self.sources, chunk_points * u64::from(turns.each));
        hasher.update(made.plan.plan_hash.as_bytes());
        for number in [turns.of, turns.offset] {
            hasher.update(&number.to_le_bytes());
        }
        for coordinate in &made.experiment.design.points.coordinates {
            hasher.update(&coordinate.to_le_bytes());
        }
        let plan = Plan { plan_hash: hasher.finalize().to_string(), ..made.plan };
        Self { plan, turns: Some(turns), ..made }
    }

    /// The same sweep with so many runs in a chunk and these canaries.
    #[must_use]
    pub fn planned(self, chunk_runs: u64, canaries: Vec<Canary>) -> Self {
        let made = Self::new(&self.folder, self.experiment, self.sources, chunk_runs);
        Self { plan: Plan { canaries, ..made.plan }, ..made }
    }

    /// Writes plan, inputs and what was measured into its folder.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn write(&mut self, pilot: &Pilot) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        self.plan.inputs = copy_inputs(&self.experiment, &self.folder)?;
        files::write_bytes(&self.folder.join(PILOT), (serde_json::to_string_pretty(pilot)? + "\n").as_bytes())?;
        sealed::write(&self.folder.join(NAME), &self.plan)
    }

    /// Reads the sweep in a folder, and checks that this program runs it as it was planned.
    ///
    /// # Errors
    /// When there is none, something of it was changed, or it is another program's.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let sweep = Self::read(folder)?;
        let (program, this) = (&sweep.plan.program, Program::this());
        if (&program.source_blake3, &program.target) != (&this.source_blake3, &this.target) {
            let commit = program.commit.as_deref().unwrap_or("unknown");
            let target = program.target.as_deref().unwrap_or_default();
            let which = format!("{} at commit {commit} for {target}", program.version);
            return Err(OpenError::OtherProgram(folder.join(NAME).display().to_string(), which));
        }
        let hash = plan_hash(&sweep.experiment, sweep.plan.chunk_runs, program).to_string();
        if hash != sweep.plan.plan_hash {
            let shown = folder.join(NAME).display().to_string();
            return Err(OpenError::Damaged(format!("{shown}: the plan's hash is not that of its experiment")));
        }
        Ok(sweep)
    }

    /// Reads the sweep in a folder to look at what came out, whichever program ran it.
    ///
    /// # Errors
    /// When there is none, or something of it was changed.
    pub fn read(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(NAME);
        let shown = path.display().to_string();
        let plan: Plan = sealed::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => OpenError::Damaged(format!("{}: {error}", folder.display())),
            io::ErrorKind::NotFound if let Some(held) = sealed::held(folder) => OpenError::Io(
                folder.display().to_string(),
                io::Error::other(format!("no sweep: the folder holds {held}")),
            ),
            _ => OpenError::Io(shown.clone(), error),
        })?;
        for entry in &plan.inputs {
            let path = folder.join(&entry.name);
            let found = files::hash_file(&path).map_err(|error| OpenError::Io(path.display().to_string(), error))?;
            if found.0 != entry.blake3 {
                return Err(OpenError::Damaged(format!("{}: its hash differs from the plan's", path.display())));
            }
        }
        let (file, world) = inputs(folder);
        let posterior = Some(folder.join(crate::results::assemble::INPUTS).join(POSTERIOR));
        let changes = Changes { set: plan.overrides.clone(), seeds: Some(plan.seeds), world: Some(world), posterior };
        let loaded = load(&file, &changes);
        let Some(experiment) = loaded.experiment else { return Err(OpenError::Problems(shown, loaded.problems)) };
        Ok(Self { folder: folder.to_owned(), plan, experiment, sources: loaded.sources, turns: None })
    }

    /// What was measured when the plan was made.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn pilot(&self) -> io::Result<Pilot> {
        Ok(serde_json::from_slice(&fs::read(self.folder.join(PILOT))?)?)
    }

    /// Hash of the plan, as chunks hold it.
    ///
    /// # Panics
    /// Never: the hash is one that this program wrote or has compared with its own.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        *blake3::Hash::from_hex(&self.plan.plan_hash).expect("bug: a plan without its hash").as_bytes()
    }

    /// Arm, point and seed of a run.
    #[must_use]
    pub fn run(&self, number: u64) -> Run {
        let seeds = u64::from(self.plan.seeds);
        let (rest, same) = (number / seeds, number % seeds);
        let seed = self.turns.map_or(same, |turns| (turns.offset + number) % turns.of);
        Run {
            arm: (rest / self.plan.points) as usize,
            point: (rest % self.plan.points) as usize,
            seed: self.plan.first_seed + seed,
        }
    }

    /// Runs of a chunk.
    #[must_use]
    pub fn chunk(&self, number: u64) -> Range<u64> {
        let first = number * self.plan.chunk_runs;
        first..(first + self.plan.chunk_runs).min(self.plan.runs)
    }

    /// The world of an arm at a point, or what forbids it.
    ///
    /// # Errors
    /// What is wrong with the world there, without the names of files: it becomes part of a row, whose bytes depend on
    /// the plan alone.
    pub fn setup(&self, arm: usize, point: usize) -> Result<Cow<'_, Setup>, String> {
        let design = &self.experiment.design;
        if design.factors.is_empty() {
            return Ok(Cow::Borrowed(&self.experiment.arms[arm].setup));
        }
        world_with(&self.sources, &design.worlds[arm], &design.overrides(arm, point)).map(Cow::Owned)
    }

    /// Does a run; when it fails, once more, and if it fails again, the row says why.
    #[must_use]
    pub fn row(&self, run: u64, setup: Result<&Setup, &String>, tables: &[&'static str], simulate: &Simulate) -> Row {
        row_of(&self.experiment, (run, self.run(run).seed), setup, tables, simulate)
    }

    /// Does a run by its number alone.
    #[must_use]
    pub fn alone(&self, run: u64, simulate: &Simulate) -> Row {
        let Run { arm, point, .. } = self.run(run);
        let setup = self.setup(arm, point);
        self.row(run, setup.as_deref(), &self.tables(), simulate)
    }

    /// Tables that runs record: those that outcomes read, and no others.
    #[must_use]
    pub fn tables(&self) -> Vec<&'static str> {
        self.experiment.needed()
    }
}

/// A world with values set into it, or what forbids it.
///
/// # Errors
/// What is wrong with the world there, without the names of files.
pub(crate) fn world_with(sources: &Sources, world: &Base, set: &[Override]) -> Result<Setup, String> {
    world.setup(sources, set).map_err(|problems| {
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
        let lines: Vec<String> = errors.map(|problem| format!("{}: {}", problem.path, problem.what)).collect();
        lines.join("; ")
    })
}

/// Does a run, by its number and seed, in a world; when it fails, once more, and if it fails again, the row says why.
pub(crate) fn row_of(
    experiment: &Experiment,
    (run, seed): (u64, u64),
    setup: Result<&Setup, &String>,
    tables: &[&'static str],
    simulate: &Simulate,
) -> Row {
    let once = || {
        let work = || measured(experiment, setup.map_err(Clone::clone)?, seed, Keep::last(tables), simulate);
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(message_of(panic.as_ref())))
    };
    match once().or_else(|_| once()) {
        Ok((output, outcomes)) => {
            Row { run, error: None, state_hash: output.hashes.last().copied().unwrap_or_default(), outcomes }
        }
        Err(why) => {
            let outcomes = vec![None; experiment.outcomes.len()];
            Row { run, error: Some(why), state_hash: 0, outcomes }
        }
    }
}

/// BLAKE3 of a row.
#[must_use]
pub fn row_hash(row: &Row) -> String {
    blake3::hash(&row.bytes()).to_string()
}

fn plan_hash(experiment: &Experiment, chunk_runs: u64, program: &Program) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"oreworld plan 1");
    hasher.update(experiment.hash().as_bytes());
    hasher.update(&chunk_runs.to_le_bytes());
    for part in [&program.source_blake3, &program.target] {
        let part = part.as_deref().unwrap_or_default();
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize()
}
