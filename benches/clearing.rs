//! Spatial clearing: cold by number of regions and of orders, and week after week from last week's prices.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oreworld::clearing::{Clearing, Network, Order, Side, UNLIMITED};

/// What to clear in one week.
struct Week {
    network: Network,
    orders: Vec<Order>,
}

/// A draw from 0 to `below` − 1, the same on every run.
fn draw(state: &mut u64, below: i64) -> i64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) % below as u64) as i64
}

/// A base week: each region has a price of its own around 8,000 ticks, `levels` orders within half of it, and arcs to
/// all others, of which one in four is a quota and one in eight a ban.
fn world(regions: usize, levels: usize, seed: u64) -> Week {
    let mut state = seed;
    let mut network = Network::new((0..regions).map(|_| draw(&mut state, i64::MAX) as u64).collect()).unwrap();
    for i in 0..regions {
        for j in (0..regions).filter(|&j| j != i) {
            let capacity = match draw(&mut state, 8) {
                0 => 0,
                1 | 2 => 20_000 + draw(&mut state, 200_000),
                _ => UNLIMITED,
            };
            network.set(i, j, 200 + draw(&mut state, 800), capacity).unwrap();
        }
    }
    let mut orders = Vec::new();
    for region in 0..regions {
        let (center, buyers) = (7_000 + draw(&mut state, 2_000), 20 + draw(&mut state, 60));
        for agent in 0..levels {
            let side = if draw(&mut state, 100) < buyers { Side::Bid } else { Side::Ask };
            orders.push(Order {
                price: center + draw(&mut state, 8_000) - 4_000,
                quantity: 1_000 + draw(&mut state, 20_000),
                key: draw(&mut state, i64::MAX) as u64,
                agent: agent as u32,
                region: region as u16,
                side,
                class: 0,
            });
        }
    }
    // Orders come by agent, not by region or price.
    for k in (1..orders.len()).rev() {
        orders.swap(k, draw(&mut state, k as i64 + 1) as usize);
    }
    Week { network, orders }
}

/// Weeks that drift from the base: limits by up to 2 %, quantities by 10 %, costs by 2 %, and a common move of up to 3 %.
fn weeks(base: &Week, count: usize) -> Vec<Week> {
    let mut state = 7;
    let mut common = 1_000;
    let weeks = (0..count).map(|_| {
        common = (common + draw(&mut state, 61) - 30).clamp(800, 1_250);
        let n = base.network.regions();
        let mut network = base.network.clone();
        for (i, j) in (0..n * n).map(|k| (k / n, k % n)).filter(|(i, j)| i != j) {
            let cost = base.network.cost(i, j) * (980 + draw(&mut state, 41)) / 1_000;
            network.set(i, j, cost, base.network.capacity(i, j)).unwrap();
        }
        let orders = base.orders.iter().map(|order| Order {
            price: order.price * common / 1_000 * (980 + draw(&mut state, 41)) / 1_000,
            quantity: order.quantity * (900 + draw(&mut state, 201)) / 1_000,
            ..*order
        });
        Week { network, orders: orders.collect() }
    });
    weeks.collect()
}

fn cold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cold");
    for (regions, levels) in [(4, 128), (8, 128), (16, 128), (30, 128), (8, 3), (8, 12_500)] {
        // Many markets in turn, so that the branch predictor learns none by heart.
        let markets: Vec<Week> =
            (0..if levels > 1_000 { 4 } else { 50 }).map(|seed| world(regions, levels, seed)).collect();
        let last = vec![8_000; regions];
        let mut clearing = Clearing::new();
        let mut market = 0;
        group.throughput(Throughput::Elements((regions * levels) as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{regions}x{levels}")), |bencher| {
            bencher.iter(|| {
                market = (market + 1) % markets.len();
                clearing.forget();
                let Week { network, orders } = &markets[market];
                clearing.clear(network, orders, &last).map(|outcome| outcome.price[0])
            });
        });
    }
    group.finish();
}

fn warm(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("warm");
    for (regions, levels) in [(8, 128), (8, 3), (30, 128), (8, 12_500)] {
        let base = world(regions, levels, 1);
        let weeks = weeks(&base, if levels > 1_000 { 8 } else { 200 });
        let last = vec![8_000; regions];
        let mut clearing = Clearing::new();
        let mut week = 0;
        group.throughput(Throughput::Elements(base.orders.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(format!("{regions}x{levels}")), |bencher| {
            bencher.iter(|| {
                week = (week + 1) % weeks.len();
                let Week { network, orders } = &weeks[week];
                clearing.clear(network, orders, &last).map(|outcome| outcome.price[0])
            });
        });
    }
    group.finish();
}

criterion_group!(benches, cold, warm);
criterion_main!(benches);
