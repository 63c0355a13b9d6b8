//! Texts that a world is made from, and places in them.

use serde::Serialize;

/// One of the texts in [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A stretch of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A place as people read it. Columns count characters; both count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Name of the text, usually a file.
    pub file: String,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// Named texts: a world file, an experiment file, each `--set` of a command line.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

#[derive(Debug, Clone)]
struct Source {
    name: String,
    text: String,
    lines: Vec<usize>,
    /// Characters before every [`STRIDE`]th byte, so that a column in a long line is soon counted.
    characters: Vec<usize>,
}

/// Bytes between two counts of characters.
const STRIDE: usize = 1 << 12;

impl Source {
    fn new(name: &str, text: String) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        for piece in text.as_bytes().chunks(STRIDE) {
            let begun = piece.iter().filter(|byte| begins_character(**byte)).count();
            characters.push(characters[characters.len() - 1] + begun);
        }
        Self { name: name.to_owned(), text, lines, characters }
    }

    /// Characters before a byte.
    fn characters_before(&self, at: usize) -> usize {
        let piece = at / STRIDE;
        let rest = &self.text.as_bytes()[piece * STRIDE..at];
        self.characters[piece] + rest.iter().filter(|byte| begins_character(**byte)).count()
    }
}

/// Whether a byte of UTF-8 is the first of its character.
const fn begins_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

impl Sources {
    /// Keeps a text under a name; a byte order mark at its head is dropped.
    pub fn add(&mut self, name: &str, text: &str) -> SourceId {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.0.push(Source::new(name, text.to_owned()));
        SourceId((self.0.len() - 1) as u32)
    }

    /// Puts the text of one line, which was read with a part of it hidden, in place of the last text.
    pub(super) fn reveal_last(&mut self, line: &str) -> SourceId {
        let source = self.0.last_mut().expect("bug: no text to reveal");
        if source.text.len() == line.len() {
            line.clone_into(&mut source.text);
        }
        SourceId((self.0.len() - 1) as u32)
    }

    /// Texts held so far.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.0.len()).map(|i| SourceId(i as u32))
    }

    /// Name of a text.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        &self.0[id.0 as usize].name
    }

    /// A text.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        &self.0[id.0 as usize].text
    }

    /// The whole of a text.
    #[must_use]
    pub fn whole(&self, id: SourceId) -> Span {
        Span { source: id, start: 0, end: self.text(id).len() }
    }

    /// Where a stretch begins.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let source = &self.0[span.source.0 as usize];
        let mut start = span.start.min(source.text.len());
        while !source.text.is_char_boundary(start) {
            start -= 1;
        }
        let line = source.lines.partition_point(|&at| at <= start);
        let column = source.characters_before(start) - source.characters_before(source.lines[line - 1]) + 1;
        Place { file: source.name.clone(), line, column }
    }

    /// Byte of a line and column, both from 1; clamped to the text.
    #[must_use]
    pub fn byte(&self, id: SourceId, line: usize, column: usize) -> usize {
        let source = &self.0[id.0 as usize];
        let Some(&begin) = source.lines.get(line.saturating_sub(1)) else { return source.text.len() };
        let rest = &source.text[begin..];
        begin + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_and_a_byte_order_mark_counts_for_nothing() {
        let mut sources = Sources::default();
        let id = sources.add("a.ron", "\u{feff}(\n  \"钴\": x,\n)");
        let start = sources.text(id).find('x').expect("there");
        let place = sources.place(Span { source: id, start, end: start + 1 });
        assert_eq!((place.line, place.column), (2, 8));
        assert_eq!(sources.byte(id, 2, 8), start);
    }

    #[test]
    fn columns_of_a_long_line_are_counted_as_those_of_a_short_one() {
        let mut sources = Sources::default();
        let text = format!("a\n{}x", "é钴b".repeat(5_000));
        let source = sources.add("long.ron", &text);
        for (start, _) in text.char_indices().filter(|(at, _)| at % 7 < 3 || at % STRIDE < 4) {
            let place = sources.place(Span { source, start, end: start });
            let column = if start < 2 { start } else { text[2..start].chars().count() };
            assert_eq!(place.column, column + 1, "byte {start}");
        }
    }
}
