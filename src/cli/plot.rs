//! `oreworld plot`: pictures of results.

use std::path::PathBuf;

use super::Outcome;
use super::verify::{again, refused};
use crate::results::{plot, verify};

/// Arguments of `plot`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of results.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Folder of the pictures; `plots` among the results when not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Draws, after making sure that the files are what they were.
pub(super) fn run(args: &Args) -> Outcome {
    let (manifest, wrong) = match verify::files(&args.folder) {
        Ok(found) => found,
        Err(error) => return refused(&error),
    };
    if !wrong.is_empty() {
        for line in &wrong {
            eprintln!("{}: {line}", args.folder.display());
        }
        return Outcome::Problems;
    }
    let Some(experiment) = again(&args.folder, &manifest) else { return Outcome::Problems };
    let out = args.out.clone().unwrap_or_else(|| args.folder.join("plots"));
    match plot::write(&experiment, &args.folder, &out) {
        Ok(written) => {
            for path in written {
                super::print(&format!("{}\n", path.display()));
            }
            Outcome::Fine
        }
        Err(error) => {
            eprintln!("{}: {error}", args.folder.display());
            Outcome::Unusable
        }
    }
}
