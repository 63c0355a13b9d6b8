//! `oreworld run`: all arms and seeds of an experiment, into a folder of results.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::input::{Settings, present, shown};
use super::progress::Progress;
use super::render::done_already;
use super::{Outcome, on_signals, render};
use crate::experiment::Experiment;
use crate::experiment::design::DesignKind;
use crate::experiment::file::{Changes, load};
use crate::results::runner::{self, Event, Finish, Options};
use crate::results::simulate::simulate;
use crate::results::{csv, manifest, summary};
use crate::world_file::problem::counted;

/// Arguments of `run`.
#[derive(Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct Args {
    /// Experiment files, run one after another.
    #[arg(value_name = "EXPERIMENT", required = true)]
    files: Vec<PathBuf>,
    /// Runs at a time; as many as there are cores when not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Takes so many seeds instead of the experiment's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    seeds: Option<u32>,
    /// Folder in which the results get theirs.
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// Writes every table as CSV too, in the folder `csv` among the results.
    #[arg(long)]
    csv: bool,
    /// Shows neither progress nor summary.
    #[arg(long)]
    quiet: bool,
    /// Prints the outcomes, paired with the baseline, as JSON instead of the summary.
    #[arg(long)]
    json: bool,
    /// Runs again what is there already.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Args {
    /// What is run goes into a folder, as its file says.
    pub(super) fn into(out: PathBuf, quiet: bool) -> Self {
        Self { out, quiet, ..Self::default() }
    }
}

/// Runs what is missing of every experiment, shows what came out and says what may come next. The worst that happened is how it
/// ended.
pub(super) fn run(args: &Args) -> Outcome {
    let mut found = Vec::new();
    let mut worst = Outcome::Fine;
    for file in &args.files {
        match complete(file, args, &mut found) {
            Ok(folder) if !args.quiet => tell!("next: oreworld report {}", folder.display()),
            Ok(_) => {}
            Err(outcome) => worst = worst.max(outcome),
        }
        if worst == Outcome::Stopped {
            break;
        }
    }
    if args.json {
        super::print(&format!("{:#}\n", serde_json::Value::from(found)));
    }
    worst
}

/// Runs what is missing of an experiment, and shows what came out or adds it to what was found; gives the folder of the results.
pub(super) fn complete(file: &Path, args: &Args, found: &mut Vec<serde_json::Value>) -> Result<PathBuf, Outcome> {
    let changes = Changes { set: args.settings.set.clone(), seeds: args.seeds, ..Changes::default() };
    present(file)?;
    let loaded = load(file, &changes);
    render::problems(&loaded.problems, &loaded.sources);
    let experiment = loaded.experiment.ok_or(Outcome::Problems)?;
    if experiment.design.kind != DesignKind::None {
        let points = experiment.design.points.count;
        let points = counted(points, "points");
        tell!("{}: has factors and {points}; `oreworld sweep plan` runs it", shown(file));
        return Err(Outcome::Unusable);
    }
    let options = Options { threads: args.threads.map(usize::from), force: args.force };
    let folder = runner::folder(&experiment, &args.out);
    let mut progress = Progress::new(args.quiet);
    let stop = Arc::new(AtomicBool::new(false));
    if let Err(error) = on_signals(&stop) {
        tell!("{}: {error}", folder.display());
        return Err(Outcome::Unusable);
    }
    let mut watch = |event: &Event| tell_of(event, &mut progress, args.quiet);
    let finish = runner::run(&experiment, &args.out, options, &simulate, &stop, &mut watch);
    progress.end();
    let place = folder.display();
    match finish {
        Err(error) => {
            tell!("{place}: {error}");
            return Err(Outcome::Unusable);
        }
        Ok(Finish::Failed(failures)) => {
            tell!("{} failed; the others are kept in {place}", counted(failures.len(), "runs"));
            return Err(Outcome::Problems);
        }
        Ok(Finish::Stopped) => {
            tell!("{place}: stopped; what is done is kept, and the same command goes on");
            return Err(Outcome::Stopped);
        }
        Ok(Finish::Found) if !args.quiet => {
            tell!("{place} is complete already; --force runs it again");
        }
        Ok(Finish::Found | Finish::Complete) => {}
    }
    show(&experiment, &folder, args, found).map_err(|error| {
        tell!("{place}: {error}");
        Outcome::Unusable
    })?;
    Ok(folder)
}

fn show(
    experiment: &Experiment,
    folder: &Path,
    args: &Args,
    found: &mut Vec<serde_json::Value>,
) -> Result<(), Box<dyn std::error::Error>> {
    if args.csv {
        let files = manifest::read(folder)?.files;
        csv::write(folder, &folder.join(csv::FOLDER), csv::tables(&files))?;
    }
    if args.json {
        found.push(summary::json(experiment, folder)?);
    } else if !args.quiet {
        super::print(&summary::text(experiment, folder)?);
        super::print(&format!("\n{}\n", folder.display()));
    }
    Ok(())
}

fn tell_of(event: &Event, progress: &mut Progress, quiet: bool) {
    match event {
        Event::Begun { total, kept } => {
            if *kept > 0 && !quiet {
                progress.note(&format!("resumed: {}", done_already(*kept as u64, *total as u64)));
            }
            progress.begin(*total as u64, *kept as u64);
        }
        Event::Done => progress.step(),
        Event::Failed(failure) => {
            progress.note(&format!("arm {}, seed {}: {}", failure.arm, failure.seed, failure.why));
        }
        Event::Writing => progress.doing("writing"),
    }
}
