//! The second pass over a text that RON has accepted: every value with its span.

use super::super::problem::Problem;
use super::super::source::{SourceId, Sources, Span};
use super::super::tree::{Entry, Field, Kind, Node};
use super::{MAX_DEPTH, MAX_VALUES, problem};

/// Where a scan is in its text.
pub(super) struct Scanner<'a> {
    sources: &'a Sources,
    text: &'a str,
    source: SourceId,
    at: usize,
    depth: usize,
}

pub(super) type Scanned<T> = Result<T, Box<Problem>>;

/// The bracket that closes one, if it opens.
pub(super) fn closing(bracket: char) -> Option<char> {
    match bracket {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    }
}

impl<'t> Scanner<'t> {
    pub(super) fn new(sources: &'t Sources, source: SourceId) -> Self {
        Self { sources, text: sources.text(source), source, at: 0, depth: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
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

    pub(super) fn stop<T>(&self, what: &str, instead: &str) -> Scanned<T> {
        Err(Box::new(problem(self.sources, self.span_from(self.at), what.to_owned(), instead)))
    }

    fn lost<T>(&self) -> Scanned<T> {
        self.stop("this cannot be read", "write it as in docs/world-file.md")
    }

    /// Goes through brackets and commas outside strings and comments, each with its place, for as long as `goes_on` says. `false` at
    /// a string that is never closed.
    fn marks(&mut self, mut goes_on: impl FnMut(usize, char) -> bool) -> bool {
        while let Some(c) = self.peek() {
            match c {
                '"' if self.string_end() => continue,
                '"' => return false,
                'r' if self.raw_string_end() => continue,
                '/' if self.comment() => continue,
                '(' | '[' | '{' | ')' | ']' | '}' | ',' if !goes_on(self.at, c) => return true,
                _ => {}
            }
            self.at += c.len_utf8();
        }
        true
    }

    /// Refuses deep nesting and more values than there is room for, before anything recurses or is kept.
    pub(super) fn size_within_limits(&mut self) -> Scanned<()> {
        let (mut depth, mut values) = (0_usize, 0_usize);
        self.marks(|_, mark| {
            match mark {
                ',' => values += 1,
                opening if closing(opening).is_some() => (depth, values) = (depth + 1, values + 1),
                _ => depth = depth.saturating_sub(1),
            }
            depth <= MAX_DEPTH && values <= MAX_VALUES
        });
        if depth > MAX_DEPTH {
            return self.stop(&format!("brackets nested more than {MAX_DEPTH} deep"), "no world needs that");
        }
        if values > MAX_VALUES {
            return self.stop(&format!("more than {MAX_VALUES} values before here"), "no world needs that");
        }
        Ok(())
    }

    /// The bracket that is never closed, and where it was opened, in a text that cannot be read on from `stopped`.
    ///
    /// That one is, is seen from the whole text: it ends with a bracket open, or one is closed over another that is, and
    /// no more brackets close nothing, as they would after one that is closed twice.
    /// Which one, is seen from where reading stopped: the innermost that is open there, since what follows fits one further out.
    pub(super) fn unclosed(&mut self, stopped: usize) -> Option<(usize, char)> {
        let mut brackets: Vec<(usize, char)> = Vec::new();
        let sound = self.marks(|at, mark| {
            brackets.extend((mark != ',').then_some((at, mark)));
            true
        });
        let mut open: Vec<(usize, char)> = Vec::new();
        let mut innermost = None;
        let (mut missing, mut surplus) = (0, 0);
        for (at, bracket) in brackets {
            if at >= stopped && innermost.is_none() {
                innermost = open.last().copied();
            }
            let fits = |opened: &(usize, char)| closing(opened.1) == Some(bracket);
            if closing(bracket).is_some() {
                open.push((at, bracket));
            } else if let Some(place) = open.iter().rposition(fits) {
                if place + 1 < open.len() {
                    missing += open.len() - place - 1;
                    innermost = innermost.or(open.last().copied());
                }
                open.truncate(place);
            } else {
                surplus += 1;
            }
        }
        missing += open.len();
        (sound && missing > 0 && missing >= surplus).then(|| innermost.or(open.last().copied())).flatten()
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

    pub(super) fn blank(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.comment() {
                return;
            }
        }
    }

    /// Moves past the string that begins here; `false` when it never ends.
    fn string_end(&mut self) -> bool {
        self.at += 1;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '"' => return true,
                '\\' => self.at += self.peek().map_or(0, char::len_utf8),
                _ => {}
            }
        }
        false
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
    pub(super) fn attributes(&mut self) -> Scanned<()> {
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

    pub(super) fn value(&mut self) -> Scanned<Node> {
        self.blank();
        let start = self.at;
        match self.peek() {
            None => self.lost(),
            Some('(') => self.parentheses(start, None),
            Some('[') => {
                self.at += 1;
                let items = self.items(']')?;
                Ok(Node { span: self.span_from(start), name: None, kind: Kind::List(items.into()) })
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
        Ok(Node { span: self.span_from(start), name: None, kind: Kind::Map(entries.into()) })
    }

    fn parentheses(&mut self, start: usize, name: Option<String>) -> Scanned<Node> {
        self.at += 1;
        let kind = if self.names_a_field() {
            Kind::Struct(self.fields()?.into())
        } else {
            Kind::Tuple(self.items(')')?.into())
        };
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
