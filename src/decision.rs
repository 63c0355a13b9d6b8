//! Nations that decide: policies whose dates are set inside the run, by a hazard, by a bargain, or in answer to others.
//!
//! At the end of a quarter each nation looks at what it may do; what it decides is announced in the week after. The policy
//! itself is one of the nation's policies ([`crate::policy`]) and knows nothing of this: only its dates are set.
//! A nation that never acts changes nothing: until its first act a policy stands at [`Window::NEVER`].

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::belief::Beliefs;
use crate::calendar::Week;
use crate::criticality::lists;
use crate::digest::{Digest, Digestible};
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::mine::Mine;
use crate::model::Model;
use crate::policy::nationalization::Nationalization;
use crate::policy::{Decree, Decreed, Window};
use crate::seller::Seller;
use crate::setup::decision::{Decision as Rule, Trigger};
use crate::setup::{NationIx, Setup};
use crate::step::{Clock, Phase};
use crate::streams::{Draw, Purpose, Streams};
use crate::terms::Terms;
use crate::units::Money;

pub mod answer;
pub mod bargain;
pub mod counsel;
pub mod hazard;
mod memory;
pub mod plan;
mod scene;

use counsel::Counsel;
pub use memory::Memory;
use scene::Scene;

/// Weeks from one look to the next.
pub const QUARTER: Week = 13;

/// Weeks in force before a nation looks whether to stop.
const PATIENCE: Week = 26;

const ACT: Purpose = Purpose::new("decision.act");
const RELENT: Purpose = Purpose::new("decision.relent");
const TRUCE: Purpose = Purpose::new("decision.truce");

/// A policy that a nation decides on.
#[derive(Component, Debug, Clone)]
pub struct Decision {
    /// Whose.
    pub nation: NationIx,
    /// Its dates by the latest act.
    pub window: Window,
    /// What ended the latest act, once something other than its term has.
    pub ended_by: Option<Ending>,
    /// What dates it.
    rule: Rule,
    /// What sets its dates.
    decreed: Decreed,
    /// Weeks from announcement to force, and how long it then lasts.
    notice: Week,
    length: Option<Week>,
    /// Week before which it cannot come again.
    rests_until: Week,
    /// What the nation took in the year before it acted, if the run knows.
    taken_before: Option<Money>,
    /// Whether the policy's dates have still to be set.
    changed: bool,
}

impl Digestible for Decision {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&(self.window.announced, self.window.in_force));
        digest.add(&self.window.until);
        digest.add(&self.rests_until);
        digest.add(&self.taken_before);
    }
}

/// Why a policy ended before its term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The nation relented.
    Relented,
    /// Both sides agreed.
    Truce,
    /// What it answered is gone.
    Cause,
}

/// What happens to a policy that is decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is announced.
    Announced,
    /// It comes into force.
    InForce,
    /// Its term is over.
    Expired,
    /// It ends before its term.
    Ended(Ending),
}

impl Event {
    /// All of them, with the names that records give them.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Announced, "announced"),
        (Self::InForce, "in force"),
        (Self::Expired, "expired"),
        (Self::Ended(Ending::Relented), "relented"),
        (Self::Ended(Ending::Truce), "truce"),
        (Self::Ended(Ending::Cause), "cause gone"),
    ];
}

impl Decision {
    fn new(nation: NationIx, rule: &Rule, decreed: Decreed) -> Self {
        let written = decreed.written;
        Self {
            nation,
            window: Window::NEVER,
            ended_by: None,
            rule: rule.clone(),
            decreed,
            notice: written.in_force.saturating_sub(written.announced),
            length: written.until.map(|until| until - written.begins()),
            rests_until: 0,
            taken_before: None,
            changed: true,
        }
    }

    /// Place of the policy in [`crate::setup::Nation::policies`].
    #[must_use]
    pub const fn policy(&self) -> usize {
        self.rule.policy
    }

    /// What happens to the policy in a week.
    pub fn events(&self, week: Week) -> impl Iterator<Item = Event> {
        let ends = self.window.until == Some(week);
        let ending = self.ended_by.map_or(Event::Expired, Event::Ended);
        let events = [
            (self.window.announced == week, Event::Announced),
            (self.window.begins() == week && !ends, Event::InForce),
            (ends, ending),
        ];
        events.into_iter().filter_map(|(happens, event)| happens.then_some(event))
    }

    /// Whether the nation may act so from a week on: it does not stand, and has rested.
    fn open(&self, week: Week) -> bool {
        !self.window.stands(week) && self.rests_until <= week
    }

    /// Its dates if the nation acts in a week.
    fn dated(&self, week: Week) -> Window {
        let in_force = week + self.notice;
        Window { announced: week, in_force, until: self.length.map(|length| in_force + length) }
    }

    fn act(&mut self, week: Week, taken: Option<Money>) {
        self.window = self.dated(week);
        self.rests_until = self.window.until.unwrap_or(self.window.in_force) + self.rule.rest_weeks;
        (self.taken_before, self.ended_by, self.changed) = (taken, None, true);
    }

    fn end(&mut self, week: Week, ending: Ending, rest_weeks: Week) {
        self.window.until = Some(week);
        self.rests_until = week + rest_weeks;
        (self.ended_by, self.changed) = (Some(ending), true);
    }
}

/// Adds what nations decide on; nothing when no nation decides on anything.
pub(crate) fn plugin(model: &mut Model, setup: &Setup, decreed: &[Vec<Decreed>]) {
    let mut found = false;
    for (nation, state) in setup.nations.iter().enumerate() {
        for rule in &state.decisions {
            let decision = Decision::new(nation, rule, decreed[nation][rule.policy]);
            if matches!(rule.trigger, Trigger::LookAhead(..)) {
                model.spawn_decree((decision, Counsel::default()));
            } else {
                model.spawn_decree(decision);
            }
            found = true;
        }
    }
    if !found {
        return;
    }
    let dated = |nation: NationIx| decreed[nation].iter().map(|policy| policy.written).collect();
    let dated: Vec<Vec<Window>> = (0..setup.nations.len()).map(dated).collect();
    model.world.insert_resource(Memory::new(setup, dated));
    model.digests::<Decision>();
    model.digests::<Counsel>();
    model.add(Phase::Decree, carry_out);
    model.add(Phase::Decide, (memory::remember, relent, decide).chain());
    follow_warnings(model, setup);
}

/// Adds what plans need, where there are any.
fn follow_warnings(model: &mut Model, setup: &Setup) {
    let triggers = || setup.nations.iter().flat_map(|nation| &nation.decisions).map(|rule| &rule.trigger);
    let mut plans = triggers().filter_map(Trigger::plan).peekable();
    if plans.peek().is_none() {
        return;
    }
    if plans.any(|plan| plan.listed) {
        lists::plugin(model, setup);
    }
    model.add(Phase::Decide, plan::stand_down);
    if triggers().any(|trigger| matches!(trigger, Trigger::LookAhead(..))) {
        model.world.insert_resource(Beliefs::new(setup));
        model.add(Phase::Decide, counsel::consult);
    }
    model.add(Phase::Decide, plan::follow);
}

/// Sets the dates of what was decided.
fn carry_out(world: &mut World, decisions: &mut QueryState<(Entity, &Decision)>) {
    let changed = decisions.iter(world).filter(|(_, decision)| decision.changed);
    let changed: Vec<_> = changed.map(|(entity, decision)| (entity, decision.decreed, decision.window)).collect();
    for (entity, decreed, window) in changed {
        (decreed.date)(world, decreed.entity, window);
        let mut decision = world.get_mut::<Decision>(entity).expect("bug: a decision that is not there");
        decision.changed = false;
    }
}

/// Whether nations look at what they do in a week: at the end of a quarter.
const fn quarter_ends(week: Week) -> bool {
    (week + 1).is_multiple_of(QUARTER)
}

/// Policies stop when they cost too much, by chance, by agreement, or because nothing is left to answer.
fn relent(clock: Res<Clock>, streams: Res<Streams>, memory: Res<Memory>, mut decisions: Query<&mut Decision>) {
    if !quarter_ends(clock.week) {
        return;
    }
    let next = clock.week + 1;
    let windows = memory.windows(decisions.iter());
    let mut truces: Vec<(NationIx, usize, Week)> = Vec::new();
    for mut decision in decisions.iter_mut().filter(|decision| decision.window.stands(next)) {
        let (rule, key) = (decision.rule.relent, decision.decreed.decree.key);
        let causes = match &decision.rule.trigger {
            Trigger::Answer(answer) => &answer.to[..],
            _ => &[],
        };
        let standing = |(nation, policy): &&(NationIx, usize)| windows[*nation][*policy].stands(next);
        if rule.with_cause && !causes.iter().any(|cause| standing(&cause)) {
            let rest = decision.rule.rest_weeks;
            decision.end(next, Ending::Cause, rest);
            continue;
        }
        if let Some(truce) = decision.rule.truce
            && streams.at(TRUCE, key, clock.week).bernoulli(truce.chance)
        {
            let ours = (decision.nation, decision.policy());
            let both = causes.iter().filter(standing).copied().chain([ours]);
            truces.extend(both.map(|(nation, policy)| (nation, policy, truce.weeks)));
            continue;
        }
        let in_force = next.saturating_sub(decision.window.begins());
        if in_force < PATIENCE {
            continue;
        }
        let fell_by = |(now, before): (Money, Money)| 1.0 - now.real() / before.real().max(1.0);
        let loss = memory.taken(decision.nation).zip(decision.taken_before).map(fell_by);
        let short = in_force >= memory::YEAR && rule.shortfall.zip(loss).is_some_and(|(most, loss)| loss > most);
        if short || streams.at(RELENT, key, clock.week).bernoulli(rule.chance) {
            let rest = decision.rule.rest_weeks;
            decision.end(next, Ending::Relented, rest);
        }
    }
    for (nation, policy, weeks) in truces {
        let mut of = decisions.iter_mut().filter(|of| (of.nation, of.policy()) == (nation, policy));
        if let Some(mut decision) = of.next() {
            decision.end(next, Ending::Truce, weeks);
        }
    }
}

/// Nations look at what they may do, all at what stood before any of them moved.
fn decide(
    clock: Res<Clock>,
    streams: Res<Streams>,
    markets: Res<Markets>,
    terms: Res<Terms>,
    ledger: Res<Ledger>,
    memory: Res<Memory>,
    scene: Scene,
    takings: Query<&Nationalization>,
    mines: Query<(&Agent, &Mine, &Seller)>,
    mut decisions: Query<&mut Decision>,
) {
    let next = clock.week + 1;
    let quarterly = quarter_ends(clock.week);
    let windows = memory.windows(decisions.iter());
    let sights = if quarterly { Some(scene.look(&memory, &markets, &terms, clock.years())) } else { None };
    let acted = |nation: NationIx| {
        let latest = windows[nation].iter().filter(|window| window.known(next));
        latest.map(|window| next - window.announced).min().is_some_and(|since| since < hazard::ACTED_WEEKS)
    };
    for mut decision in decisions.iter_mut().filter(|decision| decision.open(next)) {
        let key = decision.decreed.decree.key;
        let nation = decision.nation;
        let chance = match (&decision.rule.trigger, &sights) {
            (Trigger::Hazard(rule, market), Some(sights)) => {
                let seen = sights.prospect(nation, *market, acted(nation));
                hazard::chance(rule, &seen)
            }
            (Trigger::Bargain(bargain), Some(_)) => {
                let taking = takings.get(decision.decreed.entity).expect("bug: a bargain over what is no taking");
                let decree: &Decree = &decision.decreed.decree;
                let mut worth = bargain::Worth::default();
                let mut taken: Vec<_> = mines.iter().filter(|(_, mine, _)| taking.takes(mine)).collect();
                taken.sort_by_key(|(_, mine, _)| mine.index);
                for (agent, mine, seller) in taken {
                    let ground = ledger.mass(agent.account, Slot::Ground);
                    let price = markets[seller.market].price(agent.region);
                    let mineral = markets[seller.market].mineral;
                    let levied = terms.royalty(decree.nation, mineral, price);
                    worth.add(mine, &terms.mines[mine.index], (price, levied), ground, bargain.discount);
                }
                if bargain::takes(bargain, taking, &worth, memory.governance(nation)) { bargain.chance } else { 0.0 }
            }
            (Trigger::Answer(answer), _) => answer::chance(answer, &windows, next),
            (Trigger::Hazard(..) | Trigger::Bargain(_), None) | (Trigger::Warning(_) | Trigger::LookAhead(..), _) => {
                0.0
            }
        };
        if streams.at(ACT, key, clock.week).bernoulli(chance) {
            let taken = memory.taken(nation);
            decision.act(next, taken);
        }
    }
}
