//! The report: results as one HTML file that needs nothing else, in Chinese and English.
//!
//! A chapter per folder of results: question and answer, the table of arms, fans, trade, curves, events, the books of
//! reserves, provenance. Every picture has its numbers beneath it; every text comes from the [`catalog`].

use std::fmt::Write as _;
use std::path::PathBuf;

use super::canvas::COLORS;
use super::graph::graphs;
use super::manifest::Manifest;
use super::plot::{PlotError, figures};
use super::summary::compare;
use crate::experiment::Experiment;
use crate::id::Label;
use catalog::{Language, say};
use html::{both, escape, section, text};

mod answer;
pub mod catalog;
mod charts;
mod compact;
mod html;
mod ledger;
mod markdown;
mod measure;
mod provenance;
mod timeline;
mod trade;

/// Results that a report tells of.
#[derive(Debug)]
pub struct Chapter {
    /// Their folder.
    pub folder: PathBuf,
    /// Their experiment.
    pub experiment: Experiment,
    /// Their manifest.
    pub manifest: Manifest,
}

/// A name as the id of an element; those of later chapters end with the chapter's number.
fn anchor(name: &str, chapter: usize) -> String {
    if chapter == 0 { name.to_owned() } else { format!("{name}-{}", chapter + 1) }
}

/// The report as HTML; `first` is the language that is shown first.
///
/// # Errors
/// When a table cannot be read or a picture not be drawn.
pub fn html(chapters: &[Chapter], first: Language) -> Result<String, PlotError> {
    let mut body = String::new();
    if chapters.len() > 1 {
        let _ = writeln!(
            body,
            "<h1>{}</h1>\n<nav aria-labelledby=\"contents\"><h2 id=\"contents\">{}</h2><ul>",
            text("page.several"),
            text("page.contents")
        );
        for (place, chapter) in chapters.iter().enumerate() {
            let (id, label) = (anchor("result", place), both(&chapter.experiment.label));
            let _ = writeln!(body, "<li><a href=\"#{id}\">{label}</a></li>");
        }
        body.push_str("</ul></nav>\n");
    }
    for (place, chapter) in chapters.iter().enumerate() {
        body += &article(chapter, place, chapters.len())?;
    }
    let title = match chapters {
        [one] => one.experiment.label.clone(),
        _ => say("page.several").clone(),
    };
    Ok(html::page(&title, first, &body))
}

/// The report in short, as Markdown.
///
/// # Errors
/// When a table cannot be read.
pub fn markdown(chapters: &[Chapter], language: Language) -> Result<String, PlotError> {
    let mut out = Vec::new();
    for chapter in chapters {
        let compared = compare(&chapter.experiment, &chapter.folder)?;
        out.push(markdown::chapter(chapter, &compared, language));
    }
    Ok(out.join("\n"))
}

fn article(chapter: &Chapter, place: usize, chapters: usize) -> Result<String, PlotError> {
    let Chapter { folder, experiment, manifest } = chapter;
    let compared = compare(experiment, folder)?;
    let figures = figures(experiment, folder)?;
    let share = charts::Share::among(&figures, experiment, chapters);
    let fans = |kind: usize| charts::fans(experiment, &figures, kind, share, place);
    let or_none = |drawn: String, none: &str| if drawn.is_empty() { charts::nothing(none) } else { drawn };
    let graphs = graphs(experiment, folder)?;
    let mut sections: Vec<(&str, &Label, String)> = vec![
        ("answer", say("section.answer"), answer::html(experiment, &compared)),
        ("arms", say("section.arms"), answer::arms(experiment, &compared)),
        ("prices", say("section.prices"), or_none(fans(0)?, "prices.none")),
        ("unmet", say("section.unmet"), or_none(fans(1)?, "unmet.none")),
        ("stocks", say("section.stocks"), or_none(fans(2)?, "stocks.none")),
        ("trade", say("section.trade"), or_none(trade::html(experiment, folder, place)?, "trade.none")),
    ];
    if !graphs.is_empty() {
        sections.push(("curves", say("section.curves"), charts::curves(experiment, &graphs, place)?));
    }
    sections.push(("events", say("section.events"), timeline::html(experiment, folder)?));
    // When no agency ever holds a tonne the books say so.
    sections.push(("reserves", say("section.reserves"), fans(3)? + &ledger::html(experiment, folder)?));
    let shown = folder.display().to_string();
    sections.push(("provenance", say("section.provenance"), provenance::html(experiment, manifest, &shown)));

    let id = anchor("result", place);
    let mut out = format!(
        "<article id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h1 id=\"{id}-h\">{}</h1>\n",
        both(&experiment.label)
    );
    out += "<nav>";
    for (name, title, _) in &sections {
        let _ = write!(out, "<a href=\"#{}\">{}</a>", anchor(name, place), both(title));
    }
    out += "</nav>\n";
    let mut sections = sections.into_iter();
    for (name, title, inside) in sections.by_ref().take(1) {
        out += &section(&anchor(name, place), title, &inside);
    }
    out += &tools(experiment, place);
    for (name, title, inside) in sections {
        out += &section(&anchor(name, place), title, &inside);
    }
    Ok(out + "</article>\n")
}

/// Buttons that show and hide arms.
fn tools(experiment: &Experiment, place: usize) -> String {
    let id = anchor("tools", place);
    let mut out = format!(
        "<div class=\"tools\" role=\"group\" aria-labelledby=\"{id}\"><span id=\"{id}\">{}</span>",
        text("page.arms")
    );
    for (place, arm) in experiment.arms.iter().enumerate() {
        let _ = write!(
            out,
            "<button type=\"button\" data-pick=\"{}\" aria-pressed=\"true\"><span class=\"dot c{}\"></span>{}</button>",
            escape(arm.id.as_str()),
            place % COLORS,
            both(&arm.label)
        );
    }
    out + "</div>\n"
}
