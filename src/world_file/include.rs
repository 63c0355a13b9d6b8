//! A world put together from others: its parts are joined, and what it writes itself holds before what they say.
//!
//! `include: ["cobalt-2024.ron", "copper-2024.ron"]` names files beside the world's own. Maps are joined entry by entry and
//! records field by field; where two parts say different things, that is a problem, and the including file may settle it
//! by writing the value itself. Each part stays a world of its own, which can be run alone.
//!
//! `set: {"minerals.cobalt.stages.refined.normal_cover": Weeks(5)}` then sets values by path, as an experiment does: into lists
//! too, and a map as a whole.

use super::decode::{Cx, Decode as _, Keyed, Raw, Step};
#[cfg(feature = "cli")]
use super::disk;
use super::overlay::{self, Override};
use super::problem::{Problems, counted};
use super::scan;
use super::source::Sources;
use super::tree::{Entry, Field, Kind, Node};
use super::value::Text;
use super::written::World;

/// Field that names the parts.
const INCLUDE: &str = "include";

/// Field that sets values when all parts are joined.
const SET: &str = "set";

/// Names under which results keep copies of their inputs.
const RESERVED: [&str; 3] = ["experiment.ron", "posterior.ron", "world.ron"];

/// What a part says of itself alone.
const OWN: [&str; 5] = ["schema", "id", "label", "statistics", INCLUDE];

/// What to do about parts that contradict each other.
const SETTLE: &str = "let both agree, or write it in the world that includes them";

/// What parts and whole must agree on.
const SHARED: [&str; 2] = ["base_year", "start"];

/// A file that a world is put together from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the file, in the folder of the world.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A world put together.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The whole, in which the first part holds where two contradict each other.
    pub root: Node,
    /// What it is put together from.
    pub parts: Vec<Part>,
    /// Contradictions between the parts and paths that lead nowhere, which forbid using the whole but not looking for what
    /// else is wrong with it.
    pub problems: Problems,
}

/// Puts a world together and sets what it sets; one without `include` and `set` comes back as it is.
///
/// `shown` is what messages call a part, `read` fetches it by name.
///
/// # Errors
/// Everything that keeps parts from being read, and what contradicts between the others.
pub fn join(
    sources: &mut Sources,
    mut root: Node,
    shown: impl Fn(&str) -> String,
    read: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Joined, Problems> {
    let is_world = root.name.as_deref() == Some("World");
    let Some(set) = is_world.then(|| take(&mut root, SET)).flatten() else { return unite(sources, root, shown, read) };
    let united = unite(sources, root, shown, read);
    let mut cx = Cx::new(sources);
    let set = cx.within(Step::Field(SET), |cx| Keyed::<String, Raw>::decode(&set, cx));
    let changes = set.map(|set| Override::all(&set)).unwrap_or_default();
    match united {
        Ok(mut joined) => {
            overlay::overlay(&mut joined.root, &World::shape(), &changes, &mut cx);
            joined.problems = joined.problems.and(cx.finish());
            Ok(joined)
        }
        Err(problems) => Err(problems.and(cx.finish())),
    }
}

fn unite(
    sources: &mut Sources,
    mut root: Node,
    shown: impl Fn(&str) -> String,
    read: impl Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Joined, Problems> {
    let mut problems = Problems::default();
    let Some(include) = take(&mut root, INCLUDE) else { return Ok(Joined { root, parts: Vec::new(), problems }) };
    let names = names(sources, &include, &mut problems);
    let (mut parts, mut trees) = (Vec::new(), Vec::new());
    for (name, at) in names {
        let found = match read(&name) {
            Ok(bytes) => scan::read(sources, &shown(&name), &bytes).map(|tree| (tree, bytes)),
            Err(error) => Err(problem(sources, &at, &format!("{} cannot be read: {error}", shown(&name)))),
        };
        match found.and_then(|(tree, bytes)| part(sources, &at, tree).map(|tree| (tree, bytes))) {
            Ok((tree, bytes)) => {
                trees.push(tree);
                parts.push(Part { name, bytes });
            }
            Err(more) => problems = problems.and(more),
        }
    }
    let mut cx = Cx::new(sources);
    let mut whole = Node { span: root.span, name: root.name.clone(), kind: Kind::Struct(Vec::new().into()) };
    for tree in trees {
        for name in SHARED {
            agree(&root, &tree, name, &mut cx);
        }
        union(&mut whole, tree, &root, &mut cx);
    }
    if problems.has_errors() {
        return Err(problems.and(cx.finish()));
    }
    lay_over(&mut whole, root);
    Ok(Joined { root: whole, parts, problems: cx.finish() })
}

/// [`join`] with parts from the folder of a world file.
///
/// # Errors
/// As [`join`].
#[cfg(feature = "cli")]
pub fn join_files(sources: &mut Sources, root: Node, world: &std::path::Path) -> Result<Joined, Problems> {
    let folder = world.parent().unwrap_or(std::path::Path::new(""));
    let shown = |name: &str| folder.join(name).to_string_lossy().replace('\\', "/");
    join(sources, root, shown, |name| disk::named(&folder.join(name), Some(folder)).map_err(|error| error.to_string()))
}

fn problem(sources: &Sources, at: &Node, what: &str) -> Problems {
    let mut cx = Cx::new(sources);
    let instead = "name world files in the folder of this one, such as \"cobalt-2024.ron\"".to_owned();
    cx.within(Step::Field(INCLUDE), |cx| cx.error(at.span, what, Some(instead)));
    cx.finish()
}

fn take(root: &mut Node, name: &str) -> Option<Node> {
    let Kind::Struct(fields) = &mut root.kind else { return None };
    let place = fields.iter().position(|field| field.name == name)?;
    Some(fields.remove(place).value)
}

/// Names of the parts and where each stands; what is wrong with others goes to `problems`.
fn names(sources: &Sources, include: &Node, problems: &mut Problems) -> Vec<(String, Node)> {
    let mut names: Vec<(String, Node)> = Vec::new();
    let mut report = |more: Problems| *problems = std::mem::take(problems).and(more);
    let Kind::List(items) = &include.kind else {
        report(problem(sources, include, "expected a list of files"));
        return names;
    };
    for item in items {
        let mut cx = Cx::new(sources);
        let name = cx.within(Step::Field(INCLUDE), |cx| Text::decode(item, cx));
        report(cx.finish());
        let Some(Text(name)) = name else { continue };
        if name.contains(['/', '\\']) || name.starts_with('.') || name.strip_suffix(".ron").is_none() {
            report(problem(sources, item, &format!("\"{name}\" is no file in the folder of this one")));
        } else if RESERVED.contains(&name.as_str()) {
            let what = format!("\"{name}\" is what results call the whole; give the part another name");
            report(problem(sources, item, &what));
        } else if names.iter().any(|(other, _)| *other == name) {
            report(problem(sources, item, &format!("\"{name}\" is included twice")));
        } else {
            names.push((name, item.clone()));
        }
    }
    names
}

/// The tree of a part without what it says of itself.
fn part(sources: &Sources, at: &Node, mut tree: Node) -> Result<Node, Problems> {
    if tree.name.as_deref() != Some("World") {
        return Err(problem(sources, at, &format!("expected a world, found {}", tree.describe())));
    }
    if tree.field(INCLUDE).is_some() || tree.field(SET).is_some() {
        return Err(problem(sources, at, "a world that is put together itself cannot be a part"));
    }
    for name in OWN {
        take(&mut tree, name);
    }
    keep_ways(&mut tree);
    Ok(tree)
}

/// Lets the ways between all pairs of a part's regions stay between those: what other parts call regions lies within its
/// rest of the world.
fn keep_ways(tree: &mut Node) {
    let regions: Vec<Node> = match tree.field("regions").map(|node| &node.kind) {
        Some(Kind::Map(entries)) => entries.iter().map(|entry| entry.key.clone()).collect(),
        _ => return,
    };
    let minerals = field_mut(tree, "minerals").map(|node| &mut node.kind);
    let Some(Kind::Map(minerals)) = minerals else { return };
    let stages = minerals.iter_mut().filter_map(|entry| match &mut field_mut(&mut entry.value, "stages")?.kind {
        Kind::List(stages) => Some(stages),
        _ => None,
    });
    for freight in stages.flatten().filter_map(|stage| field_mut(stage, "freight")) {
        if freight.field("other").is_some()
            && freight.field("among").is_none()
            && let Kind::Struct(fields) = &mut freight.kind
        {
            let value = Node { span: freight.span, name: None, kind: Kind::List(regions.clone().into()) };
            fields.push(Field { name: "among".to_owned(), at: freight.span, value });
        }
    }
}

fn field_mut<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let Kind::Struct(fields) = &mut node.kind else { return None };
    fields.iter_mut().find(|field| field.name == name).map(|field| &mut field.value)
}

/// Reports a part that another year or day underlies than the whole.
fn agree(root: &Node, part: &Node, name: &str, cx: &mut Cx) {
    if let Some((own, theirs)) = root.field(name).zip(part.field(name))
        && !same(own, theirs)
    {
        let place = cx.sources.place(own.span);
        let what = format!("this part says {}, the world that includes it {}", inline(theirs), inline(own));
        let instead = format!("let both agree, here or at {}:{}:{}", place.file, place.line, place.column);
        cx.within(Step::Field(name), |cx| cx.error(theirs.span, what, Some(instead)));
    }
}

/// Joins a part; where it contradicts what is there, that is a problem unless `settled` says what holds.
fn union(into: &mut Node, part: Node, settled: &Node, cx: &mut Cx) {
    match (&mut into.kind, part.kind) {
        (Kind::Struct(fields), Kind::Struct(more)) if into.name == part.name => {
            for field in more {
                let own = settled.field(&field.name);
                match fields.iter_mut().find(|other| other.name == field.name) {
                    Some(found) => {
                        let step = field.name.clone();
                        cx.within(Step::Field(&step), |cx| below(&mut found.value, field.value, own, cx));
                    }
                    None => fields.push(field),
                }
            }
        }
        (Kind::Map(entries), Kind::Map(more)) => {
            for entry in more {
                let key = entry.key.key_text();
                let own = entry_of(settled, &key);
                match entries.iter_mut().find(|other| other.key.key_text() == key) {
                    Some(found) => {
                        let step = format!("{key:?}");
                        cx.within(Step::Key(&step), |cx| below(&mut found.value, entry.value, own, cx));
                    }
                    None => entries.push(entry),
                }
            }
        }
        (_, kind) => {
            let part = Node { kind, ..part };
            if !same(into, &part) {
                contradiction(into, &part, cx);
            }
        }
    }
}

/// Reports where two values differ: the first place in them, so that one item more or less is one problem.
fn contradiction(known: &Node, part: &Node, cx: &mut Cx) {
    let differ = |pair: &(&Node, &Node)| !same(pair.0, pair.1);
    match (&known.kind, &part.kind) {
        (Kind::List(x), Kind::List(y)) if x.len() == y.len() => {
            if let Some((i, (a, b))) = x.iter().zip(y).enumerate().find(|(_, pair)| differ(pair)) {
                return cx.within(Step::Index(i), |cx| contradiction(a, b, cx));
            }
        }
        (Kind::Struct(_), Kind::Struct(more)) if known.name == part.name => {
            let both = |field: &&Field| known.field(&field.name).is_some_and(|other| differ(&(other, &field.value)));
            if let Some(field) = more.iter().find(both)
                && let Some(other) = known.field(&field.name)
            {
                return cx.within(Step::Field(&field.name), |cx| contradiction(other, &field.value, cx));
            }
        }
        _ => {}
    }
    let (at, what, there) = match (one_more(part, known), one_more(known, part)) {
        (Some(field), _) => (field.at, format!("`{}` is written here, and not", field.name), known.span),
        (None, Some(field)) => (part.span, format!("`{}` is not written here, but", field.name), field.at),
        (None, None) => (part.span, format!("{} here, {}", inline(part), inline(known)), known.span),
    };
    let place = cx.sources.place(there);
    cx.error(at, format!("{what} at {}:{}:{}", place.file, place.line, place.column), Some(SETTLE.to_owned()));
}

/// A field that a record has and another of its name lacks.
fn one_more<'a>(node: &'a Node, than: &Node) -> Option<&'a Field> {
    match (&node.kind, &than.kind) {
        (Kind::Struct(fields), Kind::Struct(_)) if node.name == than.name => {
            fields.iter().find(|field| than.field(&field.name).is_none())
        }
        _ => None,
    }
}

/// [`union`] one level down, where the including file may have settled the value as a whole.
fn below(into: &mut Node, part: Node, own: Option<&Node>, cx: &mut Cx) {
    match own {
        Some(own) if !matches!(own.kind, Kind::Struct(_) | Kind::Map(_)) => {}
        Some(own) => union(into, part, own, cx),
        None => {
            let nothing = Node { span: part.span, name: None, kind: Kind::Tuple(Vec::new().into()) };
            union(into, part, &nothing, cx);
        }
    }
}

fn entry_of<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find(|entry| entry.key.key_text() == key).map(|entry| &entry.value),
        _ => None,
    }
}

/// Sets what the including file writes over what its parts say.
fn lay_over(into: &mut Node, own: Node) {
    let joins = into.name == own.name;
    match (&mut into.kind, own.kind) {
        (Kind::Struct(fields), Kind::Struct(more)) if joins => {
            for Field { name, at, value } in more {
                match fields.iter_mut().find(|other| other.name == name) {
                    Some(found) => lay_over(&mut found.value, value),
                    None => fields.push(Field { name, at, value }),
                }
            }
        }
        (Kind::Map(entries), Kind::Map(more)) => {
            for Entry { key, value } in more {
                match entries.iter_mut().find(|other| other.key.key_text() == key.key_text()) {
                    Some(found) => lay_over(&mut found.value, value),
                    None => entries.push(Entry { key, value }),
                }
            }
        }
        (_, kind) => *into = Node { kind, ..own },
    }
}

/// Whether two values are written the same, wherever they stand; the order of fields and entries counts for nothing.
fn same(a: &Node, b: &Node) -> bool {
    let each = |a: &[Node], b: &[Node]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    a.name == b.name
        && match (&a.kind, &b.kind) {
            (Kind::Struct(x), Kind::Struct(y)) => {
                x.len() == y.len()
                    && x.iter().all(|field| b.field(&field.name).is_some_and(|other| same(&field.value, other)))
            }
            (Kind::Map(x), Kind::Map(y)) => {
                let found =
                    |entry: &Entry| entry_of(b, &entry.key.key_text()).is_some_and(|other| same(&entry.value, other));
                x.len() == y.len() && x.iter().all(found)
            }
            (Kind::Tuple(x), Kind::Tuple(y)) | (Kind::List(x), Kind::List(y)) => each(x, y),
            (Kind::Leaf(x), Kind::Leaf(y)) => x == y || a.string().is_some() && a.string() == b.string(),
            _ => false,
        }
}

/// A value in a few words.
fn inline(node: &Node) -> String {
    match (&node.kind, &node.name) {
        (Kind::Tuple(items), Some(name)) if items.len() == 1 && items[0].leaf().is_some() => {
            format!("{name}({})", items[0].leaf().unwrap_or_default())
        }
        (Kind::List(items), _) => format!("a list of {}", counted(items.len(), "items")),
        _ => node.describe(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(own: &str, parts: &[(&str, &str)]) -> Result<String, String> {
        let mut sources = Sources::default();
        let root = scan::read(&mut sources, "whole.ron", own.as_bytes()).expect("sound RON");
        let read = |name: &str| {
            let part = parts.iter().find(|(part, _)| *part == name);
            part.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| "not there".to_owned())
        };
        match join(&mut sources, root, str::to_owned, read) {
            Ok(joined) if !joined.problems.is_empty() => Err(joined.problems.to_string().trim_end().to_owned()),
            Ok(joined) => Ok(flat(&joined.root)),
            Err(problems) => Err(problems.to_string().trim_end().to_owned()),
        }
    }

    fn flat(node: &Node) -> String {
        let name = node.name.clone().unwrap_or_default();
        let all = |items: &[Node]| items.iter().map(flat).collect::<Vec<_>>().join(",");
        match &node.kind {
            Kind::Leaf(text) => text.clone(),
            Kind::Tuple(items) => format!("{name}({})", all(items)),
            Kind::List(items) => format!("[{}]", all(items)),
            Kind::Struct(fields) => {
                let fields: Vec<String> = fields.iter().map(|f| format!("{}:{}", f.name, flat(&f.value))).collect();
                format!("{name}({})", fields.join(","))
            }
            Kind::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|e| format!("{}:{}", flat(&e.key), flat(&e.value))).collect();
                format!("{{{}}}", entries.join(","))
            }
        }
    }

    const A: &str = "World(schema: 1, id: \"a\", base_year: 2024, nations: {\"x\": (r: \"x\", p: {\"one\": Ban(m: \"a\")})}, mines: {\"m\": (h: Plan(\"b\"))})";
    const B: &str = "World(schema: 1, id: \"b\", base_year: 2024, nations: {\"x\": (p: {\"two\": Ban(m: \"b\")}, r: \"x\"), \"y\": (r: \"y\")})";

    #[test]
    fn parts_are_joined_and_the_whole_has_the_last_word() {
        let own =
            "World(include: [\"a.ron\", \"b.ron\"], id: \"whole\", base_year: 2024, mines: {\"m\": (h: Mines(\"b\"))})";
        let whole = "World(base_year:2024,nations:{\"x\":(r:\"x\",p:{\"one\":Ban(m:\"a\"),\"two\":Ban(m:\"b\")}),\"y\":(r:\"y\")},\
            mines:{\"m\":(h:Mines(\"b\"))},id:\"whole\")";
        assert_eq!(joined(own, &[("a.ron", A), ("b.ron", B)]).as_deref(), Ok(whole));
        assert_eq!(joined("World(id: \"alone\")", &[]).as_deref(), Ok("World(id:\"alone\")"));
    }

    #[test]
    fn what_a_world_sets_comes_last_and_reaches_into_lists() {
        let a = "World(minerals: {\"m\": (stages: [(id: \"x\", tick: 5), (id: \"y\", tick: 5)])}, paths: {\"p\": (scenarios: {\"s\": {2024: 1, 2030: 2}})})";
        let own = "World(include: [\"a.ron\"], set: {\n\"minerals.m.stages.y.tick\": 6,\n\"paths.p.scenarios.s\": {2024: 1}})";
        let whole = "World(minerals:{\"m\":(stages:[(id:\"x\",tick:5),(id:\"y\",tick:6)])},paths:{\"p\":(scenarios:{\"s\":{2024:1}})})";
        assert_eq!(joined(own, &[("a.ron", a)]).as_deref(), Ok(whole));
        let alone = "World(paths: {\"p\": (scenarios: {\"s\": {2024: 1}})}, set: {\"paths.p.scenarios.s.2024\": 3})";
        assert_eq!(joined(alone, &[]).as_deref(), Ok("World(paths:{\"p\":(scenarios:{\"s\":{2024:3}})})"));
        // Every path that leads nowhere is said where it stands, beside what else is wrong.
        let wrong = own.replace("stages.y", "stages.z").replace("paths.p", "paths.q");
        let said = joined(&wrong, &[("a.ron", a)]).expect_err("two paths to nowhere");
        assert!(
            said.contains("whole.ron:2:1: the path minerals.m.stages.z.tick cannot be set: the list has no item z"),
            "{said}"
        );
        assert!(
            said.contains("whole.ron:3:1: the path paths.q.scenarios.s cannot be set: there is no \"q\""),
            "{said}"
        );
        let said = joined("World(include: [\"gone.ron\"], set: [5])", &[]).expect_err("a list");
        assert!(
            said.contains("gone.ron cannot be read") && said.contains("whole.ron:1:35: set: expected a map"),
            "{said}"
        );
        let part = "World(set: {})";
        let said = joined("World(include: [\"a.ron\"])", &[("a.ron", part)]).expect_err("no part");
        assert!(said.contains("cannot be a part"), "{said}");
    }

    #[test]
    fn a_part_ships_between_its_own_regions() {
        let own = "World(include: [\"a.ron\", \"b.ron\"])";
        let a = "World(regions: {\"x\": (), \"y\": ()}, minerals: {\"m\": (stages: [(freight: (other: 5)), (freight: (routes: []))])})";
        let b = "World(regions: {\"z\": ()})";
        let whole = "World(regions:{\"x\":(),\"y\":(),\"z\":()},minerals:{\"m\":(stages:[(freight:(other:5,among:[\"x\",\"y\"])),(freight:(routes:[]))])})";
        assert_eq!(joined(own, &[("a.ron", a), ("b.ron", b)]).as_deref(), Ok(whole));
    }

    #[test]
    fn a_contradiction_names_both_places_and_the_whole_can_settle_it() {
        let c = "World(base_year: 2024,\n nations: {\"x\": (r: \"z\")})";
        let own = "World(include: [\"a.ron\", \"c.ron\"], base_year: 2024)";
        let said = "c.ron:2:21: nations[\"x\"].r: the text \"z\" here, the text \"x\" at a.ron:1:63; let both agree, or write it in the world that includes them";
        assert_eq!(joined(own, &[("a.ron", A), ("c.ron", c)]), Err(said.to_owned()));
        let settled = "World(include: [\"a.ron\", \"c.ron\"], base_year: 2024, nations: {\"x\": (r: \"w\")})";
        assert!(joined(settled, &[("a.ron", A), ("c.ron", c)]).expect("settled").contains("r:\"w\""));
    }

    #[test]
    fn a_contradiction_in_a_list_is_named_where_it_begins() {
        let own = "World(include: [\"a.ron\", \"b.ron\"])";
        let a =
            "World(minerals: {\"m\": (stages: [\n (id: \"x\", tick: 5),\n (id: \"y\", tick: 5, way: (cost: 3)),\n])})";
        for (b, said) in [
            (
                "World(minerals: {\"m\": (stages: [(id: \"x\", tick: 5), (id: \"y\",\n tick: 6, way: (cost: 4))])})",
                "b.ron:2:8: minerals[\"m\"].stages[1].tick: the number 6 here, the number 5 at a.ron:3:18",
            ),
            (
                "World(minerals: {\"m\": (stages: [(id: \"x\", tick: 5), (id: \"y\", tick: 5)])})",
                "b.ron:1:53: minerals[\"m\"].stages[1]: `way` is not written here, but at a.ron:3:21",
            ),
            (
                "World(minerals: {\"m\": (stages: [(id: \"x\", tick: 5, way: 1), (id: \"y\", tick: 5, way: (cost: 3))])})",
                "b.ron:1:52: minerals[\"m\"].stages[0]: `way` is written here, and not at a.ron:2:2",
            ),
            (
                "World(minerals: {\"m\": (stages: [(id: \"x\", tick: 5)])})",
                "b.ron:1:32: minerals[\"m\"].stages: a list of 1 item here, a list of 2 items at a.ron:1:32",
            ),
        ] {
            let found = joined(own, &[("a.ron", a), ("b.ron", b)]).expect_err("a contradiction");
            assert_eq!(found, format!("{said}; {SETTLE}"));
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_hides_no_contradiction_of_the_others() {
        let c = "World(base_year: 2024,\n nations: {\"x\": (r: \"z\")})";
        let own = "World(include: [\"a.ron\", \"gone.ron\", \"c.ron\", \"/\"], base_year: 2023)";
        let said = joined(own, &[("a.ron", A), ("c.ron", c)]).expect_err("problems");
        for part in ["gone.ron cannot be read", "\"/\" is no file", "c.ron:2:21: nations", "c.ron:1:18: base_year"] {
            assert!(said.contains(part), "{part} in {said}");
        }
    }

    #[test]
    fn what_cannot_be_a_part_is_said_at_its_name() {
        let old = "World(base_year: 2020)";
        let own = "World(include: [\"old.ron\"], base_year: 2024)";
        let said = "old.ron:1:18: base_year: this part says the number 2020, the world that includes it the number 2024; let both agree, here or at whole.ron:1:40";
        assert_eq!(joined(own, &[("old.ron", old)]), Err(said.to_owned()));
        let parts = [("nest.ron", own), ("e.ron", "Experiment()")];
        let own = "World(include: [\"nest.ron\", \"e.ron\", \"gone.ron\", 5])";
        assert!(joined(own, &parts).expect_err("no text").contains("whole.ron:1:"));
        let own = "World(include: [\"nest.ron\", \"e.ron\", \"gone.ron\"])";
        let said = joined(own, &parts).expect_err("no parts");
        for part in ["cannot be a part", "expected a world, found Experiment(..)", "gone.ron cannot be read: not there"]
        {
            assert!(said.contains(part), "{said}");
        }
        for name in ["../a.ron", "a.txt"] {
            assert!(joined(&format!("World(include: [\"{name}\"])"), &[]).expect_err("refused").contains("no file"));
        }
    }
}
