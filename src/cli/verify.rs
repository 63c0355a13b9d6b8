//! `oreworld verify`: are results what they say, to the last bit?

use std::convert::identity;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Serialize;

use super::progress::Progress;
use super::render::{as_written, run_again};
use super::{Outcome, render};
use crate::experiment::Experiment;
use crate::experiment::file::{Changes, load};
use crate::results::inputs;
use crate::results::manifest::{Manifest, Program};
use crate::results::sealed::{self, Held};
use crate::results::simulate::simulate;
use crate::results::verify::{self, Difference, VerifyError, made};
use crate::world_file::problem::counted;

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Runs every run again, not a sample.
    #[arg(long, conflicts_with = "sample")]
    all: bool,
    /// Runs so many runs again, spread over arms and seeds.
    #[arg(long, value_name = "K", default_value_t = 4)]
    sample: usize,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
}

/// What was found of a folder of results.
#[derive(Debug, Default, Serialize)]
struct Finding {
    folder: String,
    ok: bool,
    /// Files that are as the manifest says.
    files: usize,
    /// Runs of the experiment, and those that were run again.
    runs: usize,
    again: usize,
    problems: Vec<String>,
    notes: Vec<String>,
    differences: Vec<Difference>,
}

/// Looks at every folder, whatever is wrong with those before it.
pub(super) fn run(args: &Args) -> Outcome {
    let mut findings = Vec::new();
    let mut worst = Outcome::Fine;
    for folder in &args.folders {
        let mut finding = Finding { folder: folder.display().to_string(), ..Finding::default() };
        let outcome = verified(folder, args, &mut finding).unwrap_or_else(identity);
        finding.ok = outcome == Outcome::Fine;
        worst = worst.max(outcome);
        findings.push(finding);
    }
    if args.json {
        super::print(&(serde_json::to_string_pretty(&findings).expect("bug: findings that are no JSON") + "\n"));
    }
    worst
}

/// Hashes files, runs runs again, and says what differs: at once in words, or in the finding alone.
fn verified(folder: &Path, args: &Args, finding: &mut Finding) -> Result<Outcome, Outcome> {
    let shown = folder.display();
    let good = |text: String| {
        if !args.json {
            super::print(&format!("{shown}: {text}\n"));
        }
    };
    let wrong = |text: &dyn std::fmt::Display| {
        if !args.json {
            tell!("{shown}: {text}");
        }
    };
    let mut bad = |(outcome, lines): (Outcome, Vec<String>)| {
        if !args.json {
            complain(&lines);
        }
        finding.problems.extend(lines);
        outcome
    };
    match sealed::held(folder) {
        Some(held @ (Held::Calibration | Held::Search)) => {
            let made = checked(folder, made::files(folder, held)).map_err(bad)?;
            (finding.files, finding.runs) = (made.files, made.runs as usize);
            let (files, runs) = (as_written(made.files), counted(made.runs as usize, "runs"));
            good(format!("{files}, {runs} as written"));
            note_program(&made.program, finding, &wrong);
            return Ok(Outcome::Fine);
        }
        Some(Held::Sweep) => {
            return Err(bad((
                Outcome::Unusable,
                vec![format!("{shown} holds a sweep: `oreworld sweep verify` looks at it")],
            )));
        }
        Some(Held::Runs) | None => {}
    }
    let manifest = look(folder).map_err(bad)?;
    (finding.files, finding.runs) = (manifest.files.len(), manifest.runs.len());
    good(as_written(finding.files));
    let experiment = again(folder, &manifest).inspect_err(|_| {
        finding.problems.push("the copies of the inputs have problems; see standard error".to_owned());
    })?;
    note_program(&manifest.program, finding, &wrong);
    let count = if args.all { manifest.runs.len() } else { args.sample };
    let chosen = verify::sample(manifest.runs.len(), count);
    let mut progress = Progress::new(args.quiet || args.json);
    progress.begin(chosen.len() as u64, 0);
    let progress = Mutex::new(progress);
    let watch = || {
        if let Ok(mut progress) = progress.lock() {
            progress.step();
        }
    };
    let found = verify::runs(folder, &manifest, &experiment, &chosen, &simulate, &watch);
    if let Ok(progress) = progress.lock() {
        progress.end();
    }
    let differences = found.map_err(|error| {
        wrong(&error);
        finding.problems.push(error.to_string());
        Outcome::Unusable
    })?;
    finding.again = chosen.len();
    if differences.is_empty() {
        good(run_again(finding.again, finding.runs));
        return Ok(Outcome::Fine);
    }
    for difference in &differences {
        wrong(difference);
    }
    finding.differences = differences;
    Ok(Outcome::Problems)
}

/// Notes that another build made it.
fn note_program(made_by: &Program, finding: &mut Finding, say: &dyn Fn(&dyn std::fmt::Display)) {
    if Program::this().source_blake3 != made_by.source_blake3 {
        let note = format!(
            "made by another build, oreworld {} at commit {}; its numbers may differ from this one's",
            made_by.version,
            made_by.commit.as_deref().unwrap_or("unknown"),
        );
        say(&note);
        finding.notes.push(note);
    }
}

/// The manifest of results whose files are what they were; otherwise says what is wrong with them.
pub(super) fn unchanged(folder: &Path) -> Result<Manifest, Outcome> {
    look(folder).map_err(|(outcome, lines)| {
        complain(&lines);
        outcome
    })
}

fn complain(lines: &[String]) {
    for line in lines {
        tell!("{line}");
    }
}

/// The same, with what is wrong in lines.
fn look(folder: &Path) -> Result<Manifest, (Outcome, Vec<String>)> {
    checked(folder, verify::files(folder))
}

/// What was found whole; otherwise how bad it is and what is wrong, in lines.
fn checked<T>(folder: &Path, found: Result<(T, Vec<String>), VerifyError>) -> Result<T, (Outcome, Vec<String>)> {
    let (whole, wrong) = found.map_err(|error| (severity(&error), vec![error.to_string()]))?;
    let lines: Vec<String> = wrong.iter().map(|line| format!("{}: {line}", folder.display())).collect();
    if lines.is_empty() { Ok(whole) } else { Err((Outcome::Problems, lines)) }
}

/// How bad it is that results cannot be looked at.
fn severity(error: &VerifyError) -> Outcome {
    match error {
        VerifyError::Above(..) => Outcome::Unusable,
        VerifyError::Unreadable(_, error) if error.kind() == std::io::ErrorKind::NotFound => Outcome::Unusable,
        _ => Outcome::Problems,
    }
}

/// The experiment of some results, from the copies of its files.
pub(super) fn again(folder: &Path, manifest: &Manifest) -> Result<Experiment, Outcome> {
    let (file, world) = inputs(folder);
    let changes =
        Changes { set: manifest.overrides.clone(), seeds: Some(manifest.seeds), world: Some(world), posterior: None };
    let loaded = load(&file, &changes);
    loaded.experiment.ok_or_else(|| {
        render::problems(&loaded.problems, &loaded.sources);
        Outcome::Problems
    })
}
