//! The rounds of a calibration: each is a small sweep in a folder of its own, whose points follow from the rounds before.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::particles::{Population, Proposal, Weights};
use super::posterior;
use super::report::{Found, Report, Round};
use super::{Calibration, Method};
use crate::experiment::design::Points;
use crate::experiment::factor::{Drawn, Factor};
use crate::math;
use crate::results::assemble::{Pending, copy_inputs, outcome_columns};
use crate::results::columns::{Data, Field, Kind};
use crate::results::manifest::{self, FileEntry, Program};
use crate::results::runner::RunError;
use crate::results::simulate::Simulate;
use crate::results::{files, sealed};
use crate::sweep::chunk::Row;
use crate::sweep::merge::{self, MergeError};
use crate::sweep::plan::{Run, Sweep, Turns};
use crate::sweep::points::allowed;
use crate::sweep::work::{self, Ended as SweepEnded, Event as SweepEvent, Failure, Options};
use crate::world_file::source::Sources;

/// Name of the file that says which calibration a folder is of.
pub(crate) const IDENTITY: &str = "calibration.json";

/// Folder of the rounds.
pub(crate) const ROUNDS: &str = "rounds";

/// Name of the table of particles.
const TABLE: &str = "particles";

/// Chunks of a round at most.
const CHUNKS: usize = 128;

/// Which calibration a folder is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    schema: u32,
    kind: String,
    program: Program,
    calibration: String,
    hash: String,
    overrides: Vec<String>,
    inputs: Vec<FileEntry>,
    blake3_of_this_file: String,
}

/// What a folder holds, written last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// Edition of this format.
    pub schema: u32,
    /// That this is a calibration.
    pub kind: String,
    /// Program that made it.
    pub program: Program,
    /// What came out.
    pub report: Report,
    /// Every file but this one and the rounds.
    pub files: Vec<FileEntry>,
    /// Hash of this file with zeros in place of the hash.
    pub blake3_of_this_file: String,
}

/// What happens on the way.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A round of so many runs begins, of which some are on the disk.
    Begun {
        /// Number, from 0.
        round: usize,
        /// Runs.
        runs: u64,
        /// Those that are done already.
        kept: u64,
    },
    /// A run is done.
    Done,
    /// A run failed twice.
    Failed(Failure),
    /// A round is done.
    Ended(Round),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// It was done already.
    Found(Box<Report>),
    /// It is done.
    Done(Box<Report>),
    /// It was told to stop. What is on the disk stays; the rest can be done later.
    Stopped,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// The disk failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A table could not be written, or the threads not be started.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The folder is another calibration's.
    #[error("it holds another calibration, or one of another file; choose another folder with --out")]
    Other,
    /// The folder was begun by another build or for another target.
    #[error("it was begun by another build of oreworld; go on with that build, or begin in another folder")]
    OtherProgram,
    /// Something in the folder is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// No run says what was asked.
    #[error("no run of the first round says what all targets are{0}")]
    Nothing(String),
}

/// All particles so far.
struct Particles {
    population: Population,
    places: Vec<Vec<f64>>,
    drawn: Vec<Vec<Drawn>>,
    outcomes: Vec<Vec<Vec<Option<f64>>>>,
    rows: Vec<(usize, Vec<(Run, Row)>)>,
    rounds: Vec<Round>,
    first: usize,
    without: usize,
}

/// Does what is missing of a calibration in a folder.
///
/// # Errors
/// When the folder is not this calibration's, the disk fails, or no run says anything.
pub fn calibrate(
    calibration: &Calibration,
    sources: Sources,
    folder: &Path,
    threads: Option<usize>,
    stop: &AtomicBool,
    simulate: &Simulate,
    watch: &(dyn Fn(&Event) + Sync),
) -> Result<Ended, CalibrateError> {
    let Method { particles, rounds, keep, runs, seed } = calibration.method;
    if let Some(report) = open(calibration, folder)? {
        return Ok(Ended::Found(Box::new(report)));
    }
    let experiment = &calibration.experiment;
    let factors = &experiment.design.factors;
    let width = factors.len();
    let fits = |z: &[f64]| allowed(points(z, width), factors, false).count == 1;
    let mut all = Particles {
        population: Population::new(width, seed),
        places: Vec::new(),
        drawn: Vec::new(),
        outcomes: Vec::new(),
        rows: Vec::new(),
        rounds: Vec::new(),
        first: experiment.design.points.count,
        without: 0,
    };
    let mut proposal = prior(&experiment.design.points, particles);
    let mut sweep = Sweep::new(folder, experiment.clone(), sources, 1);
    let mut offset = 0;
    loop {
        let round = all.rounds.len();
        let place = folder.join(ROUNDS).join(format!("r{round:03}"));
        let turns = Turns { of: u64::from(experiment.seeds.count), offset, each: runs };
        let points = points(&proposal.z, width);
        offset += points.count as u64 * u64::from(runs);
        sweep = sweep.at(&place, points, turns, particles.div_ceil(CHUNKS) as u64);
        let Some(rows) = simulated(&sweep, round, threads, stop, simulate, watch)? else { return Ok(Ended::Stopped) };
        let why = rows.iter().find_map(|row| row.error.clone());
        all.take_in(calibration, &sweep, proposal, rows);
        let Some(weights) = all.population.weigh(keep * particles as f64) else {
            let why = why.map_or_else(String::new, |why| format!("; one failed: {why}"));
            return Err(CalibrateError::Nothing(why));
        };
        let line = all.round(calibration, &weights);
        all.rounds.push(line);
        watch(&Event::Ended(line));
        let is_reached = weights.tolerance <= 1.0 && weights.effective >= particles as f64;
        if is_reached || all.rounds.len() == rounds {
            return Ok(Ended::Done(Box::new(write(calibration, folder, &all, &weights)?)));
        }
        proposal = all.population.propose(particles, &weights, &fits);
    }
}

/// Begins a folder, or looks whose it is; gives what came out if it is done.
fn open(calibration: &Calibration, folder: &Path) -> Result<Option<Report>, CalibrateError> {
    let experiment = &calibration.experiment;
    let damaged = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData => CalibrateError::Damaged(error.to_string()),
        _ => error.into(),
    };
    let this = Program::this();
    let path = folder.join(IDENTITY);
    if path.exists() {
        let identity: Identity = sealed::read(&path).map_err(damaged)?;
        if (&identity.program.source_blake3, &identity.program.target) != (&this.source_blake3, &this.target) {
            return Err(CalibrateError::OtherProgram);
        }
        if identity.hash != experiment.hash().to_string() {
            return Err(CalibrateError::Other);
        }
        files::sweep(folder)?;
        let done = folder.join(manifest::NAME);
        if !done.exists() {
            return Ok(None);
        }
        let calibrated: Calibrated = sealed::read(&done).map_err(damaged)?;
        for entry in &calibrated.files {
            let found = files::hash_file(&folder.join(&entry.name)).map_err(damaged)?;
            if found.0 != entry.blake3 {
                return Err(CalibrateError::Damaged(format!("{} is damaged: its hash differs", entry.name)));
            }
        }
        return Ok(Some(calibrated.report));
    }
    fs::create_dir_all(folder)?;
    if fs::read_dir(folder)?.next().is_some() && folder.join(manifest::NAME).exists() {
        return Err(CalibrateError::Other);
    }
    let identity = Identity {
        schema: 1,
        kind: "calibration".to_owned(),
        program: this,
        calibration: experiment.id.to_string(),
        hash: experiment.hash().to_string(),
        overrides: experiment.overrides.clone(),
        inputs: copy_inputs(experiment, folder)?,
        blake3_of_this_file: sealed::NO_HASH.to_owned(),
    };
    sealed::write(&path, &identity)?;
    Ok(None)
}

/// The first round: a Latin hypercube, without what the factors' order leaves out.
fn prior(points: &Points, asked: usize) -> Proposal {
    let z = points.coordinates.iter().map(|&u| math::normal_quantile(u.clamp(1e-12, 1.0 - 1e-12))).collect();
    Population::prior(z, points.width, points.count as f64 / asked as f64)
}

/// Particles as points of a design.
fn points(z: &[f64], width: usize) -> Points {
    let coordinates: Vec<f64> = z.iter().map(|&z| math::normal_cdf(z)).collect();
    Points { width, block: 1, count: coordinates.len() / width, coordinates }
}

/// The runs of a round, in order; `None` when it was told to stop.
fn simulated(
    sweep: &Sweep,
    round: usize,
    threads: Option<usize>,
    stop: &AtomicBool,
    simulate: &Simulate,
    watch: &(dyn Fn(&Event) + Sync),
) -> Result<Option<Vec<Row>>, CalibrateError> {
    let told = |event: &SweepEvent| match event {
        SweepEvent::Begun { total, kept } => watch(&Event::Begun { round, runs: *total, kept: *kept }),
        SweepEvent::Done => watch(&Event::Done),
        SweepEvent::Skipped(runs) => (0..*runs).for_each(|_| watch(&Event::Done)),
        SweepEvent::Failed(failure) => watch(&Event::Failed(failure.clone())),
    };
    let options = Options { threads, ..Options::default() };
    let ended = work::work(sweep, &options, stop, simulate, &told).map_err(|error| match error {
        work::WorkError::Io(error) => CalibrateError::Io(error),
        work::WorkError::Threads(error) => CalibrateError::Run(error.into()),
    })?;
    match ended {
        SweepEnded::Stopped(_) => return Ok(None),
        SweepEnded::Done(_) | SweepEnded::FailedFast(_) => {}
        SweepEnded::OtherBits(run) => return Err(CalibrateError::Damaged(format!("bug: run {run} is no canary"))),
    }
    let mut rows = Vec::new();
    merge::chunks(sweep, |mut more| {
        rows.append(&mut more);
        Ok(())
    })
    .map_err(|error| match error {
        MergeError::Write(error) => CalibrateError::Run(error),
        other => CalibrateError::Damaged(format!("round {round}: {other}")),
    })?;
    Ok(Some(rows))
}

impl Particles {
    fn take_in(&mut self, calibration: &Calibration, sweep: &Sweep, proposal: Proposal, rows: Vec<Row>) {
        let design = &sweep.experiment.design;
        let runs = calibration.method.runs as usize;
        for point in 0..design.points.count {
            self.places.push(design.points.at(point).to_vec());
            self.drawn.push(design.drawn(point));
        }
        let outcomes: Vec<Vec<Vec<Option<f64>>>> =
            rows.chunks(runs).map(|rows| rows.iter().map(|row| row.outcomes.clone()).collect()).collect();
        let distances: Vec<Vec<f64>> =
            outcomes.iter().map(|runs| runs.iter().map(|outcomes| calibration.distance(outcomes)).collect()).collect();
        self.without += distances.iter().flatten().filter(|distance| !distance.is_finite()).count();
        self.population.add(proposal, distances);
        self.outcomes.extend(outcomes);
        self.rows.push((runs, rows.into_iter().map(|row| (sweep.run(row.run), row)).collect()));
    }

    fn round(&self, calibration: &Calibration, weights: &Weights) -> Round {
        let mut distance = 0.0;
        for (outcomes, weights) in self.outcomes.iter().zip(&weights.runs) {
            for (outcomes, weight) in outcomes.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
                distance += weight * calibration.distance(outcomes);
            }
        }
        Round {
            round: self.rounds.len(),
            runs: self.outcomes.iter().map(Vec::len).sum(),
            without: self.without,
            tolerance: weights.tolerance,
            effective: weights.effective,
            distance,
        }
    }
}

/// Writes posterior, particles and, last, what came out.
fn write(
    calibration: &Calibration,
    folder: &Path,
    all: &Particles,
    weights: &Weights,
) -> Result<Report, CalibrateError> {
    let found = Found {
        weights,
        places: &all.places,
        drawn: &all.drawn,
        outcomes: &all.outcomes,
        first: all.first,
        rounds: &all.rounds,
    };
    let report = Report::new(calibration, &found);
    let text = posterior::text(calibration, &all.drawn, weights);
    let path = folder.join(posterior::NAME);
    files::write_bytes(&path, text.as_bytes())?;
    let (blake3, bytes) = files::hash_file(&path)?;
    let mut entries = vec![FileEntry { name: posterior::NAME.to_owned(), bytes, rows: None, blake3 }];
    let mut table = Pending::new(folder, TABLE, fields(calibration))?;
    table.push(&columns(calibration, all, weights))?;
    entries.push(table.finish(folder)?);
    entries.append(&mut copy_inputs(&calibration.experiment, folder)?);
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    files::sync_folder(folder)?;
    let calibrated = Calibrated {
        schema: 1,
        kind: "calibration".to_owned(),
        program: Program::this(),
        report: report.clone(),
        files: entries,
        blake3_of_this_file: sealed::NO_HASH.to_owned(),
    };
    sealed::write(&folder.join(manifest::NAME), &calibrated)?;
    Ok(report)
}

fn fields(calibration: &Calibration) -> Vec<Field> {
    let experiment = &calibration.experiment;
    let mut fields = ["round", "particle", "seed"].map(|name| Field::new(name, Kind::Count)).to_vec();
    let kind = |factor: &Factor| if factor.is_number() { Kind::Real } else { Kind::Text };
    fields.extend(experiment.design.factors.iter().map(|factor| Field::new(factor.column(), kind(factor))));
    fields.extend(outcome_columns(experiment).into_iter().map(|name| Field::new(name, Kind::RealOrMissing)));
    fields.push(Field::new("squared_distance", Kind::RealOrMissing));
    fields.push(Field::new("weight", Kind::Real));
    fields.push(Field::new("error", Kind::Text));
    fields
}

/// Every run of every round.
fn columns(calibration: &Calibration, all: &Particles, weights: &Weights) -> Vec<Data> {
    let experiment = &calibration.experiment;
    let mut places: Vec<(usize, usize, usize)> = Vec::new(); // round, particle in all, run of it
    let mut rows: Vec<&(Run, Row)> = Vec::new();
    let mut before = 0;
    for (round, (runs, some)) in all.rows.iter().enumerate() {
        places.extend((0..some.len()).map(|row| (round, before + row / runs, row % runs)));
        before += some.len() / runs;
        rows.extend(some);
    }
    let mut columns = vec![
        Data::Count(places.iter().map(|place| place.0 as u64).collect()),
        Data::Count(places.iter().map(|place| place.1 as u64).collect()),
        Data::Count(rows.iter().map(|row| row.0.seed).collect()),
    ];
    for (at, factor) in experiment.design.factors.iter().enumerate() {
        let drawn = places.iter().map(|place| &all.drawn[place.1][at]);
        columns.push(if factor.is_number() {
            Data::Real(drawn.map(|drawn| drawn.number).collect())
        } else {
            let chosen = drawn.map(|drawn| drawn.chosen.unwrap_or_default() as u32).collect();
            Data::Text { names: factor.names(), rows: chosen }
        });
    }
    for outcome in 0..experiment.outcomes.len() {
        columns.push(Data::Real(rows.iter().map(|row| row.1.outcomes[outcome].unwrap_or(f64::NAN)).collect()));
    }
    let distance = |row: &&(Run, Row)| {
        let distance = calibration.distance(&row.1.outcomes);
        if distance.is_finite() { distance } else { f64::NAN }
    };
    columns.push(Data::Real(rows.iter().map(distance).collect()));
    columns.push(Data::Real(places.iter().map(|place| weights.runs[place.1][place.2]).collect()));
    let errors: Vec<String> = rows.iter().map(|row| row.1.error.clone().unwrap_or_default()).collect();
    columns.push(Data::Text { rows: (0..errors.len() as u32).collect(), names: errors });
    columns
}
