//! `oreworld run`: all arms and seeds of an experiment, into a folder of results.

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use super::input::{Settings, shown};
use super::{Outcome, render};
use crate::experiment::Experiment;
use crate::experiment::design::DesignKind;
use crate::experiment::file::{Changes, load};
use crate::results::runner::{self, Event, Finish, Options};
use crate::results::simulate::simulate;
use crate::results::{csv, manifest, summary};

/// Seconds between lines of progress where there is no terminal.
const PERIOD: u64 = 5;

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
    let one = |file: &PathBuf| match complete(file, args, &mut found) {
        Ok(folder) => {
            if !args.quiet {
                tell!("next: oreworld report {}", folder.display());
            }
            Outcome::Fine
        }
        Err(outcome) => outcome,
    };
    let worst = args.files.iter().map(one).max().unwrap_or(Outcome::Fine);
    if args.json {
        super::print(&format!("{:#}\n", serde_json::Value::from(found)));
    }
    worst
}

/// Runs what is missing of an experiment, and shows what came out or adds it to what was found; gives the folder of the results.
pub(super) fn complete(file: &Path, args: &Args, found: &mut Vec<serde_json::Value>) -> Result<PathBuf, Outcome> {
    let changes = Changes { set: args.settings.set.clone(), seeds: args.seeds, ..Changes::default() };
    if let Err(error) = std::fs::metadata(file) {
        tell!("{}: cannot be read: {error}", shown(file));
        return Err(Outcome::Unusable);
    }
    let loaded = load(file, &changes);
    render::problems(&loaded.problems, &loaded.sources);
    let experiment = loaded.experiment.ok_or(Outcome::Problems)?;
    if experiment.design.kind != DesignKind::None {
        let points = experiment.design.points.count;
        tell!("{}: has factors and {points} points; `oreworld sweep plan` runs it", shown(file));
        return Err(Outcome::Unusable);
    }
    let options = Options { threads: args.threads.map(usize::from), force: args.force };
    let folder = runner::folder(&experiment, &args.out);
    let mut progress = Progress::new(args.quiet);
    let finish = runner::run(&experiment, &args.out, options, &simulate, &mut |event| progress.show(event));
    progress.end();
    let place = folder.display();
    match finish {
        Err(error) => {
            tell!("{place}: {error}");
            return Err(Outcome::Unusable);
        }
        Ok(Finish::Failed(failures)) => {
            tell!("{} runs failed; the others are kept in {place}", failures.len());
            return Err(Outcome::Problems);
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

/// How far it is: a bar on a terminal, a line every so often elsewhere.
pub(super) struct Progress {
    quiet: bool,
    bar: ProgressBar,
    lines: bool,
    total: u64,
    said: u64,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let lines = !std::io::stderr().is_terminal();
        Self { quiet, bar: ProgressBar::hidden(), lines, total: 0, said: 0 }
    }

    /// Begins to count.
    pub(super) fn begin(&mut self, total: u64, kept: u64) {
        self.total = total;
        self.bar = if self.quiet || self.lines { ProgressBar::hidden() } else { ProgressBar::new(total) };
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs  {per_sec}  {eta} left");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_length(total);
        self.bar.set_position(kept);
        self.bar.reset_eta();
        self.said = 0;
    }

    /// Counts what need not be done.
    pub(super) fn skip(&self, runs: u64) {
        self.bar.inc(runs);
    }

    /// Counts one more.
    pub(super) fn step(&mut self) {
        self.bar.inc(1);
        let done = self.bar.position();
        let elapsed = self.bar.elapsed().as_secs();
        if self.lines && !self.quiet && elapsed >= self.said + PERIOD {
            self.said = elapsed;
            let rate = self.bar.per_sec();
            let left = self.bar.eta().as_secs();
            say(&format!("{done} of {} runs, {rate:.1} a second, {left} s left", self.total));
        }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Begun { total, kept } => {
                if *kept > 0 && !self.quiet {
                    say(&format!("resumed: {kept} of {total} runs are done already"));
                }
                self.begin(*total as u64, *kept as u64);
            }
            Event::Done => self.step(),
            Event::Failed(failure) => {
                let text = format!("arm {}, seed {}: {}", failure.arm, failure.seed, failure.why);
                self.note(&text);
            }
            Event::Writing => self.bar.set_message("writing"),
        }
    }

    /// A line beside the bar.
    pub(super) fn note(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A line on standard error; that nobody reads it any more is no mistake.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
