//! Policies that nations decide on inside the run.

use crate::id::Id;
use crate::policy::WrittenPolicy;
use crate::setup::decision::{Answer, Bargain, Decision, Elections, HazardRule, Relent, Trigger, Truce};
use crate::units::Quantum;

use super::super::decode::{At, Cx};
use super::super::problem::unknown_name;
use super::super::quantity::Quantity;
use super::super::written::{self, World, decisions};
use super::agents::Rules;
use super::all;
use super::names::{Names, above_0, exact, whole_weeks};
use super::plans;

/// Longest rest and longest truce, in weeks.
const LONGEST: (u32, u32) = (520, 1_040);

/// The decisions of every nation, in order of nation and policy; nothing when `cx` holds an error.
pub(super) fn resolve(world: &World, names: &Names, cx: &mut Cx) -> Option<Vec<Vec<Decision>>> {
    let rules = Rules::new(&world.hazard_rules, cx, hazard_rule);
    all(world.nations.iter().map(|(of, nation)| {
        let found: Vec<_> = nation
            .decisions
            .iter()
            .map(|(id, written)| decision(id, written, (of, nation), world, &rules, names, cx))
            .collect();
        all(found.into_iter())
    }))
}

/// When a nation votes; nothing when it does not say, or when `cx` holds an error.
pub(super) fn elections(nation: &written::Nation, cx: &mut Cx) -> Option<Elections> {
    let elections = nation.elections.as_ref()?;
    Some(Elections { day: elections.day, every: above_0(&elections.every, cx)? })
}

fn decision(
    id: &At<Id>,
    written: &decisions::Decision,
    nation: (&At<Id>, &written::Nation),
    world: &World,
    rules: &Rules<HazardRule>,
    names: &Names,
    cx: &mut Cx,
) -> Option<Decision> {
    let policy = place(id, nation.1, cx);
    let trigger =
        trigger(written, policy.map(|policy| &nation.1.policies.0[policy].1), nation, world, rules, names, cx);
    let rest_weeks = whole_weeks(&written.rest, 0..=LONGEST.0, cx);
    let answers = matches!(written.by, decisions::Trigger::Answer(_));
    if *written.relent.with_cause && !answers {
        cx.error_at(&written.relent.with_cause.origin, "there is no cause", "only an `Answer` ends with its cause");
    }
    let truce = match &written.truce {
        Some(truce) if !answers => {
            cx.error_at(&truce.origin, "a truce with nobody", "leave it out, or let the policy be an `Answer`");
            return None;
        }
        Some(truce) => {
            let weeks = whole_weeks(&truce.weeks, 1..=LONGEST.1, cx)?;
            Some(Truce { chance: truce.chance.number(), weeks })
        }
        None => None,
    };
    let relent = Relent {
        shortfall: written.relent.shortfall.map(Quantity::number),
        chance: written.relent.chance.number(),
        with_cause: *written.relent.with_cause,
    };
    Some(Decision { policy: policy?, trigger: trigger?, relent, truce, rest_weeks: rest_weeks? })
}

/// Place of a policy of a nation.
fn place(name: &At<Id>, nation: &written::Nation, cx: &mut Cx) -> Option<usize> {
    let found = nation.policies.iter().position(|(id, _)| id.value == name.value);
    // A policy that cannot be read is there: its own problem is enough.
    if found.is_none() && !nation.policies.1.iter().any(|id| id.value == name.value) {
        let known: Vec<&str> = nation.policies.iter().map(|(id, _)| id.value.as_str()).collect();
        let (what, instead) = unknown_name("policy of this nation named", name.value.as_str(), &known);
        cx.error_at(&name.origin, what, instead.unwrap_or_else(|| "write the policy among its `policies`".to_owned()));
    }
    found
}

fn trigger(
    written: &decisions::Decision,
    policy: Option<&WrittenPolicy>,
    nation: (&At<Id>, &written::Nation),
    world: &World,
    rules: &Rules<HazardRule>,
    names: &Names,
    cx: &mut Cx,
) -> Option<Trigger> {
    match &written.by {
        decisions::Trigger::Hazard(hazard) => {
            let rule = rules.get("rule in `hazard_rules`", &hazard.rule, cx);
            let mineral = names.mineral(&hazard.mineral, cx)?;
            let market = names.market(mineral, &hazard.stage, cx);
            Some(Trigger::Hazard(rule?, market?))
        }
        decisions::Trigger::Bargain(bargain) => {
            let cost = exact(&bargain.cost, Quantum::Kilogram, cx);
            if !matches!(policy?, WrittenPolicy::Nationalization(_)) {
                let what = "a bargain over what is no taking of mines";
                cx.error_at(&bargain.cost.origin, what, "let it date a `Nationalization`, or write a `Hazard`");
                return None;
            }
            Some(Trigger::Bargain(Bargain {
                cost: cost?,
                reputation: bargain.reputation.number(),
                discount: bargain.discount.number(),
                chance: bargain.chance.number(),
            }))
        }
        decisions::Trigger::Warning(of) => plans::plan(of, nation, names, cx).map(Trigger::Warning),
        decisions::Trigger::LookAhead(of) => {
            let (plan, look) = (plans::plan(&of.plan, nation, names, cx), plans::look(of, cx));
            plan.zip(look).map(|(plan, look)| Trigger::LookAhead(plan, look))
        }
        decisions::Trigger::Answer(answer) => {
            if answer.to.is_empty() {
                cx.error_at(&answer.to.origin, "nothing is answered", "name at least one policy");
                return None;
            }
            let to = all(answer.to.iter().map(|named| {
                let nation = names.nation(&named.nation, cx)?;
                let written = world.nations.iter().find(|(id, _)| id.value == named.nation.value)?;
                Some((nation, place(&named.policy, &written.1, cx)?))
            }));
            if let Some(truce) = &written.truce {
                let is_read = |name: &At<Id>| !cx.is_replaced(&name.origin);
                let dated = answer.to.iter().find(|named| {
                    let of = world.nations.iter().find(|(id, _)| id.value == named.nation.value);
                    is_read(&named.nation)
                        && is_read(&named.policy)
                        && !of.is_some_and(|(_, of)| of.decisions.iter().any(|(id, _)| id.value == named.policy.value))
                });
                if let Some(dated) = dated {
                    let what = format!("\"{}\" has written dates, so that no truce can end it", dated.policy.value);
                    cx.error_at(&truce.origin, what, "leave the truce out, or let that nation decide too");
                    return None;
                }
            }
            Some(Trigger::Answer(Answer { to: to?, chance: answer.chance.number() }))
        }
    }
}

fn hazard_rule(written: &decisions::HazardRule, cx: &mut Cx) -> Option<HazardRule> {
    let base = above_0(&written.base, cx)?;
    if base >= 1.0 {
        cx.error_at(&written.base.origin, "a chance of 1 or more", "write a number below 1");
        return None;
    }
    Some(HazardRule {
        base,
        price: written.price.0,
        price_sd: written.price_sd.0,
        rent: written.rent.0,
        sunk: written.sunk.0,
        neighbors: written.neighbors.0,
        gap: written.gap.0,
        election: written.election.0,
        institutions: written.institutions.0,
        alliance: written.alliance.0,
        dependence: written.dependence.0,
        acted: written.acted.0,
    })
}
