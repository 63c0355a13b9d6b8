//! The same work as other simulators do, beside a hand-written loop as the near limit: `docs/peers.md`.
//!
//! Throughput is firm-steps for MARKET and orders for CI2002. Compare rows of one run: a ratio means something on a
//! machine where nanoseconds do not.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use oreworld::trader::floor::{Floor, Session, Setup};

#[path = "peers/ci2002.rs"]
mod ci2002;
#[path = "peers/entities.rs"]
mod entities;
#[path = "peers/market.rs"]
mod market;

use ci2002::Plain;
use entities::Entities;
use market::{HASHES, Strict};

fn market(criterion: &mut Criterion) {
    // First of all, while no memory has been given back that could be used again.
    let (before, firms) = (resident_bytes(), 1_000_000);
    let mut entities = Entities::new(firms, 42);
    entities.run(1);
    if let Some(grown) = resident_bytes().zip(before).map(|(now, before)| now.saturating_sub(before)) {
        println!("MARKET/{firms} firms, entities: {} bytes a firm", grown / firms as usize);
    }
    drop(entities);
    for known in HASHES {
        assert_eq!(known.again(), known);
    }
    let mut group = criterion.benchmark_group("MARKET");
    group.sample_size(10);
    for (firms, steps) in [(10_000, 500), (100_000, 100), (1_000_000, 20)] {
        group.throughput(Throughput::Elements(u64::from(firms) * u64::from(steps)));
        let mut strict = Strict::new(firms as usize, 42);
        group.bench_function(format!("{firms} firms, arrays"), |bench| bench.iter(|| strict.run(black_box(steps))));
        drop(strict);
        let mut entities = Entities::new(firms, 42);
        group.bench_function(format!("{firms} firms, entities"), |bench| bench.iter(|| entities.run(black_box(steps))));
        assert!((9_000..11_000).contains(&entities.tick()) && entities.lots() > 0);
    }
    group.finish();
}

/// Memory in use where the system tells.
fn resident_bytes() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(pages.split_whitespace().nth(1)?.parse::<usize>().ok()? * 4096)
}

fn ci2002(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("CI2002");
    for (traders, orders_per_step) in [(100, 1), (100, 100), (10_000, 1), (10_000, 10_000)] {
        let sessions = Session::ci2002(orders_per_step);
        let steps: u32 = sessions.iter().map(|session| session.steps).sum();
        group.sample_size(if orders_per_step == 10_000 { 10 } else { 100 });
        group.throughput(Throughput::Elements(u64::from(steps) * u64::from(orders_per_step)));
        // A new market each time: set-up is not timed, the growth of its buffers is.
        group.bench_function(format!("{traders} traders, {orders_per_step} orders a step, plain loop"), |bench| {
            let mut seeds = 0..;
            let new = || Plain::new(traders, seeds.next().expect("endless"));
            bench.iter_batched_ref(
                new,
                |plain| {
                    for session in sessions {
                        plain.run(session.steps, session.executes, session.orders_per_step);
                    }
                    plain.volume
                },
                BatchSize::SmallInput,
            );
        });
        group.bench_function(format!("{traders} traders, {orders_per_step} orders a step, floor"), |bench| {
            let mut seeds = 0..;
            let new = || Floor::new(&Setup::ci2002(traders), seeds.next().expect("endless"));
            bench.iter_batched_ref(
                new,
                |floor| {
                    for session in sessions {
                        floor.hold(session);
                    }
                    floor.contract().volume
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, market, ci2002);
criterion_main!(benches);
