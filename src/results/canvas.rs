//! Draws a [`Figure`] as SVG or PNG.

pub mod graph;

use std::path::Path;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use super::plot::{Event, Figure, Panel};
use super::summary::figure as number;

/// Most members that are drawn one by one.
pub const MEMBERS: usize = 60;

/// Okabe and Ito's palette, which people with any common color blindness tell apart; without its yellow, too pale for
/// lines.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(0, 0, 0),
];

/// Colors of the palette.
pub const COLORS: usize = PALETTE.len();

/// A color of the palette as style sheets have it; they come round again.
#[must_use]
pub fn color(place: usize) -> String {
    let RGBColor(red, green, blue) = PALETTE[place % COLORS];
    format!("#{red:02x}{green:02x}{blue:02x}")
}

const INK: RGBColor = RGBColor(40, 40, 40);
const FAINT: RGBColor = RGBColor(110, 110, 110);
const GRID: RGBColor = RGBColor(228, 228, 228);

/// Width of a panel, height of a panel, height of the heading, in pixels.
const SIZE: (u32, u32, u32) = (620, 400, 70);

/// Pixels of a PNG per pixel of the drawing: letters stand on whole pixels, so small ones need many.
const SHARP: u32 = 2;

/// Width and height of a panel that stands alone, in pixels.
const BARE: (u32, u32) = (560, 300);

/// Height of a line of the list of marks.
const LINE: u32 = 18;

/// Why a drawing failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CanvasError(String);

/// An area of a canvas.
pub type Area<DB> = DrawingArea<DB, Shift>;
/// Whether it was drawn.
pub type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// What can be drawn on a canvas of any kind.
pub trait Scene {
    /// Width and height in pixels, so many times as sharp.
    fn size(&self, zoom: u32) -> (u32, u32);

    /// Draws it.
    ///
    /// # Errors
    /// When the drawing fails.
    fn draw<DB: DrawingBackend>(&self, root: &Area<DB>, zoom: u32) -> Drawn<DB>;
}

/// A picture as SVG.
///
/// # Errors
/// When the drawing fails.
pub fn svg(scene: &impl Scene) -> Result<String, CanvasError> {
    fonts()?;
    let mut text = String::new();
    let root = SVGBackend::with_string(&mut text, scene.size(1)).into_drawing_area();
    scene.draw(&root, 1).and_then(|()| root.present()).map_err(|error| CanvasError(error.to_string()))?;
    drop(root);
    Ok(text)
}

/// A picture as PNG.
///
/// # Errors
/// When the drawing fails, or there is no room for a temporary file.
pub fn png(scene: &impl Scene) -> Result<Vec<u8>, CanvasError> {
    fonts()?;
    written(|path| {
        let root = BitMapBackend::new(path, scene.size(SHARP)).into_drawing_area();
        scene.draw(&root, SHARP).and_then(|()| root.present()).map_err(|error| CanvasError(error.to_string()))
    })
}

impl Scene for Figure {
    fn size(&self, zoom: u32) -> (u32, u32) {
        size(self, zoom)
    }

    fn draw<DB: DrawingBackend>(&self, root: &Area<DB>, zoom: u32) -> Drawn<DB> {
        draw(root, self, zoom)
    }
}

/// One panel of a picture without any words: what stands around it says them, in every language.
#[derive(Debug, Clone, Copy)]
pub struct Bare<'a, T> {
    /// The picture.
    pub picture: &'a T,
    /// Place of the panel.
    pub panel: usize,
    /// Most members that are drawn one by one.
    pub members: usize,
}

impl Scene for Bare<'_, Figure> {
    fn size(&self, zoom: u32) -> (u32, u32) {
        (BARE.0 * zoom, BARE.1 * zoom)
    }

    fn draw<DB: DrawingBackend>(&self, root: &Area<DB>, zoom: u32) -> Drawn<DB> {
        let (figure, panel) = (self.picture, &self.picture.panels[self.panel]);
        draw_panel(root, figure, panel, range(figure), zoom, Some(self.members))
    }
}

/// Bytes of a picture that can only be drawn into a file.
fn written(draw: impl Fn(&Path) -> Result<(), CanvasError>) -> Result<Vec<u8>, CanvasError> {
    let failed = |error: std::io::Error| CanvasError(error.to_string());
    let folder = tempfile::tempdir().map_err(failed)?;
    let path = folder.path().join("picture.png");
    draw(&path)?;
    std::fs::read(&path).map_err(failed)
}

fn fonts() -> Result<(), CanvasError> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let font = include_bytes!("../../assets/dejavu-sans-latin.ttf");
    let done = *DONE.get_or_init(|| register_font("sans-serif", FontStyle::Normal, font).is_ok());
    if done { Ok(()) } else { Err(CanvasError("the font is damaged".to_owned())) }
}

fn layout(figure: &Figure) -> (u32, u32) {
    let columns = (figure.panels.len() as u32).clamp(1, 2);
    (columns, (figure.panels.len() as u32).div_ceil(columns).max(1))
}

fn size(figure: &Figure, zoom: u32) -> (u32, u32) {
    let ((columns, rows), (width, height, heading)) = (layout(figure), SIZE);
    ((columns * width).max(900) * zoom, (heading + rows * height + footer(figure)) * zoom)
}

/// Height of the list of marks.
fn footer(figure: &Figure) -> u32 {
    if figure.marks.is_empty() { 0 } else { figure.marks.len() as u32 * LINE + 20 }
}

/// A font of so many pixels of the drawing.
fn font(pixels: u32, zoom: u32) -> FontDesc<'static> {
    ("sans-serif", pixels * zoom).into_font()
}

fn draw<DB: DrawingBackend>(root: &Area<DB>, figure: &Figure, zoom: u32) -> Drawn<DB> {
    let at = |x: u32, y: u32| ((x * zoom) as i32, (y * zoom) as i32);
    root.fill(&WHITE)?;
    let (heading, body) = root.split_vertically(SIZE.2 * zoom);
    let title = format!("{} – {}", figure.title.en, figure.of.en);
    heading.draw(&Text::new(title, at(16, 12), font(21, zoom).color(&INK)))?;
    heading.draw(&Text::new(figure.how(MEMBERS).en, at(16, 44), font(13, zoom).color(&FAINT)))?;
    let (columns, rows) = layout(figure);
    let (body, list) = body.split_vertically(rows * SIZE.1 * zoom);
    for (i, mark) in figure.marks.iter().enumerate() {
        let place = at(24, 6 + i as u32 * LINE);
        list.draw(&Text::new(format!("{}   {}", i + 1, mark.en), place, font(13, zoom).color(&INK)))?;
    }
    let range = range(figure);
    for (area, panel) in body.split_evenly((rows as usize, columns as usize)).iter().zip(&figure.panels) {
        draw_panel(area, figure, panel, range, zoom, None)?;
    }
    Ok(())
}

/// Lowest and highest value of the vertical axis: from zero, unless all is far above it.
fn range(figure: &Figure) -> (f64, f64) {
    let members = figure.panels.iter().flat_map(|panel| &panel.fan.members).flatten().copied();
    let (low, high) = members.filter(|v| v.is_finite()).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let low = if low > 0.5 * high { low - 0.1 * (high - low) } else { low.min(0.0) };
    // Room above for the numbers of events.
    let room = if figure.panels.iter().any(|panel| !panel.events.is_empty()) { 0.16 } else { 0.06 };
    (low, high + room * (high - low).max(1e-9))
}

/// Room around a chart; less where it has no words.
fn margins<DB: DrawingBackend>(builder: &mut ChartBuilder<'_, '_, DB>, words: bool, zoom: u32) {
    builder.margin(8 * zoom).margin_right(22 * zoom);
    builder.x_label_area_size(if words { 44 } else { 24 } * zoom);
    builder.y_label_area_size(if words { 82 } else { 58 } * zoom);
}

/// Draws a panel: with its words, or `bare` of them and with so many members.
fn draw_panel<DB: DrawingBackend>(
    area: &Area<DB>,
    figure: &Figure,
    panel: &Panel,
    range: (f64, f64),
    zoom: u32,
    bare: Option<usize>,
) -> Drawn<DB> {
    let (first, last) = (figure.years.first().copied().unwrap_or(0.0), figure.years.last().copied().unwrap_or(1.0));
    let color = PALETTE[panel.color % PALETTE.len()];
    let mut builder = ChartBuilder::on(area);
    margins(&mut builder, bare.is_none(), zoom);
    if bare.is_none() {
        builder.caption(&panel.title.en, font(16, zoom).color(&color)).x_label_area_size(34 * zoom);
    }
    let mut chart = builder.build_cartesian_2d(first..last.max(first + 0.02), range.0..range.1)?;
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID.stroke_width(zoom))
        .axis_style(FAINT.stroke_width(zoom))
        .set_all_tick_mark_size(5 * zoom)
        .label_style(font(13, zoom).color(&INK))
        .x_labels(6)
        .y_labels(7)
        .x_label_formatter(&|year| date(*year))
        .y_label_formatter(&|value| tick(*value));
    if bare.is_none() {
        mesh.y_desc(figure.axis.en.as_str()).axis_desc_style(font(13, zoom).color(&INK));
    }
    mesh.draw()?;

    let points = |line: &[f64]| -> Vec<(f64, f64)> {
        figure.years.iter().copied().zip(line.iter().copied()).filter(|(_, v)| v.is_finite()).collect()
    };
    for (low, high, strength) in [(0.05, 0.95, 0.14), (0.25, 0.75, 0.24)] {
        let mut outline = points(&panel.fan.quantile(low));
        outline.extend(points(&panel.fan.quantile(high)).into_iter().rev());
        chart.draw_series(std::iter::once(Polygon::new(outline, color.mix(strength))))?;
    }
    let all = panel.fan.members.len();
    let drawn = all.min(bare.unwrap_or(MEMBERS));
    for i in 0..drawn {
        let member = &panel.fan.members[i * all / drawn];
        chart.draw_series(LineSeries::new(points(member), color.mix(0.25).stroke_width(1)))?;
    }
    if let Some(median) = &panel.reference {
        chart.draw_series(DashedLineSeries::new(
            points(median),
            7 * zoom,
            5 * zoom,
            INK.mix(0.8).stroke_width(2 * zoom),
        ))?;
    }
    chart.draw_series(LineSeries::new(points(&panel.fan.quantile(0.5)), color.stroke_width(3 * zoom)))?;
    let mut taken = f64::MIN;
    let mut row = 0;
    for event in &panel.events {
        // Numbers that would stand on top of each other stand one row lower.
        row = if event.year - taken < 0.03 * (last - first) { (row + 1) % 3 } else { 0 };
        taken = event.year;
        draw_event(&mut chart, event, row, range, zoom)?;
    }
    Ok(())
}

type Chart<'a, DB> =
    ChartContext<'a, DB, Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>>;

/// A line at a day with its number on top.
fn draw_event<DB: DrawingBackend>(
    chart: &mut Chart<'_, DB>,
    event: &Event,
    row: usize,
    (low, high): (f64, f64),
    zoom: u32,
) -> Drawn<DB> {
    let top = high - (0.05 + 0.05 * row as f64) * (high - low);
    let line = vec![(event.year, low), (event.year, top)];
    if event.binds {
        chart.draw_series(LineSeries::new(line, FAINT.stroke_width(zoom)))?;
    } else {
        chart.draw_series(DashedLineSeries::new(line, 2 * zoom, 4 * zoom, FAINT.stroke_width(zoom)))?;
    }
    let style = font(12, zoom).color(&INK).pos(Pos::new(HPos::Center, VPos::Bottom));
    chart.draw_series(std::iter::once(Text::new((event.mark + 1).to_string(), (event.year, top), style)))?;
    Ok(())
}

/// A value beside the vertical axis, without decimals that say nothing.
fn tick(value: f64) -> String {
    let text = number(value);
    match text.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

/// Year and month of a time in years; the year alone at its beginning.
fn date(year: f64) -> String {
    let months = (year * 12.0).round() as i64;
    match months.rem_euclid(12) {
        0 => months.div_euclid(12).to_string(),
        month => format!("{}-{:02}", months.div_euclid(12), month + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{experiment, simulate};
    use super::super::plot::figures;
    use super::super::runner::{Options, folder, run};
    use super::*;

    #[test]
    fn years_read_as_dates() {
        assert_eq!(["2025", "2025-07"].map(str::to_owned), [date(2025.0), date(2025.5)]);
    }

    #[test]
    fn pictures_are_the_same_each_time_and_say_what_they_show() {
        let parent = tempfile::tempdir().expect("a folder");
        let experiment = experiment(5, 20);
        let options = Options { threads: Some(1), force: false };
        run(&experiment, parent.path(), options, &simulate, &std::sync::atomic::AtomicBool::new(false), &mut |_| ())
            .expect("a disk");
        let drawn = figures(&experiment, &folder(&experiment, parent.path())).expect("sound tables");
        let names: Vec<&str> = drawn.iter().map(|figure| figure.name.as_str()).collect();
        assert_eq!(names, ["price-cobalt-refined-north", "stock-cobalt"]);
        for figure in &drawn {
            let text = svg(figure).expect("a picture");
            assert!(text.contains(&figure.title.en) && text.contains(&figure.axis.en), "{}", figure.name);
            assert_eq!(text, svg(figure).expect("a picture"));
            let picture = png(figure).expect("a picture");
            assert!(picture.starts_with(b"\x89PNG") && picture == png(figure).expect("a picture"));
        }
    }
}
