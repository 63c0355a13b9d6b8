//! From watches as written to checked ones.

use crate::setup::watch::{Figure, Indicator, Shortage, Watch};
use crate::setup::{MarketIx, NationIx};

use super::super::decode::{At, Cx};
use super::super::quantity::Quantity;
use super::super::written::World;
use super::super::written::watches::{Observed, Seen, Watch as Written};
use super::agents::Agents;
use super::names::{Names, whole_weeks};
use super::{all, label};

/// Longest time until a figure is published, in weeks.
const LONGEST_DELAY: u32 = 52;

pub(super) fn resolve(world: &World, agents: &Agents, names: &Names, cx: &mut Cx) -> Option<Vec<Watch>> {
    all(world.watches.iter().map(|(id, written)| {
        let nation = names.nation(&written.nation, cx);
        let mineral = names.mineral(&written.mineral, cx);
        let market = mineral.and_then(|mineral| names.market(mineral, &written.stage, cx));
        let contract = match &written.contract {
            None => Some(None),
            Some(name) => names.contract(name, cx).map(Some),
        };
        let levels = levels(written, cx);
        let observes = observes(&written.observes, cx);
        if let (Some(flows), None) = (&written.observes.flows, &written.contract) {
            cx.error_at(&flows.origin, "positions are looked at in no contract", "name it in `contract` of the watch");
        }
        if let (Some(name), Some(Some(contract)), Some(mineral)) = (&written.contract, contract, mineral) {
            let metal = names.contracts[contract].1.map(|(_, market)| market.and_then(|m| names.mineral_of(m)));
            if metal.is_some_and(|metal| metal != Some(mineral)) {
                let what = format!("\"{}\" is not on {}", name.value, names.minerals[mineral].0);
                cx.error_at(&name.origin, what, "name a contract on the metal that is watched");
            }
        }
        let (nation, mineral, market, contract) = (nation?, mineral?, market?, contract?);
        if let Some(cover) = written.observes.cover.as_ref().filter(|_| !is_used(agents, nation, market)) {
            let what = format!("nobody in \"{}\" uses \"{}\"", written.nation.value, written.stage.value);
            cx.error_at(&cover.origin, what, "watch a stage that its sectors or plants use, or leave `cover` out");
        }
        Some(Watch {
            id: id.value.clone(),
            label: label(&written.label),
            nation,
            mineral,
            market,
            contract,
            observes: observes?,
            levels: levels?,
            margin: written.margin.number(),
            shortage: Shortage {
                unmet: written.shortage.unmet.number(),
                price: written.shortage.price.map(|price| price.0),
            },
        })
    }))
}

/// Whether sectors or plants of a nation use a market's metal; those with another problem count.
fn is_used(agents: &Agents, nation: NationIx, market: MarketIx) -> bool {
    let sectors = agents.sectors.iter().map(|s| s.as_ref().is_none_or(|s| s.nation == nation && s.market == market));
    let plants = agents.plants.iter().map(|p| p.as_ref().is_none_or(|p| p.nation == nation && p.feed == market));
    sectors.chain(plants).any(|uses| uses)
}

fn levels(written: &Written, cx: &mut Cx) -> Option<[f64; 3]> {
    let of = &written.levels;
    let levels = [of.first.number(), of.second.number(), of.third.number()];
    if !(levels[0] <= 0.0 || levels[0] >= levels[1] || levels[1] >= levels[2] || levels[2] > 1.0) {
        return Some(levels);
    }
    let what = format!("levels at the scores {}, {} and {}", levels[0], levels[1], levels[2]);
    cx.error_at(&written.levels.origin, what, "write three numbers above 0 and up to 1, each above the one before");
    None
}

fn observes(written: &At<Observed>, cx: &mut Cx) -> Option<Vec<Indicator>> {
    let seen = |figure: Figure| match figure {
        Figure::Price => &written.price,
        Figure::Cover => &written.cover,
        Figure::Concentration => &written.concentration,
        Figure::HostRisk => &written.host_risk,
        Figure::Decoupling => &written.decoupling,
        Figure::Flows => &written.flows,
    };
    let found: Vec<(Figure, &At<Seen>)> =
        Figure::ALL.into_iter().filter_map(|figure| Some((figure, seen(figure).as_ref()?))).collect();
    if found.is_empty() {
        cx.error_at(&written.origin, "nothing is looked at", "write at least one figure, such as `price`");
        return None;
    }
    all(found.into_iter().map(|(figure, seen)| indicator(figure, seen, cx)))
}

fn indicator(figure: Figure, seen: &At<Seen>, cx: &mut Cx) -> Option<Indicator> {
    let delay = whole_weeks(&seen.delay, 0..=LONGEST_DELAY, cx);
    let (amber, red) = (seen.amber.0, seen.red.0);
    let (wrong, instead) = match figure {
        Figure::Cover => (red >= amber, "a small cover is the danger: write `red` smaller than `amber`"),
        _ => (red <= amber, "a large figure is the danger: write `red` larger than `amber`"),
    };
    if wrong {
        cx.error_at(&seen.origin, format!("danger begins at {amber} and is full at {red}"), instead);
        return None;
    }
    Some(Indicator { figure, weight: seen.weight.0, amber, red, delay: delay?, noise: seen.noise.number() })
}
