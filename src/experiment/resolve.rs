//! What an experiment says, held against the worlds of its arms.

use super::design::Design;
use super::file::Changes;
use super::outcomes::{self, weeks_to};
use super::written::{self, Experiment as Written};
use super::{Arm, Experiment, Input, Seeds};
use crate::calendar::{Calendar, Date, Week};
use crate::id::Label;
use crate::outcome::Outcome;
use crate::record::TABLES;
use crate::setup::Setup;
use crate::sweep::factors;
use crate::world_file::check as check_world;
use crate::world_file::decode::{At, Cx, Decode};
use crate::world_file::overlay::Override;
use crate::world_file::problem::{Problem, Problems, Severity, nearest, quoted, unknown_name};
use crate::world_file::source::Sources;
use crate::world_file::tree::Node;

/// The longest run in weeks, a century.
const LONGEST: Week = 5_218;

/// When a world begins, if that can be read.
fn calendar_of(sources: &Sources, root: &Node) -> Option<Calendar> {
    let start = root.field("start").and_then(|start| Date::decode(start, &mut Cx::new(sources)));
    start.map(|start| Calendar { start })
}

/// The world under every arm, or by itself while nobody knows what is set in it for the arms. What is wrong with the world
/// itself is reported once; what only an arm's settings make wrong is reported with the arm.
pub(super) fn arms(
    sources: &Sources,
    world: Node,
    common: &[Override],
    written: &Written,
    cx: &Cx,
) -> (Vec<World>, Problems) {
    let base = check_world(sources, world, common);
    let mut problems = base.problems.clone();
    let mut worlds = Vec::new();
    if written.arms.0.is_empty() || written.set.is_unread(cx) {
        // What else is asked of it can be looked at all the same.
        let root = base.root.clone();
        worlds.push(World { setup: base.setup, calendar: calendar_of(sources, &root), root, problems: base.problems });
        return (worlds, problems);
    }
    for (id, arm) in &written.arms {
        // The common settings stand in the tree already; only the arm's own are set into it here.
        let checked = check_world(sources, base.root.clone(), &Override::all(&arm.set));
        let new = checked.problems.iter().filter(|problem| !base.problems.iter().any(|known| known == *problem));
        let named = new
            .map(|problem| Problem { what: format!("in arm \"{}\": {}", id.value, problem.what), ..problem.clone() });
        problems = problems.and(Problems::new(named.collect()));
        let calendar = calendar_of(sources, &checked.root);
        worlds.push(World { setup: checked.setup, root: checked.root, calendar, problems: checked.problems });
    }
    (worlds, problems)
}

/// The world of an arm.
pub(super) struct World {
    /// The world, unless something is wrong with it.
    setup: Option<Setup>,
    /// What is written of it: names are known also where something else is wrong.
    root: Node,
    /// Its weeks, where its first day could be read.
    calendar: Option<Calendar>,
    /// What is wrong with it without any factor.
    pub(super) problems: Problems,
}

fn label(written: &crate::world_file::written::Label) -> Label {
    Label { zh: written.zh.0.clone(), en: written.en.0.clone() }
}

/// Checks what an experiment says about its worlds; `worlds` are those of the arms, fewer when some are wrong.
pub(super) fn resolve(
    written: &Written,
    worlds: Vec<World>,
    posterior: Option<&Node>,
    changes: &Changes,
    inputs: Vec<Input>,
    cx: &mut Cx,
) -> Option<Experiment> {
    for lever in &written.levers {
        let shape = |text: &str| {
            let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
            text.len() == digits.len() + 1 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        };
        if !shape(&lever.value) {
            cx.error_at(
                &lever.origin,
                format!("\"{}\" is no lever", lever.value),
                "write a letter and a number, such as \"B1\"",
            );
        }
    }
    let names: Vec<&str> = written.arms.iter().map(|(id, _)| id.value.as_str()).collect();
    let baseline = names.iter().position(|name| *name == written.baseline.value.as_str());
    let lost = written.arms.1.iter().any(|id| id.value == written.baseline.value);
    if baseline.is_none() && !lost && !written.arms.is_unread(cx) {
        let (what, instead) = unknown_name("arm", written.baseline.value.as_str(), &names);
        cx.error_at(&written.baseline.origin, what, instead.unwrap_or_default());
    }
    let tables = tables(written, cx);
    let roots: Vec<&Node> = worlds.iter().map(|world| &world.root).collect();
    outcomes::check_names(&written.outcomes.0, &roots, cx);
    outcomes::check_asked(written, &roots, cx);
    let calendar = worlds.first().and_then(|world| world.calendar)?; // otherwise reported with the world, or with the baseline
    if let Some(other) = worlds.iter().position(|world| world.calendar.is_some_and(|other| other != calendar)) {
        let origin = &written.arms.0[other].0.origin;
        cx.error_at(
            origin,
            "the arms begin on different days",
            "let them share one `start`: weeks are compared with weeks",
        );
    }
    let weeks = if cx.is_replaced(&written.until.origin) { LONGEST } else { weeks_to(calendar, written.until.value) };
    if weeks == 0 {
        let what = format!("the run would end before the world begins on {}", calendar.start);
        cx.error_at(&written.until.origin, what, "write a later day");
    } else if weeks > LONGEST {
        cx.error_at(
            &written.until.origin,
            format!("a run of {weeks} weeks"),
            "write a day within a century of the start",
        );
    }
    // Without what the arms set, where factors lead to is not known.
    let is_set = !written.set.is_unread(cx) && !written.arms.iter().any(|(_, arm)| arm.set.is_unread(cx));
    let bases = worlds.iter().filter(|_| is_set).map(|world| world.root.clone().into()).collect();
    let wrong = worlds.iter().flat_map(|world| world.problems.iter());
    let wrong = wrong.filter(|problem| problem.severity == Severity::Error).map(|problem| problem.path.as_str());
    let design = factors::resolve(written, bases, &wrong.collect::<Vec<_>>(), posterior, cx);
    if weeks == 0 || weeks > LONGEST {
        return None;
    }
    // Without a world that is sound an outcome's window is looked at all the same.
    let setups: Vec<Setup> = worlds.into_iter().filter_map(|world| world.setup).collect();
    let mut outcomes = outcomes::resolve(&written.outcomes.0, &setups, calendar, weeks, cx);
    let facts = outcomes::ask(written, calendar, weeks, &mut outcomes, cx);
    if setups.len() < names.len() {
        return None; // reported with the world
    }
    let arm = |((id, arm), setup): (&(_, written::Arm), Setup)| {
        let id: &At<crate::id::Id> = id;
        let destroys = arm.destroys.iter().map(|row| row.0).collect();
        Arm { id: id.value.clone(), label: label(&arm.label), setup, destroys }
    };
    Some(Experiment {
        id: written.id.clone(),
        label: label(&written.label),
        question: label(&written.question),
        levers: written.levers.iter().map(|lever| lever.value.clone()).collect(),
        calendar,
        weeks,
        seeds: Seeds { first: u64::from(written.seeds.first.0), count: changes.seeds.unwrap_or(written.seeds.count.0) },
        baseline: baseline?,
        arms: written.arms.iter().zip(setups).map(arm).collect(),
        design: columns_differ(written, design?, &outcomes, cx)?,
        outcomes,
        facts,
        tables,
        inputs,
        overrides: changes.set.clone(),
        warnings: Vec::new(),
    })
}

/// Refuses factors whose column in the results would be named as an outcome's or as one that is always there.
fn columns_differ(written: &Written, design: Design, outcomes: &[Outcome], cx: &mut Cx) -> Option<Design> {
    let before = cx.count();
    for factor in &design.factors {
        let column = factor.column();
        let taken = ["arm", "point", "seed", "state_hash", "status", "error"].contains(&column.as_str());
        if taken || outcomes.iter().any(|outcome| outcome.column() == column) {
            let origin = written.factors.iter().find(|(id, _)| id.value == factor.id).map(|(id, _)| &id.origin);
            let what = format!("its column `{column}` is another's in the results");
            if let Some(origin) = origin {
                cx.error_at(origin, what, "give the factor another name");
            }
        }
    }
    (cx.count() == before).then_some(design)
}

fn tables(written: &Written, cx: &mut Cx) -> Vec<&'static str> {
    let Some(record) = &written.record else { return TABLES.to_vec() };
    for table in record.tables.iter().filter(|table| !TABLES.contains(&table.value.as_str())) {
        let near = nearest(&table.value, TABLES.iter().copied());
        let instead = near
            .map_or_else(|| format!("there is {}", quoted(TABLES)), |best| format!("the nearest name is \"{best}\""));
        cx.error_at(&table.origin, format!("no table \"{}\"", table.value), instead);
    }
    TABLES.iter().copied().filter(|name| record.tables.iter().any(|table| table.value == *name)).collect()
}
