//! Markets and the ways between regions.

use crate::id::Label;
use crate::setup::{Leg, Market, MarketIx, MineralIx, NationIx, RegionIx};
use crate::units::{Price, Quantum};

use super::super::decode::{At, Cx};
use super::super::quantity::{UsdPerTonne, Weeks, plain};
use super::super::written::{Freight, Mineral, Stage, World};
use super::names::{Names, above_0, exact, exact_above_0, whole_weeks};
use super::places;

/// Longest way, in weeks.
const MAX_WAY: u32 = 26;

/// The markets of a mineral, in order of stage; nothing where something is wrong.
pub(super) fn of_mineral(index: MineralIx, mineral: &Mineral, names: &Names, cx: &mut Cx) -> Vec<Option<Market>> {
    mineral.stages.iter().map(|stage| market(index, stage, names, cx)).collect()
}

fn market(mineral: MineralIx, stage: &Stage, names: &Names, cx: &mut Cx) -> Option<Market> {
    let quantum = names.quantum(mineral);
    let opening = exact_above_0(&stage.opening_price, quantum, cx);
    let long_run = exact_above_0(&stage.long_run_price, quantum, cx);
    let tick = exact_above_0(&stage.tick, quantum, cx);
    if let Some((opening, tick)) = opening.zip(tick)
        && opening.0 % tick.0 != 0
    {
        let below = quantum.usd_per_tonne(Price((opening.0 / tick.0).max(1) * tick.0));
        let instead = format!("write UsdPerTonne({}), or a finer tick", plain(below));
        cx.error_at(&stage.opening_price.origin, "the opening price is not a whole number of ticks", instead);
    }
    let storage_per_year = exact(&stage.storage, quantum, cx);
    let cover = above_0(&stage.normal_cover, cx);
    let legs = legs(&stage.freight, quantum, names, cx);
    Some(Market {
        mineral,
        stage: stage.id.value.clone(),
        label: Label { zh: stage.label.zh.0.clone(), en: stage.label.en.0.clone() },
        opening_price: opening?,
        long_run_price: long_run?,
        tick: tick?,
        storage_per_year: storage_per_year?,
        normal_cover_weeks: cover?,
        legs: legs?,
    })
}

fn leg(cost: &At<UsdPerTonne>, time: &At<Weeks>, quantum: Quantum, cx: &mut Cx) -> Option<Leg> {
    let (cost, weeks) = (exact(cost, quantum, cx), whole_weeks(time, 0..=MAX_WAY, cx));
    Some(Leg { cost: cost?, weeks: weeks? })
}

fn legs(freight: &Freight, quantum: Quantum, names: &Names, cx: &mut Cx) -> Option<Vec<Option<Leg>>> {
    let regions = names.regions.len();
    let before = cx.count();
    let mut sound = true;
    let mut legs = vec![None; regions * regions];
    for route in &freight.routes {
        let leg = leg(&route.cost, &route.time, quantum, cx);
        let (from, to) = (names.region(&route.from, cx), names.region(&route.to, cx));
        sound &= leg.is_some();
        let Some((from, to)) = from.zip(to) else {
            sound = false;
            continue;
        };
        let slot = &mut legs[from * regions + to];
        if from == to {
            let what = format!("the route goes from \"{}\" to itself", route.from.value);
            cx.error_at(&route.to.origin, what, "drop it: inside a region there is no freight");
        } else if slot.is_some() {
            let what = format!("there are two routes from \"{}\" to \"{}\"", route.from.value, route.to.value);
            cx.error_at(&route.from.origin, what, "keep one of the two");
        } else {
            *slot = leg;
        }
    }
    if let Some(way) = &freight.other {
        let leg = leg(&way.cost, &way.time, quantum, cx);
        sound &= leg.is_some();
        let known: Vec<_> = freight.among.iter().filter_map(|region| names.region(region, cx)).collect();
        let goes = |region: RegionIx| known.is_empty() || known.contains(&region);
        let pairs = |i: usize| (i / regions, i % regions);
        let open = |(from, to): (RegionIx, RegionIx)| from != to && goes(from) && goes(to);
        let empty = legs.iter_mut().enumerate().filter(|(i, slot)| slot.is_none() && open(pairs(*i)));
        empty.for_each(|(_, slot)| *slot = leg);
    }
    (sound && cx.count() == before).then_some(legs)
}

/// Warns where a stage is used in a region that neither makes it nor has a way in.
pub(super) fn ways_in(markets: &[Option<Market>], names: &Names, world: &World, cx: &mut Cx) {
    let Some(makers) = places::makers(world, names) else { return };
    let users = places::users(world, names);
    let stages = world.minerals.iter().flat_map(|(_, mineral)| mineral.stages.iter());
    for ((market, terms), stage) in markets.iter().enumerate().zip(stages) {
        let Some(terms) = terms else { continue };
        let regions = |places: &[(MarketIx, NationIx)]| -> Vec<RegionIx> {
            let here = places.iter().filter(|(other, _)| *other == market);
            here.filter_map(|(_, nation)| names.nations[*nation].1).collect()
        };
        let made = regions(&makers);
        let mut users = regions(&users);
        users.sort_unstable();
        users.dedup();
        let carried = |to: RegionIx| terms.legs.iter().skip(to).step_by(names.regions.len()).any(Option::is_some);
        for to in users.into_iter().filter(|to| !made.contains(to) && !carried(*to)) {
            let id = &names.regions[to];
            let what = format!("\"{id}\" uses {} but makes none and has no way in", stage.id.value);
            cx.warn_at(&stage.freight.origin, what, format!("add a route to \"{id}\", or `other`"));
        }
    }
}

/// Warns where goods would go more cheaply by way of a third region than straight.
pub(super) fn detours(markets: &[Option<Market>], names: &Names, world: &World, cx: &mut Cx) {
    let stages = world.minerals.iter().flat_map(|(_, mineral)| mineral.stages.iter());
    for (terms, stage) in markets.iter().zip(stages) {
        let Some(terms) = terms else { continue };
        let regions = 0..names.regions.len();
        let cost = |from: RegionIx, to: RegionIx| terms.legs[from * names.regions.len() + to].map(|leg| leg.cost);
        let by = |from: RegionIx, to: RegionIx| {
            let direct = cost(from, to)?;
            let way = |by: RegionIx| Some((cost(from, by)? + cost(by, to)?, by));
            regions.clone().filter(|&by| by != from && by != to).filter_map(way).find(|(cost, _)| *cost < direct)
        };
        let pairs = regions.clone().flat_map(|from| regions.clone().map(move |to| (from, to)));
        let mut found =
            pairs.filter(|(from, to)| from != to).filter_map(|(from, to)| Some((from, to, by(from, to)?.1)));
        if let Some((from, to, by)) = found.next() {
            let id = |region: RegionIx| &names.regions[region];
            let (more, from, to, by) = (found.count(), id(from), id(to), id(by));
            let more = if more > 0 { format!(", and {more} other ways too") } else { String::new() };
            let what = format!("from \"{from}\" to \"{to}\" it is cheaper by way of \"{by}\" than straight{more}");
            cx.warn_at(&stage.freight.origin, what, "let no way cost more than two that lead to the same place");
        }
    }
}
