//! Maps of an outcome over the two factors that matter most: the mean of the points in each cell.

use super::draw::{self, AROUND, Cells, RISING, Tints};
use super::{Found, Swept, named, value_of};
use crate::experiment::design::DesignKind;
use crate::experiment::factor::{Factor, Over};
use crate::id::Label;
use crate::math;
use crate::results::report::catalog::{fill, plain, say};
use crate::results::report::chart::{Chart, Panel, View};
use crate::results::report::charts::Drawn;
use crate::results::report::html::{Head, Row, escape, table};
use crate::results::report::measure::phrase;
use crate::results::summary::{figure, signed};
use crate::statistics::mean;

/// Points that a cell holds on average; fewest and most cells along an axis.
const EACH: f64 = 4.0;
const ACROSS: (usize, usize) = (2, 10);

/// Most texts along an axis.
const MARKS: usize = 6;

/// The cells of a factor and the cell of every point.
#[derive(Debug, Clone, PartialEq)]
struct Axis {
    /// What every cell holds, in words.
    cells: Vec<String>,
    /// Texts beside the axis with their places in cells.
    marks: Vec<(f64, String)>,
    /// Cell of every point.
    of: Vec<usize>,
}

/// Cells of a factor at some points: its levels, where it has few; else ranges of the same probability.
fn axis(factor: &Factor, coordinates: &[f64], has_levels: bool) -> Axis {
    if has_levels || matches!(factor.over, Over::Choice(_)) {
        let value = |u: f64| factor.drawn(u, false).number;
        let mut levels: Vec<f64> = coordinates.iter().map(|&u| value(u)).collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let place = |u: f64| levels.iter().position(|level| level.total_cmp(&value(u)).is_eq()).unwrap_or(0);
        let cells: Vec<String> = levels.iter().map(|level| value_of(factor, *level)).collect();
        let every = cells.len().div_ceil(MARKS).max(1);
        let marks = cells.iter().enumerate().step_by(every).map(|(at, text)| (at as f64 + 0.5, text.clone())).collect();
        return Axis { of: coordinates.iter().map(|&u| place(u)).collect(), cells, marks };
    }
    let count = (math::sqrt(coordinates.len() as f64 / EACH) as usize).clamp(ACROSS.0, ACROSS.1);
    let edge = |at: usize| value_of(factor, factor.drawn(at as f64 / count as f64, false).number);
    let every = (count + 1).div_ceil(MARKS).max(1);
    Axis {
        cells: (0..count).map(|at| format!("{}–{}", edge(at), edge(at + 1))).collect(),
        marks: (0..=count).step_by(every).map(|at| (at as f64, edge(at))).collect(),
        of: coordinates.iter().map(|&u| ((u * count as f64) as usize).min(count - 1)).collect(),
    }
}

/// The points of every cell, row by row.
fn cells(across: &Axis, up: &Axis) -> Vec<Vec<usize>> {
    let mut cells = vec![Vec::new(); across.cells.len() * up.cells.len()];
    for (point, (column, row)) in across.of.iter().zip(&up.of).enumerate() {
        cells[row * across.cells.len() + column].push(point);
    }
    cells
}

/// Mean of the values of the points in each cell.
fn means(cells: &[Vec<usize>], values: &[Option<f64>]) -> Vec<Option<f64>> {
    let of = |points: &Vec<usize>| mean(&points.iter().filter_map(|&point| values[point]).collect::<Vec<f64>>());
    cells.iter().map(of).collect()
}

/// Least and largest of some values.
fn reach<'a>(values: impl Iterator<Item = &'a Option<f64>>) -> Option<(f64, f64)> {
    let found = values.flatten().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    (found.0 <= found.1).then_some(found)
}

/// A map for every outcome that is drawn; none of a list, of draws from a posterior or of a single factor.
pub(super) fn maps(swept: &Swept, chapter: usize) -> Drawn {
    if swept.factors().len() < 2 || matches!(swept.kind(), DesignKind::None | DesignKind::List | DesignKind::Posterior)
    {
        return Drawn::default();
    }
    Drawn {
        charts: swept.found.iter().filter_map(|found| of_outcome(swept, found, chapter)).collect(),
        after: String::new(),
    }
}

fn of_outcome(swept: &Swept, found: &Found, chapter: usize) -> Option<Chart> {
    let (experiment, outcome) = (&swept.sweep.experiment, found.outcome);
    let (design, base) = (&experiment.design, experiment.baseline);
    let order = found.order();
    let (first, second) = (*order.first()?, *order.get(1)?);
    let has_levels = matches!(design.kind, DesignKind::Grid | DesignKind::Morris(_));
    let axis_of = |factor: usize| {
        let coordinates: Vec<f64> = (0..design.points.count).map(|point| design.points.at(point)[factor]).collect();
        axis(&swept.factors()[factor], &coordinates, has_levels)
    };
    let (across, up) = (axis_of(first), axis_of(second));
    let cells = cells(&across, &up);
    let shown = |values: Vec<Option<f64>>| {
        let values: Vec<Option<f64>> = values.into_iter().map(|value| value.map(|v| swept.shown(outcome, v))).collect();
        means(&cells, &values)
    };
    let values: Vec<Vec<Option<f64>>> =
        (0..swept.arms()).map(|arm| shown(swept.outcomes.means(outcome, arm))).collect();
    let others: Vec<usize> = (0..swept.arms()).filter(|arm| *arm != base).collect();
    let differences: Vec<Vec<Option<f64>>> =
        others.iter().map(|&arm| shown(swept.outcomes.differences(outcome, arm, base))).collect();
    let id = super::factors::id("map", swept, outcome, chapter);
    let side = |axis: &Axis, factor: usize| Cells {
        name: named(&swept.factors()[factor]),
        count: axis.cells.len(),
        marks: axis.marks.clone(),
    };
    let (horizontal, vertical) = (side(&across, first), side(&up, second));
    let unit = swept.unit(outcome);
    let panel = |arm: usize, note: &str, values: &[Option<f64>], tints: Tints<'_>| Panel {
        arm: experiment.arms[arm].id.to_string(),
        color: arm,
        title: experiment.arms[arm].label.clone(),
        note: fill(note, &[("unit", &unit), ("base", &experiment.arms[base].label)]),
        drawn: draw::map(&horizontal, &vertical, values, tints, &id),
    };
    // Arms that are farther apart than any of them varies have colors of their own.
    let common = reach(values.iter().flatten())?;
    let spans = values.iter().filter_map(|values| reach(values.iter())).map(|(low, high)| high - low);
    let apart = spans.fold(0.0, f64::max) < 0.5 * (common.1 - common.0);
    let note = if apart { "map.values-own" } else { "map.values" };
    let in_arm = |(arm, values): (usize, &Vec<Option<f64>>)| {
        let range = if apart { reach(values.iter()).unwrap_or(common) } else { common };
        panel(arm, note, values, Tints { range, colors: &RISING })
    };
    let panels = values.iter().enumerate().map(in_arm).collect();
    let mut views = vec![View { name: "values".to_owned(), label: say("map.view-values").clone(), panels }];
    if let Some((low, high)) = reach(differences.iter().flatten()).filter(|(low, high)| *low != 0.0 || *high != 0.0) {
        let most = low.abs().max(high.abs());
        // Where the arms differ in one direction everywhere, shades say how much.
        let (note, tints) = if low > 0.0 {
            ("map.differences-above", Tints { range: (low, high), colors: &RISING })
        } else if high < 0.0 {
            ("map.differences-below", Tints { range: (low, high), colors: &RISING })
        } else {
            ("map.differences", Tints { range: (-most, most), colors: &AROUND })
        };
        let panels = others.iter().zip(&differences);
        let panels = panels.map(|(&arm, values)| panel(arm, note, values, tints)).collect();
        let label = fill("map.view-differences", &[("base", &experiment.arms[base].label)]);
        views.push(View { name: "differences".to_owned(), label, panels });
    } else {
        views[0].name = String::new();
    }
    let parts = [
        ("what", &phrase(experiment, &experiment.outcomes[outcome])),
        ("across", &swept.factors()[first].name()),
        ("up", &swept.factors()[second].name()),
    ];
    let title = fill("map.title", &parts);
    let exact = design.kind == DesignKind::Grid && swept.factors().len() == 2;
    let how = if exact { say("map.exact") } else { say("map.averaged") };
    let data = data(swept, &title, [first, second], [&across, &up], &cells, &values, &differences);
    Some(Chart { id, title, how: how.clone(), views, shown: 0, marks: Vec::new(), data })
}

/// Cells with their points, and the mean of every arm and its difference to the baseline in each.
fn data(
    swept: &Swept,
    title: &Label,
    factors: [usize; 2],
    [across, up]: [&Axis; 2],
    cells: &[Vec<usize>],
    values: &[Vec<Option<f64>>],
    differences: &[Vec<Option<f64>>],
) -> String {
    let experiment = &swept.sweep.experiment;
    let mut heads: Vec<Head> = factors.iter().map(|&factor| Head::words(&named(&swept.factors()[factor]))).collect();
    heads.push(Head::number(say("map.points")));
    heads.extend(experiment.arms.iter().map(|arm| Head::number(&arm.label)));
    let others = experiment.arms.iter().enumerate().filter(|(arm, _)| *arm != experiment.baseline);
    heads.extend(others.map(|(_, arm)| Head::number(&fill("map.difference-of", &[("arm", &arm.label)]))));
    let row = |(cell, points): (usize, &Vec<usize>)| {
        let (column, line) = (cell % across.cells.len(), cell / across.cells.len());
        let mut cells = vec![escape(&across.cells[column]), escape(&up.cells[line]), points.len().to_string()];
        cells.extend(values.iter().map(|values| values[cell].map_or_else(String::new, figure)));
        cells.extend(differences.iter().map(|values| values[cell].map_or_else(String::new, signed)));
        Row { arm: None, cells }
    };
    let rows: Vec<Row> = cells.iter().enumerate().filter(|(_, points)| !points.is_empty()).map(row).collect();
    let count = swept.outcomes.points;
    let caption = fill("map.caption", &[("title", title), ("points", &plain(count))]);
    table(&caption, &heads, &rows, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::factor::default_step;
    use crate::id::Id;
    use crate::world_file::scan::read;
    use crate::world_file::source::Sources;

    fn factor(over: Over) -> Factor {
        let span = read(&mut Sources::default(), "a.ron", b"0").expect("RON").span;
        let step = default_step(&over.unit());
        let id = Id::new("a").expect("an id");
        Factor { id, label: None, paths: Vec::new(), over, span, scaled: None, step, below: None }
    }

    #[test]
    fn samples_fall_into_cells_of_one_probability() {
        // 16 points fill 2 × 2 cells with four each.
        let coordinates: Vec<f64> = (0..16).map(|i| (f64::from(i) + 0.5) / 16.0).collect();
        let found = axis(&factor(Over::Uniform(None, 10.0, 20.0)), &coordinates, false);
        assert_eq!(
            (found.cells.clone(), found.of[7], found.of[8]),
            (vec!["10–15".to_owned(), "15–20".to_owned()], 0, 1)
        );
        assert_eq!(found.marks, [(0.0, "10".to_owned()), (1.0, "15".to_owned()), (2.0, "20".to_owned())]);
    }

    #[test]
    fn levels_have_cells_of_their_own() {
        let found = axis(&factor(Over::Uniform(None, 0.0, 4.0)), &[0.0, 0.5, 1.0, 0.0], true);
        assert_eq!((found.cells, found.of), (vec!["0".to_owned(), "2".to_owned(), "4".to_owned()], vec![0, 1, 2, 0]));
        assert_eq!(found.marks[1], (1.5, "2".to_owned()));
    }

    #[test]
    fn cells_are_averaged_and_may_be_empty() {
        let axis = |of: &[usize]| Axis { cells: vec![String::new(); 2], marks: Vec::new(), of: of.to_vec() };
        let cells = cells(&axis(&[0, 1, 1]), &axis(&[0, 0, 0]));
        assert_eq!(cells, [vec![0], vec![1, 2], vec![], vec![]]);
        assert_eq!(means(&cells, &[Some(1.0), Some(2.0), Some(4.0)]), [Some(1.0), Some(3.0), None, None]);
        assert_eq!(means(&cells, &[Some(1.0), None, Some(4.0)]), [Some(1.0), Some(4.0), None, None]);
        assert_eq!(reach([Some(2.0), None, Some(-1.0)].iter()), Some((-1.0, 2.0)));
    }
}
