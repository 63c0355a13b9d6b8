//! Blocs, cartels, floors and conflict: each lever bends the right way in the world on a page, and does nothing where it is
//! set to nothing.

use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::runs::{SHORES, mean, price, run, series, world};

const TABLES: &[&str] =
    &["markets", "mines", "plants", "sectors", "nations", "flows", "owners", "offtakes", "policies"];
const FROM: &str = "announced: Date(\"2024-07-01\"), in_force: Date(\"2024-07-01\")";
const WEEKS: usize = 156;

fn shores<S: AsRef<str>>(sets: &[S]) -> Setup {
    world(SHORES, sets)
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn total(out: &RunOutput, table: &str, keys: &[(&str, &str)], column: &str) -> f64 {
    sum(&series(&out.tables, table, keys, column))
}

/// A table cell by cell: what is 0 is the same as what no row says.
fn prices(out: &RunOutput) -> Vec<Vec<f64>> {
    let all = [("hydroxide", "south"), ("hydroxide", "north"), ("refined", "south"), ("refined", "north")];
    all.map(|(stage, region)| price(out, stage, region)).to_vec()
}

/// What nobody uses changes no price of a run.
fn changes_nothing(sets: &[String]) {
    let [free, set] = [shores::<&str>(&[]), shores(sets)].map(|world| run(&world, 5, WEEKS, TABLES));
    assert_eq!(prices(&free), prices(&set), "{sets:?}");
    let unmet = |out: &RunOutput| total(out, "sectors", &[], "unmet_t").to_bits();
    assert_eq!(unmet(&free), unmet(&set), "{sets:?}");
}

fn conflict(more: &str) -> String {
    format!("nations.southland.policies.conflict=Disruption({FROM}, mines: [\"red-hill\"], {more})")
}

#[test]
fn a_conflict_takes_output_and_raises_the_price_and_security_from_outside_makes_it_rarer() {
    let random = "lost: Share(0.6), episodes: (frequency: PerYear(1), length: Weeks(26))";
    let pact = format!(
        "nations.northland.policies.pact=SecurityForResources({FROM}, host: \"southland\", calm: Share(0.7), \
         spend_per_year: Usd(1_000_000), mines: [\"red-hill\"], offtake: Share(0.5), discount: Share(0.1))"
    );
    let worlds = [shores::<&str>(&[]), shores(&[conflict(random)]), shores(&[conflict(random), pact])];
    let mut at_war = [0.0; 3];
    for seed in 1..=6 {
        let [free, war, calm] = worlds.each_ref().map(|world| run(world, seed, WEEKS, TABLES));
        let output = |out: &RunOutput| total(out, "mines", &[], "output_t");
        let north = |out: &RunOutput| mean(&price(out, "hydroxide", "north"));
        let weeks = [&free, &war, &calm].map(|out| total(out, "policies", &[("policy", "conflict")], "active"));
        if weeks[1] > 20.0 {
            assert!(output(&war) < output(&free) && north(&war) > north(&free), "seed {seed}");
        }
        at_war.iter_mut().zip(weeks).for_each(|(sum, weeks)| *sum += weeks);
        assert!(total(&calm, "offtakes", &[("contract", "northland pact")], "delivered_t") > 0.0);
    }
    assert!(at_war[0] == 0.0 && at_war[2] < 0.7 * at_war[1] && at_war[1] > 100.0, "{at_war:?}");
}

#[test]
fn a_conflict_that_never_breaks_out_changes_nothing() {
    changes_nothing(&[conflict("lost: Share(0.5), episodes: (frequency: PerYear(0), length: Weeks(26))")]);
}

#[test]
fn mines_change_hands_for_security_and_plants_stand_still() {
    let pact = format!(
        "nations.northland.policies.pact=SecurityForResources({FROM}, host: \"southland\", mines: [\"red-hill\"], \
         owner: \"northland\")"
    );
    let sets = ["mines.red-hill.owner=\"southland\"".to_owned(), pact];
    let out = run(&shores(&sets), 1, 60, TABLES);
    let mined = |nation| series(&out.tables, "owners", &[("nation", nation)], "mined_t");
    assert!(mined("northland")[..26].iter().all(|mined| *mined == 0.0) && mined("northland")[30] > 0.0);
    let accident =
        format!("nations.northland.policies.fire=Disruption({FROM}, plants: [\"harbor-works\"], lost: Share(1))");
    let out = run(&shores(&[accident]), 1, 60, TABLES);
    let fed = series(&out.tables, "plants", &[("plant", "harbor-works")], "fed_t");
    assert!(fed[25] > 0.0 && fed[26..].iter().all(|fed| *fed == 0.0));
}

const BOOM: &str = "hosts.copper.plan={ 2024: 1.0, 2025: 1.0, 2026: 2.5 }";

fn law(surge: &str) -> String {
    format!(
        "nations.northland.policies.law=AntiDumping({FROM}, mineral: \"cobalt\", stages: [\"hydroxide\"], \
         origins: [\"southland\"], surge: Share({surge}), rate: Share(0.3), investigation: Weeks(13), term: Weeks(52))"
    )
}

#[test]
fn a_surge_of_imports_brings_a_duty_that_parts_the_prices() {
    let worlds = [shores(&[BOOM.to_owned()]), shores(&[BOOM.to_owned(), law("0.1")])];
    for seed in 1..=4 {
        let [open, guarded] = worlds.each_ref().map(|world| run(world, seed, 260, TABLES));
        let active = series(&guarded.tables, "policies", &[("policy", "law")], "active");
        let from = active.iter().position(|active| *active > 0.0).expect("a surge");
        assert!(from > 104, "the first two years are for comparison: {from}");
        let dutied = from..from + 40;
        let gap = |out: &RunOutput| {
            mean(&price(out, "hydroxide", "north")[dutied.clone()])
                - mean(&price(out, "hydroxide", "south")[dutied.clone()])
        };
        assert!(gap(&guarded) > gap(&open) + 1_000.0, "seed {seed}: {} {}", gap(&guarded), gap(&open));
        assert!(total(&guarded, "nations", &[("nation", "northland")], "tariff_usd") > 0.0);
        assert!(total(&guarded, "policies", &[("policy", "law")], "touched_t") > 0.0);
        let shipped = |out: &RunOutput| sum(&series(&out.tables, "flows", &[("stage", "hydroxide")], "shipped_t")[..]);
        assert!(shipped(&guarded) < shipped(&open), "seed {seed}");
    }
}

#[test]
fn a_law_against_dumping_that_sees_no_surge_changes_nothing() {
    changes_nothing(&[law("1")]);
}

fn floor(usd: u32, upside: &str) -> String {
    format!(
        "nations.northland.policies.floor=ContractForDifference({FROM}, mineral: \"cobalt\", stage: \"refined\", \
         plants: [\"harbor-works\"], floor: UsdPerTonne({usd}), upside: Share({upside}))"
    )
}

#[test]
fn a_floor_for_a_plant_costs_the_treasury_and_lowers_the_price_for_others() {
    let worlds = [shores::<&str>(&[]), shores(&[floor(45_000, "0.3")]), shores(&[floor(20_000, "0.5")])];
    for seed in 1..=4 {
        let [free, high, low] = worlds.each_ref().map(|world| run(world, seed, WEEKS, TABLES));
        let refined = |out: &RunOutput| mean(&price(out, "refined", "north")[26..]);
        let used = |out: &RunOutput| total(out, "plants", &[], "fed_t");
        let seen = [refined(&free), refined(&high), used(&free), used(&high)];
        assert!(seen[1] < seen[0] && seen[3] >= seen[2], "seed {seed}: {seen:?}");
        let cost = |out: &RunOutput| total(out, "policies", &[("policy", "floor")], "cost_usd");
        assert!(cost(&high) > 1e6 && cost(&low) < -1e6, "seed {seed}: {} {}", cost(&high), cost(&low));
        let programs = |out: &RunOutput| total(out, "nations", &[("nation", "northland")], "programs_usd");
        assert!((programs(&high) - cost(&high)).abs() < 1.0 && (programs(&low) - cost(&low)).abs() < 1.0);
    }
}

#[test]
fn a_floor_that_no_price_falls_to_and_a_share_of_nothing_change_nothing() {
    changes_nothing(&[floor(1, "0")]);
}

#[test]
fn a_target_that_is_missed_raises_support_and_output() {
    let park = |target: &str| {
        format!(
            "nations.northland.policies.park=LocalProcessingSupport({FROM}, mineral: \"cobalt\", stages: [\"refined\"]{target})"
        )
    };
    let target =
        ", target: (share: Share(1), by: Date(\"2025-07-01\"), step: UsdPerTonne(1_000), most: UsdPerTonne(6_000))";
    let [plain, target] = [shores(&[park("")]), shores(&[park(target)])].map(|world| run(&world, 2, 260, TABLES));
    let cost = |out: &RunOutput| total(out, "policies", &[("policy", "park")], "cost_usd");
    assert!(cost(&plain) == 0.0 && cost(&target) > 0.0, "{} {}", cost(&plain), cost(&target));
    let made = |out: &RunOutput| total(out, "plants", &[], "output_t");
    assert!(made(&target) > made(&plain));
}
