//! Every problem at once: what cannot be read hides nothing else, and brings no problem that is not there.
//!
//! Each kind of value of the shipped worlds is broken once, in a way that no reader takes, and set out of range; then two values
//! of one record together. Two values are of a kind when their paths differ in names and places in lists alone.

use std::collections::BTreeSet;
use std::path::Path;

use oreworld::world_file::problem::{Problem, Severity};
use oreworld::world_file::source::Sources;
use oreworld::world_file::tree::{Kind, Node};
use oreworld::world_file::{check, include, scan};

/// A value in a world: the way to it by place, and by names that all of its kind share.
#[derive(Debug, Clone)]
struct Value {
    way: Vec<usize>,
    kind: String,
    /// How much of the way leads to the entry of a map that it belongs to.
    entry: usize,
}

/// Whether a node is one value: a bare one, or a number with its unit.
fn is_value(node: &Node) -> bool {
    match &node.kind {
        Kind::Leaf(_) => true,
        Kind::Tuple(items) => node.name.is_some() && items.len() == 1 && matches!(items[0].kind, Kind::Leaf(_)),
        _ => false,
    }
}

fn values(node: &Node, at: &Value, found: &mut Vec<Value>) {
    if is_value(node) {
        found.push(at.clone());
        return;
    }
    let name = node.name.clone().unwrap_or_default();
    let below = |place: usize, step: &str, entry: Option<usize>| {
        let mut way = at.way.clone();
        way.push(place);
        Value { entry: entry.unwrap_or(at.entry), way, kind: format!("{}.{name}({step})", at.kind) }
    };
    match &node.kind {
        Kind::Struct(fields) => {
            for (place, field) in fields.iter().enumerate() {
                values(&field.value, &below(place, &field.name, None), found);
            }
        }
        Kind::Map(entries) => {
            for (place, entry) in entries.iter().enumerate() {
                values(&entry.value, &below(place, "*", Some(at.way.len() + 1)), found);
            }
        }
        Kind::Tuple(items) | Kind::List(items) => {
            for (place, item) in items.iter().enumerate() {
                values(item, &below(place, "*", None), found);
            }
        }
        Kind::Leaf(_) => {}
    }
}

fn at<'a>(root: &'a mut Node, way: &[usize]) -> &'a mut Node {
    let Some((&place, rest)) = way.split_first() else { return root };
    let below = match &mut root.kind {
        Kind::Struct(fields) => &mut fields[place].value,
        Kind::Map(entries) => &mut entries[place].value,
        Kind::Tuple(items) | Kind::List(items) => &mut items[place],
        Kind::Leaf(_) => panic!("a way into a leaf"),
    };
    at(below, rest)
}

/// The world with a value that no reader takes.
fn broken(mut root: Node, value: &Value) -> Node {
    let node = at(&mut root, &value.way);
    (node.name, node.kind) = (Some("Broken".to_owned()), Kind::Tuple(vec![].into()));
    root
}

/// The world with another number, if there is one.
fn with_number(mut root: Node, value: &Value, number: &str) -> Option<Node> {
    let node = at(&mut root, &value.way);
    let leaf = match &mut node.kind {
        Kind::Tuple(items) => &mut items[0],
        _ => node,
    };
    leaf.leaf().filter(|text| text.parse::<f64>().is_ok())?;
    leaf.kind = Kind::Leaf(number.to_owned());
    Some(root)
}

struct World {
    sources: Sources,
    root: Node,
    known: Vec<Problem>,
}

impl World {
    fn read(path: &Path) -> Self {
        let mut sources = Sources::default();
        let bytes = std::fs::read(path).expect("a world");
        let root = scan::read(&mut sources, &path.to_string_lossy(), &bytes).expect("RON");
        let root = include::join_files(&mut sources, root, path).expect("parts").root;
        let mut world = Self { sources, root, known: Vec::new() };
        world.known = world.problems(world.root.clone());
        world
    }

    /// What is wrong with a changed copy that is not wrong with the world.
    fn problems(&self, root: Node) -> Vec<Problem> {
        let found = check(&self.sources, root, &[]).problems;
        found.iter().filter(|problem| !self.known.contains(problem)).cloned().collect()
    }

    fn errors(&self, root: Node) -> Vec<Problem> {
        self.problems(root).into_iter().filter(|problem| problem.severity == Severity::Error).collect()
    }
}

fn shown(problems: &[Problem]) -> String {
    let line = |problem: &Problem| format!("    {}: {}; {:?}", problem.path, problem.what, problem.instead);
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_cannot_be_read_hides_nothing_and_makes_nothing_up() {
    let mut worlds: Vec<_> =
        std::fs::read_dir("worlds").expect("worlds").map(|entry| entry.expect("an entry").path()).collect();
    worlds.retain(|path| path.extension().is_some_and(|extension| extension == "ron"));
    worlds.sort();
    let (mut seen, mut pairs, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    for path in worlds {
        let world = World::read(&path);
        let mut all = Vec::new();
        values(&world.root, &Value { way: Vec::new(), kind: String::new(), entry: 0 }, &mut all);
        let kinds: Vec<&Value> = all.iter().filter(|value| seen.insert(value.kind.clone())).collect();
        for value in &kinds {
            let alone = world.problems(broken(world.root.clone(), value));
            if alone.len() > 1 || alone.iter().any(|problem| problem.what.contains("NaN")) {
                wrong.push(format!("{}: {} broken\n{}", path.display(), value.kind, shown(&alone)));
            }
            // The next value of the same entry, and one farther on.
            // A mineral whose stages cannot be named is left out.
            let own = |other: &&Value| {
                other.way.starts_with(&value.way[..value.entry])
                    && other.way != value.way
                    && !other.kind.ends_with("(stages).(*).(id)")
            };
            let of_entry: Vec<&Value> = all.iter().filter(own).collect();
            let after = of_entry.iter().position(|other| other.way > value.way).unwrap_or(0);
            let others = [after, after + 5].map(|place| of_entry.get(place % of_entry.len().max(1)).copied());
            for number in ["0", "0.0000001", "1000000"] {
                let Some(root) = with_number(world.root.clone(), value, number) else { continue };
                let here = at(&mut root.clone(), &value.way).span;
                let errors: Vec<Problem> =
                    world.errors(root.clone()).into_iter().filter(|problem| problem.span == here).collect();
                for other in others.iter().flatten().filter(|_| !errors.is_empty()) {
                    pairs += 1;
                    let both = world.problems(broken(root.clone(), other));
                    let hidden: Vec<Problem> =
                        errors.iter().filter(|problem| !both.contains(problem)).cloned().collect();
                    let nan = both.iter().filter(|problem| problem.to_string().contains("NaN")).cloned();
                    let hidden: Vec<Problem> = hidden.into_iter().chain(nan).collect();
                    if !hidden.is_empty() {
                        wrong.push(format!(
                            "{}: {} = {number} hidden by {}\n{}",
                            path.display(),
                            value.kind,
                            other.kind,
                            shown(&hidden)
                        ));
                    }
                }
            }
        }
    }
    assert!(seen.len() > 500 && pairs > 500, "{} kinds of values, {pairs} pairs", seen.len());
    assert!(wrong.is_empty(), "{} of {} kinds and {pairs} pairs:\n{}", wrong.len(), seen.len(), wrong.join("\n"));
}
