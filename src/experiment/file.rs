//! From an experiment file, and the world that it names, to a checked experiment.

use std::io;
use std::path::{Path, PathBuf};

use super::resolve::{arms, resolve};
use super::written::{self, Experiment as Written};
use super::{Experiment, Input};
use crate::sweep::factors;
use crate::world_file::decode::{At, Cx, Decode, Replaced};
use crate::world_file::include::Joined;
use crate::world_file::overlay::Override;
use crate::world_file::problem::{Problems, Severity};
use crate::world_file::source::Sources;
use crate::world_file::tree::Node;
use crate::world_file::value::Text;
use crate::world_file::{disk, include, scan};

/// Name of the copy of a posterior among the results.
pub(crate) const POSTERIOR: &str = "posterior.ron";

/// Editions of the format that are read here.
const EDITIONS: [&str; 1] = ["1"];

/// Arms that an experiment may have.
const MAX_ARMS: usize = 200;

/// What is changed beyond the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// `path=value`, set into the world of every arm before the arm's own settings.
    pub set: Vec<String>,
    /// How many seeds.
    pub seeds: Option<u32>,
    /// World file to take instead of the one that the experiment names.
    pub world: Option<PathBuf>,
    /// Posterior to draw points from instead of the one that the experiment names.
    pub posterior: Option<PathBuf>,
}

/// An experiment that has been looked at.
#[derive(Debug)]
pub struct Loaded {
    /// The texts, for messages that quote them.
    pub sources: Sources,
    /// The experiment, unless a problem forbids running it.
    pub experiment: Option<Experiment>,
    /// Errors and warnings.
    pub problems: Problems,
}

/// A kind of file that asks something of a world: an experiment, or what builds on one.
pub(crate) trait Asks: Decode {
    /// Name at its root.
    const NAME: &'static str;
    /// What it says beyond an experiment.
    type Rest;
    /// The experiment in it, and the rest; what is wrong with the rest is told.
    fn parts(self, cx: &mut Cx) -> (Written, Option<Self::Rest>);
}

impl Asks for Written {
    const NAME: &'static str = "Experiment";
    type Rest = ();
    fn parts(self, _: &mut Cx) -> (Written, Option<()>) {
        (self, Some(()))
    }
}

/// Reads and checks an experiment and its world under every arm. All problems come at once.
#[must_use]
pub fn load(path: &Path, changes: &Changes) -> Loaded {
    let Read { sources, asked, problems, .. } = load_as::<Written>(path, changes);
    let experiment = asked.map(|(experiment, ())| experiment).filter(|_| !problems.has_errors());
    Loaded { sources, experiment, problems }
}

/// A file that asks something of a world, as it was read.
pub(crate) struct Read<T> {
    /// The texts.
    pub(crate) sources: Sources,
    /// The experiment, and what the file says beyond it, as far as they can be checked further. With an error they are not to be
    /// used.
    pub(crate) asked: Option<(Experiment, T)>,
    /// Where others stand in for values that could not be read.
    pub(crate) replaced: Replaced,
    /// Errors and warnings.
    pub(crate) problems: Problems,
}

/// Reads and checks a file that asks something of a world.
pub(crate) fn load_as<T: Asks>(path: &Path, changes: &Changes) -> Read<T::Rest> {
    let (mut sources, mut replaced) = (Sources::default(), Replaced::new());
    let (asked, problems) = match read::<T>(path, changes, &mut sources, &mut replaced) {
        Ok(read) => read,
        Err(problems) => (None, problems),
    };
    Read { sources, asked, replaced, problems }
}

type Found<T> = (Option<(Experiment, T)>, Problems);

fn read<T: Asks>(
    path: &Path,
    changes: &Changes,
    sources: &mut Sources,
    replaced: &mut Replaced,
) -> Result<Found<T::Rest>, Problems> {
    let name = path.to_string_lossy();
    let bytes = disk::given(path).map_err(|error| unreadable(sources, &name, &error))?;
    let root = scan::read(sources, &name, &bytes)?;
    let mut cx = Cx::new(sources);
    cx.replace();
    if !is_known(&root, T::NAME, &mut cx) {
        return Err(cx.finish());
    }
    let (written, rest) = T::decode(&root, &mut cx).map(|read| read.parts(&mut cx)).unzip();
    let rest = rest.flatten();
    *replaced = cx.replaced();
    let mut problems = cx.finish();
    // Of a path that could not be read nothing stands in: there is no such text.
    let Some(written) = written.filter(|written| !written.world.value.0.is_empty()) else { return Err(problems) };
    let (world, mut common) = (&written.world, Override::all(&written.set));

    for (i, text) in changes.set.iter().enumerate() {
        match Override::parse(sources, &format!("--set #{}", i + 1), text) {
            Ok(change) => common.push(change),
            Err(more) => problems = problems.and(more),
        }
    }
    let given = disk::beside(path, &world.value.0);
    let world_path = changes.world.clone().unwrap_or(given);
    let mut inputs = vec![Input { name: "experiment.ron".to_owned(), bytes }];
    let world = match world_of(world, &world_path, sources) {
        Ok((bytes, joined)) => {
            problems = problems.and(joined.problems);
            let parts = joined.parts.into_iter().map(|part| Input { name: part.name, bytes: part.bytes });
            inputs.extend(std::iter::once(Input { name: "world.ron".to_owned(), bytes }).chain(parts));
            Some(joined.root)
        }
        Err(more) => {
            problems = problems.and(more);
            None
        }
    };
    let count = written.arms.0.len();
    if count > MAX_ARMS {
        let mut cx = Cx::new(sources);
        let origin = &written.arms.0[MAX_ARMS].0.origin;
        cx.error_at(
            origin,
            format!("{count} arms"),
            format!("write at most {MAX_ARMS}; what varies in steps is a factor"),
        );
        return Err(problems.and(cx.finish()));
    }
    let posterior = match posterior(&written, path, changes, sources) {
        None => None,
        Some(Ok((bytes, root))) => {
            inputs.push(Input { name: POSTERIOR.to_owned(), bytes });
            Some(root)
        }
        Some(Err(more)) => {
            problems = problems.and(more);
            None
        }
    };
    let mut cx = Cx::after(sources, replaced.clone());
    let (worlds, more) = world.map(|world| arms(sources, world, &common, &written, &cx)).unwrap_or_default();
    problems = problems.and(more);
    let known: Vec<Problems> = worlds.iter().map(|world| world.problems.clone()).collect();
    let experiment = resolve(&written, worlds, posterior.as_ref(), changes, inputs, &mut cx);
    problems = problems.and(cx.finish());
    if let Some(experiment) = &experiment {
        let (arms, known): (Vec<_>, Vec<_>) =
            (experiment.arms.iter().map(|arm| &arm.id).collect(), known.iter().collect());
        problems = problems.and(factors::check_points(sources, &experiment.design, &arms, &known));
    }
    let warnings = problems.iter().filter(|problem| problem.severity == Severity::Warning);
    let warnings = warnings.map(|problem| format!("{}: {}", problem.path, problem.what)).collect();
    Ok((experiment.map(|experiment| Experiment { warnings, ..experiment }).zip(rest), problems))
}

/// Bytes and tree of the world file at a path, which the experiment names at `world`.
fn world_of(world: &At<Text>, path: &Path, sources: &mut Sources) -> Result<(Vec<u8>, Joined), Problems> {
    let name = path.to_string_lossy().into_owned();
    let bytes = disk::named(path, None).map_err(|error| {
        let mut cx = Cx::new(sources);
        let what = format!("the world file {name} cannot be read: {error}");
        cx.error_at(&world.origin, what, "write its path from the folder of this file on");
        cx.finish()
    })?;
    let root = scan::read(sources, &name, &bytes)?;
    include::join_files(sources, root, path).map(|joined| (bytes, joined))
}

/// Bytes and tree of the posterior from which an experiment draws its points, if it does.
fn posterior(
    written: &Written,
    path: &Path,
    changes: &Changes,
    sources: &mut Sources,
) -> Option<Result<(Vec<u8>, Node), Problems>> {
    let Some(written::Design::Posterior(drawn)) = written.design.as_ref().map(|design| &design.value) else {
        return None;
    };
    if drawn.file.value.0.is_empty() {
        return None; // could not be read
    }
    let given = disk::beside(path, &drawn.file.value.0);
    let place = changes.posterior.as_ref().unwrap_or(&given);
    let name = place.to_string_lossy().into_owned();
    let bytes = disk::named(place, None).map_err(|error| {
        let mut cx = Cx::new(sources);
        let what = format!("the posterior {name} cannot be read: {error}");
        cx.error_at(&drawn.file.origin, what, "write its path from the folder of this file on");
        cx.finish()
    });
    Some(bytes.and_then(|bytes| scan::read(sources, &name, &bytes).map(|root| (bytes, root))))
}

fn unreadable(sources: &mut Sources, name: &str, error: &io::Error) -> Problems {
    let id = sources.add(name, "");
    let mut cx = Cx::new(sources);
    cx.error(sources.whole(id), format!("the file cannot be read: {error}"), None);
    cx.finish()
}

fn is_known(root: &Node, kind: &str, cx: &mut Cx) -> bool {
    if root.name.as_deref() != Some(kind) {
        let instead = match root.name.as_deref() {
            Some("World") => "a world is not run by itself; give an experiment that names it".to_owned(),
            Some("Experiment") => "an experiment is run by `oreworld run` or `oreworld sweep`".to_owned(),
            Some("Search") => "a search is run by `oreworld optimize`".to_owned(),
            Some("Calibration") => "a calibration is run by `oreworld calibrate`".to_owned(),
            _ => format!("write {kind}( .. )"),
        };
        cx.expected(root, &format!("{kind}(..)"), instead);
        return false;
    }
    let edition = root.field("schema").filter(|node| node.leaf().is_some_and(|text| text.parse::<u64>().is_ok()));
    match edition.filter(|node| !EDITIONS.iter().any(|known| node.leaf() == Some(known))) {
        Some(node) => {
            let what = format!("schema {} is not known", node.leaf().unwrap_or_default());
            cx.error(node.span, what, Some(format!("this version reads schema {}", EDITIONS.join(", "))));
            false
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world_file::problem::Problem;

    fn shipped() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/two-shores-ban.ron")
    }

    fn changed(edit: impl Fn(String) -> String) -> Loaded {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("e.ron");
        std::fs::write(&path, edit(std::fs::read_to_string(shipped()).expect("a file"))).expect("a disk");
        let world = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/two-shores.ron"));
        load(&path, &Changes { world, ..Changes::default() })
    }

    fn messages(loaded: &Loaded) -> Vec<String> {
        let place = |p: &Problem| {
            let file = Path::new(&p.at.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{file}:{}: {}: {}", p.at.line, p.path, p.what)
        };
        loaded.problems.iter().map(place).collect()
    }

    #[test]
    fn the_one_page_experiment_means_what_it_says() {
        let loaded = load(&shipped(), &Changes::default());
        let experiment = loaded.experiment.unwrap_or_else(|| panic!("{}", loaded.problems));
        let names: Vec<&str> = experiment.arms.iter().map(|arm| arm.id.as_str()).collect();
        assert_eq!((names, experiment.baseline), (vec!["open", "ban"], 0));
        assert_eq!((experiment.weeks, experiment.seeds.count), (209, 20));
        let policies = |arm: usize| experiment.arms[arm].setup.nations[1].policies.len();
        assert_eq!((policies(0), policies(1)), (1, 2));
        assert_eq!(experiment.outcomes[0].weeks, 53..157);
        assert_eq!(experiment.outcomes[0].column(), "mean_price_north_usd_per_t");
        assert_eq!(experiment.day_number(0), 19_723);
    }

    #[test]
    fn a_change_is_another_experiment_and_a_copy_is_the_same() {
        let hash = |changes: &Changes| load(&shipped(), changes).experiment.expect("sound").hash();
        let plain = hash(&Changes::default());
        assert_ne!(plain, hash(&Changes { seeds: Some(3), ..Changes::default() }));
        let set = vec!["mines.red-hill.stock=Tonnes(400)".to_owned()];
        assert_ne!(plain, hash(&Changes { set, ..Changes::default() }));
        let copy = changed(|text| text).experiment.expect("sound");
        assert_eq!(plain, copy.hash());
    }

    #[test]
    fn a_field_that_cannot_be_read_hides_nothing_of_the_others() {
        let wrong = |text: String| {
            text.replace("baseline: \"open\"", "baseline: \"opne\"")
                .replace("stage: \"refined\", region: \"north\"", "stage: \"refined\", region: \"nroth\"")
        };
        let others = messages(&changed(wrong));
        assert!(others.len() > 1, "{others:#?}");
        let edits = [
            ("question:", "qestion:"),
            ("id: \"two-shores-ban\"", "id: \"Two shores\""),
            ("seeds: (first: 1, count: 20)", "seeds: 20"),
            ("levers: [\"B1\"]", "levers: \"B1\""),
            (
                "baseline:",
                "design: LatinHypercube(pionts: 10), factors: { \"a\": (label: (zh: \"a\", en: \"a\"), paths: \
             [\"mines.red-hill.stock\"], over: Uniform(Tonnes(1), Tonnes(2))) }, baseline:",
            ),
        ];
        for (from, to) in edits {
            let found = messages(&changed(|text| wrong(text).replace(from, to)));
            let line = |message: &String| message.splitn(3, ':').nth(2).unwrap_or_default().to_owned();
            let lines: Vec<String> = found.iter().map(line).collect();
            assert!(others.iter().all(|other| lines.contains(&line(other))), "{to}: {found:#?}");
            assert!(found.len() > others.len(), "{to}: {found:#?}");
        }
    }

    #[test]
    fn all_problems_come_at_once_and_those_of_an_arm_name_it() {
        let loaded = changed(|text| {
            text.replace("baseline: \"open\"", "baseline: \"opne\"")
                .replace("levers: [\"B1\"]", "levers: [\"ban\"]")
                .replace("stages: [\"hydroxide\", \"refined\"]", "stages: [\"hydroxid\"]")
                .replace("stage: \"refined\", region: \"north\"", "stage: \"refined\", region: \"nroth\"")
        });
        assert!(loaded.experiment.is_none());
        let found = messages(&loaded);
        assert!(found.iter().any(|m| m.contains("no arm \"opne\"")), "{found:#?}");
        assert!(found.iter().any(|m| m.contains("\"ban\" is no lever")), "{found:#?}");
        assert!(found.iter().any(|m| m.contains("in arm \"ban\"") && m.contains("hydroxid")), "{found:#?}");
        let wrong = |text: String| {
            text.replace("region: \"north\"", "region: \"nroth\"").replace("from: Date(\"2025", "from: Date(\"2029")
        };
        let loaded = changed(wrong);
        let found = messages(&loaded);
        assert_eq!(found.iter().filter(|m| m.contains("no region \"nroth\"")).count(), 2, "{found:#?}");
        assert_eq!(found.iter().filter(|m| m.contains("no week begins")).count(), 3, "{found:#?}");

        // A path that cannot be set hides nothing of the outcomes, for every arm or for one.
        for path in [
            "set: { \"mines.red-hil.stock\": Tonnes(1) },\n    arms: {",
            "arms: {\n        \"more\": (label: (zh: \"多\", en: \"More\"), set: { \"mines.red-hil.stock\": Tonnes(1) }),",
        ] {
            let found = messages(&changed(|text| wrong(text.replacen("arms: {", path, 1))));
            assert_eq!(found.iter().filter(|m| m.contains("no \"red-hil\"")).count(), 1, "{found:#?}");
            assert_eq!(found.iter().filter(|m| m.contains("no region \"nroth\"")).count(), 2, "{found:#?}");
            assert_eq!(found.iter().filter(|m| m.contains("no week begins")).count(), 3, "{found:#?}");
        }
        // An experiment that lacks a field says all the same what is wrong with its world.
        let found = messages(&changed(|text| {
            let unread = text.replacen("question:", "qestion:", 1);
            unread.replacen("arms: {", "set: { \"mines.red-hil.stock\": Tonnes(1) },\n    arms: {", 1)
        }));
        assert!(found.iter().any(|m| m.contains("no \"red-hil\"")), "{found:#?}");
    }

    /// The shores with futures, and what is asked of their contract.
    fn asked(facts: &str) -> Loaded {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("e.ron");
        let text = std::fs::read_to_string(shipped()).expect("a file");
        let text = text.replacen("    outcomes: {", &format!("    facts: [{facts}],\n    outcomes: {{"), 1);
        std::fs::write(&path, text).expect("a disk");
        let world = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("worlds/two-shores-futures.ron"));
        load(&path, &Changes { world, ..Changes::default() })
    }

    #[test]
    fn facts_of_a_contract_are_outcomes_of_their_own() {
        let loaded = asked("(contract: \"cobalt\", from: Date(\"2025-01-01\"), reserve: \"ban\")");
        let experiment = loaded.experiment.unwrap_or_else(|| panic!("{}", loaded.problems));
        let columns: Vec<String> = experiment.outcomes.iter().map(crate::outcome::Outcome::column).collect();
        assert_eq!(columns[3], "cobalt_spot_volatility_per_sqrt_year");
        assert!(columns.iter().any(|column| column == "cobalt_reserve_empty_share"), "{columns:?}");
        assert!(
            !columns.iter().any(|column| column == "cobalt_mean_price_usd_per_t"),
            "no arm has a floor: {columns:?}"
        );
        assert_eq!((experiment.facts[0].weeks.clone(), experiment.facts[0].reserve), (53..209, Some(1)));
        assert!(["contracts", "futures", "plants", "mines"].iter().all(|table| experiment.recorded().contains(table)));
    }

    #[test]
    fn facts_that_cannot_be_asked_for_are_named() {
        let wrong = "(contract: \"cobolt\", floor: \"flor\"), (contract: \"cobalt\", from: Date(\"2031-01-01\")), \
                     (contract: \"hydroxide\"), (contract: \"hydroxide\")";
        let found = messages(&asked(wrong));
        for expected in ["no contract \"cobolt\"", "no arm \"flor\"", "no week begins", "asked about twice"] {
            assert_eq!(found.iter().filter(|m| m.contains(expected)).count(), 1, "{expected}: {found:#?}");
        }
        let long = "facts: [(contract: \"an-exchange-far-away-cobalt\")], outcomes: {";
        let found = messages(&changed(|text| text.replacen("outcomes: {", long, 1)));
        assert!(found.iter().any(|m| m.contains("is too long for an outcome's id")), "{found:#?}");
        let destroys =
            |text: String| text.replacen("label: (zh: \"禁令\"", "destroys: [8, 16], label: (zh: \"禁令\"", 1);
        let found = messages(&changed(destroys));
        assert!(found.iter().any(|m| m.contains("there is no fact 16")), "{found:#?}");
        assert!(found.iter().any(|m| m.contains("no facts are asked for")), "{found:#?}");
        let measures = |text: String| {
            let more = "\"a\": Fact(contract: \"cobalt\", of: SpotVolatilty), \
                        \"b\": HedgeEffectiveness(contract: \"cobalt\", weeks: Weeks(60)), \
                        \"c\": InformationShare(contract: \"cobalt\", against: \"cobalt\", lags: 99),";
            text.replacen("outcomes: {", &format!("outcomes: {{ {more}"), 1)
        };
        let found = messages(&changed(|text| measures(text).replacen("of: SpotVolatilty", "of: SpotVolatility", 1)));
        for expected in ["no contract \"cobalt\"", "1 to 52 whole weeks", "99 lags", "against itself"] {
            assert!(found.iter().any(|m| m.contains(expected)), "{expected}: {found:#?}");
        }
        let loaded = changed(measures);
        assert!(loaded.problems.iter().any(|p| p.instead.as_deref() == Some("the nearest name is SpotVolatility")));
    }
}
