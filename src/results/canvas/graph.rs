//! Draws a [`Graph`]: points or lines against a quantity.

use plotters::prelude::*;

use super::super::graph::{Graph, Line, Plate};
use super::{Area, BARE, Bare, Drawn, FAINT, GRID, INK, PALETTE, SIZE, Scene, font, margins, tick};

/// Room beside the lines for their names, as a share of the axis.
const NAMES: f64 = 0.22;

impl Scene for Graph {
    fn size(&self, zoom: u32) -> (u32, u32) {
        size(self, zoom)
    }

    fn draw<DB: DrawingBackend>(&self, root: &Area<DB>, zoom: u32) -> Drawn<DB> {
        draw(root, self, zoom)
    }
}

fn layout(graph: &Graph) -> (u32, u32) {
    let columns = (graph.panels.len() as u32).clamp(1, 2);
    (columns, (graph.panels.len() as u32).div_ceil(columns).max(1))
}

fn size(graph: &Graph, zoom: u32) -> (u32, u32) {
    let ((columns, rows), (width, height, heading)) = (layout(graph), SIZE);
    ((columns * width).max(900) * zoom, (heading + rows * height) * zoom)
}

fn draw<DB: DrawingBackend>(root: &Area<DB>, graph: &Graph, zoom: u32) -> Drawn<DB> {
    let at = |x: u32, y: u32| ((x * zoom) as i32, (y * zoom) as i32);
    root.fill(&WHITE)?;
    let (heading, body) = root.split_vertically(SIZE.2 * zoom);
    let title = format!("{} – {}", graph.title.en, graph.of.en);
    heading.draw(&Text::new(title, at(16, 12), font(21, zoom).color(&INK)))?;
    heading.draw(&Text::new(graph.subtitle.en.clone(), at(16, 44), font(13, zoom).color(&FAINT)))?;
    let (columns, rows) = layout(graph);
    let ranges = ranges(graph);
    for (area, panel) in body.split_evenly((rows as usize, columns as usize)).iter().zip(&graph.panels) {
        plate(area, graph, panel, ranges, zoom, true)?;
    }
    Ok(())
}

/// A panel alone, without words.
impl Scene for Bare<'_, Graph> {
    fn size(&self, zoom: u32) -> (u32, u32) {
        (BARE.0 * zoom, BARE.1 * zoom)
    }

    fn draw<DB: DrawingBackend>(&self, root: &Area<DB>, zoom: u32) -> Drawn<DB> {
        plate(root, self.picture, &self.picture.panels[self.panel], ranges(self.picture), zoom, false)
    }
}

/// Ends of both axes, the same for all panels.
fn ranges(graph: &Graph) -> [(f64, f64); 2] {
    let points = || graph.panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| &line.points);
    let mut ranges = [range(points().map(|(x, _)| *x)), range(points().map(|(_, y)| *y))];
    if named(graph.panels.iter().flat_map(|panel| &panel.lines)) {
        ranges[0].1 += NAMES * (ranges[0].1 - ranges[0].0);
    }
    ranges
}

/// Whether lines are told apart by name.
fn named<'a>(mut lines: impl Iterator<Item = &'a Line>) -> bool {
    lines.any(|line| !line.label.is_empty())
}

/// Ends of an axis: from zero, unless all is far above it, with a little room.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.filter(|v| v.is_finite()).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let room = 0.06 * (high - low).max(1e-9);
    let low = if low >= 0.0 && low <= 0.5 * high { 0.0 } else { low - room };
    (low, high + room)
}

fn plate<DB: DrawingBackend>(
    area: &Area<DB>,
    graph: &Graph,
    panel: &Plate,
    [across, up]: [(f64, f64); 2],
    zoom: u32,
    words: bool,
) -> Drawn<DB> {
    let mut builder = ChartBuilder::on(area);
    margins(&mut builder, words, zoom);
    if words {
        builder.caption(&panel.title.en, font(16, zoom).color(&INK));
    }
    let mut chart = builder.build_cartesian_2d(across.0..across.1, up.0..up.1)?;
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(zoom))
        .axis_style(FAINT.stroke_width(zoom))
        .set_all_tick_mark_size(5 * zoom)
        .label_style(font(13, zoom).color(&INK))
        .x_labels(8)
        .y_labels(7)
        .x_label_formatter(&|value| tick(*value))
        .y_label_formatter(&|value| tick(*value));
    if words {
        mesh.x_desc(graph.across.en.as_str()).y_desc(graph.up.en.as_str());
        mesh.axis_desc_style(font(13, zoom).color(&INK));
    }
    mesh.draw()?;
    for (place, Line { label, points, joined }) in panel.lines.iter().enumerate() {
        let color = PALETTE[place % PALETTE.len()];
        if *joined {
            let drawn = chart.draw_series(LineSeries::new(points.clone(), color.stroke_width(2 * zoom)))?;
            if !label.is_empty() {
                drawn.label(label.as_str()).legend(move |(x, y)| {
                    PathElement::new(vec![(x, y), (x + 18 * zoom as i32, y)], color.stroke_width(2 * zoom))
                });
            }
        } else {
            let style = color.mix(0.35).filled();
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 2 * zoom, style)))?;
        }
    }
    if named(panel.lines.iter()) {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .legend_area_size(24 * zoom)
            .label_font(font(12, zoom).color(&INK))
            .background_style(WHITE.mix(0.8))
            .border_style(GRID)
            .draw()?;
    }
    Ok(())
}
