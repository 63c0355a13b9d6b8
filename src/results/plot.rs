//! Pictures of results: what is drawn is settled here, [`super::canvas`] draws it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::canvas::{self, CanvasError};
use super::files;
use super::graph::graphs;
use super::report::catalog::{self, fill, join, plain, say};
use super::series::{Fan, fans};
use super::wide::{Wide, describe};
use crate::calendar::Week;
use crate::experiment::Experiment;
use crate::id::{Id, Label};

/// A picture: one panel per arm, on common axes.
#[derive(Debug, Clone)]
pub struct Figure {
    /// File name without its ending.
    pub name: String,
    /// The experiment.
    pub of: Label,
    /// What it shows.
    pub title: Label,
    /// Seeds of every arm.
    pub seeds: u32,
    /// The baseline, where there is anything to compare with it.
    pub baseline: Option<Label>,
    /// What stands along the vertical axis.
    pub axis: Label,
    /// Weeks' places along the horizontal axis, in years.
    pub years: Vec<f64>,
    /// One per arm.
    pub panels: Vec<Panel>,
    /// What the numbered lines mark, in order of their numbers from 1.
    pub marks: Vec<Label>,
}

impl Figure {
    /// How to read it when so many members are drawn one by one.
    #[must_use]
    pub fn how(&self, members: usize) -> Label {
        let drawn = plain(members.min(self.seeds as usize));
        let mut text = fill("chart.weekly", &[("drawn", &drawn), ("seeds", &plain(self.seeds))]);
        if let Some(arm) = &self.baseline {
            text = joined(&text, &fill("chart.baseline", &[("arm", arm)]));
        }
        text
    }
}

/// An arm in a picture.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The arm.
    pub title: Label,
    /// Place of its color in the palette.
    pub color: usize,
    /// Every seed.
    pub fan: Fan,
    /// Median of the baseline, for comparison; none in the baseline's own panel.
    pub reference: Option<Vec<f64>>,
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

/// What a picture is of, and the columns of the wide table that are summed for it.
struct Wanted {
    name: String,
    what: Label,
    axis: &'static str,
    columns: Vec<String>,
}

/// The pictures of some results: a fan for every price of interest, what sectors are short of, stocks outside and
/// inside the reserves.
///
/// # Errors
/// When the wide table cannot be read.
pub fn figures(experiment: &Experiment, folder: &Path) -> Result<Vec<Figure>, PlotError> {
    let mut wanted = wanted(experiment);
    wanted.retain(|wanted| !wanted.columns.is_empty());
    if wanted.is_empty() {
        return Ok(Vec::new()); // then there is no wide table
    }
    let columns: Vec<Vec<String>> = wanted.iter().map(|wanted| wanted.columns.clone()).collect();
    let found = fans(experiment, folder, &columns)?;
    let drawn = wanted.into_iter().zip(found).filter(|(_, fans)| moves(fans));
    Ok(drawn.map(|(wanted, fans)| figure(experiment, wanted, fans)).collect())
}

fn wanted(experiment: &Experiment) -> Vec<Wanted> {
    let wide = Wide::new(experiment);
    let mut wanted = Vec::new();
    for (market, region) in wide.prices_of_interest(experiment) {
        let name = format!("price-{}-{}-{region}", market.mineral, market.stage);
        let what = fill("chart.price", &[("goods", &describe(experiment, &market, &region))]);
        let columns = wide.price(&market, &region).into_iter().collect();
        wanted.push(Wanted { name, what, axis: "chart.usd-per-t", columns });
    }
    let setup = &experiment.arms[experiment.baseline].setup;
    for (place, mineral) in setup.minerals.iter().enumerate() {
        let label = Label { zh: mineral.label.zh.clone(), en: mineral.label.en.to_lowercase() };
        let of = |key: &str| fill(key, &[("mineral", &label)]);
        let short = setup.sectors.iter().filter(|sector| setup.markets[sector.market].mineral == place);
        let columns = wide.unmet(&short.map(|sector| &sector.id).collect::<Vec<&Id>>());
        let what = of("chart.unmet");
        wanted.push(Wanted { name: format!("unmet-{}", mineral.id), what, axis: "chart.t-per-week", columns });
        let columns = wide.stocks(&mineral.id);
        let what = of("chart.stock");
        wanted.push(Wanted { name: format!("stock-{}", mineral.id), what, axis: "chart.t", columns });
    }
    for reserve in &setup.reserves {
        let columns = wide.reserve(&reserve.id).into_iter().collect();
        let what = fill("chart.reserve", &[("reserve", &reserve.label)]);
        wanted.push(Wanted { name: format!("reserve-{}", reserve.id), what, axis: "chart.t", columns });
    }
    wanted
}

/// Whether there is anything to see: a reserve that never holds a tonne is not drawn.
fn moves(fans: &[Fan]) -> bool {
    fans.iter().flat_map(|fan| &fan.members).flatten().any(|value| value.is_finite() && *value != 0.0)
}

fn figure(experiment: &Experiment, wanted: Wanted, fans: Vec<Fan>) -> Figure {
    let base = fans[experiment.baseline].quantile(0.5);
    let seeds = experiment.seeds.count;
    let all: Vec<Vec<Turn>> = (0..experiment.arms.len()).map(|arm| turns(experiment, arm)).collect();
    let mut marks: Vec<(Week, &Label)> = all.iter().flatten().map(|turn| (turn.week, &turn.label)).collect();
    marks.sort_by(|a, b| (a.0, &a.1.en).cmp(&(b.0, &b.1.en)));
    marks.dedup();
    let panels = experiment.arms.iter().zip(fans).enumerate();
    let panels = panels.map(|(i, (arm, fan))| Panel {
        title: arm.label.clone(),
        color: i,
        fan,
        reference: (i != experiment.baseline).then(|| base.clone()),
        events: all[i]
            .iter()
            .map(|turn| Event {
                year: experiment.calendar.day(turn.week).in_years(),
                mark: marks.iter().position(|mark| *mark == (turn.week, &turn.label)).unwrap_or(0),
                binds: turn.binds,
            })
            .collect(),
    });
    let baseline = (experiment.arms.len() > 1).then(|| experiment.arms[experiment.baseline].label.clone());
    Figure {
        name: wanted.name,
        of: experiment.label.clone(),
        title: wanted.what,
        seeds,
        baseline,
        axis: say(wanted.axis).clone(),
        years: (0..experiment.weeks).map(|week| experiment.calendar.day(week).in_years()).collect(),
        panels: panels.collect(),
        marks: marks
            .iter()
            .map(|(week, label)| joined(&plain(format!("{}  ", experiment.calendar.day(*week))), label))
            .collect(),
    }
}

/// Two texts, one right after the other.
pub(super) fn joined(first: &Label, second: &Label) -> Label {
    Label { zh: format!("{}{}", first.zh, second.zh), en: format!("{}{}", first.en, second.en) }
}

/// A week in which a nation's policies change.
pub(super) struct Turn {
    pub(super) week: Week,
    pub(super) label: Label,
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
pub(super) fn turns(experiment: &Experiment, arm: usize) -> Vec<Turn> {
    let mut steps: BTreeMap<(Week, usize), BTreeMap<&'static str, BTreeSet<Step>>> = BTreeMap::new();
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
                    steps.entry((week, place)).or_default().entry(policy.name()).or_default().insert(step);
                }
            }
        }
    }
    let nations = &experiment.arms[arm].setup.nations;
    let turn = |((week, nation), kinds): ((Week, usize), BTreeMap<&str, BTreeSet<Step>>)| {
        let words = |(kind, steps): (&&str, &BTreeSet<Step>)| {
            fill("turn.policy", &[("policy", &catalog::policy(kind)), ("does", does(steps))])
        };
        let words: Vec<Label> = kinds.iter().map(words).collect();
        let binds = kinds.values().any(|steps| steps.contains(&Step::InForce));
        let label = fill("turn.nation", &[("nation", &nations[nation].label), ("does", &join(&words))]);
        Turn { week, label, binds }
    };
    steps.into_iter().map(turn).collect()
}

/// What a kind of policy does in a week; one that ends as the next begins goes on.
fn does(steps: &BTreeSet<Step>) -> &'static Label {
    let has = |step| steps.contains(&step);
    match (has(Step::Announced), has(Step::InForce), has(Step::Ends)) {
        (_, true, true) => say("turn.continued"),
        (true, true, false) => say("turn.announced-and-in-force"),
        (false, true, false) => say("turn.in-force"),
        (true, false, true) => say("turn.ends-another-announced"),
        (false, false, true) => say("turn.ends"),
        (_, false, false) => say("turn.announced"),
    }
}
