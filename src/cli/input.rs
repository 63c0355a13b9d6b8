//! Files and settings that verbs share.

use std::convert::identity;
use std::path::{Path, PathBuf};

use crate::world_file::include::{self, Joined};
use crate::world_file::overlay::Override;
use crate::world_file::problem::Problems;
use crate::world_file::scan;
use crate::world_file::source::Sources;
use crate::world_file::tree::Node;
use crate::world_file::{self, Checked, disk};

use super::Outcome;

/// A file and what is set in it.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Settings {
    /// Sets a value: a path, `=` and the value, such as 'mines.red-hill.capacity=TonnesPerYear(9_000)'; may be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
}

/// What verbs share that run a world over and over until they have found something.
#[derive(Debug, clap::Args)]
pub(super) struct Finding {
    /// Runs at a time; what SLURM_CPUS_PER_TASK says, else as many as the machine grants.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Prints JSON to standard output.
    #[arg(long)]
    pub(super) json: bool,
    /// Shows no progress and does not say what may come next.
    #[arg(long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) settings: Settings,
}

impl Finding {
    pub(super) fn threads(&self) -> Option<usize> {
        self.threads.map(usize::from)
    }
}

/// A file read into a tree, with the values to set.
#[derive(Debug)]
pub(super) struct Input {
    /// Texts.
    pub(super) sources: Sources,
    /// The file, or why it is none.
    pub(super) root: Result<Node, Problems>,
    /// Values to set.
    pub(super) overrides: Vec<Override>,
    /// What is wrong with values to set, and between the parts of a world: no reason not to look at the rest.
    pub(super) problems: Problems,
}

impl Input {
    /// The world that it is, with what is wrong with it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn world(&mut self) -> Result<Checked, Problems> {
        let problems = std::mem::take(&mut self.problems);
        match std::mem::replace(&mut self.root, Err(Problems::default())) {
            Ok(root) => Ok(world_file::check(&self.sources, root, &self.overrides).with(problems)),
            Err(found) => Err(found.and(problems)),
        }
    }
}

/// Reads every file and does `work` with it, whatever is wrong with those before it; the worst outcome of all.
pub(super) fn each(files: &[PathBuf], settings: &Settings, mut work: impl FnMut(&Path, Input) -> Outcome) -> Outcome {
    let outcomes = files.iter().map(|path| read(path, settings).map_or_else(identity, |input| work(path, input)));
    outcomes.max().unwrap_or(Outcome::Fine)
}

/// Whether a file is there; says on standard error when it is not.
///
/// # Errors
/// When it is not.
pub(super) fn present(path: &Path) -> Result<(), Outcome> {
    std::fs::metadata(path).map(drop).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Outcome {
    tell!("{}: cannot be read: {error}", shown(path));
    Outcome::Unusable
}

/// Reads a file; says on standard error when it cannot be read.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(path: &Path, settings: &Settings) -> Result<Input, Outcome> {
    let bytes = disk::given(path).map_err(|error| unreadable(path, &error))?;
    let mut sources = Sources::default();
    let (root, mut problems) = match parse(&mut sources, path, &bytes) {
        Ok(joined) => (Ok(joined.root), joined.problems),
        Err(problems) => (Err(problems), Problems::default()),
    };
    let mut overrides = Vec::new();
    for (index, text) in settings.set.iter().enumerate() {
        match Override::parse(&mut sources, &format!("--set #{}", index + 1), text) {
            Ok(found) => overrides.push(found),
            Err(found) => problems = problems.and(found),
        }
    }
    Ok(Input { sources, root, overrides, problems })
}

/// The tree of a file, put together from its parts if it is a world that has some.
pub(super) fn parse(sources: &mut Sources, path: &Path, bytes: &[u8]) -> Result<Joined, Problems> {
    let root = scan::read(sources, &shown(path), bytes)?;
    include::join_files(sources, root, path)
}

/// A path as messages show it, the same on every platform.
pub(super) fn shown(path: &Path) -> String {
    path.components().collect::<PathBuf>().to_string_lossy().replace('\\', "/")
}
