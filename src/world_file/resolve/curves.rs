//! Supply and demand along a curve, and whether a market is one that can be known.

use crate::setup::{self, MarketIx, Party, Setup};

use super::super::decode::{Cx, Origin};
use super::super::quantity::Quantity;
use super::super::written::World;
use super::super::written::curves::{Forecast, Planned, Spot, Supply};
use super::super::written::rules::MerchantRule;
use super::names::{count, whole_weeks};

/// Longest time between harvests, in weeks.
const LONGEST_CYCLE: u32 = 52;
/// Most steps of a curve.
const MOST_STEPS: u32 = 100_000;
/// Most nodes of a quadrature.
const MOST_NODES: u32 = 64;

pub(super) fn spot(written: &Spot, cx: &mut Cx) -> Option<setup::Spot> {
    let (low, high) = (written.reach.0.0, written.reach.1.0);
    let ordered = low < 1.0 && high > 1.0;
    if !ordered {
        let what = format!("the bids reach from {low} to {high} times the opening price and leave it out");
        cx.error_at(&written.reach.origin, what, "write a number below 1, then one above 1");
    }
    let steps = count(&written.steps, 2, MOST_STEPS, cx);
    Some(setup::Spot { reach: ordered.then_some((low, high))?, steps: steps? })
}

pub(super) fn supply(written: &Supply, cx: &mut Cx) -> Option<setup::Supply> {
    match written {
        Supply::Capacity => Some(setup::Supply::Capacity),
        Supply::Planned(Planned { elasticity, noise, every }) => {
            let every_weeks = whole_weeks(every, 1..=LONGEST_CYCLE, cx)?;
            let (elasticity, noise) = (elasticity.0, noise.number());
            Some(setup::Supply::Planned(setup::Planned { elasticity, noise, every_weeks }))
        }
    }
}

/// Forecast of a merchant, and for a rational one whether the rest of its rule is one that it can follow.
pub(super) fn forecast(rule: &MerchantRule, cx: &mut Cx) -> Option<setup::Forecast> {
    let Forecast::Rational(written) = &rule.forecast else { return Some(setup::Forecast::Shared) };
    let before = cx.count();
    if rule.horizon.number().to_bits() != 1.0_f64.to_bits() {
        let what = "a rational merchant decides anew every week";
        cx.error_at(&rule.horizon.origin, what, "write Weeks(1)");
    }
    if rule.interest.number() + rule.loss.number() < LEAST_DECAY {
        let what = "without interest or loss a stored unit is worth what the farthest future brings";
        cx.error_at(&rule.interest.origin, what, format!("write SharePerYear({LEAST_DECAY}) or more"));
    }
    let nodes = count(&written.nodes, 1, MOST_NODES, cx);
    let steps = count(&written.steps, 2, MOST_STEPS, cx);
    let rational = setup::Rational { nodes: nodes?, steps: steps? };
    (cx.count() == before).then_some(setup::Forecast::Rational(rational))
}

/// Least interest and loss together, a year: the solution takes the longer, the less there is of them.
const LEAST_DECAY: f64 = 0.01;

/// Refuses what makes a market with rational merchants one that nobody can know, and planned by-products.
pub(super) fn knowable(setup: &Setup, world: &World, cx: &mut Cx) {
    for (mine, (_, written)) in setup.mines.iter().zip(&world.mines) {
        if let (setup::Supply::Planned(_), Some(host)) = (mine.rule.supply, &written.host) {
            cx.error_at(&host.origin, "its rule plans by the price", "drop the host, or name a rule without `supply`");
        }
    }
    let rational = |merchant: &setup::Merchant| merchant.rule.forecast != setup::Forecast::Shared;
    let mut seen = Vec::new();
    for (merchant, (_, written)) in setup.merchants.iter().zip(&world.merchants) {
        if rational(merchant) && !seen.contains(&merchant.market) {
            seen.push(merchant.market);
            market(setup, world, merchant.market, &written.rule.origin, cx);
        }
    }
}

/// Checks a market for the first of its rational merchants, whose rule is named at `origin`.
fn market(setup: &Setup, world: &World, market: MarketIx, origin: &Origin, cx: &mut Cx) {
    let mines: Vec<_> = setup.mines.iter().filter(|mine| mine.market == market).collect();
    let sectors: Vec<_> = setup.sectors.iter().filter(|sector| sector.market == market).collect();
    let reserves: Vec<_> = setup.reserves.iter().filter(|reserve| reserve.market == market).collect();
    let traders = setup.merchants.iter().zip(&world.merchants).filter(|(merchant, _)| merchant.market == market);
    let mut rules: Vec<&str> = traders.clone().map(|(_, (_, written))| written.rule.value.as_str()).collect();
    rules.dedup();
    let nations = mines.iter().map(|mine| mine.nation);
    let nations = nations.chain(sectors.iter().map(|sector| sector.nation));
    let nations = nations.chain(reserves.iter().map(|reserve| reserve.nation));
    let mut regions: Vec<_> = nations
        .chain(traders.map(|(merchant, _)| merchant.nation))
        .map(|nation| setup.nations[nation].region)
        .collect();
    regions.sort_unstable();
    regions.dedup();
    let planned = |mine: &&setup::Mine| matches!(mine.rule.supply, setup::Supply::Planned(_));
    let even = |mine: &&setup::Mine| {
        let rule = &mine.rule;
        rule.outage.per_year == 0.0 && rule.recovery_elasticity == 0.0 && rule.selling.core >= 1.0
    };
    let here = |party: &Party| match *party {
        Party::Mine(mine) => setup.mines[mine].market == market,
        Party::Sector(sector) => setup.sectors[sector].market == market,
        Party::Plant(_) => false,
    };
    let contracts = setup.offtakes.iter().any(|offtake| here(&offtake.seller) || here(&offtake.buyer))
        || setup.offtake_rules.iter().any(|rule| rule.market == market);
    let steady = |sector: &&setup::Sector| {
        let rule = &sector.rule;
        let long_run = rule.long_run_elasticity - rule.short_run_elasticity;
        rule.spot.is_some() && sector.growth.0.is_empty() && rule.shock_sd == 0.0 && long_run == 0.0
    };
    let plants = setup.plants.iter().any(|plant| plant.feed == market || plant.product == market);
    // The storers reckon with one loss, and with all that the agency may hold at the floor.
    let backs = |reserve: &&setup::Reserve| {
        let loss = setup.merchants.iter().find(|merchant| merchant.market == market).map(|merchant| merchant.rule.loss);
        reserve.floor.is_some() && loss == Some(reserve.loss)
    };
    let recyclers = setup.recyclers.iter().any(|recycler| recycler.product == market);
    let conditions = [
        (regions.len() == 1, "all who trade in it are in one region"),
        (mines.len() == 1 && mines.iter().all(planned), "one mine sells in it, with a `Planned` rule"),
        (
            mines.iter().all(even),
            "the mine has no outages, the same recovery at any price, and offers all at once (`core: Share(1)`)",
        ),
        (!sectors.is_empty() && sectors.iter().all(steady), "sectors buy `Spot`, without growth, shocks or adaptation"),
        (rules.len() == 1, "all its merchants have one rule"),
        (!plants && !recyclers, "no plant and no recycler trades in it"),
        (
            reserves.len() <= 1 && reserves.iter().all(backs),
            "at most one reserve trades in it, with a `floor` and the same loss",
        ),
        (!contracts, "nothing is sold under contract in it"),
        (mines.iter().all(|mine| mine.project.is_none()), "the mine is there and no project"),
        (sectors.iter().all(|sector| sector.service.is_none()), "the sectors provide no service"),
    ];
    for (_, condition) in conditions.iter().filter(|(holds, _)| !holds) {
        let what = "a rational merchant cannot know this market";
        cx.error_at(origin, what, format!("see to it that {condition}, or drop `forecast`"));
    }
}
