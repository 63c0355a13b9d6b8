//! A stand-in for the model: results are tested without it.

use std::path::Path;
use std::sync::Arc;

use super::simulate::{Keep, RunOutput};
use crate::calendar::{Calendar, Date, Week};
use crate::experiment::design::Design;
use crate::experiment::{Arm, Experiment, Input, Seeds};
use crate::id::{Id, Label};
use crate::model::StepError;
use crate::outcome::{MarketName, Measure, Outcome};
use crate::record::{Column, Table, Values};
use crate::setup::Setup;
use crate::units::Price;
use crate::world_file;

pub(crate) fn id(name: &str) -> Id {
    Id::new(name).expect("an id")
}

fn label(en: &str) -> Label {
    Label { zh: en.to_owned(), en: en.to_owned() }
}

/// The one-page world cut down to one market in two regions.
fn setup(opening: i64) -> Setup {
    let text = include_str!("../../worlds/two-shores.ron");
    let mut setup = world_file::load_text("two-shores.ron", text).expect("a sound world");
    setup.markets.remove(0);
    setup.markets[0].opening_price = Price(opening);
    setup.minerals[0].markets = 0..1;
    for (region, name) in setup.regions.iter_mut().zip(["north", "south-east"]) {
        (region.id, region.label) = (id(name), label(name));
    }
    for nation in &mut setup.nations {
        nation.policies.clear();
    }
    (setup.mines, setup.plants, setup.sectors) = Default::default();
    (setup.merchants, setup.reserves) = Default::default();
    setup
}

/// Two arms, so many seeds and weeks.
pub(crate) fn experiment(seeds: u32, weeks: Week) -> Experiment {
    let arm = |name, opening| Arm { id: id(name), label: label(name), setup: setup(opening), destroys: Vec::new() };
    let market = MarketName { mineral: id("cobalt"), stage: id("refined") };
    let outcome = |name, measure| Outcome { id: id(name), measure, weeks: 0..weeks };
    Experiment {
        id: id("fake"),
        label: label("Fake"),
        question: label("What if?"),
        levers: vec!["B1".to_owned()],
        calendar: Calendar { start: Date::parse("2024-01-01").expect("a day") },
        weeks,
        seeds: Seeds { first: 1, count: seeds },
        baseline: 1,
        arms: vec![arm("ban", 3_000_000), arm("open", 2_500_000)],
        design: Design::of_one_point(),
        outcomes: vec![
            outcome("mean-price", Measure::PriceMean(market.clone(), id("north"))),
            outcome("peak-week", Measure::PriceTimeToPeak(market, id("north"))),
            outcome("shortage", Measure::FirstShortage(vec![id("steel")], 0.5)),
        ],
        facts: Vec::new(),
        tables: vec!["markets", "sectors"],
        inputs: vec![Input { name: "experiment.ron".to_owned(), bytes: b"Experiment()".to_vec() }],
        overrides: Vec::new(),
        warnings: Vec::new(),
    }
}

/// A wave of prices that depends on world, seed and week; a shortage in some seeds.
#[expect(clippy::unnecessary_wraps, reason = "as the model's")]
pub(crate) fn simulate(setup: &Setup, seed: u64, weeks: Week, keep: Keep) -> Result<RunOutput, StepError> {
    let draw = |week: Week, what: &str| {
        let hash = blake3::hash(format!("{seed} {week} {what}").as_bytes());
        f64::from(u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]])) / 65_536.0
    };
    let regions: Arc<[String]> = setup.regions.iter().map(|region| region.id.to_string()).collect();
    let opening = setup.markets[0].opening_price.0 as f64 / 100.0;
    let all: Vec<Week> = (0..weeks).collect();
    let twice: Vec<Week> = all.iter().flat_map(|&week| [week, week]).collect();
    let one = |name: &str, rows| Values::Key { names: [name.to_owned()].into(), rows: vec![0; rows] };
    let real = |of: &dyn Fn(Week) -> f64, weeks: &[Week]| Values::Real(weeks.iter().map(|&week| of(week)).collect());
    let price = |week| opening * (1.0 + 0.2 * draw(week, "price"));
    let column = |name, values| Column { name, values };
    let markets = Table {
        name: "markets",
        columns: vec![
            column("week", Values::Week(twice.clone())),
            column("mineral", one("cobalt", twice.len())),
            column("stage", one("refined", twice.len())),
            column("region", Values::Key { names: regions, rows: (0..twice.len()).map(|i| i as u16 % 2).collect() }),
            column("price_usd_per_t", real(&price, &twice)),
            column("stock_t", real(&|week| 900.0 - f64::from(week), &twice)),
            column("under_way_t", real(&|week| 10.0 + f64::from(week), &twice)),
        ],
    };
    let sectors = Table {
        name: "sectors",
        columns: vec![
            column("week", Values::Week(all.clone())),
            column("sector", one("steel", all.len())),
            column("required_t", real(&|_| 1.0, &all)),
            column("unmet_t", real(&|week| f64::from(u8::from(seed.is_multiple_of(2) && week > 3)), &all)),
            column("stock_t", real(&|_| 5.0, &all)),
        ],
    };
    let hashed = all.iter().filter(|&&week| keep.hashes(week, weeks));
    let hashes = hashed.map(|&week| seed * 1_000 + u64::from(week)).collect();
    let tables = [markets, sectors].into_iter().filter(|table| keep.tables.contains(&table.name)).collect();
    Ok(RunOutput { tables, hashes })
}

/// Bytes of every file of a folder by name, without the journal.
pub(crate) fn contents(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(contents(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else if name != super::runner::JOURNAL {
            found.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
    found
}
