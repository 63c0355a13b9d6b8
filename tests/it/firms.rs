//! Firms earn, owe, fail and are hit by foreign states.

use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::invariants::hold;
use crate::runs::{SHORES, run, series, week, world};

const RULE: &str = "firm_rules.any=(payout: Share(0.5), interest: SharePerYear(0.1), patience: Weeks(8), \
                    discount: SharePerYear(0.1), restart: Weeks(10))";
const MINE: &str = "mines.red-hill.owner=\"red\"";

/// A firm of the north with so much money, or so much debt.
fn firm(id: &str, cash: u32, debt: u32) -> String {
    format!(
        "firms.{id}=(label: (zh: \"甲\", en: \"A\"), nation: \"northland\", rule: \"any\", cash: Usd({cash}), \
         debt: Usd({debt}), credit: Usd(1_000_000))"
    )
}

fn shores(sets: &[&str]) -> Setup {
    world(SHORES, sets)
}

fn of(out: &RunOutput, firm: &str, column: &str) -> Vec<f64> {
    series(&out.tables, "firms", &[("firm", firm)], column)
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

#[test]
fn a_firm_beyond_its_credit_defaults_and_its_mine_goes_to_one_that_can_pay() {
    let (red, blue) = (firm("red", 0, 400_000_000), firm("blue", 2_000_000_000, 0));
    let setup = shores(&[RULE, &red, &blue, MINE]);
    hold(&setup, 1, 100);
    let out = run(&setup, 1, 100, TABLES);
    let defaulted = of(&out, "red", "defaulted");
    let at = defaulted.iter().position(|failed| *failed > 0.0).expect("it fails");
    assert_eq!(at, 7, "after eight weeks beyond its credit");
    assert!(of(&out, "red", "written_off_usd")[at] > 300e6 && of(&out, "red", "debt_usd")[at] == 0.0);
    assert_eq!((of(&out, "red", "mines")[at], of(&out, "blue", "mines")[at]), (0.0, 1.0));
    assert!(of(&out, "blue", "cash_usd")[at] < of(&out, "blue", "cash_usd")[at - 1], "it pays for the mine");
    let output = series(&out.tables, "mines", &[], "output_t");
    assert!(output[at] > 0.0 && output[at + 1] == 0.0 && output[at + 5] == 0.0 && output[at + 14] > 0.0);
    assert!(sum(&of(&out, "blue", "output_t")[at + 14..]) > 0.0);
}

#[test]
fn a_mine_that_nobody_can_pay_for_stays_shut() {
    let red = firm("red", 0, 400_000_000);
    let poor = firm("blue", 0, 0);
    for sets in [&[RULE, &red, MINE][..], &[RULE, &red, &poor, MINE]] {
        let out = run(&shores(sets), 1, 100, TABLES);
        let output = series(&out.tables, "mines", &[], "output_t");
        assert!(output[7] > 0.0 && sum(&output[8..]) == 0.0);
    }
}

#[test]
fn a_sound_firm_collects_profits_pays_out_and_changes_nothing_in_the_market() {
    let blue = firm("blue", 10_000_000, 0);
    let (owned, free) = (
        run(&shores(&[RULE, &blue, "mines.red-hill.owner=\"blue\""]), 2, 120, TABLES),
        run(&shores(&[]), 2, 120, TABLES),
    );
    for column in ["price_usd_per_t", "bought_t", "shipped_out_t"] {
        assert_eq!(series(&owned.tables, "markets", &[], column), series(&free.tables, "markets", &[], column));
    }
    let (cash, paid) = (of(&owned, "blue", "cash_usd"), of(&owned, "blue", "paid_out_usd"));
    assert!(cash[12] > 10e6 && paid[12] > 0.0 && paid[13] == 0.0 && paid[25] > 0.0);
    assert!(sum(&of(&owned, "blue", "defaulted")) == 0.0);
}

#[test]
fn what_the_host_takes_is_lost_to_the_foreign_owner() {
    let blue = firm("blue", 10_000_000, 0);
    let taking = "nations.southland.policies.n=Nationalization(announced: Date(\"2024-06-03\"), in_force: Date(\"2024-07-01\"), \
                  mines: [\"red-hill\"], share: Share(0.5), compensation: Share(0.1), efficiency_loss: Share(0))";
    let owned = [RULE, &blue, "mines.red-hill.owner=\"blue\""];
    let (free, taken) = (shores(&owned), shores(&[&owned[..], &[taking]].concat()));
    let from = week(&free, "2024-07-01");
    let [free, taken] = [&free, &taken].map(|setup| run(setup, 2, 150, TABLES));
    let north = |column| series(&taken.tables, "owners", &[("nation", "northland")], column);
    let state = series(&taken.tables, "nations", &[("nation", "southland")], "state_margin_usd");
    assert!(sum(&north("taken_usd")[..from]) == 0.0);
    let net = sum(&north("taken_usd")) - sum(&north("compensated_usd"));
    assert!(net > 0.0 && (sum(&state) - net).abs() < 1.0, "what one loses the other gets: {} {net}", sum(&state));
    assert!(north("compensated_usd")[from] > 0.0);
    let wealth = |out: &RunOutput| of(out, "blue", "cash_usd")[149] + sum(&of(out, "blue", "paid_out_usd"));
    assert!(wealth(&taken) < wealth(&free));
    let secured = north("mined_abroad_t");
    assert!((secured[from] / secured[from - 1] - 0.5).abs() < 0.02, "half of the mine is no longer its own");
}

#[test]
fn a_stake_brings_margin_and_tonnes_and_shares_the_host_s_acts() {
    let blue = firm("blue", 2_000_000_000, 0);
    let stake = "nations.northland.policies.stake=OverseasInvestment(announced: Date(\"2024-02-01\"), in_force: Date(\"2024-05-06\"), \
                 investor: \"blue\", stakes: [(mine: \"red-hill\", equity: Share(0.4), offtake: Share(0.3), discount: Share(0.05), \
                 infrastructure: Usd(7_000_000))])";
    let taking = "nations.southland.policies.n=Nationalization(announced: Date(\"2024-06-03\"), in_force: Date(\"2025-01-06\"), \
                  mines: [\"red-hill\"], share: Share(0.5), compensation: Share(0), efficiency_loss: Share(0))";
    let setup = shores(&[RULE, &blue, stake, taking]);
    hold(&setup, 4, 110);
    let out = run(&setup, 4, 110, TABLES);
    let (begin, taken) = (week(&setup, "2024-05-06"), week(&setup, "2025-01-06"));
    let north = |column| series(&out.tables, "owners", &[("nation", "northland")], column);
    assert!(north("invested_usd")[begin] > 7e6 && sum(&north("invested_usd")[begin + 1..]) == 0.0);
    assert!(sum(&north("received_usd")[..begin]) == 0.0 && sum(&north("received_usd")[begin..]) > 0.0);
    let output = series(&out.tables, "mines", &[], "output_t");
    let right = series(&out.tables, "offtakes", &[("contract", "northland investment")], "delivered_t");
    let share = |week: usize| right[week] / output[week];
    assert!((share(begin + 2) - 0.3).abs() < 1e-3 && (share(taken + 2) - 0.15).abs() < 1e-3);
    assert!(sum(&north("taken_usd")[taken..]) > 0.0, "its part of what the state takes");
}

#[test]
fn a_demand_for_certificates_is_a_tariff_on_what_has_none() {
    let terms = "announced: Date(\"2024-06-03\"), in_force: Date(\"2024-09-02\"), mineral: \"cobalt\"";
    let demand = |rest: &str| {
        format!("nations.northland.policies.p=Certification({terms}, stage: \"hydroxide\", rate: Share(0.2){rest})")
    };
    let tariff =
        format!("nations.northland.policies.p=ImportTariff({terms}, stages: [\"hydroxide\"], rate: Share(0.2))");
    let prices = |sets: &[&str]| price_of_both(&run(&shores(sets), 1, 120, &["markets"]));
    let (free, none) = (prices(&[]), prices(&[&demand("")]));
    assert!(none != free);
    assert_eq!(none, prices(&[&tariff]));
    assert_eq!(prices(&[&demand(", mines: [\"red-hill\"]")]), free);
    assert_eq!(prices(&[&demand(", recognized: [\"southland\"]")]), free);
    let cost = ", mines: [\"red-hill\"], cost: UsdPerTonne(300)";
    let paid =
        run(&shores(&[&demand(cost), RULE, &firm("blue", 0, 0), "mines.red-hill.owner=\"blue\""]), 1, 120, TABLES);
    let bare = run(&shores(&[RULE, &firm("blue", 0, 0), "mines.red-hill.owner=\"blue\""]), 1, 120, TABLES);
    let profit = |out: &RunOutput| {
        of(out, "blue", "cash_usd")[119] - of(out, "blue", "debt_usd")[119] + sum(&of(out, "blue", "paid_out_usd"))
    };
    assert!(profit(&paid) < profit(&bare), "the certificate costs its owner");
}

fn price_of_both(out: &RunOutput) -> Vec<Vec<f64>> {
    ["north", "south"].map(|region| crate::runs::price(out, "hydroxide", region)).to_vec()
}
