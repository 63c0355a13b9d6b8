//! The model in its limit: where theory has an exact solution, orders that clear in the market must find it.
//!
//! Every case runs a world of `worlds/limits/` and compares what the market did with the published solution. What was
//! measured is printed beside the reference: `cargo test --test it limits -- --nocapture`.

use oreworld::agent::Agent;
use oreworld::harvest::Harvest;
use oreworld::ledger::{Ledger, Slot};
use oreworld::market::Markets;
use oreworld::math;
use oreworld::merchant::Merchant;
use oreworld::model::Model;
use oreworld::reserve::Reserve;
use oreworld::setup::Setup;
use oreworld::storage::{Crop, Demand, Keeping, Solution};
use oreworld::streams::{Draw, Purpose, Streams};

use crate::runs::{price, run, series, world};

const STORAGE: &str = "worlds/limits/storage.ron";
const CURVES: &str = "worlds/limits/curves.ron";

/// The unit of mass of the theory in quanta, and that of price in cents per 1,000 quanta.
const UNIT: f64 = 1e7;
const PRICE: f64 = 1e6;

/// A week in the units of the theory.
#[derive(Debug, Clone, Copy)]
struct Period {
    /// A: used and carried out.
    available: f64,
    /// S, private and public.
    stock: f64,
    /// P.
    price: f64,
    /// H planned for the next week.
    harvest: f64,
}

fn period(model: &Model) -> Period {
    let market = &model.world().resource::<Markets>()[0].regions[0];
    let ledger = model.world().resource::<Ledger>();
    let (mut stock, mut harvest) = (0.0, 0.0);
    model.each::<(&Agent, &Merchant)>(|(agent, _)| stock += ledger.mass(agent.account, Slot::Store).real() / UNIT);
    model.each::<(&Agent, &Reserve)>(|(agent, _)| stock += ledger.mass(agent.account, Slot::Store).real() / UNIT);
    model.each::<&Harvest>(|plan| harvest += plan.0.map_or(0.0, |sown| sown.planned) / UNIT);
    Period { available: stock + market.used.real() / UNIT, stock, price: market.price.real() / PRICE, harvest }
}

fn periods(setup: &Setup, seed: u64, weeks: u32) -> Vec<Period> {
    let mut model = Model::new(setup, seed);
    let week = |_| {
        model.step().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        period(&model)
    };
    (0..weeks).map(week).collect()
}

fn show(what: &str, measured: f64, reference: f64) {
    println!("{what:32} measured {measured:10.5}   reference {reference:10.5}");
}

#[track_caller]
fn within(what: &str, measured: f64, reference: f64, tolerance: f64) {
    show(what, measured, reference);
    assert!((measured - reference).abs() <= tolerance, "{what}: {measured} against {reference} ± {tolerance}");
}

/// What two neighboring observations say of availability in between.
fn at(observed: &[Period], available: f64) -> Period {
    let after = observed.partition_point(|period| period.available <= available);
    let (a, b) = (observed[after - 1], observed[after]);
    let part = (available - a.available) / (b.available - a.available);
    let between = |read: fn(&Period) -> f64| read(&a) + part * (read(&b) - read(&a));
    Period {
        available,
        stock: between(|period| period.stock),
        price: between(|period| period.price),
        harvest: between(|period| period.harvest),
    }
}

/// Many short runs from filled and from empty warehouses, in order of availability.
fn observed(nodes: u32) -> Vec<Period> {
    let mut all: Vec<Period> = Vec::new();
    for stock in [(0, 0), (2_000, 1_000), (4_000, 2_000)] {
        let setup = world(
            STORAGE,
            &[
                format!("merchant_rules.storer.forecast=Rational(nodes: {nodes}, steps: 6_000)"),
                "sector_rules.eaters.spot.steps=20_000".into(),
                format!("merchants.large.stock=Tonnes({})", stock.0),
                format!("merchants.small.stock=Tonnes({})", stock.1),
            ],
        );
        all.extend((1..=20).flat_map(|seed| periods(&setup, seed, 40)));
    }
    all.sort_by(|a, b| a.available.total_cmp(&b.available));
    all
}

/// STO1 of the RECS demonstrations, after Wright and Williams 1982.
#[test]
fn storers_who_know_the_market_stop_at_the_cut_off_price() {
    for (nodes, cut_off, available, harvest) in [(7, 0.93376, 1.01380, 1.00681), (51, 0.93572, 1.01338, 1.00721)] {
        println!("{nodes} nodes");
        let seen = observed(nodes);
        let storing = || seen.iter().filter(|period| period.stock > 0.0);
        let empty = || seen.iter().filter(|period| period.stock == 0.0);
        let highest = storing().map(|period| period.price).fold(0.0, f64::max);
        let lowest = empty().map(|period| period.price).fold(f64::INFINITY, f64::min);
        within("highest price with stock", highest, cut_off, 1e-3);
        within("lowest price without", lowest, cut_off, 1e-3);
        let least = storing().map(|period| period.available).fold(f64::INFINITY, f64::min);
        within("least availability with stock", least, available, 1e-3);
        for period in empty() {
            assert!((period.harvest - harvest).abs() < 1e-4, "{period:?}");
        }
        show("harvest after a stock-out", empty().map(|period| period.harvest).fold(0.0, f64::max), harvest);
    }
}

#[test]
fn stock_price_and_harvest_follow_availability_as_in_the_table() {
    let seen = observed(7);
    for (available, stock, harvest, price) in [
        (0.90, 0.0, 1.00681, 1.69351),
        (1.00, 0.0, 1.00681, 1.00000),
        (1.05, 0.02496, 0.99668, 0.88367),
        (1.10, 0.06094, 0.98450, 0.82567),
        (1.20, 0.13638, 0.96389, 0.73461),
        (1.30, 0.21710, 0.94827, 0.67152),
        (1.50, 0.38487, 0.92338, 0.57993),
    ] {
        let found = at(&seen, available);
        within(&format!("A {available}: stock"), found.stock, stock, 5e-5);
        within(&format!("A {available}: harvest"), found.harvest, harvest, 5e-5);
        within(&format!("A {available}: price"), found.price, price, 1e-4);
    }
}

/// Moments of a long run.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Moments([f64; 9]);

const MOMENTS: [&str; 9] = [
    "P mean",
    "P standard deviation",
    "P skewness",
    "P kurtosis",
    "P autocorrelation",
    "S mean",
    "S standard deviation",
    "share of stock-outs",
    "share with P > 1.1",
];

fn moments(run: &[Period]) -> Moments {
    let n = run.len() as f64;
    let mean = |read: &dyn Fn(&Period) -> f64| run.iter().map(read).sum::<f64>() / n;
    let price = mean(&|period| period.price);
    let central = |power: i32| mean(&|period| math::powi(period.price - price, power));
    let sd = central(2).sqrt();
    let next = run.windows(2).map(|pair| (pair[0].price - price) * (pair[1].price - price)).sum::<f64>() / (n - 1.0);
    let stock = mean(&|period| period.stock);
    Moments([
        price,
        sd,
        central(3) / math::powi(sd, 3),
        central(4) / math::powi(sd, 4),
        next / (sd * sd),
        stock,
        mean(&|period| math::powi(period.stock - stock, 2)).sqrt(),
        mean(&|period| f64::from(u8::from(period.stock == 0.0))),
        mean(&|period| f64::from(u8::from(period.price > 1.1))),
    ])
}

/// Periods of the exact solution with this luck, from an empty warehouse.
fn solved(solution: &Solution, luck: impl Iterator<Item = f64>) -> Vec<Period> {
    let mut before =
        Period { available: 0.0, stock: 0.0, price: 0.0, harvest: CROP.planned(solution.incentive(0, 0.0)) };
    luck.map(|luck| {
        let available = KEEPING.kept * before.stock + before.harvest * luck;
        let stock = solution.carried(0, available);
        let harvest = CROP.planned(solution.incentive(0, stock));
        before = Period { available, stock, price: solution.price(0, available), harvest };
        before
    })
    .collect()
}

const CROP: Crop = Crop { size: 1.0, elasticity: 0.2, discount: 1.0 / 1.03, price: 1.0 / 1.03, sd: 0.05, every: 1 };
const KEEPING: Keeping = Keeping { discount: 1.0 / 1.03, kept: 0.98, cost: 0.06 };

/// Moments of the model over a long time.
///
/// The model runs for 50,000 weeks. What luck does to moments of the fourth order over so short a time is taken out by the
/// exact solution: its own moments under the same luck are subtracted, those of 4,000,000 periods added.
fn long_run(room: f64, sets: &[&str]) -> Moments {
    let fine =
        ["sector_rules.eaters.spot.steps=1_600", "merchant_rules.storer.forecast=Rational(nodes: 51, steps: 400)"];
    let setup = world(STORAGE, &fine.iter().chain(sets).copied().collect::<Vec<_>>());
    let demand = Demand::new(1.0, |price| math::powf(price, -0.2));
    let solution = Solution::new(demand, &CROP, &KEEPING, room, None, 51);
    let mut luck = Vec::new();
    let run: Vec<Period> = {
        let mut model = Model::new(&setup, 1);
        let sown = |model: &Model| {
            let mut sown = None;
            model.each::<&Harvest>(|harvest| sown = harvest.0);
            sown.expect("a mine that plans")
        };
        let mut planned = sown(&model).planned;
        let week = |_| {
            model.step().unwrap_or_else(|error| panic!("{error}"));
            let now = sown(&model);
            luck.push(now.ripe / std::mem::replace(&mut planned, now.planned));
            period(&model)
        };
        (0..50_000).map(week).collect()
    };
    let (found, same_luck) = (moments(&run), moments(&solved(&solution, luck.into_iter())));
    let mut draws = Streams::new(1).world(Purpose::new("limits"));
    let mut chunk = |_| moments(&solved(&solution, (0..500_000).map(|_| 1.0 + CROP.sd * draws.normal())));
    let chunks: Vec<Moments> = (0..8).map(&mut chunk).collect();
    Moments(std::array::from_fn(|place| {
        let mean = chunks.iter().map(|chunk| chunk.0[place]).sum::<f64>() / 8.0;
        let spread = chunks.iter().map(|chunk| (chunk.0[place] - mean) * (chunk.0[place] - mean)).sum::<f64>() / 7.0;
        let what = MOMENTS[place];
        println!(
            "{what:32} model {:9.5}, solution {:9.5} under the same luck, {mean:9.5} ± {:.5} over a long time",
            found.0[place],
            same_luck.0[place],
            (spread / 8.0).sqrt()
        );
        found.0[place] - same_luck.0[place] + mean
    }))
}

/// STO1 over a long time.
#[test]
fn a_long_run_has_the_moments_of_the_theory() {
    let found = long_run(0.6, &[]);
    let reference = [1.016, 0.203, 1.90, 8.1, 0.123, 0.0154, 0.0220, 0.479, 0.249];
    for ((what, found), reference) in MOMENTS.iter().zip(found.0).zip(reference) {
        within(what, found, reference, 0.02 * reference);
    }
}

/// The same without room to store: prices move more, more evenly to both sides, and have no memory.
#[test]
fn without_storage_prices_have_no_memory() {
    let no_room = ["merchants.large.capacity=Tonnes(0.001)", "merchants.small.capacity=Tonnes(0.001)"];
    let Moments(found) = long_run(2e-7, &no_room);
    for (place, reference) in [(1, 0.267), (2, 0.99), (3, 4.9)] {
        within(MOMENTS[place], found[place], reference, 0.02 * reference);
    }
    within(MOMENTS[4], found[4], 0.0, 0.005);
}

/// STO6: a harvest a year and no luck. The price climbs at the carry until the next harvest.
#[test]
fn between_harvests_the_price_climbs_at_exactly_the_carry() {
    let setup = world(
        STORAGE,
        &[
            // A week stands for a quarter: the year's harvest of 1 comes every fourth week, a quarter of 1 is wanted at 1.
            "mine_rules.harvest.supply=Planned(elasticity: 0, every: Weeks(4))",
            "mines.fields.capacity=TonnesPerYear(130_446.429)",
            "sectors.eaters.use=TonnesPerYear(130_446.429)",
            "minerals.grain.stages.grain.storage=UsdPerTonneYear(13_044.64)",
            "merchant_rules.storer.interest=SharePerYear(0.3855840185)",
            "merchant_rules.storer.loss=SharePerYear(0.2596034107)",
            "merchant_rules.storer.forecast=Rational(nodes: 1, steps: 100_000)",
            "merchants.large.capacity=Tonnes(6_000)",
            "merchants.small.capacity=Tonnes(2_000)",
            "sector_rules.eaters.spot=(reach: (0.9, 1.2), steps: 10_000)",
        ],
    );
    let seen = periods(&setup, 1, 40);
    let quarters = &seen[36..40];
    for (quarter, (found, reference)) in quarters.iter().zip([0.98214, 1.0197, 1.0577, 1.0961]).enumerate() {
        within(&format!("price in quarter {}", quarter + 1), found.price, reference, 1e-4);
    }
    let carried = |price: f64| (price + 0.025) * math::powf(1.03, 0.25) / (2.0 - math::powf(1.02, 0.25));
    for pair in quarters.windows(2) {
        within("price after the carry", pair[1].price, carried(pair[0].price), 1e-4);
    }
    assert!(quarters[3].stock < 1e-4, "nothing is carried into the harvest: {quarters:?}");
}

/// P/P₀ = (1 − s)^(−1/(η + ε)) after a mine has lost the share s of its output.
#[test]
fn a_cut_of_supply_moves_the_price_by_the_closed_form() {
    for (sum, prices) in [(0.3, [1.42, 2.10, 3.28]), (0.5, [1.24, 1.56, 2.04]), (1.0, [1.11, 1.25, 1.43])] {
        for (share, reference) in [0.1, 0.2, 0.3].into_iter().zip(prices) {
            // Supply has a part of the sum that keeps expectations from swinging.
            let (supply, demand) = (sum * 0.4, sum * 0.6);
            let setup = world(
                CURVES,
                &[
                    format!("mine_rules.elastic.supply=Planned(elasticity: {supply})"),
                    format!("sector_rules.elastic.short_run_elasticity={demand}"),
                    format!("sector_rules.elastic.long_run_elasticity={demand}"),
                    format!(
                        "nations.home.policies.cut=Nationalization(announced: Date(\"2024-06-03\"), in_force: \
                         Date(\"2024-06-03\"), mines: [\"pit\"], share: Share(0), compensation: Share(0), \
                         efficiency_loss: Share({share}))"
                    ),
                ],
            );
            let run = run(&setup, 1, 260, &["markets"]);
            let prices = price(&run, "ore", "abroad");
            let (before, after) = (prices[20] / 10_000.0, prices[259] / 10_000.0);
            within("price before", before, 1.0, 1e-3);
            let exact = math::powf(1.0 - share, -1.0 / sum);
            within(&format!("cut of {share}, elasticities {sum}"), after, exact, 1e-3 * exact);
            assert!((exact - reference).abs() < 0.006, "{exact} rounds to {reference}");
        }
    }
}

/// P/P₀ = (1 − τ)^(−ε/(η + ε)) under an ad-valorem royalty τ: buyers bear the more the more elastic supply is.
#[test]
fn a_royalty_is_passed_through_by_the_closed_form() {
    for (supply, demand) in [(0.1, 0.3), (0.2, 0.2), (0.3, 0.5)] {
        for rate in [0.1, 0.3] {
            let setup = world(
                CURVES,
                &[
                    format!("mine_rules.elastic.supply=Planned(elasticity: {supply})"),
                    format!("sector_rules.elastic.short_run_elasticity={demand}"),
                    format!("sector_rules.elastic.long_run_elasticity={demand}"),
                    format!(
                        "nations.home.policies.royalty=Royalty(announced: Date(\"2024-06-03\"), in_force: Date(\"2024-06-03\"), \
                         mineral: \"ore\", terms: AdValorem(Share({rate})))"
                    ),
                ],
            );
            let prices = price(&run(&setup, 1, 260, &["markets"]), "ore", "abroad");
            within("price before", prices[20] / 10_000.0, 1.0, 1e-3);
            let exact = math::powf(1.0 - rate, -supply / (supply + demand));
            within(
                &format!("royalty of {rate}, elasticities {supply} and {demand}"),
                prices[259] / 10_000.0,
                exact,
                1e-3,
            );
        }
    }
}

/// A binding quota Q parts the markets: D_f(P_f) = Q and D_d(P_d) = S(P_d) − Q; its holder earns P_f − P_d less freight on
/// every unit. A slack one changes nothing.
#[test]
fn a_quota_parts_the_markets_by_the_closed_form() {
    const FREIGHT: f64 = 0.05;
    // From June 3, 2024 to the end of 2028.
    const WEEKS: f64 = 239.0;
    // Use at home and abroad and elasticities, in units of the mine's weekly capacity.
    let (home, abroad, supply, demand) = (0.4, 0.6, 0.15, 0.15);
    let quota = |tonnes: u32| {
        format!(
            "nations.home.policies.quota=ExportQuota(announced: Date(\"2024-06-03\"), in_force: Date(\"2024-06-03\"), \
             until: Date(\"2029-01-01\"), mineral: \"ore\", stage: \"ore\", amount: Tonnes({tonnes}), carry_over: Weeks(0), \
             strategic: Share(0), holder: Treasury)"
        )
    };
    let freight = format!(
        "minerals.ore.stages.ore.freight=(routes: [(from: \"home\", to: \"abroad\", cost: UsdPerTonne({}), time: Weeks(0))])",
        FREIGHT * 10_000.0
    );
    let last = |sets: &[String]| {
        let run = run(&world(CURVES, sets), 1, 230, &["markets", "nations"]);
        let rent = series(&run.tables, "nations", &[("nation", "home")], "rent_usd")[229];
        let out = series(&run.tables, "markets", &[("region", "home")], "shipped_out_t")[229] / 10_000.0;
        [price(&run, "ore", "home")[229] / 10_000.0, price(&run, "ore", "abroad")[229] / 10_000.0, out, rent / 1e8]
    };
    let free = last(std::slice::from_ref(&freight));
    within("free: gap of prices", free[1] - free[0], FREIGHT, 1e-4);
    for share in [0.55, 0.5, 0.45] {
        let [inside, outside, shipped, rent] = last(&[freight.clone(), quota((share * WEEKS * 10_000.0) as u32)]);
        println!("quota of {share}");
        within("exports", shipped, share, 1e-4);
        let above = math::powf(share / abroad, -1.0 / demand);
        within("price outside", outside, above, 1e-3 * above);
        let gap = |price: f64| math::powf(price, supply) - share - home * math::powf(price, -demand);
        let (mut low, mut high) = (0.01, 10.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if gap(middle) > 0.0 { high = middle } else { low = middle }
        }
        within("price inside", inside, low, 1e-3);
        within("license value", rent / shipped, above - low - FREIGHT, 1e-3 * above);
    }
    let slack = last(&[freight, quota((0.7 * WEEKS * 10_000.0) as u32)]);
    assert!(slack.map(f64::to_bits) == free.map(f64::to_bits), "a slack quota changes nothing: {slack:?} {free:?}");
    assert!(slack[3] == 0.0, "nor is it worth anything");
}

/// STO2: as STO1, with an agency that buys at 1.02 until it holds .4.
#[test]
fn a_public_stock_holds_the_floor_until_it_is_full() {
    let floor = "reserves.agency=(label: (zh: \"储\", en: \"Agency\"), nation: \"home\", mineral: \"grain\", stage: \"grain\", \
                 stock: Tonnes(3_960), target: Days(2.8), buy_below: Share(0), release_above: Share(0), approval: Weeks(0), \
                 buy_per_week: Days(100), release_per_week: Days(100), budget: Usd(1_000_000_000_000), \
                 floor: UsdPerTonne(10_200), loss: SharePerYear(1.0541484068))";
    // The curve has an end of a step at the floor itself: half a step would come to a fiftieth of the stock.
    let curve = "sector_rules.eaters.spot=(reach: (0.51, 4.08), steps: 1_500)";
    let steady = world(STORAGE, &[floor, curve, "mine_rules.harvest.supply=Planned(elasticity: 0.2)"]);
    let rest = *periods(&steady, 1, 500).last().expect("periods");
    within("at rest: availability", rest.available, 1.3921, 1e-4);
    within("at rest: harvest", rest.harvest, 1.004, 1e-4);
    within("at rest: price", rest.price, 1.02, 1e-6);
    within("at rest: stock", rest.stock, 0.39605, 1e-4);

    let fine = [floor, curve, "merchant_rules.storer.forecast=Rational(nodes: 51, steps: 400)"];
    let runs = periods(&world(STORAGE, &fine), 1, 50_000);
    let share = |holds: &dyn Fn(&Period) -> bool| runs.iter().filter(|p| holds(p)).count() as f64 / runs.len() as f64;
    within("floor holds exactly", share(&|p| (p.price - 1.02).abs() < 5e-6), 0.893, 0.01);
    within("floor fails", share(&|p| p.price < 1.02 - 5e-6), 0.087, 0.005);
    let mean = runs.iter().map(|p| p.price).sum::<f64>() / runs.len() as f64;
    show("mean price, without the floor", mean, 1.016);
    assert!(mean < 1.016, "the floor lowers the mean: {mean}");
    assert!(runs.iter().all(|p| p.price > 1.02 - 5e-6 || p.stock > 0.4 - 1e-6), "it fails only when the store is full");
}
