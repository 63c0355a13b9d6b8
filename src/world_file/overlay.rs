//! Overrides: values written elsewhere, in an experiment or on the command line, set into a world's tree by path.
//!
//! A path names fields and keys from the root down, `nations.cod.policies.ban`; in a list, the number of an item or its
//! `id`, `minerals.cobalt.stages.hydroxide.tick`. It replaces what stands there, or adds a field or a key that may be
//! there. `None` takes a key or an optional field away, and brings a field with a default back to it.

use super::decode::{At, Cx, Keyed, Raw};
use super::problem::{Problems, nearest, there_is};
use super::scan;
use super::shape::{self, Shape};
use super::source::{Sources, Span};
use super::tree::{Entry, Field, Kind, Node};

/// A value for a path.
#[derive(Debug, Clone)]
pub struct Override {
    /// Names from the root down, with dots between.
    pub path: String,
    /// Where the path is written.
    pub at: Span,
    /// Value.
    pub value: Node,
}

impl Override {
    /// What a file sets, in its order.
    #[must_use]
    pub fn all(set: &Keyed<String, Raw>) -> Vec<Self> {
        let change = |(path, value): &(At<String>, Raw)| Self {
            path: path.value.clone(),
            at: path.origin.span,
            value: value.0.clone(),
        };
        set.iter().map(change).collect()
    }

    /// Reads `path=value`, as given to `--set`; `name` is what messages call it, such as `--set #1`.
    ///
    /// # Errors
    /// When there is no `=`, or the value is not RON.
    pub fn parse(sources: &mut Sources, name: &str, text: &str) -> Result<Self, Problems> {
        let Some((path, value)) = text.split_once('=').filter(|(_, value)| !value.trim().is_empty()) else {
            let id = sources.add(name, text);
            let mut cx = Cx::new(sources);
            let instead = "write a path, `=` and a value, such as mines.red-hill.stock=Tonnes(500)".to_owned();
            cx.error(sources.whole(id), "an override without a value", Some(instead));
            return Err(cx.finish());
        };
        // The path is hidden by spaces while the value is read, so that messages point into what was typed.
        let hidden = format!("{}{value}", " ".repeat(path.len() + 1));
        let value = scan::read(sources, name, hidden.as_bytes());
        let id = sources.reveal_last(text);
        let at = Span { source: id, start: 0, end: path.len() };
        Ok(Self { path: path.trim().to_owned(), at, value: value? })
    }
}

/// What stops a path, and what to write instead.
type Stop = (String, String);

/// Sets overrides into a tree of the given shape, one after the other.
pub fn overlay(root: &mut Node, shape: &Shape, overrides: &[Override], cx: &mut Cx) {
    for change in overrides {
        replace(root, shape, change, cx);
    }
}

/// Sets one override; gives what it replaced, if anything stood or held there. A path that leads nowhere is reported.
pub fn replace(root: &mut Node, shape: &Shape, change: &Override, cx: &mut Cx) -> Option<Node> {
    let segments: Vec<&str> = change.path.split('.').collect();
    if let Some(odd) = change.path.chars().find(|&c| scan::is_odd(c)) {
        let what = format!("the path holds a character that readers cannot see, U+{:04X}", u32::from(odd));
        cx.error(change.at, what, Some("delete it".to_owned()));
        return None;
    }
    if segments.contains(&"") {
        let instead = "name fields and keys from the root down, with single dots between".to_owned();
        cx.error(change.at, format!("the path \"{}\" has an empty part", change.path), Some(instead));
        return None;
    }
    match set(root, shape, &segments, change) {
        Ok(stood) => stood,
        Err((what, instead)) => {
            cx.error(change.at, format!("the path {} cannot be set: {what}", change.path), Some(instead));
            None
        }
    }
}

/// Sets a value at the end of a path; gives what stood there, or what holds there when nothing stands.
fn set(node: &mut Node, shape: &Shape, path: &[&str], change: &Override) -> Result<Option<Node>, Stop> {
    let Some((&head, rest)) = path.split_first() else {
        return Ok(Some(std::mem::replace(node, change.value.clone())));
    };
    match shape {
        Shape::Optional(inner) => set(node, inner, path, change),
        Shape::Record(record) => set_field(node, &record(), head, rest, change),
        Shape::Choice(choice) => {
            let name = node.name.as_deref().or(node.leaf()).unwrap_or_default();
            let variants = choice().variants;
            let body = variants.into_iter().find(|variant| variant.name == name).and_then(|variant| variant.body);
            match body {
                Some(body @ Shape::Record(_)) => set(node, &body, path, change),
                _ => terminal(head, node),
            }
        }
        Shape::Map(_, value) => set_entry(node, value, head, rest, change),
        Shape::List(item) => {
            let Kind::List(items) = &mut node.kind else { return terminal(head, node) };
            let ids: Vec<String> = items.iter().filter_map(|item| item.field("id")?.string()).collect();
            let count = items.len();
            let index = head.parse().ok().or_else(|| ids.iter().position(|id| id == head));
            match index.and_then(|index: usize| items.get_mut(index)) {
                Some(found) => set(found, item, rest, change),
                None => Err((
                    format!("the list has no item {head}"),
                    near(head, ids.iter().map(String::as_str), || format!("it has {count}, counted from 0")),
                )),
            }
        }
        Shape::Tuple(shapes) => {
            let Kind::Tuple(items) = &mut node.kind else { return terminal(head, node) };
            let index: Option<usize> = head.parse().ok();
            match index.and_then(|index| items.get_mut(index).zip(shapes.get(index))) {
                Some((item, shape)) => set(item, shape, rest, change),
                None => Err((format!("there is no item {head}"), format!("write 0 to {}", shapes.len() - 1))),
            }
        }
        Shape::Value { .. } | Shape::Any => terminal(head, node),
    }
}

fn terminal(head: &str, node: &Node) -> Result<Option<Node>, Stop> {
    let what = format!("{} has no part `{head}`", node.describe());
    Err((what, "let the path end before it and write the whole value".to_owned()))
}

fn near<'a>(name: &str, names: impl Iterator<Item = &'a str>, otherwise: impl FnOnce() -> String) -> String {
    nearest(name, names).map_or_else(otherwise, |best| format!("the nearest name is `{best}`"))
}

fn set_field(
    node: &mut Node,
    record: &shape::Record,
    head: &str,
    rest: &[&str],
    change: &Override,
) -> Result<Option<Node>, Stop> {
    let names: Vec<&str> = record.fields.iter().map(|field| field.name).collect();
    let Some(field) = record.fields.iter().find(|field| field.name == head) else {
        let all = || format!("the fields are {}", names.join(", "));
        return Err((format!("{} has no field `{head}`", record.name), near(head, names.iter().copied(), all)));
    };
    if matches!(&node.kind, Kind::Tuple(items) if items.is_empty()) {
        node.kind = Kind::Struct(Vec::new().into());
    }
    let Kind::Struct(fields) = &mut node.kind else { return terminal(head, node) };
    if rest.is_empty() && change.value.is_none() && field.default.is_some() {
        let found = fields.iter().position(|field| field.name == head);
        return Ok(found.map(|place| fields.remove(place).value));
    }
    if let Some(found) = fields.iter_mut().find(|field| field.name == head) {
        return set(&mut found.value, &(field.shape)(), rest, change);
    }
    let mut value = match (rest, field.default) {
        ([], _) => change.value.clone(),
        (_, Some(literal)) => scan::builtin(literal, change.at),
        (_, None) => {
            let instead = format!("set `{head}` as a whole: {}", (field.shape)().write());
            return Err((format!("`{head}` is not there"), instead));
        }
    };
    let stood = if rest.is_empty() {
        field.default.map(|literal| scan::builtin(literal, change.at))
    } else {
        set(&mut value, &(field.shape)(), rest, change)?
    };
    fields.push(Field { name: head.to_owned(), at: change.at, value });
    Ok(stood)
}

fn set_entry(
    node: &mut Node,
    shape: &Shape,
    head: &str,
    rest: &[&str],
    change: &Override,
) -> Result<Option<Node>, Stop> {
    let Kind::Map(entries) = &mut node.kind else { return terminal(head, node) };
    let keys: Vec<String> = entries.iter().map(|entry| entry.key.key_text()).collect();
    let found = keys.iter().position(|key| key == head);
    let taken_away = rest.is_empty() && change.value.is_none();
    match found {
        Some(index) if taken_away => Ok(Some(entries.remove(index).value)),
        Some(index) => set(&mut entries[index].value, shape, rest, change),
        None if rest.is_empty() && !taken_away => {
            let number = head.parse::<i64>().is_ok();
            let text = if number { head.to_owned() } else { format!("{head:?}") };
            let key = Node { span: change.at, name: None, kind: Kind::Leaf(text) };
            entries.push(Entry { key, value: change.value.clone() });
            Ok(None)
        }
        None => {
            let all = || match keys.iter().map(String::as_str).collect::<Vec<_>>() {
                keys if keys.is_empty() => "there is nothing yet".to_owned(),
                keys => there_is(&keys),
            };
            Err((format!("there is no \"{head}\""), near(head, keys.iter().map(String::as_str), all)))
        }
    }
}
