//! From factors and a design as written to points, with everything that is wrong with them.

use crate::calibrate::posterior;
use crate::experiment::design::{Design, DesignKind, Limits, Points};
use crate::experiment::factor::{Amount, Factor, Over, Unit, default_step, written};
use crate::experiment::written::{self as file, Design as WrittenDesign, Over as WrittenOver};
use crate::id::{Id, Label};
use crate::sweep::points::{Generator, MAX_COORDINATES, MAX_FACTORS, MAX_SOBOL, allowed};
use crate::world_file::decode::{At, Cx, Decode as _, Keyed, Origin, Raw};
use crate::world_file::overlay::{self, Override};
use crate::world_file::problem::{Problem, Problems, unknown_name};
use crate::world_file::quantity::plain;
use crate::world_file::tree::{Kind, Node};
use crate::world_file::written::World;
use crate::world_file::{Base, check, source::Sources};

/// Problems at points that are shown before the rest is only counted.
const SHOWN: usize = 10;

/// The design of an experiment: the factors against the worlds of its arms, in which what stands at the paths in `wrong` may not
/// have been read, and the points. `None` after a problem.
pub fn resolve(
    experiment: &file::Experiment,
    worlds: Vec<Base>,
    wrong: &[&str],
    posterior: Option<&Node>,
    cx: &mut Cx,
) -> Option<Design> {
    let before = cx.count();
    let wrong: Vec<String> = wrong.iter().map(|path| path.replace('[', ".").replace(['"', ']'], "")).collect();
    let ground = Ground { worlds: &worlds, wrong };
    let limits = limits(&experiment.limits);
    let mut sorted: Vec<&(At<Id>, file::Factor)> = experiment.factors.iter().collect();
    sorted.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    let mut factors: Vec<Factor> = Vec::new();
    for (id, factor) in &sorted {
        factors.extend(one(id, factor, &ground, cx));
    }
    twice(&sorted, experiment, cx);
    reachable(&sorted, &ground, cx);
    order(&sorted, &mut factors, cx);
    let Some(design) = &experiment.design else {
        if let Some((id, _)) = experiment.factors.0.first() {
            let instead = "write such as design: LatinHypercube(points: 100)";
            cx.error_at(&id.origin, "there are factors and no design", instead);
        }
        let one = Design { limits, worlds, ..Design::of_one_point() };
        return (cx.count() == before).then_some(one);
    };
    if experiment.factors.keys().is_empty() {
        cx.error_at(
            &design.origin,
            "there is a design and nothing that is uncertain",
            "write `factors`, or leave `design` out",
        );
    } else if sorted.len() > MAX_FACTORS {
        let what = format!("{} factors", sorted.len());
        cx.error_at(&design.origin, what, format!("write at most {MAX_FACTORS}: let some move together"));
    }
    if cx.count() > before || factors.len() < experiment.factors.keys().len() {
        return None;
    }
    let (kind, points) = points(design, &factors, posterior, cx)?;
    Some(Design { kind, factors, points, limits, worlds })
}

fn limits(written: &file::Limits) -> Limits {
    Limits {
        runs: u64::from(written.runs.0),
        core_hours: written.core_hours.0,
        memory: written.memory_gb.0 * 1e9,
        disk: written.disk_gb.0 * 1e9,
    }
}

fn one(id: &At<Id>, factor: &file::Factor, ground: &Ground, cx: &mut Cx) -> Option<Factor> {
    if factor.paths.is_empty() {
        cx.error_at(&factor.paths.origin, "the factor sets nothing", "write at least one path");
    }
    let paths = factor.paths.iter().filter(|path| !cx.is_replaced(&path.origin));
    let paths: Vec<(String, Origin)> = paths.map(|path| (path.value.clone(), path.origin.clone())).collect();
    let (over, is_scale) = match &factor.over.value {
        WrittenOver::Scale(inner) => (&**inner.0, true),
        other => (other, false),
    };
    let over = distribution(over, &factor.over.origin, is_scale, cx);
    let bases = if is_scale { bases(&paths, ground, cx).map(Some) } else { Some(None) };
    let (over, bases) = (over?, bases?);
    let unit = over.unit();
    if let Some(step) = factor.step.as_ref() {
        let scaled = || bases.iter().flatten().flatten().map(|base| &base.unit).next();
        let expected = if is_scale { scaled().unwrap_or(&None) } else { &unit };
        if step.unit != *expected || step.number <= 0.0 {
            let what = format!("a step of {}", step.show());
            let instead = format!(
                "write a number above 0 in the unit of the values, such as {}",
                Amount { unit: expected.clone(), number: 1.0 }.show()
            );
            cx.error_at(&step.origin, what, instead);
        }
    }
    let step = factor.step.as_ref().map(|step| step.number);
    Some(Factor {
        id: id.value.clone(),
        label: factor.label.as_ref().map(|label| Label { zh: label.zh.0.clone(), en: label.en.0.clone() }),
        paths,
        span: factor.over.origin.span,
        step: if is_scale { step } else { step.or_else(|| default_step(&unit)) },
        scaled: bases,
        over,
        below: None,
    })
}

/// The ends of a range in one unit, the first below the second.
fn ends(low: &At<Amount>, high: &At<Amount>, cx: &mut Cx) -> Option<(Unit, f64, f64)> {
    if low.unit != high.unit {
        let instead = format!("write {}", Amount { unit: low.unit.clone(), number: high.number }.show());
        cx.error_at(&high.origin, format!("{} after {}", high.show(), low.show()), instead);
        return None;
    }
    if low.number >= high.number {
        let instead = "write the lower one first; for one value alone, set it in `set`";
        cx.error_at(&low.origin, format!("{} is not below {}", low.show(), high.show()), instead);
        return None;
    }
    Some((low.unit.clone(), low.number, high.number))
}

fn distribution(over: &WrittenOver, at: &Origin, is_scale: bool, cx: &mut Cx) -> Option<Over> {
    let found = match over {
        WrittenOver::Uniform(file::Ends(low, high)) => {
            ends(low, high, cx).map(|(unit, low, high)| Over::Uniform(unit, low, high))?
        }
        WrittenOver::LogUniform(file::Ends(low, high)) => {
            let (unit, from, to) = ends(low, high, cx)?;
            if from <= 0.0 {
                cx.error_at(&low.origin, "a logarithm of what is not above 0", "write a number above 0, or Uniform");
                return None;
            }
            Over::LogUniform(unit, from, to)
        }
        WrittenOver::Normal(bell) => {
            let within = ends(&bell.within.0, &bell.within.1, cx);
            let unit = &bell.within.0.unit;
            let same = bell.mean.unit == *unit && bell.sd.unit == *unit;
            if !same || bell.sd.number <= 0.0 {
                let what =
                    format!("a normal distribution with mean {} and deviation {}", bell.mean.show(), bell.sd.show());
                cx.error_at(&bell.sd.origin, what, "write both in the unit of `within`, the deviation above 0");
                return None;
            }
            let (unit, low, high) = within?;
            let reach = 6.0 * bell.sd.number;
            if low > bell.mean.number + reach || high < bell.mean.number - reach {
                let what = format!("`within` lies more than six deviations from the mean {}", bell.mean.show());
                cx.error_at(&bell.within.0.origin, what, "let it hold the mean");
                return None;
            }
            Over::Normal(unit, bell.mean.number, bell.sd.number, (low, high))
        }
        WrittenOver::Triangular(triangle) => {
            let (unit, low, high) = ends(&triangle.low, &triangle.high, cx)?;
            if triangle.mode.unit != unit || !(low..=high).contains(&triangle.mode.number) {
                let what = format!("the mode {}", triangle.mode.show());
                let instead = format!("write it from {} to {}", triangle.low.show(), triangle.high.show());
                cx.error_at(&triangle.mode.origin, what, instead);
                return None;
            }
            Over::Triangular(unit, low, triangle.mode.number, high)
        }
        WrittenOver::Choice(values) => choice(values, at, cx)?,
        WrittenOver::Scale(_) => {
            cx.error_at(at, "a multiple of a multiple", "write Scale once");
            return None;
        }
    };
    let plain_number = match &found {
        Over::Choice(values) => values.iter().all(|node| Amount::of(node).is_some_and(|amount| amount.unit.is_none())),
        other => other.unit().is_none(),
    };
    if is_scale && !plain_number {
        cx.error_at(at, "a multiple with a unit", "write plain numbers in Scale, such as Scale(Uniform(0.6, 1.6))");
        return None;
    }
    Some(found)
}

fn choice(values: &[Raw], at: &Origin, cx: &mut Cx) -> Option<Over> {
    let values: Vec<Node> = values.iter().map(|value| value.0.clone()).collect();
    if values.len() < 2 {
        cx.error_at(at, "a choice among fewer than two", "write at least two values, or set the one in `set`");
        return None;
    }
    for (place, value) in values.iter().enumerate() {
        if values[..place].iter().any(|other| written(other) == written(value)) {
            cx.error_at(at, format!("{} stands in the choice twice", written(value)), "keep one of the two");
            return None;
        }
    }
    Some(Over::Choice(values))
}

/// The worlds of the arms, in which factors set values.
struct Ground<'a> {
    worlds: &'a [Base],
    /// Paths at which something is wrong, and may not have been read.
    wrong: Vec<String>,
}

impl Ground<'_> {
    /// Whether nobody can know what stands at a path.
    fn hides(&self, path: &str, origin: &Origin, cx: &Cx) -> bool {
        cx.is_replaced(origin) || self.wrong.iter().any(|wrong| path == wrong || is_within(path, wrong))
    }
}

/// Whether a path leads into what stands at another.
fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'))
}

/// What a world writes at a path, if anything; an error when there can be nothing.
pub(crate) fn stands(world: &Node, path: &str, origin: &Origin, cx: &mut Cx) -> Option<Node> {
    let any = Node { span: origin.span, name: None, kind: Kind::Leaf("0".to_owned()) };
    let change = Override { path: path.to_owned(), at: origin.span, value: any };
    overlay::replace(&mut world.clone(), &World::shape(), &change, cx)
}

/// Reports paths at which a world can hold nothing, each once; not those within what another factor sets.
fn reachable(factors: &[&(At<Id>, file::Factor)], ground: &Ground, cx: &mut Cx) {
    let all: Vec<&str> =
        factors.iter().flat_map(|(_, factor)| factor.paths.iter().map(|path| path.value.as_str())).collect();
    for (_, factor) in factors.iter().filter(|(_, factor)| !matches!(factor.over.value, WrittenOver::Scale(_))) {
        for path in factor.paths.iter().filter(|path| !all.iter().any(|other| is_within(&path.value, other))) {
            if ground.hides(&path.value, &path.origin, cx) {
                continue;
            }
            let before = cx.count();
            for world in ground.worlds {
                if cx.count() == before {
                    stands(&world.root, &path.value, &path.origin, cx);
                }
            }
        }
    }
}

/// The numbers that the worlds write at paths, by arm and path.
fn bases(paths: &[(String, Origin)], ground: &Ground, cx: &mut Cx) -> Option<Vec<Vec<Amount>>> {
    let before = cx.count();
    let mut found = Vec::new();
    if ground.worlds.is_empty() || paths.iter().any(|(path, origin)| ground.hides(path, origin, cx)) {
        return None;
    }
    for world in ground.worlds {
        let mut of_arm = Vec::new();
        for (path, origin) in paths {
            let known = cx.count();
            let stood = stands(&world.root, path, origin, cx);
            if cx.count() > known {
                continue;
            }
            if let Some(amount) = stood.as_ref().and_then(Amount::of) {
                of_arm.push(amount);
            } else {
                let there = stood.as_ref().map_or_else(|| "nothing".to_owned(), Node::describe);
                let what = format!("Scale multiplies a number, and {path} is {there}");
                cx.error_at(origin, what, "let the path end at a number, or write the values without Scale");
            }
        }
        found.push(of_arm);
    }
    (cx.count() == before).then_some(found)
}

/// Reports paths that two factors set, or an arm and a factor that does not build on it.
fn twice(factors: &[&(At<Id>, file::Factor)], experiment: &file::Experiment, cx: &mut Cx) {
    let mut all: Vec<(&str, &Id)> = Vec::new();
    for (id, factor) in factors {
        let is_scale = matches!(factor.over.value, WrittenOver::Scale(_));
        for path in factor.paths.iter() {
            if let Some((_, other)) = all.iter().find(|(known, _)| *known == path.value) {
                let what = format!("\"{other}\" sets {} too", path.value);
                cx.error_at(&path.origin, what, "let one factor set it");
            }
            all.push((&path.value, &id.value));
            let sets = |arm: &file::Arm| arm.set.iter().any(|(set, _)| set.value == path.value);
            if let Some((arm, _)) = experiment.arms.iter().find(|(_, arm)| !is_scale && sets(arm)) {
                let what = format!("arm \"{}\" sets {} too, and the factor would undo it", arm.value, path.value);
                cx.error_at(
                    &path.origin,
                    what,
                    "write Scale(..), which multiplies what the arm sets, or let one of the two set it",
                );
            }
        }
    }
}

/// Resolves `below`.
fn order(written: &[&(At<Id>, file::Factor)], factors: &mut [Factor], cx: &mut Cx) {
    let names: Vec<&str> = written.iter().map(|(id, _)| id.value.as_str()).collect();
    for (id, factor) in written {
        let Some(below) = &factor.below else { continue };
        let place = |name: &Id| factors.iter().position(|factor| factor.id == *name);
        if below.value == id.value {
            cx.error_at(&below.origin, "a factor below itself", "name another factor");
            continue;
        }
        if !names.contains(&below.value.as_str()) {
            let (what, instead) = unknown_name("factor", below.value.as_str(), &names);
            cx.error_at(&below.origin, what, instead.unwrap_or_default());
            continue;
        }
        let Some((low, high)) = place(&id.value).zip(place(&below.value)) else { continue }; // reported with the factor
        let comparable = |factor: &Factor| (factor.is_number(), factor.scaled.is_some(), factor.over.unit());
        if comparable(&factors[low]) != comparable(&factors[high]) || !factors[low].is_number() {
            let what = format!("\"{}\" and \"{}\" cannot be compared", id.value, below.value);
            cx.error_at(&below.origin, what, "name a factor of numbers in the same unit");
            continue;
        }
        factors[low].below = Some(high);
    }
}

fn points(
    design: &At<WrittenDesign>,
    factors: &[Factor],
    posterior: Option<&Node>,
    cx: &mut Cx,
) -> Option<(DesignKind, Points)> {
    let (generator, asked) = match &design.value {
        WrittenDesign::List(rows) => return listed(rows, design, factors, cx).map(|points| (DesignKind::List, points)),
        WrittenDesign::Posterior(drawn) => {
            // One that cannot be read has been reported.
            let points = posterior.and_then(|root| posterior::points(root, drawn, factors, cx))?;
            return Some((DesignKind::Posterior, points));
        }
        WrittenDesign::Grid(grid) => (Generator::Grid(grid.levels.0), &grid.levels.origin),
        WrittenDesign::LatinHypercube(sample) => {
            (Generator::LatinHypercube(sample.points.0, sample.seed.0), &sample.points.origin)
        }
        WrittenDesign::Sobol(sample) => (Generator::Sobol(sample.points.0, sample.seed.0), &sample.points.origin),
        WrittenDesign::Saltelli(base) => (Generator::Saltelli(base.base.0, base.seed.0), &base.base.origin),
        WrittenDesign::Morris(ways) => {
            let levels = ways.levels.0;
            if levels % 2 == 1 || levels > 1_000 {
                cx.error_at(&ways.levels.origin, format!("{levels} levels"), "write an even number from 2 to 1000");
                return None;
            }
            (Generator::Morris(ways.trajectories.0, levels, ways.seed.0), &ways.trajectories.origin)
        }
    };
    let rows = match generator {
        Generator::Sobol(points, _) => Some(points),
        Generator::Saltelli(base, _) => Some(base),
        _ => None,
    };
    if rows.is_some_and(|rows| rows > MAX_SOBOL) {
        cx.error_at(asked, "the Sobol sequence ends here", format!("write at most {MAX_SOBOL}, or LatinHypercube"));
        return None;
    }
    let count = generator.count(factors);
    if count.saturating_mul(factors.len() as u128) > MAX_COORDINATES {
        let many = if count > 1_000_000_000_000 { "more than 1e12".to_owned() } else { plain(count as f64) };
        let most = plain((MAX_COORDINATES / factors.len() as u128) as f64);
        cx.error_at(asked, format!("the design has {many} points"), format!("write one of at most {most}"));
        return None;
    }
    let points = allowed(generator.points(factors), factors, false);
    if (points.count as u128) * 2 < count {
        let what = format!("`below` leaves {} of {count} points", points.count);
        cx.error_at(
            asked,
            what,
            "let the ranges of the factors overlap less, so that at least half of the points stay",
        );
        return None;
    }
    Some((generator.kind(), points))
}

fn listed(rows: &[At<Keyed<Id, Raw>>], design: &At<WrittenDesign>, factors: &[Factor], cx: &mut Cx) -> Option<Points> {
    let before = cx.count();
    let names: Vec<&str> = factors.iter().map(|factor| factor.id.as_str()).collect();
    let mut coordinates = Vec::new();
    for row in rows {
        for (id, _) in row.iter().filter(|(id, _)| !names.contains(&id.value.as_str())) {
            let (what, instead) = unknown_name("factor", id.value.as_str(), &names);
            cx.error_at(&id.origin, what, instead.unwrap_or_default());
        }
        for factor in factors {
            match row.iter().find(|(id, _)| id.value == factor.id) {
                None => {
                    let what = format!("the point does not say what \"{}\" is", factor.id);
                    cx.error_at(&row.origin, what, "write every factor of every point");
                }
                Some((id, value)) => coordinates.extend(given(&id.origin, &value.0, factor, cx)),
            }
        }
    }
    if rows.is_empty() {
        cx.error_at(&design.origin, "the list has no point", "write at least one");
    }
    if cx.count() > before {
        return None;
    }
    let points = Points { width: factors.len(), block: 1, count: rows.len(), coordinates };
    let kept = allowed(points, factors, true);
    if kept.count < rows.len() {
        let what = format!(
            "at {} of {} points a factor is not below the one that it must be below",
            rows.len() - kept.count,
            rows.len()
        );
        cx.error_at(&design.origin, what, "take these points out");
        return None;
    }
    Some(kept)
}

/// The coordinate that a value of a list means.
pub(crate) fn given(at: &Origin, value: &Node, factor: &Factor, cx: &mut Cx) -> Option<f64> {
    if let Over::Choice(values) = &factor.over {
        let place = values.iter().position(|other| written(other) == written(value));
        if place.is_none() {
            let instead = format!("write one of {}", factor.names().join(", "));
            cx.error_at(at, format!("{} is none of the values of the choice", written(value)), instead);
        }
        return place.map(|place| place as f64);
    }
    let amount = Amount::of(value).filter(|amount| amount.unit == factor.over.unit());
    if amount.is_none() {
        let like = Amount { unit: factor.over.unit(), number: factor.over.quantile(0.5) }.show();
        let what = format!("{} is no value of \"{}\"", written(value), factor.id);
        cx.error_at(at, what, format!("write such as {like}"));
    }
    amount.map(|amount| amount.number)
}

/// Looks at the worlds of every arm at the first point and where each factor is least and largest: what is wrong there and
/// not in the world without the factors. Points in between that fail are found when they are run.
#[must_use]
pub fn check_points(sources: &Sources, design: &Design, arms: &[&Id], known: &[&Problems]) -> Problems {
    let mut wrong: Vec<Problem> = Vec::new();
    for (arm, world) in design.worlds.iter().enumerate() {
        for point in telling(design) {
            let checked = check(sources, world.root.clone(), &design.overrides(arm, point));
            for problem in &checked.problems {
                let same = |other: &Problem| {
                    (other.span, &other.path, &other.what) == (problem.span, &problem.path, &problem.what)
                };
                if known[arm].iter().any(same) {
                    continue;
                }
                let place =
                    |other: &Problem| (other.span, other.path.as_str()) == (problem.span, problem.path.as_str());
                let elsewhere = |other: &Problem| other.span == problem.span && other.what.ends_with(&problem.what);
                if wrong.iter().any(|other| place(other) || elsewhere(other)) {
                    continue; // of many points and paths at which one value is wrong, the first tells enough
                }
                let what = format!("at point {point} of the design in arm \"{}\": {}", arms[arm], problem.what);
                wrong.push(Problem { what, ..problem.clone() });
            }
        }
    }
    wrong.truncate(SHOWN);
    Problems::new(wrong)
}

/// The first point, and those at which a factor is least and largest.
fn telling(design: &Design) -> Vec<usize> {
    let mut points = vec![0];
    for factor in 0..design.factors.len() {
        let value = |point: &usize| design.points.at(*point)[factor];
        let order = |a: &usize, b: &usize| value(a).total_cmp(&value(b));
        points.extend((0..design.points.count).min_by(order));
        points.extend((0..design.points.count).max_by(order));
    }
    points.sort_unstable();
    points.dedup();
    points
}

#[cfg(test)]
mod tests;
