//! From a calibration file, and the world that it names, to a checked calibration.

use std::ops::Range;
use std::path::Path;

use super::written::{
    AbcSmc, Calibration as Written, HoldOut, Method as WrittenMethod, Period, Target as WrittenTarget,
};
use super::{Calibration, Method, Target};
use crate::calendar::Week;
use crate::experiment::Experiment;
use crate::experiment::file::{Asks, Changes, Read, load_as};
use crate::experiment::written::{self as file, Design, Measure, Sample};
use crate::id::Id;
use crate::sweep::points::MAX_COORDINATES;
use crate::world_file::decode::{At, Cx, Decode as _, Keyed, Origin, Step};
use crate::world_file::problem::{Problems, counted, unknown_name};
use crate::world_file::quantity::{Quantity as _, plain};
use crate::world_file::source::Sources;
use crate::world_file::tree::{Field, Kind, Node};
use crate::world_file::value::{Large, Many, Seed};

/// Most particles of all rounds together.
const MOST: u64 = 100_000;

/// Most targets, every value of a series counted.
const MOST_TARGETS: usize = 1_000;

/// Most runs of a particle.
const MOST_RUNS: u32 = 1_000;

/// A calibration that has been looked at.
#[derive(Debug)]
pub struct Loaded {
    /// The texts, for messages that quote them.
    pub sources: Sources,
    /// The calibration, unless a problem forbids running it.
    pub calibration: Option<Calibration>,
    /// Errors and warnings.
    pub problems: Problems,
}

/// What a file says, besides the experiment that it asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    hold_out: HoldOut,
    method: Method,
    targets: Vec<(Seen, Origin)>,
    /// Whether these are all that the file writes.
    all_read: bool,
}

/// Outcomes by name.
type Outcomes = Vec<(At<Id>, Measure)>;

/// A target as written, of one outcome.
#[derive(Debug)]
struct Seen {
    id: Id,
    /// Id of the target that it belongs to.
    of: Id,
    value: f64,
    deviation: f64,
    source: String,
}

/// Reads and checks a calibration and its world, with `path=value` set in it. All problems come at once.
#[must_use]
pub fn load(path: &Path, set: &[String]) -> Loaded {
    let changes = Changes { set: set.to_vec(), ..Changes::default() };
    let Read { sources, asked, replaced, problems } = load_as::<Written>(path, &changes);
    let mut cx = Cx::after(&sources, replaced);
    let calibration = asked.map(|(experiment, asked)| calibration(experiment, asked, &mut cx));
    let problems = problems.and(cx.finish());
    let calibration = calibration.filter(|_| !problems.has_errors());
    Loaded { sources, calibration, problems }
}

impl Asks for Written {
    const NAME: &'static str = "Calibration";
    type Rest = Asked;

    /// The experiment of one arm that a calibration asks for; its design is the first round.
    fn parts(self, cx: &mut Cx) -> (file::Experiment, Option<Asked>) {
        let before = cx.count();
        let WrittenMethod::AbcSmc(asked) = &self.method.value;
        let method = checked(asked, self.factors.keys().len(), cx);
        let origin = self.method.origin.clone();
        let sample = Sample { points: asked.particles.clone(), seed: Seed(asked.seed.0) };
        let (outcomes, targets) = targets(&self, cx);
        let is_read = |(_, target): &(_, WrittenTarget)| target.values.1.is_empty();
        let is_whole = self.targets.1.is_empty() && self.targets.iter().all(is_read);
        let all_read = is_whole && how_many(&self) == targets.len();
        if self.factors.keys().is_empty() {
            cx.error_at(&origin, "nothing is uncertain", "write at least one factor");
        }
        names(&self, cx);
        let name = Id::new("calibrated").expect("bug: a name that is none");
        let arm = At { value: name, origin: origin.clone() };
        let only = file::Arm { label: self.label.clone(), set: Keyed(Vec::new(), Vec::new()), destroys: Vec::new() };
        let is_empty = self.factors.keys().is_empty();
        let experiment = file::Experiment {
            schema: self.schema,
            id: self.id,
            label: self.label,
            question: self.question,
            levers: Vec::new(),
            world: self.world,
            until: self.until,
            seeds: self.seeds,
            baseline: arm.clone(),
            set: self.set,
            arms: Keyed(vec![(arm, only)], Vec::new()),
            factors: self.factors,
            design: (!is_empty).then_some(At { value: Design::LatinHypercube(sample), origin }),
            limits: file::Limits {
                runs: Many(MOST as u32 * MOST_RUNS),
                core_hours: Large(1e6),
                memory_gb: Large(1e6),
                disk_gb: Large(1e6),
            },
            outcomes: Keyed(outcomes, Vec::new()),
            facts: Vec::new(),
            record: Some(file::Record { tables: Vec::new() }),
        };
        let asked = Asked { hold_out: self.hold_out, method, targets, all_read };
        (experiment, (cx.count() == before).then_some(asked))
    }
}

fn checked(method: &AbcSmc, factors: usize, cx: &mut Cx) -> Method {
    let (particles, rounds) = (u64::from(method.particles.0), u64::from(method.rounds.0));
    let most = MOST.min((MAX_COORDINATES / factors.max(1) as u128) as u64);
    if particles * rounds > most {
        let what = format!("{} particles in all rounds", plain((particles * rounds) as f64));
        cx.error_at(&method.particles.origin, what, format!("let them be at most {}", plain(most as f64)));
    }
    let least = 10 * factors.max(1) as u64;
    if particles < least {
        let what = format!("{particles} particles for {}", counted(factors, "factors"));
        cx.error_at(&method.particles.origin, what, format!("write at least {least}, better 100 for each factor"));
    }
    let keep = method.keep.number();
    let counts = keep > 0.0 && keep * particles as f64 >= 2.0;
    if !counts && !cx.is_replaced(&method.particles.origin) {
        let what = "fewer than two particles would have to count";
        cx.error_at(&method.keep.origin, what, "write more, such as Share(0.3)");
    }
    if method.runs.0 > MOST_RUNS {
        let instead = format!("write at most {MOST_RUNS}");
        cx.error_at(&method.runs.origin, format!("{} runs of a particle", method.runs.0), instead);
    }
    Method {
        particles: particles as usize,
        rounds: rounds as usize,
        keep,
        runs: method.runs.0,
        seed: u64::from(method.seed.0),
    }
}

/// How many outcomes the targets stand for.
fn how_many(written: &Written) -> usize {
    written.targets.iter().map(|(_, target)| target.values.keys().len().max(1)).sum()
}

/// The outcomes that all targets stand for, and what was seen of each.
fn targets(written: &Written, cx: &mut Cx) -> (Outcomes, Vec<(Seen, Origin)>) {
    let (mut outcomes, mut targets): (Outcomes, Vec<(Seen, Origin)>) = (Vec::new(), Vec::new());
    let count = how_many(written);
    if count > MOST_TARGETS || written.targets.keys().is_empty() {
        let (what, instead) = match count {
            0 => ("nothing was seen".to_owned(), "write at least one target".to_owned()),
            _ => (
                format!("{count} targets, every value of a series counted"),
                format!("write at most {MOST_TARGETS}; means over longer times say as much"),
            ),
        };
        cx.error_at(&written.method.origin, what, instead);
        return (outcomes, targets);
    }
    for (id, target) in &written.targets {
        for (measure, seen, origin) in expanded(id, target, cx) {
            if targets.iter().any(|(other, _)| other.id == seen.id) {
                let what = format!("\"{}\" is the name of another target too", seen.id);
                cx.error_at(&origin, what, "give one of them another name");
            }
            outcomes.push((At { value: seen.id.clone(), origin: origin.clone() }, measure));
            targets.push((seen, origin));
        }
    }
    (outcomes, targets)
}

/// The outcomes that a target stands for, with what was seen of each.
fn expanded(id: &At<Id>, target: &WrittenTarget, cx: &mut Cx) -> Vec<(Measure, Seen, Origin)> {
    let seen = |id: Id, of: &At<Id>, value: f64| Seen {
        id,
        of: of.value.clone(),
        value,
        deviation: target.sd.0,
        source: target.source.0.clone(),
    };
    match (&target.value, target.values.keys().is_empty()) {
        (Some(value), true) => {
            let measure = measure(id, &target.outcome.node, cx);
            let seen = seen(id.value.clone(), id, value.value.0);
            measure.map(|measure| (measure, seen, id.origin.clone())).into_iter().collect()
        }
        (None, false) => {
            let mut found = Vec::new();
            if target.values.0.is_empty() {
                measure(id, &target.outcome.node, cx);
            }
            if let Some(field) = ["from", "until"].into_iter().find(|name| target.outcome.node.field(name).is_some()) {
                let what = format!("`{field}` in an outcome of which there are several `values`");
                cx.error_at(&target.outcome.origin, what, "leave it out: each value says which time it is of");
                return found;
            }
            for (period, value) in &target.values {
                let text = format!("{}-{}", id.value, period.value);
                let (name, node) = (Id::new(&text), during(&target.outcome.node, period));
                let Some((name, node)) = name.zip(node) else {
                    let what = format!("\"{text}\" would be its name, which is longer than {} letters", Id::MAX_LEN);
                    cx.error_at(&id.origin, what, "give the target a shorter name");
                    return found;
                };
                let Some(measure) = measure(id, &node, cx) else { return found }; // the others have the same problem
                found.push((measure, seen(name, id, value.0), period.origin.clone()));
            }
            found
        }
        (None, true) => {
            cx.error_at(&id.origin, "nothing was seen", "write `value`, or `values` by year or month");
            Vec::new()
        }
        (Some(value), false) => {
            cx.error_at(&value.origin, "`value` and `values` of one target", "keep one of the two");
            Vec::new()
        }
    }
}

/// Reads the outcome of a target.
fn measure(id: &At<Id>, node: &Node, cx: &mut Cx) -> Option<Measure> {
    let key = format!("{:?}", id.value.as_str());
    let read = |cx: &mut Cx| cx.within(Step::Field("outcome"), |cx| Measure::decode(node, cx));
    cx.within(Step::Field("targets"), |cx| cx.within(Step::Key(&key), read))
}

/// An outcome that looks at a period.
fn during(outcome: &Node, period: &At<Period>) -> Option<Node> {
    let (first, last) = period.value.days()?;
    let mut node = outcome.clone();
    let span = period.origin.span;
    if let Kind::Struct(fields) = &mut node.kind {
        for (name, day) in [("from", first), ("until", last)] {
            let text = Node { span, name: None, kind: Kind::Leaf(format!("\"{day}\"")) };
            let value = Node { span, name: Some("Date".to_owned()), kind: Kind::Tuple(vec![text].into()) };
            fields.push(Field { name: name.to_owned(), at: span, value });
        }
    }
    Some(node)
}

/// Reports names that are held out and are no target's.
fn names(written: &Written, cx: &mut Cx) {
    let known: Vec<&str> = written.targets.keys().into_iter().map(Id::as_str).collect();
    for id in written.hold_out.targets.iter().filter(|id| !known.contains(&id.value.as_str())) {
        let (what, instead) = unknown_name("target", id.value.as_str(), &known);
        cx.error_at(&id.origin, what, instead.unwrap_or_default());
    }
}

fn calibration(experiment: Experiment, asked: Asked, cx: &mut Cx) -> Calibration {
    let held = held_out(&asked.hold_out, &experiment, cx);
    let mut targets = Vec::new();
    for ((seen, origin), outcome) in asked.targets.into_iter().zip(&experiment.outcomes) {
        let named = asked.hold_out.targets.iter().any(|id| id.value == seen.of);
        let during = held.as_ref().is_some_and(|held| within(&outcome.weeks, held));
        let touches = held.as_ref().is_some_and(|held| overlap(&outcome.weeks, held));
        if touches && !named && !during {
            let what = "it is fitted and looks at time that is held out";
            cx.error_at(&origin, what, "let it end before, or name it in `hold_out`");
        }
        targets.push(Target {
            id: seen.id,
            value: seen.value,
            deviation: seen.deviation,
            source: seen.source,
            held_out: named || during,
        });
    }
    if asked.all_read && targets.iter().all(|target| target.held_out) {
        let origin = asked.hold_out.targets.first().map(|id| &id.origin);
        let from = asked.hold_out.from.as_ref().or(asked.hold_out.until.as_ref()).map(|day| &day.origin);
        if let Some(origin) = origin.or(from) {
            cx.error_at(origin, "every target is held out", "leave some to be fitted");
        }
    }
    Calibration { experiment, targets, method: asked.method }
}

/// Weeks that are held out.
fn held_out(hold_out: &HoldOut, experiment: &Experiment, cx: &mut Cx) -> Option<Range<Week>> {
    let calendar = experiment.calendar;
    let from = hold_out.from.as_ref().map(|day| calendar.week_from(day.value));
    let until = hold_out.until.as_ref().map(|day| calendar.week_from(day.value.plus(1)));
    if from.is_none() && until.is_none() {
        return None;
    }
    let weeks = from.unwrap_or(0)..until.unwrap_or(experiment.weeks).min(experiment.weeks);
    if weeks.is_empty() {
        let day = hold_out.from.as_ref().or(hold_out.until.as_ref());
        if let Some(day) = day {
            cx.error_at(
                &day.origin,
                "no week of the run is held out",
                "let `from` come before `until` and the run's end",
            );
        }
        return None;
    }
    Some(weeks)
}

const fn within(inner: &Range<Week>, outer: &Range<Week>) -> bool {
    inner.start >= outer.start && inner.end <= outer.end
}

const fn overlap(a: &Range<Week>, b: &Range<Week>) -> bool {
    a.start < b.end && b.start < a.end
}
