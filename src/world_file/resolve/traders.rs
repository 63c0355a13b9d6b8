//! Traders of futures and their rules.

use crate::setup::exchange::{Contract, SpeculatorRule, Strategy, Switching, TraderGroup};
use crate::trader::{
    fcn, inter_exchange::InterExchange, market_maker::Making, option_maker::OptionMaking, speculator, spread,
};
use crate::units::{Money, Quantum};

use super::super::decode::{At, Cx};
use super::super::quantity::{MAX_USD, Quantity, Tonnes, plain};
use super::super::value::Count;
use super::super::written::World;
use super::super::written::traders::{self as written, Fcn, Speculator, TraderRule};
use super::agents::Rules;
use super::names::{Names, above_0, count, exact_above_0, whole_weeks};
use super::places::whole;
use super::{all, label};

/// Most traders of a world.
const MOST_TRADERS: u32 = 10_000;
/// Longest time of a trader by value, trend and noise, in steps.
const LONGEST: u32 = crate::futures::LONGEST_WINDOW as u32;

/// The groups of traders; where a contract is not known only what can be told of a group alone.
pub(super) fn resolve(
    world: &World,
    contracts: &[Option<Contract>],
    names: &Names,
    cx: &mut Cx,
) -> Option<Vec<TraderGroup>> {
    let rules = Rules::new(&world.trader_rules, cx, rule);
    let (mut traders, mut money) = (0, 0.0);
    let known = whole(&world.contracts) && contracts.iter().all(Option::is_some);
    all(world.traders.iter().map(|(id, written)| {
        let (nation, index) = (names.nation(&written.nation, cx), names.contract(&written.contract, cx));
        let count = count(&written.count, 1, MOST_TRADERS, cx);
        let capital = exact_above_0(&written.capital, Quantum::Kilogram, cx);
        (traders, money) = together((traders, money), count, capital, written, cx);
        let strategy = rules.get("rule in `trader_rules`", &written.rule, cx);
        let (index, strategy) = (index?, strategy?);
        let contract = contracts[index].as_ref()?;
        if matches!(strategy, Strategy::OptionMaker(_)) && contract.options.is_none() {
            let what = format!("\"{}\" has no options to make markets in", written.contract.value);
            cx.error_at(&written.contract.origin, what, "name a contract with `options`, or add them");
            return None;
        }
        let same_metal = |other: &Contract| {
            other.id != contract.id
                && other.metal().map(|metal| metal.market) == contract.metal().map(|metal| metal.market)
        };
        if matches!(strategy, Strategy::InterExchange(_))
            && (contract.metal().is_none() || known && !contracts.iter().flatten().any(same_metal))
        {
            let what = format!("there is no other contract for the metal of \"{}\"", written.contract.value);
            cx.error_at(
                &written.contract.origin,
                what,
                "name a contract whose metal is traded elsewhere too, or add one",
            );
            return None;
        }
        Some(TraderGroup {
            id: id.value.clone(),
            label: label(&written.label),
            nation: nation?,
            contract: index,
            count: count?,
            capital: capital?,
            strategy: in_lots(strategy, contract, written, names, cx)?,
        })
    }))
}

/// Adds a group to traders and dollars so far, and reports it where they become too many.
fn together(
    (traders, money): (u32, f64),
    count: Option<u32>,
    capital: Option<Money>,
    written: &written::Traders,
    cx: &mut Cx,
) -> (u32, f64) {
    let Some((count, capital)) = count.zip(capital) else { return (traders, money) };
    let (more, richer) = (traders + count, money + f64::from(count) * capital.currency());
    if traders <= MOST_TRADERS && more > MOST_TRADERS {
        let what = format!("with these there are {more} traders in the world");
        cx.error_at(&written.count.origin, what, format!("write fewer: {MOST_TRADERS} at most in all groups"));
    }
    if money <= MAX_USD && richer > MAX_USD {
        let what = format!("with these all traders have {} dollars", plain(richer));
        cx.error_at(&written.capital.origin, what, format!("write less: {} at most in all groups", plain(MAX_USD)));
    }
    (more, richer)
}

/// A strategy whose depth is in tonnes, in the lots of a contract.
fn in_lots(
    strategy: Strategy,
    contract: &Contract,
    written: &written::Traders,
    names: &Names,
    cx: &mut Cx,
) -> Option<Strategy> {
    let quantum = match contract.metal() {
        Some(metal) => names.quantum(names.mineral_of(metal.market)?),
        None => Quantum::Kilogram,
    };
    let lot = quantum.tonnes(contract.terms.lot);
    let mut lots = |tonnes: f64| {
        if tonnes >= lot {
            return Some(tonnes / lot);
        }
        let what = format!("the depth of \"{}\" is less than a lot of {} t", written.rule.value, plain(lot));
        cx.error_at(&written.rule.origin, what, "name a rule with more `depth`");
        None
    };
    Some(match strategy {
        Strategy::Speculator(rule) => Strategy::Speculator(rule),
        Strategy::Fcn(spread) => Strategy::Fcn(spread),
        Strategy::MarketMaker(rule) => Strategy::MarketMaker(Making { depth: lots(rule.depth)?, ..rule }),
        Strategy::Spread(rule) => Strategy::Spread(spread::Spread { depth: lots(rule.depth)?, ..rule }),
        Strategy::InterExchange(rule) => Strategy::InterExchange(InterExchange { depth: lots(rule.depth)? }),
        Strategy::OptionMaker(rule) => Strategy::OptionMaker(OptionMaking { depth: lots(rule.depth)?, ..rule }),
    })
}

/// A rule, with depths in tonnes.
fn rule(written: &TraderRule, cx: &mut Cx) -> Option<Strategy> {
    let depth = |depth: &At<Tonnes>, cx: &mut Cx| above_0(depth, cx);
    match written {
        TraderRule::Speculator(written) => speculator(written, cx).map(Strategy::Speculator),
        TraderRule::Fcn(written) => fcn(written, cx).map(Strategy::Fcn),
        TraderRule::MarketMaker(written) => Some(Strategy::MarketMaker(Making {
            depth: depth(&written.depth, cx)?,
            half_spread: written.half_spread.number(),
            reversion: written.reversion.number(),
        })),
        TraderRule::Spread(written) => Some(Strategy::Spread(spread::Spread {
            pull: written.pull.0,
            fade: written.fade.0,
            depth: depth(&written.depth, cx)?,
        })),
        TraderRule::InterExchange(written) => {
            Some(Strategy::InterExchange(InterExchange { depth: depth(&written.depth, cx)? }))
        }
        TraderRule::OptionMaker(written) => Some(Strategy::OptionMaker(OptionMaking {
            depth: depth(&written.depth, cx)?,
            spread: written.spread.number(),
            lean: written.lean.0,
        })),
    }
}

fn fcn(written: &Fcn, cx: &mut Cx) -> Option<fcn::Spread> {
    let mut range = |(first, last): &(At<Count>, At<Count>)| {
        let (from, to) = (count(first, 1, LONGEST, cx), count(last, 1, LONGEST, cx));
        let (from, to) = (from?, to?);
        if from > to {
            cx.error_at(&first.origin, format!("{from} comes after {to}"), "write the smaller number first");
            return None;
        }
        Some((from as u16, to as u16))
    };
    let (reversion, window) = (range(&written.reversion), range(&written.window));
    let Fcn { value, trend, noise, .. } = written;
    if value.0 + trend.0 + noise.0 <= 0.0 {
        cx.error_at(&value.origin, "a trader who weighs nothing expects nothing", "give one of the weights a value");
    }
    if written.margin.number() >= 1.0 {
        cx.error_at(&written.margin.origin, "a bid of 0 is none", "write less than Share(1)");
    }
    Some(fcn::Spread {
        fundamental: value.0,
        chart: trend.0,
        noise: noise.0,
        noise_scale: written.noise_sd.number(),
        reversion: reversion?,
        window: window?,
        margin: written.margin.number(),
    })
}

fn speculator(written: &Speculator, cx: &mut Cx) -> Option<SpeculatorRule> {
    let (horizon, trend_weeks) =
        (above_0(&written.horizon, cx), whole_weeks(&written.trend_span, 1..=speculator::LONGEST_TREND as u32, cx));
    let (margin_share, pace) = (above_0(&written.margin_share, cx), above_0(&written.pace, cx));
    let switching = match &written.switching {
        written::Switching::Herding(index) => Some(Switching::Herding(speculator::Herding {
            predisposition: index.predisposition.0,
            herding: index.herding.0,
            misalignment: index.misalignment.0,
        })),
        written::Switching::Gains(gains) => Some(Switching::Gains { intensity: gains.intensity.0 }),
    };
    Some(SpeculatorRule {
        pull: written.pull.0,
        horizon_years: horizon?,
        value_noise: written.value_noise.number(),
        trend: written.trend.0,
        trend_weeks: trend_weeks?,
        trend_noise: written.trend_noise.number(),
        risk_aversion: written.risk_aversion.0,
        margin_share: margin_share?,
        pace: pace?,
        switching: switching?,
        review: written.review.number(),
        options: written.options.number(),
    })
}
