//! Batteries of cars in the worlds of their metals: written alike in all five, and moved by all five prices where these are joined.

use oreworld::math;
use oreworld::results::simulate::RunOutput;
use oreworld::setup::{Market, Setup};

use crate::runs::{COBALT, run, series, world};

const SIX: &str = "worlds/six-2024.ron";

/// Where each metal has a world of its own, and the market in which sectors buy it.
const METALS: [(&str, &str, &str); 5] = [
    (COBALT, "cobalt", "refined"),
    ("worlds/nickel-2024.ron", "nickel", "class1"),
    ("worlds/lithium-2024.ron", "lithium", "chemical"),
    ("worlds/natural-graphite-2024.ron", "graphite", "battery-grade"),
    ("worlds/copper-2024.ron", "copper", "refined"),
];

/// Prices of 2024 in USD/kg by which a world counts the metals that it has no market for.
const PRICES: [f64; 5] = [26.327, 16.812, 62.811, 3.6, 9.142];

/// Technologies in order of id: kilograms of the metals in a kilowatt-hour (BatPaC 5.1), and its cost at [`PRICES`].
///
/// For iron phosphate 88 USD besides lithium, and 0.09149 · 62.811 = 5.747 for that.
const TECHNOLOGIES: [(&str, [f64; 5], f64); 4] = [
    ("lfp", [0.0, 0.0, 0.091_49, 0.984_63, 0.551_07], 93.7466),
    ("nca", [0.133_62, 0.709_99, 0.107_49, 0.930_43, 0.377_61], 103.2057),
    ("nmc-622", [0.182_77, 0.546_26, 0.110_25, 0.909_6, 0.388_38], 103.0141),
    ("nmc-811", [0.082_61, 0.658_37, 0.099_8, 0.924_11, 0.369_51], 102.5543),
];

/// Service, region of its prices, opening shares, and of each metal a sector that it drives.
const SERVICES: [(&str, &str, [f64; 4], [&str; 5]); 2] = [
    (
        "ev-batteries-abroad",
        "row",
        [0.05, 0.33, 0.12, 0.5],
        [
            "row-ev-batteries",
            "kor-nickel-batteries",
            "kor-lithium-ev-batteries",
            "kor-graphite-ev-batteries",
            "eur-copper-ev",
        ],
    ),
    (
        "ev-batteries-chn",
        "chn",
        [0.6, 0.06, 0.06, 0.28],
        [
            "chn-ev-batteries",
            "chn-nickel-batteries",
            "chn-lithium-ev-batteries",
            "chn-graphite-ev-batteries",
            "chn-copper-ev",
        ],
    ),
];

/// Weeks of a run; the stops are in force in its last two years.
const WEEKS: usize = 131;
const LAST: usize = WEEKS - 1;

const STOPS: [&str; 2] = [
    "nations.cod.policies.stop=ExportBan(announced: Date(\"2024-06-03\"), in_force: Date(\"2024-07-01\"), \
     until: Date(\"2026-06-29\"), mineral: \"cobalt\", stages: [\"hydroxide\", \"refined\"])",
    "nations.idn.policies.stop=ExportBan(announced: Date(\"2024-06-03\"), in_force: Date(\"2024-07-01\"), \
     until: Date(\"2026-06-29\"), mineral: \"nickel\", stages: [\"npi\", \"intermediate\", \"class1\"])",
];

/// Long run as short run, so that what users require answers prices by the choice of technology alone.
const NO_OTHER_ANSWER: [&str; 4] = [
    "sector_rules.ev-batteries.long_run_elasticity=0.15",
    "sector_rules.lithium-ev-batteries.long_run_elasticity=0.1",
    "sector_rules.graphite-batteries.long_run_elasticity=0.08",
    "sector_rules.copper-ev.long_run_elasticity=0.1",
];

/// Cost of a technology at prices in USD/kg.
fn cost((_, kilograms, at_2024): &(&str, [f64; 5], f64), prices: &[f64; 5]) -> f64 {
    let dearer = (0..5).map(|metal| kilograms[metal] * (prices[metal] - PRICES[metal]));
    at_2024 + dearer.sum::<f64>()
}

/// Shares of a service's technologies, week by week.
fn shares(out: &RunOutput, service: &str) -> [Vec<f64>; 4] {
    TECHNOLOGIES.map(|(id, ..)| series(&out.tables, "services", &[("service", service), ("technology", id)], "share"))
}

/// Kilograms of a metal in the mean kilowatt-hour of a week.
fn content(shares: &[Vec<f64>; 4], metal: usize, week: usize) -> f64 {
    TECHNOLOGIES.iter().zip(shares).map(|((_, kilograms, _), shares)| kilograms[metal] * shares[week]).sum()
}

#[test]
fn worlds_write_the_same_batteries_and_only_their_own_metal_has_a_price_that_moves() {
    let whole = (SIX, &METALS[..]);
    let parts = METALS.iter().map(|metal| (metal.0, std::slice::from_ref(metal)));
    for (path, metals) in parts.chain([whole]) {
        let setup: Setup = world::<&str>(path, &[]);
        for (service, (id, region, opening, _)) in setup.services.iter().zip(SERVICES) {
            let nation = &setup.nations[service.nation];
            assert_eq!((service.id.as_str(), setup.regions[nation.region].id.as_str()), (id, region), "{path}");
            assert!((service.turnover_years - 4.0).abs() + (service.sensitivity - 15.0).abs() < 1e-12, "{path}");
            assert_eq!(service.technologies.len(), TECHNOLOGIES.len());
            for ((technology, written), share) in service.technologies.iter().zip(&TECHNOLOGIES).zip(opening) {
                assert_eq!(technology.id.as_str(), written.0, "{path}");
                assert!((technology.share - share).abs() < 1e-12, "{path}: {}", written.0);
                let mut total = technology.other_cost;
                for (market, amount) in &technology.metals {
                    let mineral = setup.minerals[setup.markets[*market].mineral].id.as_str();
                    let metal = METALS.iter().position(|metal| metal.1 == mineral).expect("a battery metal");
                    assert!(metals.contains(&METALS[metal]), "{path}: {mineral}");
                    assert!((amount - written.1[metal]).abs() < 1e-12, "{path}: {mineral} in {}", written.0);
                    total += amount * PRICES[metal];
                }
                assert!((total - written.2).abs() < 1e-3, "{path}: {} costs {total}", written.0);
            }
        }
        assert_eq!(setup.services.len(), SERVICES.len(), "{path}");
    }
}

/// Shares in a week by hand: each week they go 1/(4 · 52.18) of the way to s⁰ · exp(−15 · (c − c⁰)/c̄⁰), at the prices of the week before.
fn by_hand(setup: &Setup, out: &RunOutput, region: &str, at_opening: [f64; 4], week: usize) -> [f64; 4] {
    let opening = METALS.map(|(_, mineral, stage)| {
        let of = |market: &&Market| setup.minerals[market.mineral].id.as_str() == mineral;
        let market = setup.markets.iter().filter(of).find(|market| market.stage.as_str() == stage).expect("a market");
        setup.minerals[market.mineral].quantum.usd_per_tonne(market.opening_price) / 1_000.0
    });
    let prices = METALS.map(|(_, mineral, stage)| {
        let keys = [("mineral", mineral), ("stage", stage), ("region", region)];
        series(&out.tables, "markets", &keys, "price_usd_per_t")
    });
    let costs = TECHNOLOGIES.each_ref().map(|technology| cost(technology, &opening));
    let mean: f64 = costs.iter().zip(at_opening).map(|(cost, share)| cost * share).sum();
    let mut shares = at_opening;
    for before in 0..week {
        let now = prices.each_ref().map(|prices| prices[before] / 1_000.0);
        let dearer = |k: usize| (cost(&TECHNOLOGIES[k], &now) - costs[k]) / mean;
        let odds = [0, 1, 2, 3].map(|k| at_opening[k] * math::exp(-15.0 * dearer(k)));
        for (share, odds_of_it) in shares.iter_mut().zip(odds) {
            *share += (odds_of_it / odds.iter().sum::<f64>() - *share) / (4.0 * 52.178_57);
        }
    }
    shares
}

/// Two worlds, the second without cobalt from the DRC and nickel from Indonesia, by the same seed.
fn with_and_without(sets: &[&str], seed: u64) -> [RunOutput; 2] {
    let tables = &["markets", "sectors", "services"];
    [sets, &[sets, &STOPS].concat()].map(|sets| run(&world(SIX, sets), seed, WEEKS, tables))
}

#[test]
fn dear_cobalt_and_nickel_move_shares_as_the_logit_says_at_five_prices() {
    let setup = world::<&str>(SIX, &[]);
    for seed in 1..=3 {
        let [open, dear] = with_and_without(&[], seed);
        for (service, region, at_opening, _) in SERVICES {
            let [open, shares] = [&open, &dear].map(|out| shares(out, service));
            for week in [1, 26, 27, LAST] {
                let by_hand = by_hand(&setup, &dear, region, at_opening, week);
                for (share, by_hand) in shares.each_ref().map(|shares| shares[week]).iter().zip(by_hand) {
                    assert!((share - by_hand).abs() < 1e-7, "{service}, week {week}: {share} {by_hand}");
                }
            }
            // Were cobalt and nickel half as dear again, 811 would cost 6.5 USD more: odds of e^(−15 · 6.5/97) = 0.37, a share of iron phosphate of
            // 0.80 in China and 0.13 abroad, and two of four years go 0.39 of the way there. Stopped, both are dearer than that.
            let least = if region == "chn" { 0.39 * (0.80 - 0.60) } else { 0.39 * (0.13 - 0.05) };
            assert!(shares[0][LAST] - open[0][LAST] > least, "{service}: {} {}", shares[0][LAST], open[0][LAST]);
        }
    }
}

#[test]
fn what_users_require_of_each_metal_follows_its_kilograms_in_the_mean_battery() {
    for seed in 1..=3 {
        let [open, dear] = with_and_without(&NO_OTHER_ANSWER, seed);
        for (service, _, _, sectors) in SERVICES {
            let changes: Vec<f64> = (0..5)
                .map(|metal| {
                    // Luck is the same in both, so what is left is the metal in a kilowatt-hour; a week's use is cut to the kilogram.
                    let required = |out: &RunOutput| {
                        series(&out.tables, "sectors", &[("sector", sectors[metal])], "required_t")[LAST]
                    };
                    let content = |out: &RunOutput| content(&shares(out, service), metal, LAST);
                    let (measured, worked_out) = (required(&dear) / required(&open), content(&dear) / content(&open));
                    assert!((measured / worked_out - 1.0).abs() < 2e-5, "{}: {measured} {worked_out}", sectors[metal]);
                    measured - 1.0
                })
                .collect();
            // Iron phosphate holds no cobalt or nickel, 8 % less lithium than 811, 7 % more graphite and 49 % more copper.
            assert!(changes[0] < -0.05 && changes[1] < -0.05 && changes[2] < 0.0, "{service}: {changes:?}");
            assert!(changes[3] > 0.0 && changes[4] > changes[3], "{service}: {changes:?}");
        }
    }
}
