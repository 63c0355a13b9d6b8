//! `oreworld facts`: do the stylized facts of commodity markets hold in results?

use std::convert::identity;
use std::path::{Path, PathBuf};

use super::Outcome;
use super::verify::{again, unchanged};
use crate::results::facts::{self, HEAD, Line};
use crate::world_file::problem::unknown_name;

/// Arguments of `facts`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders of results.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Arm whose table is shown; the baseline when not given.
    #[arg(long, conflicts_with = "csv")]
    arm: Option<String>,
    /// Prints every measure of every arm as comma-separated values.
    #[arg(long)]
    csv: bool,
    /// Prints every measure of every arm as JSON.
    #[arg(long, conflicts_with_all = ["arm", "csv"])]
    json: bool,
}

/// Looks at every folder, whatever is wrong with those before it.
pub(super) fn run(args: &Args) -> Outcome {
    if args.csv {
        super::print(HEAD);
    }
    let mut lines = Vec::new();
    let outcomes = args.folders.iter().map(|folder| shown(folder, args, &mut lines).unwrap_or_else(identity));
    let worst = outcomes.max().unwrap_or(Outcome::Fine);
    if args.json {
        super::print(&(serde_json::to_string_pretty(&lines).expect("bug: facts that are no JSON") + "\n"));
    }
    worst
}

/// Shows the facts, after making sure that the files are what they were.
fn shown(folder: &Path, args: &Args, lines: &mut Vec<Line>) -> Result<Outcome, Outcome> {
    let manifest = unchanged(folder)?;
    let experiment = again(folder, &manifest)?;
    let place = folder.display();
    if experiment.facts.is_empty() {
        tell!("{place}: {} asks for no facts; write such as facts: [(contract: \"..\")] in it", experiment.id);
        return Err(Outcome::Unusable);
    }
    let names: Vec<&str> = experiment.arms.iter().map(|arm| arm.id.as_str()).collect();
    let name = args.arm.as_deref().unwrap_or(names[experiment.baseline]);
    let Some(arm) = names.iter().position(|known| *known == name) else {
        let (what, instead) = unknown_name("arm", name, &names);
        tell!("--arm: {what}; {}", instead.unwrap_or_default());
        return Err(Outcome::Unusable);
    };
    let text = if args.json {
        facts::lines(&experiment, folder).map(|found| {
            lines.extend(found);
            String::new()
        })
    } else if args.csv {
        facts::csv(&experiment, folder)
    } else {
        facts::text(&experiment, folder, arm)
    };
    let text = text.map_err(|error| {
        tell!("{place}: {error}");
        Outcome::Unusable
    })?;
    super::print(&text);
    Ok(Outcome::Fine)
}
