//! `oreworld export`: tables of finished results in other formats.

use std::convert::identity;
use std::path::{Path, PathBuf};

use super::Outcome;
use super::verify::unchanged;
use crate::results::csv;
use crate::world_file::problem::unknown_name;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results.
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

/// Copies tables, after making sure that the files are what they were.
fn copied(folder: &Path, args: &Args) -> Result<Outcome, Outcome> {
    let manifest = unchanged(folder)?;
    let known: Vec<&str> = csv::tables(&manifest).collect();
    if let Some(name) = args.tables.iter().find(|name| !known.contains(&name.as_str())) {
        let (what, instead) = unknown_name("table", name, &known);
        eprintln!("{}: {what}; {}", folder.display(), instead.unwrap_or_default());
        return Err(Outcome::Unusable);
    }
    let out = match &args.out {
        Some(out) => super::within(out, &manifest, args.folders.len()),
        None => folder.join(csv::FOLDER),
    };
    let written = csv::write(folder, &out, &args.tables).map_err(|error| {
        eprintln!("{}: {error}", folder.display());
        Outcome::Unusable
    })?;
    for path in written {
        super::print(&format!("{}\n", path.display()));
    }
    Ok(Outcome::Fine)
}
