//! Time of many runs: the runner with journal and files, and a sweep with its chunks, against the same runs in a plain loop.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use oreworld::experiment::Experiment;
use oreworld::experiment::file::{Changes, load};
use oreworld::model::Model;
use oreworld::results::runner::{Options, run};
use oreworld::results::simulate::{Keep, simulate};
use oreworld::sweep::chunk::FOLDER;
use oreworld::sweep::pilot::plan;
use oreworld::sweep::work::{self, Ended, work};

/// Two arms of so many seeds.
const SEEDS: u32 = 8;

fn experiment(file: &str) -> Experiment {
    let changes = Changes { set: Vec::new(), seeds: Some(SEEDS), ..Changes::default() };
    let loaded = load(Path::new(file), &changes);
    loaded.experiment.unwrap_or_else(|| panic!("{}", loaded.problems))
}

fn runner(criterion: &mut Criterion) {
    let experiment = experiment("experiments/two-shores-ban.ron");
    let runs: Vec<_> = experiment.runs().collect();
    let mut group = criterion.benchmark_group("runner");
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
                black_box(simulate(setup, seed, experiment.weeks, Keep::weekly(&tables)).expect("a sound model"));
            }
        });
    });
    for threads in [1, 2] {
        let options = Options { threads: Some(threads), force: false };
        group.bench_function(format!("runner, {threads} threads"), |bench| {
            bench.iter_batched(
                || tempfile::tempdir().expect("a folder"),
                |folder| {
                    run(&experiment, folder.path(), options, &simulate, &AtomicBool::new(false), &mut |_| ())
                        .expect("a disk");
                    folder
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// A sweep of `cobalt-sweep` over fewer points: worlds of every point, canaries and chunks on the disk, against the runs alone.
fn sweep(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("experiments/cobalt-sweep.ron")).expect("a file");
    let text = text
        .replace("../worlds", &root.join("worlds").display().to_string())
        .replace("Saltelli(base: 64)", "LatinHypercube(points: 60)");
    let file = folder.path().join("e.ron");
    std::fs::write(&file, text).expect("a disk");
    let loaded = load(&file, &Changes::default());
    let experiment = loaded.experiment.unwrap_or_else(|| panic!("{}", loaded.problems));
    let (mut sweep, pilot) = plan(&folder.path().join("s"), experiment, loaded.sources, 2, Some(60), &simulate, &|| ());
    sweep.write(&pilot).expect("a disk");
    let runs: Vec<_> = (0..sweep.plan.runs).map(|run| sweep.run(run)).collect();
    let setups: Vec<_> = runs.iter().map(|run| sweep.setup(run.arm, run.point).expect("a sound world")).collect();
    let mut group = criterion.benchmark_group("sweep");
    group.sample_size(10).throughput(Throughput::Elements(runs.len() as u64));
    group.bench_function("runs alone", |bench| {
        bench.iter(|| {
            for (run, setup) in runs.iter().zip(&setups) {
                let mut model = Model::new(black_box(setup), run.seed);
                (0..sweep.experiment.weeks).for_each(|_| model.step().expect("a sound model"));
            }
        });
    });
    group.bench_function("sweep, 1 thread", |bench| {
        bench.iter(|| {
            let _ = std::fs::remove_dir_all(sweep.folder.join(FOLDER));
            let options = work::Options { threads: Some(1), ..work::Options::default() };
            let ended = work(&sweep, &options, &AtomicBool::new(false), &simulate, &|_| ()).expect("a disk");
            assert_eq!(ended, Ended::Done(Vec::new()));
        });
    });
    group.finish();
}

criterion_group!(benches, runner, sweep);
criterion_main!(benches);
