//! Where things are bought and made as written, for checks that must not wait until all else is in order.

use crate::id::Id;
use crate::setup::{MarketIx, NationIx};

use super::super::decode::{At, Keyed};
use super::super::written::World;
use super::super::written::agents::{Mine, Plant, Sector};
use super::super::written::demand::Recycler;
use super::names::Names;

/// Whether every entry of a list could be read and none comes twice.
pub(super) fn whole<V>(list: &Keyed<Id, V>) -> bool {
    list.1.is_empty() && list.0.windows(2).all(|pair| pair[0].0.value != pair[1].0.value)
}

/// The market that a mine sells in.
pub(super) fn of_mine(mine: &Mine, names: &Names) -> Option<MarketIx> {
    match &mine.stage {
        Some(stage) => named(&mine.mineral, stage, names),
        None => Some(stages(&mine.mineral, names)?.start),
    }
}

/// The market that a plant buys in.
pub(super) fn of_feed(plant: &Plant, names: &Names) -> Option<MarketIx> {
    named(&plant.mineral, &plant.feed, names)
}

/// The market that a plant sells in.
pub(super) fn of_product(plant: &Plant, names: &Names) -> Option<MarketIx> {
    named(&plant.mineral, &plant.product, names)
}

/// The market that a sector buys in.
pub(super) fn of_sector(sector: &Sector, names: &Names) -> Option<MarketIx> {
    match &sector.stage {
        Some(stage) => named(&sector.mineral, stage, names),
        None => Some(stages(&sector.mineral, names)?.end - 1),
    }
}

/// The market that a recycler sells in.
pub(super) fn of_recycler(recycler: &Recycler, names: &Names) -> Option<MarketIx> {
    named(&recycler.mineral, &recycler.product, names)
}

/// The market of the metal that a contract is for.
pub(super) fn of_contract(mineral: &At<Id>, stage: Option<&At<Id>>, names: &Names) -> Option<MarketIx> {
    match stage {
        Some(stage) => named(mineral, stage, names),
        None => Some(stages(mineral, names)?.end - 1),
    }
}

/// The market that a mineral and a stage name.
pub(super) fn named(mineral: &At<Id>, stage: &At<Id>, names: &Names) -> Option<MarketIx> {
    let markets = stages(mineral, names)?;
    let index = names.minerals.iter().position(|(id, _)| *id == mineral.value)?;
    let place = names.stages_of(index).iter().position(|id| *id == stage.value)?;
    Some(markets.start + place)
}

fn stages(mineral: &At<Id>, names: &Names) -> Option<std::ops::Range<MarketIx>> {
    let index = names.minerals.iter().position(|(id, _)| *id == mineral.value)?;
    Some(names.markets(index)).filter(|markets| !markets.is_empty())
}

/// A nation by name.
pub(super) fn nation(name: &At<Id>, names: &Names) -> Option<NationIx> {
    names.nations.iter().position(|(id, _)| *id == name.value)
}

/// Markets and nations of all who make metal; nothing when one of them cannot be placed.
pub(super) fn makers(world: &World, names: &Names) -> Option<Vec<(MarketIx, NationIx)>> {
    let all = whole(&world.mines) && whole(&world.plants) && whole(&world.recyclers);
    let mines = world.mines.iter().map(|(_, mine)| of_mine(mine, names).zip(nation(&mine.nation, names)));
    let plants = world.plants.iter().map(|(_, plant)| of_product(plant, names).zip(nation(&plant.nation, names)));
    let recyclers = world.recyclers.iter();
    let recyclers = recyclers.map(|(_, one)| of_recycler(one, names).zip(nation(&one.nation, names)));
    let placed: Option<Vec<_>> = mines.chain(plants).chain(recyclers).collect();
    placed.filter(|_| all)
}

/// Markets and nations of all who use metal, as far as they can be placed.
pub(super) fn users(world: &World, names: &Names) -> Vec<(MarketIx, NationIx)> {
    let plants = world.plants.iter().map(|(_, plant)| of_feed(plant, names).zip(nation(&plant.nation, names)));
    let sectors = world.sectors.iter().map(|(_, sector)| of_sector(sector, names).zip(nation(&sector.nation, names)));
    plants.chain(sectors).flatten().collect()
}
