//! What came out: the best settings with what they are worth, with the seeds of the search and with others, beside the world as
//! written; every run as a table; and what to set in a world.

use std::path::Path;

use serde::Serialize;

use super::arms;
use super::file::Search;
use super::folder::{PLAN, hash_of, keep};
use super::score::{Across, Aim, Score, Values};
use super::work::{Found, SearchError, Tried};
use crate::experiment::factor::{Drawn, Factor, written};
use crate::results::assemble::{Pending, copy_inputs, outcome_columns};
use crate::results::columns::{Data, Field, Kind};
use crate::results::manifest::{self, FileEntry, Program};
use crate::results::{files, sealed};
use crate::statistics::{Estimate, estimate, paired};
use crate::sweep::chunk::Row;

/// Name of the file of the best settings.
pub const NAME: &str = "front.json";

/// What came out of a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Front {
    /// Edition of this format.
    pub schema: u32,
    /// Id of the search.
    pub search: String,
    /// What people read.
    pub label: String,
    /// What it asks.
    pub question: String,
    /// Ids of the scenarios.
    pub scenarios: Vec<String>,
    /// First seed and number of seeds of the search.
    pub seeds: (u64, u32),
    /// First seed and number of the seeds with which the front was run again.
    pub confirm: (u64, u32),
    /// Settings that were run.
    pub tried: usize,
    /// Runs in all.
    pub runs: usize,
    /// Of them, those that failed.
    pub failed: usize,
    /// Objectives, such as `minimize cost_usd`.
    pub objectives: Vec<String>,
    /// The world as written.
    pub baseline: Worth,
    /// Settings that no other beats, in order of the first objective.
    pub front: Vec<Setting>,
}

/// A setting of the front.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Its number, from 1; 0 is the world as written.
    pub setting: usize,
    /// Generation in which it was found.
    pub generation: u32,
    /// What the factors are.
    pub factors: Vec<Value>,
    /// What it sets in the world of the first scenario: path and value.
    pub set: Vec<(String, String)>,
    /// What it is worth.
    pub worth: Worth,
}

/// What a factor is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Value {
    /// Its column.
    pub column: String,
    /// Its value as a file writes it; of a `Scale` the multiple.
    pub value: String,
    /// Of a choice the place of the value in the file, from 1.
    pub choice: Option<usize>,
}

/// What a setting is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Worth {
    /// Each objective.
    pub objectives: Vec<Figure>,
    /// Whether it keeps to all constraints, with the seeds of the search and with others.
    pub allowed: (bool, bool),
    /// Settings of the front that beat it with the other seeds: what made it look good was luck, if there are any.
    pub beaten_by: Vec<usize>,
    /// Every outcome with the other seeds, mean over scenarios and seeds.
    pub outcomes: Vec<(String, Option<Interval>)>,
}

/// An objective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// With the seeds of the search.
    pub searched: Option<f64>,
    /// With the other seeds.
    pub fresh: Option<Interval>,
    /// Difference to the world as written, with the other seeds.
    pub difference: Option<Interval>,
}

/// A value and its 95 % interval after Student, over seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Value.
    pub value: f64,
    /// Lower end; none of a single seed, and of a worst run.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl From<Estimate> for Interval {
    fn from(found: Estimate) -> Self {
        let ends = found.ends();
        Self { value: found.mean, low: ends.map(|ends| ends.0), high: ends.map(|ends| ends.1) }
    }
}

/// What a folder of a search holds.
#[derive(Debug, Clone, Serialize)]
struct Manifest {
    schema: u32,
    kind: String,
    program: Program,
    search: String,
    search_hash: String,
    runs: usize,
    files: Vec<FileEntry>,
    blake3_of_this_file: String,
}

/// What came out of a search.
#[must_use]
pub fn front(search: &Search, found: &Found) -> Front {
    let experiment = &search.experiment;
    let columns = outcome_columns(experiment);
    let name = |aim: &Aim| {
        let verb = if aim.maximize { "maximize" } else { "minimize" };
        let across = match aim.across {
            Across::Mean => "",
            Across::WorstScenario => ", worst scenario",
            Across::WorstRun => ", worst run",
        };
        format!("{verb} {}{across}", columns[aim.outcome])
    };
    let all =
        || found.tried.iter().flat_map(|tried| &tried.runs).chain(&found.baseline).chain(found.again.iter().flatten());
    let baseline = worth(search, &found.baseline, &found.again, 0);
    let of = |(at, &place): (usize, &usize)| {
        let tried: &Tried = &found.tried[place];
        let factors = experiment.design.factors.iter().zip(&tried.drawn);
        Setting {
            setting: place + 1,
            generation: tried.generation,
            factors: factors.map(|(factor, drawn)| value(search, factor, drawn)).collect(),
            set: arms::set_by(search, &tried.drawn, experiment.baseline),
            worth: worth(search, &tried.runs, &found.again, at + 1),
        }
    };
    let mut front: Vec<Setting> = found.front.iter().enumerate().map(of).collect();
    let fresh: Vec<Score> = found.again[1..].iter().map(|runs| score(search, runs)).collect();
    for (at, setting) in front.iter_mut().enumerate() {
        let beats = |other: &usize| fresh[*other].beats(&fresh[at]);
        setting.worth.beaten_by = (0..fresh.len()).filter(beats).map(|other| found.front[other] + 1).collect();
    }
    Front {
        schema: 1,
        search: experiment.id.to_string(),
        label: experiment.label.en.clone(),
        question: experiment.question.en.clone(),
        scenarios: experiment.arms.iter().map(|arm| arm.id.to_string()).collect(),
        seeds: (experiment.seeds.first, experiment.seeds.count),
        confirm: (search.confirm.first, search.confirm.count),
        tried: found.tried.len(),
        runs: all().count(),
        failed: all().filter(|row| row.error.is_some()).count(),
        objectives: search.objectives.iter().map(name).collect(),
        baseline,
        front,
    }
}

fn score(search: &Search, again: &[Row]) -> Score {
    Score::of(again, search.confirm.count as usize, &search.objectives, &search.bounds)
}

/// What a setting is worth: its runs in the search, and those with other seeds, of which the first are of the world as written.
fn worth(search: &Search, runs: &[Row], again: &[Vec<Row>], place: usize) -> Worth {
    let [seeds, others] = [search.experiment.seeds.count, search.confirm.count].map(|count| count as usize);
    let (own, base) = (&again[place], &again[0]);
    let figure = |aim: &Aim| Figure {
        searched: aim.value(runs, seeds).map(|found| found.mean),
        fresh: aim.value(own, others).map(Interval::from),
        difference: if place == 0 { None } else { difference(aim, own, base, others) },
    };
    let mean = |outcome: usize| Values::of(own, outcome, others)?.taken(Across::Mean, false).map(Interval::from);
    Worth {
        objectives: search.objectives.iter().map(figure).collect(),
        allowed: (
            Score::of(runs, seeds, &search.objectives, &search.bounds).is_allowed(),
            score(search, own).is_allowed(),
        ),
        beaten_by: Vec::new(),
        outcomes: outcome_columns(&search.experiment)
            .into_iter()
            .enumerate()
            .map(|(place, name)| (name, mean(place)))
            .collect(),
    }
}

/// Difference of an aim to the world as written, seed by seed; in the worst scenario of each where that is the aim.
fn difference(aim: &Aim, own: &[Row], base: &[Row], seeds: usize) -> Option<Interval> {
    let (own, base) = (Values::of(own, aim.outcome, seeds)?, Values::of(base, aim.outcome, seeds)?);
    let found = match aim.across {
        Across::Mean => own.less(&base).taken(Across::Mean, aim.maximize)?,
        Across::WorstScenario => {
            let [own, base] = [&own, &base].map(|values| values.0[values.worst_scenario(aim.maximize)].clone());
            paired(base.into_iter().map(Some).zip(own.into_iter().map(Some)), 0.95)?
        }
        Across::WorstRun => {
            let worst = |values: &Values| values.taken(aim.across, aim.maximize).map(|found| found.mean);
            estimate(&[worst(&own)? - worst(&base)?], 0.95)?
        }
    };
    Some(found.into())
}

fn value(search: &Search, factor: &Factor, drawn: &Drawn) -> Value {
    let choice = drawn.chosen.map(|place| place + 1);
    Value { column: factor.column(), value: shown(search, factor, drawn), choice }
}

/// A factor's value as a file writes it.
fn shown(search: &Search, factor: &Factor, drawn: &Drawn) -> String {
    if factor.scaled.is_some() {
        return format!("×{}", drawn.number);
    }
    let set = factor.overrides(search.experiment.baseline, drawn).next();
    set.map(|change| written(&change.value)).unwrap_or_default()
}

/// Writes what came out into the folder of the search, the manifest last.
///
/// # Errors
/// When the disk fails.
pub fn write(search: &Search, folder: &Path, found: &Found, front: &Front) -> Result<(), SearchError> {
    let mut listed = vec![
        table(search, folder, found)?,
        keep(folder, NAME, &(serde_json::to_string_pretty(front).map_err(std::io::Error::from)? + "\n"))?,
    ];
    std::fs::create_dir_all(folder.join(arms::FOLDER))?;
    for (name, text) in arms::experiments(search, found, front)? {
        listed.push(keep(folder, &name, &text)?);
    }
    let (blake3, bytes) = files::hash_file(&folder.join(PLAN))?;
    listed.push(FileEntry { name: PLAN.to_owned(), bytes, rows: None, blake3 });
    listed.append(&mut copy_inputs(&search.experiment, folder)?);
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    let manifest = Manifest {
        schema: 1,
        kind: "search".to_owned(),
        program: Program::this(),
        search: front.search.clone(),
        search_hash: hash_of(search).to_string(),
        runs: front.runs,
        files: listed,
        blake3_of_this_file: sealed::NO_HASH.to_owned(),
    };
    Ok(sealed::write(&folder.join(manifest::NAME), &manifest)?)
}

/// Runs of a setting with some seeds.
struct Part<'a> {
    phase: &'static str,
    setting: usize,
    drawn: Option<&'a [Drawn]>,
    runs: &'a [Row],
    first: u64,
    seeds: usize,
}

/// Every run: `runs.parquet`.
fn table(search: &Search, folder: &Path, found: &Found) -> Result<FileEntry, SearchError> {
    let experiment = &search.experiment;
    let of_search = |setting, drawn, runs| {
        let seeds = experiment.seeds;
        Part { phase: "search", setting, drawn, runs, first: seeds.first, seeds: seeds.count as usize }
    };
    let tried = found.tried.iter().enumerate();
    let mut parts = vec![of_search(0, None, &found.baseline[..])];
    parts.extend(tried.map(|(place, tried)| of_search(place + 1, Some(&tried.drawn[..]), &tried.runs[..])));
    for (at, runs) in found.again.iter().enumerate() {
        let place = at.checked_sub(1).map(|at| found.front[at]);
        parts.push(Part {
            phase: "confirm",
            setting: place.map_or(0, |place| place + 1),
            drawn: place.map(|place| &found.tried[place].drawn[..]),
            runs,
            first: search.confirm.first,
            seeds: search.confirm.count as usize,
        });
    }
    let mut table = Pending::new(folder, "runs", fields(search))?;
    table.push(&columns(search, &parts))?;
    Ok(table.finish(folder)?)
}

fn fields(search: &Search) -> Vec<Field> {
    let keys = [("phase", Kind::Text), ("setting", Kind::Count), ("scenario", Kind::Text), ("seed", Kind::Count)];
    let mut fields: Vec<Field> = keys.map(|(name, kind)| Field::new(name, kind)).to_vec();
    for factor in &search.experiment.design.factors {
        fields.push(Field::new(factor.column(), if factor.is_number() { Kind::RealOrMissing } else { Kind::Text }));
    }
    fields.extend(outcome_columns(&search.experiment).into_iter().map(|name| Field::new(name, Kind::RealOrMissing)));
    fields.extend(["state_hash", "error"].map(|name| Field::new(name, Kind::Text)));
    fields
}

fn columns(search: &Search, parts: &[Part]) -> Vec<Data> {
    let experiment = &search.experiment;
    let text = |values: Vec<String>| {
        let mut names: Vec<String> = values.clone();
        names.sort_unstable();
        names.dedup();
        let place = |value: &String| names.binary_search(value).unwrap_or_default() as u32;
        Data::Text { rows: values.iter().map(place).collect(), names }
    };
    let rows: Vec<(&Part, usize, &Row)> =
        parts.iter().flat_map(|part| part.runs.iter().enumerate().map(move |(at, row)| (part, at, row))).collect();
    let scenario = |(part, at, _): &(&Part, usize, &Row)| experiment.arms[at / part.seeds].id.to_string();
    let mut columns = vec![
        text(rows.iter().map(|(part, ..)| part.phase.to_owned()).collect()),
        Data::Count(rows.iter().map(|(part, ..)| part.setting as u64).collect()),
        text(rows.iter().map(scenario).collect()),
        Data::Count(rows.iter().map(|(part, at, _)| part.first + (at % part.seeds) as u64).collect()),
    ];
    for (place, factor) in experiment.design.factors.iter().enumerate() {
        let drawn = rows.iter().map(|(part, ..)| part.drawn.map(|drawn| &drawn[place]));
        columns.push(if factor.is_number() {
            Data::Real(drawn.map(|drawn| drawn.map_or(f64::NAN, |drawn| drawn.number)).collect())
        } else {
            text(drawn.map(|drawn| drawn.map_or_else(String::new, |drawn| shown(search, factor, drawn))).collect())
        });
    }
    for outcome in 0..experiment.outcomes.len() {
        columns.push(Data::Real(rows.iter().map(|(.., row)| row.outcomes[outcome].unwrap_or(f64::NAN)).collect()));
    }
    columns.push(text(rows.iter().map(|(.., row)| crate::sweep::merge::hash_text(row)).collect()));
    columns.push(text(rows.iter().map(|(.., row)| row.error.clone().unwrap_or_default()).collect()));
    columns
}
