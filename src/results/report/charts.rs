//! Fans and curves: the pictures of [`crate::results::plot`] and [`crate::results::graph`] panel by panel, words beside
//! them in both languages, numbers beneath.

use super::catalog::{fill, plain, say};
use super::chart::{Chart, Panel};
use super::compact::inline;
use super::html::{Head, Row, both, escape, table, text};
use crate::experiment::Experiment;
use crate::results::canvas::{Bare, CanvasError, svg};
use crate::results::graph::Graph;
use crate::results::plot::Figure;
use crate::results::summary::figure as number;

/// Weeks between rows of the table beneath a fan.
const STEP: usize = 4;

/// Bytes that the fans of a report may take together.
const ROOM: usize = 600_000;

/// Bytes that four points of a line take, as measured.
const FOUR_POINTS: usize = 13;

/// Lines of a panel besides its members: ends of the bands, median, baseline's median.
const LINES: usize = 6;

/// Fewest members that a panel shows, and most.
const MEMBERS: (usize, usize) = (3, 12);

/// Most graphs of futures.
const GRAPHS: usize = 12;

/// Quantiles that a fan draws.
const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Kinds of fans: how their names begin.
pub(super) const KINDS: [&str; 4] = ["price-", "unmet-", "stock-", "reserve-"];

/// Charts of a section, and what is to be said after them.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub(super) charts: Vec<Chart>,
    pub(super) after: String,
}

impl Drawn {
    /// The same, or a note where there is nothing to draw.
    pub(super) fn or_note(self, key: &str) -> Self {
        if self.charts.is_empty() && self.after.is_empty() { Self { after: nothing(key), ..self } } else { self }
    }
}

/// What of the fans a chapter has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// Members of a panel.
    members: usize,
    /// Pictures of each of the [`KINDS`].
    most: [usize; KINDS.len()],
}

impl Share {
    /// Of so many pictures of each kind, of so many arms and weeks, in a report of so many chapters: each kind gets its
    /// part of the room, at least one picture, and what is left of the room goes to members.
    pub(super) fn of(counts: [usize; KINDS.len()], arms: usize, weeks: usize, chapters: usize) -> Self {
        let line = (arms * weeks * FOUR_POINTS / 4).max(1);
        let lines = ROOM / chapters.max(1) / line;
        let all: usize = counts.iter().sum();
        let fit = lines / (LINES + MEMBERS.0);
        let most = counts.map(|count| if all <= fit { count } else { (fit * count / all).max(count.min(1)) });
        let drawn = most.iter().sum::<usize>().max(1);
        Self { members: (lines / drawn).saturating_sub(LINES).clamp(MEMBERS.0, MEMBERS.1), most }
    }

    /// Of the pictures of an experiment.
    pub(super) fn among(figures: &[Figure], experiment: &Experiment, chapters: usize) -> Self {
        let counts = KINDS.map(|kind| figures.iter().filter(|figure| figure.name.starts_with(kind)).count());
        Self::of(counts, experiment.arms.len(), experiment.weeks as usize, chapters)
    }
}

/// Fans of the kind at a place among the [`KINDS`].
///
/// # Errors
/// When a drawing fails.
pub(super) fn fans(
    experiment: &Experiment,
    figures: &[Figure],
    kind: usize,
    share: Share,
    chapter: usize,
) -> Result<Drawn, CanvasError> {
    let Share { members, most } = share;
    let all: Vec<&Figure> = figures.iter().filter(|figure| figure.name.starts_with(KINDS[kind])).collect();
    let mut charts = Vec::new();
    for figure in all.iter().take(most[kind]) {
        let id = super::anchor(&figure.name, chapter);
        let mut panels = Vec::new();
        for (place, (arm, shown)) in experiment.arms.iter().zip(&figure.panels).enumerate() {
            panels.push(Panel {
                arm: arm.id.to_string(),
                color: shown.color,
                title: shown.title.clone(),
                note: figure.axis.clone(),
                drawn: inline(&svg(&Bare { picture: *figure, panel: place, members })?, &id),
            });
        }
        let data = quantiles(experiment, figure);
        let chart = Chart::one(id, figure.title.clone(), figure.how(members), panels, data);
        charts.push(Chart { marks: figure.marks.clone(), ..chart });
    }
    Ok(Drawn { charts, after: left_out(all.len().saturating_sub(most[kind])) })
}

/// How many pictures there was no room for.
fn left_out(count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    format!("<p class=\"note\">{}</p>\n", both(&fill("chart.left-out", &[("count", &plain(count))])))
}

/// Quantiles of a fan by arm, every so many weeks.
fn quantiles(experiment: &Experiment, figure: &Figure) -> String {
    let mut heads = vec![Head::words(say("chart.week-of"))];
    let mut columns: Vec<Vec<f64>> = Vec::new();
    for panel in &figure.panels {
        for share in SHARES {
            let parts = [("arm", &panel.title), ("percent", &plain(100.0 * share))];
            heads.push(Head::number(&fill("chart.quantile", &parts)));
            columns.push(panel.fan.quantile(share));
        }
    }
    let row = |week: usize| {
        let values = columns.iter().map(|column| column[week]);
        let values = values.map(|value| if value.is_finite() { number(value) } else { String::new() });
        let day = experiment.calendar.day(week as u32).to_string();
        Row { arm: None, cells: std::iter::once(day).chain(values).collect() }
    };
    let rows: Vec<Row> = (0..figure.years.len()).step_by(STEP).map(row).collect();
    let parts = [("step", &plain(STEP)), ("title", &figure.title), ("axis", &figure.axis)];
    table(&fill("chart.table", &parts), &heads, &rows, false)
}

/// Curves of contracts, volatility by maturity, curve against stocks.
///
/// # Errors
/// When a drawing fails.
pub(super) fn curves(experiment: &Experiment, graphs: &[Graph], chapter: usize) -> Result<Drawn, CanvasError> {
    let mut charts = Vec::new();
    for graph in graphs.iter().take(GRAPHS) {
        let id = super::anchor(&graph.name, chapter);
        let axes = fill("graph.axes", &[("across", &graph.across), ("up", &graph.up)]);
        let mut panels = Vec::new();
        for (place, (arm, shown)) in experiment.arms.iter().zip(&graph.panels).enumerate() {
            panels.push(Panel {
                arm: arm.id.to_string(),
                color: place,
                title: shown.title.clone(),
                note: axes.clone(),
                drawn: inline(&svg(&Bare { picture: graph, panel: place, members: 0 })?, &id),
            });
        }
        let data = points(experiment, graph);
        charts.push(Chart::one(id, graph.title.clone(), graph.subtitle.clone(), panels, data));
    }
    Ok(Drawn { charts, after: left_out(graphs.len().saturating_sub(GRAPHS)) })
}

/// Points of a graph, one row each.
fn points(experiment: &Experiment, graph: &Graph) -> String {
    let heads = [
        Head::words(say("arms.arm")),
        Head::words(say("graph.line")),
        Head::number(&graph.across),
        Head::number(&graph.up),
    ];
    let mut rows = Vec::new();
    for (arm, panel) in experiment.arms.iter().zip(&graph.panels) {
        for line in &panel.lines {
            rows.extend(line.points.iter().map(|(x, y)| Row {
                arm: Some(arm.id.to_string()),
                cells: vec![both(&arm.label), escape(&line.label), number(*x), number(*y)],
            }));
        }
    }
    table(&graph.title, &heads, &rows, false)
}

/// What stands where there is nothing to draw.
pub(super) fn nothing(key: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", text(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fans_of_a_page_fit_its_room() {
        // The cobalt experiment draws all that it has; a long run of a wide world draws some of each kind.
        let small = Share::of([5, 1, 1, 2], 3, 365, 1);
        assert_eq!(small.most, [5, 1, 1, 2]);
        let large = Share::of([21, 6, 6, 3], 3, 887, 1);
        assert_eq!((large.most, large.members), ([4, 1, 1, 1], 3));
        for (share, arms, weeks) in [(small, 3, 365), (large, 3, 887), (Share::of([1, 1, 1, 0], 2, 209, 1), 2, 209)] {
            let lines = share.most.iter().sum::<usize>() * (LINES + share.members);
            assert!(lines * arms * weeks * FOUR_POINTS / 4 <= ROOM, "{share:?}");
            assert!((MEMBERS.0..=MEMBERS.1).contains(&share.members), "{share:?}");
        }
        assert_eq!(Share::of([1, 1, 1, 1], 40, 5_218, 4).most, [1, 1, 1, 1], "one of each kind whatever it takes");
    }
}
