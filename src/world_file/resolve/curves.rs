//! Supply and demand along a curve, and whether a market is one that can be known.

use crate::setup::{self, MarketIx};

use super::super::decode::{Cx, Origin};
use super::super::quantity::Quantity;
use super::super::written::World;
use super::super::written::curves::{Forecast, Planned, Spot, Supply};
use super::super::written::rules::MerchantRule;
use super::agents::Agents;
use super::names::{Names, count, whole_weeks};
use super::offtakes;
use super::places::{of_feed, of_product, of_recycler, whole};

/// Longest time between harvests, in weeks.
const LONGEST_CYCLE: u32 = 52;
/// Most steps of a curve.
const MOST_STEPS: u32 = 100_000;
/// Most nodes of a quadrature.
const MOST_NODES: u32 = 64;

pub(super) fn spot(written: &Spot, cx: &mut Cx) -> Option<setup::Spot> {
    let (low, high) = (written.reach.0.0, written.reach.1.0);
    let beside = low >= 1.0 || high <= 1.0;
    if beside {
        let what = format!("the bids reach from {low} to {high} times the opening price and leave it out");
        cx.error_at(&written.reach.origin, what, "write a number below 1, then one above 1");
    }
    let steps = count(&written.steps, 2, MOST_STEPS, cx);
    Some(setup::Spot { reach: (!beside).then_some((low, high))?, steps: steps? })
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

/// Refuses what makes a market with rational merchants one that nobody can know.
pub(super) fn knowable(agents: &Agents, names: &Names, world: &World, cx: &mut Cx) {
    let rational = |merchant: &setup::Merchant| merchant.rule.forecast != setup::Forecast::Shared;
    let mut seen = Vec::new();
    for (merchant, (_, written)) in agents.merchants.iter().zip(&world.merchants) {
        if let Some(merchant) = merchant.as_ref().filter(|merchant| rational(merchant))
            && !seen.contains(&merchant.market)
        {
            seen.push(merchant.market);
            market((agents, names, world), merchant.market, &written.rule.origin, cx);
        }
    }
}

/// Checks a market for the first of its rational merchants, whose rule is named at `origin`.
///
/// What only agents could bring that have other problems is not missed while they have them.
fn market((agents, names, world): (&Agents, &Names, &World), market: MarketIx, origin: &Origin, cx: &mut Cx) {
    let mines: Vec<_> = agents.mines.iter().flatten().filter(|mine| mine.market == market).collect();
    let sectors: Vec<_> = agents.sectors.iter().flatten().filter(|sector| sector.market == market).collect();
    let reserves: Vec<_> = agents.reserves.iter().flatten().filter(|reserve| reserve.market == market).collect();
    let merchants = agents.merchants.iter().zip(&world.merchants);
    let traders = merchants.filter_map(|(merchant, (_, written))| Some((merchant.as_ref()?, written)));
    let traders = traders.filter(|(merchant, _)| merchant.market == market);
    let mut rules: Vec<&str> = traders.clone().map(|(_, written)| written.rule.value.as_str()).collect();
    rules.dedup();
    let nations = mines.iter().map(|mine| mine.nation);
    let nations = nations.chain(sectors.iter().map(|sector| sector.nation));
    let nations = nations.chain(reserves.iter().map(|reserve| reserve.nation));
    let nations = nations.chain(traders.clone().map(|(merchant, _)| merchant.nation));
    let mut regions: Vec<_> = nations.filter_map(|nation| names.nations[nation].1).collect();
    regions.sort_unstable();
    regions.dedup();
    let planned = |mine: &&setup::Mine| matches!(mine.rule.supply, setup::Supply::Planned(_));
    let even = |mine: &&setup::Mine| {
        let rule = &mine.rule;
        rule.outage.per_year == 0.0 && rule.recovery_elasticity == 0.0 && rule.selling.core >= 1.0
    };
    let steady = |sector: &&setup::Sector| {
        let rule = &sector.rule;
        let long_run = rule.long_run_elasticity - rule.short_run_elasticity;
        rule.spot.is_some() && sector.growth.0.is_empty() && rule.shock_sd == 0.0 && long_run == 0.0
    };
    let plants = world.plants.iter().flat_map(|(_, plant)| [of_feed(plant, names), of_product(plant, names)]);
    let recyclers = world.recyclers.iter().map(|(_, recycler)| of_recycler(recycler, names));
    let processed = plants.chain(recyclers).any(|place| place == Some(market));
    // The storers reckon with one loss, and with all that the agency may hold at the floor.
    let loss = traders.clone().next().map(|(merchant, _)| merchant.rule.loss);
    let backs = |reserve: &&setup::Reserve| reserve.floor.is_some() && loss == Some(reserve.rule.loss);
    let contracts = offtakes::any_in(market, world, names);
    let mines_known = whole(&world.mines) && agents.mines.iter().all(Option::is_some);
    let sectors_known = whole(&world.sectors) && agents.sectors.iter().all(Option::is_some);
    let conditions = [
        (regions.len() <= 1, "all who trade in it are in one region"),
        (
            (mines.len() == 1 || mines.is_empty() && !mines_known) && mines.iter().all(planned),
            "one mine sells in it, with a `Planned` rule",
        ),
        (
            mines.iter().all(even),
            "the mine has no outages, the same recovery at any price, and offers all at once (`core: Share(1)`)",
        ),
        (
            !(sectors.is_empty() && sectors_known) && sectors.iter().all(steady),
            "sectors buy `Spot`, without growth, shocks or adaptation",
        ),
        (rules.len() == 1, "all its merchants have one rule"),
        (!processed, "no plant and no recycler trades in it"),
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
