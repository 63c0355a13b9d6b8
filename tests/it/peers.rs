//! The workloads of `docs/peers.md` are the ones that other simulators run: hashes where bits are fixed, means where
//! only laws are.

use oreworld::math;
use oreworld::trader::floor::{Floor, Session, Setup};

#[path = "../../benches/peers/ci2002.rs"]
mod ci2002;
#[path = "../../benches/peers/entities.rs"]
mod entities;
#[path = "../../benches/peers/market.rs"]
mod market;

use ci2002::Plain;
use entities::Entities;
use market::HASHES;

#[test]
fn the_array_loop_gives_the_bits_of_other_tools() {
    for known in HASHES.iter().filter(|known| known.firms <= 10_000) {
        assert_eq!(known.again(), *known);
    }
}

#[test]
fn firms_as_entities_trade_as_the_array_loop_does() {
    for known in HASHES.iter().filter(|known| (1_000..=10_000).contains(&known.firms)) {
        let mut entities = Entities::new(known.firms as u32, known.seed);
        entities.run(known.steps);
        let near = |found: i64, expected: i64| (found - expected).abs() * 20 <= expected;
        assert!(near(entities.tick(), known.tick), "a price of {} against {}", entities.tick(), known.tick);
        assert!(near(entities.lots(), known.lots as i64), "{} lots against {}", entities.lots(), known.lots);
    }
}

/// A mean and its standard error.
#[derive(Debug, Clone, Copy)]
struct Mean {
    value: f64,
    error: f64,
}

impl Mean {
    fn of(sample: &[f64]) -> Self {
        let n = sample.len() as f64;
        let value = sample.iter().sum::<f64>() / n;
        let variance = sample.iter().map(|x| (x - value) * (x - value)).sum::<f64>() / (n - 1.0);
        Self { value, error: math::sqrt(variance / n) }
    }

    /// The mean of two samples of one size.
    fn pooled([one, other]: [(f64, f64); 2]) -> Self {
        Self { value: f64::midpoint(one.0, other.0), error: math::sqrt(one.1 * one.1 + other.1 * other.1) / 2.0 }
    }

    fn check(self, expected: Self, what: &str) {
        let errors =
            (self.value - expected.value).abs() / math::sqrt(self.error * self.error + expected.error * expected.error);
        println!("{what}: {self:.3?} against {expected:.3?}, {errors:.1} standard errors");
        assert!(errors < 3.0, "{what}: {self:.3?} against {expected:.3?}");
    }
}

/// Lots, mean price and its standard deviation over the steps that execute, of many runs.
struct Runs([Vec<f64>; 3]);

impl Runs {
    fn of(runs: impl Iterator<Item = (f64, Vec<f64>)>) -> Self {
        let mut all = [Vec::new(), Vec::new(), Vec::new()];
        for (lots, prices) in runs {
            let executing = &prices[101..];
            let mean = executing.iter().sum::<f64>() / executing.len() as f64;
            let variance = executing.iter().map(|price| (price - mean) * (price - mean)).sum::<f64>();
            for (sample, value) in all.iter_mut().zip([lots, mean, math::sqrt(variance / executing.len() as f64)]) {
                sample.push(value);
            }
        }
        Self(all)
    }

    fn floors(seeds: std::ops::Range<u64>, orders_per_step: u32) -> Self {
        Self::of(seeds.map(|seed| {
            let mut floor = Floor::new(&Setup::ci2002(100), seed);
            for session in Session::ci2002(orders_per_step) {
                floor.hold(session);
            }
            let prices = floor.contract().prices().iter().map(|ticks| ticks / 1e5).collect();
            (floor.contract().volume as f64, prices)
        }))
    }

    fn plain(seeds: std::ops::Range<u64>, orders_per_step: u32) -> Self {
        Self::of(seeds.map(|seed| {
            let mut plain = Plain::new(100, seed);
            for session in Session::ci2002(orders_per_step) {
                plain.run(session.steps, session.executes, session.orders_per_step);
            }
            (f64::from(plain.volume), plain.prices)
        }))
    }
}

const WHAT: [&str; 3] = ["lots", "mean price", "standard deviation of price"];

/// Seeds 0 to 399 against 40 runs each of PAMS 0.3.0 and of another plain book.
#[test]
fn fcn_traders_trade_as_those_of_pams_do() {
    let pams = [[(221.4, 2.8), (221.6, 2.8)], [(299.75, 0.13), (299.89, 0.11)], [(6.73, 0.15), (6.55, 0.16)]];
    let floors = Runs::floors(0..400, 1);
    for ((sample, pams), what) in floors.0.iter().zip(pams).zip(WHAT) {
        Mean::of(sample).check(Mean::pooled(pams), what);
    }
}

/// Seeds 0 to 399 and, where all order, 0 to 39.
#[test]
fn the_floor_and_the_plain_loop_are_one_market() {
    for (seeds, orders_per_step) in [(0..400, 1), (0..40, 100)] {
        let (floors, plain) = (Runs::floors(seeds.clone(), orders_per_step), Runs::plain(seeds, orders_per_step));
        for ((floors, plain), what) in floors.0.iter().zip(&plain.0).zip(WHAT) {
            Mean::of(floors).check(Mean::of(plain), what);
        }
    }
}

/// Standard deviation, skewness, excess kurtosis and Hill's tail index (largest 5 % of the absolute values) of the log
/// changes of a price.
fn moments(prices: &[f64]) -> [f64; 4] {
    let returns: Vec<f64> = prices.windows(2).map(|pair| math::ln(pair[1] / pair[0])).collect();
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let central =
        |power: usize| returns.iter().map(|r| [r - mean; 4][..power].iter().product::<f64>()).sum::<f64>() / n;
    let sd = math::sqrt(central(2));
    let mut sizes: Vec<f64> = returns.iter().map(|r| r.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let tail = sizes.len() / 20;
    let hill = sizes[..tail].iter().map(|size| math::ln(size / sizes[tail])).sum::<f64>() / tail as f64;
    [sd, central(3) / (sd * sd * sd), central(4) / (sd * sd * sd * sd) - 3.0, 1.0 / hill]
}

/// Moments of the mid-price of many runs, over the steps that execute.
fn mids(seeds: std::ops::Range<u64>, mut run: impl FnMut(u64) -> Vec<f64>) -> [Vec<f64>; 4] {
    let mut all = [const { Vec::new() }; 4];
    for seed in seeds {
        for (sample, value) in all.iter_mut().zip(moments(&run(seed))) {
            sample.push(value);
        }
    }
    all
}

fn floor_mids(traders: u32, orders_per_step: u32, seed: u64) -> Vec<f64> {
    let mut floor = Floor::new(&Setup::ci2002(traders), seed);
    let [collects, executes] = Session::ci2002(orders_per_step);
    floor.hold(collects);
    let step = |_| {
        floor.hold(Session { steps: 1, ..executes });
        let book = &floor.contract().book;
        book.best_bid().zip(book.best_offer()).map(|(bid, offer)| (bid + offer) as f64 / 2.0)
    };
    (0..executes.steps).filter_map(step).collect()
}

fn plain_mids(traders: u32, orders_per_step: u32, seed: u64) -> Vec<f64> {
    let mut plain = Plain::new(traders, seed);
    let [collects, executes] = Session::ci2002(orders_per_step);
    plain.run(collects.steps, false, orders_per_step);
    let step = |_| {
        plain.run(1, true, orders_per_step);
        plain.middle()
    };
    (0..executes.steps).filter_map(step).collect()
}

/// The floor and the plain loop share neither book nor draws; PAMS publishes no moments of returns.
#[test]
fn mid_prices_of_the_floor_and_the_plain_loop_have_the_same_returns() {
    for (traders, orders_per_step, seeds) in [(100, 1, 200), (1_000, 1, 100), (10_000, 1, 30), (100, 100, 20)] {
        println!("{traders} traders, {orders_per_step} orders a step, {seeds} runs");
        let floors = mids(0..seeds, |seed| floor_mids(traders, orders_per_step, seed));
        let plain = mids(0..seeds, |seed| plain_mids(traders, orders_per_step, seed));
        let whats = ["standard deviation in %", "skewness", "excess kurtosis", "Hill index"];
        for ((mut floors, mut plain), what) in floors.into_iter().zip(plain).zip(whats) {
            if what.ends_with('%') {
                floors.iter_mut().chain(&mut plain).for_each(|value| *value *= 100.0);
            }
            Mean::of(&floors).check(Mean::of(&plain), what);
        }
    }
}
