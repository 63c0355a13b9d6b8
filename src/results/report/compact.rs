//! Pictures as the page holds them: what the canvas draws, with lines as steps from point to point and without
//! attributes that say the default.

use std::fmt::Write as _;

/// Longest line that is taken together with others of its style, in points: the dashes of a dashed line.
const DASH: usize = 3;

/// Attributes that say what holds anyway.
const IDLE: [&str; 3] = [" opacity=\"1\"", " font-family=\"sans-serif\"", " fill-opacity=\"1\""];

/// A picture drawn by [`crate::results::canvas`] as an element of a page, called by the element `label`.
pub(super) fn inline(drawn: &str, label: &str) -> String {
    let mut out = String::with_capacity(drawn.len() / 2);
    // Style and path of the lines that are being taken together.
    let mut open: Option<(String, String)> = None;
    let mut in_text = false;
    for line in drawn.lines() {
        if in_text {
            out.push_str(line.trim());
            in_text = line != "</text>";
            continue;
        }
        if let Some((style, point)) = dot(line) {
            match &mut open {
                Some((known, paths)) if *known == style => paths.push_str(&point),
                _ => {
                    close(&mut out, open.take());
                    open = Some((style, point));
                }
            }
            continue;
        }
        let shape = ["<polyline ", "<polygon "].iter().find_map(|begin| line.strip_prefix(begin));
        let points = shape.and_then(|rest| rest.split_once("points=\""));
        if let Some((style, points)) = points {
            let points = points.trim_end_matches("\"/>");
            let (path, count) = steps(points, line.starts_with("<polygon"));
            match &mut open {
                Some((known, paths)) if count <= DASH && known == style => paths.push_str(&path),
                _ => {
                    close(&mut out, open.take());
                    open = Some((style.to_owned(), path));
                }
            }
            continue;
        }
        close(&mut out, open.take());
        if line.starts_with("<svg ") {
            let view = line.split("viewBox=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let _ = write!(out, "<svg viewBox=\"{view}\" role=\"img\" aria-labelledby=\"{label}\">");
        } else {
            in_text = line.starts_with("<text ");
            out.push_str(&bare(line));
        }
    }
    close(&mut out, open);
    out.push('\n');
    out
}

fn close(out: &mut String, open: Option<(String, String)>) {
    if let Some((style, path)) = open {
        out.push_str(&bare(&format!("<path {style}d=\"{path}\"/>")));
    }
}

/// A filled circle as the end of a line without length, whose caps are round: its style and its path.
fn dot(line: &str) -> Option<(String, String)> {
    let attributes = line.strip_prefix("<circle ")?;
    let value = |name: &str| attributes.split(&format!("{name}=\"")).nth(1)?.split('"').next();
    let (x, y, opacity, fill) = (value("cx")?, value("cy")?, value("opacity")?, value("fill")?);
    let width = 2 * value("r")?.parse::<u32>().ok()?;
    let style = format!("stroke=\"{fill}\" stroke-width=\"{width}\" stroke-linecap=\"round\" opacity=\"{opacity}\" ");
    (value("stroke")? == "none").then(|| (style, format!("M{x},{y}h0")))
}

fn bare(line: &str) -> String {
    IDLE.iter().fold(line.to_owned(), |line, idle| line.replace(idle, ""))
}

/// Points as a path of relative steps; steps in one direction are one. Gives the number of points, too.
fn steps(points: &str, closed: bool) -> (String, usize) {
    let pair = |text: &str| {
        let (x, y) = text.split_once(',')?;
        Some((x.parse::<i64>().ok()?, y.parse::<i64>().ok()?))
    };
    let points: Vec<(i64, i64)> = points.split_whitespace().filter_map(pair).collect();
    let Some(&(x, y)) = points.first() else { return (String::new(), 0) };
    let mut moves: Vec<(i64, i64)> = Vec::with_capacity(points.len());
    for ends in points.windows(2) {
        let step = (ends[1].0 - ends[0].0, ends[1].1 - ends[0].1);
        match moves.last_mut() {
            _ if step == (0, 0) => {}
            Some(last) if last.0 * step.1 == last.1 * step.0 && last.0 * step.0 >= 0 && last.1 * step.1 >= 0 => {
                *last = (last.0 + step.0, last.1 + step.1);
            }
            _ => moves.push(step),
        }
    }
    let mut path = format!("M{x},{y}l");
    for (place, (x, y)) in moves.iter().enumerate() {
        let between = if place > 0 && *x >= 0 { " " } else { "" };
        let inside = if *y >= 0 { "," } else { "" };
        let _ = write!(path, "{between}{x}{inside}{y}");
    }
    if moves.is_empty() {
        path.push_str("0,0");
    }
    if closed {
        path.push('Z');
    }
    (path, points.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_steps_and_straight_ones_are_one() {
        assert_eq!(steps("10,20 11,20 12,20 13,18 14,16 15,19 ", false), ("M10,20l2,0 2-4 1,3".to_owned(), 6));
        assert_eq!(steps("5,5 5,5 ", false), ("M5,5l0,0".to_owned(), 2));
        // There and back is not one step.
        assert_eq!(steps("0,0 4,0 1,0 ", true).0, "M0,0l4,0-3,0Z");
    }

    #[test]
    fn dots_of_a_kind_are_one_path() {
        let dot = |x: u32| {
            let at = format!("cx=\"{x}\" cy=\"7\" r=\"2\"");
            format!("<circle {at} opacity=\"0.35\" fill=\"#0072B2\" stroke=\"none\" stroke-width=\"1\"/>\n")
        };
        assert_eq!(
            inline(&(dot(3) + &dot(4)), "t"),
            "<path stroke=\"#0072B2\" stroke-width=\"4\" stroke-linecap=\"round\" opacity=\"0.35\" d=\"M3,7h0M4,7h0\"/>\n"
        );
    }

    #[test]
    fn dashes_are_one_path_and_words_stay() {
        let dash = "<polyline fill=\"none\" opacity=\"1\" stroke=\"#000000\" points=\"1,1 2,2 \"/>\n";
        let drawn = format!(
            "<svg width=\"9\" height=\"9\" viewBox=\"0 0 9 9\" xmlns=\"http://www.w3.org/2000/svg\">\n{dash}{dash}\
             <text x=\"1\" y=\"2\" font-family=\"sans-serif\">\na &lt; b\n</text>\n</svg>\n"
        );
        assert_eq!(
            inline(&drawn, "t"),
            "<svg viewBox=\"0 0 9 9\" role=\"img\" aria-labelledby=\"t\"><path fill=\"none\" stroke=\"#000000\" \
             d=\"M1,1l1,1M1,1l1,1\"/><text x=\"1\" y=\"2\">a &lt; b</text></svg>\n"
        );
    }
}
