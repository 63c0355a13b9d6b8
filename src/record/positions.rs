//! `positions` and `stage_positions`: what each nation mines, refines, uses and depends on, year by year.
//!
//! A year has a row when it is over: when the week just stepped is the last to begin in it.

use super::{Observer, Sheet, ids};
use crate::model::Model;
use crate::position::{Class, Holdings, Tally, positions};
use crate::setup::Setup;
use crate::units::{Price, Quantum};

/// Years of which tables may hold rows, from the first on: a run lasts at most 100.
const YEARS: i16 = 102;

/// Adds weeks up and says when a year is over.
pub(super) struct Years {
    setup: Setup,
    tally: Tally,
}

impl Years {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { setup: setup.clone(), tally: Tally::new(setup) }
    }

    /// The key column of years.
    pub(super) fn key(setup: &Setup) -> (&'static str, Vec<String>) {
        let first = setup.calendar.start.year();
        ("year", (first..first.saturating_add(YEARS)).map(|year| year.to_string()).collect())
    }

    /// Adds a week; in the last that begins in a year, calls `close` with the year's place among the names and its sums,
    /// and starts anew.
    pub(super) fn add(&mut self, model: &Model, mut close: impl FnMut(usize, &Setup, &Tally)) {
        self.tally.add(model.world());
        let (first, day) = (self.setup.calendar.start.year(), |week| self.setup.calendar.day(week));
        let (this, next) = (day(model.week() - 1).year(), day(model.week()).year());
        if this != next {
            close((this - first) as usize, &self.setup, &self.tally);
            self.tally = Tally::new(&self.setup);
        }
    }
}

/// Tonnes in so many quanta, of which a rate need not be a whole number.
pub(super) fn tonnes(quantum: Quantum, quanta: f64) -> f64 {
    quanta / quantum.per_tonne() as f64
}

pub(super) struct Positions(Years);

impl Positions {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(Years::new(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let mineral = ("mineral", ids(&setup.minerals, |mineral| &mineral.id));
        let class = ("class", Class::NAMES.map(str::to_owned).to_vec());
        let reals = [
            "mined_t_per_year",
            "refined_t_per_year",
            "recycled_t_per_year",
            "required_t_per_year",
            "use_t_per_year",
            "owned_abroad_t_per_year",
            "ore_reserve_t",
            "reserve_life_years",
            "stock_t",
            "cover_weeks",
            "price_usd_per_t",
            "mining_share",
            "refining_share",
            "reserve_share",
            "net_import_reliance",
            "mined_abroad_share",
            "sources_hhi",
            "world_mining_hhi",
            "world_refining_hhi",
        ];
        Sheet::new(name, vec![Years::key(setup), nation, mineral, class], &reals)
    }
}

impl Observer for Positions {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        self.0.add(model, |year, setup, tally| {
            let holdings = Holdings::of(setup, model.world());
            for (mineral, terms) in setup.minerals.iter().enumerate() {
                let (all, world) = positions(setup, tally, &holdings, mineral);
                let mass = |quanta| tonnes(terms.quantum, quanta);
                for position in &all {
                    let Some(class) = position.class else { continue };
                    let price = position.price.map_or(0.0, |price| usd_per_tonne(terms.quantum, price));
                    let reals = [
                        mass(position.mined),
                        mass(position.refined),
                        mass(position.recycled),
                        mass(position.required),
                        mass(position.used),
                        mass(position.owned_abroad),
                        mass(position.ore_reserve),
                        position.reserve_life().unwrap_or(0.0),
                        mass(position.stock),
                        position.cover_weeks().unwrap_or(0.0),
                        price,
                        position.mining_share,
                        position.refining_share,
                        position.reserve_share,
                        position.import_reliance.unwrap_or(0.0),
                        position.mined_abroad.unwrap_or(0.0),
                        position.sources.unwrap_or(0.0),
                        world.mining.unwrap_or(0.0),
                        world.refining.unwrap_or(0.0),
                    ];
                    sheet.row([year, position.nation, mineral, class as usize], reals);
                }
            }
        });
    }
}

/// A mean price, which need not be a whole number of cents per 1,000 quanta.
pub(super) fn usd_per_tonne(quantum: Quantum, price: f64) -> f64 {
    price * quantum.usd_per_tonne(Price(1))
}

pub(super) struct StagePositions(Years);

impl StagePositions {
    pub(super) fn new(setup: &Setup) -> Self {
        Self(Years::new(setup))
    }

    pub(super) fn sheet(name: &'static str, setup: &Setup) -> Sheet {
        let [mineral, stage] = super::market_keys(setup);
        let nation = ("nation", ids(&setup.nations, |nation| &nation.id));
        let reals = [
            "mined_t_per_year",
            "made_t_per_year",
            "use_t_per_year",
            "imports_t_per_year",
            "exports_t_per_year",
            "capacity_t_per_year",
            "stock_t",
            "price_usd_per_t",
        ];
        Sheet::new(name, vec![Years::key(setup), nation, mineral, stage], &reals)
    }
}

impl Observer for StagePositions {
    fn observe(&mut self, model: &Model, sheet: &mut Sheet) {
        self.0.add(model, |year, setup, tally| {
            let holdings = Holdings::of(setup, model.world());
            for (nation, state) in setup.nations.iter().enumerate() {
                for market in 0..setup.markets.len() {
                    let quantum = setup.mineral_of(market).quantum;
                    let totals = tally.totals(setup, nation, market);
                    let capacity = holdings.capacity(setup, nation, market);
                    let flows = [totals.mined, totals.made, totals.used, totals.imports, totals.exports, capacity];
                    let stock = holdings.stage(setup, nation, market);
                    if stock == 0.0 && flows.iter().all(|flow| *flow == 0.0) {
                        continue;
                    }
                    let [mined, made, used, imports, exports, capacity] = flows.map(|flow| tonnes(quantum, flow));
                    let price = tally.mean_price(market, state.region).unwrap_or(0.0);
                    let (stock, price) = (tonnes(quantum, stock), usd_per_tonne(quantum, price));
                    sheet.row(
                        [year, nation, market, market],
                        [mined, made, used, imports, exports, capacity, stock, price],
                    );
                }
            }
        });
    }
}
