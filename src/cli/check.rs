//! `oreworld check`: all that is wrong with files, without running anything.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::calibrate::{self, Method};
use crate::experiment::design::DesignKind;
use crate::experiment::file::{Changes, load};
use crate::world_file::balance::Balance;
use crate::world_file::inventory::{Inventory, MARKDOWN_HEAD, inventory};
use crate::world_file::problem::{Problems, counted};

use super::input::{self, Settings, shown};
use super::{Outcome, render};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// World files and experiment files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Prints JSON to standard output.
    #[arg(long)]
    json: bool,
    /// Prints a row of a Markdown table for each world without errors.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Does not say what may come next.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    settings: Settings,
}

/// What was found in a file.
#[derive(Debug, Serialize)]
struct Finding {
    file: String,
    ok: bool,
    problems: Problems,
    inventory: Option<Inventory>,
    balance: Option<Balance>,
}

/// Checks every file, whatever is wrong with those before it.
pub(super) fn run(args: &Args) -> Outcome {
    let mut findings = Vec::new();
    if args.markdown {
        super::print(MARKDOWN_HEAD);
    }
    let outcome = input::each(&args.files, &args.settings, |path, mut input| {
        let kind = input.root.as_ref().ok().and_then(|root| root.name.as_deref());
        let look: Option<fn(&Path, &Args) -> Finding> = match kind {
            Some("Experiment") => Some(experiment),
            Some("Search") => Some(search),
            Some("Calibration") => Some(calibration),
            _ => None,
        };
        if let Some(look) = look {
            let finding = look(path, args);
            let outcome = if finding.ok { Outcome::Fine } else { Outcome::Problems };
            findings.push(finding);
            return outcome;
        }
        let (problems, balance, held) = match input.world() {
            Err(problems) => (problems, None, None),
            Ok(checked) => {
                let held = checked.setup.as_ref().map(|setup| (setup.id.to_string(), inventory(setup)));
                (checked.problems, checked.balance, held)
            }
        };
        let ok = !problems.has_errors();
        let outcome = if ok { Outcome::Fine } else { Outcome::Problems };
        if args.json {
            let inventory = held.map(|(_, inventory)| inventory);
            findings.push(Finding { file: shown(path), ok, problems, inventory, balance });
            return outcome;
        }
        render::problems(&problems, &input.sources);
        if let Some((balance, (id, inventory))) = balance.filter(|_| ok).zip(held) {
            if args.markdown {
                super::print(&inventory.markdown(&id, &balance));
                return outcome;
            }
            let (name, count, line) = (shown(path), render::count(&problems), inventory.line());
            super::print(&format!("{name}: {count}\n\n{line}\n\nBase year, contained metal\n\n{balance}"));
        }
        outcome
    });
    if args.json {
        super::print(&(serde_json::to_string_pretty(&findings).expect("bug: findings that are no JSON") + "\n"));
    }
    outcome
}

/// Checks a calibration and its world.
fn calibration(path: &Path, args: &Args) -> Finding {
    let loaded = calibrate::file::load(path, &args.settings.set);
    let ok = loaded.calibration.is_some();
    if !args.json {
        render::problems(&loaded.problems, &loaded.sources);
        if let Some(found) = loaded.calibration {
            let (name, count, experiment) = (shown(path), render::count(&loaded.problems), &found.experiment);
            let held_out = found.targets.iter().filter(|target| target.held_out).count();
            let (factors, targets) = (experiment.design.factors.len(), found.targets.len() - held_out);
            let (factors, targets) = (counted(factors, "factors"), counted(targets, "targets"));
            let Method { particles, rounds, runs, .. } = found.method;
            let most = counted(particles * rounds * runs as usize, "runs");
            let (weeks, first) = (counted(experiment.weeks as usize, "weeks"), experiment.calendar.day(0));
            super::print(&format!(
                "{name}: {count}\n\n{factors}, {targets} and {held_out} held out; {} in at most {}, {most} of {weeks} from {first} on\n",
                counted(particles, "particles"),
                counted(rounds, "rounds"),
            ));
            if !args.quiet {
                tell!("next: oreworld calibrate {name}");
            }
        }
    }
    Finding { file: shown(path), ok, problems: loaded.problems, inventory: None, balance: None }
}

/// Checks a search and its world in every scenario.
fn search(path: &Path, args: &Args) -> Finding {
    let changes = Changes { set: args.settings.set.clone(), ..Changes::default() };
    let loaded = crate::optimize::file::load(path, &changes);
    let ok = loaded.search.is_ok();
    if !args.json {
        let sources = loaded.search.as_ref().map_or_else(|sources| sources, |search| &search.sources);
        render::problems(&loaded.problems, sources);
        if let Ok(found) = &loaded.search {
            let (name, count) = (shown(path), render::count(&loaded.problems));
            let experiment = &found.experiment;
            let weeks = counted(experiment.weeks as usize, "weeks");
            let (scenarios, seeds) = (experiment.arms.len(), experiment.seeds.count as usize);
            super::print(&format!(
                "{name}: {count}\n\n{}, {}; {} × {} a setting, at most {} of {weeks}\n",
                counted(experiment.design.factors.len(), "factors"),
                counted(found.objectives.len(), "objectives"),
                counted(scenarios, "scenarios"),
                counted(seeds, "seeds"),
                counted(found.most_runs() as usize, "runs"),
            ));
        }
    }
    Finding { file: shown(path), ok, problems: loaded.problems, inventory: None, balance: None }
}

/// Checks an experiment and its world under every arm.
fn experiment(path: &Path, args: &Args) -> Finding {
    let changes = Changes { set: args.settings.set.clone(), ..Changes::default() };
    let loaded = load(path, &changes);
    let ok = loaded.experiment.is_some();
    if !args.json {
        render::problems(&loaded.problems, &loaded.sources);
        if let Some(found) = loaded.experiment {
            let (name, count) = (shown(path), render::count(&loaded.problems));
            let (arms, seeds, points) = (found.arms.len(), found.seeds.count as usize, found.design.points.count);
            let (runs, weeks) = (counted(arms * seeds * points, "runs"), counted(found.weeks as usize, "weeks"));
            let (first, last) = (found.calendar.day(0), found.calendar.day(found.weeks - 1));
            let (arms, seeds) = (counted(arms, "arms"), counted(seeds, "seeds"));
            let outcomes = counted(found.outcomes.len(), "outcomes");
            let points = if points == 1 { String::new() } else { format!(" × {points} points") };
            super::print(&format!(
                "{name}: {count}\n\n{arms}{points} × {seeds} = {runs} of {weeks}, {first} to {last}; {outcomes}\n"
            ));
            if !args.quiet {
                let verb = if found.design.kind == DesignKind::None { "run" } else { "sweep plan" };
                tell!("next: oreworld {verb} {name}");
            }
        }
    }
    Finding { file: shown(path), ok, problems: loaded.problems, inventory: None, balance: None }
}
