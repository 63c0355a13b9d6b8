//! `oreworld sweep submit` and `resume`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Outcome, broken, open, run};
use crate::sweep::plan::Sweep;
use crate::sweep::submit::{INDEX_VARIABLES, Job, MOST_SHARDS, RoundError, round, seconds, shards};
use crate::sweep::work::{Options, threads};

/// Memory of a thread where it is not known \[MB\].
const MEMORY: u64 = 1_000;

/// Arguments of `sweep submit` and `sweep resume`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder of the sweep.
    #[arg(value_name = "SWEEP")]
    folder: PathBuf,
    /// What runs it.
    #[arg(long, value_enum, default_value_t = Engine::Local)]
    engine: Engine,
    /// Tasks; as many as take half an hour each when not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    shards: Option<u64>,
    /// Threads of a task; as many as this machine grants when not given.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Writes the script of a queue and does not hand it over.
    #[arg(long)]
    dry_run: bool,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
    /// Further options for the queue, such as --account=NAME --partition=NAME.
    #[arg(last = true, value_name = "OPTION")]
    extra: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Engine {
    /// This machine, at once.
    Local,
    /// A Slurm job array.
    Slurm,
    /// The command for HyperQueue, to be given by hand.
    Hq,
    /// The command of a task, for any queue that tells a task its index.
    Print,
}

/// Hands over all chunks.
pub(super) fn submit(args: &Args) -> Outcome {
    handed_over(args, false)
}

/// Hands over the chunks that are missing.
pub(super) fn resume(args: &Args) -> Outcome {
    handed_over(args, true)
}

fn handed_over(args: &Args, missing_only: bool) -> Outcome {
    if args.engine == Engine::Local {
        let options = Options { threads: args.threads.map(usize::from), ..Options::default() };
        return run::with(&args.folder, &options, args.quiet);
    }
    let sweep = match open(&args.folder) {
        Ok(sweep) => sweep,
        Err(outcome) => return outcome,
    };
    let round = match missing_only.then(|| round(&sweep)).transpose() {
        Ok(round) => round,
        Err(RoundError::Complete) => {
            tell!("{}: nothing is missing; next: {}", args.folder.display(), super::next("merge", &args.folder));
            return Outcome::Fine;
        }
        Err(error @ RoundError::Stuck(_)) => {
            tell!("{}: {error}", args.folder.display());
            return Outcome::Problems;
        }
        Err(RoundError::Io(error)) => return broken(&args.folder, &error),
    };
    let chunks = round.as_ref().map_or(sweep.plan.chunks, |(_, round)| round.chunks.len() as u64);
    let job = match job(&sweep, args, round.map(|(number, _)| number), chunks) {
        Ok(job) => job,
        Err(error) => return broken(&args.folder, &error),
    };
    match args.engine {
        Engine::Local | Engine::Print => printed(&job),
        Engine::Hq => {
            let task = job.command("$HQ_TASK_ID", &job.threads.to_string());
            let (last, threads, plan) = (job.shards - 1, job.threads, &job.plan);
            let extra = args.extra.join(" ");
            super::super::print(&format!(
                "hq submit --name oreworld-{plan} --array 0-{last} --cpus {threads} {extra} bash -c '{}'\n",
                task.replace('\'', "'\\''")
            ));
            Outcome::Fine
        }
        Engine::Slurm => slurm(&job, args),
    }
}

fn job(sweep: &Sweep, args: &Args, round: Option<usize>, chunks: u64) -> std::io::Result<Job> {
    let pilot = sweep.pilot()?;
    let threads = args.threads.map_or_else(threads, usize::from);
    let runs = (chunks * sweep.plan.chunk_runs).min(sweep.plan.runs);
    let limit = if args.engine == Engine::Slurm { array_limit() } else { MOST_SHARDS };
    let count = args.shards.unwrap_or_else(|| shards(&pilot, runs, chunks, threads, limit)).min(chunks);
    // As much again as the plan needed on its own threads, and room for what grows during a run.
    let memory = pilot.peak_bytes.map_or(MEMORY, |bytes| (2 * bytes / 1_000_000 / threads as u64).max(100));
    Ok(Job {
        program: std::env::current_exe()?,
        folder: std::fs::canonicalize(&sweep.folder)?,
        plan: sweep.plan.plan_hash[..8].to_owned(),
        shards: count,
        threads,
        seconds: seconds(&pilot, runs, count, threads),
        memory,
        round,
        extra: args.extra.clone(),
    })
}

/// Most tasks that Slurm takes in an array.
fn array_limit() -> u64 {
    let output = Command::new("scontrol").args(["show", "config"]).output().ok();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MaxArraySize")?.split('=').nth(1));
    // An array of MaxArraySize tasks would need one index more than there is.
    line.and_then(|size| size.trim().parse::<u64>().ok()).map_or(MOST_SHARDS, |size| (size - 1).min(MOST_SHARDS))
}

fn slurm(job: &Job, args: &Args) -> Outcome {
    let script = match job.write_slurm() {
        Ok(script) => script,
        Err(error) => return broken(&args.folder, &error),
    };
    if args.dry_run {
        super::super::print(&format!("sbatch {}\n", script.display()));
        return Outcome::Fine;
    }
    handed_to_sbatch(&script)
}

fn handed_to_sbatch(script: &Path) -> Outcome {
    match Command::new("sbatch").arg(script).status() {
        Ok(status) if status.success() => Outcome::Fine,
        Ok(status) => {
            tell!("sbatch {}: {status}", script.display());
            Outcome::Unusable
        }
        Err(error) => {
            tell!("sbatch {}: {error}; hand the script over where Slurm is", script.display());
            Outcome::Unusable
        }
    }
}

fn printed(job: &Job) -> Outcome {
    let command = job.command("$INDEX", &job.threads.to_string());
    let variables = INDEX_VARIABLES.join(", ");
    let last = job.shards - 1;
    super::super::print(&format!(
        "# for INDEX from 0 to {last}; queues tell it as {variables} (some count from 1)\n{command}\n"
    ));
    Outcome::Fine
}
