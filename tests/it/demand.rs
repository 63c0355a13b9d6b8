//! The demand side: metal in use comes back, programs bend use and price the right way, rations spare the first class.

use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::invariants::hold;
use crate::runs::{COBALT, SHORES, mean, price, run, series, week, world};

const TABLES: &[&str] = &["markets", "sectors", "recyclers", "services", "nations"];

/// What gives the one-page world a use stock, a recycler and a second, more urgent sector.
const CIRCLE: &[&str] = &[
    "sector_rules.batteries.in_use=(mean: Years(4), shape: 3, past_growth: SharePerYear(0.05), collection: Share(0.3), \
     elasticity: 0.3, most: Share(0.9))",
    "recycler_rules.recycler=(scrap_price: Share(0.6), ramp_per_week: Share(0.1), selling: (core: Share(0.8), \
     core_price: Share(0.6), reach: 1.3, steps: 4, holding: Weeks(13), interest: SharePerYear(0.08)))",
    "recyclers.north-recycler=(label: (zh: \"北\", en: \"N\"), nation: \"northland\", mineral: \"cobalt\", \
     product: \"refined\", rule: \"recycler\", capacity: TonnesPerYear(9_000), recovery: Share(0.95), \
     cost: UsdPerTonne(3_000))",
    "sectors.north-batteries.new_scrap=Share(0.1)",
    "sectors.north-batteries.use=TonnesPerYear(8_000)",
    "sectors.north-engines=(label: (zh: \"发\", en: \"E\"), nation: \"northland\", mineral: \"cobalt\", \
     rule: \"batteries\", use: TonnesPerYear(2_000), priority: 1, stock: Tonnes(160), lead: Weeks(1))",
];

const STOP: &str = "nations.southland.policies.stop=ExportBan(announced: Date(\"2024-06-03\"), \
                    in_force: Date(\"2024-07-01\"), until: Date(\"2025-12-29\"), mineral: \"cobalt\", \
                    stages: [\"hydroxide\", \"refined\"])";

pub(crate) fn circle(sets: &[&str]) -> Setup {
    world(SHORES, &[CIRCLE, sets].concat())
}

fn total(out: &RunOutput, table: &str, keys: &[(&str, &str)], column: &str) -> f64 {
    series(&out.tables, table, keys, column).iter().sum()
}

fn sector(out: &RunOutput, id: &str, column: &str) -> f64 {
    total(out, "sectors", &[("sector", id)], column)
}

/// Runs of two worlds with the same seeds.
fn paired(one: &Setup, other: &Setup, weeks: usize) -> Vec<[RunOutput; 2]> {
    (1..=4).map(|seed| [one, other].map(|setup| run(setup, seed, weeks, TABLES))).collect()
}

#[test]
fn what_is_used_comes_back_to_the_kilogram() {
    let setup = circle(&[]);
    hold(&setup, 1, 300);
    let out = run(&setup, 1, 300, TABLES);
    let kilograms = |column: &str, week: usize| -> i64 {
        (series(&out.tables, "sectors", &[], column)[week] * 1_000.0).round() as i64
    };
    let flow = |table: &str, column: &str, week: usize| -> i64 {
        (series(&out.tables, table, &[], column)[week] * 1_000.0).round() as i64
    };
    for week in 1..300 {
        let new = flow("sectors", "used_t", week) - kilograms("in_use_t", week) + kilograms("in_use_t", week - 1)
            - kilograms("retired_t", week);
        let scrap = kilograms("scrap_t", week) - kilograms("scrap_t", week - 1);
        assert_eq!(scrap, new + kilograms("collected_t", week) - flow("recyclers", "scrap_t", week), "week {week}");
        assert!((0..=flow("sectors", "used_t", week) / 10).contains(&new), "a tenth of use is new scrap: {new}");
    }
    // 30 % of 95 % of what was used four years ago, and a tenth of what is used.
    let share = total(&out, "recyclers", &[], "output_t") / total(&out, "sectors", &[], "used_t");
    assert!((0.2..0.35).contains(&share), "{share}");
}

#[test]
fn a_recycler_has_work_in_process_from_the_weeks_before_the_first() {
    for (setup, weeks) in [(circle(&[]), 26), (world::<&str>(COBALT, &[]), 26)] {
        let out = run(&setup, 1, weeks, TABLES);
        for recycler in &setup.recyclers {
            let made = series(&out.tables, "recyclers", &[("recycler", recycler.id.as_str())], "output_t");
            let (first, later) = (mean(&made[..recycler.lead_weeks as usize]), mean(&made[13..]));
            assert!((0.8..1.25).contains(&(first / later)), "{}: {first}, then {later}", recycler.id);
        }
    }
}

#[test]
fn recycled_metal_lowers_the_price_and_urban_mining_lowers_it_further() {
    let (none, some) = (circle(&["recyclers=None"]), circle(&[]));
    let more = circle(&["nations.northland.policies.more=UrbanMining(announced: Date(\"2024-01-01\"), \
                         in_force: Date(\"2024-01-01\"), mineral: \"cobalt\", phase_in: Years(0.5), \
                         collection_gain: Share(0.4), recovery_gain: Share(0.03), incentive: UsdPerTonne(1_000))"]);
    for [none, some] in paired(&none, &some, 250) {
        assert!(mean(&price(&some, "refined", "north")) < mean(&price(&none, "refined", "north")));
    }
    for [some, more] in paired(&some, &more, 250) {
        let made = |out: &RunOutput| total(out, "recyclers", &[], "output_t");
        assert!(made(&more) > 1.3 * made(&some), "{} {}", made(&more), made(&some));
        assert!(mean(&price(&more, "refined", "north")) < mean(&price(&some, "refined", "north")));
        let paid = series(&more.tables, "nations", &[("nation", "northland")], "programs_usd");
        let collected = series(&more.tables, "sectors", &[], "collected_t");
        assert!(paid.iter().zip(&collected).all(|(paid, tonnes)| (paid - 1_000.0 * tonnes).abs() < 0.01));
    }
}

#[test]
fn a_scrap_drive_calls_in_its_share_and_is_paid_for() {
    let drive = "nations.northland.policies.drive=ScrapDrive(announced: Date(\"2024-07-01\"), \
                 in_force: Date(\"2024-07-01\"), until: Date(\"2024-12-30\"), mineral: \"cobalt\", \
                 sectors: [\"north-batteries\"], share: Share(0.2), compensation: UsdPerTonne(20_000))";
    let (free, called) = (circle(&[]), circle(&[drive]));
    let (from, until) = (week(&free, "2024-07-01"), week(&free, "2024-12-30"));
    for [free, called] in paired(&free, &called, until + 30) {
        let stock =
            |out: &RunOutput, week: usize, id| series(&out.tables, "sectors", &[("sector", id)], "in_use_t")[week];
        let kept = stock(&called, until - 1, "north-batteries") / stock(&free, until - 1, "north-batteries");
        // What is called in would have retired in part anyway, and use goes on.
        assert!((0.79..0.86).contains(&kept), "{kept}");
        let others = stock(&called, until - 1, "north-engines") / stock(&free, until - 1, "north-engines");
        assert!((others - 1.0).abs() < 0.01, "{others}");
        let paid = total(&called, "nations", &[], "programs_usd");
        assert!((paid / 20_000.0 / (0.2 * stock(&free, from, "north-batteries")) - 1.0).abs() < 0.15, "{paid}");
        let scrap = |out: &RunOutput| total(out, "recyclers", &[], "scrap_t");
        assert!(scrap(&called) > 1.2 * scrap(&free));
    }
}

#[test]
fn rations_spare_the_first_class() {
    let rations = |shares: &str, trigger: &str| {
        format!(
            "nations.northland.policies.rations=Rationing(announced: Date(\"2024-07-01\"), \
             in_force: Date(\"2024-07-01\"), until: Date(\"2026-06-29\"), mineral: \"cobalt\", {trigger} \
             shares: {shares})"
        )
    };
    let hard = rations("{ 2: Share(0.1) }", "");
    let (market, rationed) = (circle(&[STOP]), circle(&[STOP, &hard]));
    let (from, until) = (week(&market, "2024-07-01"), week(&market, "2026-06-29"));
    for [market, rationed] in paired(&market, &rationed, until) {
        let unmet = |out: &RunOutput| sector(out, "north-engines", "unmet_t");
        assert!(unmet(&rationed) < 0.6 * unmet(&market), "{} {}", unmet(&rationed), unmet(&market));
        let of = |column| series(&rationed.tables, "sectors", &[("sector", "north-batteries")], column);
        let (used, required) = (of("used_t"), of("required_t"));
        // The ration is taken of the requirement before it is cut to the kilogram, the record of it after.
        assert!((from..until).all(|week| used[week] <= 0.1 * required[week] + 0.002));
        assert!(
            mean(&price(&rationed, "refined", "north")[from..]) < mean(&price(&market, "refined", "north")[from..])
        );
    }
    // A trigger that no stock falls below changes nothing, and one that every stock falls below is none.
    let hashes = |sets: &[&str]| run(&circle(sets), 1, 150, &[]).hashes;
    let asleep = rations("{ 2: Share(0.1) }", "trigger: (Weeks(0.0001), Weeks(0.0001)),");
    let used = |sets: &[&str]| sector(&run(&circle(sets), 1, 60, TABLES), "north-batteries", "used_t");
    assert!((used(&[&asleep]) - used(&[])).abs() < 1e-9);
    let awake = rations("{ 2: Share(0.1) }", "trigger: (Weeks(5_000), Weeks(5_200)),");
    assert_eq!(hashes(&[&awake]), hashes(&[&hard]));
}

#[test]
fn firms_that_cannot_pass_on_their_cost_use_more_at_first_and_close_later() {
    let rule = |share: &str| {
        format!(
            "sector_rules.batteries.pass_through=(share: Share({share}), metal_share: Share(0.1), margin: Share(0.05), \
             patience: Weeks(13), exit: Years(1), reentry: Years(5))"
        )
    };
    let linkage = "nations.northland.policies.linkage=CostPassThrough(announced: Date(\"2024-01-01\"), \
                   in_force: Date(\"2024-01-01\"), mineral: \"cobalt\", share: Share(1))";
    let (all, none) = (circle(&[STOP, &rule("1")]), circle(&[STOP, &rule("0")]));
    let helped = circle(&[STOP, &rule("0"), linkage]);
    for seed in 1..=4 {
        let [all, none, helped] = [&all, &none, &helped].map(|setup| run(setup, seed, 160, TABLES));
        let margin = |out: &RunOutput| sector(out, "north-batteries", "margin_usd");
        let closed = |out: &RunOutput| series(&out.tables, "sectors", &[("sector", "north-batteries")], "closed");
        assert!(margin(&all) > margin(&none));
        assert!(closed(&all).iter().all(|closed| closed.abs() < 1e-12));
        assert!(*closed(&none).last().expect("weeks") > 0.05, "{:?}", closed(&none).last());
        // By decree firms pass on all of it; only the first week's share is still that of the rule.
        assert!((margin(&helped) / margin(&all) - 1.0).abs() < 0.05, "{} {}", margin(&helped), margin(&all));
        assert!(closed(&helped).iter().all(|closed| closed.abs() < 1e-12));
    }
    // Passed on in full, use is what it is without the rule, to a rounding of logarithms.
    let plain = run(&circle(&[STOP]), 1, 30, TABLES);
    let ruled = run(&all, 1, 30, TABLES);
    let gap = total(&ruled, "sectors", &[], "used_t") / total(&plain, "sectors", &[], "used_t") - 1.0;
    assert!(gap.abs() < 1e-3, "{gap}");
}

#[test]
fn research_switches_more_of_the_use_and_the_price_stays_lower() {
    let rule = "sector_rules.batteries.substitution=(threshold: 1.8, time: Years(2), most: Share(0.4))";
    let research = "nations.northland.policies.research=SubstitutionProgram(announced: Date(\"2024-01-01\"), \
                    in_force: Date(\"2024-01-01\"), mineral: \"cobalt\", spend_per_year: Usd(50_000_000), \
                    scale: Usd(20_000_000), lead: Years(0.25), elasticity_gain: 0.5, threshold_cut: Share(0.6), \
                    speed_gain: 2)";
    let (without, with) = (circle(&[STOP, rule]), circle(&[STOP, rule, research]));
    let (from, until) = (week(&without, "2024-07-01"), week(&without, "2025-12-29"));
    for [without, with] in paired(&without, &with, until + 52) {
        let switched =
            |out: &RunOutput| series(&out.tables, "sectors", &[("sector", "north-batteries")], "substituted");
        assert!(switched(&with)[until] > 1.3 * switched(&without)[until], "{}", switched(&without)[until]);
        assert!(switched(&with)[until + 51] > 0.8 * switched(&with)[until], "it outlasts the stop");
        let during = |out: &RunOutput| mean(&price(out, "refined", "north")[from..until]);
        assert!(during(&with) < during(&without));
        let spent = total(&with, "nations", &[("nation", "northland")], "programs_usd");
        assert!((spent / (50e6 * (until + 52) as f64 / 52.178_57) - 1.0).abs() < 1e-4, "{spent}");
    }
}

#[test]
fn a_dearer_metal_moves_chemistries_away_from_it() {
    let free = world::<&str>(COBALT, &[]);
    let stopped = world(
        COBALT,
        &["nations.cod.policies.stop=ExportBan(announced: Date(\"2024-06-03\"), in_force: Date(\"2024-07-01\"), \
           until: Date(\"2026-06-29\"), mineral: \"cobalt\", stages: [\"hydroxide\", \"refined\"])"],
    );
    for [free, stopped] in paired(&free, &stopped, 130) {
        let share = |out: &RunOutput, technology| {
            let keys = [("service", "ev-batteries-chn"), ("technology", technology)];
            *series(&out.tables, "services", &keys, "share").last().expect("weeks")
        };
        assert!(share(&stopped, "lfp") > 1.02 * share(&free, "lfp"));
        assert!(share(&stopped, "nmc-622") < 0.9 * share(&free, "nmc-622"));
        let sum: f64 = ["lfp", "nca", "nmc-622", "nmc-811"].map(|technology| share(&stopped, technology)).iter().sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_scenario_says_which_path_is_followed() {
    let growth = |sets: &[&str]| {
        let setup = world(COBALT, sets);
        let sector = setup.sectors.iter().find(|sector| sector.id.as_str() == "chn-ev-batteries").expect("a sector");
        sector.growth.at(2030.5)
    };
    assert!((growth(&[]) - 2.152).abs() < 1e-9);
    assert!((growth(&["scenario=\"nze\""]) - 3.554).abs() < 1e-9);
    assert!(
        (growth(&["scenario=\"aps\"", "sectors.chn-ev-batteries.growth={ 2024: 1, 2030: 1.5 }"]) - 1.5).abs() < 1e-9
    );
}

#[test]
fn a_recycler_without_scrap_and_a_service_that_nobody_names_change_nothing() {
    let idle = "recyclers.north-recycler=(label: (zh: \"北\", en: \"N\"), nation: \"northland\", mineral: \"cobalt\", \
                product: \"refined\", rule: \"recycler\", capacity: TonnesPerYear(9_000), recovery: Share(0.95), \
                cost: UsdPerTonne(3_000))";
    let service = "services.idle=(label: (zh: \"闲\", en: \"I\"), nation: \"northland\", turnover: Years(3), \
                   sensitivity: 10, technologies: { \"a\": (label: (zh: \"甲\", en: \"A\"), share: Share(1), \
                   metals: { \"cobalt\": 0.1 }, other_cost: 50) })";
    let prices = |sets: &[&str]| {
        let out = run(&world(SHORES, sets), 2, 200, TABLES);
        ["hydroxide", "refined"].map(|stage| price(&out, stage, "north"))
    };
    assert_eq!(prices(&[CIRCLE[1], idle, service]), prices(&[]));
}
