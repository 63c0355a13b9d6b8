//! `oreworld sweep status`, `merge` and `verify`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::super::progress::{Progress, Shared};
use super::super::render::run_again;
use super::{Outcome, broken, duration, merged_folder, next, open};
use crate::results::simulate::simulate;
use crate::sweep::merge::{self, MergeError};
use crate::sweep::verify::{self, sample};
use crate::sweep::work;
use crate::world_file::problem::counted;

/// Arguments of `sweep status`.
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    /// Folder of the sweep.
    #[arg(value_name = "SWEEP")]
    folder: PathBuf,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
}

/// Arguments of `sweep merge`.
#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// Folder of the sweep.
    #[arg(value_name = "SWEEP")]
    folder: PathBuf,
    /// Folder of the results; `merged` in that of the sweep when not given.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Does not say what may come next.
    #[arg(long)]
    quiet: bool,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
}

/// Arguments of `sweep verify`.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Folder of the sweep, or of merged results.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Does this share of the runs again, spread evenly, at least one.
    #[arg(long, value_name = "SHARE", default_value_t = 0.001)]
    sample: f64,
    /// Shows no progress.
    #[arg(long)]
    quiet: bool,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
}

pub(super) fn status(args: &StatusArgs) -> Outcome {
    let sweep = match open(&args.folder) {
        Ok(sweep) => sweep,
        Err(outcome) => return outcome,
    };
    let status = match work::status(&sweep) {
        Ok(status) => status,
        Err(error) => return broken(&args.folder, &error),
    };
    if args.json {
        super::super::print(&format!("{:#}\n", serde_json::json!(status)));
        return Outcome::Fine;
    }
    let mut lines = vec![
        format!(
            "{} of {}, {} of {}",
            status.runs_done,
            counted(status.runs as usize, "runs"),
            status.chunks_done,
            counted(status.chunks as usize, "chunks")
        ),
        format!("{} failed", counted(status.runs_failed as usize, "runs")),
    ];
    lines.extend(status.failures.iter().map(|(run, why)| format!("  run {run}: {why}")));
    if status.runs_done < status.runs {
        let left = status.core_hours_left * 3_600.0;
        lines.push(format!("about {} of one core are left; next: {}", duration(left), next("run", &args.folder)));
    } else {
        lines.push(format!("next: {}", next("merge", &args.folder)));
    }
    super::super::print(&(lines.join("\n") + "\n"));
    Outcome::Fine
}

pub(super) fn merge(args: &MergeArgs) -> Outcome {
    let sweep = match open(&args.folder) {
        Ok(sweep) => sweep,
        Err(outcome) => return outcome,
    };
    let to = args.out.clone().unwrap_or_else(|| merged_folder(&args.folder));
    match merge::merge(&sweep, &to) {
        Ok(merged) => {
            if args.json {
                let found = serde_json::json!({ "folder": to, "runs": merged.runs, "failed": merged.failed });
                super::super::print(&format!("{found:#}\n"));
            } else {
                let runs = counted(merged.runs as usize, "runs");
                let text = format!("{runs}, {} of them failed, each there once\n", merged.failed);
                super::super::print(&format!("{text}{}\n", to.display()));
            }
            if !args.quiet {
                tell!("next: {}", next("analyze", &args.folder));
            }
            Outcome::Fine
        }
        Err(error) => {
            tell!("{}: {error}", args.folder.display());
            match error {
                MergeError::Missing { .. } => {
                    tell!("next: {}", next("run", &args.folder));
                    Outcome::Missing
                }
                MergeError::Duplicate(_) => Outcome::Duplicate,
                MergeError::Unreadable(_) => Outcome::Unreadable,
                MergeError::Write(_) => Outcome::Unusable,
            }
        }
    }
}

/// What was found of a sweep or of merged results.
#[derive(Debug, Default, Serialize)]
struct Finding {
    folder: PathBuf,
    ok: bool,
    /// Runs of the plan, and those that were done again.
    runs: u64,
    again: usize,
    problems: Vec<String>,
}

pub(super) fn verify(args: &VerifyArgs) -> Outcome {
    let mut finding = Finding { folder: args.folder.clone(), ..Finding::default() };
    let outcome = verified(&args.folder, args, &mut finding).unwrap_or_else(|outcome| outcome);
    finding.ok = outcome == Outcome::Fine;
    if args.json {
        super::super::print(&format!("{:#}\n", serde_json::json!(finding)));
    }
    outcome
}

fn verified(folder: &Path, args: &VerifyArgs, finding: &mut Finding) -> Result<Outcome, Outcome> {
    if !(0.0..=1.0).contains(&args.sample) {
        tell!("--sample {}: write a share from 0 to 1", args.sample);
        return Err(Outcome::Unusable);
    }
    let shown = folder.display();
    let io = |error: std::io::Error| {
        tell!("{shown}: {error}");
        if error.kind() == std::io::ErrorKind::InvalidData { Outcome::Unreadable } else { Outcome::Unusable }
    };
    // Merged results are hashed before they are opened: what is wrong with plan or inputs is named with the rest.
    let is_merged = verify::is_merged(folder);
    let wrong = if is_merged { verify::merged(folder).map_err(io)?.1 } else { Vec::new() };
    let mut bad = |lines: Vec<String>, outcome| {
        for line in &lines {
            tell!("{shown}: {line}");
        }
        finding.problems.extend(lines);
        if finding.problems.is_empty() { Ok(()) } else { Err(outcome) }
    };
    bad(wrong, Outcome::Unreadable)?;
    let sweep = open(folder)?;
    if !is_merged {
        bad(verify::chunks(&sweep).map_err(io)?, Outcome::Unreadable)?;
    }
    let good = |text: String| {
        if !args.json {
            super::super::print(&format!("{shown}: {text}\n"));
        }
    };
    good("every file is as it was written".to_owned());
    let chosen = sample(sweep.plan.runs, args.sample);
    let progress = Shared::new(args.quiet);
    progress.with(|bar| bar.begin(chosen.len() as u64, 0));
    let found = verify::again(&sweep, &chosen, &simulate, &|| progress.with(Progress::step));
    progress.with(|bar| bar.end());
    let (compared, different) = found.map_err(io)?;
    bad(different, Outcome::Problems)?;
    (finding.runs, finding.again) = (sweep.plan.runs, compared);
    good(run_again(compared, sweep.plan.runs as usize));
    Ok(Outcome::Fine)
}
