//! `oreworld sweep run`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::progress::Shared;
use super::super::render::done_already;
use super::{Outcome, broken, next, open};
use crate::results::simulate::simulate;
use crate::sweep::work::{self, Ended, Event, Failure, Options, Shard, WorkError};
use crate::world_file::problem::counted;

/// Arguments of `sweep run`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct Args {
    /// Folder of the sweep.
    #[arg(value_name = "SWEEP")]
    folder: PathBuf,
    /// Begins with the i-th of every n chunks, counted from 0; then does what other shards have left.
    #[arg(long, value_name = "I/N", default_value = "0/1")]
    shard: Shard,
    /// Runs at a time; what SLURM_CPUS_PER_TASK says, else as many as the machine grants.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Looks at the chunks of this round only, which `sweep resume` has listed.
    #[arg(long, value_name = "R")]
    round: Option<usize>,
    /// Leaves what other shards have left to them.
    #[arg(long)]
    own: bool,
    /// Goes on when a run fails, which is what it does anyway: a failed run is a row that says so.
    #[arg(long, conflicts_with = "fail_fast")]
    keep_going: bool,
    /// Stops at the first run that fails.
    #[arg(long)]
    fail_fast: bool,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let options = Options {
        threads: args.threads.map(usize::from),
        shard: args.shard,
        round: args.round,
        own_only: args.own,
        fail_fast: args.fail_fast,
    };
    with(&args.folder, &options, args.quiet)
}

/// Works until nothing is missing, or a signal comes.
pub(super) fn with(folder: &std::path::Path, options: &Options, quiet: bool) -> Outcome {
    let sweep = match open(folder) {
        Ok(sweep) => sweep,
        Err(outcome) => return outcome,
    };
    let stop = Arc::new(AtomicBool::new(false));
    if let Err(error) = super::super::on_signals(&stop) {
        return broken(folder, &error);
    }
    let progress = Shared::new(quiet);
    let watch = |event: &Event| {
        progress.with(|bar| match event {
            Event::Begun { total, kept } => {
                if *kept > 0 && !quiet {
                    bar.note(&done_already(*kept, *total));
                }
                bar.begin(*total, *kept);
            }
            Event::Done => bar.step(),
            Event::Skipped(runs) => (0..*runs).for_each(|_| bar.step()),
            Event::Failed(failure) => bar.note(&said(failure)),
        });
    };
    let ended = work::work(&sweep, options, &stop, &simulate, &watch);
    progress.with(|bar| bar.end());
    let place = folder.display();
    match ended {
        Err(error @ (WorkError::Io(_) | WorkError::Threads(_))) => broken(folder, &error),
        Ok(Ended::OtherBits(run)) => {
            tell!("{place}: run {run} gives other bits here than where the sweep was planned; nothing was written");
            Outcome::Foreign
        }
        Ok(Ended::FailedFast(failure)) => {
            tell!("{place}: stopped, since {}", said(&failure));
            Outcome::Problems
        }
        Ok(Ended::Stopped(failures)) => {
            summed_up(&failures);
            tell!("{place}: stopped; what is done is kept, and `{}` goes on", next("run", folder));
            Outcome::Stopped
        }
        Ok(Ended::Done(failures)) => {
            summed_up(&failures);
            if !quiet {
                match work::present(&sweep) {
                    Err(error) => return broken(folder, &error),
                    Ok(there) if there.iter().all(|&is| is) => {
                        let all = match sweep.plan.runs {
                            1 => "its run is".to_owned(),
                            runs => format!("all {runs} runs are"),
                        };
                        tell!("{place}: {all} done; next: {}", next("merge", folder));
                    }
                    Ok(_) => tell!("{place}: this shard is done; others are not"),
                }
            }
            Outcome::Fine
        }
    }
}

fn said(failure: &Failure) -> String {
    let Failure { run, arm, point, seed, why } = failure;
    format!("run {run} failed (arm {arm}, point {point}, seed {seed}): {why}")
}

/// What failed, once more at the end.
fn summed_up(failures: &[Failure]) {
    const SHOWN: usize = 20;
    if failures.is_empty() {
        return;
    }
    tell!("{} failed:", counted(failures.len(), "runs"));
    for failure in failures.iter().take(SHOWN) {
        tell!("  {}", said(failure));
    }
    if failures.len() > SHOWN {
        tell!("  and {} more", failures.len() - SHOWN);
    }
}
