//! Fans and curves: the pictures of [`crate::results::plot`] and [`crate::results::graph`] panel by panel, words beside
//! them in both languages, numbers beneath.

use std::fmt::Write as _;

use super::catalog::{fill, plain, say};
use super::compact::inline;
use super::html::{Head, Row, both, escape, folded, table, text};
use crate::experiment::Experiment;
use crate::id::Label;
use crate::results::canvas::{Bare, CanvasError, svg};
use crate::results::graph::Graph;
use crate::results::plot::Figure;
use crate::results::summary::figure as number;

/// Weeks between rows of the table beneath a fan.
const STEP: usize = 4;

/// Bytes that all fans of a report may take, as far as the number of members decides.
const ROOM: usize = 500_000;

/// Bytes that a point of a line takes.
const POINT: usize = 4;

/// Lines of a panel besides its members.
const LINES: usize = 6;

/// Most members that a panel shows, and fewest.
const MEMBERS: (usize, usize) = (12, 3);

/// Most pictures of a kind in a report; `oreworld plot` draws all.
const PICTURES: usize = 16;

/// Quantiles that a fan draws.
const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Members that all panels of the pictures have room for.
fn members(figures: &[Figure], chapters: usize) -> usize {
    let panels: usize = figures.iter().map(|figure| figure.panels.len()).sum();
    let line = figures.first().map_or(1, |figure| figure.years.len()) * POINT;
    let lines = ROOM / chapters.max(1) / (panels.max(1) * line.max(1));
    lines.saturating_sub(LINES).clamp(MEMBERS.1, MEMBERS.0)
}

/// A chart: heading, how to read it, a panel per arm, what else is to be said, numbers beneath.
fn chart(id: &str, title: &Label, how: &Label, panels: &str, after: &str, data: &str) -> String {
    format!(
        "<div class=\"chart\">\n<h3 id=\"{id}\">{}</h3>\n<p class=\"how\">{}</p>\n<div class=\"panels\">\n{panels}</div>\n{after}{}</div>\n",
        both(title),
        both(how),
        folded(say("chart.data"), data),
    )
}

/// A panel with its arm above it.
fn panel(arm: &str, title: &Label, axis: &Label, color: usize, drawn: &str) -> String {
    format!(
        "<figure data-arm=\"{}\"><figcaption><span class=\"dot c{}\"></span>{} <small>{}</small></figcaption>\n{drawn}</figure>\n",
        escape(arm),
        color % super::COLORS,
        both(title),
        both(axis),
    )
}

/// Fans of prices, unmet demand and stocks; `kind` is the beginning of the names of those wanted.
///
/// # Errors
/// When a drawing fails.
pub(super) fn fans(
    experiment: &Experiment,
    figures: &[Figure],
    kinds: &[&str],
    chapter: usize,
    chapters: usize,
) -> Result<String, CanvasError> {
    let members = members(figures, chapters);
    let all: Vec<&Figure> =
        figures.iter().filter(|figure| kinds.iter().any(|kind| figure.name.starts_with(kind))).collect();
    let mut out = String::new();
    for figure in all.iter().take(PICTURES) {
        let id = super::anchor(&figure.name, chapter);
        let mut panels = String::new();
        for (place, (arm, shown)) in experiment.arms.iter().zip(&figure.panels).enumerate() {
            let drawn = inline(&svg(&Bare { picture: *figure, panel: place, members })?, &id);
            panels += &panel(arm.id.as_str(), &shown.title, &figure.axis, shown.color, &drawn);
        }
        let marks = figure.marks.iter().fold(String::new(), |all, mark| format!("{all}<li>{}</li>", both(mark)));
        let marks = if marks.is_empty() { marks } else { format!("<ol class=\"marks\">{marks}</ol>\n") };
        out += &chart(&id, &figure.title, &figure.how(members), &panels, &marks, &quantiles(experiment, figure));
    }
    if all.len() > PICTURES {
        let left = fill("chart.left-out", &[("count", &plain(all.len() - PICTURES))]);
        let _ = writeln!(out, "<p class=\"note\">{}</p>", both(&left));
    }
    Ok(out)
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
pub(super) fn curves(experiment: &Experiment, graphs: &[Graph], chapter: usize) -> Result<String, CanvasError> {
    let mut out = String::new();
    for graph in graphs.iter().take(PICTURES) {
        let id = super::anchor(&graph.name, chapter);
        let axes = fill("graph.axes", &[("across", &graph.across), ("up", &graph.up)]);
        let mut panels = String::new();
        for (place, (arm, shown)) in experiment.arms.iter().zip(&graph.panels).enumerate() {
            let drawn = inline(&svg(&Bare { picture: graph, panel: place, members: 0 })?, &id);
            panels += &panel(arm.id.as_str(), &shown.title, &axes, place, &drawn);
        }
        out += &chart(&id, &graph.title, &graph.subtitle, &panels, "", &points(experiment, graph));
    }
    Ok(out)
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
