//! Time of one call auction: a band of 2,400 ticks, limits spread around its middle, pro rata.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use oreworld::auction::{Auction, Band, Order, Rationing, Side, Terms};
use oreworld::streams::{Draw, Purpose, Streams};

const BOOK: Purpose = Purpose::new("bench.auction");

fn book(orders: u64, spread: f64) -> Vec<Order> {
    let draw = |agent| {
        let mut at = Streams::new(1).at(BOOK, agent, 0);
        let side = if at.bernoulli(0.5) { Side::Buy } else { Side::Sell };
        let tick = (at.normal() * spread).clamp(-1200.0, 1199.0) as i64;
        Order { tick, lots: at.range(1..=50), key: at.u64(), agent: agent as u32, side }
    };
    (0..orders).map(draw).collect()
}

fn auction(criterion: &mut Criterion) {
    let band = Band::new(-1200, 1199).expect("valid");
    let terms = Terms { band, reference: 0, rationing: Rationing::ProRata };
    let mut auction = Auction::default();
    let mut group = criterion.benchmark_group("auction");
    for size in [30, 50, 100, 150, 200, 300, 1_000, 10_000, 100_000, 1_000_000] {
        // Several books in turn, as a predictor of branches learns a single small one by heart.
        let books: Vec<_> =
            (0..(30_000 / size).max(1)).map(|skip| book(size + skip, 400.0)[skip as usize..].to_vec()).collect();
        let mut turn = books.iter().cycle();
        group.throughput(Throughput::Elements(size));
        group.bench_function(format!("{size} orders"), |bench| {
            let next = || turn.next().expect("cycles");
            bench.iter_batched(
                next,
                |book| auction.clear(black_box(book), &terms).map(|o| o.volume),
                BatchSize::SmallInput,
            );
        });
    }
    let locked: Vec<_> = book(1_000_000, 0.0).into_iter().map(|order| Order { tick: 1199, ..order }).collect();
    group.bench_function("1000000 orders at one price", |bench| {
        bench.iter(|| auction.clear(black_box(&locked), &terms).map(|o| o.volume));
    });
    group.finish();
}

criterion_group!(benches, auction);
criterion_main!(benches);
