//! Projects and the rules by which they are decided on and built.

use crate::calendar::{Date, Week};
use crate::setup::{self, Hurdle, Progress};
use crate::units::{Price, Quantum};

use super::super::decode::{At, Cx};
use super::super::quantity::{Quantity, Weeks};
use super::super::written::project::{self as written, InvestmentRule, Project, ProjectStage};
use super::agents::Rules;
use super::names::{Names, above_0, exact_above_0, whole_weeks};

/// Longest time for studies and permits, in weeks.
const MAX_LEAD: u32 = 2_000;
/// Longest construction or ramp-up, in weeks.
const MAX_BUILDING: u32 = 1_000;

pub(super) fn rule(written: &InvestmentRule, cx: &mut Cx) -> Option<setup::InvestmentRule> {
    let feasibility = whole_weeks(&written.feasibility, 0..=MAX_LEAD, cx);
    let permitting = whole_weeks(&written.permitting, 0..=MAX_LEAD, cx);
    let construction = whole_weeks(&written.construction, 1..=MAX_BUILDING, cx);
    let ramp_up = whole_weeks(&written.ramp_up, 0..=MAX_BUILDING, cx);
    let review = whole_weeks(&written.review, 1..=520, cx);
    let horizon = above_0(&written.horizon, cx);
    let hurdle = hurdle(&written.hurdle, cx);
    let deck = deck(&written.deck, cx);
    Some(setup::InvestmentRule {
        feasibility_weeks: feasibility?,
        permitting_weeks: permitting?,
        construction_weeks: construction?,
        ramp_up_weeks: ramp_up?,
        discount: written.discount.number(),
        horizon_years: horizon?,
        hurdle: hurdle?,
        deck: deck?,
        supply_line: written.supply_line.number(),
        price_effect: written.price_effect.0,
        growth: written.growth.number(),
        sharpness: written.sharpness.map(|sharpness| sharpness.0),
        review_weeks: review?,
        discoveries_per_year: written.discovery.number(),
        discovery_elasticity: written.discovery_elasticity.0,
        mothball_below: written.mothball_below.0,
    })
}

fn hurdle(written: &written::Hurdle, cx: &mut Cx) -> Option<Hurdle> {
    match written {
        written::Hurdle::Threshold(multiple) => Some(Hurdle::Threshold(multiple.0)),
        written::Hurdle::RealOption(option) => {
            let (volatility, payout) = (above_0(&option.volatility, cx), above_0(&option.payout, cx));
            let cap = option.cap.map_or(f64::INFINITY, |cap| cap.0);
            Some(Hurdle::RealOption { volatility: volatility?, payout: payout?, cap })
        }
    }
}

fn deck(written: &At<written::Deck>, cx: &mut Cx) -> Option<setup::Deck> {
    let deck = setup::Deck {
        long_run: written.long_run.number(),
        mean: written.mean.number(),
        outlook: written.outlook.number(),
    };
    let sum = deck.long_run + deck.mean + deck.outlook;
    if (sum - 1.0).abs() > 1e-9 {
        cx.error_at(&written.origin, format!("the weights sum to {sum}"), "write three shares that sum to 1");
        return None;
    }
    Some(deck)
}

/// What is built, for messages and for what only some of it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Built {
    Mine,
    Plant,
}

/// A project of a mine or plant, if it is one. `None` when something is wrong with it.
#[allow(clippy::option_option)] // the outer one is a problem, the inner one a mine that is there
pub(super) fn project(
    written: Option<&At<Project>>,
    built: Built,
    rules: &Rules<setup::InvestmentRule>,
    (quantum, names): (Option<Quantum>, &Names),
    cx: &mut Cx,
) -> Option<Option<setup::Project>> {
    let Some(written) = written else { return Some(None) };
    let rule = rules.get("rule in `investment_rules`", &written.rule, cx);
    let capital_cost = exact_above_0(&written.capital_cost, quantum, cx);
    if built == Built::Plant && matches!(written.stage.value, ProjectStage::Discovery) {
        cx.error_at(&written.stage.origin, "a plant is not discovered", "begin with Feasibility or later");
    }
    let progress = progress(written, rule.as_ref(), names, cx);
    let capital_cost = Price::nearest(capital_cost?.real() * written.endowment.capital.0);
    Some(Some(setup::Project { rule: rule?, progress: progress?, capital_cost }))
}

/// A cost with what the place of a project makes of it.
pub(super) fn placed(cost: Price, project: Option<&At<Project>>) -> Price {
    match project.map(|project| project.endowment.cost.0) {
        Some(factor) => Price::nearest(cost.real() * factor),
        None => cost,
    }
}

fn progress(written: &Project, rule: Option<&setup::InvestmentRule>, names: &Names, cx: &mut Cx) -> Option<Progress> {
    let stage = &written.stage;
    if cx.is_replaced(&stage.origin) {
        return None;
    }
    if let Some(start) = &written.start {
        let week = names.week(start.value);
        let instead = "write stage: Construction and no `left`";
        if !matches!(stage.value, ProjectStage::Construction) || written.left.is_some() {
            cx.error_at(&start.origin, "a day of first output is for what is being built, instead of `left`", instead);
            return None;
        }
        // Without a start that could be read nothing is said of how far the day is from it.
        if names.calendar.start == Date::default() {
            return None;
        }
        if week == 0 || week > MAX_BUILDING {
            let what = format!("first output on {} is not within {MAX_BUILDING} weeks of the start", start.value);
            let (first, last) = (names.calendar.day(1), names.calendar.day(MAX_BUILDING));
            cx.error_at(&start.origin, what, format!("write a day from {first} to {last}, or leave out `project`"));
            return None;
        }
        return Some(Progress::Construction { weeks: week });
    }
    let rule = rule?;
    let mut left = |whole: Week| {
        let Some(left): Option<&At<Weeks>> = written.left.as_ref() else { return Some(whole) };
        let weeks = whole_weeks(left, 1..=MAX_LEAD, cx)?;
        // Studies and permits may begin later than the world; construction has begun, and no more is left than it takes.
        if weeks > whole && matches!(stage.value, ProjectStage::Construction) {
            let what = format!("{weeks} weeks are left of a construction of {whole}");
            let instead = format!("write at most Weeks({whole}), or name a rule with a longer construction");
            cx.warn_at(&left.origin, what, instead);
        }
        Some(weeks)
    };
    match stage.value {
        ProjectStage::Feasibility => left(rule.feasibility_weeks).map(|weeks| Progress::Feasibility { weeks }),
        ProjectStage::Permitting => left(rule.permitting_weeks).map(|weeks| Progress::Permitting { weeks }),
        ProjectStage::Construction => left(rule.construction_weeks).map(|weeks| Progress::Construction { weeks }),
        ProjectStage::RampUp => {
            let weeks = left(rule.ramp_up_weeks)?;
            if weeks > rule.ramp_up_weeks {
                let at = written.left.as_ref().map_or(&stage.origin, |left| &left.origin);
                let what = format!("{weeks} weeks are left of a ramp-up of {}", rule.ramp_up_weeks);
                cx.error_at(at, what, format!("write at most Weeks({})", rule.ramp_up_weeks));
                return None;
            }
            Some(Progress::RampUp { weeks })
        }
        ProjectStage::Discovery | ProjectStage::Decision => {
            if let Some(left) = &written.left {
                let what = "this stage has no set length";
                cx.error_at(&left.origin, what, "leave out `left`");
                return None;
            }
            let found = matches!(stage.value, ProjectStage::Decision);
            Some(if found { Progress::Decision } else { Progress::Discovery })
        }
    }
}

/// Refuses product in the store of what is not there yet.
pub(super) fn empty<Q: Quantity>(stock: &At<Q>, project: Option<&At<Project>>, cx: &mut Cx) -> Option<()> {
    if project.is_some() && stock.number() > 0.0 {
        cx.error_at(&stock.origin, "a project has no stock", format!("leave it out, or write {}(0)", Q::NAME));
        return None;
    }
    Some(())
}
