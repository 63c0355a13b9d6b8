//! The search itself: settings are proposed, run, kept on the disk and proposed anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::evolve::{Gene, survivors};
use super::file::Search;
use super::folder::{begin, hash_of, held};
use super::polish::{Move, Steps, together};
use super::score::Score;
use crate::experiment::Seeds;
use crate::experiment::factor::Drawn;
use crate::results::simulate::Simulate;
use crate::sweep::chunk::{self, Row};
use crate::sweep::clock::{Since, peak_memory};
use crate::sweep::pilot::{Cost, too_many};
use crate::sweep::plan::{row_of, world_with};
use crate::sweep::work::threads;
use crate::world_file::overlay::Override;

/// A setting that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Where it lies: one coordinate per factor.
    pub coordinates: Vec<f64>,
    /// What the factors are there.
    pub drawn: Vec<Drawn>,
    /// Generation in which it was proposed first; those of the coordinate search are counted on.
    pub generation: u32,
    /// Its runs, scenario after scenario.
    pub runs: Vec<Row>,
    /// What it is worth.
    pub score: Score,
}

/// What happens on the way.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// At most so many runs in all, of which so many are on the disk.
    Begun {
        /// Runs.
        total: u64,
        /// On the disk.
        kept: u64,
    },
    /// A run is done.
    Done,
    /// So many runs were found on the disk, or need not be done.
    Skipped(u64),
    /// Runs of a setting failed twice: the first of them and why.
    Failed(String),
    /// A generation is over: its number, settings that were new in it, and how many that no other beats there are by now.
    Generation(u32, usize, usize),
}

/// Why a search ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It was told to stop. What is on the disk stays.
    #[error("stopped")]
    Stopped,
    /// The disk failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The threads could not be started.
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Another search is there.
    #[error("{0} holds another search; choose another folder with --out")]
    Other(String),
    /// Another process is at it.
    #[error("{0} is being searched by another process")]
    Busy(String),
    /// It was begun by another build, or for another target.
    #[error("{0} was begun by another build of oreworld; go on with that build, or choose another folder with --out")]
    OtherProgram(String),
    /// A file is not what was written.
    #[error("{0} is damaged")]
    Damaged(String),
    /// It would exceed the limits of its file.
    #[error("{}", .0.join("; "))]
    TooMuch(Vec<String>),
    /// The world as written cannot be run.
    #[error("the world as written cannot be run: {0}")]
    Baseline(String),
    /// A table could not be written.
    #[error("a table could not be written: {0}")]
    Table(#[from] crate::results::runner::RunError),
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// Runs of the world as written, in all scenarios.
    pub baseline: Vec<Row>,
    /// Every setting that was run, in order.
    pub tried: Vec<Tried>,
    /// The best: those that no other beats, as many as the population at most; places in `tried`.
    pub front: Vec<usize>,
    /// With seeds that were not searched with: runs of the world as written, then of the front.
    pub again: Vec<Vec<Row>>,
}

/// Values by which settings are told apart.
type Key = Vec<(u64, Option<usize>)>;

/// A search at work.
struct Worker<'a> {
    search: &'a Search,
    folder: &'a Path,
    hash: [u8; 32],
    tables: Vec<&'static str>,
    stop: &'a AtomicBool,
    simulate: &'a Simulate<'a>,
    watch: &'a (dyn Fn(&Event) + Sync),
    genes: Vec<Gene>,
    tried: Vec<Tried>,
    known: BTreeMap<Key, usize>,
    batches: u64,
    runs: u64,
}

/// Does what is missing of a search; what is on the disk is not done again. `stop` is looked at after every run.
///
/// # Errors
/// When it is told to stop, would exceed its limits, the folder is another's, or the disk fails. What is on the disk stays.
pub fn work(
    search: &Search,
    folder: &Path,
    given: Option<usize>,
    stop: &AtomicBool,
    simulate: &Simulate,
    watch: &(dyn Fn(&Event) + Sync),
) -> Result<Found, SearchError> {
    let above = too_many(search.most_runs(), &search.experiment.design.limits);
    if !above.is_empty() {
        return Err(SearchError::TooMuch(above));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(given.unwrap_or_else(threads)).build()?;
    begin(search, folder)?;
    let _held = held(folder)?;
    let mut worker = Worker {
        search,
        folder,
        hash: *hash_of(search).as_bytes(),
        tables: search.experiment.needed(),
        stop,
        simulate,
        watch,
        genes: search.genes(),
        tried: Vec::new(),
        known: BTreeMap::new(),
        batches: 0,
        runs: 0,
    };
    pool.install(|| worker.whole())
}

impl Worker<'_> {
    fn whole(&mut self) -> Result<Found, SearchError> {
        let kept = chunk::list(self.folder)?.into_iter().filter_map(|(_, path)| chunk::head(&path));
        let kept: u64 = kept.map(|head| u64::from(head.runs)).sum();
        (self.watch)(&Event::Begun { total: self.search.most_runs(), kept });
        let baseline = self.baseline()?;
        self.evolve()?;
        self.polish()?;
        let front = self.front();
        let mut again = vec![Vec::new()];
        again.extend(front.iter().map(|&place| self.tried[place].drawn.clone()));
        let again = self.run(&again, self.search.confirm)?;
        Ok(Found { baseline, tried: std::mem::take(&mut self.tried), front, again })
    }

    /// The world as written. How long it takes tells whether the whole keeps to the limits.
    fn baseline(&mut self) -> Result<Vec<Row>, SearchError> {
        let is_new = !chunk::path(self.folder, 0).exists();
        let since = Since::now();
        let runs = self.run(&[Vec::new()], self.search.experiment.seeds)?.swap_remove(0);
        if let Some(why) = runs.iter().find_map(|row| row.error.clone()) {
            return Err(SearchError::Baseline(why));
        }
        if is_new {
            let threads = rayon::current_num_threads().min(runs.len()) as f64;
            let seconds = since.elapsed().as_secs_f64() * threads / runs.len() as f64;
            let bytes = runs.iter().map(|row| row.bytes().len()).sum::<usize>() as f64 / runs.len() as f64;
            let all = self.search.most_runs();
            let cost = Cost {
                runs: all,
                core_hours: seconds * all as f64 / 3_600.0,
                memory: peak_memory().map(|bytes| bytes as f64),
                disk: 2.0 * bytes * all as f64,
            };
            let above = cost.above(&self.search.experiment.design.limits);
            if !above.is_empty() {
                return Err(SearchError::TooMuch(above));
            }
        }
        Ok(runs)
    }

    fn evolve(&mut self) -> Result<(), SearchError> {
        let (search, evolution) = (self.search, self.search.evolution);
        let design = &search.experiment.design;
        // Whoever wrote the world thought of something: it takes part.
        let mut first: Vec<Vec<f64>> =
            search.as_written().into_iter().filter(|own| self.is_in_order(&self.drawn(own))).collect();
        first.extend((0..design.points.count).map(|point| design.points.at(point).to_vec()));
        let mut living = self.try_all(first, 0)?;
        for generation in 1..=evolution.generations {
            let parents: Vec<&[f64]> = living.iter().map(|&place| self.tried[place].coordinates.as_slice()).collect();
            let mut met: BTreeSet<Key> = BTreeSet::new();
            let refused = |child: &[f64]| {
                let drawn = self.drawn(child);
                let key = key_of(&drawn);
                !self.is_in_order(&drawn) || self.known.contains_key(&key) || !met.insert(key)
            };
            let born = evolution.offspring(&parents, &self.genes, generation, refused);
            living.extend(self.try_all(born, generation)?);
            let scores: Vec<&Score> = living.iter().map(|&place| &self.tried[place].score).collect();
            living = survivors(&scores, evolution.population).into_iter().map(|at| living[at]).collect();
        }
        Ok(())
    }

    fn polish(&mut self) -> Result<(), SearchError> {
        let mut steps = Steps::default();
        let objectives = self.search.objectives.len();
        let first = self.search.evolution.generations + 1;
        let most = self.search.most_in_a_round();
        for round in 0..self.search.polish {
            let (before, runs) = (self.tried.len(), self.runs);
            let centers: Vec<usize> = (0..objectives).map(|objective| self.best(objective)).collect();
            let moves: Vec<Vec<Move>> = centers.iter().map(|&center| self.moves(center, steps)).collect();
            let proposed: Vec<Vec<f64>> = centers
                .iter()
                .zip(&moves)
                .flat_map(|(&center, moves)| moves.iter().map(move |one| (center, one)))
                .map(|(center, one)| one.from(&self.tried[center].coordinates))
                .collect();
            self.try_all(proposed, first + round)?;
            let joined: Vec<Vec<f64>> = (0..objectives)
                .filter_map(|objective| self.joined(centers[objective], &moves[objective], objective))
                .collect();
            self.try_all(joined, first + round)?;
            let spared = most * self.search.runs_of_a_setting() - (self.runs - runs);
            (self.watch)(&Event::Skipped(spared));
            (self.watch)(&Event::Generation(first + round, self.tried.len() - before, self.front().len()));
            if (0..objectives).all(|objective| self.best(objective) == centers[objective]) {
                if steps.are_least(&self.genes) {
                    break;
                }
                steps.shrink();
            }
        }
        Ok(())
    }

    /// Moves of a setting's coordinates that are allowed.
    fn moves(&self, center: usize, steps: Steps) -> Vec<Move> {
        let here = &self.tried[center];
        let own = key_of(&here.drawn);
        let differs = |moved: &[f64]| key_of(&self.drawn(moved)) != own;
        let moves = steps.moves(&here.coordinates, &self.genes, differs);
        moves.into_iter().filter(|one| self.is_in_order(&self.drawn(&one.from(&here.coordinates)))).collect()
    }

    /// What helped moved together, where that is allowed.
    fn joined(&self, center: usize, moves: &[Move], objective: usize) -> Option<Vec<f64>> {
        let here = &self.tried[center];
        let score = |one: &Move| {
            let place = self.known.get(&key_of(&self.drawn(&one.from(&here.coordinates))))?;
            Some((one.clone(), &self.tried[*place].score))
        };
        let tried: Vec<(Move, &Score)> = moves.iter().filter_map(score).collect();
        together(&here.coordinates, &here.score, &tried, objective)
            .filter(|joined| self.is_in_order(&self.drawn(joined)))
    }

    /// The best setting for an objective, the first of equals.
    fn best(&self, objective: usize) -> usize {
        let better = |best: usize, next: usize| {
            if self.tried[next].score.beats_in(objective, &self.tried[best].score) { next } else { best }
        };
        (0..self.tried.len()).reduce(better).unwrap_or_default()
    }

    /// Settings that no other beats, in order of the first objective; of equals the first, and as many as the population at most.
    fn front(&self) -> Vec<usize> {
        let scores: Vec<&Score> = self.tried.iter().map(|tried| &tried.score).collect();
        let is_best = |place: &usize| {
            !scores.iter().any(|other| other.beats(scores[*place])) && !scores[..*place].contains(&scores[*place])
        };
        let best: Vec<usize> = (0..scores.len()).filter(is_best).collect();
        let of_best: Vec<&Score> = best.iter().map(|&place| scores[place]).collect();
        let kept = super::evolve::thinned(&of_best, self.search.evolution.population);
        let mut front: Vec<usize> = kept.into_iter().map(|at| best[at]).collect();
        front.sort_by(|&a, &b| scores[a].aims[0].total_cmp(&scores[b].aims[0]).then(a.cmp(&b)));
        front
    }

    fn drawn(&self, coordinates: &[f64]) -> Vec<Drawn> {
        let factors = &self.search.experiment.design.factors;
        factors.iter().zip(coordinates).map(|(factor, &at)| factor.drawn(at, false)).collect()
    }

    /// Whether every factor is below the one that it must be below.
    fn is_in_order(&self, drawn: &[Drawn]) -> bool {
        let factors = self.search.experiment.design.factors.iter().zip(drawn);
        factors.into_iter().all(|(factor, low)| factor.below.is_none_or(|high| low.number < drawn[high].number))
    }

    /// Runs settings that are new; gives the places of all, each once.
    fn try_all(&mut self, settings: Vec<Vec<f64>>, generation: u32) -> Result<Vec<usize>, SearchError> {
        let mut places: Vec<usize> = Vec::new();
        let mut new = Vec::new();
        for coordinates in settings {
            let drawn = self.drawn(&coordinates);
            let next = self.tried.len() + new.len();
            let place = *self.known.entry(key_of(&drawn)).or_insert(next);
            if place == next {
                new.push((coordinates, drawn));
            }
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let drawn: Vec<Vec<Drawn>> = new.iter().map(|(_, drawn)| drawn.clone()).collect();
        let runs = self.run(&drawn, self.search.experiment.seeds)?;
        let fresh = new.len();
        for ((coordinates, drawn), runs) in new.into_iter().zip(runs) {
            let seeds = self.search.experiment.seeds.count as usize;
            let score = Score::of(&runs, seeds, &self.search.objectives, &self.search.bounds);
            if let Some(why) = runs.iter().find_map(|row| row.error.as_ref()) {
                (self.watch)(&Event::Failed(format!("setting {}: {why}", self.tried.len())));
            }
            self.tried.push(Tried { coordinates, drawn, generation, runs, score });
        }
        if generation <= self.search.evolution.generations {
            let spared = (self.search.evolution.population + usize::from(generation == 0) - fresh) as u64;
            (self.watch)(&Event::Skipped(spared * self.search.runs_of_a_setting()));
            (self.watch)(&Event::Generation(generation, fresh, self.front().len()));
        }
        Ok(places)
    }

    /// Runs settings (none at all is the world as written) in all scenarios and with some seeds, or takes them from the disk.
    fn run(&mut self, settings: &[Vec<Drawn>], seeds: Seeds) -> Result<Vec<Vec<Row>>, SearchError> {
        let of_each = self.search.experiment.arms.len() * seeds.count as usize;
        let expected = self.runs..self.runs + (settings.len() * of_each) as u64;
        if settings.is_empty() {
            return Ok(Vec::new());
        }
        let (number, path) = (self.batches, chunk::path(self.folder, self.batches));
        let rows = match fs::read(&path) {
            Ok(bytes) => {
                let sound = chunk::decode(&bytes).filter(|(head, rows)| {
                    let whole = (head.plan, head.chunk, head.range()) == (self.hash, number, expected.clone());
                    let width = self.search.experiment.outcomes.len();
                    whole && rows.iter().all(|row| row.outcomes.len() == width)
                });
                sound.ok_or_else(|| SearchError::Damaged(path.display().to_string()))?.1
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let rows = self.simulated(settings, seeds, expected.start)?;
                chunk::publish(self.folder, number, &chunk::encode(self.hash, number, &rows))?;
                rows
            }
            Err(error) => return Err(error.into()),
        };
        self.batches += 1;
        self.runs = expected.end;
        Ok(rows.chunks(of_each).map(<[Row]>::to_vec).collect())
    }

    fn simulated(&self, settings: &[Vec<Drawn>], seeds: Seeds, first: u64) -> Result<Vec<Row>, SearchError> {
        let (experiment, count) = (&self.search.experiment, seeds.count);
        let scenarios = experiment.arms.len();
        let places: Vec<(usize, usize)> =
            (0..settings.len()).flat_map(|setting| (0..scenarios).map(move |scenario| (setting, scenario))).collect();
        let of_place = |(at, &(setting, scenario)): (usize, &(usize, usize))| {
            let set = self.set_by(&settings[setting], scenario);
            let world = world_with(&self.search.sources, &experiment.design.worlds[scenario], &set);
            let rows: Option<Vec<Row>> = (0..count)
                .into_par_iter()
                .with_max_len(1)
                .map(|seed| {
                    if self.stop.load(Ordering::Relaxed) {
                        return None;
                    }
                    let number = at as u64 * u64::from(count) + u64::from(seed);
                    let run = (first + number, seeds.first + u64::from(seed));
                    let row = row_of(experiment, run, world.as_ref(), &self.tables, self.simulate);
                    (self.watch)(&Event::Done);
                    Some(row)
                })
                .collect();
            rows
        };
        let rows: Option<Vec<Vec<Row>>> = places.par_iter().enumerate().with_max_len(1).map(of_place).collect();
        rows.filter(|_| !self.stop.load(Ordering::Relaxed)).map(|rows| rows.concat()).ok_or(SearchError::Stopped)
    }

    /// What a setting sets into the world of a scenario.
    fn set_by(&self, drawn: &[Drawn], scenario: usize) -> Vec<Override> {
        let factors = self.search.experiment.design.factors.iter().zip(drawn);
        factors.flat_map(|(factor, drawn)| factor.overrides(scenario, drawn)).collect()
    }
}

fn key_of(drawn: &[Drawn]) -> Key {
    drawn.iter().map(|drawn| (drawn.number.to_bits(), drawn.chosen)).collect()
}
