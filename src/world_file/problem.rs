//! What is wrong with a file, where, and what to write instead. A check collects every problem before it stops.

use std::fmt;

use serde::Serialize;

use super::source::{Place, Span};

/// Whether a file can be used in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but probably says something else than was meant.
    Warning,
}

/// Something wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Where.
    pub at: Place,
    /// Stretch of text that it concerns.
    #[serde(skip)]
    pub span: Span,
    /// The value's path, such as `mines["red-hill"].nation`; empty for the file as a whole.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.at.file, self.at.line, self.at.column)?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)?;
        self.instead.as_ref().map_or(Ok(()), |instead| write!(f, "; {instead}"))
    }
}

/// Problems in order of place, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Sorts and removes repetitions.
    #[must_use]
    pub fn new(mut list: Vec<Problem>) -> Self {
        list.sort_by(|a, b| {
            let key = |p: &Problem| (p.span, p.severity);
            key(a).cmp(&key(b)).then_with(|| (&a.path, &a.what).cmp(&(&b.path, &b.what)))
        });
        list.dedup_by(|b, a| (a.severity, a.span, &a.path, &a.what) == (b.severity, b.span, &b.path, &b.what));
        Self(list)
    }

    /// The problems of two checks together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(self.0.into_iter().chain(other.0).collect())
    }

    /// In order of place.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether any forbids using the file.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|problem| problem.severity == Severity::Error)
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    /// One line per problem.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| writeln!(f, "{problem}"))
    }
}

impl std::error::Error for Problems {}

/// Most names among which the nearest is looked for.
const MAX_CANDIDATES: usize = 500;

/// The candidate with the fewest edits from `name`, unless more than half of it would change.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let edits = |candidate: &&str| edit_distance(&name.to_lowercase(), &candidate.to_lowercase());
    let best = candidates.into_iter().take(MAX_CANDIDATES).min_by_key(edits)?;
    (edits(&best) * 2 <= name.chars().count().max(best.chars().count())).then_some(best)
}

/// `no <kind> "<name>"` and the nearest name or all names there are.
#[must_use]
pub fn unknown_name(kind: &str, name: &str, candidates: &[&str]) -> (String, Option<String>) {
    let shown: String = name.chars().take(60).collect();
    let instead = match nearest(name, candidates.iter().copied()) {
        Some(best) => format!("the nearest name is \"{best}\""),
        None if candidates.is_empty() => format!("the file names no {kind}"),
        None if candidates.len() > 12 => format!("there are {} names, from \"{}\" on", candidates.len(), candidates[0]),
        None => there_is(candidates),
    };
    (format!("no {kind} \"{}\"", shown.escape_debug()), Some(instead))
}

/// A text without its end if that is far away: messages quote what a file says, however long.
#[must_use]
pub fn shortened(mut text: String) -> String {
    const MOST: usize = 4_000;
    if text.len() > MOST {
        text.truncate((0..=MOST).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0));
        text.push('…');
    }
    text
}

/// Which names there are.
#[must_use]
pub fn there_is(names: &[&str]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("there {verb} {}", quoted(names))
}

/// A number of things, named by their plural: `1 mine`, `2 mines`.
#[must_use]
pub fn counted(count: usize, plural: &str) -> String {
    let one = match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.trim_end_matches('s').to_owned(),
    };
    if count == 1 { format!("1 {one}") } else { format!("{count} {plural}") }
}

/// `"a"`, `"a" and "b"`, `"a", "b" and "c"`.
#[must_use]
pub fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Insertions, deletions, substitutions and swaps of neighbors that turn one name into the other.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(80).collect(), b.chars().take(80).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            row.push(if swap { best.min(rows[i - 2][j - 2] + 1) } else { best });
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_a_singular() {
        for (count, plural, written) in [(1, "mines", "1 mine"), (1, "policies", "1 policy"), (0, "mines", "0 mines")] {
            assert_eq!(counted(count, plural), written);
        }
    }

    #[test]
    fn the_nearest_name_is_a_typing_error_away() {
        let names = ["chile", "china", "drc"];
        for (typed, meant) in
            [("chille", Some("chile")), ("Chnia", Some("china")), ("dcr", Some("drc")), ("peru", None)]
        {
            assert_eq!(nearest(typed, names), meant, "{typed}");
        }
        assert_eq!(nearest("x", []), None);
    }
}
