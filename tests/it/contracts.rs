//! Contracts bind sellers before the spot market, and no more than the borders allow.

use oreworld::record::TABLES;
use oreworld::results::simulate::RunOutput;

use crate::invariants::hold;
use crate::runs::{COBALT, SHORES, mean, price, run, series, week, world};

/// Half of what the one-page world's mine digs, under contract from the start.
const CONTRACT: &str = "offtakes.old=(seller: \"red-hill\", buyer: \"harbor-works\", quantity: TonnesPerYear(5_000), \
                        from: Date(\"2024-01-01\"), terms: (formula: Spot(Weeks(4)), tolerance: Share(0.1), band: Share(0.02)))";
const BAN: &str = "nations.southland.policies.ban=ExportBan(announced: Date(\"2025-01-06\"), in_force: Date(\"2025-02-24\"), \
                   until: Date(\"2025-08-25\"), mineral: \"cobalt\", stages: [\"hydroxide\"])";
const QUOTA: &str = "nations.southland.policies.quota=ExportQuota(announced: Date(\"2024-11-04\"), in_force: Date(\"2025-01-06\"), \
                     until: Date(\"2026-01-05\"), mineral: \"cobalt\", stage: \"hydroxide\", amount: Tonnes(3_000), \
                     carry_over: Weeks(0), holder: Producers)";

fn contract(out: &RunOutput, column: &str) -> Vec<f64> {
    series(&out.tables, "offtakes", &[("contract", "old")], column)
}

fn shipped(out: &RunOutput) -> Vec<f64> {
    series(&out.tables, "markets", &[("stage", "hydroxide"), ("region", "south")], "shipped_out_t")
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

#[test]
fn a_contract_is_paid_by_its_formula_and_nominated_within_its_tolerance() {
    let out = run(&world(SHORES, &[CONTRACT]), 3, 120, TABLES);
    let (spot, paid) = (price(&out, "hydroxide", "north"), contract(&out, "price_usd_per_t"));
    let (nominated, delivered) = (contract(&out, "nominated_t"), contract(&out, "delivered_t"));
    let normal = 5_000.0 / 52.178;
    let (mut levels, mut in_full) = ([0; 3], 0);
    for week in 4..120 {
        let due = mean(&spot[week - 4..week]);
        assert!((paid[week] - due).abs() < 0.01, "week {week}: {} {due}", paid[week]);
        let level = if spot[week - 1] < 0.98 * due { 0 } else { 1 + usize::from(spot[week - 1] > 1.02 * due) };
        levels[level] += 1;
        // A plant that has no room defers some of it.
        let (taken, due) = (nominated[week] / normal, [0.9, 1.0, 1.1][level]);
        assert!(taken < due + 1e-3, "week {week}: {taken} of {due}");
        in_full += usize::from((taken - due).abs() < 1e-3);
        assert!((delivered[week] - nominated[week]).abs() < 1e-9, "week {week}");
        assert!(shipped(&out)[week] >= delivered[week], "week {week}");
    }
    assert!(in_full > 50, "{in_full} weeks in full");
    assert!(levels.iter().all(|weeks| *weeks > 3), "spot leaves the band on both sides: {levels:?}");
}

#[test]
fn the_books_close_and_the_borders_hold_with_contracts() {
    let program = "nations.northland.policies.program=OfftakeProgram(announced: Date(\"2024-02-01\"), \
                   in_force: Date(\"2024-04-01\"), mineral: \"cobalt\", stage: \"refined\", matching: (share_of_output: Share(0.8), \
                   share_of_need: Share(0.5), tenor: Weeks(26), terms: (formula: Fixed(UsdPerTonne(26_000)))))";
    for sets in [&[CONTRACT, BAN, program][..], &[CONTRACT, QUOTA, program]] {
        (1..=3).for_each(|seed| hold(&world(SHORES, sets), seed, 150));
    }
}

#[test]
fn a_ban_is_force_majeure() {
    let setup = world(SHORES, &[CONTRACT, BAN]);
    let (from, until) = (week(&setup, "2025-02-24"), week(&setup, "2025-08-25"));
    for seed in 1..=3 {
        let out = run(&setup, seed, 120, TABLES);
        let [stopped, nominated, delivered] =
            ["force_majeure", "nominated_t", "delivered_t"].map(|column| contract(&out, column));
        for week in 0..120 {
            assert_eq!(stopped[week] > 0.0, (from..until).contains(&week), "seed {seed}, week {week}");
            let nothing = (from..until).contains(&week) || nominated[week] == 0.0;
            assert_eq!(delivered[week] == 0.0, nothing, "seed {seed}, week {week}");
        }
        let reliability = contract(&out, "seller_reliability");
        assert!(reliability[until - 1] < 0.7 && reliability[119] > reliability[until], "a record is lost and mended");
    }
}

#[test]
fn a_quota_is_open_to_contracts_first() {
    let [bound, free] = [&[CONTRACT, QUOTA][..], &[QUOTA]].map(|sets| world(SHORES, sets));
    let (from, until) = (week(&bound, "2025-01-06"), week(&bound, "2026-01-05"));
    let out = run(&bound, 2, until, TABLES);
    let (delivered, shipped_all) = (contract(&out, "delivered_t"), shipped(&out));
    for week in from..until {
        // A contract of 96 t a week against slices of 58 t: it takes them whole, and spot ships nothing.
        assert!((delivered[week] - shipped_all[week]).abs() < 1e-9, "week {week}");
    }
    assert!((sum(&delivered[from..until]) - 3_000.0).abs() < 0.001);
    assert!(sum(&shipped(&run(&free, 2, until, TABLES))[from..until]) <= 3_000.001);
}

/// Three years of quotas on the DRC; Japan's users hold contracts for refined metal with a capped price from before, or none.
#[test]
fn users_under_contract_go_less_short_and_pay_less_in_a_disruption() {
    let quota = "nations.cod.policies.quota=ExportQuota(announced: Date(\"2025-01-06\"), in_force: Date(\"2025-02-24\"), \
                 until: Date(\"2028-02-21\"), mineral: \"cobalt\", stage: \"hydroxide\", amount: Tonnes(240_000), \
                 carry_over: Weeks(4), holder: Producers)";
    let program = "nations.jpn.policies.program=OfftakeProgram(announced: Date(\"2024-02-05\"), in_force: Date(\"2024-04-01\"), \
                   until: Date(\"2025-01-06\"), mineral: \"cobalt\", stage: \"refined\", matching: (share_of_output: Share(0.9), \
                   share_of_need: Share(0.8), tenor: Weeks(260), terms: (formula: Spot(Weeks(13)), cap: UsdPerTonne(30_000))))";
    let (spot, bound) = (world(COBALT, &[quota]), world(COBALT, &[quota, program]));
    let from = week(&spot, "2025-02-24");
    for seed in 1..=4 {
        let [spot, bound] = [&spot, &bound].map(|setup| run(setup, seed, 209, TABLES));
        let japan = |out: &RunOutput, column: &str| {
            let of = |kind| series(&out.tables, "sectors", &[("sector", &*format!("jpn-{kind}"))], column);
            sum(&["ev-batteries", "portable", "superalloys", "other"].map(|kind| sum(&of(kind)[from..])))
        };
        let share = japan(&bound, "contracted_t") / japan(&bound, "bought_t");
        assert!(share > 0.15, "seed {seed}: {share} under contract");
        let (free, held) = (japan(&spot, "unmet_t"), japan(&bound, "unmet_t"));
        assert!(held < 0.95 * free, "seed {seed}: {held} of {free}");
        let paid = |out: &RunOutput| japan(out, "spent_usd") / japan(out, "bought_t");
        assert!(paid(&bound) < paid(&spot), "seed {seed}");
    }
}

/// Known 13 weeks before, a ban is run ahead of: buyers abroad and merchants hold more on the eve, and the fall of the
/// price inside comes when it binds.
#[test]
fn a_ban_that_is_announced_is_bought_ahead_of_by_users_and_merchants() {
    let ban = "nations.cod.policies.ban=ExportBan(announced: Date(\"2024-11-25\"), in_force: Date(\"2025-02-24\"), \
               until: Date(\"2025-10-16\"), mineral: \"cobalt\", stages: [\"hydroxide\", \"refined\"])";
    let (free, banned) = (world::<&str>(COBALT, &[]), world(COBALT, &[ban]));
    let (news, from) = (week(&free, "2024-11-25"), week(&free, "2025-02-24"));
    assert_eq!(from - news, 13);
    for seed in 1..=4 {
        let [free, banned] = [&free, &banned].map(|setup| run(setup, seed, from + 8, TABLES));
        let eve = |out: &RunOutput, column: &str| {
            sum(&["chn", "fin", "jpn", "row"].map(|region| {
                series(&out.tables, "markets", &[("stage", "hydroxide"), ("region", region)], column)[from - 1]
            }))
        };
        let position = |out: &RunOutput| eve(out, "stock_t") + eve(out, "under_way_t");
        assert!(position(&banned) > 1.03 * position(&free), "seed {seed}: {} {}", position(&banned), position(&free));
        let held = |out: &RunOutput| {
            let of =
                |column| series(&out.tables, "merchants", &[("merchant", "chn-hydroxide-trader")], column)[from - 1];
            of("stock_t") + of("under_way_t")
        };
        assert!(held(&banned) > held(&free), "seed {seed}: merchants {} {}", held(&banned), held(&free));
        let inside = |out: &RunOutput| price(out, "hydroxide", "cod");
        let before = mean(&inside(&banned)[news..from]) / mean(&inside(&free)[news..from]);
        let after = mean(&inside(&banned)[from + 1..]) / mean(&inside(&free)[from + 1..]);
        assert!(after < 0.9 * before, "seed {seed}: inside ×{before} before, ×{after} after");
    }
}

/// A floor at one and a half times spot: the mine sells under contract what its buyer must take, at the floor, and the
/// buyer buys as much less at spot. At three times spot the buyer cuts its use until it has no room for some of it, and
/// then buys nothing at spot.
#[test]
fn a_floor_above_spot_binds_the_buyer() {
    let floored = |floor: u32| {
        let contract = CONTRACT.replace("terms: (", &format!("terms: (floor: UsdPerTonne({floor}), "));
        world(SHORES, &[contract.as_str()])
    };
    let (free, bound, dear) = (world::<&str>(SHORES, &[]), floored(24_000), floored(48_000));
    let least = 0.9 * 5_000.0 / (365.25 / 7.0);
    let at_spot = |out: &RunOutput| {
        let of = |column| series(&out.tables, "plants", &[("plant", "harbor-works")], column);
        of("bought_t")
            .iter()
            .zip(&of("contracted_t"))
            .map(|(bought, contracted)| bought - contracted)
            .collect::<Vec<_>>()
    };
    for seed in 1..=3 {
        let [free, bound, dear] = [&free, &bound, &dear].map(|setup| run(setup, seed, 150, TABLES));
        let (nominated, paid) = (contract(&bound, "nominated_t"), contract(&bound, "price_usd_per_t"));
        let spot = price(&bound, "hydroxide", "north");
        let below = |week: &usize| mean(&spot[*week - 4..*week]) < 24_000.0 && spot[*week - 1] < 0.98 * 24_000.0;
        let weeks: Vec<usize> = (4..150).filter(below).collect();
        assert!(weeks.len() > 75, "seed {seed}: {} weeks below the floor", weeks.len());
        for week in weeks {
            assert!((nominated[week] - least).abs() < 1e-3, "seed {seed}, week {week}: {} of {least}", nominated[week]);
            assert!((paid[week] - 24_000.0).abs() < 0.01, "seed {seed}, week {week}: {}", paid[week]);
        }
        assert!(sum(&contract(&bound, "deferred_t")) < 1e-9, "seed {seed}");
        let (without, with) = (sum(&at_spot(&free)), sum(&at_spot(&bound)));
        assert!(with < without - 0.9 * sum(&nominated), "seed {seed}: {with} at spot instead of {without}");

        let (deferred, bought) = (contract(&dear, "deferred_t"), at_spot(&dear));
        let full: Vec<usize> = (0..150).filter(|week| deferred[*week] > 0.0).collect();
        assert!(!full.is_empty(), "seed {seed}");
        assert!(full.iter().all(|week| bought[*week] < 1e-9), "seed {seed}: {full:?}");
        assert!(sum(&contract(&dear, "nominated_t")) > 0.95 * 150.0 * least, "seed {seed}");
    }
}
