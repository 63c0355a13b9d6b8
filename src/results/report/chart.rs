//! A chart: in the page with both languages and its numbers beneath, or as a file of its own in one language.

use std::fmt::Write as _;

use super::catalog::{Language, say};
use super::html::{both, escape, folded};
use crate::id::Label;
use crate::results::canvas;

/// A chart.
#[derive(Debug, Clone)]
pub(super) struct Chart {
    /// Id of its heading; names its file.
    pub(super) id: String,
    /// What it shows.
    pub(super) title: Label,
    /// How to read it.
    pub(super) how: Label,
    /// What of it is shown at a time: most charts have one view.
    pub(super) views: Vec<View>,
    /// Place of the view that is shown first.
    pub(super) shown: usize,
    /// What its numbers mark, from 1.
    pub(super) marks: Vec<Label>,
    /// Table of what it is drawn from, as HTML.
    pub(super) data: String,
}

/// What is shown at a time, such as a year.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// Name in ids and files; empty of the only one.
    pub(super) name: String,
    /// What its button says.
    pub(super) label: Label,
    /// One per arm.
    pub(super) panels: Vec<Panel>,
}

/// An arm in a chart.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// Id of the arm.
    pub(super) arm: String,
    /// Place of its color in the palette.
    pub(super) color: usize,
    /// Label of the arm.
    pub(super) title: Label,
    /// What stands along the axes.
    pub(super) note: Label,
    /// The drawing: an `svg` element.
    pub(super) drawn: String,
}

impl Chart {
    /// A chart with one view.
    pub(super) fn one(id: String, title: Label, how: Label, panels: Vec<Panel>, data: String) -> Self {
        let view = View { name: String::new(), label: Label { zh: String::new(), en: String::new() }, panels };
        Self { id, title, how, views: vec![view], shown: 0, marks: Vec::new(), data }
    }

    /// The chart in the page: heading, how to read it, a panel per arm, what its numbers mark, its data.
    pub(super) fn html(&self) -> String {
        let Self { id, title, how, views, shown, marks, data } = self;
        let mut out = format!(
            "<div class=\"chart\">\n<h3 id=\"{id}\">{}</h3>\n<p class=\"how\">{}</p>\n",
            both(title),
            both(how)
        );
        if views.len() > 1 {
            let _ = write!(out, "<div class=\"views\" role=\"group\" aria-labelledby=\"{id}\">");
            for (place, view) in views.iter().enumerate() {
                let _ = write!(
                    out,
                    "<button type=\"button\" data-view=\"{}\" aria-pressed=\"{}\">{}</button>",
                    escape(&view.name),
                    place == *shown,
                    both(&view.label)
                );
            }
            out.push_str("</div>\n");
        }
        for (place, view) in views.iter().enumerate() {
            let of =
                if view.name.is_empty() { String::new() } else { format!(" data-of-view=\"{}\"", escape(&view.name)) };
            let _ = writeln!(out, "<div class=\"panels\"{of}{}>", if place == *shown { "" } else { " hidden" });
            for Panel { arm, color, title, note, drawn } in &view.panels {
                let _ = writeln!(
                    out,
                    "<figure data-arm=\"{}\"><figcaption><span class=\"dot c{}\"></span>{} <small>{}</small></figcaption>\n{drawn}</figure>",
                    escape(arm),
                    color % super::COLORS,
                    both(title),
                    both(note),
                );
            }
            out.push_str("</div>\n");
        }
        if !marks.is_empty() {
            let items = marks.iter().fold(String::new(), |all, mark| format!("{all}<li>{}</li>", both(mark)));
            let _ = writeln!(out, "<ol class=\"marks\">{items}</ol>");
        }
        out + &folded(say("chart.data"), data) + "</div>\n"
    }

    /// Each view as a picture that stands alone, with the name of its file.
    pub(super) fn files(&self, of: &Label, language: Language) -> Vec<(String, String)> {
        let name = |view: &View| {
            if view.name.is_empty() { self.id.clone() } else { format!("{}-{}", self.id, view.name) }
        };
        self.views.iter().map(|view| (name(view), self.alone(view, of, language))).collect()
    }

    /// A view with title, panels and marks on one sheet.
    fn alone(&self, view: &View, of: &Label, language: Language) -> String {
        let columns = view.panels.len().clamp(1, 2);
        let width = (columns as f64 * CELL).max(LEAST) + 2.0 * EDGE;
        let inner = width - 2.0 * EDGE;
        let mut sheet = Sheet { body: String::new(), y: EDGE };
        let between =
            if view.label.en.is_empty() { String::new() } else { format!(" · {}", language.of(&view.label)) };
        let title = format!("{}{between} – {}", language.of(&self.title), language.of(of));
        sheet.lines(&title, 19.0, INK, inner, " font-weight=\"bold\"");
        sheet.y += 3.0;
        sheet.lines(language.of(&self.how), 13.0, SOFT, inner, "");
        for row in view.panels.chunks(columns) {
            sheet.y += 14.0;
            let top = sheet.y;
            let mut low = top;
            for (place, panel) in row.iter().enumerate() {
                low = low.max(sheet.panel(panel, EDGE + place as f64 * CELL, top, language));
            }
            sheet.y = low;
        }
        for (place, mark) in self.marks.iter().enumerate() {
            sheet.y += 2.0;
            sheet.lines(&format!("{}   {}", place + 1, language.of(mark)), 13.0, INK, inner, "");
        }
        let height = sheet.y + EDGE;
        let family = match language {
            Language::En => "DejaVu Sans, sans-serif",
            Language::Zh => "Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif",
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height:.0}\" viewBox=\"0 0 {width} {height:.0}\" \
             lang=\"{}\" font-family=\"{family}\">\n<title>{}</title>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            language.tag(),
            escape(&title),
            sheet.body
        )
    }
}

/// Width of a column of panels, room around a sheet, its least width within, and room between panels, in pixels.
const CELL: f64 = 600.0;
const EDGE: f64 = 20.0;
const LEAST: f64 = 900.0;
const GAP: f64 = 20.0;

const INK: &str = "#1d1d1d";
const SOFT: &str = "#4d4d4d";

/// A sheet that is filled from the top.
struct Sheet {
    body: String,
    y: f64,
}

impl Sheet {
    /// Text in as many lines as it takes.
    fn lines(&mut self, text: &str, size: f64, color: &str, room: f64, more: &str) {
        let x = EDGE;
        for line in wrap(text, room / size) {
            self.y += 1.4 * size;
            let _ = writeln!(
                self.body,
                "<text x=\"{x}\" y=\"{:.1}\" font-size=\"{size}\" fill=\"{color}\"{more}>{}</text>",
                self.y,
                escape(&line)
            );
        }
    }

    /// A panel with its arm and axes above it; gives where it ends.
    fn panel(&mut self, panel: &Panel, x: f64, top: f64, language: Language) -> f64 {
        let mut y = top;
        let room = CELL - GAP;
        let color = canvas::color(panel.color);
        let _ = writeln!(self.body, "<circle cx=\"{}\" cy=\"{:.1}\" r=\"5\" fill=\"{color}\"/>", x + 6.0, y + 14.0);
        let texts = [(&panel.title, 15.0, INK, 18.0, " font-weight=\"bold\""), (&panel.note, 12.0, SOFT, 0.0, "")];
        for (text, size, color, indent, more) in texts {
            for line in wrap(language.of(text), (room - indent) / size) {
                y += 1.35 * size;
                let _ = writeln!(
                    self.body,
                    "<text x=\"{}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{color}\"{more}>{}</text>",
                    x + indent,
                    escape(&line)
                );
            }
        }
        y += 6.0;
        let (width, height) = extent(&panel.drawn);
        let height = height * room / width;
        let inside = in_language(&panel.drawn, language);
        let inside = inside.trim_end().strip_prefix("<svg ").unwrap_or_default();
        let _ = writeln!(self.body, "<svg x=\"{x}\" y=\"{y:.1}\" width=\"{room}\" height=\"{height:.1}\" {inside}");
        y + height
    }
}

/// Width and height that a drawing says in its `viewBox`.
fn extent(drawn: &str) -> (f64, f64) {
    let view = drawn.split("viewBox=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let numbers: Vec<f64> = view.split(' ').filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [_, _, width, height] if width > 0.0 => (width, height),
        _ => panic!("bug: a drawing without its size"),
    }
}

/// A drawing without the words of the other language, and without what only a page knows.
fn in_language(drawn: &str, language: Language) -> String {
    let mut out = String::with_capacity(drawn.len());
    let mut parts = drawn.split("<text ");
    let first = parts.next().unwrap_or_default();
    let (begin, rest) = first.split_once('>').unwrap_or((first, ""));
    let plain: Vec<&str> = begin.split(" role=").collect();
    let _ = write!(out, "{}>{rest}", plain[0]);
    for part in parts {
        let (text, after) = part.split_once("</text>").unwrap_or((part, ""));
        let other =
            Language::ALL.into_iter().any(|one| one != language && text.contains(&format!("lang=\"{}\"", one.tag())));
        if !other {
            let _ = write!(out, "<text {text}</text>");
        }
        out.push_str(after);
    }
    out
}

/// Whether a letter is as wide as it is high.
fn is_wide(letter: char) -> bool {
    letter >= '\u{2e80}'
}

/// About how wide a text is, in heights of its letters.
pub(super) fn wide(text: &str) -> f64 {
    text.chars().map(|letter| if is_wide(letter) { 1.0 } else { 0.57 }).sum()
}

/// Text cut to the room that it has, in heights of its letters.
pub(super) fn short(text: &str, room: f64) -> String {
    if wide(text) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        cut.push(letter);
        if wide(&cut) > room - 1.0 {
            cut.pop();
            break;
        }
    }
    cut + "…"
}

/// Lines of a text in a room as wide as so many heights of its letters; a word that is wider has a line of its own.
pub(super) fn wrap(text: &str, room: f64) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for letter in text.chars() {
        let last = words.last_mut().expect("bug: no words");
        let ends = last.chars().last().is_some_and(|last| last == ' ' || is_wide(last) || is_wide(letter));
        // Marks that close do not begin a line.
        let closes = matches!(letter, '，' | '。' | '、' | '；' | '：' | '）' | '”' | ' ');
        if ends && !closes {
            words.push(letter.to_string());
        } else {
            last.push(letter);
        }
    }
    let mut lines = vec![String::new()];
    for word in words {
        let line = lines.last_mut().expect("bug: no lines");
        if line.is_empty() || wide(line) + wide(word.trim_end()) <= room {
            line.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::report::catalog::plain;

    fn chart(views: usize) -> Chart {
        let drawn = "<svg viewBox=\"0 0 560 300\" role=\"img\" aria-labelledby=\"it\"><path d=\"M0 0h1\"/>\
                     <text lang=\"en\" x=\"1\">left</text><text lang=\"zh-Hans\" x=\"1\">左</text><text x=\"2\">7</text></svg>\n";
        let panel = |arm: &str| Panel {
            arm: arm.to_owned(),
            color: 1,
            title: Label { zh: "禁令".to_owned(), en: "Ban".to_owned() },
            note: plain("t"),
            drawn: drawn.to_owned(),
        };
        let view = |name: &str| View {
            name: name.to_owned(),
            label: plain(name),
            panels: ["a", "b", "c"].map(panel).to_vec(),
        };
        let all: Vec<View> = ["2025", "2026"][..views].iter().map(|name| view(name)).collect();
        let (title, how) = (Label { zh: "价格".to_owned(), en: "Price".to_owned() }, plain("how"));
        Chart {
            id: "it".to_owned(),
            title,
            how,
            views: all,
            shown: 0,
            marks: vec![plain("1 May: ban")],
            data: String::new(),
        }
    }

    #[test]
    fn a_file_says_all_in_one_language() {
        let files = chart(2).files(&plain("Cobalt"), Language::Zh);
        assert_eq!(files.iter().map(|file| file.0.as_str()).collect::<Vec<_>>(), ["it-2025", "it-2026"]);
        let text = &files[0].1;
        for said in ["价格 · 2025 – Cobalt", "禁令", ">左<", ">7<", "1   1 May: ban"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains("left") && !text.contains("Price") && !text.contains("aria-"), "{text}");
        assert_eq!(text.matches("<svg ").count(), text.matches("</svg>").count());
        // Two columns and two rows of panels of 560 by 300 pixels in cells of 580.
        assert!(text.contains("width=\"1240\"") && text.matches("height=\"310.7\"").count() == 3, "{text}");
    }

    #[test]
    fn a_page_has_a_button_for_each_of_several_views() {
        let page = chart(2).html();
        assert_eq!((page.matches("data-view=").count(), page.matches("data-of-view=\"2026\" hidden").count()), (2, 1));
        assert_eq!(chart(1).html().matches("<button").count(), 0);
    }

    #[test]
    fn lines_break_between_words_and_between_chinese_letters() {
        assert_eq!(wrap("one two three", 4.5), ["one two", "three"]);
        assert_eq!(wrap("价格的中位数。", 4.0), ["价格的中", "位数。"]);
        assert_eq!(wrap("incomprehensible", 2.0), ["incomprehensible"]);
        assert_eq!(
            (short("Rest of the world", 12.0), short("世界其他地区", 4.0)),
            ("Rest of the world".to_owned(), "世界其…".to_owned())
        );
    }
}
