//! The reference of what files may say, made from the declarations that read them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::shape::{Choice, Record, Shape};
use super::written::World;

/// What stands at the head of the reference.
const PREFACE: &str = "\
# World files and experiment files

A world is a RON file that holds one `World( .. )`, an experiment one that holds one `Experiment( .. )`, a search one that
holds one `Search( .. )`; `Calibration( .. )` and `Posterior( .. )` are for `oreworld calibrate`. This page is made by
`oreworld schema` from the declarations that read the files; `oreworld check FILE` reports everything that is wrong with a
file, each with its line and what to write instead. `worlds/two-shores.ron`, `experiments/two-shores-ban.ron` and
`experiments/two-shores-search.ron` are a complete world, a complete experiment and a complete search on one page each.

- Comments begin with `//`. Say in a comment where a number comes from; if it is assumed, say \"Assumed\".
- A number carries its unit in its name: `TonnesPerYear(62_400)`. Tonnes are of contained metal. Plain numbers are ratios.
- Masses must be a whole number of the mineral's quantum, prices a whole number of cents per 1,000 quanta, shares a whole
  number of parts per million where the books use them. The limits are 1e14 quanta, 1e9 dollars per tonne, 1e12 dollars.
- Names in quotes that refer to something are ids: lower-case letters, digits and hyphens, beginning with a letter, at
  most 48. Every list of agents is worked through in order of id, so that the order in the file means nothing.
- Fields may stand in any order. A field with a default may be left out; an optional one too.
- A file is UTF-8 text of at most 8 MB without characters that readers cannot see, nested at most 64 deep and
  with at most 200,000 values, of which 5,000 in one map. No other extension of RON than `implicit_some` is used.

Any value can be replaced without touching the file: `--set 'mines.red-hill.capacity=TonnesPerYear(9_000)'` on the
command line, or `\"mines.red-hill.capacity\": TonnesPerYear(9_000)` under `set` in an experiment. A path names fields and
keys from the root down; in a list it takes the number of an item, counted from 0, or its `id`. It may also add an
optional field or a new key. `None` takes a key or an optional field away, and brings a field with a default back to it.
`oreworld show FILE --resolved` prints every value with the file and line that it comes from; for an experiment, the
values of its world under an arm (`--arm NAME`).
";

/// What a file may hold at the top.
const ROOTS: &[fn() -> Record] = &[
    World::record,
    crate::experiment::written::Experiment::record,
    crate::experiment::written::Search::record,
    crate::calibrate::written::Calibration::record,
    crate::calibrate::written::Posterior::record,
];

/// All records, choices and single values that files may hold.
#[derive(Debug, Clone, Serialize)]
pub struct Schema {
    /// Records and choices, each after what first mentions it.
    pub sections: Vec<Section>,
    /// How single values are written, and what they mean.
    pub values: BTreeMap<String, String>,
}

/// A record or a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Name.
    pub name: String,
    /// Whether one of its lines is written, rather than all.
    pub choice: bool,
    /// What it is.
    pub doc: String,
    /// Fields or variants.
    pub lines: Vec<Line>,
}

/// A field or a variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Name.
    pub name: String,
    /// What stands there.
    pub write: String,
    /// Whether it must be there.
    pub required: bool,
    /// What holds when it is left out.
    pub default: Option<String>,
    /// What it is.
    pub doc: String,
}

impl Schema {
    /// The reference of all files.
    #[must_use]
    pub fn of_files() -> Self {
        let mut schema = Self { sections: Vec::new(), values: BTreeMap::new() };
        for root in ROOTS {
            schema.record(root());
        }
        schema
    }

    fn record(&mut self, record: Record) {
        let line = |field: &super::shape::Field| Line {
            name: field.name.to_owned(),
            write: describe(&(field.shape)()),
            required: field.default.is_none() && !matches!((field.shape)(), Shape::Optional(_)),
            default: field.default.map(str::to_owned),
            doc: one_line(field.doc),
        };
        let lines = record.fields.iter().map(line).collect();
        let name = record.name.to_owned();
        if self.is_new(Section { name, choice: false, doc: one_line(record.doc), lines }) {
            for field in record.fields {
                self.visit(&(field.shape)());
            }
        }
    }

    fn choice(&mut self, choice: Choice) {
        let line = |variant: &super::shape::Variant| {
            // A record that has the variant's name is for it alone and tells more; others serve several.
            let own = match &variant.body {
                Some(Shape::Record(record)) => Some(record()).filter(|record| record.name == variant.name),
                _ => None,
            };
            let doc = own.map_or(variant.doc, |record| record.doc);
            let write = match &variant.body {
                None => format!("`{}`", variant.name),
                Some(shape) => describe(shape),
            };
            Line { name: variant.name.to_owned(), write, required: false, default: None, doc: one_line(doc) }
        };
        let lines = choice.variants.iter().map(line).collect();
        if self.is_new(Section { name: heading(choice.name), choice: true, doc: one_line(choice.doc), lines }) {
            for shape in choice.variants.into_iter().filter_map(|variant| variant.body) {
                self.visit(&shape);
            }
        }
    }

    /// Adds a section that is not there yet.
    ///
    /// # Panics
    /// When another has its name: one of the two would be missing, and links to it would lead to the other.
    fn is_new(&mut self, section: Section) -> bool {
        let there = self.sections.iter().find(|there| there.name == section.name);
        assert!(
            there.is_none_or(|there| *there == section),
            "bug: two things of the format are called {}",
            section.name
        );
        let is_new = there.is_none();
        if is_new {
            self.sections.push(section);
        }
        is_new
    }

    fn visit(&mut self, shape: &Shape) {
        match shape {
            Shape::Value { write, means } => {
                if write.ends_with("number") {
                    self.values.entry(means.clone()).or_default();
                } else {
                    self.values.insert(write.clone(), means.clone());
                }
            }
            Shape::Optional(inner) | Shape::List(inner) | Shape::Map(_, inner) => self.visit(inner),
            Shape::Tuple(items) => items.iter().for_each(|item| self.visit(item)),
            Shape::Record(record) => self.record(record()),
            Shape::Choice(choice) => self.choice(choice()),
            Shape::Any => {}
        }
    }

    /// The reference as a page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut page = PREFACE.to_owned();
        for section in &self.sections {
            page.push_str(&section.markdown());
        }
        page.push_str("\n## Single values\n\n| write | meaning |\n|---|---|\n");
        for (write, means) in self.values.iter().filter(|(_, means)| !means.is_empty()) {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "| `{write}` | {means} |");
        }
        page
    }
}

impl Section {
    fn markdown(&self) -> String {
        let mut page = format!("\n## {}\n\n{}\n\n", self.name, self.doc);
        let head = if self.choice {
            "| one of | holds | |\n|---|---|---|\n"
        } else {
            "| field | write | default | |\n|---|---|---|---|\n"
        };
        page.push_str(head);
        for line in &self.lines {
            let default = match (&line.default, line.required) {
                (Some(default), _) => format!("`{default}`"),
                (None, true) => "required".to_owned(),
                (None, false) => "optional".to_owned(),
            };
            let Line { name, write, doc, .. } = line;
            // Writing to a string cannot fail.
            let _ = if self.choice {
                writeln!(page, "| `{name}` | {write} | {doc} |")
            } else {
                writeln!(page, "| `{name}` | {write} | {default} | {doc} |")
            };
        }
        page
    }
}

/// What stands at a place, with links to the sections that say more.
fn describe(shape: &Shape) -> String {
    let link = |name: &str| format!("[{name}](#{})", name.to_lowercase().replace(' ', "-"));
    match shape {
        Shape::Value { write, means } if write.ends_with("number") => means.trim_start_matches("a ").to_owned(),
        Shape::Value { write, .. } => format!("`{write}`"),
        Shape::Optional(inner) => describe(inner),
        Shape::List(item) => format!("list of {}", describe(item)),
        Shape::Tuple(items) => format!("({})", items.iter().map(describe).collect::<Vec<_>>().join(", ")),
        Shape::Map(key, value) => format!("map from {} to {}", key_name(key), describe(value)),
        Shape::Record(record) => link(record().name),
        Shape::Choice(choice) => link(&heading(choice().name)),
        Shape::Any => "any value".to_owned(),
    }
}

fn key_name(key: &str) -> String {
    if key.ends_with("number") { "year or number".to_owned() } else { format!("`{key}`") }
}

/// `a policy` becomes `Policy`.
fn heading(name: &str) -> String {
    let bare = name.trim_start_matches("a ").trim_start_matches("an ");
    let mut letters = bare.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn one_line(doc: &str) -> String {
    doc.trim().lines().map(str::trim).collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
