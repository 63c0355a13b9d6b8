//! Runs what is missing of an experiment, several runs at a time, and turns the journal into results.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use rayon::prelude::*;

use super::assemble;
use super::columns::Columns;
use super::files;
use super::journal::{Journal, JournalError, RunKey, RunRecord, pack};
use super::manifest;
use super::simulate::{Keep, RunOutput, Simulate};
use crate::experiment::Experiment;
use crate::setup::Setup;

/// Name of the journal in a folder of results; where there is one, the results are not complete.
pub const JOURNAL: &str = "journal";

/// How to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Runs at a time; as many as the machine has cores when not given.
    pub threads: Option<usize>,
    /// Run again what is there already.
    pub force: bool,
}

/// What happens on the way.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// So many runs in all, of which the journal has some already.
    Begun {
        /// Runs of the experiment.
        total: usize,
        /// Runs that need not be done again.
        kept: usize,
    },
    /// A run is done and on the disk.
    Done,
    /// A run failed.
    Failed(Failure),
    /// All runs are done; files are being written.
    Writing,
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Id of the arm.
    pub arm: String,
    /// Seed.
    pub seed: u64,
    /// Why.
    pub why: String,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// The results were there already.
    Found,
    /// The results are complete now.
    Complete,
    /// Some runs failed; the others are kept in the journal.
    Failed(Vec<Failure>),
    /// It was told to stop; what is done is kept in the journal.
    Stopped,
}

/// Why nothing could be run or written.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A table could not be written.
    #[error("a table could not be written: {0}")]
    Table(#[from] parquet::errors::ParquetError),
    /// The threads could not be started.
    #[error("the threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Folder of an experiment's results.
#[must_use]
pub fn folder(experiment: &Experiment, parent: &Path) -> PathBuf {
    parent.join(experiment.folder_name())
}

/// Brings an experiment's results to completion in its folder under `parent`. `stop` is looked at before every run.
///
/// # Errors
/// When the journal is another's, or the disk fails. What is in the journal stays there.
pub fn run(
    experiment: &Experiment,
    parent: &Path,
    options: Options,
    simulate: &Simulate,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(&Event),
) -> Result<Finish, RunError> {
    let folder = folder(experiment, parent);
    let (journal, manifest) = (folder.join(JOURNAL), folder.join(manifest::NAME));
    if manifest.exists() && !journal.exists() && !options.force {
        manifest::read(&folder)?;
        return Ok(Finish::Found);
    }
    fs::create_dir_all(&folder)?;
    let build = manifest::build_hash();
    let mut runs = Journal::open(&journal, experiment.hash().as_bytes(), build.as_bytes(), options.force)?;
    files::sweep(&folder)?;
    let failures = fill(experiment, &mut runs, options, simulate, stop, watch)?;
    if stop.load(Ordering::Relaxed) {
        return Ok(Finish::Stopped);
    }
    if !failures.is_empty() {
        return Ok(Finish::Failed(failures));
    }
    watch(&Event::Writing);
    assemble::write(experiment, &folder, &mut runs)?;
    fs::remove_file(&journal)?;
    files::sync_folder(&folder)?;
    Ok(Finish::Complete)
}

/// Does the runs that the journal lacks. One thread writes; it takes finished runs as they come.
fn fill(
    experiment: &Experiment,
    journal: &mut Journal,
    options: Options,
    simulate: &Simulate,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(&Event),
) -> Result<Vec<Failure>, RunError> {
    let all: Vec<RunKey> = experiment.runs().collect();
    let missing: Vec<RunKey> = all.iter().copied().filter(|&run| !journal.has(run)).collect();
    watch(&Event::Begun { total: all.len(), kept: all.len() - missing.len() });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build()?;
    let tables = experiment.recorded();
    let broken = AtomicBool::new(false);
    let (sender, receiver) = mpsc::sync_channel(pool.current_num_threads());
    let mut failures = BTreeMap::new();
    std::thread::scope(|scope| {
        let (missing, tables, broken) = (&missing, &tables, &broken);
        scope.spawn(move || {
            pool.install(|| {
                missing.par_iter().with_max_len(1).for_each_with(sender, |sender, &run| {
                    if !stop.load(Ordering::Relaxed)
                        && !broken.load(Ordering::Relaxed)
                        && sender.send((run, one(experiment, run, tables, simulate))).is_err()
                    {
                        broken.store(true, Ordering::Relaxed);
                    }
                });
            });
        });
        for (run, outcome) in receiver {
            match outcome {
                Ok(payload) => {
                    if let Err(error) = journal.append(&payload) {
                        broken.store(true, Ordering::Relaxed);
                        return Err(error); // dropping the receiver lets the others end
                    }
                    watch(&Event::Done);
                }
                Err(why) => {
                    let arm = experiment.arms[run.0 as usize].id.to_string();
                    let failure = Failure { arm, seed: run.1, why };
                    watch(&Event::Failed(failure.clone()));
                    failures.insert(run, failure);
                }
            }
        }
        Ok(())
    })?;
    Ok(failures.into_values().collect())
}

/// A run, ready for the journal; or why it failed.
fn one(experiment: &Experiment, run: RunKey, tables: &[&'static str], simulate: &Simulate) -> Result<Vec<u8>, String> {
    let record = catch_unwind(AssertUnwindSafe(|| record(experiment, run, tables, simulate)));
    let record = record.unwrap_or_else(|panic| Err(message_of(panic.as_ref())))?;
    pack(&record).map_err(|error| error.to_string())
}

/// What a panic said.
pub(crate) fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a bug without a message").to_owned()
}

/// Does a run and measures it.
pub(super) fn record(
    experiment: &Experiment,
    (arm, seed): RunKey,
    tables: &[&'static str],
    simulate: &Simulate,
) -> Result<RunRecord, String> {
    let setup = &experiment.arms[arm as usize].setup;
    let (output, outcomes) = measured(experiment, setup, seed, Keep::weekly(tables), simulate)?;
    let kept = output.tables.into_iter().filter(|table| experiment.tables.contains(&table.name));
    Ok(RunRecord { arm, seed, hashes: output.hashes, outcomes, tables: kept.map(Columns::from).collect() })
}

/// What a run of a world leaves, and the outcomes of the experiment in it.
///
/// # Errors
/// When the run fails, in words.
pub(crate) fn measured(
    experiment: &Experiment,
    setup: &Setup,
    seed: u64,
    keep: Keep,
    simulate: &Simulate,
) -> Result<(RunOutput, Vec<Option<f64>>), String> {
    let weeks = experiment.weeks;
    let output = simulate(setup, seed, weeks, keep).map_err(|error| error.to_string())?;
    let expected = (0..weeks).filter(|&week| keep.hashes(week, weeks)).count();
    if output.hashes.len() != expected {
        return Err(format!("bug: {} hashes instead of {expected}", output.hashes.len()));
    }
    let outcomes = experiment.outcomes.iter().map(|outcome| outcome.evaluate(setup, &output.tables)).collect();
    Ok((output, outcomes))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::fake::{contents, experiment, simulate};
    use super::*;
    use crate::clearing::ClearingError;
    use crate::model::StepError;

    fn options(threads: usize) -> Options {
        Options { threads: Some(threads), force: false }
    }

    fn run_all(parent: &Path, threads: usize) -> Finish {
        run(&experiment(6, 10), parent, options(threads), &simulate, &AtomicBool::new(false), &mut |_| ())
            .expect("a disk")
    }

    #[test]
    fn any_number_of_threads_leaves_the_same_bytes() {
        let expected = tempfile::tempdir().expect("a folder");
        assert_eq!(run_all(expected.path(), 1), Finish::Complete);
        let expected = contents(&folder(&experiment(6, 10), expected.path()));
        let names: Vec<&str> = expected.keys().map(String::as_str).collect();
        let all = [
            "hashes.parquet",
            "inputs/experiment.ron",
            "manifest.json",
            "markets.parquet",
            "runs.parquet",
            "sectors.parquet",
            "wide.parquet",
        ];
        assert_eq!(names, all);
        for threads in [2, 8] {
            let parent = tempfile::tempdir().expect("a folder");
            assert_eq!(run_all(parent.path(), threads), Finish::Complete);
            assert!(contents(&folder(&experiment(6, 10), parent.path())) == expected, "{threads} threads");
            assert_eq!(run_all(parent.path(), threads), Finish::Found);
        }
    }

    #[test]
    fn a_failed_run_is_named_the_others_are_kept_and_the_next_attempt_ends_the_same() {
        let undisturbed = tempfile::tempdir().expect("a folder");
        run_all(undisturbed.path(), 2);
        let experiment = experiment(6, 10);
        let parent = tempfile::tempdir().expect("a folder");
        let failing: &Simulate = &|setup, seed, weeks, keep| match seed {
            2 => Err(StepError { week: 3, cause: ClearingError::Total.into() }),
            5 => panic!("bug: a mine without ore"),
            _ => simulate(setup, seed, weeks, keep),
        };
        let ended =
            run(&experiment, parent.path(), options(2), failing, &AtomicBool::new(false), &mut |_| ()).expect("a disk");
        let Finish::Failed(failures) = ended else { panic!("failures") };
        let named: Vec<String> = failures.iter().map(|f| format!("{} {} {}", f.arm, f.seed, f.why)).collect();
        let books = StepError { week: 3, cause: ClearingError::Total.into() }.to_string();
        let (books, ore) = (books.as_str(), "bug: a mine without ore");
        let expected = [("ban", 2, books), ("ban", 5, ore), ("open", 2, books), ("open", 5, ore)];
        assert_eq!(named, expected.map(|(arm, seed, why)| format!("{arm} {seed} {why}")));
        let made = folder(&experiment, parent.path());
        assert!(made.join(JOURNAL).exists() && !made.join(manifest::NAME).exists());

        // What a program killed while it writes the final files leaves behind.
        for name in ["runs.parquet", "manifest.json", ".unfinished-abc"] {
            std::fs::write(made.join(name), b"half").expect("a disk");
        }
        let events = Mutex::new(Vec::new());
        let watch = &mut |event: &Event| events.lock().expect("no panic").push(event.clone());
        assert_eq!(
            run(&experiment, parent.path(), options(1), &simulate, &AtomicBool::new(false), watch).expect("a disk"),
            Finish::Complete
        );
        assert_eq!(events.lock().expect("no panic")[0], Event::Begun { total: 12, kept: 8 });
        assert!(contents(&made) == contents(&folder(&experiment, undisturbed.path())));
        assert!(!made.join(JOURNAL).exists());
    }

    #[test]
    fn told_to_stop_it_keeps_what_is_done_and_the_next_attempt_ends_the_same() {
        let undisturbed = tempfile::tempdir().expect("a folder");
        run_all(undisturbed.path(), 2);
        let experiment = experiment(6, 10);
        let parent = tempfile::tempdir().expect("a folder");
        let stop = AtomicBool::new(false);
        let mut done = 0;
        let watch = &mut |event: &Event| {
            done += usize::from(*event == Event::Done);
            stop.store(done >= 4, Ordering::Relaxed);
        };
        assert_eq!(
            run(&experiment, parent.path(), options(1), &simulate, &stop, watch).expect("a disk"),
            Finish::Stopped
        );
        assert!((4..12).contains(&done), "{done} of 12 runs were done");
        let made = folder(&experiment, parent.path());
        assert!(made.join(JOURNAL).exists() && !made.join(manifest::NAME).exists());
        assert_eq!(run_all(parent.path(), 2), Finish::Complete);
        assert!(contents(&made) == contents(&folder(&experiment, undisturbed.path())));
    }
}
