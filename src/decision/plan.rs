//! Emergency plans: a measure comes into force when a watch reaches a level, and ends when it has been left for some weeks.
//! Lever G2.

use bevy_ecs::prelude::*;

use super::counsel::Counsel;
use super::{Decision, Ending, Memory};
use crate::criticality::lists::Lists;
use crate::setup::decision::{Plan, Trigger};
use crate::step::Clock;
use crate::watch::{Outpost, Warnings};

impl Trigger {
    /// The plan of a measure that follows a watch.
    #[must_use]
    pub const fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Warning(plan) | Self::LookAhead(plan, _) => Some(plan),
            _ => None,
        }
    }
}

/// Whether a plan calls for its measure: the level is reached, and the mineral on the nation's list if the plan asks for that.
#[must_use]
pub fn calls(plan: &Plan, outpost: &Outpost, lists: Option<&Lists>) -> bool {
    let listed = || lists.is_some_and(|lists| lists.holds(outpost.watch.nation, outpost.watch.mineral));
    outpost.level >= plan.level && (!plan.listed || listed())
}

/// Ends measures whose level has been left for long enough, every week.
pub(super) fn stand_down(clock: Res<Clock>, warnings: Res<Warnings>, mut decisions: Query<&mut Decision>) {
    let next = clock.week + 1;
    for mut decision in decisions.iter_mut().filter(|decision| decision.window.stands(next)) {
        let Some(plan) = decision.rule.trigger.plan() else { continue };
        if warnings.watches[plan.watch].calm_below(plan.level) >= plan.calm_weeks {
            let rest = decision.rule.rest_weeks;
            decision.end(next, Ending::Cause, rest);
        }
    }
}

/// Takes the measures that plans call for, every week; where the nation looks ahead, those that it is told to take.
pub(super) fn follow(
    clock: Res<Clock>,
    memory: Res<Memory>,
    warnings: Res<Warnings>,
    lists: Option<Res<Lists>>,
    mut decisions: Query<(&mut Decision, Option<&Counsel>)>,
) {
    let next = clock.week + 1;
    for (mut decision, counsel) in decisions.iter_mut().filter(|(decision, _)| decision.open(next)) {
        let acts = match &decision.rule.trigger {
            Trigger::Warning(plan) => calls(plan, &warnings.watches[plan.watch], lists.as_deref()),
            Trigger::LookAhead(..) => {
                let told = counsel.filter(|counsel| counsel.looked == Some(clock.week));
                told.is_some_and(|counsel| counsel.advice.act)
            }
            _ => false,
        };
        if acts {
            let taken = memory.taken(decision.nation);
            decision.act(next, taken);
        }
    }
}
