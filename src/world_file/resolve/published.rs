//! Published figures of the base year.

use crate::id::Id;
use crate::setup::positions::{Counts, Figure, Published, Recycled};

use super::super::decode::{At, Cx, Keyed};
use super::super::quantity::Quantity;
use super::super::written::World;
use super::super::written::published::{Amounts, Prices, Published as Written};
use super::all;
use super::names::{Names, above_0};

/// The published figures of a world, in order of mineral.
pub(super) fn resolve(world: &World, names: &Names, cx: &mut Cx) -> Option<Vec<Published>> {
    let mut found = all(world.published.iter().map(|(id, written)| mineral(id, written, names, cx)))?;
    found.sort_by_key(|published| published.mineral);
    Some(found)
}

fn mineral(id: &At<Id>, written: &Written, names: &Names, cx: &mut Cx) -> Option<Published> {
    let mineral = names.mineral(id, cx)?;
    let mut figures = Vec::new();
    let mut sound = true;
    if let Some(mined) = &written.mined {
        sound &= amounts(Counts::Mined, mined, names, &mut figures, cx);
    }
    for (stage, written) in in_order(&written.made) {
        let market = names.market(mineral, stage, cx);
        let recycled = if written.with_recycled { Recycled::Within } else { Recycled::Apart };
        let counts = |market| Counts::Made(market, recycled);
        sound &= market.is_some_and(|market| amounts(counts(market), written, names, &mut figures, cx));
    }
    for (stage, written) in in_order(&written.used) {
        let market = names.market(mineral, stage, cx);
        sound &= market.is_some_and(|market| amounts(Counts::Used(market), written, names, &mut figures, cx));
    }
    for (stage, written) in in_order(&written.prices) {
        let market = names.market(mineral, stage, cx);
        sound &= market.is_some_and(|market| prices(market, written, names, &mut figures, cx));
    }
    sound.then_some(Published { mineral, figures })
}

fn amounts(counts: Counts, written: &Amounts, names: &Names, figures: &mut Vec<Figure>, cx: &mut Cx) -> bool {
    let before = cx.count();
    let general = written.within.number();
    if let Some(world) = &written.world
        && let Some(value) = above_0(world, cx)
    {
        figures.push(Figure { counts, of: None, value, within: general });
    }
    for (id, _) in &written.except {
        if !written.nations.keys().contains(&&id.value) {
            let what = format!("a tolerance for \"{}\", of which no figure is given", id.value);
            cx.error_at(&id.origin, what, "add its figure to `nations`, or drop the tolerance");
        }
    }
    for (id, value) in in_order(&written.nations) {
        let (nation, value) = (names.nation(id, cx), above_0(value, cx));
        let own = written.except.iter().find(|(other, _)| other.value == id.value);
        let within = own.map_or(general, |(_, within)| within.number());
        if let Some((nation, value)) = nation.zip(value) {
            figures.push(Figure { counts, of: Some(nation), value, within });
        }
    }
    cx.count() == before
}

fn prices(market: usize, written: &Prices, names: &Names, figures: &mut Vec<Figure>, cx: &mut Cx) -> bool {
    let before = cx.count();
    for (id, price) in in_order(&written.regions) {
        if let Some((region, value)) = names.region(id, cx).zip(above_0(price, cx)) {
            let within = written.within.number();
            figures.push(Figure { counts: Counts::Price(market), of: Some(region), value, within });
        }
    }
    cx.count() == before
}

/// Entries in order of id, so that the order of a file means nothing.
fn in_order<V>(keyed: &Keyed<Id, V>) -> Vec<(&At<Id>, &V)> {
    let mut entries: Vec<(&At<Id>, &V)> = keyed.iter().map(|(id, value)| (id, value)).collect();
    entries.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    entries
}
