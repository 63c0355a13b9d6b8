//! Chunks: the results of some runs after each other in one file, whose bytes follow from the plan alone.
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `oreworld chunk 1` |
//! | 32 | hash of the plan |
//! | 8, 8 | number of the chunk; first run |
//! | 4, 4 | runs; of which failed |
//! | | the rows, in postcard |
//! | 32 | BLAKE3 of all before |
//!
//! Whole numbers are little-endian. A file is written under another name, forced to the disk and renamed, so a chunk is
//! whole or not there, whoever writes it and however often. Names are forced to the disk once, at the end: a power cut
//! before may take whole chunks away, and they are done again.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::results::files;

const MAGIC: &[u8; 16] = b"oreworld chunk 1";
const HEADER: usize = 16 + 32 + 8 + 8 + 4 + 4;
const HASH: usize = 32;

/// Chunks in a folder.
const PER_FOLDER: u64 = 1_000;

/// Folder of the chunks of a sweep.
pub const FOLDER: &str = "chunks";

/// What a run left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Number of the run.
    pub run: u64,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// State hash after the last week; 0 of a failed run.
    pub state_hash: u64,
    /// One value per outcome; none of a failed run.
    pub outcomes: Vec<Option<f64>>,
}

impl Row {
    /// Its bytes, equal if and only if the run is the same to the bit.
    ///
    /// # Panics
    /// Never: a row in memory can be written to memory.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("bug: a row that cannot be written")
    }
}

/// What a chunk says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Hash of its plan.
    pub plan: [u8; 32],
    /// Number.
    pub chunk: u64,
    /// First run.
    pub first: u64,
    /// How many runs.
    pub runs: u32,
    /// How many of them failed.
    pub failed: u32,
}

impl Head {
    /// Runs.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.first..self.first + u64::from(self.runs)
    }

    fn bytes(&self) -> Vec<u8> {
        let numbers = [&self.chunk.to_le_bytes()[..], &self.first.to_le_bytes(), &self.runs.to_le_bytes()].concat();
        [&MAGIC[..], &self.plan, &numbers, &self.failed.to_le_bytes()].concat()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (plan, rest) = rest.split_first_chunk::<32>()?;
        let (chunk, rest) = rest.split_first_chunk::<8>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (runs, rest) = rest.split_first_chunk::<4>()?;
        let failed = rest.first_chunk::<4>()?;
        Some(Self {
            plan: *plan,
            chunk: u64::from_le_bytes(*chunk),
            first: u64::from_le_bytes(*first),
            runs: u32::from_le_bytes(*runs),
            failed: u32::from_le_bytes(*failed),
        })
    }
}

/// Bytes of a chunk.
///
/// # Panics
/// Never: rows in memory can be written to memory.
#[must_use]
pub fn encode(plan: [u8; 32], chunk: u64, rows: &[Row]) -> Vec<u8> {
    let failed = rows.iter().filter(|row| row.error.is_some()).count() as u32;
    let first = rows.first().map_or(0, |row| row.run);
    let mut bytes = Head { plan, chunk, first, runs: rows.len() as u32, failed }.bytes();
    bytes.append(&mut postcard::to_allocvec(rows).expect("bug: rows that cannot be written"));
    let hash = blake3::hash(&bytes);
    bytes.extend_from_slice(hash.as_bytes());
    bytes
}

/// Head and rows of a chunk; `None` when any byte is not as it was written.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<(Head, Vec<Row>)> {
    let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
    if blake3::hash(body).as_bytes()[..] != *hash {
        return None;
    }
    let head = Head::parse(body)?;
    let rows: Vec<Row> = postcard::from_bytes(&body[HEADER..]).ok()?;
    let sound = rows.iter().map(|row| row.run).eq(head.range());
    sound.then_some((head, rows))
}

/// Head of a chunk's file without a look at the rest; `None` when there is none.
#[must_use]
pub fn head(path: &Path) -> Option<Head> {
    let mut bytes = [0; HEADER];
    fs::File::open(path).ok()?.read_exact(&mut bytes).ok()?;
    Head::parse(&bytes)
}

/// Where a chunk of a sweep lies.
#[must_use]
pub fn path(sweep: &Path, chunk: u64) -> PathBuf {
    folder(sweep, chunk).join(format!("c{chunk:08}.chunk"))
}

fn folder(sweep: &Path, chunk: u64) -> PathBuf {
    sweep.join(FOLDER).join(format!("p{:04}", chunk / PER_FOLDER))
}

/// Puts a chunk in its place. That another process has done so meanwhile makes no difference: its bytes are the same.
///
/// # Errors
/// When the disk fails.
pub fn publish(sweep: &Path, chunk: u64, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder(sweep, chunk))?;
    files::write_into_place(&path(sweep, chunk), |sink| sink.write_all(bytes))
}

/// Makes the names of all published chunks last.
///
/// # Errors
/// When the disk fails.
pub fn settle(sweep: &Path) -> io::Result<()> {
    let chunks = sweep.join(FOLDER);
    for folder in fs::read_dir(&chunks)? {
        let folder = folder?.path();
        if folder.is_dir() {
            files::sync_folder(&folder)?;
        }
    }
    files::sync_folder(&chunks)
}

/// Every file of a chunk in a sweep: the number in its name, and where it lies; in order of number.
///
/// # Errors
/// When a folder cannot be read.
pub fn list(sweep: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    let folders = match fs::read_dir(sweep.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        folders => folders?,
    };
    for folder in folders {
        let folder = folder?.path();
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let number = name.strip_prefix('c').and_then(|name| name.strip_suffix(".chunk"));
            if let Some(chunk) = number.and_then(|number| number.parse().ok()) {
                found.push((chunk, path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Removes what stopped processes left half written, if it is older than a day: younger files may be being written.
///
/// # Errors
/// When a folder cannot be read.
pub fn sweep_old(sweep: &Path) -> io::Result<()> {
    const DAY: u64 = 86_400;
    for folder in fs::read_dir(sweep.join(FOLDER))? {
        let folder = folder?.path();
        for entry in if folder.is_dir() { fs::read_dir(folder)?.collect() } else { Vec::new() } {
            let entry = entry?;
            let age = entry.metadata()?.modified()?.elapsed().map_or(0, |age| age.as_secs());
            if entry.file_name().to_string_lossy().starts_with(files::UNFINISHED) && age > DAY {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(first: u64) -> Vec<Row> {
        let row = |run: u64| Row {
            run,
            error: (run == 7).then(|| "week 3: a mine without ore".to_owned()),
            state_hash: run * 31,
            outcomes: vec![Some(run as f64 / 3.0), None, Some(f64::MAX)],
        };
        (first..first + 5).map(row).collect()
    }

    #[test]
    fn a_chunk_comes_back_and_says_how_many_failed() {
        let bytes = encode([9; 32], 1, &rows(5));
        let (head, back) = decode(&bytes).expect("sound");
        assert_eq!(back, rows(5));
        assert_eq!((head.chunk, head.range(), head.failed, head.plan), (1, 5..10, 1, [9; 32]));
        let folder = tempfile::tempdir().expect("a folder");
        publish(folder.path(), 1, &bytes).expect("a disk");
        publish(folder.path(), 1, &bytes).expect("again");
        assert_eq!(list(folder.path()).expect("a disk"), [(1, path(folder.path(), 1))]);
        assert_eq!(super::head(&path(folder.path(), 1)), Some(head));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let bytes = encode([9; 32], 0, &rows(0));
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(&bad), None, "bit {bit}");
        }
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes[..cut]), None, "cut at {cut}");
        }
    }

    #[test]
    fn only_old_leavings_are_removed() {
        let sweep = tempfile::tempdir().expect("a folder");
        publish(sweep.path(), 0, b"x").expect("a disk");
        let young = sweep.path().join("chunks/p0000/.unfinished-young");
        let old = sweep.path().join("chunks/p0000/.unfinished-old");
        for (path, age) in [(&young, 60), (&old, 90_000)] {
            let file = fs::File::create(path).expect("a disk");
            let now = file.metadata().and_then(|data| data.modified()).expect("a time");
            file.set_modified(now - std::time::Duration::from_secs(age)).expect("a disk");
        }
        sweep_old(sweep.path()).expect("a disk");
        assert!(young.exists() && !old.exists() && path(sweep.path(), 0).exists());
    }
}
