//! What a calibration or a search has left: its tables, and the chunks of runs that they were made from.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{VerifyError, changed};
use crate::calibrate::work::{IDENTITY, ROUNDS};
use crate::results::manifest::{self, FileEntry, Program};
use crate::results::sealed::{self, Held};
use crate::sweep::chunk;

/// What is there and as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Program that made it.
    pub program: Program,
    /// Files that the manifest lists.
    pub files: usize,
    /// Runs, all of them in chunks and in the table.
    pub runs: u64,
}

/// What the manifests of both say alike.
#[derive(Debug, Deserialize)]
struct Listed {
    program: Program,
    files: Vec<FileEntry>,
}

/// Compares every file with the manifest, every chunk with its own hash, and their runs with the table's. Gives what is
/// there, and what is wrong.
///
/// # Errors
/// When it is not complete, or the manifest cannot be relied on.
pub fn files(folder: &Path, held: Held) -> Result<(Made, Vec<String>), VerifyError> {
    let path = folder.join(manifest::NAME);
    if !path.exists() {
        let verb = if held == Held::Calibration { "calibrate" } else { "optimize" };
        return Err(VerifyError::Unfinished(folder.display().to_string(), verb));
    }
    let unreadable = |error| VerifyError::Unreadable(path.display().to_string(), error);
    let Listed { program, files } = sealed::read(&path).map_err(unreadable)?;
    let mut wrong = changed(folder, &files);
    if held == Held::Calibration {
        wrong.extend(sealed::whole(&folder.join(IDENTITY)).err().map(|error| error.to_string()));
    }
    let mut runs = 0;
    for place in places(folder).map_err(unreadable)? {
        for (number, path) in chunk::list(&place).map_err(unreadable)? {
            let sound = fs::read(&path).map(|bytes| chunk::decode(&bytes).filter(|(head, _)| head.chunk == number));
            let name = path.strip_prefix(folder).unwrap_or(&path).display();
            match sound {
                Ok(Some((_, rows))) => runs += rows.len() as u64,
                Ok(None) => wrong.push(format!("{name}: it is damaged, or another chunk")),
                Err(error) => wrong.push(format!("{name}: {error}")),
            }
        }
    }
    let listed: u64 = files.iter().filter_map(|file| file.rows).sum();
    if wrong.is_empty() && runs != listed {
        wrong.push(format!("chunks hold {runs} runs, the table {listed}"));
    }
    Ok((Made { program, files: files.len(), runs }, wrong))
}

/// Folders that have chunks: that of a search itself, those of a calibration's rounds.
fn places(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![folder.to_owned()];
    match fs::read_dir(folder.join(ROUNDS)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        rounds => {
            for round in rounds? {
                let round = round?.path();
                if round.is_dir() {
                    found.push(round);
                }
            }
        }
    }
    found.sort();
    Ok(found)
}
