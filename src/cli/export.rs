//! `oreworld export`: tables of finished results in other formats.

use std::convert::identity;
use std::path::{Path, PathBuf};

use super::verify::unchanged;
use super::{Outcome, sweep};
use crate::results::csv;
use crate::results::manifest::FileEntry;
use crate::sweep::plan;
use crate::world_file::problem::unknown_name;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results, of sweeps that are merged, or of merged results.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Writes CSV: UTF-8, one header line, quantities to the last bit, an empty cell where a value is missing.
    #[arg(long, required = true)]
    csv: bool,
    /// Takes this table alone; may be repeated.
    #[arg(long = "table", value_name = "NAME")]
    tables: Vec<String>,
    /// Folder of the copies, with one folder in it for each of several results; `csv` among the results when not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Copies every folder, whatever is wrong with those before it.
pub(super) fn run(args: &Args) -> Outcome {
    let outcomes = args.folders.iter().map(|folder| copied(folder, args).unwrap_or_else(identity));
    outcomes.max().unwrap_or(Outcome::Fine)
}

/// Folder of the tables, its files, and the experiment with a hash that tells it from others.
fn found(folder: &Path) -> Result<(PathBuf, Vec<FileEntry>, String, String), Outcome> {
    if folder.join(plan::NAME).exists() {
        let (merged, of) = sweep::merged_in(folder)?;
        return Ok((merged, of.files, of.experiment, of.plan_hash));
    }
    let manifest = unchanged(folder)?;
    Ok((folder.to_owned(), manifest.files, manifest.experiment, manifest.experiment_hash))
}

/// Copies tables, after making sure that the files are what they were.
fn copied(folder: &Path, args: &Args) -> Result<Outcome, Outcome> {
    let (from, files, experiment, hash) = found(folder)?;
    let known: Vec<&str> = csv::tables(&files).collect();
    if let Some(name) = args.tables.iter().find(|name| !known.contains(&name.as_str())) {
        let (what, instead) = unknown_name("table", name, &known);
        tell!("{}: {what}; {}", folder.display(), instead.unwrap_or_default());
        return Err(Outcome::Unusable);
    }
    let out = match &args.out {
        Some(out) => super::within(out, &experiment, &hash, args.folders.len()),
        None => from.join(csv::FOLDER),
    };
    let wanted = known.into_iter().filter(|name| args.tables.is_empty() || args.tables.iter().any(|one| one == name));
    let written = csv::write(&from, &out, wanted).map_err(|error| {
        tell!("{}: {error}", folder.display());
        Outcome::Unusable
    })?;
    for path in written {
        super::print(&format!("{}\n", path.display()));
    }
    Ok(Outcome::Fine)
}
