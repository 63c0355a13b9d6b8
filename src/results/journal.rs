//! Finished runs on disk as they come: frames of length, CRC-32C and payload, one per run.
//!
//! A frame is forced to the disk before the run counts as done. On opening, the file is cut after the last good
//! frame, so being stopped at any instant loses at most the runs that were under way.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::files;

const MAGIC: &[u8; 16] = b"oreworld runs 1\n";
const HEADER: usize = MAGIC.len() + 32 + 32;
const FRAME_HEADER: usize = 8;

/// Arm (place in the experiment) and seed.
pub type RunKey = (u32, u64);

/// Where each run's payload lies in the file: offset and length.
type Places = BTreeMap<RunKey, (u64, u32)>;

/// A finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Which arm.
    pub arm: u32,
    /// Which seed.
    pub seed: u64,
    /// State hash after each week.
    pub hashes: Vec<u64>,
    /// One value per outcome of the experiment.
    pub outcomes: Vec<Option<f64>>,
    /// Tables to be kept.
    pub tables: Vec<Columns>,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk failed, or a frame did.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is of another experiment, or not a journal.
    #[error("{0} does not belong to this experiment; move it away or choose another folder with --out")]
    Foreign(String),
    /// It was begun by another build of the program.
    #[error("{0} was begun by another build of oreworld; finish with that build, or start over with --force")]
    OtherBuild(String),
    /// Another process is at it.
    #[error("another oreworld is writing {0}")]
    Busy(String),
}

/// The journal of an experiment.
#[derive(Debug)]
pub struct Journal {
    file: File,
    runs: Places,
    end: u64,
}

impl Journal {
    /// Opens the journal of an experiment (its hash) as written by a build (its hash), beginning it if need be, and
    /// locks it against other processes. A torn end is cut off; `anew` throws all of it away.
    ///
    /// # Errors
    /// When it is another's, in use, or the disk fails.
    pub fn open(path: &Path, experiment: &[u8; 32], build: &[u8; 32], anew: bool) -> Result<Self, JournalError> {
        let name = || path.display().to_string();
        let mut file = files::open_plain(path)?;
        file.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => JournalError::Busy(name()),
            std::fs::TryLockError::Error(error) => error.into(),
        })?;
        if anew {
            file.set_len(0)?;
        }
        let expected = [&MAGIC[..], experiment, build].concat();
        let mut header = Vec::new();
        (&file).take(HEADER as u64).read_to_end(&mut header)?;
        let ours = |part: usize| header[..part.min(header.len())] == expected[..part.min(header.len())];
        if !ours(MAGIC.len() + 32) {
            return Err(JournalError::Foreign(name()));
        }
        if !ours(HEADER) {
            return Err(JournalError::OtherBuild(name()));
        }
        if header.len() < HEADER {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&expected)?;
            file.sync_all()?;
            files::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
            return Ok(Self { file, runs: BTreeMap::new(), end: HEADER as u64 });
        }
        let length = file.metadata()?.len();
        let (runs, end) = good_frames(&mut io::BufReader::with_capacity(1 << 18, &file), length)?;
        if end < length {
            file.set_len(end)?;
            file.sync_all()?;
        }
        Ok(Self { file, runs, end })
    }

    /// Runs that are done.
    pub fn done(&self) -> impl Iterator<Item = RunKey> {
        self.runs.keys().copied()
    }

    /// Whether a run is done.
    #[must_use]
    pub fn has(&self, run: RunKey) -> bool {
        self.runs.contains_key(&run)
    }

    /// Appends a frame from [`pack`] and forces it to the disk.
    ///
    /// # Errors
    /// When the disk fails; the frame is then cut off again.
    ///
    /// # Panics
    /// When the payload is not one of [`pack`].
    pub fn append(&mut self, payload: &[u8]) -> Result<(), JournalError> {
        let run = key_of(payload).expect("bug: a payload without its run");
        let length = u32::try_from(payload.len()).map_err(|_| io::Error::other("a run of more than 4 GiB"))?;
        let mut frame = Vec::with_capacity(FRAME_HEADER + payload.len());
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&crc32c::crc32c(payload).to_le_bytes());
        frame.extend_from_slice(payload);
        self.file.seek(SeekFrom::Start(self.end))?;
        if let Err(error) = self.file.write_all(&frame).and_then(|()| self.file.sync_data()) {
            self.file.set_len(self.end)?;
            return Err(error.into());
        }
        self.runs.insert(run, (self.end + FRAME_HEADER as u64, length));
        self.end += frame.len() as u64;
        Ok(())
    }

    /// Reads a run back.
    ///
    /// # Errors
    /// When it is not there or damaged since.
    pub fn read(&mut self, run: RunKey) -> Result<RunRecord, JournalError> {
        let absent = || io::Error::new(io::ErrorKind::NotFound, format!("run {run:?} is not in the journal"));
        let (offset, length) = *self.runs.get(&run).ok_or_else(absent)?;
        let mut payload = vec![0; length as usize];
        self.file.seek(SeekFrom::Start(offset - 4))?;
        let mut checksum = [0; 4];
        self.file.read_exact(&mut checksum)?;
        self.file.read_exact(&mut payload)?;
        let sound = u32::from_le_bytes(checksum) == crc32c::crc32c(&payload);
        let record = if sound { unpack(&payload) } else { None };
        Ok(record
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a frame was damaged since it was written"))?)
    }
}

/// Payload of a run's frame: arm and seed, then the record in postcard under zstd.
///
/// # Errors
/// When memory runs out.
pub fn pack(run: &RunRecord) -> io::Result<Vec<u8>> {
    let bytes = postcard::to_allocvec(run).map_err(io::Error::other)?;
    let mut payload = [&run.arm.to_le_bytes()[..], &run.seed.to_le_bytes()].concat();
    payload.append(&mut zstd::bulk::compress(&bytes, 1)?);
    Ok(payload)
}

fn key_of(payload: &[u8]) -> Option<RunKey> {
    let (arm, rest) = payload.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*arm), u64::from_le_bytes(*rest.first_chunk::<8>()?)))
}

fn unpack(payload: &[u8]) -> Option<RunRecord> {
    postcard::from_bytes(&zstd::stream::decode_all(payload.get(12..)?).ok()?).ok()
}

/// The runs of all frames before the first that is cut off or damaged, and where they end.
fn good_frames(file: &mut impl Read, length: u64) -> io::Result<(Places, u64)> {
    let mut runs = BTreeMap::new();
    let (mut at, mut payload) = (HEADER as u64, Vec::new());
    while length - at >= FRAME_HEADER as u64 {
        let mut head = [0; FRAME_HEADER];
        file.read_exact(&mut head)?;
        let [size, checksum] = [0, 4].map(|i| u32::from_le_bytes([head[i], head[i + 1], head[i + 2], head[i + 3]]));
        let begin = at + FRAME_HEADER as u64;
        if u64::from(size) > length - begin {
            break;
        }
        payload.resize(size as usize, 0);
        file.read_exact(&mut payload)?;
        let run = if crc32c::crc32c(&payload) == checksum { key_of(&payload) } else { None };
        let Some(run) = run else { break };
        runs.insert(run, (begin, size));
        at = begin + u64::from(size);
    }
    Ok((runs, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::columns::{Data, Field, Kind};

    const MINE: ([u8; 32], [u8; 32]) = ([7; 32], [9; 32]);

    fn run(seed: u64) -> RunRecord {
        let prices = Columns {
            name: "markets".into(),
            fields: vec![Field::new("price_usd_per_t", Kind::Real)],
            data: vec![Data::Real((0..20).map(|i| (seed * 100 + i) as f64).collect())],
        };
        RunRecord { arm: 0, seed, hashes: vec![seed; 20], outcomes: vec![Some(1.5), None], tables: vec![prices] }
    }

    fn open(path: &Path) -> Result<Journal, JournalError> {
        Journal::open(path, &MINE.0, &MINE.1, false)
    }

    fn add(journal: &mut Journal, seed: u64) {
        journal.append(&pack(&run(seed)).expect("memory")).expect("a disk");
    }

    #[test]
    fn cut_anywhere_and_resumed_it_ends_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut journal = open(&path).expect("new");
        (1..=3).for_each(|seed| add(&mut journal, seed));
        drop(journal);
        let whole = std::fs::read(&path).expect("a file");
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("a disk");
            let mut journal = open(&path).expect("the same experiment");
            let kept: Vec<u64> = journal.done().map(|(_, seed)| seed).collect();
            assert_eq!(kept, (1..=kept.len() as u64).collect::<Vec<_>>(), "cut at {cut}");
            for seed in 1..=3 {
                if !journal.has((0, seed)) {
                    add(&mut journal, seed);
                }
                assert_eq!(journal.read((0, seed)).expect("there"), run(seed));
            }
            drop(journal);
            assert!(std::fs::read(&path).expect("a file") == whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_costs_the_frames_from_there_on_and_is_never_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut journal = open(&path).expect("new");
        (1..=2).for_each(|seed| add(&mut journal, seed));
        drop(journal);
        let whole = std::fs::read(&path).expect("a file");
        for at in HEADER..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(&path, &bad).expect("a disk");
            let mut journal = open(&path).expect("the same experiment");
            let kept: Vec<RunKey> = journal.done().collect();
            assert!(kept.len() < 2, "byte {at}");
            for key in kept {
                assert_eq!(journal.read(key).expect("there"), run(key.1));
            }
        }
    }

    #[test]
    fn another_journal_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let held = open(&path).expect("new");
        assert!(matches!(open(&path), Err(JournalError::Busy(_))));
        drop(held);
        assert!(matches!(Journal::open(&path, &[8; 32], &MINE.1, false), Err(JournalError::Foreign(_))));
        assert!(matches!(Journal::open(&path, &MINE.0, &[8; 32], false), Err(JournalError::OtherBuild(_))));
        std::fs::write(&path, b"my diary").expect("a disk");
        assert!(matches!(open(&path), Err(JournalError::Foreign(_))));
        assert_eq!(std::fs::read(&path).expect("a file"), b"my diary");
    }
}
