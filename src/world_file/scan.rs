//! From text to tree. RON's own parser says whether a text is well formed; it keeps no places and silently drops
//! duplicate keys, so a second pass of ours, over text that it has accepted, keeps every value with its span.

use ron::error::SpannedError;
use ron::extensions::Extensions;
use serde::de::IgnoredAny;

use super::problem::{Problem, Problems, Severity};
use super::source::{SourceId, Sources, Span};
use super::tree::Node;

mod scanner;

use scanner::{Scanner, closing};

/// The longest file.
pub const MAX_BYTES: usize = 8 << 20;
/// The deepest nesting of brackets.
pub const MAX_DEPTH: usize = 64;
/// Most values in a file: commas and opening brackets. The largest world that comes with the program has 7,000.
pub const MAX_VALUES: usize = 200_000;
/// How many odd characters are reported one by one.
const ODD_SHOWN: usize = 10;

/// RON as files of ours use it: with implicit `Some`, and no other extension.
#[must_use]
pub fn ron() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

/// Reads bytes into a tree.
///
/// # Errors
/// When they are no text, hold characters that a reader cannot see, or are not RON.
pub fn read(sources: &mut Sources, name: &str, bytes: &[u8]) -> Result<Node, Problems> {
    let text = if bytes.len() > MAX_BYTES { Ok("") } else { std::str::from_utf8(bytes) };
    let (shown, broken) = match text {
        Ok(text) => (text.to_owned(), None),
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            (String::from_utf8_lossy(valid).into_owned(), Some(bytes[error.valid_up_to()]))
        }
    };
    let id = sources.add(name, &shown);
    let end = sources.whole(id).end;
    let fatal = |at: usize, what: String, instead: &str| {
        Err(Problems::new(vec![problem(sources, Span { source: id, start: at, end: at }, what, instead)]))
    };
    if bytes.len() > MAX_BYTES {
        let what = format!("the file has {} bytes, more than the {MAX_BYTES} that are read", bytes.len());
        return fatal(0, what, "split the question or drop what is not used");
    }
    if let Some(byte) = broken {
        return fatal(end, format!("the byte 0x{byte:02x} is not UTF-8"), "save the file as UTF-8 text");
    }
    let mut problems = odd_characters(sources, id);
    let tree = scan(sources, id);
    match tree {
        Ok(tree) if problems.is_empty() => return Ok(tree),
        Ok(_) => {}
        // What RON trips over may be one of the odd characters, which has been reported better.
        Err(problem) if problems.iter().any(|odd| odd.span.start == problem.span.start) => {}
        Err(problem) => problems.push(*problem),
    }
    Err(Problems::new(problems))
}

/// Reads a literal of our own, such as a default value, as if it stood at `span`.
///
/// # Panics
/// When the literal is not RON.
#[must_use]
pub fn builtin(literal: &str, span: Span) -> Node {
    let mut sources = Sources::default();
    let id = sources.add("default", literal);
    let mut node = scan(&sources, id).expect("bug: a default value that is not RON");
    node.move_to(span);
    node
}

fn scan(sources: &Sources, id: SourceId) -> Result<Node, Box<Problem>> {
    let mut scanner = Scanner::new(sources, id);
    scanner.blank();
    if scanner.peek().is_none() {
        return Scanner::new(sources, id).stop("there is nothing here", "write World( .. ) or Experiment( .. )");
    }
    Scanner::new(sources, id).size_within_limits()?;
    ron().from_str::<IgnoredAny>(sources.text(id)).map_err(|error| Box::new(syntax(sources, id, &error)))?;
    let mut scanner = Scanner::new(sources, id);
    scanner.attributes()?;
    scanner.value()
}

fn problem(sources: &Sources, span: Span, what: String, instead: &str) -> Problem {
    let instead = (!instead.is_empty()).then(|| instead.to_owned());
    Problem { severity: Severity::Error, at: sources.place(span), span, path: String::new(), what, instead }
}

/// RON's message at its place, with what usually lies behind it.
fn syntax(sources: &Sources, id: SourceId, error: &SpannedError) -> Problem {
    use ron::Error as E;
    let at = sources.byte(id, error.span.start.line, error.span.start.col);
    let end = sources.byte(id, error.span.end.line, error.span.end.col).max(at);
    let ends = |close: &str| format!("separate the values by a comma, or close with `{close}`");
    let instead = match &error.code {
        E::Eof | E::ExpectedStringEnd | E::UnclosedBlockComment => {
            "something is left open: look for the bracket, quote or comment that is never closed".to_owned()
        }
        E::ExpectedStructLikeEnd => ends(")"),
        E::ExpectedMapEnd => ends("}"),
        E::ExpectedArrayEnd => ends("]"),
        E::ExpectedMapColon => "write `name: value`".to_owned(),
        E::TrailingCharacters => "one file holds one value: look for a bracket closed too early".to_owned(),
        E::ExpectedComma => {
            "separate the values by a comma, or look before this for a quote or bracket that is closed too early or never"
                .to_owned()
        }
        E::ExpectedIdentifier => "write a field's name here, or look for a bracket of another kind than it closes".to_owned(),
        E::InvalidEscape(_) => "write \\\\ for a backslash".to_owned(),
        E::UnexpectedChar('}' | ']' | ')') => "look for a missing value or a bracket of another kind".to_owned(),
        E::ExpectedAttribute | E::NoSuchExtension(_) => "drop the attribute line".to_owned(),
        _ => String::new(),
    };
    // RON points to where it went on from, which for these is the end of what it could not go on with.
    let at =
        if matches!(error.code, E::ExpectedStructLikeEnd | E::ExpectedMapEnd | E::ExpectedArrayEnd) { end } else { at };
    let reason = lower_first(&error.code.to_string());
    let other = matches!(error.code, E::ExpectedStringEnd | E::UnclosedBlockComment | E::InvalidEscape(_));
    let unclosed = if other { None } else { Scanner::new(sources, id).unclosed(at) };
    if let Some((open, bracket)) = unclosed
        && let Some(close) = closing(bracket)
    {
        let stopped = sources.place(Span { source: id, start: at, end });
        let (line, column) = (stopped.line, stopped.column);
        let what = format!("not RON: this `{bracket}` is never closed ({reason} at {line}:{column})");
        let instead = format!("write `{close}` before {line}:{column}");
        return problem(sources, Span { source: id, start: open, end: open + 1 }, what, &instead);
    }
    problem(sources, Span { source: id, start: at, end }, format!("not RON: {reason}"), &instead)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.as_str().chars().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// Whether a reader could not see a character, or would see the line in another order.
#[must_use]
pub fn is_odd(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    control || invisible
}

fn odd_characters(sources: &Sources, id: SourceId) -> Vec<Problem> {
    let mut runs: Vec<(usize, usize, char, usize)> = Vec::new();
    for (start, c) in sources.text(id).char_indices().filter(|&(_, c)| is_odd(c)) {
        let end = start + c.len_utf8();
        match runs.last_mut() {
            Some(run) if run.1 == start => (run.1, run.3) = (end, run.3 + 1),
            _ => runs.push((start, end, c, 1)),
        }
    }
    let more = runs.len().saturating_sub(ODD_SHOWN);
    runs.truncate(ODD_SHOWN);
    let mut problems = Vec::new();
    for (i, &(start, end, c, count)) in runs.iter().enumerate() {
        let many = if count > 1 { format!(" and {} beside it", count - 1) } else { String::new() };
        let rest = if i + 1 == ODD_SHOWN && more > 0 { format!(" ({more} more further on)") } else { String::new() };
        let what = format!("a character that readers cannot see, U+{:04X}{many}{rest}", u32::from(c));
        problems.push(problem(sources, Span { source: id, start, end }, what, "delete it"));
    }
    problems
}
