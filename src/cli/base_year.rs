//! `oreworld base-year`: the first 52 weeks of worlds beside what statistics say of their base year.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base_year::{Comparison, WEEKS, compare};
use crate::results::summary::seeds_from;
use crate::setup::Setup;
use crate::world_file::Checked;

use super::input::{self, Settings, shown};
use super::{Outcome, render};

/// Arguments of `base-year`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// World files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Seeds that are run, from 1 on.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    seeds: u64,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// What was found of a file.
#[derive(Debug, Serialize)]
struct Finding {
    file: String,
    /// Whether every figure lies within its tolerance.
    ok: bool,
    seeds: u64,
    weeks: u32,
    figures: Comparison,
}

/// Compares every file; problems when a figure lies outside its tolerance.
pub(super) fn run(args: &Args) -> Outcome {
    let mut findings = Vec::new();
    let outcome = input::each(&args.files, &args.settings, |path, mut input| {
        let problems = match input.world() {
            Ok(Checked { setup: Some(setup), .. }) => return compared(path, &setup, args, &mut findings),
            Ok(checked) => checked.problems,
            Err(problems) => problems,
        };
        render::problems(&problems, &input.sources);
        Outcome::Problems
    });
    if args.json {
        super::print(&(serde_json::to_string_pretty(&findings).expect("bug: findings that are no JSON") + "\n"));
    }
    outcome
}

/// Compares a world's base year with what it says is published.
fn compared(path: &Path, setup: &Setup, args: &Args, findings: &mut Vec<Finding>) -> Outcome {
    let (name, seeds) = (shown(path), args.seeds);
    if setup.published.is_empty() && !args.json {
        super::print(&format!("{name}: nothing is published; add figures to `published`\n"));
        return Outcome::Fine;
    }
    match compare(setup, seeds) {
        Ok(found) => {
            let ok = found.misses().next().is_none();
            if args.json {
                findings.push(Finding { file: name, ok, seeds, weeks: WEEKS, figures: found });
            } else {
                super::print(&format!("{name}: {}, {WEEKS} weeks\n\n{found}\n", seeds_from(1, seeds)));
            }
            if ok { Outcome::Fine } else { Outcome::Problems }
        }
        Err(error) => {
            tell!("{name}: {error}");
            Outcome::Unusable
        }
    }
}
