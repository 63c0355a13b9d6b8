//! The same inputs give the same numbers: in another run, with other threads, whatever is recorded, whoever else is
//! there without acting, and whichever way a market was solved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use oreworld::experiment::Experiment;
use oreworld::model::Model;
use oreworld::record::{TABLES, Table, Values};
use oreworld::results::runner::{self, Finish, Options};
use oreworld::results::simulate::{RunOutput, simulate};
use oreworld::setup::Setup;
use oreworld::streams::known_answer_digest;
use proptest::prelude::*;

use crate::bless;
use crate::levers::{self, cases, decrees};
use crate::runs::{COBALT, SHORES, STOP, arm, experiment, rows, run, series, world};

const BAN: &str = "experiments/two-shores-ban.ron";
const DECISIONS: &str = "experiments/two-shores-decisions.ron";

/// State hashes of both experiments. Native runs in debug and in release builds are held to them here, WebAssembly by
/// `web/check.mjs`. When they change, every number of every run may: `BLESS=1 cargo test --test it golden` writes them
/// anew, and CHANGELOG says under "Numbers change" what changed and how much.
#[test]
fn golden_hashes_hold() {
    let mut golden =
        String::from("# State hashes: experiment/arm, seed, weeks, hash. Written by tests/it/determinism.rs.\n");
    writeln!(golden, "draws 0 0 {:016x}", known_answer_digest()).expect("a string");
    for path in [BAN, DECISIONS, STOP] {
        let experiment = experiment(path, &[]);
        for (arm, seed) in experiment.arms.iter().flat_map(|arm| [(arm, 1), (arm, 20_260_105)]) {
            let hashes = run(&arm.setup, seed, experiment.weeks as usize, &[]).hashes;
            for weeks in [1, 60, 96, hashes.len()] {
                writeln!(golden, "{}/{} {seed} {weeks} {:016x}", experiment.id, arm.id, hashes[weeks - 1])
                    .expect("a string");
            }
        }
    }
    bless::compare("tests/it/golden.txt", &golden);
}

/// The same of worlds that are put together from several files, which WebAssembly does not read: futures, nations that decide, reserves
/// by rule.
#[test]
fn golden_hashes_of_joined_worlds_hold() {
    let mut golden = String::from("# State hashes: world, seed, weeks, hash. Written by tests/it/determinism.rs.\n");
    for (path, last) in [
        ("worlds/two-shores-futures.ron", 120),
        ("worlds/cobalt-2024-futures.ron", 40),
        ("worlds/cobalt-2024-nations.ron", 300),
        ("worlds/cobalt-2024-reserves.ron", 200),
    ] {
        let setup = world::<&str>(path, &[]);
        let hashes = run(&setup, 1, last, &[]).hashes;
        for weeks in [1, last / 2, last] {
            writeln!(golden, "{} 1 {weeks} {:016x}", setup.id, hashes[weeks - 1]).expect("a string");
        }
    }
    bless::compare("tests/it/golden-joined.txt", &golden);
}

#[test]
fn the_same_inputs_give_the_same_weeks() {
    for setup in [world::<&str>(SHORES, &[]), arm("as-it-happened", &[])] {
        let all = |seed| run(&setup, seed, 200, TABLES);
        assert!(all(3) == all(3));
        assert!(all(3).hashes != all(4).hashes);
    }
}

#[test]
fn a_later_week_does_not_depend_on_how_far_a_run_goes() {
    let setup = arm("as-it-happened", &[]);
    assert_eq!(run(&setup, 5, 80, &[]).hashes, run(&setup, 5, 160, &[]).hashes[..80]);
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// On the real world, with quotas, reserves and all tables, and on pure finance; the command line is held to it in
/// `resume`.
#[test]
fn any_number_of_threads_gives_the_same_files() {
    same_files(experiment(STOP, &[]), 110);
    same_files(experiment("experiments/fcn.ron", &[]), 20);
}

fn same_files(mut experiment: Experiment, weeks: u32) {
    (experiment.seeds.count, experiment.weeks) = (3, weeks);
    for outcome in &mut experiment.outcomes {
        outcome.weeks = outcome.weeks.start.min(100)..outcome.weeks.end.min(110);
    }
    let with = |threads| {
        let out = tempfile::tempdir().expect("a folder");
        let options = Options { threads: Some(threads), force: false };
        let finish = runner::run(
            &experiment,
            out.path(),
            options,
            &simulate,
            &std::sync::atomic::AtomicBool::new(false),
            &mut |_| (),
        )
        .expect("a run");
        assert_eq!(finish, Finish::Complete);
        files(out.path())
    };
    let one = with(1);
    assert!(one.len() >= 8, "{:?}", one.keys());
    for threads in [2, 8] {
        assert!(with(threads) == one, "{threads} threads");
    }
}

#[test]
fn recording_changes_nothing() {
    let setup = arm("reserve-60-days", &[]);
    let all = run(&setup, 2, 160, TABLES);
    let bare = run(&setup, 2, 160, &[]);
    assert_eq!(bare.hashes, all.hashes);
    for name in TABLES {
        let one = run(&setup, 2, 160, &[name]);
        assert_eq!(one.hashes, all.hashes, "{name}");
        let expected: Vec<_> = all.tables.iter().filter(|table| table.name == *name).collect();
        assert_eq!(one.tables.iter().collect::<Vec<_>>(), expected, "{name}");
    }
    // Nor does asking for the state hash.
    let mut quiet = Model::new(&setup, 2);
    for _ in 0..160 {
        quiet.step().unwrap_or_else(|error| panic!("{error}"));
    }
    assert_eq!(quiet.state_hash(), bare.hashes[159]);
}

/// What is added to the real world without acting in it: a name for messages, what is set.
const INERT: &[(&str, &[&str])] = &[
    (
        "a reserve without stock, target or money",
        &["reserves.aaa=(label: (zh: \"储\", en: \"R\"), nation: \"fin\", mineral: \"cobalt\", stage: \"refined\", \
           stock: Tonnes(0), target: Days(0), buy_below: Share(0.1), release_above: Share(0.2), approval: Weeks(4), \
           buy_per_week: Days(0), release_per_week: Days(0), budget: Usd(0))"],
    ),
    (
        "a merchant with room for a kilogram and no money",
        &[
            "merchants.aaa=(label: (zh: \"商\", en: \"M\"), nation: \"idn\", mineral: \"cobalt\", stage: \"hydroxide\", \
           rule: \"trader\", stock: Tonnes(0), capacity: Tonnes(0.001), credit: Usd(0))",
        ],
    ),
    (
        "a mine with a kilogram of ore, too little to recover any",
        &["mines.aaa=(label: (zh: \"矿\", en: \"M\"), nation: \"aus\", owner: \"aus\", mineral: \"cobalt\", \
           host: Plan(\"nickel-aus\"), rule: \"by-product\", capacity: TonnesPerYear(5_000), cash_cost: UsdPerTonne(6_000), \
           recovery: Share(0.7), ore_reserve: Tonnes(0.001), stock: Tonnes(0))"],
    ),
    (
        "a policy in force long after the run",
        &["nations.cod.policies.aaa=ExportBan(announced: Date(\"2090-01-01\"), in_force: Date(\"2091-01-01\"), \
           mineral: \"cobalt\", stages: [\"hydroxide\"])"],
    ),
    (
        "a levy of nothing",
        &["nations.cod.policies.aaa=ExportDuty(announced: Date(\"2024-03-01\"), in_force: Date(\"2024-06-01\"), \
           mineral: \"cobalt\", stages: [\"hydroxide\"], rate: Share(0))"],
    ),
    (
        "a nation in a region of its own that nobody is in",
        &[
            "regions.aaa=(label: (zh: \"空\", en: \"Empty\"))",
            "nations.aaa=(label: (zh: \"空\", en: \"Empty\"), region: \"aaa\")",
        ],
    ),
    (
        "a mineral that nobody trades",
        &["minerals.aaa=(label: (zh: \"甲\", en: \"A\"), quantum: Gram, expectations: (memory: Weeks(13), \
           horizon: Weeks(40), balance_weight: Share(0.4), elasticity: 0.5, bounds: (0.5, 4.0)), stages: [(id: \"refined\", \
           label: (zh: \"甲\", en: \"A\"), opening_price: UsdPerTonne(25_000), long_run_price: UsdPerTonne(30_000), \
           tick: UsdPerTonne(10), storage: UsdPerTonneYear(60), normal_cover: Weeks(6), \
           freight: (other: (cost: UsdPerTonne(300), time: Weeks(6))))])"],
    ),
];

/// Ids that sort first shift the index of everybody else; their numbers stay what they were.
#[test]
fn who_does_not_act_changes_nothing() {
    let old = |_: &str, name: &str| name != "aaa";
    let before = run(&arm("reserve-60-days", &[]), 6, 180, TABLES);
    for (what, sets) in INERT {
        let setup = arm("reserve-60-days", sets);
        let after = run(&setup, 6, 180, TABLES);
        for (table, expected) in after.tables.iter().zip(&before.tables) {
            let (found, expected) = (rows(table, old), rows(expected, old));
            let first = found.iter().zip(&expected).find(|(a, b)| a != b);
            assert!(found == expected, "{what}: {}: {first:?}", table.name);
        }
    }
}

/// The files of a folder of worlds, put together by `include`.
fn together(parts: &[&str]) -> Setup {
    let folder = tempfile::tempdir().expect("a folder");
    let mut names = Vec::new();
    for part in parts {
        let name = Path::new(part).file_name().expect("a file").to_string_lossy().into_owned();
        std::fs::copy(part, folder.path().join(&name)).expect("a copy");
        names.push(format!("{name:?}"));
    }
    let whole = folder.path().join("whole.ron");
    let text = format!(
        "World(schema: 1, id: \"whole\", label: (zh: \"合\", en: \"Whole\"), statistics: \"None\", include: [{}])",
        names.join(", ")
    );
    std::fs::write(&whole, text).expect("a world");
    oreworld::world_file::load(&whole).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Names in a run's tables, by column.
fn names(tables: &[Table]) -> BTreeSet<(&str, &str)> {
    let columns = tables.iter().flat_map(|table| &table.columns);
    let keys = columns.filter_map(|column| match &column.values {
        Values::Key { names, .. } => Some(names.iter().map(|name| (column.name, name.as_str()))),
        _ => None,
    });
    keys.flatten().collect()
}

/// Asserts that what a run records of itself stands unchanged among what another records.
fn part_of(what: &str, part: &RunOutput, whole: &RunOutput) {
    let names = names(&part.tables);
    for (table, expected) in whole.tables.iter().zip(&part.tables) {
        let found = rows(table, |column, name| names.contains(&(column, name)));
        let expected = rows(expected, |_, _| true);
        let first = found.iter().zip(&expected).find(|(a, b)| a != b);
        assert!(found == expected, "{what}: {}: {first:?}", table.name);
    }
}

/// Worlds that trade nothing with one another run together as they run alone, to the bit.
#[test]
fn minerals_without_a_link_do_not_touch() {
    let parts = [SHORES, "worlds/limits/curves.ron", "worlds/limits/storage.ron"];
    let whole = run(&together(&parts), 11, 150, TABLES);
    for part in parts {
        part_of(part, &run(&world::<&str>(part, &[]), 11, 150, TABLES), &whole);
    }
}

/// So does a nation that nothing is carried to or from, with a mine, a sector and a merchant that trade at home.
#[test]
fn an_island_does_not_touch_the_rest() {
    let shores = [
        "minerals.cobalt.stages.refined.freight=(routes: [(from: \"north\", to: \"south\", cost: UsdPerTonne(300), time: Weeks(6))])",
    ];
    let island = [
        "regions.atoll=(label: (zh: \"岛\", en: \"Atoll\"))",
        "nations.atoll=(label: (zh: \"岛\", en: \"Atoll\"), region: \"atoll\")",
        "mines.atoll=(label: (zh: \"岛\", en: \"Atoll\"), nation: \"atoll\", owner: \"atoll\", mineral: \"cobalt\", stage: \"refined\", \
         rule: \"by-product\", capacity: TonnesPerYear(5_000), cash_cost: UsdPerTonne(9_000), recovery: Share(0.9), \
         ore_reserve: Tonnes(100_000))",
        "sectors.atoll=(label: (zh: \"岛\", en: \"Atoll\"), nation: \"atoll\", mineral: \"cobalt\", rule: \"batteries\", \
         use: TonnesPerYear(6_000), priority: 1, lead: Weeks(1))",
        "merchants.atoll=(label: (zh: \"岛\", en: \"Atoll\"), nation: \"atoll\", mineral: \"cobalt\", stage: \"refined\", \
         rule: \"trader\", capacity: Tonnes(900), credit: Usd(9_000_000))",
    ];
    // Positions are shares of the world, of which the island is a part.
    let tables: Vec<&'static str> = TABLES.iter().copied().filter(|table| *table != "positions").collect();
    let alone = run(&world(SHORES, &shores), 3, 150, &tables);
    let sets: Vec<&str> = shores.iter().chain(&island).copied().collect();
    let whole = run(&world(SHORES, &sets), 3, 150, &tables);
    let traded: f64 = series(&whole.tables, "markets", &[("region", "atoll")], "bought_t").iter().sum();
    assert!(traded > 1_000.0, "the island trades at home: {traded}");
    part_of("an island", &alone, &whole);
}

/// Every week's hash of a run, with markets solved from last week's prices or from nothing.
fn hashes(setup: &Setup, seed: u64, weeks: u32, cold: bool) -> Vec<u64> {
    let mut model = Model::new(setup, seed);
    if cold {
        model.solve_cold();
    }
    let mut week = || {
        model.step().unwrap_or_else(|error| panic!("{error}"));
        model.state_hash()
    };
    (0..weeks).map(|_| week()).collect()
}

#[test]
fn a_warm_start_finds_what_a_cold_one_finds_in_every_arm() {
    for (arm, seed) in experiment(STOP, &[]).arms.iter().flat_map(|arm| (1..=3).map(move |seed| (arm, seed))) {
        let (warm, cold) = (hashes(&arm.setup, seed, 366, false), hashes(&arm.setup, seed, 366, true));
        let first = warm.iter().zip(&cold).position(|(a, b)| a != b);
        assert_eq!(first, None, "{} seed {seed}", arm.id);
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_warm_start_finds_what_a_cold_one_finds(sets in decrees(levers::COBALT), seed in any::<u64>()) {
        let setup = world(COBALT, &sets);
        let (warm, cold) = (hashes(&setup, seed, 220, false), hashes(&setup, seed, 220, true));
        prop_assert_eq!(warm.iter().zip(&cold).position(|(a, b)| a != b), None);
    }
}
