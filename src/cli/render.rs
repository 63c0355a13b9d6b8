//! Problems on standard error: with the text around them on a terminal, one line each otherwise.

use std::io::{IsTerminal, Write as _};

use ariadne::{Color, Config, IndexType, Label, Report, ReportKind};

use crate::world_file::problem::{Problem, Problems, Severity, counted};
use crate::world_file::source::Sources;

/// Prints problems to standard error.
pub(super) fn problems(problems: &Problems, sources: &Sources) {
    let mut out = std::io::stderr().lock();
    // Nobody is left to tell when standard error is closed.
    let terminal = out.is_terminal();
    if terminal || anstyle_query::clicolor_force() {
        let _ = out.write_all(&pretty(problems, sources, colored(terminal)));
    } else {
        let _ = write!(out, "{problems}");
    }
    if !problems.is_empty() {
        let _ = writeln!(out, "{}", count(problems));
    }
}

/// Whether to color, by <https://no-color.org> and <https://bixense.com/clicolors>, as clap does.
fn colored(terminal: bool) -> bool {
    !anstyle_query::no_color()
        && (anstyle_query::clicolor_force() || terminal && anstyle_query::clicolor().unwrap_or(true))
}

/// `2 errors, 1 warning`.
pub(super) fn count(problems: &Problems) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let kinds = [(errors, "errors"), (warnings, "warnings")];
    let parts: Vec<String> =
        kinds.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| counted(count, kind)).collect();
    if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
}

/// Problems with the text around them.
pub(super) fn pretty(problems: &Problems, sources: &Sources, color: bool) -> Vec<u8> {
    let texts: Vec<(String, String)> =
        sources.ids().map(|id| (sources.name(id).to_owned(), sources.text(id).to_owned())).collect();
    let mut out = Vec::new();
    for problem in problems {
        if report(problem, sources, color).write(ariadne::sources(texts.clone()), &mut out).is_err() {
            out.extend_from_slice(format!("{problem}\n").as_bytes());
        }
    }
    out
}

fn report(problem: &Problem, sources: &Sources, color: bool) -> Report<'static, (String, std::ops::Range<usize>)> {
    let (kind, tint) = match problem.severity {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
    };
    let (start, end) = (problem.span.start, problem.span.end);
    let text = &sources.text(problem.span.source)[start..end];
    let first_line = start + text.find('\n').unwrap_or(text.len());
    let span = (problem.at.file.clone(), start..first_line);
    let config = Config::default().with_index_type(IndexType::Byte).with_color(color);
    let label = Label::new(span.clone()).with_color(tint).with_message(problem.instead.as_deref().unwrap_or("here"));
    let report = Report::build(kind, span).with_config(config).with_message(&problem.what).with_label(label);
    if problem.path.is_empty() { report.finish() } else { report.with_note(&problem.path).finish() }
}

/// The verb that goes with a number of things.
fn are(count: u64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// How far work has got.
pub(super) fn done_already(kept: u64, total: u64) -> String {
    format!("{kept} of {} {} done already", counted(total as usize, "runs"), are(kept))
}

/// That the files of results are what was written.
pub(super) fn as_written(files: usize) -> String {
    format!("{} {} as the manifest says", counted(files, "files"), are(files as u64))
}

/// That runs came out again as they were.
pub(super) fn run_again(again: usize, runs: usize) -> String {
    let were = if again == 1 { "was run again and is the same" } else { "were run again and are the same" };
    format!("{again} of {} {were}", counted(runs, "runs"))
}
