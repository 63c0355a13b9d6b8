//! The model in its limit: where theory has an exact solution, orders that clear in the market must find it.
//!
//! Every case runs a world of `worlds/limits/` and compares what the market did with the published solution. What was
//! measured is printed beside the reference: `cargo test --test it limits -- --nocapture`.

use oreworld::agent::Agent;
use oreworld::harvest::Harvest;
use oreworld::ledger::{Ledger, Slot};
use oreworld::market::Markets;
use oreworld::merchant::Merchant;
use oreworld::model::Model;
use oreworld::setup::Setup;

use crate::runs::world;

const STORAGE: &str = "worlds/limits/storage.ron";

/// The unit of mass of the theory in quanta, and that of price in cents per 1,000 quanta.
const UNIT: f64 = 1e7;
const PRICE: f64 = 1e6;

/// A week in the units of the theory.
#[derive(Debug, Clone, Copy)]
struct Period {
    /// A: used and carried out.
    available: f64,
    /// S.
    stock: f64,
    /// P.
    price: f64,
    /// H planned for the next week.
    harvest: f64,
}

fn period(model: &Model) -> Period {
    let market = &model.world().resource::<Markets>()[0].regions[0];
    let ledger = model.world().resource::<Ledger>();
    let (mut stock, mut harvest) = (0.0, 0.0);
    model.each::<(&Agent, &Merchant)>(|(agent, _)| stock += ledger.mass(agent.account, Slot::Store).real() / UNIT);
    model.each::<&Harvest>(|plan| harvest += plan.planned / UNIT);
    Period { available: stock + market.used.real() / UNIT, stock, price: market.price.real() / PRICE, harvest }
}

fn periods(setup: &Setup, seed: u64, weeks: u32) -> Vec<Period> {
    let mut model = Model::new(setup, seed);
    let week = |_| {
        model.step().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        period(&model)
    };
    (0..weeks).map(week).collect()
}

fn show(what: &str, measured: f64, reference: f64) {
    println!("{what:32} measured {measured:10.5}   reference {reference:10.5}");
}

#[track_caller]
fn within(what: &str, measured: f64, reference: f64, tolerance: f64) {
    show(what, measured, reference);
    assert!((measured - reference).abs() <= tolerance, "{what}: {measured} against {reference} ± {tolerance}");
}

/// What two neighboring observations say of availability in between.
fn at(observed: &[Period], available: f64) -> Period {
    let after = observed.partition_point(|period| period.available <= available);
    let (a, b) = (observed[after - 1], observed[after]);
    let part = (available - a.available) / (b.available - a.available);
    let between = |read: fn(&Period) -> f64| read(&a) + part * (read(&b) - read(&a));
    Period {
        available,
        stock: between(|period| period.stock),
        price: between(|period| period.price),
        harvest: between(|period| period.harvest),
    }
}

/// Many short runs from filled and from empty warehouses, in order of availability.
fn observed(nodes: u32) -> Vec<Period> {
    let mut all: Vec<Period> = Vec::new();
    for stock in [(0, 0), (2_000, 1_000), (4_000, 2_000)] {
        let setup = world(
            STORAGE,
            &[
                format!("merchant_rules.storer.forecast=Rational(nodes: {nodes}, steps: 6_000)"),
                "sector_rules.eaters.spot.steps=20_000".into(),
                format!("merchants.large.stock=Tonnes({})", stock.0),
                format!("merchants.small.stock=Tonnes({})", stock.1),
            ],
        );
        all.extend((1..=20).flat_map(|seed| periods(&setup, seed, 40)));
    }
    all.sort_by(|a, b| a.available.total_cmp(&b.available));
    all
}

/// STO1 of the RECS demonstrations, after Wright and Williams 1982.
#[test]
fn storers_who_know_the_market_stop_at_the_cut_off_price() {
    for (nodes, cut_off, available, harvest) in [(7, 0.93376, 1.01380, 1.00681), (51, 0.93572, 1.01338, 1.00721)] {
        println!("{nodes} nodes");
        let seen = observed(nodes);
        let storing = || seen.iter().filter(|period| period.stock > 0.0);
        let empty = || seen.iter().filter(|period| period.stock == 0.0);
        let highest = storing().map(|period| period.price).fold(0.0, f64::max);
        let lowest = empty().map(|period| period.price).fold(f64::INFINITY, f64::min);
        within("highest price with stock", highest, cut_off, 1e-3);
        within("lowest price without", lowest, cut_off, 1e-3);
        let least = storing().map(|period| period.available).fold(f64::INFINITY, f64::min);
        within("least availability with stock", least, available, 1e-3);
        for period in empty() {
            assert!((period.harvest - harvest).abs() < 1e-4, "{period:?}");
        }
        show("harvest after a stock-out", empty().map(|period| period.harvest).fold(0.0, f64::max), harvest);
    }
}

#[test]
fn stock_price_and_harvest_follow_availability_as_in_the_table() {
    let seen = observed(7);
    for (available, stock, harvest, price) in [
        (0.90, 0.0, 1.00681, 1.69351),
        (1.00, 0.0, 1.00681, 1.00000),
        (1.05, 0.02496, 0.99668, 0.88367),
        (1.10, 0.06094, 0.98450, 0.82567),
        (1.20, 0.13638, 0.96389, 0.73461),
        (1.30, 0.21710, 0.94827, 0.67152),
        (1.50, 0.38487, 0.92338, 0.57993),
    ] {
        let found = at(&seen, available);
        within(&format!("A {available}: stock"), found.stock, stock, 5e-4);
        within(&format!("A {available}: harvest"), found.harvest, harvest, 5e-4);
        within(&format!("A {available}: price"), found.price, price, 1e-3);
    }
}
