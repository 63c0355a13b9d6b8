//! From emergency plans as written to checked ones.

use crate::id::Id;
use crate::setup::decision::{LookAhead, Plan};

use super::super::decode::{At, Cx};
use super::super::written::{Nation, plans as written};
use super::names::{Names, count, whole_weeks};

/// Most pairs of runs of a look ahead.
const MOST_RUNS: u32 = 64;

/// Longest calm, horizon and time between looks, in weeks.
const LONGEST: u32 = 104;

/// A plan of a nation.
pub(super) fn plan(of: &written::Plan, nation: (&At<Id>, &Nation), names: &Names, cx: &mut Cx) -> Option<Plan> {
    let level = count(&of.level, 1, u32::from(crate::watch::HIGHEST), cx);
    let calm_weeks = whole_weeks(&of.calm, 1..=LONGEST, cx);
    if *of.listed && nation.1.criticality.is_none() {
        cx.error_at(&of.listed.origin, "the nation keeps no list", "give it `criticality`, or leave `listed` out");
    }
    let watch = names.watch(&of.watch, cx)?;
    if let Some(whose) = names.watches[watch].1.filter(|&whose| names.nations[whose].0 != nation.0.value) {
        let what = format!("\"{}\" is a watch of \"{}\"", of.watch.value, names.nations[whose].0);
        cx.error_at(&of.watch.origin, what, "name a watch of the nation that decides");
        return None;
    }
    Some(Plan { watch, level: level? as u8, calm_weeks: calm_weeks?, listed: *of.listed })
}

/// How it looks ahead.
pub(super) fn look(of: &written::LookAhead, cx: &mut Cx) -> Option<LookAhead> {
    let runs = count(&of.runs, 1, MOST_RUNS, cx);
    let horizon = whole_weeks(&of.horizon, 1..=LONGEST, cx);
    let every = whole_weeks(&of.every, 1..=LONGEST, cx);
    if of.worth.iter().next().is_none() && of.worth.1.is_empty() {
        cx.error_at(&of.worth.origin, "no lack is worth anything", "write such as { 1: 10, 2: 3 }");
        return None;
    }
    let worth = of.worth.iter().map(|(class, worth)| (class.value.0, worth.0)).collect();
    Some(LookAhead { runs: runs?, horizon: horizon?, every: every?, worth })
}
