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
