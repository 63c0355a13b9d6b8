//! `oreworld base-year`: the first 52 weeks of worlds beside what statistics say of their base year.

use std::path::PathBuf;

use crate::base_year::{WEEKS, compare};
use crate::world_file;

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
    input::each(&args.files, &args.settings, |path, input| {
        let checked = input.root.map(|root| world_file::check(&input.sources, root, &input.overrides));
        let setup = match checked {
            Ok(checked) if checked.setup.is_some() => checked.setup,
            Ok(checked) => {
                render::problems(&checked.problems, &input.sources);
                None
            }
            Err(problems) => {
                render::problems(&problems, &input.sources);
                None
            }
        };
        let Some(setup) = setup else { return Outcome::Problems };
        let name = shown(path);
        if setup.published.is_empty() {
            super::print(&format!("{name}: nothing is published; add figures to `published`\n"));
            return Outcome::Fine;
        }
        match compare(&setup, args.seeds) {
            Ok(found) => {
                super::print(&format!("{name}: seeds 1 to {}, {WEEKS} weeks\n\n{found}\n", args.seeds));
                if found.misses().next().is_some() { Outcome::Problems } else { Outcome::Fine }
            }
            Err(error) => {
                eprintln!("{name}: {error}");
                Outcome::Unusable
            }
        }
    })
}
