//! Time of a sweep: the runner, with journal and files, against the same runs in a plain loop.

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use oreworld::experiment::Experiment;
use oreworld::experiment::file::{Changes, load};
use oreworld::model::Model;
use oreworld::results::runner::{Options, run};
use oreworld::results::simulate::simulate;

/// Two arms of so many seeds.
const SEEDS: u32 = 8;

fn experiment(file: &str) -> Experiment {
    let changes = Changes { set: Vec::new(), seeds: Some(SEEDS), ..Changes::default() };
    let loaded = load(Path::new(file), &changes);
    loaded.experiment.unwrap_or_else(|| panic!("{}", loaded.problems))
}

fn sweep(criterion: &mut Criterion) {
    let experiment = experiment("experiments/two-shores-ban.ron");
    let runs: Vec<_> = experiment.runs().collect();
    let mut group = criterion.benchmark_group("sweep");
    group.sample_size(10).throughput(Throughput::Elements(runs.len() as u64));
    group.bench_function("steps alone", |bench| {
        bench.iter(|| {
            for &(arm, seed) in &runs {
                let mut model = Model::new(black_box(&experiment.arms[arm as usize].setup), seed);
                (0..experiment.weeks).for_each(|_| model.step().expect("a sound model"));
            }
        });
    });
    let tables = experiment.recorded();
    group.bench_function("hashes and tables, nothing written", |bench| {
        bench.iter(|| {
            for &(arm, seed) in &runs {
                let setup = black_box(&experiment.arms[arm as usize].setup);
                black_box(simulate(setup, seed, experiment.weeks, &tables).expect("a sound model"));
            }
        });
    });
    for threads in [1, 2] {
        let options = Options { threads: Some(threads), force: false };
        group.bench_function(format!("runner, {threads} threads"), |bench| {
            bench.iter_batched(
                || tempfile::tempdir().expect("a folder"),
                |folder| {
                    run(&experiment, folder.path(), options, &simulate, &mut |_| ()).expect("a disk");
                    folder
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, sweep);
criterion_main!(benches);
