//! The base year's supply and use of every market side by side: the first thing to look at in a new world.

use std::fmt;

use serde::Serialize;

use crate::recycler;
use crate::setup::{HostLink, Setup};
use crate::units::{Mass, WEEKS_PER_YEAR};
use crate::use_stock;

use super::decode::{Cx, Origin};

/// Largest gap, against use, that passes without a warning.
pub const TOLERANCE: f64 = 0.05;

/// One row per market.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Balance(pub Vec<Row>);

/// A market in the base year, in tonnes of contained metal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Mineral.
    pub mineral: String,
    /// Stage.
    pub stage: String,
    /// What mines make at capacity, plants at normal utilization and recyclers of the first year's scrap, a year; projects apart.
    pub supply_t_per_year: f64,
    /// What plants feed at normal utilization and sectors use, a year.
    pub use_t_per_year: f64,
    /// Stocks in all hands at the start.
    pub stocks_t: f64,
    /// Stocks in weeks of use; none where nothing is used.
    pub stocks_weeks_of_use: Option<f64>,
}

impl Row {
    /// Supply over use less one; none where nothing is used.
    #[must_use]
    pub fn gap(&self) -> Option<f64> {
        (self.use_t_per_year > 0.0).then(|| self.supply_t_per_year / self.use_t_per_year - 1.0)
    }
}

/// Draws up the balance of a world.
#[must_use]
pub fn balance(setup: &Setup) -> Balance {
    let middle = f64::from(setup.base_year) + 0.5;
    let recycled = recycled(setup);
    let row = |(index, market): (usize, &crate::setup::Market)| {
        let mineral = &setup.minerals[market.mineral];
        let tonnes = |mass| mineral.quantum.tonnes(mass);
        let (mut supply, mut used, mut stocks) = (0.0, 0.0, 0.0);
        for mine in setup.mines.iter().filter(|mine| mine.market == index && setup.digs_at_start(mine)) {
            let plan = match mine.host {
                Some(HostLink::Plan(host)) => setup.hosts[host].plan.at(middle),
                _ => 1.0,
            };
            supply += tonnes(mine.capacity_per_year) * plan;
            stocks += tonnes(mine.stock);
        }
        for plant in setup.plants.iter().filter(|plant| plant.project.is_none()) {
            let product = tonnes(plant.capacity_per_year) * plant.rule.normal_utilization;
            if plant.product == index {
                supply += product;
                stocks += tonnes(plant.product_stock);
            }
            if plant.feed == index {
                used += product / plant.recovery.share();
                stocks += tonnes(plant.feed_stock);
            }
        }
        for (recycler, output) in setup.recyclers.iter().zip(&recycled).filter(|(one, _)| one.product == index) {
            supply += tonnes(*output);
            stocks += tonnes(recycler.stock);
        }
        for sector in setup.sectors.iter().filter(|sector| sector.market == index) {
            used += tonnes(sector.use_per_year) * sector.growth.at(middle);
            stocks += tonnes(sector.stock);
        }
        let merchants = setup.merchants.iter().filter(|merchant| merchant.market == index).map(|m| m.stock);
        let reserves = setup.reserves.iter().filter(|reserve| reserve.market == index).map(|r| r.stock);
        stocks += merchants.chain(reserves).map(tonnes).sum::<f64>();
        Row {
            mineral: mineral.id.to_string(),
            stage: market.stage.to_string(),
            supply_t_per_year: supply,
            use_t_per_year: used,
            stocks_t: stocks,
            stocks_weeks_of_use: (used > 0.0).then(|| stocks / (used / WEEKS_PER_YEAR)),
        }
    };
    Balance(setup.markets.iter().enumerate().map(row).collect())
}

/// What each recycler makes in the first year at opening prices.
fn recycled(setup: &Setup) -> Vec<Mass> {
    let mut start = use_stock::Start::default();
    let scrap: Vec<f64> = setup.sectors.iter().map(|sector| use_stock::first_year_scrap(sector, &mut start)).collect();
    let taken = recycler::taken(setup, WEEKS_PER_YEAR, &scrap);
    let output = setup.recyclers.iter().zip(taken).map(|(recycler, scrap)| scrap.share_ppm(recycler.recovery.0));
    output.collect()
}

impl Balance {
    /// Warns of every market whose supply and use lie further apart than [`TOLERANCE`]; one origin per market.
    pub fn compare(&self, stages: &[Origin], cx: &mut Cx) {
        for (row, at) in self.0.iter().zip(stages) {
            let name = format!("{} {}", row.mineral, row.stage);
            match row.gap() {
                None if row.supply_t_per_year > 0.0 => {
                    cx.warn_at(at, format!("nobody uses {name}"), "add a plant or a sector that does");
                }
                Some(gap) if gap.abs() > TOLERANCE => {
                    let side = if gap > 0.0 { "above" } else { "below" };
                    let what = format!(
                        "base-year supply of {name}, {:.0} t, is {:.1} % {side} its use, {:.0} t",
                        row.supply_t_per_year,
                        gap.abs() * 100.0,
                        row.use_t_per_year
                    );
                    cx.warn_at(at, what, "compare capacities, utilization and use with the statistics");
                }
                _ => {}
            }
        }
    }
}

impl fmt::Display for Balance {
    /// A table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(|row| format!("{} {}", row.mineral, row.stage)).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0).max(6);
        writeln!(
            f,
            "{:width$}  {:>14}  {:>14}  {:>8}  {:>12}  {:>12}",
            "market", "supply t/year", "use t/year", "gap %", "stocks t", "weeks of use"
        )?;
        for (name, row) in names.iter().zip(&self.0) {
            let (supply, used, stocks) = (row.supply_t_per_year, row.use_t_per_year, row.stocks_t);
            let gap = row.gap().map_or("-".to_owned(), |gap| format!("{:+.1}", gap * 100.0));
            let weeks = row.stocks_weeks_of_use.map_or("-".to_owned(), |weeks| format!("{weeks:.1}"));
            writeln!(f, "{name:width$}  {supply:>14.1}  {used:>14.1}  {gap:>8}  {stocks:>12.1}  {weeks:>12}")?;
        }
        Ok(())
    }
}
