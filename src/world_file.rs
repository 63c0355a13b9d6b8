//! From a written file to a checked world.
//!
//! [`scan`] reads text into a [`tree`] that knows where everything stands, [`mod@include`] puts a world together from
//! others, [`overlay`] sets other values into it, what a file may say is declared in [`written`] by [`record`],
//! [`resolve`] turns that into a [`Setup`], and [`problem`] is what is wrong on the way: all of it, each with its place and
//! what to write instead.

use std::sync::{Arc, OnceLock};

use crate::setup::Setup;

pub mod balance;
pub mod decode;
#[cfg(feature = "cli")]
pub mod disk;
pub mod include;
pub mod inventory;
pub mod overlay;
pub mod problem;
pub mod quantity;
pub mod record;
pub mod reference;
pub mod resolve;
pub mod resolved;
pub mod scan;
pub mod schema;
pub mod shape;
pub mod source;
pub mod tree;
pub mod value;
pub mod written;

use balance::Balance;
use decode::{Cx, Decode, Origin, Readings};
use overlay::Override;
use problem::Problems;
use source::Sources;
use tree::Node;
use written::World;

/// A world that has been looked at.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The world, unless a problem forbids using it.
    pub setup: Option<Setup>,
    /// Supply and use of the base year, as far as the world could be read.
    pub balance: Option<Balance>,
    /// Errors and warnings.
    pub problems: Problems,
    /// The file with its overrides.
    pub root: Node,
}

impl Checked {
    /// The same world with what was wrong before it was looked at.
    #[must_use]
    pub fn with(self, more: Problems) -> Self {
        let setup = self.setup.filter(|_| !more.has_errors());
        Self { setup, problems: self.problems.and(more), ..self }
    }
}

/// Checks a world that [`scan::read`] has read, with values set into it.
///
/// # Panics
/// When a world is refused without a problem, which would be a mistake of ours.
#[must_use]
pub fn check(sources: &Sources, mut root: Node, overrides: &[Override]) -> Checked {
    let mut cx = Cx::new(sources);
    let (setup, balance) = overlaid(&mut root, overrides, None, &mut cx)
        .map(|(setup, stages)| {
            let balance = balance::balance(&setup);
            balance.compare(&stages, &mut cx);
            (setup, balance)
        })
        .unzip();
    let problems = cx.finish();
    assert!(setup.is_some() || problems.has_errors(), "bug: a world refused without a reason");
    Checked { setup: setup.filter(|_| !problems.has_errors()), balance, problems, root }
}

/// A world in which other values are set again and again, as for the points of a sweep: what they do not touch is read once.
#[derive(Debug, Clone)]
pub struct Base {
    /// The file as a tree.
    pub root: Node,
    readings: Arc<OnceLock<Readings>>,
}

impl From<Node> for Base {
    fn from(root: Node) -> Self {
        Self { root, readings: Arc::default() }
    }
}

impl Base {
    /// The world with values set into it, and nothing said of its balance.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn setup(&self, sources: &Sources, overrides: &[Override]) -> Result<Setup, Problems> {
        let readings = self.readings.get_or_init(|| {
            let mut cx = Cx::new(sources);
            reference::know(&self.root, &mut cx);
            cx.keep();
            let _ = World::decode(&self.root, &mut cx);
            cx.kept()
        });
        let mut cx = Cx::new(sources);
        let resolved = overlaid(&mut self.root.clone(), overrides, Some(readings), &mut cx);
        let problems = cx.finish();
        resolved.filter(|_| !problems.has_errors()).map(|(setup, _)| setup).ok_or(problems)
    }
}

/// A world with values set into it, and where its stages were written.
fn overlaid<'a>(
    root: &mut Node,
    overrides: &[Override],
    readings: Option<&'a Readings>,
    cx: &mut Cx<'a>,
) -> Option<(Setup, Vec<Origin>)> {
    overlay::overlay(root, &World::shape(), overrides, cx);
    cx.replace();
    reference::know(root, cx);
    if let Some(readings) = readings {
        cx.take_from(readings);
    }
    is_known(root, cx).then(|| World::decode(root, cx)).flatten().and_then(|world| resolve::resolve(world, cx))
}

/// Whether a file is a world of an edition that is read here; otherwise that alone is reported.
fn is_known(root: &Node, cx: &mut Cx) -> bool {
    if root.name.as_deref() != Some("World") {
        let instead = match root.name.as_deref() {
            Some("Experiment") => "an experiment names its world; give the world file itself",
            Some("Search") => "a search names its world; give the world file itself",
            _ => "write World( .. )",
        };
        cx.expected(root, "World(..)", instead);
        return false;
    }
    let edition = root.field("schema").filter(|node| node.leaf().is_some_and(|text| text.parse::<u64>().is_ok()));
    let unknown = edition.filter(|node| !resolve::EDITIONS.iter().any(|known| node.leaf() == Some(&known.to_string())));
    if let Some(node) = unknown {
        let known = resolve::EDITIONS.map(|edition| edition.to_string()).join(", ");
        let what = format!("schema {} is not known", node.leaf().unwrap_or_default());
        let instead = Some(format!("this version reads schema {known}"));
        cx.within(decode::Step::Field("schema"), |cx| cx.error(node.span, what, instead));
    }
    unknown.is_none()
}

/// A world from text; `name` is what messages call it.
///
/// # Errors
/// Everything that is wrong with it. Warnings alone are no error, and are dropped here.
pub fn load_text(name: &str, text: &str) -> Result<Setup, Problems> {
    let mut sources = Sources::default();
    let root = scan::read(&mut sources, name, text.as_bytes())?;
    let checked = check(&sources, root, &[]);
    checked.setup.ok_or(checked.problems)
}

/// A world from a file.
///
/// # Errors
/// Everything that is wrong with it, or that it cannot be read.
#[cfg(feature = "cli")]
pub fn load(path: impl AsRef<std::path::Path>) -> Result<Setup, Problems> {
    let path = path.as_ref();
    let name = path.to_string_lossy();
    let mut sources = Sources::default();
    let bytes = disk::given(path).map_err(|error| {
        let id = sources.add(&name, "");
        let mut cx = Cx::new(&sources);
        cx.error(sources.whole(id), format!("the file cannot be read: {error}"), None);
        cx.finish()
    })?;
    let root = scan::read(&mut sources, &name, &bytes)?;
    let joined = include::join_files(&mut sources, root, path)?;
    let checked = check(&sources, joined.root, &[]).with(joined.problems);
    checked.setup.ok_or(checked.problems)
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macros declare for other modules")]
mod tests {
    use super::decode::{At, Cx, Decode, Keyed};
    use super::overlay::{Override, overlay};
    use super::problem::{Problem, Problems, Severity};
    use super::quantity::{Quantity, Share, TonnesPerYear};
    use super::source::Sources;
    use super::{Base, check, scan, value};
    use crate::id::Id;

    super::record::record! {
        /// A town.
        pub struct Town as "Town" {
            /// How much it makes.
            makes: At<TonnesPerYear>,
            /// What it keeps.
            keeps: Option<Share>,
            /// Its years.
            years: Keyed<value::Year, value::Level> = "{ 2024: 1 }",
        }
    }

    super::record::choice! {
        /// A place.
        pub enum Spot as "a place" {
            /// With people.
            Town(Town),
            /// With a share.
            Lake(Share),
            /// Without.
            Desert,
        }
    }

    fn read(text: &str, set: &[&str]) -> (Option<Keyed<Id, Spot>>, String) {
        let mut sources = Sources::default();
        let mut root = match scan::read(&mut sources, "a.ron", text.as_bytes()) {
            Ok(root) => root,
            Err(problems) => return (None, problems.to_string()),
        };
        let set: Vec<_> =
            set.iter().map(|text| Override::parse(&mut sources, "--set #1", text).expect("well formed")).collect();
        let mut cx = Cx::new(&sources);
        overlay(&mut root, &Keyed::<Id, Spot>::shape(), &set, &mut cx);
        let read = Keyed::decode(&root, &mut cx);
        (read, cx.finish().to_string())
    }

    #[test]
    fn a_record_reports_all_that_is_wrong_with_it() {
        let (spots, problems) = read(
            "{\n \"a\": Town(maks: 3, keeps: Share(2)),\n \"b\": Town(makes: Tonnes(5_000)),\n \"d\": Lake(0.5),\n \"c\": Dessert,\n}",
            &[],
        );
        assert!(spots.is_some_and(|spots| spots.0.is_empty() && spots.1.len() == 4));
        let expected = [
            "a.ron:2:7: [\"a\"]: `makes` is missing; write `makes: TonnesPerYear(..)`",
            "a.ron:2:12: [\"a\"]: Town has no field `maks`; the nearest is `makes`",
            "a.ron:2:28: [\"a\"].keeps: 2 is more than 1; write Share(0.02) if it is 2 %",
            "a.ron:3:19: [\"b\"].makes: expected TonnesPerYear(..), found Tonnes(..); write TonnesPerYear(5_000) if it is tonnes of contained metal a year",
            "a.ron:4:12: [\"d\"]: expected Share(..), found the number 0.5; write Share(0.5) if it is a part of a whole, 0 to 1",
            "a.ron:5:7: [\"c\"]: expected a place, found `Dessert`; the nearest name is Desert",
        ];
        assert_eq!(problems.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn none_stands_only_where_something_may_be_left_out() {
        let (spots, problems) = read("{\n \"a\": Town(makes: None, keeps: None, years: None),\n}", &[]);
        assert!(spots.is_some_and(|spots| spots.0.is_empty() && spots.1.len() == 1));
        let expected = [
            "a.ron:2:19: [\"a\"].makes: `makes` cannot be `None`; write `makes: TonnesPerYear(..)`",
            "a.ron:2:45: [\"a\"].years: `years` cannot be `None`; leave it out for { 2024: 1 }, or write `years: { whole number: number }`",
        ];
        assert_eq!(problems.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_override_reaches_what_the_shape_allows_and_no_more() {
        let lake = read("{ \"a\": Lake(Share(0.5)) }", &[]).0.expect("read");
        assert!(matches!(lake.0[0].1, Spot::Lake(share) if (share.number() - 0.5).abs() < 1e-12));
        let text = "{ \"a\": Town(makes: TonnesPerYear(1)), \"b\": Lake(Share(0.5)) }";
        let (spots, problems) = read(text, &["a.makes=TonnesPerYear(7)", "a.years.2030=2", "c=Desert", "b=None"]);
        assert_eq!(problems, "");
        let spots = spots.expect("read").sorted();
        let names: Vec<&str> = spots.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(names, ["a", "c"]);
        let Spot::Town(town) = &spots.0[0].1 else { panic!("a town") };
        assert_eq!((town.makes.number(), town.keeps, town.years.0.len()), (7.0, None, 2));

        for (set, message) in [
            (
                "a.maks=1",
                "--set #1:1:1: the path a.maks cannot be set: Town has no field `maks`; the nearest name is `makes`",
            ),
            ("d.makes=1", "--set #1:1:1: the path d.makes cannot be set: there is no \"d\"; there are \"a\" and \"b\""),
            (
                "a.makes.x=1",
                "--set #1:1:1: the path a.makes.x cannot be set: TonnesPerYear(..) has no part `x`; let the path end before it and write the whole value",
            ),
            (
                "a.makes=Share(1)",
                "--set #1:1:9: [\"a\"].makes: expected TonnesPerYear(..), found Share(..); write TonnesPerYear(1) if it is tonnes of contained metal a year",
            ),
        ] {
            assert_eq!(read(text, &[set]).1.trim_end(), message);
        }
    }

    #[test]
    fn what_ron_accepts_the_scanner_reads_the_same() {
        for text in [
            "World ( a : 1 , /* ( */ b: [1, 2,], c: {\"x\": (1,)}, d: Some(3), e: r#\"a\"b)\"#, f: 'x', g: '\"', )",
            "#![enable(implicit_some)]\n#![type = \"x]y\"]\n// hi (\n(r#type: -1.5e3, b: \"\\\"(\", c: b'x', d: (), e: A(), f: b\"(\")",
            "\u{feff}[A(b: 1), A(B(1)), {1: 2}, (((1))), \"//\"]",
        ] {
            let mut sources = Sources::default();
            assert!(scan::read(&mut sources, "a.ron", text.as_bytes()).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_world_with_values_set_is_the_same_read_at_once_or_from_what_was_read_before() {
        let mut sources = Sources::default();
        let text = include_str!("../worlds/two-shores.ron");
        let root = scan::read(&mut sources, "w", text.as_bytes()).expect("RON");
        let mut set = |text| Override::parse(&mut sources, "--set", text).expect("an override");
        let sets = [
            vec![],
            vec![set("mines.red-hill.stock=Tonnes(500)"), set("minerals.cobalt.stages.hydroxide.tick=UsdPerTonne(2)")],
            vec![set("nations.southland=None")], // still named by others
            vec![set("nations.southland.region=\"nowhere\"")],
            vec![set("mines={}"), set("nations.northland.policies.ban=5")],
        ];
        let base = Base::from(root.clone());
        for set in sets.iter().chain(&sets) {
            let from_base = base.setup(&sources, set);
            let checked = check(&sources, root.clone(), set);
            assert_eq!(format!("{:?}", from_base.as_ref().ok()), format!("{:?}", checked.setup.as_ref()));
            if let Err(problems) = from_base {
                let errors = |problems: &Problems| -> Vec<Problem> {
                    problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect()
                };
                assert_eq!(errors(&problems), errors(&checked.problems));
            }
        }
        assert!(base.setup(&sources, &sets[1]).is_ok() && base.setup(&sources, &sets[2]).is_err());
    }
}
