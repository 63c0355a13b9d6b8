//! Time of one draw: the agent's stream is named anew for every agent, as in the model.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oreworld::math;
use oreworld::streams::{Draw, Draws, Purpose, Streams, open_unit};

const PURPOSE: Purpose = Purpose::new("bench.draws");
const AGENTS: u64 = 1000;

fn draws(criterion: &mut Criterion) {
    let streams = Streams::new(black_box(1));
    let mut group = criterion.benchmark_group("draws");
    group.throughput(Throughput::Elements(AGENTS));
    let mut over_agents = |name: &str, sample: fn(&mut Draws) -> f64| {
        group.bench_function(name, |bench| {
            bench.iter(|| (0..AGENTS).map(|agent| sample(&mut streams.at(PURPOSE, black_box(agent), 7))).sum::<f64>());
        });
    };
    over_agents("unit, one of an agent", Draw::unit);
    over_agents("unit, four of an agent", |at| at.unit() + at.unit() + at.unit() + at.unit());
    over_agents("normal, one of an agent", Draw::normal);
    over_agents("lognormal, one of an agent", |at| at.lognormal(0.0, 0.2));
    over_agents("exponential, one of an agent", |at| at.exponential(13.0));
    over_agents("below 1000, one of an agent", |at| at.below(1000) as f64);
    let (mut words, mut normals) = ([[0; 2]; AGENTS as usize], [0.0; AGENTS as usize]);
    group.bench_function("normal, one of each agent side by side", |bench| {
        bench.iter(|| {
            streams.pairs(PURPOSE, (0..AGENTS).map(black_box), 7, &mut words);
            for (normal, words) in normals.iter_mut().zip(&words) {
                *normal = open_unit(words[0]);
            }
            math::normal_quantiles(&mut normals);
            normals[0]
        });
    });
    let mut world = streams.world(PURPOSE);
    group.bench_function("unit, world stream", |bench| {
        bench.iter(|| (0..AGENTS).map(|_| world.unit()).sum::<f64>());
    });
    group.finish();
}

criterion_group!(benches, draws);
criterion_main!(benches);
