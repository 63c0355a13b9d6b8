//! Search for settings: the published Markov decision problem is found, stopped searches end with the same bytes, and
//! what is wrong with a search is said at once.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::flips::every_flipped_bit_is_found;
use super::kills::{Kills, contents, timed};
use oreworld::experiment::file::Changes;
use oreworld::math;
use oreworld::model::StepError;
use oreworld::optimize::file::{Search, load};
use oreworld::optimize::front::front;
use oreworld::optimize::work::{SearchError, work};
use oreworld::record::{Column, Table, Values};
use oreworld::results::simulate::{Keep, RunOutput, simulate};
use oreworld::setup::Setup;
use oreworld::streams::{Draw, Purpose, Streams};

const MARKOV: &str = "experiments/markov-reserve-search.ron";

/// Cost of the best table, after Teisberg 1981 as the GAMS library has it.
const LEAST: f64 = 2_401.577;

/// The table that the shipped search found when it was run with the model itself, see its head.
const FOUND: Rows = [[1, 1, 1, 2, 3, 4, 5, 6], [0, 0, 1, 1, 1, 3, 3, 4]];

/// Steps to carry by stock in normal weeks, and in disrupted ones.
type Rows = [[u32; 8]; 2];

/// Normal price.
const NORMAL: f64 = 34.526;

/// Price in a week in which so many steps of 3 are added to the stock.
fn price(disrupted: bool, added: i32) -> f64 {
    let used = if disrupted { 229.0 } else { 240.0 } - 3.0 * f64::from(added);
    math::powf(342.0 / used, 10.0)
}

/// What a week costs: a quarter of what users of imports lose, what is bought at the week's price, and .32 for what is carried.
fn cost(disrupted: bool, held: u32, carried: u32) -> f64 {
    let added = carried as i32 - held as i32;
    let p = price(disrupted, added);
    let loss = -130.0 * (p - NORMAL) + 342.0 * (math::powf(p, 0.9) - math::powf(NORMAL, 0.9)) / 0.9;
    0.25 * loss + 3.0 * p * f64::from(added) + 0.96 * f64::from(carried)
}

/// Mean over the sixteen states of the discounted cost of following a table for ever: the solution of V = c + .95·P·V.
fn exactly(table: &Rows) -> f64 {
    let mut values = [[0.0_f64; 2]; 8];
    for _ in 0..1_000 {
        let ahead = |carried: u32, state: usize| {
            let stay = [0.8, 0.5][state];
            let next = values[carried as usize];
            stay * next[state] + (1.0 - stay) * next[1 - state]
        };
        values = std::array::from_fn(|held| {
            std::array::from_fn(|state| {
                let carried = table[state][held];
                cost(state == 1, held as u32, carried) + 0.95 * ahead(carried, state)
            })
        });
    }
    values.iter().flatten().sum::<f64>() / 16.0
}

fn table_of(setup: &Setup) -> Rows {
    let table = setup.reserves[0].rule.table.as_ref().expect("a table");
    [&table.normal, &table.disrupted].map(|row| std::array::from_fn(|held| row[held]))
}

fn tabled(name: &'static str, key: &'static str, id: &str, columns: &[(&'static str, Vec<f64>)]) -> Table {
    let weeks = columns[0].1.len();
    let week = Column { name: "week", values: Values::Week((0..weeks as u32).collect()) };
    let of_key =
        |name, id: &str| Column { name, values: Values::Key { names: [id.to_owned()].into(), rows: vec![0; weeks] } };
    let mut all = vec![week, of_key(key, id)];
    if name == "markets" {
        all.extend([of_key("mineral", "oil"), of_key("stage", "oil")]);
    }
    all.extend(columns.iter().map(|(name, values)| Column { name, values: Values::Real(values.clone()) }));
    Table { name, columns: all }
}

/// The Markov problem itself as a run would leave it, given which weeks are disrupted.
fn problem(setup: &Setup, disrupted: &[bool]) -> RunOutput {
    let table = table_of(setup);
    let mut held = math::round(setup.reserves[0].stock.real() / 3e6) as u32;
    let [mut prices, mut used, mut bought, mut sold, mut stock] = [const { Vec::new() }; 5];
    for &state in disrupted {
        let carried = table[usize::from(state)][held as usize];
        let added = f64::from(carried) - f64::from(held);
        prices.push(1_000.0 * price(state, carried as i32 - held as i32));
        used.push(1_000.0 * (if state { 229.0 } else { 240.0 } - 3.0 * added));
        let paid = 3_000.0 * added * prices[prices.len() - 1];
        bought.push(paid.max(0.0));
        sold.push((-paid).max(0.0));
        stock.push(3_000.0 * f64::from(carried));
        held = carried;
    }
    let weeks = disrupted.len();
    let same = |value: f64| vec![value; weeks];
    let kept: Vec<f64> = stock.iter().map(|stock| 320.0 * stock).collect();
    let flows = [("spent_usd", bought), ("earned_usd", sold), ("stock_t", stock), ("under_way_t", same(0.0))];
    let tables = vec![
        tabled("markets", "region", "home", &[("price_usd_per_t", prices)]),
        tabled("sectors", "sector", "users", &[("used_t", used), ("required_t", same(240_000.1))]),
        tabled("mines", "mine", "own", &[("sold_t", same(130_000.0))]),
        tabled("reserves", "reserve", "agency", &flows),
        tabled(
            "agencies",
            "reserve",
            "agency",
            &[("kept_for_usd", kept), ("carriage_usd", same(0.0)), ("fees_usd", same(0.0))],
        ),
    ];
    RunOutput { tables, hashes: vec![0; weeks] }
}

/// Which weeks are disrupted: after a normal week one in five, after a disrupted one every other.
fn chain(seed: u64, weeks: u32) -> Vec<bool> {
    const STATE: Purpose = Purpose::new("test.markov");
    let mut state = false;
    let mut next = |week| {
        let chance = if state { 0.5 } else { 0.2 };
        state = Streams::new(seed).at(STATE, 0, week).bernoulli(chance);
        state
    };
    (0..weeks).map(&mut next).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "as the model does")]
fn exact_problem(setup: &Setup, seed: u64, weeks: u32, keep: Keep) -> Result<RunOutput, StepError> {
    let hashes = (0..weeks).filter(|&week| keep.hashes(week, weeks)).map(|_| 0).collect();
    Ok(RunOutput { hashes, ..problem(setup, &chain(seed, weeks)) })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file in a folder, changed, whose world is found.
fn changed(folder: &Path, file: &str, edit: impl Fn(String) -> String) -> PathBuf {
    let text = std::fs::read_to_string(root().join(file)).expect("a file");
    let path = folder.join("search.ron");
    let text = text.replace("\"../worlds", &format!("\"{}", root().join("worlds").display()));
    std::fs::write(&path, edit(text)).expect("a disk");
    path
}

fn loaded(path: &Path) -> Search {
    let loaded = load(path, &Changes::default());
    loaded.search.unwrap_or_else(|_| panic!("{}", loaded.problems))
}

#[test]
fn the_reference_is_the_least_and_the_shipped_search_came_within_a_percent() {
    let reference = [[1, 1, 2, 2, 3, 4, 5, 6], [0, 0, 1, 1, 2, 3, 3, 4]];
    assert!((exactly(&reference) - LEAST).abs() < 0.001, "{}", exactly(&reference));
    let found = exactly(&FOUND);
    println!("the shipped search: {found:.3}");
    assert!((LEAST - 0.001..=LEAST * 1.01).contains(&found), "{found}");
    let nothing = exactly(&[[0; 8]; 2]);
    assert!(nothing > LEAST * 1.05, "to hold nothing costs {nothing}");
}

#[test]
fn the_market_gives_the_costs_of_the_markov_problem() {
    let search = loaded(&root().join(MARKOV));
    let experiment = &search.experiment;
    let arm = experiment.arms.iter().find(|arm| arm.id.as_str() == "from-9").expect("a scenario");
    let (mut weeks, mut disrupted_weeks, mut again) = (0, 0, (0, 0));
    // The table of the reference, and one that buys and sells all that it can at once.
    for table in
        [[[1, 1, 2, 2, 3, 4, 5, 6], [0, 0, 1, 1, 2, 3, 3, 4]], [[7, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 7, 0, 0, 0, 7]]]
    {
        let mut setup = arm.setup.clone();
        let held = setup.reserves[0].rule.table.as_mut().expect("a table");
        [held.normal, held.disrupted] = table.map(|row| row.to_vec());
        for seed in 1..=4 {
            let out = simulate(&setup, seed, experiment.weeks, Keep::last(&experiment.needed())).expect("a run");
            let made = crate::runs::series(&out.tables, "mines", &[("mine", "unsafe")], "output_t");
            let disrupted: Vec<bool> = made.iter().map(|made| *made < 1.0).collect();
            let expected = problem(&setup, &disrupted);
            let of = |out: &RunOutput| experiment.outcomes[0].evaluate(&setup, &out.tables).expect("a cost");
            let (found, reference) = (of(&out), of(&expected));
            println!("seed {seed}: {found:.0} of {reference:.0}");
            assert!((found / reference - 1.0).abs() < 0.005, "seed {seed}: {found} against {reference}");
            let stocks = |out: &RunOutput| crate::runs::series(&out.tables, "reserves", &[], "stock_t");
            let gap = stocks(&out).into_iter().zip(stocks(&expected)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(gap < 1.0, "seed {seed}: {gap} t");
            weeks += disrupted.len();
            disrupted_weeks += disrupted.iter().filter(|state| **state).count();
            for pair in disrupted.windows(2).filter(|pair| pair[0]) {
                again.0 += usize::from(pair[1]);
                again.1 += 1;
            }
        }
    }
    // In the long run two weeks of seven are disrupted, and half of those that follow such a week; within four deviations.
    let (share, stays) = (disrupted_weeks as f64 / weeks as f64, f64::from(again.0 as u32) / f64::from(again.1 as u32));
    assert!((share - 2.0 / 7.0).abs() < 0.14 && (stays - 0.5).abs() < 0.22, "{share} {stays}");
}

#[test]
fn a_search_finds_a_table_within_a_percent_of_the_markov_problem() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = |text: String| {
        text.replace("population: 24, generations: 8", "population: 8, generations: 2")
            .replace("count: 400)", "count: 40)")
    };
    let search = loaded(&changed(folder.path(), MARKOV, small));
    let out = folder.path().join("out");
    let stop = AtomicBool::new(false);
    let found = work(&search, &out, None, &stop, &exact_problem, &|_| ()).expect("a disk");
    let best = &found.tried[found.front[0]];
    assert_eq!(found.front.len(), 1, "one objective, one best");
    // Factors are in order of id: those of disrupted weeks first.
    let number = |place: usize| best.drawn[place].number as u32;
    let table = [std::array::from_fn(|held| number(8 + held)), std::array::from_fn(number)];
    let exact = exactly(&table);
    println!("{} settings, {table:?}: {exact:.3}, {:.2} % above", found.tried.len(), 100.0 * (exact / LEAST - 1.0));
    assert!((LEAST - 0.001..=LEAST * 1.01).contains(&exact), "{exact}");

    let front = front(&search, &found);
    let worth = &front.front[0].worth.objectives[0];
    let (fresh, difference) = (worth.fresh.expect("values"), worth.difference.expect("values"));
    assert!(difference.high.expect("an interval") < 0.0, "better than to hold nothing: {difference:?}");
    assert!(fresh.low.expect("an interval") < fresh.value);
    assert!(front.front[0].set.contains(&("reserve_rules.table.table.disrupted.0".to_owned(), number(0).to_string())));
}

/// A small search of the one-page world with two objectives.
fn shores(folder: &Path, edit: impl Fn(String) -> String) -> PathBuf {
    changed(folder, "experiments/two-shores-search.ron", edit)
}

fn oreworld(args: &[&str], paths: &[&Path]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oreworld"));
    command.args(args).args(paths).stdin(Stdio::null()).current_dir(root());
    command
}

fn output(args: &[&str], paths: &[&Path]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = oreworld(args, paths).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

/// Runs a fifth of a year, few settings.
fn short(text: String) -> String {
    text.replace("until: Date(\"2025-12-31\")", "until: Date(\"2024-03-11\")")
        .replace("from: Date(\"2025-01-01\")", "from: Date(\"2024-02-01\")")
        .replace("value: 2_200", "value: 10_000")
        .replace(
            "announced: Date(\"2025-01-06\"), in_force: Date(\"2025-02-24\")",
            "announced: Date(\"2024-01-08\"), in_force: Date(\"2024-01-15\")",
        )
        .replace("population: 6, generations: 3)", "population: 6, generations: 3, polish: 2)")
}

#[test]
fn killed_at_any_instant_or_with_other_threads_it_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = shores(folder.path(), short);
    let done = |to: &Path, threads: &str| {
        let (code, out, err) = output(&["optimize", "--quiet", "--threads", threads, "--out"], &[to, file.as_path()]);
        assert_eq!(code, 0, "{err}");
        (out, contents(to))
    };
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let ((out, expected), time) = timed(|| done(&one, "1"));
    assert!(done(&two, "2").1 == expected, "two threads");
    for name in [
        "front.json",
        "manifest.json",
        "plan.json",
        "runs.parquet",
        "front/ban.ron",
        "front/open.ron",
        "inputs/world.ron",
    ] {
        assert!(expected.contains_key(name), "{name}");
    }
    assert!(out.contains("as written") && out.contains("objectives: minimize "), "{out}");
    assert!(done(&one, "2").1 == expected, "given again it is shown again");

    // The front is an experiment too.
    let front = one.join("front/ban.ron");
    let (code, checked, err) = output(&["check"], &[&front]);
    assert!(code == 0 && checked.contains(" arms × 4 seeds"), "{checked}{err}");
    let json = output(&["optimize", "--quiet", "--json", "--out"], &[&one, &file]).1;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let results = folder.path().join("results");
    let (code, ran, err) = output(&["run", "--out"], &[&results, &front]);
    assert_eq!(code, 0, "{err}");
    let best = &json["front"][0]["setting"];
    assert!(ran.contains("as-written") && ran.contains(&format!("setting-{best}")), "{ran}");

    let mut kills = Kills::new();
    while kills.goes_on() {
        let to = folder.path().join(format!("killed-{}", kills.done));
        for _ in 0..3 {
            kills.kill(oreworld(&["optimize", "--quiet", "--out"], &[&to, &file]).stdout(Stdio::null()), time);
        }
        let (_, _, err) = output(&["optimize", "--out"], &[&to, &file]);
        kills.in_the_middle += u32::from(err.contains("of them are done already"));
        let found = contents(&to);
        assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
        assert!(found == expected, "{kills:?}");
        std::fs::remove_dir_all(&to).expect("a disk");
    }
    println!("optimize: {kills:?}");
    assert!(kills.in_the_middle > 0, "no attempt was stopped in the middle");
}

#[test]
fn a_flipped_bit_another_search_and_another_build_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = shores(folder.path(), short);
    let to = folder.path().join("out");
    assert_eq!(output(&["optimize", "--quiet", "--out"], &[&to, &file]).0, 0);
    every_flipped_bit_is_found(&to, 14);
    let chunk = oreworld::sweep::chunk::path(&to, 1);
    let good = std::fs::read(&chunk).expect("a chunk");
    let mut bad = good.clone();
    bad[good.len() / 2] ^= 1;
    std::fs::write(&chunk, &bad).expect("a disk");
    let (code, _, err) = output(&["optimize", "--quiet", "--out"], &[&to, &file]);
    assert!(code == 5 && err.contains("is damaged"), "{err}");
    std::fs::write(&chunk, &good).expect("a disk");
    let (code, _, err) = output(&["optimize", "--set", "mines.red-hill.stock=Tonnes(400)", "--out"], &[&to, &file]);
    assert!(code == 2 && err.contains("holds another search"), "{err}");
}

#[test]
fn a_search_stops_when_told_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let search = loaded(&shores(folder.path(), short));
    let to = folder.path().join("out");
    let stop = AtomicBool::new(true);
    let stopped = work(&search, &to, Some(2), &stop, &simulate, &|_| ());
    assert!(matches!(stopped, Err(SearchError::Stopped)));
    let found = work(&search, &to, Some(2), &AtomicBool::new(false), &simulate, &|_| ()).expect("a disk");
    assert!(!found.front.is_empty());
}

#[cfg(unix)]
#[test]
fn a_search_told_to_stop_ends_with_75() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, to) = (shores(folder.path(), |text| text), folder.path().join("out"));
    let mut child = oreworld(&["optimize", "--quiet", "--out"], &[&to, &file])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    while !oreworld::sweep::chunk::path(&to, 0).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(told.success());
    assert_eq!(child.wait().expect("a child").code(), Some(75));
    assert!(!oreworld::sweep::chunk::path(&to, 1).exists(), "the open generation is dropped");
}

#[test]
fn what_is_wrong_with_a_search_comes_at_once_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = |text: String| {
        short(text)
            .replace(
                "Minimize(outcome: \"unmet\")",
                "Minimize(outcome: \"unmt\"), Maximize(outcome: \"stock\", across: WorstScenario)",
            )
            .replace("confirm: (first: 1_001", "confirm: (first: 2")
            .replace("population: 6", "population: 3")
            .replace("reserves.north-reserve.target", "reserves.north-reserve.targt")
    };
    let path = shores(folder.path(), wrong);
    let (code, out, err) = output(&["check"], &[&path]);
    assert_eq!((code, out.as_str()), (1, ""));
    for expected in [
        "no outcome \"unmt\"; the nearest name is \"unmet\"",
        "it is aimed at twice",
        "some of the seeds are those of the search; write (first: ",
        "a population of 3; write at least 4",
        "Reserve has no field `targt`",
    ] {
        assert_eq!(err.matches(expected).count(), 1, "{expected}: {err}");
    }
    assert!(err.lines().filter(|line| line.contains(": ")).all(|line| line.contains("search.ron:")), "{err}");

    let good = shores(folder.path(), |text| text);
    let (code, out, err) = output(&["check"], &[&good]);
    assert!(code == 0 && out.contains("2 objectives") && out.contains("at most "), "{out}{err}");
    let (code, _, err) = output(&["run"], &[&good]);
    assert!(code == 1 && err.contains("a search is run by `oreworld optimize`"), "{err}");
    let (code, _, err) = output(&["optimize"], &[Path::new("experiments/two-shores-ban.ron")]);
    assert!(code == 1 && err.contains("an experiment is run by `oreworld run`"), "{err}");
    let dear = shores(folder.path(), |text| short(text).replace("    method:", "    limits: (runs: 10),\n    method:"));
    let to = folder.path().join("dear");
    let (code, _, err) = output(&["optimize", "--out"], &[&to, &dear]);
    assert!(code == 1 && err.contains("the file's limit is runs: 10") && !to.exists(), "{err}");
}
