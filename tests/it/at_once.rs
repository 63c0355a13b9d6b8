//! Every problem at once: what cannot be read hides nothing else, and brings no problem that is not there.
//!
//! Each kind of value of the shipped worlds, and of record, list, tuple and map, is broken once, in a way that no reader takes, and
//! left out or written under a wrong name; values are set out of range, alone and with something else of the same record broken. Two are of a kind when their
//! paths differ in names and places in lists alone.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::path::Path;

use oreworld::experiment::file::Changes;
use oreworld::world_file::problem::{Problem, Severity};
use oreworld::world_file::source::Sources;
use oreworld::world_file::tree::{Field, Kind, Node};
use oreworld::world_file::{check, include, scan};
use oreworld::{calibrate, experiment, optimize};

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

/// Values, and records, lists, tuples and maps of them.
fn values(node: &Node, at: &Value, found: &mut Vec<Value>) {
    if !at.way.is_empty() {
        found.push(at.clone());
    }
    if is_value(node) {
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

/// The world with a change to the fields of a record, given the place of one of them, if it is one.
fn changed(mut root: Node, value: &Value, change: impl FnOnce(&mut Vec<Field>, usize)) -> Option<Node> {
    let (&place, way) = value.way.split_last()?;
    let Kind::Struct(fields) = &mut at(&mut root, way).kind else { return None };
    change(fields, place);
    Some(root)
}

/// The world with another number, if there is one.
fn with_number(mut root: Node, value: &Value, number: &str) -> Option<Node> {
    let node = at(&mut root, &value.way);
    let leaf = match &mut node.kind {
        Kind::Tuple(items) if items.len() == 1 => &mut items[0],
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
            if alone.len() != 1 || alone.iter().any(|problem| problem.what.contains("NaN")) {
                wrong.push(format!("{}: {} broken\n{}", path.display(), value.kind, shown(&alone)));
            }
            let missing = changed(world.root.clone(), value, |fields, place| drop(fields.remove(place)));
            let missing = missing.map(|root| world.problems(root)).unwrap_or_default();
            if missing.iter().any(|problem| problem.what.ends_with("is missing")) && missing.len() > 1 {
                wrong.push(format!("{}: {} left out\n{}", path.display(), value.kind, shown(&missing)));
            }
            let misspelt = changed(world.root.clone(), value, |fields, place| fields[place].name.push('q'));
            let misspelt = misspelt.map(|root| world.problems(root)).unwrap_or_default();
            if misspelt.len() > 1 {
                wrong.push(format!("{}: {} misspelt\n{}", path.display(), value.kind, shown(&misspelt)));
            }
            // The next value of the same entry, and one farther on.
            // The stages of a mineral that cannot all be named are left out.
            let own = |other: &&Value| {
                other.way.len() > value.entry
                    && other.way.starts_with(&value.way[..value.entry])
                    && !value.way.starts_with(&other.way)
                    && !(["(stages)", "(stages).(*)", "(stages).(*).(id)"].iter().any(|end| other.kind.ends_with(end))
                        && value.kind.contains("(stages)"))
            };
            let (of_entry, groups): (Vec<&Value>, Vec<&Value>) =
                all.iter().filter(own).partition(|other| is_value(at(&mut world.root.clone(), &other.way)));
            let next = |of: &[&Value], further: usize| {
                let after = of.iter().position(|other| other.way > value.way).unwrap_or(0);
                of.get((after + further) % of.len().max(1)).map(|other| (*other).clone())
            };
            let others = [next(&of_entry, 0), next(&of_entry, 5), next(&groups, 0), next(&groups, 2)];
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

/// Experiments as their files are written, with something broken in them.
struct Experiments {
    folder: tempfile::TempDir,
}

impl Experiments {
    /// A folder beside the worlds.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        symlink(fs::canonicalize("worlds").expect("worlds"), folder.path().join("worlds")).expect("a link");
        fs::create_dir(folder.path().join("experiments")).expect("a folder");
        Self { folder }
    }

    /// What is wrong with a text whose sound form is this tree.
    fn problems(&self, root: &Node, text: &str) -> Vec<String> {
        let path = self.folder.path().join("experiments/broken.ron");
        fs::write(&path, text).expect("a file");
        let errors = match root.name.as_deref() {
            Some("Calibration") => calibrate::file::load(&path, &[]).problems,
            Some("Search") => optimize::file::load(&path, &Changes::default()).problems,
            _ => experiment::file::load(&path, &Changes::default()).problems,
        };
        let errors = errors.iter().filter(|problem| problem.severity == Severity::Error);
        errors.map(|problem| format!("    {}: {}; {:?}", problem.path, problem.what, problem.instead)).collect()
    }
}

/// A text with others in these places, which do not overlap.
fn replaced(text: &str, mut places: Vec<(Range<usize>, &str)>) -> String {
    places.sort_by_key(|(place, _)| Reverse(place.start));
    let put = |text: String, (place, new): (Range<usize>, &str)| {
        format!("{}{new}{}", &text[..place.start], &text[place.end..])
    };
    places.into_iter().fold(text.to_owned(), put)
}

/// Where a field begins, and ends with its comma; nothing of what is no field.
fn field(text: &str, root: &Node, value: &Value) -> Option<Range<usize>> {
    let (&place, way) = value.way.split_last()?;
    let mut root = root.clone();
    let Kind::Struct(fields) = &at(&mut root, way).kind else { return None };
    let (begin, end) = (fields[place].at.start, fields[place].value.span.end);
    Some(begin..end + text[end..].find(|c: char| !c.is_whitespace() && c != ',').unwrap_or(0))
}

#[test]
fn what_cannot_be_read_in_an_experiment_hides_nothing_and_makes_nothing_up() {
    let folder = Experiments::new();
    let mut paths: Vec<_> =
        fs::read_dir("experiments").expect("experiments").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let (mut seen, mut pairs, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    for path in paths {
        let text = fs::read_to_string(&path).expect("an experiment");
        let root = scan::read(&mut Sources::default(), "x", text.as_bytes()).expect("RON");
        let mut all = Vec::new();
        values(&root, &Value { way: Vec::new(), kind: String::new(), entry: 0 }, &mut all);
        let place = |value: &Value| {
            let span = at(&mut root.clone(), &value.way).span;
            span.start..span.end
        };
        let kinds: Vec<&Value> = all.iter().filter(|value| seen.insert(value.kind.clone())).collect();
        for (number, value) in kinds.iter().enumerate() {
            let mut tell = |how: &str, problems: &[String]| {
                wrong.push(format!("{}: {} {how}\n{}", path.display(), value.kind, problems.join("\n")));
            };
            let alone = folder.problems(&root, &replaced(&text, vec![(place(value), "Broken()")]));
            if alone.len() != 1 || alone[0].contains("NaN") {
                tell("broken", &alone);
            }
            // What is set is a world's.
            if value.kind.contains("(set)") {
                continue;
            }
            if let Some(field) = field(&text, &root, value) {
                let missing = folder.problems(&root, &replaced(&text, vec![(field.clone(), "")]));
                if missing.iter().any(|problem| problem.contains("is missing")) && missing.len() > 1 {
                    tell("left out", &missing);
                }
                let end = text[field.start..].find(':').map_or(field.start, |end| field.start + end);
                let misspelt = folder.problems(&root, &replaced(&text, vec![(end..end, "q")]));
                if misspelt.len() != 1 {
                    tell("misspelt", &misspelt);
                }
            }
            let other = kinds[(number + 5) % kinds.len()];
            if other.way.starts_with(&value.way) || value.way.starts_with(&other.way) {
                continue;
            }
            let others: &[&str] = match &text[place(value)] {
                text if text.starts_with("Date(") => &["Date(\"1900-01-01\")"],
                text if text.starts_with('"') => &["\"x\""],
                text if text.starts_with(|c: char| c.is_ascii_digit()) => &["0", "1000000"],
                _ => &[],
            };
            for new in others {
                let errors = folder.problems(&root, &replaced(&text, vec![(place(value), new)]));
                if errors.is_empty() {
                    continue;
                }
                pairs += 1;
                let both =
                    folder.problems(&root, &replaced(&text, vec![(place(value), new), (place(other), "Broken()")]));
                let hidden: Vec<String> = errors.into_iter().filter(|problem| !both.contains(problem)).collect();
                if !hidden.is_empty() {
                    tell(&format!("= {new} hidden by {}", other.kind), &hidden);
                }
            }
        }
    }
    assert!(seen.len() > 1_000 && pairs > 150, "{} kinds of values, {pairs} pairs", seen.len());
    assert!(wrong.is_empty(), "{} of {} kinds and {pairs} pairs:\n{}", wrong.len(), seen.len(), wrong.join("\n"));
}
