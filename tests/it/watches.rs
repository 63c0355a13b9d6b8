//! Watches: what nobody acts on changes nothing, a measure that is announced is warned of before it bites, and what is seen late is
//! warned of late.

use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::demand::circle;
use crate::runs::{SHORES, run, series, week, world};

const WATCH: &str = "watches.eye=(label: (zh: \"监测\", en: \"Eye\"), nation: \"northland\", mineral: \"cobalt\", \
                     stage: \"refined\", observes: (price: (amber: 1.1, red: 1.4, delay: Weeks(1)), \
                     cover: (amber: 14, red: 6, delay: Weeks(4), noise: Share(0.1)), \
                     host_risk: (amber: 0.3, red: 0.7)), shortage: (unmet: Share(0.3)))";

const STOP: &str = "nations.southland.policies.stop=ExportBan(announced: Date(\"2025-06-02\"), \
                    in_force: Date(\"2025-09-01\"), until: Date(\"2026-12-28\"), mineral: \"cobalt\", \
                    stages: [\"hydroxide\", \"refined\"])";

fn eye(out: &RunOutput, column: &str) -> Vec<f64> {
    series(&out.tables, "warnings", &[("watch", "eye")], column)
}

/// First week from one on in which the level is reached.
fn first(levels: &[f64], from: usize, level: f64) -> usize {
    from + levels[from..].iter().position(|at| *at >= level).expect("a warning")
}

fn watched(sets: &[&str]) -> Setup {
    world(SHORES, &[&[WATCH, STOP], sets].concat())
}

#[test]
fn a_watch_that_nobody_acts_on_changes_no_number() {
    let (blind, seeing) = (world(SHORES, &[STOP]), watched(&[]));
    for seed in 1..=3 {
        let [blind, seeing] = [&blind, &seeing].map(|setup| run(setup, seed, 150, TABLES));
        for (blind, seeing) in blind.tables.iter().zip(&seeing.tables).filter(|(table, _)| table.name != "warnings") {
            assert_eq!(blind, seeing);
        }
        assert!(eye(&seeing, "level").iter().any(|level| *level > 0.0));
    }
}

#[test]
fn a_stop_that_is_announced_is_warned_of_before_anybody_is_short() {
    let setup = watched(&[]);
    let (news, end) = (week(&setup, "2025-06-02"), week(&setup, "2026-12-28"));
    for seed in 1..=4 {
        let out = run(&setup, seed, end, TABLES);
        let (levels, risk, short) = (eye(&out, "level"), eye(&out, "host_risk_seen"), eye(&out, "short"));
        // Governance of 0.5 is a risk of a quarter; a stop that is known adds a half.
        assert!(
            (risk[news - 1] - 0.25).abs() < 0.01 && (risk[news] - 0.75).abs() < 0.01,
            "{} {}",
            risk[news - 1],
            risk[news]
        );
        let shortage = first(&short, news, 1.0);
        assert!(first(&levels, news, 1.0) < shortage, "seed {seed}");
        assert!(levels[shortage] >= 2.0, "seed {seed}");
        let unmet = series(&out.tables, "sectors", &[], "unmet_t");
        let required = series(&out.tables, "sectors", &[], "required_t");
        for (seen, (unmet, required)) in eye(&out, "unmet_share").iter().zip(unmet.iter().zip(&required)) {
            assert!((seen - unmet / required).abs() < 1e-9);
        }
    }
}

#[test]
fn what_is_shared_late_is_seen_late_and_otherwise_the_same() {
    let (soon, late) = (watched(&["watches.eye.observes.cover.delay=Weeks(0)"]), watched(&[]));
    for seed in 1..=3 {
        let [soon, late] = [&soon, &late].map(|setup| run(setup, seed, 120, TABLES));
        let [soon, late] = [&soon, &late].map(|out| eye(out, "cover_seen_weeks"));
        assert_eq!(late[..4], [0.0; 4]);
        assert_eq!(soon[..116], late[4..]);
        assert!(soon.iter().all(|cover| (1.0..60.0).contains(cover)));
    }
}

/// Rations for the second class, to be decided on.
fn deciding(by: &str, sets: &[&str]) -> Setup {
    let rations = "nations.northland.policies.rations=Rationing(announced: Date(\"2024-01-01\"), \
                   in_force: Date(\"2024-01-01\"), mineral: \"cobalt\", shares: { 2: Share(0.3) })";
    let list = "nations.northland.criticality=(formula: European, risk_from: 0.1)";
    let decision = format!("nations.northland.decisions.rations=(by: {by}, rest: Weeks(0))");
    circle(&[&[WATCH, list, rations, &decision], sets].concat())
}

/// How often something happened to what nations decide on.
fn acts(out: &RunOutput, event: &str) -> usize {
    let table = out.tables.iter().find(|table| table.name == "acts").expect("acts");
    let column = table.columns.iter().find(|column| column.name == "event").expect("events");
    let oreworld::record::Values::Key { names, rows } = &column.values else { panic!("events are names") };
    rows.iter().filter(|row| names[usize::from(**row)] == event).count()
}

#[test]
fn a_plan_acts_on_a_warning_and_stands_down_when_it_is_calm() {
    let planned = deciding("Warning(watch: \"eye\", level: 2, calm: Weeks(6))", &[STOP]);
    let (free, end) = (circle(&[WATCH, STOP]), week(&planned, "2029-12-31"));
    for seed in 1..=3 {
        let [planned, free] = [&planned, &free].map(|setup| run(setup, seed, end, TABLES));
        let levels = eye(&planned, "level");
        let called = first(&levels, 0, 2.0);
        assert!(acts(&planned, "announced") >= 1 && acts(&planned, "cause gone") >= 1, "seed {seed}");
        let unmet = |out: &RunOutput, id| series(&out.tables, "sectors", &[("sector", id)], "unmet_t");
        assert_eq!(unmet(&planned, "north-engines")[..=called], unmet(&free, "north-engines")[..=called]);
        let sum = |values: Vec<f64>| values.iter().sum::<f64>();
        assert!(sum(unmet(&planned, "north-engines")) < sum(unmet(&free, "north-engines")), "seed {seed}");
    }
}

#[test]
fn a_plan_for_critical_minerals_waits_for_the_list() {
    let by = "Warning(watch: \"eye\", level: 1, listed: true)";
    let eager = "watches.eye.observes=(cover: (amber: 1000, red: 1))";
    let strict = "nations.northland.criticality.risk_from=1000";
    let (listed, unlisted) = (deciding(by, &[eager]), deciding(by, &[eager, strict]));
    // The first year's list is there from its last week on.
    let first_year = week(&listed, "2024-12-30");
    for (setup, weeks, announced) in [(&listed, first_year + 1, 0), (&listed, first_year + 2, 1), (&unlisted, 150, 0)] {
        assert_eq!(acts(&run(setup, 1, weeks, TABLES), "announced"), announced, "{weeks}");
    }
}

#[test]
fn a_nation_that_looks_ahead_takes_what_helps_whom_it_values() {
    let look = |worth: &str| {
        let plan = "plan: (watch: \"eye\", level: 2), runs: 2, horizon: Weeks(20), every: Weeks(20)";
        deciding(&format!("LookAhead({plan}, worth: {worth})"), &[STOP])
    };
    let (engines, batteries) = (look("{ 1: 100, 2: 0.1 }"), look("{ 2: 3 }"));
    let end = week(&engines, "2026-06-01");
    for seed in 1..=2 {
        let [engines, batteries] = [&engines, &batteries].map(|setup| run(setup, seed, end, TABLES));
        let gains = |out: &RunOutput| series(&out.tables, "looks", &[], "gain_usd");
        assert!(gains(&engines).iter().any(|gain| *gain > 0.0), "{:?}", gains(&engines));
        assert!(gains(&batteries).iter().all(|gain| *gain <= 0.0), "{:?}", gains(&batteries));
        assert!(acts(&engines, "announced") >= 1 && acts(&batteries, "announced") == 0, "seed {seed}");
    }
}

#[test]
fn a_reserve_releases_by_decree_whatever_its_triggers_say() {
    let stock = ["reserves.north-reserve.stock=Tonnes(1_500)", "reserves.north-reserve.target=Days(60)"];
    let order = "nations.northland.policies.order=ReserveRelease(announced: Date(\"2025-09-01\"), \
                 in_force: Date(\"2025-10-06\"), until: Date(\"2026-06-01\"), reserve: \"north-reserve\", keep: Share(0.5))";
    let never = "reserves.north-reserve.release_above=Share(1)";
    let least = "reserves.north-reserve.buy_below=Share(1)";
    let (kept, ordered) = (
        world(SHORES, &[&[STOP, never, least], &stock[..]].concat()),
        world(SHORES, &[&[STOP, never, least, order], &stock[..]].concat()),
    );
    let (from, until) = (week(&kept, "2025-10-06"), week(&kept, "2026-06-01"));
    for seed in 1..=3 {
        let [kept, ordered] = [&kept, &ordered].map(|setup| run(setup, seed, until + 10, TABLES));
        let released = series(&ordered.tables, "reserves", &[], "released_t");
        assert!(released[..from].iter().chain(&released[until..]).all(|tonnes| *tonnes == 0.0), "seed {seed}");
        let sum: f64 = released.iter().sum();
        let target = 60.0 * 10_000.0 / 365.25;
        let left = series(&ordered.tables, "reserves", &[], "stock_t")[until];
        assert!(sum > 0.0 && left >= 0.5 * target - 0.1, "seed {seed}: {sum} t released, {left} t left");
        let unmet = |out: &RunOutput| series(&out.tables, "sectors", &[], "unmet_t").iter().sum::<f64>();
        assert!(unmet(&ordered) < unmet(&kept), "seed {seed}");
    }
}

#[test]
fn flows_are_what_is_left_when_those_who_trade_the_metal_are_taken_off() {
    let pit = "watches.pit=(label: (zh: \"监测\", en: \"Pit\"), nation: \"northland\", mineral: \"cobalt\", \
               stage: \"refined\", contract: \"cobalt\", observes: (flows: (amber: 0.2, red: 0.6)))";
    let out = run(&world("worlds/two-shores-futures.ron", &[pit]), 1, 60, TABLES);
    let seen = series(&out.tables, "warnings", &[("watch", "pit")], "flows_seen");
    let of = |column| series(&out.tables, "contracts", &[("contract", "cobalt")], column);
    let (hedgers, carriers, open) = (of("hedgers_net_t"), of("carriers_net_t"), of("open_interest_t"));
    let mut met = 0;
    for week in (0..60).filter(|&week| open[week] > 0.0) {
        let left = -(hedgers[week] + carriers[week]) / open[week];
        assert!((seen[week] - left).abs() < 1e-9 && left.abs() <= 1.0, "week {week}: {} {left}", seen[week]);
        met += usize::from(left != 0.0);
    }
    assert!(met > 40, "{met} weeks with a position");
}
