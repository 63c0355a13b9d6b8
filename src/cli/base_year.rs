//! `oreworld base-year`: the first 52 weeks of worlds beside what statistics say of their base year.

use std::path::{Path, PathBuf};

use crate::base_year::{WEEKS, compare};
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
    #[command(flatten)]
    settings: Settings,
}

/// Compares every file; problems when a figure lies outside its tolerance.
pub(super) fn run(args: &Args) -> Outcome {
    input::each(&args.files, &args.settings, |path, mut input| {
        let problems = match input.world() {
            Ok(Checked { setup: Some(setup), .. }) => return compared(path, &setup, args.seeds),
            Ok(checked) => checked.problems,
            Err(problems) => problems,
        };
        render::problems(&problems, &input.sources);
        Outcome::Problems
    })
}

/// Compares a world's base year with what it says is published.
fn compared(path: &Path, setup: &Setup, seeds: u64) -> Outcome {
    let name = shown(path);
    if setup.published.is_empty() {
        super::print(&format!("{name}: nothing is published; add figures to `published`\n"));
        return Outcome::Fine;
    }
    match compare(setup, seeds) {
        Ok(found) => {
            super::print(&format!("{name}: seeds 1 to {seeds}, {WEEKS} weeks\n\n{found}\n"));
            if found.misses().next().is_some() { Outcome::Problems } else { Outcome::Fine }
        }
        Err(error) => {
            eprintln!("{name}: {error}");
            Outcome::Unusable
        }
    }
}
