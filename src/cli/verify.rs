//! `oreworld verify`: are results what they say, to the last bit?

use std::convert::identity;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::run::Progress;
use super::{Outcome, render};
use crate::experiment::Experiment;
use crate::experiment::file::{Changes, load};
use crate::results::inputs;
use crate::results::manifest::{Manifest, Program};
use crate::results::simulate::simulate;
use crate::results::verify::{self, VerifyError};

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Runs every run again, not a sample.
    #[arg(long, conflicts_with = "sample")]
    all: bool,
    /// Runs so many runs again, spread over arms and seeds.
    #[arg(long, value_name = "K", default_value_t = 4)]
    sample: usize,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
}

/// Looks at every folder, whatever is wrong with those before it.
pub(super) fn run(args: &Args) -> Outcome {
    let outcomes = args.folders.iter().map(|folder| verified(folder, args).unwrap_or_else(identity));
    outcomes.max().unwrap_or(Outcome::Fine)
}

/// Hashes files, runs runs again, and says what differs.
fn verified(folder: &Path, args: &Args) -> Result<Outcome, Outcome> {
    let shown = folder.display();
    let manifest = unchanged(folder)?;
    super::print(&format!("{shown}: {} files are as the manifest says\n", manifest.files.len()));
    let experiment = again(folder, &manifest)?;
    let this = Program::this();
    if this.source_blake3 != manifest.program.source_blake3 {
        eprintln!(
            "{shown}: made by another build, oreworld {} at commit {}; its numbers may differ from this one's",
            manifest.program.version,
            manifest.program.commit.as_deref().unwrap_or("unknown"),
        );
    }
    let count = if args.all { manifest.runs.len() } else { args.sample };
    let chosen = verify::sample(manifest.runs.len(), count);
    let mut progress = Progress::new(args.quiet);
    progress.begin(chosen.len() as u64, 0);
    let progress = Mutex::new(progress);
    let watch = || {
        if let Ok(mut progress) = progress.lock() {
            progress.step();
        }
    };
    let found = verify::runs(folder, &manifest, &experiment, &chosen, &simulate, &watch);
    if let Ok(progress) = progress.lock() {
        progress.end();
    }
    Ok(match found {
        Err(error) => {
            eprintln!("{shown}: {error}");
            Outcome::Unusable
        }
        Ok(differences) if differences.is_empty() => {
            super::print(&format!(
                "{shown}: {} of {} runs were run again and are the same\n",
                chosen.len(),
                manifest.runs.len()
            ));
            Outcome::Fine
        }
        Ok(differences) => {
            for difference in &differences {
                eprintln!("{shown}: {difference}");
            }
            Outcome::Problems
        }
    })
}

/// The manifest of results whose files are what they were; otherwise says what is wrong with them.
pub(super) fn unchanged(folder: &Path) -> Result<Manifest, Outcome> {
    let (manifest, wrong) = verify::files(folder).map_err(|error| refused(&error))?;
    for line in &wrong {
        eprintln!("{}: {line}", folder.display());
    }
    if wrong.is_empty() { Ok(manifest) } else { Err(Outcome::Problems) }
}

/// Says why results cannot be looked at.
fn refused(error: &VerifyError) -> Outcome {
    eprintln!("{error}");
    match error {
        VerifyError::Above(..) => Outcome::Unusable,
        VerifyError::Unreadable(_, error) if error.kind() == std::io::ErrorKind::NotFound => Outcome::Unusable,
        _ => Outcome::Problems,
    }
}

/// The experiment of some results, from the copies of its files.
pub(super) fn again(folder: &Path, manifest: &Manifest) -> Result<Experiment, Outcome> {
    let (file, world) = inputs(folder);
    let changes = Changes { set: manifest.overrides.clone(), seeds: Some(manifest.seeds), world: Some(world) };
    let loaded = load(&file, &changes);
    loaded.experiment.ok_or_else(|| {
        render::problems(&loaded.problems, &loaded.sources);
        Outcome::Problems
    })
}
