//! From tree to values, gathering every problem on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::problem::{Problem, Problems, Severity, nearest, shortened};
use super::scan;
use super::shape::{self, Shape};
use super::source::{Sources, Span};
use super::tree::{Entry, Kind, Node};

mod memory;

use memory::Memory;
pub use memory::Readings;

/// Something that can be read from a tree.
pub trait Decode: Sized + Clone + Send + Sync + 'static {
    /// What it looks like in a file.
    fn shape() -> Shape;

    /// Reads it; when that fails there is at least one problem more in `cx`.
    fn decode(node: &Node, cx: &mut Cx) -> Option<Self>;

    /// Reads what stands in the parentheses of a variant that holds it.
    fn body(node: &Node, cx: &mut Cx) -> Option<Self> {
        match &node.kind {
            Kind::Tuple(items) if items.len() == 1 => cx.read(&items[0]),
            _ => {
                let name = node.name.as_deref().or(node.leaf()).unwrap_or_default();
                let instead = format!("write {name}({})", Self::shape().write());
                cx.error(node.span, format!("{name} holds one value"), Some(instead));
                None
            }
        }
    }

    /// What holds when it is missing.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }

    /// What stands in for it after a problem, so that the checks after it go on: of numbers what no comparison holds for. It
    /// stands where the value was written; what is said of that place after the problem is not told.
    #[must_use]
    fn recover(_at: &Origin) -> Option<Self> {
        None
    }
}

/// Where a value was written, for checks that come later.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Stretch of text.
    pub span: Span,
    /// Path, such as `mines["red-hill"].nation`.
    pub path: Arc<str>,
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// Value.
    pub value: T,
    /// Where.
    pub origin: Origin,
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// A step of a path.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// A field.
    Field(&'a str),
    /// A key, as its file writes it.
    Key(&'a str),
    /// A place in a list.
    Index(usize),
}

/// Most entries of a map.
pub const MAX_ENTRIES: usize = 5_000;

/// Most problems that one check keeps; any after these are counted.
const MAX_PROBLEMS: usize = 1_000;

/// Names of every kind that references are checked by.
type Known = Vec<(&'static str, Vec<String>)>;

/// Paths of values that could not be read and that others stand in for.
pub type Replaced = BTreeSet<Arc<str>>;

/// What a check needs at hand: the texts, the path to where it is, and the problems found.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The texts.
    pub sources: &'a Sources,
    path: String,
    problems: Vec<Problem>,
    /// Problems that are counted but not kept.
    further: usize,
    /// Where others stand in for values that could not be read; nothing when none may.
    replaced: Option<Replaced>,
    known: Known,
    memory: Memory<'a>,
    /// Fields that are missing because another name is written for them, with the span of their record.
    misspelt: Vec<(Span, &'static str)>,
    /// Trees of defaults so far: most are asked for by every agent of a kind.
    defaults: BTreeMap<&'static str, Node>,
}

impl<'a> Cx<'a> {
    /// At the root, with no problem.
    #[must_use]
    pub fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            path: String::new(),
            problems: Vec::new(),
            further: 0,
            replaced: None,
            known: Vec::new(),
            memory: Memory::None,
            misspelt: Vec::new(),
            defaults: BTreeMap::new(),
        }
    }

    /// From now on something stands in for a value that cannot be read, if it can, so that whatever is around it is checked
    /// too. Whoever asks for it must not use what is read when there is an error.
    pub fn replace(&mut self) {
        self.replaced = Some(Replaced::new());
    }

    /// Where others stand in for values that could not be read.
    #[must_use]
    pub fn replaced(&self) -> Replaced {
        self.replaced.clone().unwrap_or_default()
    }

    /// At the root, with no problem, after a check that let others stand in for values that could not be read.
    #[must_use]
    pub fn after(sources: &'a Sources, replaced: Replaced) -> Self {
        Self { replaced: Some(replaced), ..Self::new(sources) }
    }

    /// Whether what was read there only stands in for what was written.
    #[must_use]
    pub fn is_replaced(&self, origin: &Origin) -> bool {
        self.replaced.as_ref().is_some_and(|replaced| replaced.contains(&origin.path))
    }

    /// Reads a value, or takes what stands in for it.
    pub fn read<T: Decode>(&mut self, node: &Node) -> Option<T> {
        T::decode(node, self).or_else(|| self.stand_in(node.span))
    }

    /// What stands in for a value at the path.
    fn stand_in<T: Decode>(&mut self, span: Span) -> Option<T> {
        let origin = self.origin(span);
        let replaced = self.replaced.as_mut()?;
        let value = T::recover(&origin)?;
        replaced.insert(origin.path);
        Some(value)
    }

    /// The problems found.
    #[must_use]
    pub fn finish(mut self) -> Problems {
        if let Some(last) = self.problems.last().filter(|_| self.further > 0) {
            let what = format!("{} further problems are not shown", self.further);
            let more =
                Problem { path: String::new(), what, instead: Some("mend these first".to_owned()), ..last.clone() };
            self.problems.push(more);
        }
        Problems::new(self.problems)
    }

    /// Whether no more problems are kept.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// Tells which names of a kind there are, so that a `Ref` can check its own.
    pub fn know(&mut self, kind: &'static str, mut names: Vec<String>) {
        names.sort_unstable();
        self.known.push((kind, names));
    }

    /// Names of a kind, if anybody told.
    #[must_use]
    pub fn known(&self, kind: &str) -> Option<&[String]> {
        self.known.iter().find(|(known, _)| *known == kind).map(|(_, names)| names.as_slice())
    }

    /// Whether there is an error so far.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether there is an error so far in a value whose path matters.
    #[must_use]
    pub fn has_errors_in(&self, matters: impl Fn(&str) -> bool) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error && matters(&problem.path))
    }

    /// How many problems there are so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.problems.len()
    }

    /// Reports an error in the value at the path.
    pub fn error(&mut self, span: Span, what: impl Into<String>, instead: Option<String>) {
        let path = self.path.clone();
        self.push(Severity::Error, span, path, what.into(), instead);
    }

    /// Reports an error in a value read before.
    pub fn error_at(&mut self, origin: &Origin, what: impl Into<String>, instead: impl Into<String>) {
        self.push_at(Severity::Error, origin, what.into(), instead.into());
    }

    /// Reports a warning about a value read before.
    pub fn warn_at(&mut self, origin: &Origin, what: impl Into<String>, instead: impl Into<String>) {
        self.push_at(Severity::Warning, origin, what.into(), instead.into());
    }

    fn push_at(&mut self, severity: Severity, origin: &Origin, what: String, instead: String) {
        // Nor is told what would show a number that could not be read: it comes when that is mended, if it still holds.
        let shows = self.replaced.as_ref().is_some_and(|replaced| !replaced.is_empty() && what.contains("NaN"));
        if !shows && !self.is_replaced(origin) {
            self.push(severity, origin.span, origin.path.to_string(), what, Some(instead));
        }
    }

    fn push(&mut self, severity: Severity, span: Span, path: String, what: String, instead: Option<String>) {
        if self.is_full() {
            self.further += 1;
            return;
        }
        let (what, instead) = (shortened(what), instead.filter(|text| !text.is_empty()).map(shortened));
        self.problems.push(Problem {
            severity,
            at: self.sources.place(span),
            span,
            path: shortened(path),
            what,
            instead,
        });
    }

    /// Reports that a value is of another kind than it must be.
    pub fn expected(&mut self, node: &Node, what: &str, instead: impl Into<String>) {
        self.error(node.span, format!("expected {what}, found {}", node.describe()), Some(instead.into()));
    }

    /// Where a value of the tree stands.
    #[must_use]
    pub fn origin(&self, span: Span) -> Origin {
        Origin { span, path: self.path.as_str().into() }
    }

    /// Goes one step down for as long as `work` takes.
    pub fn within<R>(&mut self, step: Step, work: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.path.len();
        match step {
            Step::Field(name) => {
                if length > 0 {
                    self.path.push('.');
                }
                self.path.push_str(name);
            }
            Step::Key(key) => {
                let end = key.char_indices().nth(80).map_or(key.len(), |(end, _)| end);
                self.path.extend(["[", &key[..end], "]"]);
            }
            Step::Index(index) => self.path.extend(["[", &index.to_string(), "]"]),
        }
        let result = work(self);
        self.path.truncate(length);
        result
    }

    /// Checks that a node is a record with no field twice and none unknown. `false` when it is no record at all.
    pub fn record(&mut self, node: &Node, name: &str, known: &[&'static str]) -> bool {
        let fields = match &node.kind {
            Kind::Struct(fields) => fields.as_slice(),
            Kind::Tuple(items) if items.is_empty() => &[],
            Kind::Tuple(items) if items.len() == 1 && matches!(items[0].kind, Kind::Struct(_)) => {
                let (first, name) = (known.first().unwrap_or(&""), node.name.as_deref().unwrap_or_default());
                let instead = format!("write {name}({first}: .., ..) with one pair");
                self.error(node.span, "two pairs of parentheses where one belongs", Some(instead));
                return false;
            }
            _ => {
                let first = known.first().unwrap_or(&"");
                self.expected(node, &format!("{name}({first}: ..)"), format!("write ({first}: .., ..)"));
                return false;
            }
        };
        for (i, field) in fields.iter().enumerate() {
            if self.is_full() {
                self.further += fields.len() - i;
                break;
            }
            let step = Step::Field(&field.name);
            if !known.contains(&field.name.as_str()) {
                let instead = match nearest(&field.name, known.iter().copied()) {
                    Some(best) => {
                        self.misspelt.push((node.span, best));
                        format!("the nearest is `{best}`")
                    }
                    None => format!("the fields are {}", known.join(", ")),
                };
                let what = format!("{name} has no field `{}`", field.name);
                self.error(field.at, what, Some(instead));
            } else if let Some(first) = fields[..i].iter().find(|other| other.name == field.name) {
                let line = self.sources.place(first.at).line;
                let instead = Some("keep one of the two".to_owned());
                self.within(step, |cx| cx.error(field.at, format!("written twice, first on line {line}"), instead));
            }
        }
        true
    }

    /// Reads a field of a record; a default is RON text.
    pub fn field<T: Decode>(&mut self, node: &Node, name: &str, default: Option<&'static str>) -> Option<T> {
        if let Some(value) = node.field(name) {
            if value.is_none() && !T::shape().takes_none() {
                let instead = match default {
                    Some(default) => format!("leave it out for {default}, or write {}", T::shape().field(name)),
                    None => format!("write {}", T::shape().field(name)),
                };
                return self.within(Step::Field(name), |cx| {
                    cx.error(value.span, format!("`{name}` cannot be `None`"), Some(instead));
                    cx.stand_in(value.span)
                });
            }
            return self.within(Step::Field(name), |cx| cx.read(value));
        }
        // What is wrong with its name has been told.
        if self.replaced.is_some() && self.misspelt.contains(&(node.span, name)) {
            return self.within(Step::Field(name), |cx| cx.stand_in(node.span));
        }
        if let Some(literal) = default {
            let mut value = self.defaults.entry(literal).or_insert_with(|| scan::builtin(literal, node.span)).clone();
            value.move_to(node.span);
            return self.within(Step::Field(name), |cx| T::decode(&value, cx));
        }
        T::absent().or_else(|| {
            let instead = format!("write {}", T::shape().field(name));
            self.error(node.span, format!("`{name}` is missing"), Some(instead));
            self.within(Step::Field(name), |cx| cx.stand_in(node.span))
        })
    }

    /// Reports that a choice has no such variant.
    pub fn no_variant(&mut self, node: &Node, choice: &shape::Choice) {
        let names: Vec<&str> = choice.variants.iter().map(|variant| variant.name).collect();
        let found = node.name.clone().or_else(|| node.leaf().map(str::to_owned));
        let near = found.as_deref().and_then(|found| nearest(found, names.iter().copied()));
        let instead = near
            .map_or_else(|| format!("write one of {}", names.join(", ")), |best| format!("the nearest name is {best}"));
        self.error(node.span, format!("expected {}, found {}", choice.name, node.describe()), Some(instead));
    }
}

impl<T: Decode> Decode for At<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let origin = cx.origin(node.span);
        T::decode(node, cx).map(|value| Self { value, origin })
    }

    fn body(node: &Node, cx: &mut Cx) -> Option<Self> {
        let origin = cx.origin(node.span);
        T::body(node, cx).map(|value| Self { value, origin })
    }

    fn recover(at: &Origin) -> Option<Self> {
        T::recover(at).map(|value| Self { value, origin: at.clone() })
    }
}

impl<T: Decode> Decode for Option<T> {
    fn shape() -> Shape {
        Shape::Optional(Box::new(T::shape()))
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        if node.is_none() { Some(None) } else { T::decode(node, cx).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn recover(at: &Origin) -> Option<Self> {
        T::recover(at).map(Some)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            cx.expected(node, "a list [..]", format!("write {}", Self::shape().write()));
            return None;
        };
        let read = |(i, item): (usize, &Node)| cx.within(Step::Index(i), |cx| cx.read(item));
        let items: Vec<Option<T>> = items.iter().enumerate().map(read).collect();
        items.into_iter().collect()
    }

    // With one item if that can be, since an empty list is a problem of its own.
    fn recover(at: &Origin) -> Option<Self> {
        Some(T::recover(at).into_iter().collect())
    }
}

impl<A: Decode, B: Decode> Decode for (A, B) {
    fn shape() -> Shape {
        Shape::Tuple(vec![A::shape(), B::shape()])
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        match (&node.kind, &node.name) {
            (Kind::Tuple(items), None) if items.len() == 2 => {
                let first = cx.within(Step::Index(0), |cx| cx.read(&items[0]));
                let second = cx.within(Step::Index(1), |cx| cx.read(&items[1]));
                first.zip(second)
            }
            _ => {
                cx.expected(node, "two values (.., ..)", format!("write {}", Self::shape().write()));
                None
            }
        }
    }

    fn recover(at: &Origin) -> Option<Self> {
        A::recover(at).zip(B::recover(at))
    }
}

/// A map in the order in which it is written.
///
/// Entries with a problem are left out of the first list, and their keys kept in the second: what else refers to them
/// is no further problem. Whoever reads one must ask for errors before using it.
#[derive(Debug, Clone)]
pub struct Keyed<K, V>(pub Vec<(At<K>, V)>, pub Vec<At<K>>);

impl<K: Ord, V> Keyed<K, V> {
    /// In order of key.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort_by(|a, b| a.0.value.cmp(&b.0.value));
        self
    }

    /// Puts entries among those with a problem, and gives them.
    pub fn lose(&mut self, is_lost: impl Fn(&V) -> bool) -> Vec<(At<K>, V)>
    where
        K: Clone,
    {
        let (lost, read) = std::mem::take(&mut self.0).into_iter().partition::<Vec<_>, _>(|(_, value)| is_lost(value));
        self.0 = read;
        self.1.extend(lost.iter().map(|(key, _)| key.clone()));
        lost
    }

    /// Whether nobody knows what entries there are.
    #[must_use]
    pub fn is_unread(&self, cx: &Cx) -> bool {
        self.1.iter().any(|key| cx.is_replaced(&key.origin))
    }

    /// Keys, also of entries with a problem, in order.
    #[must_use]
    pub fn keys(&self) -> Vec<&K> {
        let mut keys: Vec<&K> = self.0.iter().map(|(key, _)| key).chain(&self.1).map(|key| &key.value).collect();
        keys.sort_unstable();
        keys
    }
}

impl<K, V> Keyed<K, V> {
    /// Keys and values.
    pub fn iter(&self) -> std::slice::Iter<'_, (At<K>, V)> {
        self.0.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Keyed<K, V> {
    type Item = &'a (At<K>, V);
    type IntoIter = std::slice::Iter<'a, (At<K>, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Decode + PartialEq, V: Decode> Decode for Keyed<K, V> {
    fn shape() -> Shape {
        Shape::Map(K::shape().write(), Box::new(V::shape()))
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            cx.expected(node, "a map {..}", format!("write {}", Self::shape().write()));
            return None;
        };
        if entries.len() > MAX_ENTRIES {
            cx.error(node.span, format!("{} entries", entries.len()), Some(format!("write at most {MAX_ENTRIES}")));
            return None;
        }
        cx.remembered(node, |cx| Self::read(entries, cx))
    }

    // Some entry is lost, and nobody knows which.
    fn recover(at: &Origin) -> Option<Self> {
        K::recover(at).map(|value| Self(Vec::new(), vec![At { value, origin: at.clone() }]))
    }
}

impl<K: Decode + PartialEq, V: Decode> Keyed<K, V> {
    fn read(entries: &[Entry], cx: &mut Cx) -> Option<Self> {
        let mut sound = true;
        let mut read: Vec<(At<K>, V)> = Vec::with_capacity(entries.len());
        let mut lost: Vec<At<K>> = Vec::new();
        for entry in entries {
            let shown = entry.key.leaf().unwrap_or("?").to_owned();
            cx.within(Step::Key(&shown), |cx| {
                let key = At::<K>::decode(&entry.key, cx);
                let others = || read.iter().map(|(other, _)| other).chain(&lost);
                let first = key.as_ref().and_then(|key| others().find(|other| other.value == key.value));
                if let Some(first) = first {
                    let line = cx.sources.place(first.origin.span).line;
                    let instead = Some("keep one of the two, or give the other a name of its own".to_owned());
                    cx.error(entry.key.span, format!("{shown} is written twice, first on line {line}"), instead);
                }
                let value = cx.remembered(&entry.value, |cx| cx.read(&entry.value));
                match (key, value) {
                    (Some(key), Some(value)) => read.push((key, value)),
                    (Some(key), None) => lost.push(key),
                    (None, _) => match cx.stand_in(entry.key.span) {
                        Some(key) => lost.push(key),
                        None => sound = false,
                    },
                }
            });
        }
        sound.then_some(Self(read, lost))
    }
}

/// A value without which the checks after it can go on.
#[derive(Debug, Clone)]
pub struct Spare<T>(pub Option<T>);

impl<T: Decode> Decode for Spare<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn decode(node: &Node, cx: &mut Cx) -> Option<Self> {
        T::decode(node, cx).map(|value| Self(Some(value)))
    }

    fn recover(_at: &Origin) -> Option<Self> {
        Some(Self(None))
    }
}

/// A part of a file kept as written, for whoever knows what it is: the values that an experiment sets.
#[derive(Debug, Clone)]
pub struct Raw(pub Node);

impl Decode for Raw {
    fn shape() -> Shape {
        Shape::Any
    }

    fn decode(node: &Node, _: &mut Cx) -> Option<Self> {
        Some(Self(node.clone()))
    }
}
