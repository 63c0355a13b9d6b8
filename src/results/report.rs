//! The report: results and sweeps as one HTML file that needs nothing else, in Chinese and English.
//!
//! A chapter per folder. Of results: question and answer, the table of arms, fans, trade, curves, events, the books of
//! reserves, provenance; of sweeps what [`sweep`] says. Every picture has its numbers beneath it and can be had as a
//! file of its own; every text comes from the [`catalog`].

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::canvas::COLORS;
use super::graph::graphs;
use super::manifest::Manifest;
use super::plot::{PlotError, figures};
use super::summary::compare;
use crate::experiment::Experiment;
use crate::id::Label;
use catalog::{Language, say};
use chart::Chart;
use charts::Drawn;
use html::{both, escape, section, text};
use sweep::Swept;

mod answer;
pub mod catalog;
mod chart;
mod charts;
mod compact;
mod html;
mod ledger;
mod markdown;
mod measure;
mod provenance;
pub mod raster;
pub mod sweep;
mod timeline;
mod trade;

/// What a report tells of in a chapter.
#[derive(Debug)]
pub enum Chapter {
    /// Results of an experiment.
    Runs(Box<Runs>),
    /// Merged results of a sweep.
    Sweep(Box<Swept>),
}

/// Results of an experiment.
#[derive(Debug)]
pub struct Runs {
    /// Their folder.
    pub folder: PathBuf,
    /// Their experiment.
    pub experiment: Experiment,
    /// Their manifest.
    pub manifest: Manifest,
}

impl Chapter {
    /// What was asked.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        match self {
            Self::Runs(runs) => &runs.experiment,
            Self::Sweep(swept) => &swept.sweep.experiment,
        }
    }

    /// Its sections; `place` is its place among so many chapters.
    fn sections(&self, place: usize, chapters: usize) -> Result<Vec<Section>, PlotError> {
        match self {
            Self::Runs(runs) => of_runs(runs, place, chapters),
            Self::Sweep(swept) => Ok(sweep::sections(swept, place)),
        }
    }
}

/// A section of a chapter.
#[derive(Debug)]
struct Section {
    key: &'static str,
    before: String,
    drawn: Drawn,
}

impl Section {
    fn of_text(key: &'static str, text: String) -> Self {
        Self { key, before: text, drawn: Drawn::default() }
    }

    fn of_charts(key: &'static str, drawn: Drawn) -> Self {
        Self { key, before: String::new(), drawn }
    }

    /// Its heading.
    fn title(&self) -> &'static Label {
        say(self.key)
    }

    /// Its id: what stands behind `section.` in the key of its heading.
    fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }

    fn inside(&self) -> String {
        let charts: String = self.drawn.charts.iter().map(Chart::html).collect();
        format!("{}{charts}{}", self.before, self.drawn.after)
    }
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
            let (id, label) = (anchor("result", place), both(&chapter.experiment().label));
            let _ = writeln!(body, "<li><a href=\"#{id}\">{label}</a></li>");
        }
        body.push_str("</ul></nav>\n");
    }
    for (place, chapter) in chapters.iter().enumerate() {
        body += &article(chapter.experiment(), place, &chapter.sections(place, chapters.len())?);
    }
    let title = match chapters {
        [one] => one.experiment().label.clone(),
        _ => say("page.several").clone(),
    };
    Ok(html::page(&title, first, &body))
}

/// Every chart of the report as SVG that stands alone, by the name of its file.
///
/// # Errors
/// When a table cannot be read or a picture not be drawn.
pub fn pictures(chapters: &[Chapter], language: Language) -> Result<Vec<(String, String)>, PlotError> {
    let mut found = Vec::new();
    for (place, chapter) in chapters.iter().enumerate() {
        let of = &chapter.experiment().label;
        for section in chapter.sections(place, chapters.len())? {
            found.extend(section.drawn.charts.iter().flat_map(|chart| chart.files(of, language)));
        }
    }
    Ok(found)
}

/// The report in short, as Markdown.
///
/// # Errors
/// When a table cannot be read.
pub fn markdown(chapters: &[Chapter], language: Language) -> Result<String, PlotError> {
    let mut out = Vec::new();
    for chapter in chapters {
        out.push(match chapter {
            Chapter::Runs(runs) => markdown::chapter(runs, &compare(&runs.experiment, &runs.folder)?, language),
            Chapter::Sweep(swept) => sweep::markdown(swept, language),
        });
    }
    Ok(out.join("\n"))
}

fn of_runs(runs: &Runs, place: usize, chapters: usize) -> Result<Vec<Section>, PlotError> {
    let Runs { folder, experiment, manifest } = runs;
    let compared = compare(experiment, folder)?;
    let figures = figures(experiment, folder)?;
    let share = charts::Share::among(&figures, experiment, chapters);
    let fans = |kind: usize| charts::fans(experiment, &figures, kind, share, place);
    let graphs = graphs(experiment, folder)?;
    let mut sections = vec![
        Section::of_text("section.answer", answer::html(experiment, &compared)),
        Section::of_text("section.arms", answer::arms(experiment, &compared)),
        Section::of_charts("section.prices", fans(0)?.or_note("prices.none")),
        Section::of_charts("section.unmet", fans(1)?.or_note("unmet.none")),
        Section::of_charts("section.stocks", fans(2)?.or_note("stocks.none")),
        Section::of_charts("section.trade", trade::drawn(experiment, folder, place)?.or_note("trade.none")),
    ];
    if !graphs.is_empty() {
        sections.push(Section::of_charts("section.curves", charts::curves(experiment, &graphs, place)?));
    }
    sections.push(Section::of_text("section.events", timeline::html(experiment, folder)?));
    // When no agency ever holds a tonne the books say so.
    let mut books = fans(3)?;
    books.after += &ledger::html(experiment, folder)?;
    sections.push(Section::of_charts("section.reserves", books));
    let provenance = provenance::html(experiment, manifest, &shown(folder));
    sections.push(Section::of_text("section.provenance", provenance));
    Ok(sections)
}

/// A folder as text.
fn shown(folder: &Path) -> String {
    folder.display().to_string()
}

fn article(experiment: &Experiment, place: usize, sections: &[Section]) -> String {
    let id = anchor("result", place);
    let mut out = format!(
        "<article id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h1 id=\"{id}-h\">{}</h1>\n",
        both(&experiment.label)
    );
    out += "<nav>";
    for part in sections {
        let _ = write!(out, "<a href=\"#{}\">{}</a>", anchor(part.name(), place), both(part.title()));
    }
    out += "</nav>\n";
    for (at, part) in sections.iter().enumerate() {
        if at == 1 {
            out += &tools(experiment, place);
        }
        out += &section(&anchor(part.name(), place), part.title(), &part.inside());
    }
    out + "</article>\n"
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
