//! A file as a tree in which every value knows where it was written.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::source::Span;

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// The name before its parenthesis, such as `Tonnes` in `Tonnes(5)`.
    pub name: Option<String>,
    /// What it is made of.
    pub kind: Kind,
}

/// What a value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `(a: 1, b: 2)`.
    Struct(Parts<Field>),
    /// `(1, 2)`, `Tonnes(5)` or `()`.
    Tuple(Parts<Node>),
    /// `{ "a": 1, "b": 2 }`.
    Map(Parts<Entry>),
    /// `[1, 2]`.
    List(Parts<Node>),
    /// Number, text, truth value or bare name, as written.
    Leaf(String),
}

/// What a value is made of, shared by copies of a tree until one of them changes it: a sweep copies a world for every point
/// and sets a few values in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts<T>(Arc<Vec<T>>);

impl<T> Parts<T> {
    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

impl<T> From<Vec<T>> for Parts<T> {
    fn from(parts: Vec<T>) -> Self {
        Self(Arc::new(parts))
    }
}

impl<T> FromIterator<T> for Parts<T> {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        Vec::from_iter(parts).into()
    }
}

impl<T> Deref for Parts<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Clone> DerefMut for Parts<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Clone> IntoIterator for Parts<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Parts<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut Parts<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

/// `name: value` in a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Where the name stands.
    pub at: Span,
    /// Value.
    pub value: Node,
}

/// `key: value` in a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Key.
    pub key: Node,
    /// Value.
    pub value: Node,
}

impl Node {
    /// The text of a leaf.
    #[must_use]
    pub fn leaf(&self) -> Option<&str> {
        match &self.kind {
            Kind::Leaf(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is the bare name `None`.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.leaf() == Some("None")
    }

    /// Where its parts lie in memory, if it has parts: the same for copies of a tree until one of them changes something in it.
    #[must_use]
    pub fn address(&self) -> Option<usize> {
        match &self.kind {
            Kind::Struct(fields) => Some(fields.address()),
            Kind::Tuple(items) | Kind::List(items) => Some(items.address()),
            Kind::Map(entries) => Some(entries.address()),
            Kind::Leaf(_) => None,
        }
    }

    /// A field's value.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Struct(fields) => fields.iter().find(|field| field.name == name).map(|field| &field.value),
            _ => None,
        }
    }

    /// The text that a string leaf stands for.
    #[must_use]
    pub fn string(&self) -> Option<String> {
        let text = self.leaf()?;
        let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match inside.filter(|inside| !inside.contains(['\\', '"'])) {
            Some(plain) => Some(plain.to_owned()),
            None => super::scan::ron().from_str(text).ok(),
        }
    }

    /// What a key is called in a path: a string without its quotes, anything else as written.
    #[must_use]
    pub fn key_text(&self) -> String {
        self.string().or_else(|| self.leaf().map(str::to_owned)).unwrap_or_default()
    }

    /// What it is, in a few words, for a message.
    #[must_use]
    pub fn describe(&self) -> String {
        match (&self.kind, &self.name) {
            (Kind::Struct(_) | Kind::Tuple(_), Some(name)) => format!("{name}(..)"),
            (Kind::Struct(_), None) => "a record (name: ..)".to_owned(),
            (Kind::Tuple(items), None) if items.is_empty() => "an empty ()".to_owned(),
            (Kind::Tuple(_), None) => "values in parentheses".to_owned(),
            (Kind::Map(_), _) => "a map {..}".to_owned(),
            (Kind::List(_), _) => "a list [..]".to_owned(),
            (Kind::Leaf(text), _) => {
                let short: String = text.chars().take(40).collect();
                let dots = if short.len() < text.len() { "…" } else { "" };
                match text.chars().next() {
                    Some('"') => format!("the text {short}{dots}"),
                    Some('0'..='9' | '-' | '+' | '.') => format!("the number {short}{dots}"),
                    _ => format!("`{short}{dots}`"),
                }
            }
        }
    }

    /// Moves it, with all that is in it, to a place: for values that nobody wrote.
    pub fn move_to(&mut self, span: Span) {
        self.span = span;
        match &mut self.kind {
            Kind::Struct(fields) => {
                for field in fields {
                    field.at = span;
                    field.value.move_to(span);
                }
            }
            Kind::Tuple(items) | Kind::List(items) => items.iter_mut().for_each(|item| item.move_to(span)),
            Kind::Map(entries) => {
                for entry in entries {
                    entry.key.move_to(span);
                    entry.value.move_to(span);
                }
            }
            Kind::Leaf(_) => {}
        }
    }
}
