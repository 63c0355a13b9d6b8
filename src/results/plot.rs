//! Pictures of results: what is drawn is settled here, [`super::canvas`] draws it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::canvas::{self, CanvasError};
use super::files;
use super::graph::graphs;
use super::series::{Fan, fans};
use super::wide::{Wide, describe};
use crate::calendar::Week;
use crate::experiment::Experiment;
use crate::policy::Policy;

/// A picture: one panel per arm, on common axes.
#[derive(Debug, Clone)]
pub struct Figure {
    /// File name without its ending.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub subtitle: String,
    /// What stands along the vertical axis.
    pub axis: String,
    /// Weeks' places along the horizontal axis, in years.
    pub years: Vec<f64>,
    /// One per arm.
    pub panels: Vec<Panel>,
    /// What the numbered lines mark, in order of their numbers from 1.
    pub marks: Vec<String>,
}

/// An arm in a picture.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The arm.
    pub title: String,
    /// Place of its color in the palette.
    pub color: usize,
    /// Every seed.
    pub fan: Fan,
    /// Median of the baseline, for comparison, and its name; none in the baseline's own panel.
    pub reference: Option<(Vec<f64>, String)>,
    /// When policies are announced, begin and end.
    pub events: Vec<Event>,
}

/// Something that happens on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, in years.
    pub year: f64,
    /// Place among the figure's marks.
    pub mark: usize,
    /// Whether something binds from here on (a full line) or is only known or over (a dotted one).
    pub binds: bool,
}

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A table cannot be read.
    #[error("a table cannot be read: {0}")]
    Table(#[from] parquet::errors::ParquetError),
    /// The disk failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The drawing failed.
    #[error("a picture could not be drawn: {0}")]
    Canvas(#[from] CanvasError),
}

/// Writes every picture of the results in `folder` as SVG and PNG into `out`; gives their names.
///
/// # Errors
/// When the wide table cannot be read or the pictures not be written.
pub fn write(experiment: &Experiment, folder: &Path, out: &Path) -> Result<Vec<PathBuf>, PlotError> {
    std::fs::create_dir_all(out)?;
    let mut written = Vec::new();
    for figure in figures(experiment, folder)? {
        let svg = out.join(format!("{}.svg", figure.name));
        files::write_bytes(&svg, canvas::svg(&figure)?.as_bytes())?;
        let png = out.join(format!("{}.png", figure.name));
        files::write_bytes(&png, &canvas::png(&figure)?)?;
        written.extend([svg, png]);
    }
    for graph in graphs(experiment, folder)? {
        let svg = out.join(format!("{}.svg", graph.name));
        files::write_bytes(&svg, canvas::svg(&graph)?.as_bytes())?;
        let png = out.join(format!("{}.png", graph.name));
        files::write_bytes(&png, &canvas::png(&graph)?)?;
        written.extend([svg, png]);
    }
    Ok(written)
}

/// The pictures of some results: a fan for every price of interest, stocks outside and inside the reserves.
///
/// # Errors
/// When the wide table cannot be read.
pub fn figures(experiment: &Experiment, folder: &Path) -> Result<Vec<Figure>, PlotError> {
    let wide = Wide::new(experiment);
    let mut wanted: Vec<(String, String, String, Vec<String>)> = Vec::new();
    for (market, region) in wide.prices_of_interest(experiment) {
        let name = format!("price-{}-{}-{region}", market.mineral, market.stage);
        let title = format!("Price of {}", describe(experiment, &market, &region));
        wanted
            .extend(wide.price(&market, &region).map(|column| (name, title, "USD per tonne".to_owned(), vec![column])));
    }
    let setup = &experiment.arms[experiment.baseline].setup;
    for mineral in &setup.minerals {
        let columns = wide.stocks(&mineral.id);
        let title = format!(
            "Stock of {} outside the reserves, all stages, goods under way included",
            mineral.label.en.to_lowercase()
        );
        wanted.push((format!("stock-{}", mineral.id), title, "tonnes of contained metal".to_owned(), columns));
    }
    for reserve in &setup.reserves {
        let columns = wide.reserve(&reserve.id).into_iter().collect();
        let title = format!("Stock of {}", reserve.label.en);
        wanted.push((format!("reserve-{}", reserve.id), title, "tonnes of contained metal".to_owned(), columns));
    }
    wanted.retain(|(.., columns)| !columns.is_empty());
    if wanted.is_empty() {
        return Ok(Vec::new()); // then there is no wide table
    }
    let columns: Vec<Vec<String>> = wanted.iter().map(|(.., columns)| columns.clone()).collect();
    let found = fans(experiment, folder, &columns)?;
    let drawn = wanted.into_iter().zip(found).filter(|(_, fans)| moves(fans));
    Ok(drawn.map(|((name, title, axis, _), fans)| figure(experiment, name, &title, axis, fans)).collect())
}

/// Whether there is anything to see: a reserve that never holds a tonne is not drawn.
fn moves(fans: &[Fan]) -> bool {
    fans.iter().flat_map(|fan| &fan.members).flatten().any(|value| value.is_finite() && *value != 0.0)
}

fn figure(experiment: &Experiment, name: String, title: &str, axis: String, fans: Vec<Fan>) -> Figure {
    let base = fans[experiment.baseline].quantile(0.5);
    let base_name = &experiment.arms[experiment.baseline].label.en;
    let seeds = experiment.seeds.count;
    let all: Vec<Vec<Turn>> = (0..experiment.arms.len()).map(|arm| turns(experiment, arm)).collect();
    let marks: BTreeSet<(Week, &str)> = all.iter().flatten().map(|turn| (turn.week, turn.label.as_str())).collect();
    let panels = experiment.arms.iter().zip(fans).enumerate();
    let panels = panels.map(|(i, (arm, fan))| Panel {
        title: arm.label.en.clone(),
        color: i,
        fan,
        reference: (i != experiment.baseline).then(|| (base.clone(), base_name.clone())),
        events: all[i]
            .iter()
            .map(|turn| Event {
                year: experiment.calendar.day(turn.week).in_years(),
                mark: marks.iter().position(|mark| *mark == (turn.week, turn.label.as_str())).unwrap_or(0),
                binds: turn.binds,
            })
            .collect(),
    });
    let reference =
        if experiment.arms.len() > 1 { format!(", dashed the median of “{base_name}”") } else { String::new() };
    let drawn = (seeds as usize).min(canvas::MEMBERS);
    let members = if drawn < seeds as usize { format!("{drawn} of {seeds} seeds") } else { format!("{seeds} seeds") };
    Figure {
        name,
        title: format!("{title} – {}", experiment.label.en),
        subtitle: format!(
            "Weekly. Thin lines: {members}. Bands: 5–95 % and 25–75 % of all. Thick line: median{reference}."
        ),
        axis,
        years: (0..experiment.weeks).map(|week| experiment.calendar.day(week).in_years()).collect(),
        panels: panels.collect(),
        marks: marks.iter().map(|(week, label)| format!("{}  {label}", experiment.calendar.day(*week))).collect(),
    }
}

/// A week in which a nation's policies change.
struct Turn {
    week: Week,
    label: String,
    binds: bool,
}

/// What a policy does in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Announced,
    InForce,
    Ends,
}

/// What the policies of an arm do within the run: per week and nation one line of words.
fn turns(experiment: &Experiment, arm: usize) -> Vec<Turn> {
    let mut steps: BTreeMap<(Week, usize), BTreeMap<String, BTreeSet<Step>>> = BTreeMap::new();
    for (place, nation) in experiment.arms[arm].setup.nations.iter().enumerate() {
        let decided = |place| nation.decisions.iter().any(|decision| decision.policy == place);
        // What is decided inside the run has other dates in every seed.
        for (_, (_, policy)) in nation.policies.iter().enumerate().filter(|(place, _)| !decided(*place)) {
            let window = policy.window();
            let all = [
                (Some(window.announced), Step::Announced),
                (Some(window.in_force), Step::InForce),
                (window.until, Step::Ends),
            ];
            for (week, step) in all {
                if let Some(week) = week.filter(|week| *week > 0 && *week < experiment.weeks) {
                    steps.entry((week, place)).or_default().entry(kind(policy)).or_default().insert(step);
                }
            }
        }
    }
    let nations = &experiment.arms[arm].setup.nations;
    let turn = |((week, nation), kinds): ((Week, usize), BTreeMap<String, BTreeSet<Step>>)| {
        let words: Vec<String> = kinds.iter().map(|(kind, steps)| format!("{kind} {}", words(steps))).collect();
        let binds = kinds.values().any(|steps| steps.contains(&Step::InForce));
        Turn { week, label: format!("{}: {}", nations[nation].label.en, words.join(", ")), binds }
    };
    steps.into_iter().map(turn).collect()
}

/// What a kind of policy does in a week; one that ends as the next begins goes on.
fn words(steps: &BTreeSet<Step>) -> &'static str {
    let has = |step| steps.contains(&step);
    match (has(Step::Announced), has(Step::InForce), has(Step::Ends)) {
        (_, true, true) => "continued",
        (true, true, false) => "announced and in force",
        (false, true, false) => "in force",
        (true, false, true) => "ends, another announced",
        (false, false, true) => "ends",
        (_, false, false) => "announced",
    }
}

/// A policy's name in words, such as "export ban".
fn kind(policy: &Policy) -> String {
    let mut words = String::new();
    for letter in policy.name().chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
