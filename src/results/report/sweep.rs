//! The chapter of a sweep: how the arms differ over the points, which of the uncertain numbers matter, what the outcomes
//! are at the ends of each, and maps over the two that matter most.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use parquet::errors::Result;

use super::Section;
use super::answer::headlines;
use super::catalog::{fill, plain, say, unit};
use super::html::{Head, Row, both, table};
use crate::experiment::design::DesignKind;
use crate::experiment::factor::Factor;
use crate::id::Label;
use crate::results::summary::figure;
use crate::results::table_file::read_all;
use crate::sweep::analysis::asked::Condition;
use crate::sweep::analysis::data::Outcomes;
use crate::sweep::analysis::ends::{Ends, ends};
use crate::sweep::analysis::{Sensitivity, sampled, sensitivities};
use crate::sweep::merge::{Merged, TABLE};
use crate::sweep::plan::Sweep;

mod answer;
mod asked;
mod draw;
mod factors;
mod map;
mod markdown;
mod provenance;

pub(super) use markdown::markdown;

/// Panels of a kind of chart that a chapter draws, so that the page stays under 1 MB; outcomes that are drawn at least.
const PANELS: usize = 36;
const OUTCOMES: usize = 3;

/// Failed runs that are listed one by one.
const FAILURES: usize = 50;

/// Cases of a list that are written out.
const CASES: usize = 60;

/// What a reader of a sweep asks beyond what every chapter says; outcomes by their places.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Outcomes of which less is better: arms are compared as options.
    pub minimize: Vec<usize>,
    /// Outcomes of which more is better.
    pub maximize: Vec<usize>,
    /// Conditions whose boxes are looked for.
    pub conditions: Vec<Condition>,
}

/// Merged results of a sweep.
#[derive(Debug)]
pub struct Swept {
    /// Folder that was named: the sweep's or that of its merged results.
    folder: PathBuf,
    /// The sweep as the merged results hold it.
    pub(super) sweep: Sweep,
    merged: Merged,
    outcomes: Outcomes,
    /// Unit of every outcome as column names spell it, and what to divide by: large sums of money in millions.
    units: Vec<(String, f64)>,
    failures: Vec<Failure>,
    asked: Asked,
    /// What every factor does, by outcome and arm; of outcomes that are drawn.
    found: Vec<Found>,
}

/// A run that failed.
#[derive(Debug)]
struct Failure {
    arm: String,
    point: u64,
    seed: u64,
    error: String,
}

/// What the factors do to an outcome that is drawn.
#[derive(Debug)]
struct Found {
    outcome: usize,
    /// By arm and factor.
    sensitivities: Vec<Vec<Sensitivity>>,
    /// By arm and factor.
    ends: Vec<Vec<Option<Ends>>>,
}

impl Found {
    /// How much a factor matters in an arm, on a scale of the design's own.
    fn weight(&self, arm: usize, factor: usize) -> f64 {
        let one = &self.sensitivities[arm][factor];
        let total = one.total.map(|total| total.value);
        let size = one.morris.map(|effect| effect.size);
        let rank = one.rank.map(|rank| rank.value.abs());
        let span = self.ends[arm][factor].as_ref().map(Ends::span);
        total.or(size).or(rank).or(span).unwrap_or(0.0)
    }

    /// Factors in order of how much they matter over all arms, the most first.
    fn order(&self) -> Vec<usize> {
        let count = self.sensitivities.first().map_or(0, Vec::len);
        let mut weights = vec![0.0; count];
        for arm in 0..self.sensitivities.len() {
            let of_arm: Vec<f64> = (0..count).map(|factor| self.weight(arm, factor)).collect();
            let most = of_arm.iter().copied().fold(0.0, f64::max);
            if most > 0.0 {
                weights.iter_mut().zip(of_arm).for_each(|(sum, weight)| *sum += weight / most);
            }
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|&a, &b| descending(weights[a], weights[b]).then(a.cmp(&b)));
        order
    }
}

fn descending(a: f64, b: f64) -> Ordering {
    b.total_cmp(&a)
}

impl Swept {
    /// Reads the merged results of a sweep from the folder that holds them; `named` is the folder that the reader named.
    ///
    /// # Errors
    /// When the table cannot be read or is not the plan's.
    pub fn read(named: &Path, sweep: Sweep, merged: Merged, asked: Asked) -> Result<Self> {
        let outcomes = Outcomes::read(&sweep, &sweep.folder)?;
        let failures = if merged.failed > 0 { failures(&sweep.folder)? } else { Vec::new() };
        let scale = |(place, outcome): (usize, &crate::outcome::Outcome)| {
            let large = outcomes.values[place].iter().any(|value| value.abs() >= 1e7);
            match outcome.measure.unit() {
                "usd" if large => ("million_usd".to_owned(), 1e6),
                other => (other.to_owned(), 1.0),
            }
        };
        let units = sweep.experiment.outcomes.iter().enumerate().map(scale).collect();
        let folder = named.to_owned();
        let mut swept = Self { folder, sweep, merged, outcomes, units, failures, asked, found: Vec::new() };
        swept.found = swept.drawn().into_iter().map(|outcome| swept.factors_of(outcome)).collect();
        Ok(swept)
    }

    /// Outcomes that are drawn: those of the answer, then the others that vary, as far as there is room.
    fn drawn(&self) -> Vec<usize> {
        let mut all = headlines(&self.sweep.experiment);
        all.extend((0..self.units.len()).filter(|place| !all.contains(place)).collect::<Vec<_>>());
        all.retain(|&outcome| self.varies(outcome));
        all.truncate((PANELS / self.arms().max(1)).max(OUTCOMES));
        all
    }

    /// Whether an outcome differs between points in any arm.
    fn varies(&self, outcome: usize) -> bool {
        (0..self.arms()).any(|arm| {
            let values: Vec<f64> = self.outcomes.means(outcome, arm).into_iter().flatten().collect();
            values.iter().any(|value| value.to_bits() != values[0].to_bits())
        })
    }

    fn factors_of(&self, outcome: usize) -> Found {
        let arms = 0..self.arms();
        let (sweep, outcomes) = (&self.sweep, &self.outcomes);
        Found {
            outcome,
            sensitivities: arms.clone().map(|arm| sensitivities(sweep, outcomes, outcome, arm)).collect(),
            ends: arms.map(|arm| ends(sweep, outcomes, outcome, arm)).collect(),
        }
    }

    fn arms(&self) -> usize {
        self.sweep.experiment.arms.len()
    }

    fn factors(&self) -> &[Factor] {
        &self.sweep.experiment.design.factors
    }

    fn kind(&self) -> DesignKind {
        self.sweep.experiment.design.kind
    }

    /// A value of an outcome in the unit that people read.
    fn shown(&self, outcome: usize, value: f64) -> f64 {
        value / self.units[outcome].1
    }

    fn unit(&self, outcome: usize) -> Label {
        unit(&self.units[outcome].0)
    }

    /// Points that are a sample, or all of a design that is none.
    fn taken(&self) -> Vec<usize> {
        sampled(&self.sweep).unwrap_or_else(|| (0..self.outcomes.points).collect())
    }
}

/// Runs that failed, as the table has them.
fn failures(folder: &Path) -> Result<Vec<Failure>> {
    let keys = ["arm", "point", "seed", "status", "error"];
    let table = read_all(&folder.join(format!("{TABLE}.parquet")), |name| keys.contains(&name))?;
    let [arms, points, seeds, status, errors] =
        keys.map(|key| table.column(key).unwrap_or_else(|| panic!("bug: table {TABLE} has no column {key}")));
    let failed = (0..table.rows()).filter(|&row| status.text(row) != "ok");
    let one = |row: usize| Failure {
        arm: arms.text(row).to_owned(),
        point: points.counts()[row],
        seed: seeds.counts()[row],
        error: errors.text(row).to_owned(),
    };
    Ok(failed.map(one).collect())
}

/// A factor with its unit, such as "Normal stocks (weeks)".
fn named(factor: &Factor) -> Label {
    match factor.unit() {
        None => factor.name(),
        Some(name) => fill("factor.with-unit", &[("factor", &factor.name()), ("unit", &unit(&name))]),
    }
}

/// A value of a factor; of a choice that is no number it is its place.
fn value_of(factor: &Factor, value: f64) -> String {
    if factor.is_number() {
        return short_number(value);
    }
    factor.names().get(value as usize).cloned().unwrap_or_default()
}

/// A number in as few digits as tell it.
fn short_number(value: f64) -> String {
    let text = figure(value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Sections of the chapter, which is at a place among others.
pub(super) fn sections(swept: &Swept, place: usize) -> Vec<Section> {
    let mut sections = vec![
        Section::of_text("section.answer", answer::html(swept)),
        Section::of_text("section.arms", answer::arms(swept)),
        Section::of_text("section.factors", factors::table_of(swept)),
    ];
    if swept.kind() == DesignKind::List {
        sections.push(Section::of_text("section.cases", cases(swept)));
    }
    sections.push(Section::of_charts("section.matter", factors::matter(swept, place).or_note("matter.none")));
    sections.push(Section::of_charts("section.ends", factors::tornado(swept, place).or_note("ends.none")));
    sections.push(Section::of_charts("section.maps", map::maps(swept, place).or_note("maps.none")));
    if !swept.asked.minimize.is_empty() || !swept.asked.maximize.is_empty() {
        sections.push(Section::of_text("section.options", asked::options(swept)));
    }
    if !swept.asked.conditions.is_empty() {
        sections.push(Section::of_text("section.boxes", asked::boxes(swept)));
    }
    sections.push(Section::of_text("section.failures", failed(swept)));
    sections.push(Section::of_text("section.provenance", provenance::html(swept)));
    sections
}

/// The cases of a list, one by one.
fn cases(swept: &Swept) -> String {
    let (experiment, outcomes) = (&swept.sweep.experiment, &swept.outcomes);
    let mut heads = vec![Head::words(say("arms.arm")), Head::number(say("cases.case"))];
    heads.extend(swept.factors().iter().map(|factor| Head::number(&named(factor))));
    let measured = |outcome: usize| {
        let (what, unit) = (super::measure::phrase(experiment, &experiment.outcomes[outcome]), swept.unit(outcome));
        fill("factor.with-unit", &[("factor", &what), ("unit", &unit)])
    };
    heads.extend((0..swept.units.len()).map(|outcome| Head::number(&measured(outcome))));
    let mut rows = Vec::new();
    for (place, arm) in experiment.arms.iter().enumerate() {
        let means: Vec<Vec<Option<f64>>> =
            (0..swept.units.len()).map(|outcome| outcomes.means(outcome, place)).collect();
        for point in 0..outcomes.points.min(CASES) {
            let mut cells = vec![both(&arm.label), point.to_string()];
            let drawn = experiment.design.drawn(point);
            cells.extend(swept.factors().iter().zip(&drawn).map(|(factor, drawn)| value_of(factor, drawn.number)));
            let value = |(outcome, means): (usize, &Vec<Option<f64>>)| {
                means[point].map_or_else(String::new, |value| figure(swept.shown(outcome, value)))
            };
            cells.extend(means.iter().enumerate().map(value));
            rows.push(Row { arm: Some(arm.id.to_string()), cells });
        }
    }
    table(say("cases.caption"), &heads, &rows, true)
}

/// Runs that failed.
fn failed(swept: &Swept) -> String {
    let Swept { failures, merged, .. } = swept;
    let (failed, runs) = (plain(merged.failed), plain(merged.runs));
    if failures.is_empty() {
        return format!("<p>{}</p>\n", both(&fill("failures.none", &[("runs", &runs)])));
    }
    let mut out = format!("<p>{}</p>\n", both(&fill("failures.some", &[("failed", &failed), ("runs", &runs)])));
    let heads = [
        Head::words(say("arms.arm")),
        Head::number(say("failures.point")),
        Head::number(say("failures.seed")),
        Head::words(say("failures.why")),
    ];
    let row = |failure: &Failure| Row {
        arm: Some(failure.arm.clone()),
        cells: vec![
            super::html::escape(&failure.arm),
            failure.point.to_string(),
            failure.seed.to_string(),
            super::html::escape(&failure.error),
        ],
    };
    let rows: Vec<Row> = failures.iter().take(FAILURES).map(row).collect();
    out += &table(&fill("failures.caption", &[("count", &plain(rows.len()))]), &heads, &rows, true);
    out
}
