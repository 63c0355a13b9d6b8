//! Behavior bends the right way: what a decree does to those inside and outside, over seeds that share their luck.

use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;
use oreworld::setup::Setup;

use crate::runs::{COBALT, arm, mean, price, run, series, week, world};

const ABROAD: [&str; 4] = ["chn", "fin", "jpn", "row"];
const SEEDS: std::ops::RangeInclusive<u64> = 1..=6;

/// Weekly mean over the regions abroad.
fn abroad(out: &RunOutput, stage: &str) -> Vec<f64> {
    let prices = ABROAD.map(|region| price(out, stage, region));
    (0..prices[0].len()).map(|week| mean(&prices.each_ref().map(|prices| prices[week]))).collect()
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

/// Runs of worlds with the same seed, for every seed.
fn paired<const N: usize>(worlds: [&Setup; N], weeks: usize) -> impl Iterator<Item = [RunOutput; N]> {
    SEEDS.map(move |seed| worlds.map(|world| run(world, seed, weeks, TABLES)))
}

fn market(out: &RunOutput, stage: &str, region: &str, column: &str) -> Vec<f64> {
    series(&out.tables, "markets", &[("stage", stage), ("region", region)], column)
}

/// Before a decree is announced, runs with the same seed are the same.
fn until_the_news(one: &RunOutput, other: &RunOutput, news: usize) {
    for stage in ["hydroxide", "refined"] {
        assert_eq!(abroad(one, stage)[..news], abroad(other, stage)[..news]);
    }
}

#[test]
fn the_stop_divides_the_world() {
    let (free, stopped) = (arm("no-stop", &[]), arm("as-it-happened", &[]));
    let (from, until) = (week(&free, "2025-02-24"), week(&free, "2025-10-16"));
    for [free, stopped] in paired([&free, &stopped], until + 60) {
        until_the_news(&free, &stopped, from);
        for stage in ["hydroxide", "refined"] {
            let (before, during) = (abroad(&stopped, stage), from..until);
            let rise = mean(&before[during.clone()]) / mean(&abroad(&free, stage)[during.clone()]);
            assert!(rise > 1.1, "{stage} abroad ×{rise}");
            assert!(mean(&before[until - 4..until]) > 1.2 * mean(&before[from - 8..from]), "{stage}");
        }
        let inside = price(&stopped, "hydroxide", "cod");
        assert!(mean(&inside[from..until]) <= mean(&inside[from - 26..from]), "inside");
        assert!(mean(&inside[from..until]) < mean(&price(&free, "hydroxide", "cod")[from..until]), "inside");

        let held = |out: &RunOutput, region| market(out, "hydroxide", region, "stock_t")[until - 1];
        let under_way =
            |out: &RunOutput| sum(&ABROAD.map(|region| market(out, "hydroxide", region, "under_way_t")[until - 1]));
        assert!(held(&stopped, "chn") < 0.5 * held(&free, "chn"), "stocks abroad run down");
        assert!(under_way(&stopped) < 0.2 * under_way(&free), "little is under way");
        assert!(held(&stopped, "cod") > 1.5 * held(&free, "cod"), "stocks inside pile up");

        let late = until..until + 40;
        let utilization =
            |out: &RunOutput| {
                mean(&["chn-refiners", "fin-kokkola", "jpn-niihama"].map(|plant| {
                    mean(&series(&out.tables, "plants", &[("plant", plant)], "utilization")[late.clone()])
                }))
            };
        assert!(utilization(&stopped) < 0.8 * utilization(&free), "plants abroad idle when stocks are gone");
        let unmet = |out: &RunOutput| sum(&series(&out.tables, "sectors", &[], "unmet_t")[from..until + 60]);
        assert!(unmet(&stopped) > 10_000.0 + 10.0 * unmet(&free), "{} {}", unmet(&stopped), unmet(&free));
    }
}

#[test]
fn reserves_leave_less_demand_unmet() {
    let (bare, reserved) = (arm("as-it-happened", &[]), arm("reserve-60-days", &[]));
    let from = week(&bare, "2025-02-24");
    for [bare, reserved] in paired([&bare, &reserved], 157) {
        let released = series(&reserved.tables, "reserves", &[], "released_t");
        assert!(sum(&released[from..]) > 5_000.0);
        let unmet = |out: &RunOutput| sum(&series(&out.tables, "sectors", &[], "unmet_t"));
        assert!(unmet(&reserved) < 0.95 * unmet(&bare), "{} {}", unmet(&reserved), unmet(&bare));
        for region in ["chn", "jpn"] {
            let peak = |out: &RunOutput| mean(&price(out, "refined", region)[from..]);
            assert!(peak(&reserved) < peak(&bare), "{region}");
        }
    }
}

#[test]
fn an_announced_ban_is_run_ahead_of() {
    let free = world::<&str>(COBALT, &[]);
    let banned = world(
        COBALT,
        &["nations.cod.policies.ban=ExportBan(announced: Date(\"2024-10-07\"), in_force: Date(\"2025-02-24\"), \
           until: Date(\"2025-10-16\"), mineral: \"cobalt\", stages: [\"hydroxide\", \"refined\"])"],
    );
    let (news, from) = (week(&free, "2024-10-07"), week(&free, "2025-02-24"));
    assert_eq!(from - news, 20);
    for [free, banned] in paired([&free, &banned], from) {
        until_the_news(&free, &banned, news);
        let shipped = |out: &RunOutput| sum(&market(out, "hydroxide", "cod", "shipped_out_t")[news..]);
        assert!(shipped(&banned) > 1.05 * shipped(&free), "{} {}", shipped(&banned), shipped(&free));
        for stage in ["hydroxide", "refined"] {
            let last = |out: &RunOutput| mean(&abroad(out, stage)[from - 10..]);
            assert!(last(&banned) > 1.03 * last(&free), "{stage}: {} {}", last(&banned), last(&free));
        }
    }
}

#[test]
fn an_announced_royalty_gives_no_spike_abroad() {
    let royalty = "nations.cod.policies.royalty=Royalty(announced: Date(\"2018-06-01\"), in_force: Date(\"2018-06-01\"), \
                   mineral: \"cobalt\", terms: AdValorem(Share(0.02)))";
    let more = "nations.cod.policies.more=Royalty(announced: Date(\"2024-12-02\"), in_force: Date(\"2025-06-02\"), \
                mineral: \"cobalt\", terms: AdValorem(Share(0.08)))";
    let (low, high) = (world(COBALT, &[royalty]), world(COBALT, &[royalty, more]));
    let (news, from) = (week(&low, "2024-12-02"), week(&low, "2025-06-02"));
    for [low, high] in paired([&low, &high], from + 104) {
        let output = |out: &RunOutput| sum(&series(&out.tables, "mines", &[], "output_t"));
        let ratio = output(&high) / output(&low);
        // Diggers, whose cost is near the price, dig a little less; no one else does.
        assert!((0.97..1.01).contains(&ratio), "few tonnes are lost: ×{ratio}");
        for stage in ["hydroxide", "refined"] {
            let (high, low) = (abroad(&high, stage), abroad(&low, stage));
            let quarter = |prices: &[f64], week| mean(&prices[week..week + 13]);
            let spike = (news..from + 91).map(|week| quarter(&high, week) / quarter(&low, week)).fold(0.0, f64::max);
            assert!(spike < 1.1, "{stage} ×{spike}");
        }
        let taken = |out: &RunOutput| sum(&series(&out.tables, "nations", &[("nation", "cod")], "royalty_usd")[from..]);
        let ratio = taken(&high) / taken(&low);
        assert!((4.0..6.0).contains(&ratio), "five times the rate brings ×{ratio}");
    }
}

#[test]
fn a_nationalized_mine_makes_less_and_its_margin_goes_to_the_treasury() {
    let free = world::<&str>(COBALT, &[]);
    let taken = world(
        COBALT,
        &[
            "nations.cod.policies.taking=Nationalization(announced: Date(\"2024-12-02\"), in_force: Date(\"2025-02-24\"), \
           mines: [\"cod-kisanfu\"], share: Share(0.6), compensation: Share(0), efficiency_loss: Share(0.15))",
        ],
    );
    let from = week(&free, "2025-02-24");
    for [free, taken] in paired([&free, &taken], from + 104) {
        let output = |out: &RunOutput, mine| sum(&series(&out.tables, "mines", &[("mine", mine)], "output_t")[from..]);
        let ratio = output(&taken, "cod-kisanfu") / output(&free, "cod-kisanfu");
        assert!((ratio - 0.85).abs() < 0.005, "×{ratio}");
        let ratio = output(&taken, "cod-tenke") / output(&free, "cod-tenke");
        assert!((0.99..1.03).contains(&ratio), "others go on: ×{ratio}");
        let margin = series(&taken.tables, "nations", &[("nation", "cod")], "state_margin_usd");
        assert!(sum(&margin[..from]) == 0.0 && sum(&series(&free.tables, "nations", &[], "state_margin_usd")) == 0.0);
        // 0.6 of what the mine earns above its cost of 4,000 USD/t and the royalty of a tenth.
        let sold = series(&taken.tables, "mines", &[("mine", "cod-kisanfu")], "sold_t");
        let prices = price(&taken, "hydroxide", "cod");
        let due: f64 = (from..from + 104).map(|week| 0.6 * sold[week] * (0.9 * prices[week] - 4_000.0)).sum();
        assert!(due > 0.0 && (sum(&margin) / due - 1.0).abs() < 1e-4, "{} {due}", sum(&margin));
    }
}

#[test]
fn a_tariff_raises_the_price_behind_it_and_an_export_duty_lowers_it() {
    let terms = "announced: Date(\"2024-12-02\"), in_force: Date(\"2025-02-24\"), mineral: \"cobalt\", \
                 stages: [\"hydroxide\"], rate: Share(0.2)";
    let free = world::<&str>(COBALT, &[]);
    let tariff = world(COBALT, &[format!("nations.chn.policies.levy=ImportTariff({terms})")]);
    let duty = world(COBALT, &[format!("nations.cod.policies.levy=ExportDuty({terms})")]);
    let from = week(&free, "2025-02-24");
    let mut passed_on = 0.0;
    for [free, tariff, duty] in paired([&free, &tariff, &duty], from + 104) {
        let hydroxide = |out: &RunOutput, region| mean(&price(out, "hydroxide", region)[from..]);
        let gap = |out: &RunOutput| hydroxide(out, "chn") - hydroxide(out, "cod");
        // The levy stands between the two prices, and both sides bear some of it.
        let change = |out: &RunOutput, region| hydroxide(out, region) - hydroxide(&free, region);
        assert!(change(&tariff, "chn") > 0.0 && change(&tariff, "cod") < 0.0, "tariff");
        assert!(change(&duty, "chn") > 0.0 && change(&duty, "cod") < 0.0, "duty");
        let wedge = gap(&tariff) - gap(&free);
        assert!((wedge / (0.2 * hydroxide(&tariff, "chn")) - 1.0).abs() < 0.05, "tariff: {wedge}");
        let wedge = gap(&duty) - gap(&free);
        assert!((wedge / (0.2 * hydroxide(&duty, "cod")) - 1.0).abs() < 0.05, "duty: {wedge}");
        // Finland buys what China does not; Chinese makers pass some of it on.
        assert!(change(&tariff, "fin") < change(&tariff, "chn"));
        let refined = |out: &RunOutput| mean(&price(out, "refined", "chn")[from..]);
        passed_on += refined(&duty) - refined(&free);
    }
    // In a single run luck, of which firms' views of the trend make much, may hide it.
    assert!(passed_on > 0.0, "{passed_on}");
}
