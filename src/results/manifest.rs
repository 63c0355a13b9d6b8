//! The manifest: what a folder of results holds, what it was made from and by which program.
//!
//! It is written last and names the hash of every file, and its own. Nothing in it depends on the time, the machine or
//! the number of threads; the program's version, compiler and target are what they were built as.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::dictionary::ColumnNote;
use super::sealed;

/// Its name.
pub const NAME: &str = "manifest.json";

/// A manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Edition of this format.
    pub schema: u32,
    /// Program that made the results.
    pub program: Program,
    /// Id of the experiment.
    pub experiment: String,
    /// Hash of what the numbers follow from.
    pub experiment_hash: String,
    /// What it asks, in English.
    pub question: String,
    /// Levers that it moves.
    pub levers: Vec<String>,
    /// Id of the arm that the others are compared with.
    pub baseline: String,
    /// Ids of the arms.
    pub arms: Vec<String>,
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds.
    pub seeds: u32,
    /// Weeks of each run.
    pub weeks: u32,
    /// What was set beyond the files, as `path=value`.
    pub overrides: Vec<String>,
    /// What the check said of the inputs.
    pub warnings: Vec<String>,
    /// Tonnes and dollars that the books of any run lost or gained: zero, or the run would have failed.
    pub ledger_residual: f64,
    /// Every run, in order of arm and seed.
    pub runs: Vec<Run>,
    /// What the columns of the tables are; none in results of versions before there was a list.
    #[serde(default)]
    pub columns: Vec<ColumnNote>,
    /// Every file but this one.
    pub files: Vec<FileEntry>,
    /// Hash of this file with zeros in place of the hash.
    pub blake3_of_this_file: String,
}

/// The program that made the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Version.
    pub version: String,
    /// Commit of its source, if known.
    pub commit: Option<String>,
    /// Whether the source differed from that commit.
    pub dirty: Option<bool>,
    /// Hash of its source and of the versions of what it uses.
    pub source_blake3: Option<String>,
    /// Hash of `Cargo.lock`.
    pub lock_blake3: Option<String>,
    /// Compiler.
    pub rustc: Option<String>,
    /// Target triple.
    pub target: Option<String>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Id of the arm.
    pub arm: String,
    /// Seed.
    pub seed: u64,
    /// State hash after the last week, in hexadecimal.
    pub state_hash: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name below the folder, with forward slashes.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Rows, of a table.
    pub rows: Option<u64>,
    /// BLAKE3.
    pub blake3: String,
}

impl Program {
    /// This program.
    #[must_use]
    pub fn this() -> Self {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: known(env!("OREWORLD_COMMIT")),
            dirty: env!("OREWORLD_DIRTY").parse().ok(),
            source_blake3: known(env!("OREWORLD_SOURCE_HASH")),
            lock_blake3: known(env!("OREWORLD_LOCK_HASH")),
            rustc: known(env!("OREWORLD_RUSTC")),
            target: known(env!("OREWORLD_TARGET")),
        }
    }
}

/// Hash by which a journal knows the program that began it.
#[must_use]
pub fn build_hash() -> blake3::Hash {
    blake3::hash(concat!(env!("OREWORLD_SOURCE_HASH"), env!("CARGO_PKG_VERSION")).as_bytes())
}

/// Writes a manifest, and in it its own hash.
///
/// # Errors
/// When the disk fails.
pub fn write(folder: &Path, manifest: &Manifest) -> io::Result<()> {
    let blank = Manifest { blake3_of_this_file: sealed::NO_HASH.to_owned(), ..manifest.clone() };
    sealed::write(&folder.join(NAME), &blank)
}

/// Reads a manifest and checks its hash.
///
/// # Errors
/// When it cannot be read, or a byte of it was changed.
pub fn read(folder: &Path) -> io::Result<Manifest> {
    sealed::read(&folder.join(NAME))
}
