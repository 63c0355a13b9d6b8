//! `oreworld optimize`: the settings of a world that serve some aims best.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::input::{Finding, present, shown};
use super::progress::Shared;
use super::{Outcome, on_signals, render};
use crate::experiment::file::Changes;
use crate::optimize::arms;
use crate::optimize::file::{Search, load};
use crate::optimize::folder::folder_name;
use crate::optimize::front::{self, Figure, Front, Interval, Value};
use crate::optimize::work::{self, Event, SearchError};
use crate::results::simulate::simulate;
use crate::results::summary::{figure, seeds_from, signed, table};
use crate::world_file::problem::counted;

/// Arguments of `optimize`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Search file.
    #[arg(value_name = "SEARCH")]
    file: PathBuf,
    /// Folder of the search; searches/ID-HASH when not given. What is there already is not done again.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    finding: Finding,
}

/// Searches until nothing is missing, or a signal comes, and shows what came out.
pub(super) fn run(args: &Args) -> Outcome {
    if let Err(outcome) = present(&args.file) {
        return outcome;
    }
    let changes = Changes { set: args.finding.settings.set.clone(), ..Changes::default() };
    let loaded = load(&args.file, &changes);
    let search = match loaded.search {
        Ok(search) => search,
        Err(sources) => {
            render::problems(&loaded.problems, &sources);
            return Outcome::Problems;
        }
    };
    render::problems(&loaded.problems, &search.sources);
    let folder = args.out.clone().unwrap_or_else(|| folder_name(&search));
    match found(&search, &folder, args) {
        Ok(front) => {
            if args.finding.json {
                super::print(&(serde_json::to_string_pretty(&front).expect("bug: a front that is no JSON") + "\n"));
            } else {
                super::print(&text(&front, &folder));
                if !args.finding.quiet {
                    let first = folder.join(arms::FOLDER).join(&front.scenarios[0]).with_extension("ron");
                    tell!("next: oreworld run {}", first.display());
                }
            }
            Outcome::Fine
        }
        Err(SearchError::Stopped) => {
            tell!("{}: stopped; what is done is kept, and the same command goes on", folder.display());
            Outcome::Stopped
        }
        Err(error) => {
            tell!("{}: {error}", shown(&args.file));
            match error {
                SearchError::TooMuch(_) | SearchError::Baseline(_) => Outcome::Problems,
                SearchError::Damaged(_) => Outcome::Unreadable,
                SearchError::OtherProgram(_) => Outcome::Foreign,
                _ => Outcome::Unusable,
            }
        }
    }
}

fn found(search: &Search, folder: &Path, args: &Args) -> Result<Front, SearchError> {
    let stop = Arc::new(AtomicBool::new(false));
    on_signals(&stop)?;
    let quiet = args.finding.quiet;
    let progress = Shared::new(quiet);
    let watch = |event: &Event| {
        progress.with(|bar| match event {
            Event::Begun { total, kept } => {
                if !quiet {
                    bar.note(&format!("at most {}", counted(*total as usize, "runs")));
                    if *kept > 0 {
                        bar.note(&format!("resumed: {kept} of them are done already"));
                    }
                }
                bar.begin(*total, *kept);
            }
            Event::Done => bar.step(),
            Event::Skipped(runs) => bar.skip(*runs),
            Event::Failed(why) => bar.note(why),
            Event::Generation(number, new, best) if !quiet => {
                bar.note(&format!("generation {number}: {new} settings, {best} that no other beats by now"));
            }
            Event::Generation(..) => {}
        });
    };
    let found = work::work(search, folder, args.finding.threads(), &stop, &simulate, &watch);
    progress.with(|bar| bar.end());
    let found = found?;
    let front = front::front(search, &found);
    front::write(search, folder, &found, &front)?;
    Ok(front)
}

fn text(front: &Front, folder: &Path) -> String {
    let mut out = format!("{}\n{}\n", front.label, front.question);
    let (scenarios, seeds) = (counted(front.scenarios.len(), "scenarios"), counted(front.seeds.1 as usize, "seeds"));
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{} × {scenarios} × {seeds}, and {} again with {}: {}, {} of them failed",
        counted(front.tried, "settings"),
        front.front.len(),
        seeds_from(front.confirm.0, u64::from(front.confirm.1)),
        match front.runs {
            1 => "1 run".to_owned(),
            runs => format!("{} runs", figure(runs as f64).trim_end_matches(".00")),
        },
        front.failed,
    );
    let _ = writeln!(out, "objectives: {}\n", front.objectives.join("; "));
    out += &rows(front);
    if let Some(lucky) = lucky(front) {
        let _ = writeln!(out, "\n{lucky}");
    }
    if front.front.len() <= WRITTEN {
        for setting in &front.front {
            let _ = writeln!(out, "\nsetting {}", setting.setting);
            for (path, value) in &setting.set {
                let _ = writeln!(out, "  \"{path}\": {value},");
            }
        }
    }
    let _ = writeln!(out, "\n{}", folder.display());
    for scenario in &front.scenarios {
        let _ = writeln!(out, "{}", folder.join(arms::FOLDER).join(scenario).with_extension("ron").display());
    }
    out
}

/// What the other seeds say of the front.
fn lucky(front: &Front) -> Option<String> {
    let beaten: Vec<String> = front
        .front
        .iter()
        .filter(|setting| !setting.worth.beaten_by.is_empty())
        .map(|setting| setting.setting.to_string())
        .collect();
    let breaks: Vec<String> = front
        .front
        .iter()
        .filter(|setting| !setting.worth.allowed.1)
        .map(|setting| setting.setting.to_string())
        .collect();
    let mut said = Vec::new();
    if !beaten.is_empty() {
        said.push(format!("With the other seeds another setting of the front beats: {}.", beaten.join(", ")));
    }
    if !breaks.is_empty() {
        said.push(format!("With the other seeds a constraint is broken by: {}.", breaks.join(", ")));
    }
    (!said.is_empty()).then(|| said.join("\n"))
}

/// Most factors that stand in the table.
const SHOWN: usize = 8;

/// Most settings of which the terminal shows what they set; all of them stand in a file.
const WRITTEN: usize = 3;

/// Most letters of a value in the table; of a choice with more its place stands there.
const LETTERS: usize = 20;

/// A factor as the table has it: without the unit, which its column names.
fn cell(value: &Value) -> String {
    let inner = value.value.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let bare = inner.filter(|inner| inner.parse::<f64>().is_ok()).unwrap_or(&value.value);
    match value.choice {
        Some(place) if bare.chars().count() > LETTERS => format!("choice {place}"),
        _ => bare.to_owned(),
    }
}

/// The front as a table: factors, then each objective with the seeds of the search, with others, and its difference to the world as
/// written.
fn rows(front: &Front) -> String {
    let mut head = vec!["setting".to_owned()];
    let factors: Vec<String> =
        front.front.first().map(|one| one.factors.iter().map(|one| one.column.clone()).collect()).unwrap_or_default();
    let factors = if factors.len() > SHOWN { Vec::new() } else { factors };
    head.extend(factors.iter().cloned());
    for objective in &front.objectives {
        let name = objective.split_once(' ').map_or(objective.as_str(), |(_, name)| name);
        head.extend([name.to_owned(), "other seeds".to_owned(), "interval".to_owned()]);
        head.extend(["difference".to_owned(), "interval".to_owned()]);
    }
    let cells = |figures: &[Figure]| -> Vec<String> {
        let cells = |one: &Figure| {
            [
                one.searched.map_or_else(String::new, figure),
                one.fresh.map_or_else(String::new, |found| figure(found.value)),
                one.fresh.map_or_else(String::new, |found| ends(found, figure)),
                one.difference.map_or_else(String::new, |found| signed(found.value)),
                one.difference.map_or_else(String::new, |found| ends(found, signed)),
            ]
        };
        figures.iter().flat_map(cells).collect()
    };
    let mut written = vec!["as written".to_owned()];
    written.extend(factors.iter().map(|_| String::new()));
    written.extend(cells(&front.baseline.objectives));
    let mut rows = vec![head, written];
    for setting in &front.front {
        let mut row = vec![setting.setting.to_string()];
        row.extend(setting.factors.iter().take(factors.len()).map(cell));
        row.extend(cells(&setting.worth.objectives));
        rows.push(row);
    }
    let right: Vec<usize> = (1..rows[0].len()).collect();
    table(&rows, &right)
}

fn ends(found: Interval, show: fn(f64) -> String) -> String {
    found.low.zip(found.high).map_or_else(String::new, |(low, high)| format!("[{}, {}]", show(low), show(high)))
}
