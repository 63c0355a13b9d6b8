//! The books of reserves by year: what they held, bought, released and paid.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::errors::Result;

use super::catalog::{fill, plain, say};
use super::html::{Head, Row, both, table};
use crate::calendar::Date;
use crate::experiment::Experiment;
use crate::results::summary::{figure, signed};
use crate::results::table_file::read;

/// Columns of `reserves` that are read.
const COLUMNS: [&str; 7] = ["bought_t", "released_t", "stock_t", "under_way_t", "spent_usd", "earned_usd", "cash_usd"];

/// Tonnes below which a difference of sums is rounding.
const GRAIN: f64 = 1e-6;

/// Dollars of a million.
const MILLION: f64 = 1e6;

/// A year of a reserve, summed over the seeds until it is divided by them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Year {
    /// Held when the year begins and when it ends, goods under way included [t].
    opening: f64,
    closing: f64,
    bought: f64,
    released: f64,
    spent: f64,
    earned: f64,
    /// Money left at the end [USD].
    cash: f64,
}

impl Year {
    /// What neither purchase nor release explains [t]: losses, and metal that moved otherwise.
    fn other(&self) -> f64 {
        let other = self.closing - self.opening - self.bought + self.released;
        if other.abs() < GRAIN { 0.0 } else { other }
    }
}

/// Years of one seed's rows, which come week by week.
#[derive(Debug, Default)]
struct Walk {
    held: Option<f64>,
    years: BTreeMap<i16, Year>,
}

impl Walk {
    fn week(&mut self, year: i16, [bought, released, stock, way, spent, earned, cash]: [f64; 7]) {
        let held = stock + way;
        // Before the first week it held what that week's trade leaves unexplained.
        let before = self.held.unwrap_or(held - bought + released);
        let entry = self.years.entry(year).or_insert(Year { opening: before, ..Year::default() });
        entry.closing = held;
        entry.bought += bought;
        entry.released += released;
        entry.spent += spent;
        entry.earned += earned;
        entry.cash = cash;
        self.held = Some(held);
    }
}

/// Mean over the seeds by arm, reserve and year.
type Books = BTreeMap<(usize, String, i16), Year>;

fn load(experiment: &Experiment, folder: &Path) -> Result<Books> {
    let mut walks: BTreeMap<(usize, String, u64), Walk> = BTreeMap::new();
    let path = folder.join("reserves.parquet");
    if !path.exists() {
        return Ok(Books::new());
    }
    let wanted = |name: &str| matches!(name, "arm" | "seed" | "date" | "reserve") || COLUMNS.contains(&name);
    read(&path, wanted, |part| {
        let find = |name: &str| part.column(name).unwrap_or_else(|| panic!("bug: table reserves has no column {name}"));
        let [arms, seeds, dates, names] = ["arm", "seed", "date", "reserve"].map(find);
        let values = COLUMNS.map(|column| find(column).reals());
        for row in 0..part.rows() {
            if let Some(arm) = experiment.arms.iter().position(|arm| arm.id.as_str() == arms.text(row)) {
                let walk = walks.entry((arm, names.text(row).to_owned(), seeds.counts()[row])).or_default();
                walk.week(Date::since_1970(dates.ints()[row]).year(), values.map(|column| column[row]));
            }
        }
    })?;
    let seeds = f64::from(experiment.seeds.count.max(1));
    let mut books = Books::new();
    for ((arm, name, _), walk) in walks {
        for (year, of) in walk.years {
            let sum = books.entry((arm, name.clone(), year)).or_default();
            let add = |to: &mut f64, value: f64| *to += value / seeds;
            add(&mut sum.opening, of.opening);
            add(&mut sum.closing, of.closing);
            add(&mut sum.bought, of.bought);
            add(&mut sum.released, of.released);
            add(&mut sum.spent, of.spent);
            add(&mut sum.earned, of.earned);
            add(&mut sum.cash, of.cash);
        }
    }
    Ok(books)
}

/// The books of all reserves that ever hold a tonne.
///
/// # Errors
/// When the table cannot be read.
pub(super) fn html(experiment: &Experiment, folder: &Path) -> Result<String> {
    let books = load(experiment, folder)?;
    let moves = |year: &Year| year.opening + year.closing + year.bought + year.released > 0.0;
    let mut rows = Vec::new();
    for ((arm, name, year), of) in &books {
        let own = books.range((*arm, name.clone(), i16::MIN)..=(*arm, name.clone(), i16::MAX));
        if !own.map(|(_, year)| year).any(moves) {
            continue;
        }
        let arm = &experiment.arms[*arm];
        let label = arm.setup.reserves.iter().find(|reserve| reserve.id.as_str() == name).map(|r| r.label.clone());
        let mut cells = vec![both(&arm.label), both(&label.unwrap_or_else(|| plain(name))), year.to_string()];
        cells.extend([of.opening, of.bought, of.released].map(figure));
        cells.push(signed(of.other()));
        cells.push(figure(of.closing));
        cells.extend([of.spent, of.earned, of.cash].map(|usd| figure(usd / MILLION)));
        rows.push(Row { arm: Some(arm.id.to_string()), cells });
    }
    if rows.is_empty() {
        return Ok(super::charts::nothing("ledger.none"));
    }
    let words = [say("arms.arm"), say("ledger.reserve"), say("ledger.year")].map(Head::words);
    let numbers = [
        say("ledger.opening"),
        say("ledger.bought"),
        say("ledger.released"),
        say("ledger.other"),
        say("ledger.closing"),
        say("ledger.spent"),
        say("ledger.earned"),
        say("ledger.cash"),
    ]
    .map(Head::number);
    let heads: Vec<Head> = words.into_iter().chain(numbers).collect();
    let caption = fill("ledger.caption", &[("seeds", &plain(experiment.seeds.count))]);
    Ok(table(&caption, &heads, &rows, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_opens_with_what_the_one_before_left() {
        let mut walk = Walk::default();
        walk.week(2024, [10.0, 0.0, 105.0, 5.0, 100.0, 0.0, 900.0]); // held 100 before
        walk.week(2024, [0.0, 20.0, 90.0, 0.0, 0.0, 300.0, 1_200.0]);
        walk.week(2025, [0.0, 0.0, 88.0, 0.0, 0.0, 0.0, 1_200.0]); // 2 t are lost
        let first = walk.years[&2024];
        assert_eq!((first.opening, first.bought, first.released, first.closing), (100.0, 10.0, 20.0, 90.0));
        assert_eq!((first.other(), first.spent, first.earned, first.cash), (0.0, 100.0, 300.0, 1_200.0));
        assert_eq!((walk.years[&2025].opening, walk.years[&2025].other()), (90.0, -2.0));
    }
}
