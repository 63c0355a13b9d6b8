//! Counsel: before it acts on a warning, an agency runs the world ahead with and without the measure. Lever G3.

use bevy_ecs::prelude::*;

use super::{Decision, Memory, plan};
use crate::agent::Agent;
use crate::belief::{Beliefs, Present};
use crate::calendar::Week;
use crate::criticality::lists::Lists;
use crate::digest::digest_fields;
use crate::ledger::{Ledger, Slot};
use crate::policy::Window;
use crate::reserve::Reserve;
use crate::setup::decision::Trigger;
use crate::setup::watch::Figure;
use crate::statistics::{mean, standard_deviation};
use crate::step::Clock;
use crate::streams::{Draw, Purpose, Streams};
use crate::watch::Warnings;

const BELIEF: Purpose = Purpose::new("counsel.belief");

/// What looking ahead said of a measure.
#[derive(Component, Debug, Clone, Copy, Default)]
pub struct Counsel {
    /// Week of the latest look.
    pub looked: Option<Week>,
    /// What was said then.
    pub advice: Advice,
}

digest_fields!(Counsel { looked });

/// What a look ahead says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Advice {
    /// Mean over seeds of what is lost without the measure less what is lost with it, in dollars.
    pub gain: f64,
    /// Standard deviation of that mean, in dollars.
    pub error: f64,
    /// Weeks that were simulated.
    pub weeks: u32,
    /// Whether to act.
    pub act: bool,
}

impl Advice {
    /// From losses without and with a measure, pair by pair: to act when the mean gain is above 0.
    #[must_use]
    fn from(pairs: &[(f64, f64)], weeks: u32) -> Self {
        let gains: Vec<f64> = pairs.iter().map(|(without, with)| without - with).collect();
        let gain = mean(&gains).unwrap_or(0.0);
        let error = standard_deviation(&gains).map_or(0.0, |sd| sd / crate::math::sqrt(gains.len() as f64));
        Self { gain, error, weeks, act: gain > 0.0 }
    }
}

/// Looks ahead for every measure whose plan calls, that may be taken and has not been looked at for a while.
pub(super) fn consult(
    clock: Res<Clock>,
    streams: Res<Streams>,
    ledger: Res<Ledger>,
    memory: Res<Memory>,
    warnings: Res<Warnings>,
    beliefs: Res<Beliefs>,
    lists: Option<Res<Lists>>,
    reserves: Query<(&Agent, &Reserve)>,
    mut decisions: Query<(&Decision, Option<&mut Counsel>)>,
) {
    let next = clock.week + 1;
    let windows = memory.windows(decisions.iter().map(|(decision, _)| decision));
    let known = |window: &Window| if window.known(clock.week) { *window } else { Window::NEVER };
    let known: Vec<Vec<Window>> = windows.iter().map(|nation| nation.iter().map(known).collect()).collect();
    for (decision, counsel) in decisions.iter_mut().filter(|(decision, _)| decision.open(next)) {
        let (Trigger::LookAhead(plan, look), Some(mut counsel)) = (&decision.rule.trigger, counsel) else { continue };
        let outpost = &warnings.watches[plan.watch];
        let due = counsel.looked.is_none_or(|week| week + look.every <= clock.week);
        if !due || !plan::calls(plan, outpost, lists.as_deref()) {
            continue;
        }
        let own = reserves.iter().filter(|(agent, _)| agent.nation == decision.nation);
        let own = own.map(|(agent, reserve)| {
            (agent.key, reserve.clone(), ledger.mass(agent.account, Slot::Store), ledger.money(agent.account))
        });
        let without = Present {
            weeks: next,
            windows: known.clone(),
            watch: outpost.watch.clone(),
            cover: outpost.sees(Figure::Cover),
            reserves: own.collect(),
        };
        let mut with = without.clone();
        with.windows[decision.nation][decision.policy()] = decision.dated(next);
        let mut draws = streams.at(BELIEF, outpost.key(), clock.week);
        let pair = |_| {
            let seed = draws.u64();
            let [without, with] = [&without, &with].map(|of| beliefs.loss(of, seed, look.horizon, &look.worth));
            (without, with)
        };
        let pairs: Vec<(f64, f64)> = (0..look.runs).map(pair).collect();
        let weeks = 2 * look.runs * (next + look.horizon);
        *counsel = Counsel { looked: Some(clock.week), advice: Advice::from(&pairs, weeks) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_the_mean_of_what_pairs_say() {
        let advice = Advice::from(&[(10.0, 4.0), (8.0, 6.0), (3.0, 2.0)], 60);
        assert!((advice.gain - 3.0).abs() < 1e-12 && advice.act);
        // Deviation of 6, 2 and 1 is √7.
        assert!((advice.error - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!(!Advice::from(&[(10.0, 10.0)], 60).act, "a measure that changes nothing is not taken");
    }
}
