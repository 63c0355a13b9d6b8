//! A file with everything that holds: overrides set, defaults written out, and beside every value where it comes from.
//! What is printed is a file again, and means the same.

use std::fmt::Write as _;

use super::scan;
use super::shape::{self, Shape};
use super::source::Sources;
use super::tree::{Kind, Node};

/// Prints a tree of the given shape.
#[must_use]
pub fn print(root: &Node, shape: &Shape, sources: &Sources) -> String {
    let mut printer = Printer { sources, out: String::new(), depth: 0 };
    printer.value("", root, shape, false);
    let end = printer.out.rfind(',').unwrap_or(printer.out.len());
    printer.out.replace_range(end..(end + 1).min(printer.out.len()), "");
    printer.out
}

struct Printer<'a> {
    sources: &'a Sources,
    out: String,
    depth: usize,
}

impl Printer<'_> {
    fn line(&mut self, text: &str) {
        let pad = self.depth * 4;
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{:pad$}{text}", "");
    }

    fn origin(&self, node: &Node, default: bool) -> String {
        if default {
            return "default".to_owned();
        }
        let place = self.sources.place(node.span);
        format!("{}:{}", place.file, place.line)
    }

    /// `head` is what stands before the value: a field's name or a key.
    fn value(&mut self, head: &str, node: &Node, shape: &Shape, default: bool) {
        match (shape.present(), &node.kind) {
            (Shape::Record(record), Kind::Struct(_) | Kind::Tuple(_)) => self.record(head, node, &record(), default),
            (Shape::Choice(choice), Kind::Struct(_) | Kind::Tuple(_)) => {
                let variants = choice().variants;
                let name = node.name.as_deref().unwrap_or_default();
                match variants.into_iter().find(|variant| variant.name == name).and_then(|variant| variant.body) {
                    Some(Shape::Record(record)) => self.record(head, node, &record(), default),
                    _ => self.inline(head, node, default),
                }
            }
            (Shape::Map(_, value), Kind::Map(entries)) if !entries.is_empty() => {
                self.line(&format!("{head}{{"));
                self.depth += 1;
                for entry in entries {
                    self.value(&format!("{}: ", written(&entry.key)), &entry.value, value, default);
                }
                self.depth -= 1;
                self.line("},");
            }
            (Shape::List(item), Kind::List(items)) if !items.is_empty() => {
                self.line(&format!("{head}["));
                self.depth += 1;
                for node in items {
                    self.value("", node, item, default);
                }
                self.depth -= 1;
                self.line("],");
            }
            _ => self.inline(head, node, default),
        }
    }

    fn inline(&mut self, head: &str, node: &Node, default: bool) {
        let origin = self.origin(node, default);
        self.line(&format!("{head}{}, // {origin}", written(node)));
    }

    fn record(&mut self, head: &str, node: &Node, record: &shape::Record, default: bool) {
        let name = node.name.as_deref().unwrap_or_default();
        self.line(&format!("{head}{name}("));
        self.depth += 1;
        for field in &record.fields {
            let head = format!("{}: ", field.name);
            match (node.field(field.name), field.default) {
                (Some(value), _) => self.value(&head, value, &(field.shape)(), default),
                (None, Some(literal)) => self.value(&head, &scan::builtin(literal, node.span), &(field.shape)(), true),
                (None, None) => self.line(&format!("{head}None, // not set")),
            }
        }
        self.depth -= 1;
        self.line("),");
    }
}

/// A value on one line.
fn written(node: &Node) -> String {
    let list = |items: &[Node]| items.iter().map(written).collect::<Vec<_>>().join(", ");
    let name = node.name.as_deref().unwrap_or_default();
    match &node.kind {
        Kind::Leaf(text) => text.clone(),
        Kind::Tuple(items) => format!("{name}({})", list(items)),
        Kind::List(items) => format!("[{}]", list(items)),
        Kind::Struct(fields) => {
            let fields: Vec<String> = fields.iter().map(|f| format!("{}: {}", f.name, written(&f.value))).collect();
            format!("{name}({})", fields.join(", "))
        }
        Kind::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|e| format!("{}: {}", written(&e.key), written(&e.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}
