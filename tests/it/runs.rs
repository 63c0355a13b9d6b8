//! Worlds with levers set, runs of them, and their series.

use std::path::Path;

use oreworld::calendar::Date;
use oreworld::experiment::Experiment;
use oreworld::experiment::file::{Changes, load};
use oreworld::record::{Column, Table, Values};
use oreworld::results::simulate::{Keep, RunOutput, simulate};
use oreworld::setup::Setup;
use oreworld::world_file::overlay::Override;
use oreworld::world_file::source::Sources;
use oreworld::world_file::{check, include, scan};

pub(crate) const SHORES: &str = "worlds/two-shores.ron";
pub(crate) const COBALT: &str = "worlds/cobalt-2024.ron";
pub(crate) const STOP: &str = "experiments/cobalt-drc-2025.ron";

/// A world with `path=value` set into it.
pub(crate) fn world<S: AsRef<str>>(path: &str, sets: &[S]) -> Setup {
    let mut sources = Sources::default();
    let bytes = std::fs::read(path).expect("readable");
    let root = scan::read(&mut sources, path, &bytes).unwrap_or_else(|problems| panic!("{problems}"));
    let joined = include::join_files(&mut sources, root, Path::new(path));
    let joined = joined.unwrap_or_else(|problems| panic!("{problems}"));
    let parse = |set: &S| {
        Override::parse(&mut sources, set.as_ref(), set.as_ref()).unwrap_or_else(|problems| panic!("{problems}"))
    };
    let overrides: Vec<Override> = sets.iter().map(parse).collect();
    let checked = check(&sources, joined.root, &overrides).with(joined.problems);
    checked.setup.unwrap_or_else(|| panic!("{}", checked.problems))
}

/// A shipped experiment with `path=value` set into every arm.
pub(crate) fn experiment(path: &str, sets: &[&str]) -> Experiment {
    let set = sets.iter().map(|set| (*set).to_owned()).collect();
    let loaded = load(Path::new(path), &Changes { set, ..Changes::default() });
    loaded.experiment.unwrap_or_else(|| panic!("{}", loaded.problems))
}

/// The world under an arm of the cobalt experiment, with `path=value` set into it.
pub(crate) fn arm(id: &str, sets: &[&str]) -> Setup {
    let experiment = experiment(STOP, sets);
    let arm = experiment.arms.into_iter().find(|arm| arm.id.as_str() == id);
    arm.expect("an arm").setup
}

/// A run and everything it leaves.
pub(crate) fn run(setup: &Setup, seed: u64, weeks: usize, tables: &[&'static str]) -> RunOutput {
    simulate(setup, seed, weeks as u32, Keep::weekly(tables)).unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

/// The week in which something dated that day first binds.
pub(crate) fn week(setup: &Setup, day: &str) -> usize {
    setup.calendar.week_from(Date::parse(day).expect("a day")) as usize
}

/// Per week the sum of a column over the rows with these keys.
pub(crate) fn series(tables: &[Table], table: &str, keys: &[(&str, &str)], column: &str) -> Vec<f64> {
    let table = tables.iter().find(|found| found.name == table).expect("a table");
    let find = |name: &str| &table.columns.iter().find(|column| column.name == name).expect("a column").values;
    let (Values::Week(weeks), Values::Real(reals)) = (find("week"), find(column)) else { panic!("{column}") };
    let mut sums = vec![0.0; weeks.iter().max().map_or(0, |week| *week as usize + 1)];
    let matches = |row: usize| {
        keys.iter().all(|(key, wanted)| match find(key) {
            Values::Key { names, rows } => names[usize::from(rows[row])] == *wanted,
            _ => panic!("{key} is no key"),
        })
    };
    for row in (0..weeks.len()).filter(|&row| matches(row)) {
        sums[weeks[row] as usize] += reals[row];
    }
    sums
}

/// Weekly prices of a stage in a region.
pub(crate) fn price(out: &RunOutput, stage: &str, region: &str) -> Vec<f64> {
    series(&out.tables, "markets", &[("stage", stage), ("region", region)], "price_usd_per_t")
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Rows of a table whose key columns hold only names that `keep` knows, as text, for comparison across worlds.
pub(crate) fn rows(table: &Table, keep: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let count = match &table.columns[0].values {
        Values::Week(weeks) => weeks.len(),
        _ => panic!("the first column is the week"),
    };
    let cell = |column: &Column, row: usize| match &column.values {
        Values::Week(weeks) => weeks[row].to_string(),
        Values::Key { names, rows } => names[usize::from(rows[row])].clone(),
        Values::Real(reals) => format!("{:x}", reals[row].to_bits()),
    };
    let kept = |row: &usize| {
        table
            .columns
            .iter()
            .all(|column| !matches!(column.values, Values::Key { .. }) || keep(column.name, &cell(column, *row)))
    };
    let line = |row| table.columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>().join(" ");
    (0..count).filter(kept).map(line).collect()
}
