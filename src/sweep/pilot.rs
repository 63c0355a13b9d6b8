//! A plan from an experiment: some runs are done and measured, and the size of chunks follows from what they took.

use std::path::Path;

use rayon::prelude::*;

use super::clock::{Since, peak_memory};
use super::plan::{Canary, Pilot, Sweep, row_hash};
use super::verify::sample;
use crate::experiment::Experiment;
use crate::experiment::design::Limits;
use crate::results::simulate::Simulate;
use crate::statistics::{mean, quantile};
use crate::world_file::quantity::plain;
use crate::world_file::source::Sources;

/// Canaries of a plan.
const CANARIES: usize = 2;

/// Largest chunk in bytes.
const MAX_CHUNK: f64 = 64e6;

/// A sweep of an experiment, measured by `runs` runs spread over it, with chunks of `chunk` runs or as many as the
/// measure suggests. Nothing is written.
///
/// # Panics
/// When the threads of a pool of one cannot be started.
#[must_use]
pub fn plan(
    folder: &Path,
    experiment: Experiment,
    sources: Sources,
    runs: usize,
    chunk: Option<u64>,
    simulate: &Simulate,
    watch: &(dyn Fn() + Sync),
) -> (Sweep, Pilot) {
    let sweep = Sweep::new(folder, experiment, sources, 1);
    let share = runs.max(CANARIES) as f64 / sweep.plan.runs as f64;
    let chosen = sample(sweep.plan.runs, share.min(1.0));
    // As many at a time as will be later: side by side they are slower than alone.
    let measured: Vec<(f64, u64, usize, String)> = chosen
        .par_iter()
        .map(|&run| {
            let since = Since::now();
            let row = sweep.alone(run, simulate);
            let seconds = since.elapsed().as_secs_f64();
            watch();
            (seconds, run, row.bytes().len(), row_hash(&row))
        })
        .collect();
    let mut seconds: Vec<f64> = measured.iter().map(|one| one.0).collect();
    seconds.sort_by(f64::total_cmp);
    let at = |share| quantile(&seconds, share).unwrap_or_default();
    let bytes: Vec<f64> = measured.iter().map(|one| one.2 as f64).collect();
    let pilot = Pilot {
        runs: measured.len() as u64,
        p50_s: at(0.5),
        p90_s: at(0.9),
        p99_s: at(0.99),
        mean_s: mean(&seconds).unwrap_or_default(),
        peak_bytes: peak_memory(),
        row_bytes: mean(&bytes).unwrap_or_default(),
    };
    let spread = sample(measured.len() as u64, CANARIES as f64 / measured.len().max(1) as f64);
    let canary = |place: &u64| {
        let (_, run, _, hash) = &measured[*place as usize];
        Canary { run: *run, blake3: hash.clone() }
    };
    let canaries = spread.iter().map(canary).collect();
    let size = chunk.unwrap_or_else(|| chunk_runs(&pilot, sweep.plan.runs));
    (sweep.planned(size, canaries), pilot)
}

/// Runs in a chunk: a minute to a quarter of an hour of work, such that a sweep has at most 20,000 chunks unless they
/// would be longer than that, and at least eight so that a few cores share a short sweep.
#[must_use]
pub fn chunk_runs(pilot: &Pilot, runs: u64) -> u64 {
    let total = pilot.mean_s * runs as f64;
    let seconds = (total / 20_000.0).clamp(60.0, 900.0);
    let by_time = (seconds / pilot.p90_s.max(1e-9)).min(runs as f64 / 8.0);
    (by_time.min(MAX_CHUNK / pilot.row_bytes.max(1.0)) as u64).clamp(1, runs.max(1))
}

/// What a sweep will take.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Cost {
    /// Runs.
    pub runs: u64,
    /// Hours of one core.
    pub core_hours: f64,
    /// Memory of one process \[bytes\], if known.
    pub memory: Option<f64>,
    /// Chunks and the merged table \[bytes\].
    pub disk: f64,
}

impl Cost {
    /// Of a plan with what was measured.
    #[must_use]
    pub fn of(sweep: &Sweep, pilot: &Pilot) -> Self {
        let runs = sweep.plan.runs;
        Self {
            runs,
            core_hours: pilot.mean_s * runs as f64 / 3_600.0,
            memory: pilot.peak_bytes.map(|bytes| bytes as f64),
            disk: 2.0 * (pilot.row_bytes + 8.0 * sweep.plan.factors.len() as f64) * runs as f64,
        }
    }

    /// What exceeds the limits of the file, in words.
    #[must_use]
    pub fn above(&self, limits: &Limits) -> Vec<String> {
        let mut found = too_many(self.runs, limits);
        let mut check = |what: &str, field: &str, found_: f64, limit: f64, unit: f64| {
            if found_ > limit {
                let (now, most) = ((10.0 * found_ / unit).ceil() / 10.0, limit / unit);
                found.push(format!("{} {what}, and the file's limit is {field}: {}", plain(now), plain(most)));
            }
        };
        check("core hours", "core_hours", self.core_hours, limits.core_hours, 1.0);
        check("GB of memory", "memory_gb", self.memory.unwrap_or_default(), limits.memory, 1e9);
        check("GB of files", "disk_gb", self.disk, limits.disk, 1e9);
        found
    }
}

/// What is said when there are more runs than the limit.
#[must_use]
pub fn too_many(runs: u64, limits: &Limits) -> Vec<String> {
    let over = runs > limits.runs;
    over.then(|| format!("{} runs, and the file's limit is runs: {}", plain(runs as f64), plain(limits.runs as f64)))
        .into_iter()
        .collect()
}
