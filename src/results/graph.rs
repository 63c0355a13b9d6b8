//! Pictures of futures markets: curves week by week, what they say against stocks, and how far months move.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::errors::Result;

use super::columns::Columns;
use super::report::catalog::{fill, plain, say};
use super::table_file::read;
use crate::calendar::Week;
use crate::experiment::Experiment;
use crate::id::Label;
use crate::math;
use crate::setup::exchange::Contract;
use crate::statistics::quantile;
use crate::units::WEEKS_PER_YEAR;

/// Weeks of a run whose curves are drawn.
const CURVES: usize = 7;

/// Most months ahead that volatilities are drawn for.
const MONTHS: usize = 24;

/// Weeks over which use is averaged for cover.
const YEAR: usize = 52;

/// A picture with one panel per arm, on common axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    /// File name without its ending.
    pub name: String,
    /// The experiment.
    pub of: Label,
    /// What it shows.
    pub title: Label,
    /// How to read it.
    pub subtitle: Label,
    /// What stands along the horizontal axis.
    pub across: Label,
    /// What stands along the vertical axis.
    pub up: Label,
    /// One per arm.
    pub panels: Vec<Plate>,
}

/// An arm in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Plate {
    /// The arm.
    pub title: Label,
    /// What is drawn, with its name.
    pub lines: Vec<Line>,
}

/// Points of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What people read.
    pub label: String,
    /// Where they are.
    pub points: Vec<(f64, f64)>,
    /// Whether they are joined.
    pub joined: bool,
}

/// A contract in an arm as the tables have it.
#[derive(Debug, Default)]
struct Seen {
    /// Curves of the first seed in the weeks that are drawn: weeks to a month's end, price.
    curves: BTreeMap<Week, Vec<(f64, f64)>>,
    /// Returns of the months so many months away, by seed: how many, their sum and their squares.
    returns: BTreeMap<u64, Vec<[f64; 3]>>,
    /// Last week's prices by weeks left, of the seed that is being read.
    before: (u64, Week, Vec<(f64, f64)>),
    /// This week's.
    now: (u64, Week, Vec<(f64, f64)>),
    /// ln F − ln p of the first seed, three months ahead, in percent.
    slope: BTreeMap<Week, f64>,
    /// Stock and use of the first seed where the contract delivers, in t.
    held: BTreeMap<Week, (f64, f64)>,
}

impl Seen {
    /// A month's price; rows come week by week.
    fn price(&mut self, seed: u64, week: Week, left: f64, price: f64) {
        if (self.now.0, self.now.1) != (seed, week) {
            self.before = std::mem::replace(&mut self.now, (seed, week, Vec::new()));
        }
        self.now.2.push((left, price));
        let follows = self.before.0 == seed && self.before.1 + 1 == week;
        let same = self.before.2.iter().find(|(before, _)| follows && (before - 1.0 - left).abs() < 0.5);
        let months = (left * 12.0 / WEEKS_PER_YEAR).round();
        if let (Some((_, before)), true) = (same, months < MONTHS as f64) {
            let change = math::ln(price / before);
            let by_month = self.returns.entry(seed).or_insert_with(|| vec![[0.0; 3]; MONTHS]);
            let sums = &mut by_month[months as usize];
            *sums = [sums[0] + 1.0, sums[1] + change, sums[2] + change * change];
        }
    }

    /// Median over the seeds of the annualized volatility, by months away.
    fn volatilities(&self) -> Vec<(f64, f64)> {
        let of = |month: usize| {
            let deviation = |[count, sum, squares]: [f64; 3]| {
                let variance = (squares - sum * sum / count) / (count - 1.0);
                (count >= 26.0).then(|| 100.0 * math::sqrt(variance.max(0.0) * WEEKS_PER_YEAR))
            };
            let mut seeds: Vec<f64> = self.returns.values().filter_map(|sums| deviation(sums[month])).collect();
            seeds.sort_by(f64::total_cmp);
            Some((month as f64, quantile(&seeds, 0.5)?))
        };
        (0..MONTHS).filter_map(of).collect()
    }

    /// Cover in weeks and slope in percent.
    fn basis(&self) -> Vec<(f64, f64)> {
        let held: Vec<(Week, f64, f64)> =
            self.held.iter().map(|(week, (stock, used))| (*week, *stock, *used)).collect();
        let point = |(at, (week, stock, _)): (usize, &(Week, f64, f64))| {
            let year = &held[(at + 1).saturating_sub(YEAR)..=at];
            let used = year.iter().map(|(.., used)| used).sum::<f64>() / year.len() as f64;
            (used > 0.0).then(|| Some((stock / used, *self.slope.get(week)?)))?
        };
        held.iter().enumerate().filter_map(point).collect()
    }
}

/// Pictures of the contracts of some results, as far as their tables are kept.
///
/// # Errors
/// When a table cannot be read.
pub fn graphs(experiment: &Experiment, folder: &Path) -> Result<Vec<Graph>> {
    let contracts = &experiment.arms[experiment.baseline].setup.contracts;
    let mut graphs = Vec::new();
    for contract in contracts.iter().filter(|_| experiment.tables.contains(&"futures")) {
        let seen = look(experiment, folder, contract)?;
        let graph = |kind: &str, texts: [Label; 4], lines: &dyn Fn(&Seen) -> Vec<Line>| {
            let arms = experiment.arms.iter().zip(&seen);
            let panels = arms.map(|(arm, seen)| Plate { title: arm.label.clone(), lines: lines(seen) });
            let [title, subtitle, across, up] = texts;
            let (name, of) = (format!("{kind}-{}", contract.id), experiment.label.clone());
            Graph { name, of, title, subtitle, across, up, panels: panels.collect() }
        };
        let of = |key: &str| fill(key, &[("contract", &contract.label)]);
        let seed = plain(experiment.seeds.first);
        let curves = |seen: &Seen| -> Vec<Line> {
            let line = |(week, points): (&Week, &Vec<(f64, f64)>)| Line {
                label: experiment.calendar.day(*week).to_string(),
                points: points.iter().map(|(left, price)| (left * 12.0 / WEEKS_PER_YEAR, *price)).collect(),
                joined: true,
            };
            seen.curves.iter().map(line).collect()
        };
        let how = fill("graph.curve-how", &[("seed", &seed), ("weeks", &plain(CURVES))]);
        let texts = [of("graph.curve"), how, say("graph.months").clone(), say("chart.usd-per-t").clone()];
        graphs.push(graph("curve", texts, &curves));
        let how = say("graph.volatility-how").clone();
        let texts = [of("graph.volatility"), how, say("graph.months").clone(), say("graph.percent-a-year").clone()];
        let line = |points| vec![Line { label: String::new(), points, joined: true }];
        graphs.push(graph("volatility", texts, &|seen| line(seen.volatilities())));
        let how = fill("graph.basis-how", &[("seed", &seed)]);
        let texts = [of("graph.basis"), how, say("graph.cover").clone(), say("graph.slope").clone()];
        let points = |seen: &Seen| vec![Line { label: String::new(), points: seen.basis(), joined: false }];
        graphs.push(graph("basis", texts, &points));
    }
    graphs.retain(|graph| graph.panels.iter().flat_map(|panel| &panel.lines).any(|line| !line.points.is_empty()));
    Ok(graphs)
}

/// What the tables have of a contract, by arm, in the weeks that its facts look at.
fn look(experiment: &Experiment, folder: &Path, contract: &Contract) -> Result<Vec<Seen>> {
    let sheet = experiment.facts.iter().find(|sheet| sheet.contract == contract.id);
    let weeks = sheet.map_or(0..experiment.weeks, |sheet| sheet.weeks.clone());
    let drawn: Vec<Week> =
        (0..CURVES as u32).map(|n| weeks.start + n * (weeks.end - 1 - weeks.start) / (CURVES as u32 - 1)).collect();
    let first = experiment.seeds.first;
    let mut seen: Vec<Seen> = experiment.arms.iter().map(|_| Seen::default()).collect();
    let arm_of = |name: &str| experiment.arms.iter().position(|arm| arm.id.as_str() == name);
    let here = |week: Week| weeks.contains(&week);

    let spots = ["spot_usd_per_t", "slope_share", "on_warrant_t"];
    each(folder, "contracts", "contract", &spots, |arm, seed, week, key, [spot, slope, warrant]| {
        let Some(seen) = arm_of(arm).and_then(|arm| seen.get_mut(arm)) else { return };
        if key == contract.id.as_str() && seed == first && here(week) {
            seen.slope.insert(week, 100.0 * slope);
            seen.held.entry(week).or_default().0 += warrant;
            if drawn.contains(&week) {
                seen.curves.entry(week).or_default().push((0.0, spot));
            }
        }
    })?;
    let months = ["weeks_left", "settlement_usd_per_t"];
    each(folder, "futures", "contract", &months, |arm, seed, week, key, [left, price]| {
        let Some(seen) = arm_of(arm).and_then(|arm| seen.get_mut(arm)) else { return };
        if key == contract.id.as_str() && here(week) {
            seen.price(seed, week, left + 0.5, price);
            if seed == first && drawn.contains(&week) {
                seen.curves.entry(week).or_default().push((left + 0.5, price));
            }
        }
    })?;
    if let (true, Some(metal)) = (experiment.tables.contains(&"markets"), contract.metal()) {
        let setup = &experiment.arms[experiment.baseline].setup;
        let (mineral, stage) = (&setup.mineral_of(metal.market).id, &setup.markets[metal.market].stage);
        let place = format!("{mineral} {stage} {}", setup.regions[metal.region].id);
        let held = ["stock_t", "use_t"];
        each(folder, "markets", "mineral stage region", &held, |arm, seed, week, key, [stock, used]| {
            let Some(seen) = arm_of(arm).and_then(|arm| seen.get_mut(arm)) else { return };
            if key == place && seed == first && here(week) {
                let sums = seen.held.entry(week).or_default();
                *sums = (sums.0 + stock, used);
            }
        })?;
    }
    Ok(seen)
}

/// Visits the rows of a table: arm, seed, week, keys joined by spaces, columns. A table that is not kept has none.
fn each<const N: usize>(
    folder: &Path,
    table: &str,
    keys: &str,
    columns: &[&str; N],
    mut visit: impl FnMut(&str, u64, Week, &str, [f64; N]),
) -> Result<()> {
    let path = folder.join(format!("{table}.parquet"));
    if !path.exists() {
        return Ok(());
    }
    let keys: Vec<&str> = keys.split(' ').collect();
    let wanted =
        |name: &str| matches!(name, "arm" | "seed" | "week") || keys.contains(&name) || columns.contains(&name);
    read(&path, wanted, |part: Columns| {
        let find = |name: &str| part.column(name).unwrap_or_else(|| panic!("bug: table {table} has no column {name}"));
        let (arms, seeds, weeks) = (find("arm"), find("seed").counts(), find("week").ints());
        let keys: Vec<_> = keys.iter().map(|key| find(key)).collect();
        let values = columns.map(|column| find(column).reals());
        for row in 0..part.rows() {
            let key = keys.iter().map(|key| key.text(row)).collect::<Vec<&str>>().join(" ");
            visit(arms.text(row), seeds[row], weeks[row] as Week, &key, values.map(|column| column[row]));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volatility_is_of_one_month_as_it_nears() {
        let mut seen = Seen::default();
        // A month that moves by 1 % up and down while it nears, and one at another level; 60 weeks of two seeds.
        for (seed, week) in [1, 2].into_iter().flat_map(|seed| (0..60).map(move |week| (seed, week))) {
            let price = if week % 2 == 0 { 100.0 } else { 100.0 * math::exp(0.01 * seed as f64) };
            seen.price(seed, week, 80.5 - f64::from(week), price);
            seen.price(seed, week, 90.5 - f64::from(week), 5_000.0);
        }
        let found = seen.volatilities();
        assert!(found.is_empty(), "no month is seen in 26 weeks at one distance: {found:?}");
        let month = |n: usize| seen.returns.values().map(|sums| sums[n][0] as u32).sum::<u32>();
        assert!(month(12) > 8 && (0..MONTHS).map(month).sum::<u32>() == 2 * 2 * 59, "two months, 59 returns each");
    }

    #[test]
    fn cover_goes_by_the_mean_use_so_far() {
        let mut seen = Seen::default();
        for (week, (stock, used)) in [(60.0, 10.0), (60.0, 20.0), (60.0, 0.0)].into_iter().enumerate() {
            seen.held.insert(week as Week, (stock, used));
            seen.slope.insert(week as Week, -1.0);
        }
        assert_eq!(seen.basis(), [(6.0, -1.0), (4.0, -1.0), (6.0, -1.0)]);
    }
}
