//! The folder of a search: its plan, who works in it, and how files are put there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::file::Search;
use super::work::SearchError;
use crate::experiment::factor::Factor;
use crate::results::assemble::copy_inputs;
use crate::results::manifest::{FileEntry, Program};
use crate::results::{files, sealed};
use crate::sweep::chunk;

/// Name of the plan in the folder of a search.
pub const PLAN: &str = "plan.json";

/// What makes a search what it is; kept beside its runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Edition of this format.
    pub schema: u32,
    /// That this is the plan of a search.
    pub kind: String,
    /// Program that runs it.
    pub program: Program,
    /// Id of the search.
    pub search: String,
    /// What was set beyond the files, as `path=value`.
    pub overrides: Vec<String>,
    /// Columns of the factors.
    pub factors: Vec<String>,
    /// Ids of the scenarios.
    pub scenarios: Vec<String>,
    /// The first seed.
    pub first_seed: u64,
    /// Seeds of every setting and scenario.
    pub seeds: u32,
    /// Copies of the files it was made from.
    pub inputs: Vec<FileEntry>,
    /// Hash of files, seeds, program and target: by it runs know their search.
    pub search_hash: String,
    /// Hash of this file with zeros in place of the hash.
    pub blake3_of_this_file: String,
}

/// Hash of files, seeds, program and target.
#[must_use]
pub fn hash_of(search: &Search) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"oreworld search 1");
    hasher.update(search.experiment.hash().as_bytes());
    hasher.update(Program::this().target.unwrap_or_default().as_bytes());
    hasher.finalize()
}

/// Folder of a search where none is named.
#[must_use]
pub fn folder_name(search: &Search) -> PathBuf {
    Path::new("searches").join(format!("{}-{}", search.experiment.id, &hash_of(search).to_hex()[..10]))
}

/// Keeps the folder from other processes while it is held, and removes what stopped ones have left half written.
pub(super) fn held(folder: &Path) -> Result<fs::File, SearchError> {
    let file = fs::File::open(folder.join(PLAN))?;
    file.try_lock().map_err(|error| match error {
        fs::TryLockError::WouldBlock => SearchError::Busy(folder.display().to_string()),
        fs::TryLockError::Error(error) => error.into(),
    })?;
    files::sweep(folder)?;
    for folders in [folder.join(chunk::FOLDER), folder.join(super::arms::FOLDER)] {
        if folders.is_dir() {
            files::sweep(&folders)?;
            for inner in fs::read_dir(&folders)? {
                let inner = inner?.path();
                if inner.is_dir() {
                    files::sweep(&inner)?;
                }
            }
        }
    }
    Ok(file)
}

/// Writes the plan, or finds it there.
pub(super) fn begin(search: &Search, folder: &Path) -> Result<(), SearchError> {
    let path = folder.join(PLAN);
    let shown = folder.display().to_string();
    let hash = hash_of(search).to_string();
    if path.exists() {
        let there: Plan = sealed::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => SearchError::Damaged(path.display().to_string()),
            _ => error.into(),
        })?;
        let this = Program::this();
        return if there.search_hash == hash {
            Ok(())
        } else if (&there.program.source_blake3, &there.program.target) == (&this.source_blake3, &this.target) {
            Err(SearchError::Other(shown))
        } else {
            Err(SearchError::OtherProgram(shown))
        };
    }
    fs::create_dir_all(folder)?;
    let experiment = &search.experiment;
    let plan = Plan {
        schema: 1,
        kind: "search".to_owned(),
        program: Program::this(),
        search: experiment.id.to_string(),
        overrides: experiment.overrides.clone(),
        factors: experiment.design.factors.iter().map(Factor::column).collect(),
        scenarios: experiment.arms.iter().map(|arm| arm.id.to_string()).collect(),
        first_seed: experiment.seeds.first,
        seeds: experiment.seeds.count,
        inputs: copy_inputs(experiment, folder)?,
        search_hash: hash,
        blake3_of_this_file: sealed::NO_HASH.to_owned(),
    };
    Ok(sealed::write(&path, &plan)?)
}

/// Puts a file of a search in its place whole.
pub(super) fn keep(folder: &Path, name: &str, text: &str) -> io::Result<FileEntry> {
    files::write_bytes(&folder.join(name), text.as_bytes())?;
    let (blake3, bytes) = files::hash_file(&folder.join(name))?;
    Ok(FileEntry { name: name.to_owned(), bytes, rows: None, blake3 })
}
