//! The base year of a world, run and laid beside what statistics say of it.

use std::fmt;

use serde::Serialize;

use crate::model::{Model, StepError};
use crate::position::Tally;
use crate::setup::Setup;
use crate::setup::positions::{Counts, Figure, Recycled};
use crate::statistics::{mean, standard_deviation};

/// Weeks that are run.
pub const WEEKS: u32 = 52;

/// Published and modelled figures side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Comparison(pub Vec<Row>);

/// A published figure and what the model gives for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Mineral.
    pub mineral: String,
    /// What is counted, with its unit.
    pub figure: String,
    /// Nation or region; `world` when it is all of them.
    pub of: String,
    /// Published, in t a year or USD/t.
    pub published: f64,
    /// Mean over the seeds, in the same unit.
    pub model: f64,
    /// Standard deviation over the seeds; nothing with one seed.
    pub spread: Option<f64>,
    /// Largest deviation that passes, as a share of what is published.
    pub within: f64,
}

impl Row {
    /// The model's deviation, as a share of what is published.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.model / self.published - 1.0
    }

    /// Whether the deviation lies within the tolerance.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.deviation().abs() <= self.within
    }
}

impl Comparison {
    /// The rows that lie outside their tolerance.
    pub fn misses(&self) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(|row| !row.holds())
    }
}

/// Runs 52 weeks of a world for each of the seeds 1 to `seeds` and compares.
///
/// # Errors
/// When the books do not close or a market cannot be cleared.
pub fn compare(setup: &Setup, seeds: u64) -> Result<Comparison, StepError> {
    let figures: Vec<(usize, &Figure)> =
        setup.published.iter().flat_map(|of| of.figures.iter().map(|figure| (of.mineral, figure))).collect();
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); figures.len()];
    for seed in 1..=seeds {
        let mut model = Model::new(setup, seed);
        let mut tally = Tally::new(setup);
        for _ in 0..WEEKS {
            model.step()?;
            tally.add(model.world());
        }
        for ((mineral, figure), values) in figures.iter().zip(&mut found) {
            values.push(measure(setup, &tally, *mineral, figure));
        }
    }
    let rows = figures.iter().zip(found).map(|((mineral, figure), values)| {
        let quantum = setup.minerals[*mineral].quantum;
        let unit = |value: f64| match figure.counts {
            Counts::Price(_) => value * quantum.usd_per_tonne(crate::units::Price(1)),
            _ => value / quantum.per_tonne() as f64,
        };
        Row {
            mineral: setup.minerals[*mineral].id.to_string(),
            figure: name(setup, figure.counts),
            of: whose(setup, figure),
            published: figure.value,
            model: unit(mean(&values).unwrap_or(0.0)),
            spread: standard_deviation(&values).map(unit),
            within: figure.within,
        }
    });
    Ok(Comparison(rows.collect()))
}

fn name(setup: &Setup, counts: Counts) -> String {
    match counts {
        Counts::Mined => "mined, t a year".to_owned(),
        Counts::Made(market, Recycled::Apart) => format!("{} made, t a year", setup.markets[market].stage),
        Counts::Made(market, Recycled::Within) => {
            format!("{} made or recycled, t a year", setup.markets[market].stage)
        }
        Counts::Used(market) => format!("{} used, t a year", setup.markets[market].stage),
        Counts::Price(market) => format!("{} price, USD/t", setup.markets[market].stage),
    }
}

fn whose(setup: &Setup, figure: &Figure) -> String {
    let nation = figure.nation().map(|nation| setup.nations[nation].id.to_string());
    let region = figure.region().map(|region| setup.regions[region].id.to_string());
    nation.or(region).unwrap_or_else(|| "world".to_owned())
}

/// The figure in a run, in quanta a year or cents per 1,000 quanta.
fn measure(setup: &Setup, tally: &Tally, mineral: usize, figure: &Figure) -> f64 {
    let over = |value: &dyn Fn(usize) -> f64| match figure.nation() {
        Some(nation) => value(nation),
        None => (0..setup.nations.len()).map(value).sum(),
    };
    match figure.counts {
        Counts::Mined => over(&|nation| {
            let markets = setup.minerals[mineral].markets.clone();
            markets.map(|market| tally.totals(setup, nation, market).mined).sum()
        }),
        Counts::Made(market, recycled) => over(&|nation| {
            let totals = tally.totals(setup, nation, market);
            if recycled == Recycled::Within { totals.made } else { totals.made - totals.recycled }
        }),
        Counts::Used(market) => over(&|nation| tally.totals(setup, nation, market).used),
        Counts::Price(market) => {
            figure.region().and_then(|region| tally.mean_price(market, region)).expect("bug: a price of no region")
        }
    }
}

impl fmt::Display for Comparison {
    /// A Markdown table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| mineral | figure | of | published | model | ± over seeds | deviation | allowed | |")?;
        writeln!(f, "|---|---|---|---:|---:|---:|---:|---:|---|")?;
        for row in &self.0 {
            let Row { mineral, figure, of, published, model, spread, within } = row;
            let spread = spread.map_or("-".to_owned(), |sd| format!("{sd:.0}"));
            let (deviation, within) = (row.deviation() * 100.0, within * 100.0);
            let verdict = if row.holds() { "" } else { "**outside**" };
            writeln!(
                f,
                "| {mineral} | {figure} | {of} | {published:.0} | {model:.0} | {spread} | {deviation:+.1} % | {within:.0} % | {verdict} |"
            )?;
        }
        Ok(())
    }
}
