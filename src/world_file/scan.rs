//! From text to tree. RON's own parser says whether a text is well formed; it keeps no places and silently drops
//! duplicate keys, so a second pass of ours, over text that it has accepted, keeps every value with its span.

use ron::error::SpannedError;
use ron::extensions::Extensions;
use serde::de::IgnoredAny;

use super::problem::{Problem, Problems, Severity};
use super::source::{SourceId, Sources, Span};
use super::tree::{Entry, Field, Kind, Node};

/// The longest file.
pub const MAX_BYTES: usize = 8 << 20;
/// The deepest nesting of brackets.
pub const MAX_DEPTH: usize = 64;
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
    let text = sources.text(id);
    if text.trim().is_empty() {
        let at = Span { source: id, start: 0, end: 0 };
        return Err(Box::new(problem(sources, at, "there is nothing here".to_owned(), "write World( .. )")));
    }
    let mut scanner = Scanner { sources, text, source: id, at: 0, depth: 0 };
    scanner.depth_within_limit()?;
    ron().from_str::<IgnoredAny>(text).map_err(|error| Box::new(syntax(sources, id, &error)))?;
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
        E::ExpectedComma => "separate the values by a comma".to_owned(),
        E::UnexpectedChar('}' | ']' | ')') => "look for a missing value or a bracket of another kind".to_owned(),
        E::ExpectedAttribute | E::NoSuchExtension(_) => "drop the attribute line".to_owned(),
        _ => String::new(),
    };
    // RON points to where it went on from, which for these is the end of what it could not go on with.
    let at =
        if matches!(error.code, E::ExpectedStructLikeEnd | E::ExpectedMapEnd | E::ExpectedArrayEnd) { end } else { at };
    let what = format!("not RON: {}", lower_first(&error.code.to_string()));
    problem(sources, Span { source: id, start: at, end }, what, &instead)
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
    let odd = sources.text(id).char_indices().filter(|&(_, c)| is_odd(c));
    let mut found: Vec<(usize, char)> = odd.collect();
    let more = found.len().saturating_sub(ODD_SHOWN);
    found.truncate(ODD_SHOWN);
    let mut problems: Vec<Problem> = Vec::new();
    for (i, &(start, c)) in found.iter().enumerate() {
        let span = Span { source: id, start, end: start + c.len_utf8() };
        let rest =
            if i + 1 == ODD_SHOWN && more > 0 { format!(" (and {more} more further on)") } else { String::new() };
        let what = format!("a character that readers cannot see, U+{:04X}{rest}", u32::from(c));
        problems.push(problem(sources, span, what, "delete it"));
    }
    problems
}

struct Scanner<'a> {
    sources: &'a Sources,
    text: &'a str,
    source: SourceId,
    at: usize,
    depth: usize,
}

type Scanned<T> = Result<T, Box<Problem>>;

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn span_from(&self, start: usize) -> Span {
        Span { source: self.source, start, end: self.at }
    }

    fn stop<T>(&self, what: &str, instead: &str) -> Scanned<T> {
        Err(Box::new(problem(self.sources, self.span_from(self.at), what.to_owned(), instead)))
    }

    fn lost<T>(&self) -> Scanned<T> {
        self.stop("this cannot be read", "write it as in docs/world-file.md")
    }

    /// Refuses deep nesting before anything recurses; brackets in strings and comments do not count.
    fn depth_within_limit(&mut self) -> Scanned<()> {
        let mut depth = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    self.string_end();
                    continue;
                }
                'r' if self.raw_string_end() => continue,
                '/' if self.comment() => continue,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_DEPTH {
                return self.stop(&format!("brackets nested more than {MAX_DEPTH} deep"), "no world needs that");
            }
            self.at += c.len_utf8();
        }
        self.at = 0;
        Ok(())
    }

    /// Skips one comment, if one begins here.
    fn comment(&mut self) -> bool {
        if self.eat("//") {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            return true;
        }
        if !self.eat("/*") {
            return false;
        }
        let mut open = 1;
        while let Some(c) = self.peek().filter(|_| open > 0) {
            if self.eat("/*") {
                open += 1;
            } else if self.eat("*/") {
                open -= 1;
            } else {
                self.at += c.len_utf8();
            }
        }
        true
    }

    fn blank(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.comment() {
                return;
            }
        }
    }

    /// Moves past the string that begins here.
    fn string_end(&mut self) {
        self.at += 1;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '"' => return,
                '\\' => self.at += self.peek().map_or(0, char::len_utf8),
                _ => {}
            }
        }
    }

    /// Moves past the raw string that begins here, if one does.
    fn raw_string_end(&mut self) -> bool {
        let hashes = self.rest()[1..].chars().take_while(|&c| c == '#').count();
        if !self.rest()[1 + hashes..].starts_with('"') {
            return false;
        }
        self.at += hashes + 2;
        let close = format!("\"{}", "#".repeat(hashes));
        self.at += self.rest().find(&close).map_or(self.rest().len(), |end| end + close.len());
        true
    }

    /// Lines such as `#![type = ".."]`, which tell editors what the file is.
    fn attributes(&mut self) -> Scanned<()> {
        self.blank();
        while self.peek() == Some('#') {
            let line: String = self.rest().chars().take_while(|&c| c != ']').filter(|c| !c.is_whitespace()).collect();
            let harmless = line == "#![enable(implicit_some)" || line == "#![enable(implicit_some,)";
            if line.starts_with("#![enable") && !harmless {
                return self.stop("extensions of RON cannot be enabled", "drop the line; implicit_some is always on");
            }
            while let Some(c) = self.peek() {
                if c == '"' {
                    self.string_end();
                } else {
                    self.at += c.len_utf8();
                }
                if c == ']' {
                    break;
                }
            }
            self.blank();
        }
        Ok(())
    }

    fn identifier(&mut self) -> Option<String> {
        let start = self.at;
        if self.rest().starts_with("r#") && !self.rest().starts_with("r#\"") && !self.rest().starts_with("r##") {
            self.at += 2;
            let raw = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
            let name: String = self.rest().chars().take_while(|&c| raw(c)).collect();
            self.at += name.len();
            return (!name.is_empty()).then_some(name);
        }
        let first = self.peek()?;
        let next = self.rest().chars().nth(1);
        let literal = matches!((first, next), ('b', Some('"' | '\'')) | ('r', Some('"' | '#')))
            || self.rest().starts_with("br\"")
            || self.rest().starts_with("br#");
        if literal || !(first.is_alphabetic() || first == '_') {
            return None;
        }
        let name = |c: char| {
            !c.is_whitespace() && !matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | ':' | '/' | '"' | '\'')
        };
        while let Some(c) = self.peek().filter(|&c| name(c)) {
            self.at += c.len_utf8();
        }
        Some(self.text[start..self.at].to_owned())
    }

    fn value(&mut self) -> Scanned<Node> {
        self.blank();
        let start = self.at;
        match self.peek() {
            None => self.lost(),
            Some('(') => self.parentheses(start, None),
            Some('[') => {
                self.at += 1;
                let items = self.items(']')?;
                Ok(Node { span: self.span_from(start), name: None, kind: Kind::List(items) })
            }
            Some('{') => self.map(start),
            Some(_) => {
                let Some(name) = self.identifier() else { return self.token(start) };
                let after = self.at;
                self.blank();
                if self.peek() == Some('(') {
                    return self.parentheses(start, Some(name));
                }
                self.at = after;
                Ok(Node { span: self.span_from(start), name: None, kind: Kind::Leaf(name) })
            }
        }
    }

    /// A string, a character or a number.
    fn token(&mut self, start: usize) -> Scanned<Node> {
        let rest = self.rest();
        if rest.starts_with('"') {
            self.string_end();
        } else if rest.starts_with("b\"") {
            self.at += 1;
            self.string_end();
        } else if rest.starts_with("br") {
            self.at += 1;
            self.raw_string_end();
        } else if rest.starts_with('r') && self.raw_string_end() {
        } else if rest.starts_with('\'') || rest.starts_with("b'") {
            self.at += rest.find('\'').unwrap_or(0) + 1;
            let escaped = self.rest().starts_with('\\');
            self.at += self.rest().chars().take(1 + usize::from(escaped)).map(char::len_utf8).sum::<usize>();
            self.at += self.rest().find('\'').map_or(0, |end| end + 1);
        } else {
            let end = |c: char| c.is_whitespace() || matches!(c, ',' | ')' | ']' | '}' | ':' | '/');
            self.at += rest.find(end).unwrap_or(rest.len());
        }
        if self.at == start {
            return self.lost();
        }
        let kind = Kind::Leaf(self.text[start..self.at].to_owned());
        Ok(Node { span: self.span_from(start), name: None, kind })
    }

    /// Values up to the closing bracket.
    fn items(&mut self, close: char) -> Scanned<Vec<Node>> {
        self.deeper()?;
        let mut items = Vec::new();
        loop {
            self.blank();
            if self.peek() == Some(close) {
                break;
            }
            items.push(self.value()?);
            if !self.comma_or(close) {
                return self.lost();
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(items)
    }

    fn map(&mut self, start: usize) -> Scanned<Node> {
        self.at += 1;
        self.deeper()?;
        let mut entries = Vec::new();
        loop {
            self.blank();
            if self.peek() == Some('}') {
                break;
            }
            let key = self.value()?;
            self.blank();
            if !self.eat(":") {
                return self.lost();
            }
            entries.push(Entry { key, value: self.value()? });
            if !self.comma_or('}') {
                return self.lost();
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(Node { span: self.span_from(start), name: None, kind: Kind::Map(entries) })
    }

    fn parentheses(&mut self, start: usize, name: Option<String>) -> Scanned<Node> {
        self.at += 1;
        let kind = if self.names_a_field() { Kind::Struct(self.fields()?) } else { Kind::Tuple(self.items(')')?) };
        match (name.as_deref(), kind) {
            (Some("Some"), Kind::Tuple(mut items)) if items.len() == 1 => Ok(items.swap_remove(0)),
            (_, kind) => Ok(Node { span: self.span_from(start), name, kind }),
        }
    }

    /// Whether `name :` comes next; stays where it is.
    fn names_a_field(&mut self) -> bool {
        let start = self.at;
        self.blank();
        let named = self.identifier().is_some() && {
            self.blank();
            self.peek() == Some(':')
        };
        self.at = start;
        named
    }

    fn fields(&mut self) -> Scanned<Vec<Field>> {
        self.deeper()?;
        let mut fields = Vec::new();
        loop {
            self.blank();
            if self.peek() == Some(')') {
                break;
            }
            let start = self.at;
            let Some(name) = self.identifier() else { return self.lost() };
            let at = self.span_from(start);
            self.blank();
            if !self.eat(":") {
                return self.lost();
            }
            fields.push(Field { name, at, value: self.value()? });
            if !self.comma_or(')') {
                return self.lost();
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(fields)
    }

    fn comma_or(&mut self, close: char) -> bool {
        self.blank();
        self.eat(",") || self.peek() == Some(close)
    }

    fn deeper(&mut self) -> Scanned<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { self.lost() } else { Ok(()) }
    }
}
