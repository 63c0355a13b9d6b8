//! Does the chunks of a plan that are missing, here and now. Any number of processes may do so at once, on any machines.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::chunk::{self, Row};
use super::clock::{Since, host, peak_memory};
use super::plan::{Canary, Sweep, row_hash};
use super::submit::read_round;
use crate::results::simulate::Simulate;
use crate::streams::{Draw as _, Purpose, Streams};

/// Folder of what processes say of themselves: no part of the results.
pub const PROVENANCE: &str = "provenance";

/// How to work.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Runs at a time; as many as the machine grants when not given.
    pub threads: Option<usize>,
    /// Which part of the chunks comes first: the i-th of every n.
    pub shard: Shard,
    /// Looks at the chunks of this round only.
    pub round: Option<usize>,
    /// Leaves the chunks of other shards to them.
    pub own_only: bool,
    /// Stops at the first run that fails.
    pub fail_fast: bool,
}

/// The i-th of every n chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Place, from 0.
    pub place: u64,
    /// Of how many.
    pub of: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self { place: 0, of: 1 }
    }
}

impl std::str::FromStr for Shard {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(place, of)| Some((place.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((place, of)) if place < of => Ok(Self { place, of }),
            _ => Err("write i/n with i from 0 to n - 1, such as 0/4".to_owned()),
        }
    }
}

/// What happens on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// So many runs in all of which so many are on the disk.
    Begun {
        /// Runs that this process may have to do, and those done.
        total: u64,
        /// Runs that are on the disk already.
        kept: u64,
    },
    /// A run is done.
    Done,
    /// Runs whose chunk another process has written meanwhile.
    Skipped(u64),
    /// A run failed twice.
    Failed(Failure),
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Number of the run.
    pub run: u64,
    /// Id of the arm.
    pub arm: String,
    /// Point.
    pub point: usize,
    /// Seed.
    pub seed: u64,
    /// Why.
    pub why: String,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Nothing that it was to do is missing; these runs failed meanwhile, and are rows that say so.
    Done(Vec<Failure>),
    /// It was told to stop. What is on the disk stays; the rest can be done later.
    Stopped(Vec<Failure>),
    /// A run failed, and it was to stop then.
    FailedFast(Failure),
    /// This machine gives other bits: the run that shows it. Nothing was written.
    OtherBits(u64),
}

/// Why it could not work.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The disk failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The threads could not be started.
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Does what is missing: first the chunks of the shard, then those that others have left. `stop` is looked at after
/// every run; a chunk that is open then is dropped.
///
/// # Errors
/// When the disk fails. What is on the disk stays.
pub fn work(
    sweep: &Sweep,
    options: &Options,
    stop: &AtomicBool,
    simulate: &Simulate,
    watch: &(dyn Fn(&Event) + Sync),
) -> Result<Ended, WorkError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or_else(threads)).build()?;
    let Shard { place, of } = options.shard;
    let all: Vec<u64> = match options.round {
        Some(number) => read_round(sweep, number)?.chunks,
        None => (0..sweep.plan.chunks).collect(),
    };
    let own: Vec<u64> = all.iter().copied().skip(place as usize).step_by(of as usize).collect();
    let others = if options.own_only { Vec::new() } else { all };
    let left = missing(sweep, &own)?;
    let runs = |chunks: &[u64]| chunks.iter().map(|&chunk| sweep.chunk(chunk).count() as u64).sum::<u64>();
    watch(&Event::Begun { total: runs(&own), kept: runs(&own) - runs(&left) });
    if left.is_empty() && missing(sweep, &others)?.is_empty() {
        return Ok(Ended::Done(Vec::new()));
    }
    let canaries = match pool.install(|| canaries(sweep, simulate)) {
        Ok(rows) => rows,
        Err(odd) => return Ok(Ended::OtherBits(odd)),
    };
    fs::create_dir_all(sweep.folder.join(chunk::FOLDER))?;
    let worker = Worker::new(sweep, options, stop, simulate, watch, canaries)?;
    worker.log(&serde_json::json!({
        "host": host(), "pid": std::process::id(), "job": std::env::var("SLURM_JOB_ID").ok(),
        "threads": pool.current_num_threads(), "shard": format!("{place}/{of}"),
    }))?;
    pool.install(|| worker.chunks(left))?;
    let left = if stop.load(Ordering::Relaxed) { Vec::new() } else { missing(sweep, &others)? };
    if !left.is_empty() {
        watch(&Event::Begun { total: runs(&left), kept: 0 });
        pool.install(|| worker.chunks(left))?;
    }
    chunk::settle(&sweep.folder)?;
    worker.log(&serde_json::json!({ "peak_bytes": peak_memory() }))?;
    let failures = worker.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    let first = failures.first().cloned();
    Ok(match first.filter(|_| options.fail_fast) {
        Some(failure) => Ended::FailedFast(failure),
        None if stop.load(Ordering::Relaxed) => Ended::Stopped(failures),
        None => Ended::Done(failures),
    })
}

/// Threads that the machine grants to this process: what Slurm says, else what it may run on, not what it has.
#[must_use]
pub fn threads() -> usize {
    let told = std::env::var("SLURM_CPUS_PER_TASK").ok().and_then(|text| text.parse().ok());
    told.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// The canaries' rows, by run; or the first one that differs here.
fn canaries(sweep: &Sweep, simulate: &Simulate) -> Result<BTreeMap<u64, Row>, u64> {
    let again = |canary: &Canary| {
        let row = sweep.alone(canary.run, simulate);
        if row_hash(&row) == canary.blake3 { Ok((canary.run, row)) } else { Err(canary.run) }
    };
    let rows: Vec<Result<(u64, Row), u64>> = sweep.plan.canaries.par_iter().map(again).collect();
    rows.into_iter().collect()
}

/// One process at work.
struct Worker<'a> {
    sweep: &'a Sweep,
    simulate: &'a Simulate<'a>,
    watch: &'a (dyn Fn(&Event) + Sync),
    stop: &'a AtomicBool,
    fail_fast: bool,
    tables: Vec<&'static str>,
    /// Rows of runs that need not be done again.
    canaries: BTreeMap<u64, Row>,
    failures: Mutex<Vec<Failure>>,
    log: Mutex<fs::File>,
    /// Differs between processes, so that two that do the same chunks meet few of each other's.
    order: u64,
}

impl<'a> Worker<'a> {
    fn new(
        sweep: &'a Sweep,
        options: &Options,
        stop: &'a AtomicBool,
        simulate: &'a Simulate<'a>,
        watch: &'a (dyn Fn(&Event) + Sync),
        canaries: BTreeMap<u64, Row>,
    ) -> io::Result<Self> {
        let folder = sweep.folder.join(PROVENANCE);
        fs::create_dir_all(&folder)?;
        let prefix = format!("{}-{}-", host(), std::process::id());
        let file =
            tempfile::Builder::new().prefix(&prefix).suffix(".jsonl").disable_cleanup(true).tempfile_in(&folder)?;
        let name = file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self {
            sweep,
            simulate,
            watch,
            stop,
            fail_fast: options.fail_fast,
            tables: sweep.tables(),
            canaries,
            failures: Mutex::new(Vec::new()),
            log: Mutex::new(file.into_file()),
            order: crate::streams::key_of(&name),
        })
    }

    fn log(&self, line: &serde_json::Value) -> io::Result<()> {
        let mut file = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{line}")
    }

    fn chunks(&self, mut chunks: Vec<u64>) -> io::Result<()> {
        const ORDER: Purpose = Purpose::new("sweep.order");
        Streams::new(self.order).world(ORDER).shuffle(&mut chunks);
        chunks.par_iter().with_max_len(1).try_for_each(|&chunk| self.chunk(chunk))
    }

    fn chunk(&self, number: u64) -> io::Result<()> {
        let runs = self.sweep.chunk(number);
        if self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        if chunk::path(&self.sweep.folder, number).exists() {
            (self.watch)(&Event::Skipped(runs.count() as u64));
            return Ok(());
        }
        let since = Since::now();
        let mut rows: Vec<Row> = Vec::with_capacity(runs.clone().count());
        let mut at = None;
        let mut setup = Err("bug: no world yet".to_owned());
        for run in runs {
            let row = self.canaries.get(&run).cloned().unwrap_or_else(|| {
                let place = self.sweep.run(run);
                if at != Some((place.arm, place.point)) {
                    at = Some((place.arm, place.point));
                    setup = self.sweep.setup(place.arm, place.point);
                }
                self.sweep.row(run, setup.as_deref(), &self.tables, self.simulate)
            });
            if let Some(why) = &row.error {
                self.failed(run, why);
            }
            rows.push(row);
            (self.watch)(&Event::Done);
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        let failed = rows.iter().filter(|row| row.error.is_some()).count();
        chunk::publish(&self.sweep.folder, number, &chunk::encode(self.sweep.hash(), number, &rows))?;
        let seconds = since.elapsed().as_secs_f64();
        self.log(&serde_json::json!({ "chunk": number, "runs": rows.len(), "failed": failed, "seconds": seconds }))
    }

    fn failed(&self, run: u64, why: &str) {
        let place = self.sweep.run(run);
        let arm = self.sweep.plan.arms[place.arm].clone();
        let failure = Failure { run, arm, point: place.point, seed: place.seed, why: why.to_owned() };
        (self.watch)(&Event::Failed(failure.clone()));
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
        if self.fail_fast {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// Those of some chunks that are not on the disk.
fn missing(sweep: &Sweep, chunks: &[u64]) -> io::Result<Vec<u64>> {
    let there = present(sweep)?;
    Ok(chunks.iter().copied().filter(|&chunk| !there[chunk as usize]).collect())
}

/// Which chunks are in their place.
///
/// # Errors
/// When a folder cannot be read.
pub fn present(sweep: &Sweep) -> io::Result<Vec<bool>> {
    let mut there = vec![false; sweep.plan.chunks as usize];
    for (number, path) in chunk::list(&sweep.folder)? {
        if number < sweep.plan.chunks && path == chunk::path(&sweep.folder, number) {
            there[number as usize] = true;
        }
    }
    Ok(there)
}

/// How far a sweep is.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Status {
    /// Id of the experiment.
    pub experiment: String,
    /// Hash of the plan.
    pub plan_hash: String,
    /// Runs in all.
    pub runs: u64,
    /// Runs on the disk.
    pub runs_done: u64,
    /// Of them, those that failed.
    pub runs_failed: u64,
    /// Chunks in all.
    pub chunks: u64,
    /// Chunks on the disk.
    pub chunks_done: u64,
    /// Hours of one core that the rest takes, by what was measured when the plan was made.
    pub core_hours_left: f64,
    /// Some of the runs that failed: number and why.
    pub failures: Vec<(u64, String)>,
}

/// Looks at the disk, and at nothing else.
///
/// # Errors
/// When it cannot be read.
pub fn status(sweep: &Sweep) -> io::Result<Status> {
    const SHOWN: usize = 10;
    let there = present(sweep)?;
    let mut status = Status {
        experiment: sweep.plan.experiment.clone(),
        plan_hash: sweep.plan.plan_hash.clone(),
        runs: sweep.plan.runs,
        runs_done: 0,
        runs_failed: 0,
        chunks: sweep.plan.chunks,
        chunks_done: 0,
        core_hours_left: 0.0,
        failures: Vec::new(),
    };
    for number in (0..sweep.plan.chunks).filter(|&number| there[number as usize]) {
        let path = chunk::path(&sweep.folder, number);
        status.chunks_done += 1;
        status.runs_done += sweep.chunk(number).count() as u64;
        let failed = chunk::head(&path).map_or(0, |head| head.failed);
        status.runs_failed += u64::from(failed);
        if failed > 0 && status.failures.len() < SHOWN {
            status.failures.extend(failures_in(&path)?);
            status.failures.truncate(SHOWN);
        }
    }
    status.core_hours_left = (status.runs - status.runs_done) as f64 * sweep.pilot()?.mean_s / 3_600.0;
    Ok(status)
}

fn failures_in(path: &Path) -> io::Result<Vec<(u64, String)>> {
    let rows = chunk::decode(&fs::read(path)?).map(|(_, rows)| rows).unwrap_or_default();
    Ok(rows.into_iter().filter_map(|row| Some((row.run, row.error?))).collect())
}
