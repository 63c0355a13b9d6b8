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
    let mineral = names.mineral(id, cx);
    let market = |stage: &At<Id>, cx: &mut Cx| mineral.and_then(|mineral| names.market(mineral, stage, cx));
    let mut figures = Vec::new();
    let mut sound = true;
    if let Some(mined) = &written.mined {
        sound &= amounts(Some(Counts::Mined), mined, names, &mut figures, cx);
    }
    for (stage, written) in in_order(&written.made) {
        let recycled = if written.with_recycled { Recycled::Within } else { Recycled::Apart };
        let counts = market(stage, cx).map(|market| Counts::Made(market, recycled));
        sound &= amounts(counts, written, names, &mut figures, cx);
    }
    for (stage, written) in in_order(&written.used) {
        let counts = market(stage, cx).map(Counts::Used);
        sound &= amounts(counts, written, names, &mut figures, cx);
    }
    for (stage, written) in in_order(&written.prices) {
        let counts = market(stage, cx).map(Counts::Price);
        sound &= prices(counts, written, names, &mut figures, cx);
    }
    Some(Published { mineral: mineral?, figures }).filter(|_| sound)
}

/// Reads the figures of what they count, which may be unknown; whether all is well.
fn amounts(counts: Option<Counts>, written: &Amounts, names: &Names, figures: &mut Vec<Figure>, cx: &mut Cx) -> bool {
    let before = cx.count();
    let general = written.within.number();
    if let Some(world) = &written.world
        && let Some(value) = above_0(world, cx)
    {
        figures.extend(counts.map(|counts| Figure { counts, of: None, value, within: general }));
    }
    for (id, _) in &written.except {
        if !written.nations.is_unread(cx) && !written.nations.keys().contains(&&id.value) {
            let what = format!("a tolerance for \"{}\", of which no figure is given", id.value);
            cx.error_at(&id.origin, what, "add its figure to `nations`, or drop the tolerance");
        }
    }
    for (id, value) in in_order(&written.nations) {
        let (nation, value) = (names.nation(id, cx), above_0(value, cx));
        let own = written.except.iter().find(|(other, _)| other.value == id.value);
        let within = own.map_or(general, |(_, within)| within.number());
        if let (Some(nation), Some(value), Some(counts)) = (nation, value, counts) {
            figures.push(Figure { counts, of: Some(nation), value, within });
        }
    }
    counts.is_some() && cx.count() == before
}

fn prices(counts: Option<Counts>, written: &Prices, names: &Names, figures: &mut Vec<Figure>, cx: &mut Cx) -> bool {
    let before = cx.count();
    for (id, price) in in_order(&written.regions) {
        let (region, value) = (names.region(id, cx), above_0(price, cx));
        if let (Some(region), Some(value), Some(counts)) = (region, value, counts) {
            let within = written.within.number();
            figures.push(Figure { counts, of: Some(region), value, within });
        }
    }
    counts.is_some() && cx.count() == before
}

/// Entries in order of id, so that the order of a file means nothing.
fn in_order<V>(keyed: &Keyed<Id, V>) -> Vec<(&At<Id>, &V)> {
    let mut entries: Vec<(&At<Id>, &V)> = keyed.iter().map(|(id, value)| (id, value)).collect();
    entries.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    entries
}
