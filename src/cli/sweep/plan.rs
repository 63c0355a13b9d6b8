//! `oreworld sweep plan`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::super::input::{Settings, present, shown};
use super::super::progress::{Progress, Shared};
use super::{Outcome, broken, duration, next, open, render, size};
use crate::experiment::Experiment;
use crate::experiment::file::{Changes, load};
use crate::results::simulate::simulate;
use crate::results::summary::figure;
use crate::sweep::pilot::{self, Cost, too_many};
use crate::sweep::plan::{self, Pilot, Sweep};
use crate::sweep::work::threads;
use crate::world_file::problem::counted;

/// Arguments of `sweep plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Experiment file.
    #[arg(value_name = "EXPERIMENT")]
    file: PathBuf,
    /// Folder of the sweep; sweeps/ID-HASH when not given.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Measures so many runs, spread over the design.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    calibrate: u32,
    /// Takes so many runs for a chunk instead of what the measure suggests.
    #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    chunk: Option<u64>,
    /// Takes so many seeds instead of the experiment's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    seeds: Option<u32>,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: &Args) -> Outcome {
    if let Err(outcome) = present(&args.file) {
        return outcome;
    }
    let changes = Changes { set: args.settings.set.clone(), seeds: args.seeds, ..Changes::default() };
    let loaded = load(&args.file, &changes);
    render::problems(&loaded.problems, &loaded.sources);
    let Some(experiment) = loaded.experiment else { return Outcome::Problems };
    let folder = args.out.clone().unwrap_or_else(|| Path::new("sweeps").join(experiment.folder_name()));
    let runs = experiment.arms.len() as u64 * experiment.design.points.count as u64 * u64::from(experiment.seeds.count);
    if let Some(outcome) = refused(&args.file, &too_many(runs, &experiment.design.limits)) {
        return outcome;
    }
    if folder.join(plan::NAME).exists() {
        return again(&folder, &experiment, args);
    }
    let progress = Shared::new(args.quiet);
    progress.with(|bar| bar.begin(u64::from(args.calibrate).min(runs), 0));
    let pool = match rayon::ThreadPoolBuilder::new().num_threads(threads()).build() {
        Ok(pool) => pool,
        Err(error) => return broken(&folder, &error),
    };
    let (mut sweep, pilot) = pool.install(|| {
        let watch = || progress.with(Progress::step);
        let runs = args.calibrate as usize;
        pilot::plan(&folder, experiment, loaded.sources, runs, args.chunk, &simulate, &watch)
    });
    progress.with(|bar| bar.end());
    let cost = Cost::of(&sweep, &pilot);
    if let Some(outcome) = refused(&args.file, &cost.above(&sweep.experiment.design.limits)) {
        return outcome;
    }
    if let Err(error) = sweep.write(&pilot) {
        return broken(&folder, &error);
    }
    show(&sweep, &pilot, args)
}

/// Says what exceeds the limits of the file, if anything does.
fn refused(file: &Path, above: &[String]) -> Option<Outcome> {
    for line in above {
        tell!("{}: {line}; raise it in `limits`, or take fewer points or seeds", shown(file));
    }
    (!above.is_empty()).then_some(Outcome::Problems)
}

/// A folder that holds a plan already: the same sweep is shown, another is left alone.
fn again(folder: &Path, experiment: &Experiment, args: &Args) -> Outcome {
    let sweep = match open(folder) {
        Ok(sweep) => sweep,
        Err(outcome) => return outcome,
    };
    let same = sweep.plan.experiment_hash == experiment.hash().to_string();
    if !same || args.chunk.is_some_and(|runs| runs != sweep.plan.chunk_runs) {
        tell!("{} holds another plan; choose another folder with --out", folder.display());
        return Outcome::Unusable;
    }
    tell!("{} is planned already", folder.display());
    match sweep.pilot() {
        Ok(pilot) => show(&sweep, &pilot, args),
        Err(error) => broken(folder, &error),
    }
}

fn show(sweep: &Sweep, pilot: &Pilot, args: &Args) -> Outcome {
    let cost = Cost::of(sweep, pilot);
    if args.json {
        let found = serde_json::json!({ "folder": sweep.folder, "plan": sweep.plan, "pilot": pilot, "cost": cost });
        super::super::print(&format!("{found:#}\n"));
    } else {
        super::super::print(&text(sweep, pilot, &cost));
    }
    Outcome::Fine
}

fn text(sweep: &Sweep, pilot: &Pilot, cost: &Cost) -> String {
    let (plan, experiment) = (&sweep.plan, &sweep.experiment);
    let (cores, factors) = (threads(), !experiment.design.factors.is_empty());
    let mut out = format!("{}\n{}\n", experiment.label.en, experiment.question.en);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{} × {} × {} = {} of {}{}",
        counted(plan.arms.len(), "arms"),
        counted(plan.points as usize, "points"),
        counted(plan.seeds as usize, "seeds"),
        match plan.runs {
            runs if runs < 1_000 => counted(runs as usize, "runs"),
            runs => format!("{} runs", figure(runs as f64)),
        },
        counted(experiment.weeks as usize, "weeks"),
        if factors { format!("; points by {}", plan.design) } else { String::new() },
    );
    for factor in &experiment.design.factors {
        let paths: Vec<&str> = factor.paths.iter().map(|(path, _)| path.as_str()).collect();
        let _ = writeln!(out, "  {:<24} {}", factor.column(), paths.join(", "));
    }
    if !factors {
        let _ = writeln!(out, "  no factors: one point, the world as it is; `oreworld run` runs it without a plan");
    }
    let _ = writeln!(out, "chunks  {} of {}", plan.chunks, counted(plan.chunk_runs as usize, "runs"));
    let _ = writeln!(
        out,
        "time    about {} on {}, {:.2} core hours; a run takes {:.3} s, nine of ten under {:.3} s ({} measured)",
        duration(cost.core_hours * 3_600.0 / cores as f64),
        counted(cores, "cores"),
        cost.core_hours,
        pilot.mean_s,
        pilot.p90_s,
        pilot.runs,
    );
    let memory = cost.memory.map_or_else(|| "unknown".to_owned(), |bytes| format!("about {} a process", size(bytes)));
    let _ = writeln!(out, "memory  {memory}");
    let _ = writeln!(out, "disk    about {}", size(cost.disk));
    let _ = writeln!(out, "\n{}\nnext: {}", sweep.folder.display(), next("run", &sweep.folder));
    out
}
