//! Sweeps of a stand-in for the model: whatever disturbs them, the same bytes come out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::chunk;
use super::merge::{MergeError, Merged, merge};
use super::pilot::{Cost, chunk_runs, plan};
use super::plan::{Pilot, Sweep};
use super::submit::{RoundError, read_round, round};
use super::verify::{self, again, sample};
use super::work::{self, Ended, Event, Options, Shard, work};
use crate::clearing::ClearingError;
use crate::model::StepError;
use crate::results::fake::{contents, experiment, simulate};
use crate::results::simulate::Simulate;
use crate::results::table_file::read_all;
use crate::world_file::source::Sources;

const WEEKS: u32 = 10;

/// A planned sweep of two arms, one point and nine seeds: 18 runs.
fn planned(folder: &Path, chunk: u64) -> Sweep {
    let (mut sweep, pilot) = plan(folder, experiment(9, WEEKS), Sources::default(), 4, Some(chunk), &simulate, &|| ());
    sweep.write(&pilot).expect("a disk");
    sweep
}

fn options(threads: usize) -> Options {
    Options { threads: Some(threads), ..Options::default() }
}

fn ended(sweep: &Sweep, options: &Options, simulate: &Simulate) -> Ended {
    work(sweep, options, &AtomicBool::new(false), simulate, &|_| ()).expect("a disk")
}

fn chunks_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    contents(&folder.join(chunk::FOLDER))
}

fn merged(sweep: &Sweep) -> (PathBuf, Merged) {
    let to = sweep.folder.join("merged");
    let merged = merge(sweep, &to).unwrap_or_else(|error| panic!("{error}"));
    (to, merged)
}

fn table(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("runs.parquet")).expect("a table")
}

#[test]
fn any_number_of_threads_and_shards_leaves_the_same_bytes_and_any_chunk_size_the_same_table() {
    let one = tempfile::tempdir().expect("a folder");
    let sweep = planned(one.path(), 4);
    assert_eq!((sweep.plan.runs, sweep.plan.chunks, sweep.chunk(4)), (18, 5, 16..18));
    assert_eq!(ended(&sweep, &options(1), &simulate), Ended::Done(Vec::new()));
    let expected = chunks_of(one.path());
    let (to, _) = merged(&sweep);
    for shards in [1, 3] {
        let other = tempfile::tempdir().expect("a folder");
        let sweep = planned(other.path(), 4);
        for place in 0..shards {
            let shard = Shard { place, of: shards };
            let options = Options { shard, own_only: true, ..options(2) };
            assert_eq!(ended(&sweep, &options, &simulate), Ended::Done(Vec::new()));
            let done = work::present(&sweep).expect("a disk").iter().filter(|&&is| is).count() as u64;
            assert_eq!(done, (0..=place).map(|place| (place..5).step_by(shards as usize).count() as u64).sum::<u64>());
        }
        assert!(chunks_of(other.path()) == expected, "{shards} shards");
    }
    let other = tempfile::tempdir().expect("a folder");
    let sweep = planned(other.path(), 7);
    assert_eq!(ended(&sweep, &options(2), &simulate), Ended::Done(Vec::new()));
    assert_ne!(chunks_of(other.path()), expected);
    assert_eq!(table(&merged(&sweep).0), table(&to));
    let rows = read_all(&to.join("runs.parquet"), |_| true).expect("a table");
    let names: Vec<&str> = rows.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names[..4], ["arm", "point", "seed", "mean_price_usd_per_t"]);
    assert_eq!(names[names.len() - 3..], ["state_hash", "status", "error"]);
    let seeds: Vec<u64> = (1..=9).chain(1..=9).collect();
    assert_eq!((rows.rows(), rows.column("seed").expect("seeds").counts()), (18, seeds.as_slice()));
}

#[test]
fn a_shard_that_is_done_takes_over_what_others_have_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 2);
    let shard = Shard { place: 1, of: 3 };
    assert_eq!(ended(&sweep, &Options { shard, ..options(2) }, &simulate), Ended::Done(Vec::new()));
    assert!(work::present(&sweep).expect("a disk").iter().all(|&is| is));
}

#[test]
fn a_round_is_what_is_missing_and_no_fourth_is_made_when_three_do_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 2);
    ended(&sweep, &options(1), &simulate);
    for chunk in [1, 4, 7] {
        std::fs::remove_file(chunk::path(folder.path(), chunk)).expect("a disk");
    }
    let (number, missing) = round(&sweep).expect("some are missing");
    assert_eq!((number, missing.chunks), (1, vec![1, 4, 7]));
    let shard = Shard { place: 1, of: 2 };
    let second = Options { shard, own_only: true, round: Some(1), ..options(1) };
    assert_eq!(ended(&sweep, &second, &simulate), Ended::Done(Vec::new()));
    let there = work::present(&sweep).expect("a disk");
    assert_eq!((there[1], there[4], there[7]), (false, true, false));
    for number in 2..=4 {
        assert_eq!(round(&sweep).expect("some are missing").0, number);
    }
    assert!(matches!(round(&sweep), Err(RoundError::Stuck(_))));
    assert_eq!(ended(&sweep, &Options { round: Some(2), ..options(1) }, &simulate), Ended::Done(Vec::new()));
    assert!(matches!(round(&sweep), Err(RoundError::Complete)));
    let other = tempfile::tempdir().expect("a folder");
    let foreign = planned(other.path(), 3);
    std::fs::create_dir(other.path().join("rounds")).expect("a disk");
    std::fs::copy(folder.path().join("rounds/1.json"), other.path().join("rounds/1.json")).expect("a disk");
    assert!(read_round(&foreign, 1).expect_err("another plan").to_string().contains("of another plan"));
}

#[test]
fn a_failed_run_is_tried_twice_and_then_a_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 4);
    let attempts = AtomicU32::new(0);
    let failing: &Simulate = &|setup, seed, weeks, keep| match seed {
        4 => {
            attempts.fetch_add(1, Ordering::Relaxed);
            Err(StepError { week: 3, cause: ClearingError::Total.into() })
        }
        6 => panic!("bug: a mine without ore"),
        // Fails the first time only, as when memory was short.
        7 if attempts.fetch_add(100, Ordering::Relaxed) < 100 => panic!("bug: once"),
        _ => simulate(setup, seed, weeks, keep),
    };
    let Ended::Done(mut failures) = ended(&sweep, &options(1), failing) else { panic!("failures") };
    failures.sort_by_key(|failure| failure.run);
    let named: Vec<(u64, &str, u64)> = failures.iter().map(|f| (f.run, f.arm.as_str(), f.seed)).collect();
    assert_eq!(named, [(3, "ban", 4), (5, "ban", 6), (12, "open", 4), (14, "open", 6)]);
    assert_eq!(attempts.load(Ordering::Relaxed) % 100, 4, "each of two runs is tried twice");
    let status = work::status(&sweep).expect("a disk");
    assert_eq!((status.runs_done, status.runs_failed, status.failures.len()), (18, 4, 4));
    let (to, merged) = merged(&sweep);
    assert_eq!(merged.failed, 4);
    let rows = read_all(&to.join("runs.parquet"), |_| true).expect("a table");
    let text = |column: &str, row: usize| rows.column(column).expect("a column").text(row).to_owned();
    assert_eq!((text("status", 5).as_str(), text("error", 5).as_str()), ("failed", "bug: a mine without ore"));
    assert_eq!((text("status", 6).as_str(), text("error", 6).as_str()), ("ok", ""));
    assert!(rows.column("mean_price_usd_per_t").expect("a column").reals()[3].is_nan());
    // The next attempt finds nothing to do: failed runs are done.
    assert_eq!(ended(&sweep, &options(1), failing), Ended::Done(Vec::new()));
}

#[test]
fn stopping_drops_the_open_chunk_and_failing_fast_stops() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 4);
    let (stop, done) = (AtomicBool::new(false), AtomicU32::new(0));
    let watch = |event: &Event| {
        if *event == Event::Done && done.fetch_add(1, Ordering::Relaxed) == 5 {
            stop.store(true, Ordering::Relaxed);
        }
    };
    assert_eq!(work(&sweep, &options(1), &stop, &simulate, &watch).expect("a disk"), Ended::Stopped(Vec::new()));
    assert_eq!((done.load(Ordering::Relaxed), chunks_of(folder.path()).len()), (6, 1));

    let failing: &Simulate = &|setup, seed, weeks, keep| match seed {
        9 => Err(StepError { week: 3, cause: ClearingError::Total.into() }),
        _ => simulate(setup, seed, weeks, keep),
    };
    let first = Options { fail_fast: true, ..options(1) };
    assert!(matches!(ended(&sweep, &first, failing), Ended::FailedFast(failure) if failure.seed == 9));
    assert_eq!(ended(&sweep, &options(2), &simulate), Ended::Done(Vec::new()));
    let whole = tempfile::tempdir().expect("a folder");
    let undisturbed = planned(whole.path(), 4);
    ended(&undisturbed, &options(2), &simulate);
    assert!(chunks_of(folder.path()) == chunks_of(whole.path()));
}

#[test]
fn a_machine_with_other_bits_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 4);
    let other: &Simulate = &|setup, seed, weeks, keep| {
        let mut output = simulate(setup, seed, weeks, keep)?;
        output.hashes.iter_mut().for_each(|hash| *hash ^= 1);
        Ok(output)
    };
    let canary = sweep.plan.canaries.iter().map(|canary| canary.run).min().expect("canaries");
    assert_eq!(ended(&sweep, &options(1), other), Ended::OtherBits(canary));
    assert!(!folder.path().join(chunk::FOLDER).exists() && !folder.path().join(work::PROVENANCE).exists());
}

#[test]
fn done_by_two_at_once_every_run_is_there_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 1);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(ended(&sweep, &options(2), &simulate), Ended::Done(Vec::new())));
        }
    });
    assert_eq!(merged(&sweep).1.runs, 18);
}

#[test]
fn merging_refuses_what_is_missing_there_twice_damaged_or_foreign() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 4);
    ended(&sweep, &options(1), &simulate);
    let to = tempfile::tempdir().expect("a folder");
    let refused = || merge(&sweep, to.path()).expect_err("not every run once");
    let path = |number| chunk::path(folder.path(), number);
    let second = std::fs::read(path(1)).expect("a chunk");

    std::fs::remove_file(path(1)).expect("a disk");
    assert!(matches!(refused(), MergeError::Missing { chunks, of: 5 } if chunks == [1]));
    // Another chunk's bytes under this name: its runs would be there twice and this one's never.
    std::fs::copy(path(2), path(1)).expect("a disk");
    assert!(matches!(refused(), MergeError::Duplicate(names) if names[0].ends_with("c00000001.chunk (holds chunk 2)")));
    for cut in [0, 20, second.len() - 1] {
        std::fs::write(path(1), &second[..cut]).expect("a disk");
        assert!(matches!(refused(), MergeError::Unreadable(names) if names.len() == 1), "cut at {cut}");
    }
    let other = tempfile::tempdir().expect("a folder");
    let foreign = planned(other.path(), 5);
    ended(&foreign, &options(1), &simulate);
    std::fs::copy(chunk::path(other.path(), 1), path(1)).expect("a disk");
    assert!(refused().to_string().contains("of another plan"), "{}", refused());
    assert!(!to.path().join("manifest.json").exists());
    std::fs::write(path(1), &second).expect("a disk");
    assert_eq!(merge(&sweep, to.path()).expect("whole again").runs, 18);
}

#[test]
fn verifying_finds_flipped_bits_and_runs_that_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 6);
    ended(&sweep, &options(1), &simulate);
    let (to, _) = merged(&sweep);
    assert_eq!(verify::chunks(&sweep).expect("a disk"), Vec::<String>::new());
    for (place, wrong) in [(folder.path(), false), (to.as_path(), true)] {
        let all: Vec<String> = contents(place)
            .into_keys()
            .filter(|name| wrong || name.starts_with(chunk::FOLDER))
            .filter(|name| !name.starts_with("merged") && !name.starts_with(work::PROVENANCE))
            .collect();
        for flip in 0..300_usize {
            let name = &all[flip % all.len()];
            let good = std::fs::read(place.join(name)).expect("a file");
            let bit = flip.wrapping_mul(0x9E37_79B9_7F4A_7C15) % (good.len() * 8);
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(place.join(name), &bad).expect("a disk");
            let found = if wrong {
                verify::merged(place).map_or(true, |(_, wrong)| !wrong.is_empty())
            } else {
                !verify::chunks(&sweep).expect("a disk").is_empty()
            };
            assert!(found, "{name}, bit {bit}");
            std::fs::write(place.join(name), &good).expect("a disk");
        }
    }

    let all: Vec<u64> = (0..18).collect();
    let results = Sweep { folder: to, ..planned(tempfile::tempdir().expect("a folder").path(), 6) };
    for sweep in [&sweep, &results] {
        assert_eq!(again(sweep, &all, &simulate, &|| ()).expect("sound"), (18, Vec::new()));
        let other: &Simulate = &|setup, seed, weeks, keep| {
            let mut output = simulate(setup, seed, weeks, keep)?;
            if seed == 5 && setup.markets[0].opening_price.0 == 2_500_000 {
                *output.hashes.last_mut().expect("weeks") += 1;
            }
            Ok(output)
        };
        let (_, different) = again(sweep, &all, other, &|| ()).expect("sound");
        assert!(different.len() == 1 && different[0].starts_with("arm open, point 0, seed 5: "), "{different:?}");
    }
}

#[test]
fn plans_are_the_same_whenever_they_are_made_and_chunks_follow_the_measure() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    assert_eq!(planned(one.path(), 4).plan, planned(two.path(), 4).plan);
    assert_ne!(planned(one.path(), 4).plan.plan_hash, planned(two.path(), 5).plan.plan_hash);

    let pilot = |seconds: f64| Pilot {
        runs: 8,
        p50_s: seconds,
        p90_s: seconds,
        p99_s: seconds,
        mean_s: seconds,
        peak_bytes: Some(1),
        row_bytes: 100.0,
    };
    // 10^7 runs of 5 ms: a minute each. 10^6 of 1 s: a minute too. 10^7 of 1 s: 20,000 chunks of 500. Ten minutes: alone.
    for (runs, seconds, expected) in [
        (10_000_000, 0.005, 12_000),
        (1_000_000, 1.0, 60),
        (10_000_000, 1.0, 500),
        (10_000, 600.0, 1),
        (16, 0.01, 2),
        (1, 0.01, 1),
    ] {
        assert_eq!(chunk_runs(&pilot(seconds), runs), expected, "{runs} runs of {seconds} s");
    }
    let sweep = planned(one.path(), 4);
    let limits = &sweep.experiment.design.limits;
    assert_eq!(Cost::of(&sweep, &pilot(1.0)).above(limits), Vec::<String>::new());
    let hours = Cost::of(&sweep, &pilot(1e6)).above(limits);
    assert_eq!(hours, ["5000 core hours, and the file's limit is core_hours: 1000"]);
}

#[test]
fn samples_are_spread_and_never_empty() {
    assert_eq!(sample(1_000, 0.004), [125, 375, 625, 875]);
    assert_eq!(sample(10, 0.000_1), [5]);
    assert_eq!(sample(3, 1.0), [0, 1, 2]);
}

#[test]
fn progress_counts_every_run_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = planned(folder.path(), 4);
    let events = Mutex::new(Vec::new());
    let watch = |event: &Event| events.lock().expect("no panic").push(event.clone());
    work(&sweep, &options(2), &AtomicBool::new(false), &simulate, &watch).expect("a disk");
    let events = events.into_inner().expect("no panic");
    assert_eq!(events[0], Event::Begun { total: 18, kept: 0 });
    assert_eq!(events.iter().filter(|event| **event == Event::Done).count(), 18);
}
