//! Blocs, cartels, floors and conflict: each lever bends the right way in the world on a page, and does nothing where it is
//! set to nothing.

use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::runs::{SHORES, mean, price, run, series, world};

const TABLES: &[&str] =
    &["markets", "mines", "plants", "sectors", "nations", "flows", "owners", "offtakes", "pricing", "policies"];
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

#[test]
fn a_ban_without_plants_at_home_lowers_the_host_s_revenue() {
    let ban = format!("nations.southland.policies.ban=ExportBan({FROM}, mineral: \"cobalt\", stages: [\"hydroxide\"])");
    for seed in 1..=3 {
        let take = |world: &Setup| {
            let out = run(world, seed, WEEKS, TABLES);
            let of = |column| total(&out, "nations", &[("nation", "southland")], column);
            of("royalty_usd") + of("duty_usd") + of("rent_usd") + of("state_margin_usd")
        };
        let (free, banned) = (take(&shores::<&str>(&[])), take(&shores(std::slice::from_ref(&ban))));
        assert!(banned < 0.6 * free, "seed {seed}: {banned} {free}");
    }
}

fn cartel(more: &str) -> String {
    format!(
        "nations.southland.policies.cartel=Cartel({FROM}, mineral: \"cobalt\", stage: \"hydroxide\", members: [\"southland\"], \
         watch: \"north\", demand_elasticity: 0.3, fringe_elasticity: 0.3, choke: UsdPerTonne(30_000), holder: Producers{more})"
    )
}

#[test]
fn a_cartel_raises_the_price_abroad_and_cheats_lower_it_again() {
    let cheats = ", cheating: (Share(1), Share(1)), excess: Share(0.4)";
    let worlds = [shores::<&str>(&[]), shores(&[cartel("")]), shores(&[cartel(cheats)])];
    for seed in 1..=4 {
        let runs = worlds.each_ref().map(|world| run(world, seed, WEEKS, TABLES));
        let [free, loyal, loose] = runs.each_ref().map(|out| mean(&price(out, "hydroxide", "north")[40..]));
        assert!(loyal > 1.05 * free && loose < loyal, "seed {seed}: {free} {loyal} {loose}");
        let [_, kept, broken] = runs.each_ref().map(|out| total(out, "policies", &[("policy", "cartel")], "touched_t"));
        assert!(kept < broken, "seed {seed}: {kept} {broken}");
        let active = |out| series(out, "policies", &[("policy", "cartel")], "active")[40..].to_vec();
        assert!(active(&runs[1].tables).iter().all(|share| share.to_bits() == 1.0_f64.to_bits()));
        assert!(active(&runs[2].tables).iter().all(|share| share.to_bits() == 0.0_f64.to_bits()));
    }
}

#[test]
fn a_price_below_the_trigger_lets_a_cartel_fall_apart_for_some_quarters() {
    // A target that the price does not reach, and quotas that hardly bind.
    let trigger = ", trigger: Share(1), patience: Weeks(13), punishment: (2, 3)";
    let out = run(&shores(&[cartel(trigger)]), 1, WEEKS, TABLES);
    let active = series(&out.tables, "policies", &[("policy", "cartel")], "active");
    let fell = (1..active.len()).find(|&week| active[week - 1] > 0.0 && active[week] == 0.0).expect("a punishment");
    let back = active[fell..].iter().position(|share| *share > 0.0).expect("peace");
    assert!(fell >= 26 + 13 && (back == 26 || back == 39), "{fell} {back}");
}

const WEST: &str = "blocs={ \"west\": (label: (zh: \"西\", en: \"West\"), members: [\"fin\", \"jpn\", \"row\"]), \
                    \"east\": (label: (zh: \"东\", en: \"East\"), members: [\"chn\"]) }";

fn cobalt(sets: &[String]) -> Setup {
    let sets: Vec<&str> = std::iter::once(WEST).chain(sets.iter().map(String::as_str)).collect();
    world("worlds/cobalt-2024.ron", &sets)
}

fn club(terms: &str) -> String {
    format!(
        "nations.jpn.policies.club=SupplyClub({FROM}, mineral: \"cobalt\", stages: [\"refined\"], members: [\"west\"]{terms})"
    )
}

/// Prices of all regions of the cobalt world are the same to the bit.
fn same_cobalt(one: &str) {
    let [free, set] = [cobalt(&[]), cobalt(&[one.to_owned()])].map(|world| run(&world, 3, 80, TABLES));
    let prices = |out: &RunOutput| series(&out.tables, "markets", &[], "price_usd_per_t");
    assert_eq!(prices(&free), prices(&set), "{one}");
}

#[test]
fn a_club_parts_prices_at_its_border_and_rules_of_origin_reach_inside() {
    let outside = ", tariff: Share(0.2)";
    let origin = ", tariff: Share(0.2), foreign: [\"chn\", \"cod\"]";
    let worlds = [cobalt(&[]), cobalt(&[club(outside)]), cobalt(&[club(origin)])];
    for seed in 1..=2 {
        let [free, tariff, rules] = worlds.each_ref().map(|world| run(world, seed, WEEKS, TABLES));
        let gap =
            |out: &RunOutput| mean(&price(out, "refined", "jpn")[60..]) - mean(&price(out, "refined", "chn")[60..]);
        assert!(gap(&tariff) > gap(&free) + 300.0, "seed {seed}: {} {}", gap(&tariff), gap(&free));
        let own = |out: &RunOutput| mean(&series(&out.tables, "policies", &[("policy", "club")], "active")[60..]);
        assert!(own(&tariff) > 0.9 && own(&rules) < 0.9, "seed {seed}: {} {}", own(&tariff), own(&rules));
        let paid = |out: &RunOutput| total(out, "nations", &[("nation", "jpn")], "tariff_usd");
        assert!(paid(&free) == 0.0 && paid(&rules) > 0.0, "seed {seed}");
    }
}

#[test]
fn a_club_without_tariff_and_preference_changes_nothing() {
    same_cobalt(&club(", foreign: [\"chn\"]"));
}

fn platform(saving: u32) -> String {
    format!(
        "nations.jpn.policies.platform=TradingPlatform({FROM}, mineral: \"cobalt\", stages: [\"refined\"], \
         members: [\"west\"], saving: UsdPerTonne({saving}))"
    )
}

#[test]
fn a_platform_draws_trade_to_its_members() {
    let [none, some] = [0, 300].map(|saving| cobalt(&[platform(saving)]));
    let mut inside = [0.0; 2];
    for seed in 1..=3 {
        for (sum, world) in inside.iter_mut().zip([&none, &some]) {
            *sum += total(&run(world, seed, WEEKS, TABLES), "policies", &[("policy", "platform")], "touched_t");
        }
    }
    assert!(inside[1] > 1.02 * inside[0], "{inside:?}");
    same_cobalt(&platform(0));
}

const CONTRACTS: &str = "offtake_rules={ \"feed\": (mineral: \"cobalt\", stage: \"hydroxide\", matching: (share_of_output: \
                         Share(0.8), share_of_need: Share(0.9), tenor: Weeks(52), terms: (formula: Spot(Weeks(13))))) }";

fn partners(shares: &str, bargain: &str) -> String {
    format!(
        "nations.cod.policies.partners=DiversifiedPartners({FROM}, mineral: \"cobalt\", stage: \"hydroxide\", \
         shares: {shares}, bargain: Share({bargain}))"
    )
}

#[test]
fn shares_kept_for_a_bloc_reach_it_and_rivals_raise_the_price() {
    let with = |policy: Option<String>| {
        let mut sets = vec![CONTRACTS.to_owned()];
        sets.extend(policy);
        run(&cobalt(&sets), 1, WEEKS, TABLES)
    };
    let free = with(None);
    let kept = with(Some(partners("{ \"west\": Share(0.5) }", "0")));
    let [plain, bargained] =
        ["0", "0.3"].map(|bargain| with(Some(partners("{ \"west\": Share(0.5), \"east\": Share(0.5) }", bargain))));
    let west = |out: &RunOutput| {
        let buyers = ["fin-kokkola", "jpn-niihama", "row-olen", "row-refiners"];
        buyers
            .iter()
            .map(|buyer| total(out, "offtakes", &[("contract", "feed"), ("buyer", buyer)], "delivered_t"))
            .sum::<f64>()
    };
    let east = |out: &RunOutput| total(out, "offtakes", &[("buyer", "chn-refiners")], "delivered_t");
    assert!(west(&kept) > west(&free) && east(&kept) < east(&free), "{} {}", west(&kept), west(&free));
    // What contracts cost above the price where their buyers are.
    let premium = |out: &RunOutput, nation: &str| {
        let keys = [("nation", nation), ("stage", "hydroxide")];
        total(out, "pricing", &keys, "imports_usd") / total(out, "pricing", &keys, "imported_t")
            - mean(&price(out, "hydroxide", nation))
    };
    for nation in ["chn", "fin"] {
        let [plain, bargained] = [&plain, &bargained].map(|out| premium(out, nation));
        assert!(bargained > plain + 50.0, "{nation}: {plain} {bargained}");
    }
}

#[test]
fn shares_kept_for_nobody_change_nothing() {
    let [free, set] = [None, Some(partners("{}", "0.5"))].map(|policy| {
        let mut sets = vec![CONTRACTS.to_owned()];
        sets.extend(policy);
        run(&cobalt(&sets), 2, 80, TABLES)
    });
    let prices = |out: &RunOutput| series(&out.tables, "markets", &[], "price_usd_per_t");
    assert_eq!(prices(&free), prices(&set));
}

fn control(level: &str, more: &str) -> String {
    format!(
        "nations.southland.policies.control=ExportControl({FROM}, mineral: \"cobalt\", stages: [\"hydroxide\"], \
         destinations: [\"northland\"], level: {level}{more})"
    )
}

#[test]
fn what_gets_past_a_ban_bounds_the_gap_between_outside_and_inside() {
    let leak = ", smuggling: (cost: UsdPerTonne(3_000), rise: UsdPerTonne(4_000), capacity: TonnesPerYear(4_000))";
    let worlds = [
        shores(&[control("Ban", "")]),
        shores(&[control("Ban", leak)]),
        shores(&[control("Ban", &leak.replace("4_000)))", "9_000)))"))]),
    ];
    for seed in 1..=3 {
        let [shut, leaky, open] = worlds.each_ref().map(|world| run(world, seed, WEEKS, TABLES));
        let gap = |out: &RunOutput| {
            mean(&price(out, "hydroxide", "north")[60..]) - mean(&price(out, "hydroxide", "south")[60..])
        };
        assert!(gap(&shut) > gap(&leaky), "seed {seed}: {} {}", gap(&shut), gap(&leaky));
        let past = |out: &RunOutput| total(out, "policies", &[("policy", "control")], "touched_t");
        let shipped = |out: &RunOutput| sum(&series(&out.tables, "flows", &[("stage", "hydroxide")], "shipped_t")[..]);
        assert!(past(&shut) == 0.0 && past(&leaky) > 1_000.0 && past(&open) >= past(&leaky), "seed {seed}");
        assert!(shipped(&leaky) > shipped(&shut));
        // Nothing leaks beyond the capacity, and no treasury earns by it.
        assert!(past(&leaky) <= 4_000.0 / 52.18 * WEEKS as f64);
        assert!(total(&leaky, "nations", &[], "rent_usd") == 0.0);
    }
}

#[test]
fn the_quota_of_a_control_is_worth_the_gap_to_the_treasury() {
    let sets = [control("Quota(TonnesPerYear(6_000))", "")];
    let out = run(&shores(&sets), 1, WEEKS, TABLES);
    assert!(total(&out, "nations", &[("nation", "southland")], "rent_usd") > 1e6);
    let shipped = series(&out.tables, "markets", &[("stage", "hydroxide"), ("region", "south")], "shipped_out_t");
    assert!(shipped[27..].iter().all(|shipped| *shipped <= 6_000.0 / 52.17));
}

#[test]
fn a_control_that_asks_for_nothing_changes_nothing() {
    changes_nothing(&[control("Duty(Share(0))", "")]);
    changes_nothing(&[control("Quota(TonnesPerYear(900_000))", "")]);
}
