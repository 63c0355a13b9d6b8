//! The command line: one file per verb under `cli/`.
//!
//! Exit codes are those of `EXIT_CODES`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Parser, Subcommand};

/// Says a line on standard error. That nobody can hear it, as when the disk behind it is full, is no reason to stop, which is what
/// `eprintln!` does.
macro_rules! tell {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr().lock(), $($part)*);
    }};
}

mod base_year;
mod calibrate;
mod check;
mod demo;
mod explain;
mod export;
mod facts;
mod input;
mod optimize;
mod plot;
mod progress;
mod render;
mod report;
mod run;
mod schema;
mod shell;
mod show;
mod sweep;
mod verify;

/// How commands end.
const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  a file has problems, results differ from what they say, or runs failed
  2  the command is used wrongly, or a file cannot be read or written
  3, 4, 5  chunks of a sweep are there twice, missing or damaged
  75 told to stop; what is done is kept, and the command given again goes on
  78 a sweep or a search of another program, or a machine that gives other bits

First steps:
  oreworld demo         runs a small experiment and writes a report of it
  oreworld new NAME     writes a world and an experiment that run, to be changed";

/// Markets and politics of critical minerals, week by week.
#[derive(Debug, Parser)]
#[command(name = "oreworld", version, about, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Says all that is wrong with world files, and compares supply with use in the base year.
    Check(check::Args),
    /// Runs the base year of worlds and lays it beside what they say is published.
    BaseYear(base_year::Args),
    /// Shows what is in a world or in an experiment's arm; with --resolved every value and where it comes from.
    Show(show::Args),
    /// Prints what files may say.
    Schema(schema::Args),
    /// Runs all arms and seeds of an experiment and keeps the results; goes on where it was stopped.
    Run(run::Args),
    /// Runs an experiment over points of its uncertain factors, on one machine or many, and analyzes what came out.
    Sweep(sweep::Args),
    /// Says which values of a world's uncertain factors make it do what was seen; goes on where it was stopped.
    Calibrate(calibrate::Args),
    /// Searches settings of a world that serve some aims best; goes on where it was stopped.
    Optimize(optimize::Args),
    /// Says whether results are what they say: hashes every file, runs a sample of the runs again.
    Verify(verify::Args),
    /// Draws results as SVG and PNG: fans of prices and stocks, arm by arm.
    Plot(plot::Args),
    /// Writes results as one HTML file in Chinese and English: question and answer, arms, charts, provenance.
    Report(report::Args),
    /// Says why a price moved in a week of a run: what happened on the way, and the price without each of it.
    Explain(explain::Args),
    /// Copies tables of finished results as CSV.
    Export(export::Args),
    /// Holds results against the stylized facts of commodity markets, arm by arm.
    Facts(facts::Args),
    /// Runs an export ban on a one-page world and writes a report of it, files included.
    Demo(demo::Demo),
    /// Writes a world and an experiment that run, to be changed.
    New(demo::New),
    /// Prints what a shell needs to complete commands.
    Completions(shell::Completions),
    /// Prints the page of the manual, or writes one for every verb.
    Man(shell::Man),
}

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// All is well.
    Fine = 0,
    /// A file has problems.
    Problems = 1,
    /// The command is used wrongly, or a file cannot be read or written.
    Unusable = 2,
    /// Chunks of a sweep hold runs more than once.
    Duplicate = 3,
    /// Chunks of a sweep are missing.
    Missing = 4,
    /// A file of a sweep is not what was written.
    Unreadable = 5,
    /// Told to stop; the rest can be done later.
    Stopped = 75,
    /// Another build or another machine than the plan's.
    Foreign = 78,
}

/// Runs the command line.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Check(args) => check::run(&args),
        Verb::BaseYear(args) => base_year::run(&args),
        Verb::Show(args) => show::run(&args),
        Verb::Schema(args) => schema::run(&args),
        Verb::Run(args) => run::run(&args),
        Verb::Sweep(args) => sweep::run(&args),
        Verb::Calibrate(args) => calibrate::run(&args),
        Verb::Optimize(args) => optimize::run(&args),
        Verb::Verify(args) => verify::run(&args),
        Verb::Plot(args) => plot::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Explain(args) => explain::run(&args),
        Verb::Export(args) => export::run(&args),
        Verb::Facts(args) => facts::run(&args),
        Verb::Demo(args) => demo::demo(&args),
        Verb::New(args) => demo::new(&args),
        Verb::Completions(args) => shell::completions(&args),
        Verb::Man(args) => shell::man(&args),
    };
    ExitCode::from(outcome as u8)
}

/// Where something of results goes: the folder given, and for several results one in it for each.
fn within(out: &Path, experiment: &str, hash: &str, results: usize) -> PathBuf {
    let short: String = hash.chars().take(10).collect();
    if results > 1 { out.join(format!("{experiment}-{short}")) } else { out.to_owned() }
}

/// Raises a flag when the process is asked to stop.
fn on_signals(stop: &Arc<AtomicBool>) -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let mut signals = vec![SIGINT, SIGTERM];
    #[cfg(unix)]
    signals.push(signal_hook::consts::SIGUSR1);
    for signal in signals {
        signal_hook::flag::register(signal, Arc::clone(stop))?;
    }
    Ok(())
}

/// Prints to standard output; that nobody reads any more is no mistake.
fn print(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
