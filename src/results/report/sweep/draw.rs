//! Drawings of sweeps: bars with intervals, points with names, maps of cells.

use std::fmt::Write as _;

use crate::id::Label;
use crate::math;
use crate::results::canvas;
use crate::results::report::catalog::Language;
use crate::results::report::chart::{short, wide, wrap};
use crate::results::report::html::escape;
use crate::results::summary::{figure, grouped};

/// Width of a drawing, and of the names at its left, in pixels.
const WIDTH: f64 = 560.0;
const NAMES: f64 = 190.0;

/// Room at the right and beneath.
const RIGHT: f64 = 22.0;
const BENEATH: f64 = 26.0;

/// Height of a bar, and of the room between rows.
const BAR: f64 = 11.0;
const BETWEEN: f64 = 16.0;

const INK: &str = "#1d1d1d";
const SOFT: &str = "#4d4d4d";
const GRID: &str = "#dedede";
const AXIS: &str = "#6e6e6e";

/// Ten colors from low to high that people with any common color blindness tell apart (cividis).
pub(super) const RISING: [&str; 10] =
    ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

/// Nine colors from below zero over white to above it.
pub(super) const AROUND: [&str; 9] =
    ["#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7", "#fddbc7", "#f4a582", "#d6604d", "#b2182b"];

/// A bar of a row.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    /// Line of the row in which it lies, from the top.
    pub(super) line: usize,
    /// Where it begins and ends.
    pub(super) from: f64,
    pub(super) to: f64,
    /// Interval of its end.
    pub(super) span: Option<(f64, f64)>,
    pub(super) color: String,
    pub(super) opacity: f64,
}

/// A row of bars with its name.
#[derive(Debug, Clone)]
pub(super) struct BarRow {
    pub(super) name: Label,
    /// What stands beneath the name.
    pub(super) note: Label,
    pub(super) bars: Vec<Bar>,
}

/// Text at a place, in both languages where they differ.
fn words(out: &mut String, label: &Label, x: f64, y: f64, size: f64, color: &str, more: &str, room: f64) {
    for language in Language::ALL {
        if label.zh == label.en && language != Language::En {
            continue;
        }
        let lang = if label.zh == label.en { String::new() } else { format!(" lang=\"{}\"", language.tag()) };
        let text = escape(&short(language.of(label), room / size));
        let _ = write!(
            out,
            "<text font-size=\"{size}\" fill=\"{color}\"{lang} x=\"{x:.1}\" y=\"{y:.1}\"{more}>{text}</text>"
        );
    }
}

/// Round numbers within a range, about so many.
pub(super) fn ticks(low: f64, high: f64, about: usize) -> Vec<f64> {
    let span = high - low;
    if span.is_nan() || span <= 0.0 || !span.is_finite() {
        return vec![low];
    }
    let rough = span / about.max(1) as f64;
    let power = math::powi(10.0, decade(rough));
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= 0.999 * rough);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|multiple| multiple as f64 * step).collect()
}

/// The power of ten just below a number above 0, or at it.
fn decade(value: f64) -> i32 {
    (math::ln(value) / std::f64::consts::LN_10 + 1e-9).floor() as i32
}

/// A number at an axis whose numbers lie so far apart.
fn at_axis(value: f64, step: f64) -> String {
    let decimals = (-decade(step)).max(0) as usize;
    let value = if value.abs() < 1e-9 * step { 0.0 } else { value };
    grouped(&format!("{value:.decimals$}"))
}

/// Numbers of an axis with their texts.
fn marks(low: f64, high: f64, about: usize) -> Vec<(f64, String)> {
    let ticks = ticks(low, high, about);
    let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).next().unwrap_or(1.0);
    ticks.into_iter().map(|tick| (tick, at_axis(tick, step))).collect()
}

fn open(height: f64, label: &str) -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"{label}\">")
}

/// The name of a row, in two lines if it is long and nothing stands beneath it.
fn named(out: &mut String, name: &Label, note: &Label, middle: f64) {
    const END: &str = " text-anchor=\"end\"";
    let (x, room, size) = (NAMES - 8.0, NAMES - 20.0, 12.5);
    if !note.en.is_empty() {
        words(out, name, x, middle - 3.0, size, INK, END, room);
        words(out, note, x, middle + 12.0, 11.0, SOFT, END, room);
        return;
    }
    let lines = |text: &str| {
        let mut lines = wrap(text, room / size).into_iter();
        (lines.next().unwrap_or_default(), lines.collect::<Vec<String>>().join(" "))
    };
    let (zh, en) = (lines(&name.zh), lines(&name.en));
    if zh.1.is_empty() && en.1.is_empty() {
        return words(out, name, x, middle + 4.0, size, INK, END, room);
    }
    words(out, &Label { zh: zh.0, en: en.0 }, x, middle - 3.0, size, INK, END, room);
    words(out, &Label { zh: zh.1, en: en.1 }, x, middle + 11.0, size, INK, END, room);
}

/// Rows of bars over an axis from `low` to `high` with a line at `origin`, from which bars are thought to go.
pub(super) fn bars(rows: &[BarRow], lines: usize, (low, high): (f64, f64), origin: f64, label: &str) -> String {
    let row = lines as f64 * BAR + BETWEEN;
    let height = rows.len() as f64 * row + BENEATH;
    let span = if high > low { high - low } else { 1.0 };
    let at = |value: f64| NAMES + (WIDTH - NAMES - RIGHT) * ((value - low) / span).clamp(0.0, 1.0);
    let mut out = open(height, label);
    let bottom = height - BENEATH;
    for (value, text) in marks(low, high, 6) {
        let x = at(value);
        let _ = write!(out, "<path stroke=\"{GRID}\" d=\"M{x:.1} 0V{bottom:.0}\"/>");
        let _ = write!(
            out,
            "<text font-size=\"12\" fill=\"{SOFT}\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{text}</text>",
            bottom + 17.0
        );
    }
    for (place, BarRow { name, note, bars }) in rows.iter().enumerate() {
        let top = place as f64 * row + BETWEEN / 2.0;
        let middle = top + lines as f64 * BAR / 2.0;
        named(&mut out, name, note, middle);
        for Bar { line, from, to, span, color, opacity } in bars {
            let (left, right) = (at(from.min(*to)), at(from.max(*to)));
            let y = top + *line as f64 * BAR;
            let _ = write!(
                out,
                "<rect fill=\"{color}\" opacity=\"{opacity}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\"/>",
                y + 0.5,
                (right - left).max(0.8),
                BAR - 1.0
            );
            if let Some((a, b)) = span {
                let y = y + BAR / 2.0;
                let _ = write!(out, "<path stroke=\"{INK}\" d=\"M{:.1} {y:.1}H{:.1}", at(*a), at(*b));
                // An end beyond the axis is left open.
                for end in [a, b].into_iter().filter(|end| (low..=high).contains(*end)) {
                    let _ = write!(out, "M{:.1} {:.1}v6", at(*end), y - 3.0);
                }
                out.push_str("\"/>");
            }
        }
    }
    let _ =
        writeln!(out, "<path stroke=\"{AXIS}\" stroke-width=\"1.5\" d=\"M{:.1} 0V{bottom:.0}\"/></svg>", at(origin));
    out
}

/// A point with a name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: Label,
    pub(super) x: f64,
    pub(super) y: f64,
    /// Half of the interval of `x`.
    pub(super) half: Option<f64>,
}

/// Points over axes from zero to `far`, with the line on which both are the same.
pub(super) fn points(points: &[Named], far: (f64, f64), color: usize, label: &str) -> String {
    const HEIGHT: f64 = 320.0;
    const LEFT: f64 = 74.0;
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BENEATH);
    let far = (far.0.max(f64::MIN_POSITIVE), far.1.max(f64::MIN_POSITIVE));
    let at_x = |x: f64| LEFT + (right - LEFT) * (x / far.0).clamp(0.0, 1.0);
    let at_y = |y: f64| bottom - (bottom - 12.0) * (y / far.1).clamp(0.0, 1.0);
    let mut out = open(HEIGHT, label);
    for (value, text) in marks(0.0, far.0, 6) {
        let x = at_x(value);
        let _ = write!(
            out,
            "<path stroke=\"{GRID}\" d=\"M{x:.1} 8V{bottom}\"/><text font-size=\"12\" fill=\"{SOFT}\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{text}</text>",
            bottom + 17.0
        );
    }
    for (value, text) in marks(0.0, far.1, 6) {
        let y = at_y(value);
        let _ = write!(
            out,
            "<path stroke=\"{GRID}\" d=\"M{LEFT} {y:.1}H{right}\"/><text font-size=\"12\" fill=\"{SOFT}\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    let same = far.0.min(far.1);
    let _ = write!(
        out,
        "<path stroke=\"{AXIS}\" stroke-dasharray=\"4 4\" d=\"M{LEFT} {bottom}L{:.1} {:.1}\"/>",
        at_x(same),
        at_y(same)
    );
    let color = canvas::color(color);
    // Names stand beside their points, from the top down, and give way to each other.
    let mut order: Vec<&Named> = points.iter().collect();
    order.sort_by(|a, b| b.y.total_cmp(&a.y).then(a.x.total_cmp(&b.x)));
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    for Named { name, x, y, half } in order {
        let (px, py) = (at_x(*x), at_y(*y));
        if let Some(half) = half {
            let _ =
                write!(out, "<path stroke=\"{color}\" d=\"M{:.1} {py:.1}H{:.1}\"/>", at_x(x - half), at_x(x + half));
        }
        let _ = write!(out, "<circle fill=\"{color}\" cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"5\"/>");
        let long = 12.0 * wide(&name.en).max(wide(&name.zh)).min(16.0);
        let left = px + 10.0 + long > right;
        let (from, to) = if left { (px - 10.0 - long, px - 10.0) } else { (px + 10.0, px + 10.0 + long) };
        let mut low = py + 4.0;
        while let Some((.., other)) = taken.iter().find(|(a, b, y)| from < *b && *a < to && (y - low).abs() < 13.0) {
            low = other + 13.0;
        }
        taken.push((from, to, low));
        let more = if left { " text-anchor=\"end\"" } else { "" };
        words(&mut out, name, if left { to } else { from }, low.min(bottom - 2.0), 12.0, INK, more, 16.0 * 12.0);
    }
    let _ = writeln!(out, "<path fill=\"none\" stroke=\"{AXIS}\" d=\"M{LEFT} 8V{bottom}H{right}\"/></svg>");
    out
}

/// An axis of a map: so many cells, with names at their middles or numbers at their edges.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    /// What the axis is.
    pub(super) name: Label,
    /// How many.
    pub(super) count: usize,
    /// Texts with their places in cells: ½ is the middle of the first.
    pub(super) marks: Vec<(f64, String)>,
}

/// Values of a map with the colors of their range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tints<'a> {
    /// Values below and above which colors are the last.
    pub(super) range: (f64, f64),
    pub(super) colors: &'a [&'a str],
}

impl Tints<'_> {
    /// Place of the color of a value.
    fn of(&self, value: f64) -> usize {
        let (low, high) = self.range;
        let share = if high > low { (value - low) / (high - low) } else { 0.5 };
        ((share * self.colors.len() as f64) as usize).min(self.colors.len() - 1)
    }
}

/// Most cells along an axis whose values are written into them.
const WRITTEN: usize = 6;

/// A map: cells row by row from below, each with its value if any, colors named at the right.
pub(super) fn map(across: &Cells, up: &Cells, values: &[Option<f64>], tints: Tints<'_>, label: &str) -> String {
    const LEFT: f64 = 84.0;
    const LEGEND: f64 = 96.0;
    const SIZE: f64 = 300.0;
    const FOOT: f64 = 42.0;
    const TOP: f64 = 10.0;
    let (right, bottom) = (WIDTH - LEGEND, TOP + SIZE);
    let (wide_cell, high_cell) = ((right - LEFT) / across.count as f64, SIZE / up.count as f64);
    let mut out = open(bottom + FOOT, label);
    let _ = write!(
        out,
        "<rect fill=\"#ffffff\" stroke=\"{GRID}\" x=\"{LEFT}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{SIZE}\"/>",
        right - LEFT
    );
    let corner = |place: usize| {
        let (column, row) = (place % across.count, place / across.count);
        (LEFT + column as f64 * wide_cell, bottom - (row + 1) as f64 * high_cell)
    };
    for (place, color) in tints.colors.iter().enumerate() {
        let cells = values.iter().enumerate().filter(|(_, value)| value.is_some_and(|value| tints.of(value) == place));
        let mut path = String::new();
        for (cell, _) in cells {
            let (x, y) = corner(cell);
            let _ = write!(path, "M{x:.1} {y:.1}h{wide_cell:.1}v{high_cell:.1}h-{wide_cell:.1}z");
        }
        if !path.is_empty() {
            let _ = write!(out, "<path fill=\"{color}\" d=\"{path}\"/>");
        }
    }
    if across.count.max(up.count) <= WRITTEN {
        for (cell, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let (x, y) = corner(cell);
            let ink = if is_dark(tints.colors[tints.of(*value)]) { "#ffffff" } else { INK };
            let _ = write!(
                out,
                "<text font-size=\"11\" fill=\"{ink}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                x + wide_cell / 2.0,
                y + high_cell / 2.0 + 4.0,
                figure(*value)
            );
        }
    }
    for (place, text) in &across.marks {
        let x = LEFT + place * wide_cell;
        let text = escape(&short(text, (wide_cell.max(52.0)) / 11.0));
        let _ = write!(
            out,
            "<path stroke=\"{AXIS}\" d=\"M{x:.1} {bottom}v4\"/><text font-size=\"11\" fill=\"{SOFT}\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{text}</text>",
            bottom + 16.0
        );
    }
    for (place, text) in &up.marks {
        let y = bottom - place * high_cell;
        let text = escape(&short(text, (LEFT - 24.0) / 11.0));
        let _ = write!(
            out,
            "<path stroke=\"{AXIS}\" d=\"M{LEFT} {y:.1}h-4\"/><text font-size=\"11\" fill=\"{SOFT}\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            LEFT - 7.0,
            y + 4.0
        );
    }
    let middle = f64::midpoint(LEFT, right);
    words(&mut out, &across.name, middle, bottom + 34.0, 12.5, INK, " text-anchor=\"middle\"", right - LEFT);
    let turned = format!(" text-anchor=\"middle\" transform=\"rotate(-90 14 {:.0})\"", TOP + SIZE / 2.0);
    words(&mut out, &up.name, 14.0, TOP + SIZE / 2.0, 12.5, INK, &turned, SIZE);
    legend(&mut out, tints, right + 16.0, TOP, SIZE);
    out + "</svg>\n"
}

/// Colors from below up, with the values at their edges.
fn legend(out: &mut String, tints: Tints<'_>, x: f64, top: f64, size: f64) {
    let (count, (low, high)) = (tints.colors.len(), tints.range);
    let step = size / count as f64;
    for (place, color) in tints.colors.iter().enumerate() {
        let y = top + size - (place + 1) as f64 * step;
        let _ = write!(out, "<rect fill=\"{color}\" x=\"{x}\" y=\"{y:.1}\" width=\"14\" height=\"{step:.1}\"/>");
    }
    let apart = (high - low) / 4.0;
    for place in 0..=4 {
        let value = low + apart * f64::from(place);
        let y = top + size - size * f64::from(place) / 4.0;
        let text = if apart > 0.0 { at_axis(value, apart) } else { figure(value) };
        let _ = write!(
            out,
            "<text font-size=\"11\" fill=\"{SOFT}\" x=\"{}\" y=\"{:.1}\">{text}</text>",
            x + 19.0,
            (y + 4.0).clamp(top + 8.0, top + size)
        );
    }
}

/// Whether white letters are read better on a color than dark ones.
fn is_dark(color: &str) -> bool {
    let part = |at: usize| f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap_or(255));
    0.299 * part(1) + 0.587 * part(3) + 0.114 * part(5) < 125.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::report::catalog::plain;

    #[test]
    fn ticks_are_round_and_lie_within() {
        assert_eq!(ticks(0.0, 1.0, 5), [0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8, 1.0]);
        assert_eq!(ticks(-12_000.0, 3_000.0, 4), [-10_000.0, -5_000.0, 0.0]);
        assert_eq!(ticks(5.0, 5.0, 4), [5.0]);
        let shown: Vec<String> = marks(-0.5, 0.25, 4).into_iter().map(|mark| mark.1).collect();
        assert_eq!(shown, ["-0.4", "-0.2", "0.0", "0.2"]);
        assert_eq!((at_axis(-12_000.0, 5_000.0), at_axis(1e-12, 0.5)), ("-12,000".to_owned(), "0.0".to_owned()));
    }

    #[test]
    fn a_bar_is_as_long_as_its_number() {
        let bar = Bar { line: 0, from: 0.0, to: 0.5, span: Some((0.4, 0.6)), color: "#123456".into(), opacity: 1.0 };
        let row = BarRow { name: plain("a"), note: plain(""), bars: vec![bar] };
        let drawn = bars(&[row], 1, (0.0, 1.0), 0.0, "it");
        // Half of 560 − 190 − 22 pixels, and the interval a tenth of the axis to either side.
        assert!(drawn.contains("x=\"190.0\" y=\"8.5\" width=\"174.0\""), "{drawn}");
        assert!(drawn.contains("M329.2 13.5H398.8M329.2 10.5v6M398.8 10.5v6"), "{drawn}");
    }

    #[test]
    fn cells_get_the_color_of_their_value_and_stay_blank_without_one() {
        let axis = |count| Cells { name: plain("x"), count, marks: vec![(0.5, "1".to_owned())] };
        let tints = Tints { range: (0.0, 10.0), colors: &RISING };
        assert_eq!([0.0, 0.99, 1.0, 9.99, 10.0].map(|value| tints.of(value)), [0, 0, 1, 9, 9]);
        let drawn = map(&axis(2), &axis(1), &[Some(10.0), None], tints, "it");
        assert!(drawn.contains("<path fill=\"#fee838\" d=\"M84.0 10.0h190.0v300.0h-190.0z\"/>"), "{drawn}");
        assert_eq!(drawn.matches("<path fill=").count(), 1);
        assert!(is_dark(RISING[0]) && !is_dark(RISING[9]) && !is_dark(AROUND[4]));
    }
}
