//! Pure finance, and continuous trade in worlds with metal: books close, prices go where value is, and the traders are
//! those of the floor.

use oreworld::futures::{Futures, SESSIONS};
use oreworld::model::Model;
use oreworld::record::TABLES;
use oreworld::setup::Setup;
use oreworld::statistics::{mean, standard_deviation};
use oreworld::trader::floor::{self, Floor};

use crate::runs::{run, series, world};

const FCN: &str = "worlds/fcn.ron";
const SHORES: &str = "worlds/two-shores-futures.ron";

/// What makes FCN traders of those who trade cobalt on the one-page world.
const IN_TURN: [&str; 2] = [
    "trader_rules.fcn=Fcn(value: 1, noise: 1, noise_sd: Share(0.001), reversion: (50, 99), window: (100, 199), \
     margin: Share(0.1))",
    "traders.fcns=(label: (zh: \"交\", en: \"T\"), nation: \"northland\", contract: \"cobalt\", count: 40, \
     capital: Usd(1_000_000), rule: \"fcn\")",
];

/// Steps a world, whose books close or the step fails, and looks at its exchanges after every week.
fn watch(setup: &Setup, seed: u64, weeks: u32, mut look: impl FnMut(u32, &Futures)) {
    let mut model = Model::new(setup, seed);
    for week in 0..weeks {
        model.step().unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        look(week, model.world().resource::<Futures>());
    }
}

/// Lots of every month sum to 0, those above 0 to the open interest, and those of its sessions to the week's; gives the
/// week's volume.
fn sound(futures: &Futures) -> i64 {
    let mut volume = 0;
    for pit in &futures.pits {
        let house = &futures.houses[pit.exchange].house;
        // Where a month has ended, the others have moved up since the sessions.
        let in_place = pit.closes.len() == pit.len() * SESSIONS;
        for (place, month) in pit.board.months().iter().enumerate() {
            let lots = || (0..house.size()).map(|member| house.lots(member, month.series));
            assert_eq!(lots().sum::<i64>(), 0, "{}", month.month);
            assert_eq!(lots().filter(|lots| *lots > 0).sum::<i64>(), house.open_interest(month.series));
            let closes = pit.closes.iter().filter(|close| close.place == place);
            let traded: i64 = closes.map(|close| close.lots).sum();
            assert!(!in_place || traded == month.week.lots, "{}: {traded} lots of {}", month.month, month.week.lots);
            volume += month.week.lots;
        }
    }
    volume
}

#[test]
fn pure_finance_keeps_its_books_and_trades_around_value() {
    let setup = world::<&str>(FCN, &[]);
    assert!(setup.minerals.is_empty() && setup.markets.is_empty());
    for seed in 1..=2 {
        let (mut volume, mut prices) = (0, Vec::new());
        watch(&setup, seed, 120, |_, futures| {
            volume += sound(futures);
            let pit = &futures.pits[0];
            prices.push(pit.quote(0).price);
            assert!((pit.spot() - 3_000_000.0).abs() < 1e-9, "a value of 30,000 dollars in cents");
            assert!(futures.houses[0].waterfall.defaults == 0);
        });
        let mean = mean(&prices).expect("prices");
        assert!((mean / 3_000_000.0 - 1.0).abs() < 0.01, "seed {seed}: a mean price of {mean}");
        assert!((15_000..30_000).contains(&volume), "seed {seed}: {volume} lots");
    }
}

#[test]
fn where_nobody_has_a_view_nobody_trades() {
    let setup = world(FCN, &["trader_rules.fcn.noise_sd=Share(0)"]);
    watch(&setup, 1, 30, |_, futures| {
        assert_eq!(sound(futures), 0);
        assert_eq!((futures.pits[0].quote(0).price.to_bits(), futures.houses[0].calls), (3_000_000.0_f64.to_bits(), 0));
    });
}

/// The world's traders are those of the trading floor: 500 steps a week, lots and the spread of prices the same.
#[test]
fn a_week_of_pure_finance_is_five_hundred_steps_of_the_floor() {
    const WEEKS: usize = 40;
    let setup = world::<&str>(FCN, &[]);
    let (mut lots, mut spreads) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for seed in 0..12 {
        let (mut volume, mut logs) = (0, Vec::new());
        watch(&setup, seed, WEEKS as u32, |week, futures| {
            if week >= 4 {
                volume += sound(futures);
                logs.extend(futures.pits[0].closes.iter().map(|close| libm::log(close.last as f64)));
            }
        });
        lots[0].push(volume as f64 / (WEEKS - 4) as f64);
        spreads[0].push(standard_deviation(&logs).expect("many"));

        let mut floor = Floor::new(&floor::Setup::ci2002(100), seed);
        let session = floor::Session { steps: 100, executes: true, orders_per_step: 1 };
        let (mut before, mut logs) = (0, Vec::new());
        for step in 0..WEEKS * SESSIONS {
            floor.hold(session);
            if step < 4 * SESSIONS {
                before = floor.contract().volume;
            } else {
                logs.push(libm::log(floor.contract().price()));
            }
        }
        lots[1].push((floor.contract().volume - before) as f64 / (WEEKS - 4) as f64);
        spreads[1].push(standard_deviation(&logs).expect("many"));
    }
    for (what, [world, floor]) in [("lots", &lots), ("standard deviation", &spreads)] {
        let [(one, e), (other, f)] = [world, floor].map(|sample| {
            let deviation = standard_deviation(sample).expect("many");
            (mean(sample).expect("many"), deviation / (sample.len() as f64).sqrt())
        });
        let errors = (one - other).abs() / (e * e + f * f).sqrt();
        println!(
            "{what}: {one:.4} ± {e:.4} in the world, {other:.4} ± {f:.4} on the floor, {errors:.1} standard errors"
        );
        assert!(errors < 3.0, "{what}: {one} ± {e} against {other} ± {f}");
    }
}

#[test]
fn a_value_that_walks_takes_the_price_along() {
    let setup = world(FCN, &["contracts.asset.value.sd=Share(0.02)"]);
    let out = run(&setup, 5, 200, TABLES);
    let of = |column: &str| series(&out.tables, "contracts", &[("contract", "asset")], column);
    let (value, price) = (of("spot_usd_per_t"), of("active_usd_per_t"));
    let changes: Vec<f64> = value.windows(2).map(|pair| libm::log(pair[1] / pair[0])).collect();
    let sd = standard_deviation(&changes).expect("many");
    assert!((sd - 0.02).abs() < 0.004, "value moves by {sd} a week"); // standard error 0.02/√398
    let far: Vec<f64> = value.iter().zip(&price).map(|(value, price)| libm::log(price / value).abs()).collect();
    assert!(mean(&far).is_some_and(|far| far < 0.03), "{far:?}");
    // The last session of a week ends where the week does.
    let last = series(&out.tables, "sessions", &[("contract", "asset"), ("session", "5")], "last_usd_per_t");
    assert!(last == price);
}

#[test]
fn months_on_a_value_end_at_it() {
    let setup = world(FCN, &["contracts.asset.months=(listed: 3, last_day: Day(15))"]);
    let mut seen = Vec::new();
    watch(&setup, 3, 60, |_, futures| {
        sound(futures);
        let month = futures.pits[0].board.months()[0].month;
        seen.push(month);
        assert!(futures.pits[0].delivered == 0);
    });
    seen.dedup();
    assert!(seen.len() >= 13, "{} months", seen.len());
}

/// Ordinary desks in continuous trade, FCN traders in auctions, and both together.
#[test]
fn continuous_trade_and_traders_in_turn_fit_any_world() {
    let continuous = "contracts.cobalt.matching=Continuous(turns: 50, rest: Stays)";
    for sets in [&[continuous][..], &IN_TURN, &[continuous, IN_TURN[0], IN_TURN[1]]] {
        let setup = world(SHORES, sets);
        let (mut volume, mut gaps) = (0, Vec::new());
        watch(&setup, 7, 150, |week, futures| {
            volume += sound(futures);
            let pit = &futures.pits[0];
            if week >= 26 {
                gaps.push(libm::log(pit.quote(0).price / pit.spot()).abs());
            }
        });
        assert!(volume > 5_000, "{sets:?}: {volume} lots");
        gaps.sort_by(f64::total_cmp);
        assert!(gaps[gaps.len() / 2] < 0.15, "{sets:?}: the first month stands {} from spot", gaps[gaps.len() / 2]);
    }
}

#[test]
fn the_same_seed_gives_the_same_weeks_and_another_others() {
    for setup in [world::<&str>(FCN, &["contracts.asset.value.sd=Share(0.01)"]), world(SHORES, &IN_TURN)] {
        let hashes = |seed| run(&setup, seed, 80, &[]).hashes;
        assert!(hashes(3) == hashes(3));
        assert!(hashes(3) != hashes(4));
    }
}

/// Who trades another contract has no part in the luck of this one.
#[test]
fn traders_of_another_contract_leave_this_one_as_it_is() {
    let more = [
        "contracts.aaa=(label: (zh: \"甲\", en: \"A\"), exchange: \"bourse\", value: (opening: UsdPerTonne(900), sd: Share(0.01)), \
         lot: Tonnes(1), tick: UsdPerTonne(0.01), months: (listed: 1, last_day: Never), margin: (base: Share(0.1)), \
         delivery: Cash(Weeks(1)), matching: Continuous())",
        "traders.aaa=(label: (zh: \"甲\", en: \"A\"), nation: \"land\", contract: \"aaa\", count: 20, capital: Usd(1_000_000), \
         rule: \"fcn\")",
    ];
    let [alone, with] = [world::<&str>(FCN, &[]), world(FCN, &more)].map(|setup| {
        let out = run(&setup, 9, 60, TABLES);
        series(&out.tables, "contracts", &[("contract", "asset")], "active_usd_per_t")
    });
    assert!(alone == with);
}
