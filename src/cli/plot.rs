//! `oreworld plot`: pictures of results.

use std::convert::identity;
use std::path::{Path, PathBuf};

use super::Outcome;
use super::verify::{again, unchanged};
use crate::results::plot;

/// Arguments of `plot`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Folder of the pictures, with one folder in it for each of several results; `plots` among the results when not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Draws every folder, whatever is wrong with those before it.
pub(super) fn run(args: &Args) -> Outcome {
    let outcomes = args.folders.iter().map(|folder| drawn(folder, args).unwrap_or_else(identity));
    outcomes.max().unwrap_or(Outcome::Fine)
}

/// Draws, after making sure that the files are what they were.
fn drawn(folder: &Path, args: &Args) -> Result<Outcome, Outcome> {
    let manifest = unchanged(folder)?;
    let experiment = again(folder, &manifest)?;
    let out = match &args.out {
        Some(out) => super::within(out, &manifest.experiment, &manifest.experiment_hash, args.folders.len()),
        None => folder.join("plots"),
    };
    let written = plot::write(&experiment, folder, &out).map_err(|error| {
        tell!("{}: {error}", folder.display());
        Outcome::Unusable
    })?;
    for path in written {
        super::print(&format!("{}\n", path.display()));
    }
    Ok(Outcome::Fine)
}
