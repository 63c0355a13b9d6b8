//! `oreworld sweep`: an experiment over points of its factors, in chunks that any number of processes may do.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Outcome, render};
use crate::sweep::merge::Merged;
use crate::sweep::plan::{OpenError, Sweep};
use crate::sweep::verify::{is_merged, merged};

pub(super) mod analyze;
mod plan;
mod results;
mod run;
mod submit;

/// Arguments of `sweep`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Says how many runs there are and what they will take, from some that are measured, and writes the plan.
    Plan(plan::Args),
    /// Does what is missing; may be stopped, killed and given again, and may run many times at once.
    Run(run::Args),
    /// Hands a sweep to this machine or to a batch queue.
    Submit(submit::Args),
    /// Hands over what is missing.
    Resume(submit::Args),
    /// Says how far a sweep is.
    Status(results::StatusArgs),
    /// Puts the chunks together into one table, if every run is there exactly once.
    Merge(results::MergeArgs),
    /// Hashes every file of a sweep or of merged results, and does a sample of the runs again.
    Verify(results::VerifyArgs),
    /// Says what came out: differences between arms, which factors matter, which arm one would regret least.
    Analyze(analyze::Args),
}

/// Does what the verb says.
pub(super) fn run(args: &Args) -> Outcome {
    match &args.verb {
        Verb::Plan(args) => plan::run(args),
        Verb::Run(args) => run::run(args),
        Verb::Status(args) => results::status(args),
        Verb::Merge(args) => results::merge(args),
        Verb::Verify(args) => results::verify(args),
        Verb::Submit(args) => submit::submit(args),
        Verb::Resume(args) => submit::resume(args),
        Verb::Analyze(args) => analyze::run(args),
    }
}

/// Opens a sweep, or says why not.
fn open(folder: &Path) -> Result<Sweep, Outcome> {
    Sweep::open(folder).map_err(refused)
}

/// Reads a sweep to look at its results, whichever build ran it, or says why not.
pub(super) fn look_at(folder: &Path) -> Result<Sweep, Outcome> {
    Sweep::read(folder).map_err(refused)
}

fn refused(error: OpenError) -> Outcome {
    tell!("{error}");
    match error {
        OpenError::Io(..) => Outcome::Unusable,
        OpenError::Damaged(_) => Outcome::Unreadable,
        OpenError::OtherProgram(..) => Outcome::Foreign,
        OpenError::Problems(..) => Outcome::Problems,
    }
}

/// An error of the disk.
pub(super) fn broken(folder: &Path, error: &dyn std::fmt::Display) -> Outcome {
    tell!("{}: {error}", folder.display());
    Outcome::Unusable
}

/// A length of time in the unit that people would use.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} hours", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

/// A number of bytes in the unit that people would use.
fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1e6 => format!("{:.0} kB", (b / 1e3).max(1.0)),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

/// `oreworld sweep VERB FOLDER`, to be typed next.
fn next(verb: &str, folder: &Path) -> String {
    format!("oreworld sweep {verb} {}", folder.display())
}

/// Merged results of a sweep that is named by its own folder or by theirs: their folder and manifest, once all of it is
/// seen to be as it was written.
pub(super) fn merged_in(folder: &Path) -> Result<(PathBuf, Merged), Outcome> {
    let found = if is_merged(folder) { folder.to_owned() } else { merged_folder(folder) };
    if !is_merged(&found) {
        tell!("{} is not merged; first: {}", folder.display(), next("merge", folder));
        return Err(Outcome::Unusable);
    }
    let (manifest, wrong) = merged(&found).map_err(|error| broken(&found, &error))?;
    for line in &wrong {
        tell!("{}: {line}", found.display());
    }
    if wrong.is_empty() { Ok((found, manifest)) } else { Err(Outcome::Unreadable) }
}

/// Folder of merged results below a sweep's, where none is named.
fn merged_folder(sweep: &Path) -> PathBuf {
    sweep.join("merged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_in_units_of_their_own_order() {
        let times: Vec<String> = [0.4, 90.0, 600.0, 9_000.0, 400_000.0].map(duration).to_vec();
        assert_eq!(times, ["0 s", "90 s", "10 min", "2.5 hours", "4.6 days"]);
        assert_eq!([1.0, 25_000.0, 2.5e6, 3e9].map(size), ["1 kB", "25 kB", "2.5 MB", "3.0 GB"]);
    }
}
