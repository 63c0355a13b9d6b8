//! Rules of conduct.

use crate::seller::STOCK_SPAN;
use crate::setup::{self, Outage};

use super::super::decode::{At, Cx};
use super::super::quantity::{Quantity, Share};
use super::super::written::curves::Spot;
use super::super::written::project::{Depletion, Exploration};
use super::super::written::rules::{Buying, Care, MerchantRule, MineRule, PlantRule, SectorRule, Selling};
use super::super::written::{Expectations, Forecasts};
use super::names::{Names, above_0, at_least, whole_weeks};
use super::{curves, hedges};

/// Longest patience, in weeks.
const MAX_PATIENCE: u32 = 520;

pub(super) fn expectations(written: &Expectations, cx: &mut Cx) -> Option<setup::Expectations> {
    let (low, high) = (written.bounds.0.0, written.bounds.1.0);
    if low >= high {
        let what = format!("the bounds go from {low} to {high}");
        cx.error_at(&written.bounds.origin, what, "write the lower one first");
    } else if low >= 1.0 || high <= 1.0 {
        let what = format!("the bounds {low} to {high} leave out the long-run price itself");
        cx.error_at(&written.bounds.origin, what, "they are multiples of it: write such as (0.5, 4.0)");
    }
    let ordered = low < 1.0 && high > 1.0;
    let news = &written.news;
    let forecasts = match &written.forecasts {
        Some(written) => forecasts(written, cx).map(Some),
        None => Some(None),
    };
    let (memory, horizon) = (at_least(&written.memory, 1.0, cx), whole_weeks(&written.horizon, 1..=104, cx));
    Some(setup::Expectations {
        memory_weeks: memory?,
        horizon_weeks: horizon?,
        balance_weight: written.balance_weight.number(),
        elasticity: written.elasticity.0,
        bounds: ordered.then_some((low, high))?,
        forecasts: forecasts?,
        news: setup::News {
            sd: news.sd.number(),
            jumps_per_year: news.jump_frequency.number(),
            jump_sd: news.jump_sd.number(),
            persistence: news.persistence.number(),
        },
    })
}

fn forecasts(written: &Forecasts, cx: &mut Cx) -> Option<setup::Forecasts> {
    let (window, memory) = (whole_weeks(&written.window, 1..=26, cx), at_least(&written.memory, 1.0, cx));
    let bound = (written.bound.0 > 1.0).then_some(written.bound.0);
    if bound.is_none() {
        let what = format!("a trend bound by the factor {} is none", written.bound.0);
        cx.error_at(&written.bound.origin, what, "write a factor above 1");
    }
    Some(setup::Forecasts {
        strength: written.strength.0,
        window_weeks: window?,
        bound: bound?,
        memory_weeks: memory?,
        intensity: written.intensity.0,
    })
}

pub(super) fn selling(written: &Selling, cx: &mut Cx) -> Option<setup::Selling> {
    let (core_price, reach) = (written.core_price.number(), written.reach.0);
    let holding = above_0(&written.holding, cx);
    if reach <= core_price {
        let what = format!("the ladder ends at {reach} times the last price, where its core begins at {core_price}");
        cx.error_at(&written.reach.origin, what, format!("write a number above {core_price}"));
    }
    let stock = written.stock.as_ref().map_or(STOCK_SPAN, |stock| (stock.0.0, stock.1.0));
    if let Some(written) = written.stock.as_ref().filter(|_| stock.0 >= stock.1) {
        let what = format!("the ladder for stock goes from {} to {}", stock.0, stock.1);
        cx.error_at(&written.origin, what, "write the lower one first");
        return None;
    }
    Some(setup::Selling {
        core: written.core.number(),
        core_price,
        reach,
        steps: written.steps.0,
        holding_weeks: holding?,
        interest: written.interest.number(),
        stock,
    })
}

fn buying(written: &Buying, cx: &mut Cx) -> Option<setup::Buying> {
    let (review, horizon) = (above_0(&written.review, cx), above_0(&written.horizon, cx));
    let forecast = above_0(&written.forecast, cx);
    Some(setup::Buying {
        review_weeks: review?,
        forecast_weeks: forecast?,
        need_sd: written.need_sd.number(),
        horizon_weeks: horizon?,
        stockout_value: written.stockout_value.number(),
        most: written.most.0,
        interest: written.interest.number(),
    })
}

fn care(written: &Care, cx: &mut Cx) -> Option<setup::Care> {
    let patience = whole_weeks(&written.patience, 1..=MAX_PATIENCE, cx);
    let restart = whole_weeks(&written.restart, 0..=MAX_PATIENCE, cx);
    Some(setup::Care {
        close_below: written.close_below.number(),
        patience_weeks: patience?,
        reopen_above: written.reopen_above.number(),
        restart_weeks: restart?,
        upkeep: written.upkeep.number(),
        closing_cost: written.closing_cost.number(),
        reopening_cost: written.reopening_cost.number(),
    })
}

fn depletion(written: &Depletion) -> setup::Depletion {
    setup::Depletion {
        grade_decline: written.grade_decline.0,
        cost_exponent: written.cost_exponent.0,
        learning: written.learning.number(),
        closing_cost: written.closing_cost.number(),
    }
}

fn exploration(written: &Exploration, cx: &mut Cx) -> Option<setup::Exploration> {
    Some(setup::Exploration {
        spend: written.spend.number(),
        finding_cost: above_0(&written.finding_cost, cx)?,
        per_year: written.frequency.number(),
        spread: written.spread.number(),
        reserve_life: written.reserve_life.number(),
    })
}

pub(super) fn mine(written: &MineRule, names: &Names, cx: &mut Cx) -> Option<setup::MineRule> {
    let selling = selling(&written.selling, cx);
    let care = match &written.care {
        Some(written) => care(written, cx).map(Some),
        None => Some(None),
    };
    let exploration = match &written.exploration {
        Some(written) => exploration(written, cx).map(Some),
        None => Some(None),
    };
    let hedging = match &written.hedging {
        Some(written) => hedges::hedging(written, names, cx).map(Some),
        None => Some(None),
    };
    let outage = &written.outage;
    let (store, supply) = (above_0(&written.store, cx), curves::supply(&written.supply, cx));
    Some(setup::MineRule {
        selling: selling?,
        outage: Outage {
            per_year: outage.frequency.number(),
            depth: outage.depth.number(),
            weeks: outage.length.number(),
        },
        recovery_elasticity: written.recovery_elasticity.0,
        store_weeks: store?,
        care: care?,
        supply: supply?,
        depletion: written.depletion.as_ref().map(depletion),
        exploration: exploration?,
        hedging: hedging?,
    })
}

pub(super) fn plant(written: &PlantRule, names: &Names, cx: &mut Cx) -> Option<setup::PlantRule> {
    let normal = above_0(&written.normal_utilization, cx);
    let minimum = written.minimum_utilization.number();
    let reversed = minimum > written.normal_utilization.number();
    if reversed {
        let instead = format!("write at most Share({})", written.normal_utilization.number());
        cx.error_at(&written.minimum_utilization.origin, "the minimum utilization is above the normal one", instead);
    }
    let normal_margin = above_0(&written.normal_margin, cx);
    let patience = whole_weeks(&written.patience, 1..=MAX_PATIENCE, cx);
    let process = whole_weeks(&written.process, 1..=crate::plant::LONGEST_PROCESS, cx);
    let store = above_0(&written.store, cx);
    let (buying, selling) = (buying(&written.buying, cx), selling(&written.selling, cx));
    let hedging = match &written.hedging {
        Some(written) => hedges::hedging(written, names, cx).map(Some),
        None => Some(None),
    };
    (!reversed).then_some(setup::PlantRule {
        normal_utilization: normal?,
        minimum_utilization: minimum,
        margin_gain: written.margin_gain.0,
        ramp_per_week: written.ramp_per_week.number(),
        normal_margin: normal_margin?,
        patience_weeks: patience?,
        process_weeks: process?,
        store_weeks: store?,
        buying: buying?,
        selling: selling?,
        credit_weeks: written.credit.number(),
        hedging: hedging?,
    })
}

pub(super) fn sector(written: &SectorRule, names: &Names, cx: &mut Cx) -> Option<setup::SectorRule> {
    let (short, long) = (written.short_run_elasticity.0, written.long_run_elasticity.0);
    if short > long {
        let what = format!("use responds more in the short run ({short}) than in the long run ({long})");
        cx.warn_at(&written.short_run_elasticity.origin, what, "the long run usually has the larger elasticity");
    }
    let adjustment = at_least(&written.adjustment, 0.1, cx);
    let choke = (written.choke.0 > 1.0).then_some(written.choke.0);
    if choke.is_none() {
        let what = format!("half of the use would have shut down at {} times the opening price", written.choke.0);
        cx.error_at(&written.choke.origin, what, "write a multiple above 1");
    }
    let persistence = below_1(&written.shock.persistence, cx);
    let (buying, demand) = (buying(&written.buying, cx), super::demand::rule(written, cx));
    let spot = match &written.spot {
        Some(spot) => spot_buyer(spot, written, cx).map(Some),
        None => Some(None),
    };
    let hedging = match &written.hedging {
        Some(written) => hedges::hedging(written, names, cx).map(Some),
        None => Some(None),
    };
    Some(setup::SectorRule {
        short_run_elasticity: short,
        long_run_elasticity: long,
        adjustment_years: adjustment?,
        choke: choke?,
        choke_spread: written.choke_spread.0,
        spot: spot?,
        shock_sd: written.shock.sd.number(),
        shock_persistence: persistence?,
        demand: demand?,
        buying: buying?,
        hedging: hedging?,
    })
}

/// A spot buyer, who uses what he buys in the same week and so keeps no account of margins and of what is in use.
fn spot_buyer(spot: &At<Spot>, written: &SectorRule, cx: &mut Cx) -> Option<setup::Spot> {
    for (name, there) in [("in_use", written.in_use.is_some()), ("pass_through", written.pass_through.is_some())] {
        if there {
            let what = format!("a spot buyer knows no `{name}`");
            cx.error_at(&spot.origin, what, format!("drop `spot` or `{name}`"));
        }
    }
    curves::spot(spot, cx)
}

fn below_1(share: &At<Share>, cx: &mut Cx) -> Option<f64> {
    let below = share.number() < 1.0;
    if !below {
        cx.error_at(&share.origin, "a shock that never fades makes use wander off", "write a share below 1");
    }
    below.then_some(share.number())
}

/// A merchant's rule; where it stands decides on which contract it carries, see [`hedges::place`].
pub(super) fn merchant(written: &MerchantRule, cx: &mut Cx) -> Option<setup::MerchantRule> {
    let (horizon, forecast) = (above_0(&written.horizon, cx), curves::forecast(written, cx));
    Some(setup::MerchantRule {
        interest: written.interest.number(),
        horizon_weeks: horizon?,
        spread: written.spread.number(),
        step: written.step.number(),
        steps: written.steps.0,
        pace: written.pace.number(),
        loss: written.loss.number(),
        forecast: forecast?,
        carry: None,
    })
}
