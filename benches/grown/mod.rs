//! Worlds of any number of agents, grown from the cobalt world.

use oreworld::id::Id;
use oreworld::setup::{RegionIx, Setup};
use oreworld::units::{Mass, Money};
use oreworld::world_file::load_text;

/// Regions of a grown world.
pub(crate) const REGIONS: usize = 8;

/// Counted to the rest of the world in a grown one.
const MERGED: [&str; 2] = ["aus", "cub"];

/// The cobalt world as it is: 10 regions, one mineral, two stages.
pub(crate) fn cobalt() -> Setup {
    let text = include_str!("../../worlds/cobalt-2024.ron");
    load_text("cobalt-2024.ron", text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Agents of a world.
pub(crate) fn agents(setup: &Setup) -> usize {
    let firms = setup.mines.len() + setup.plants.len() + setup.sectors.len() + setup.merchants.len();
    firms + setup.reserves.len()
}

/// The cobalt world in eight regions, its firms cut into equal parts until there are so many agents.
pub(crate) fn grown(count: usize) -> Setup {
    let mut setup = cobalt();
    merge(&mut setup);
    let (firms, wanted) = (agents(&setup) - setup.reserves.len(), count - setup.reserves.len());
    let mut firm = 0;
    let mut parts = || {
        firm += 1;
        (firm * wanted / firms - (firm - 1) * wanted / firms) as i64
    };
    cut(&mut setup.mines, &mut parts, |mine, place, parts| {
        mine.id = numbered(&mine.id, place);
        share([&mut mine.capacity_per_year, &mut mine.ore_reserve, &mut mine.stock], parts);
    });
    cut(&mut setup.plants, &mut parts, |plant, place, parts| {
        plant.id = numbered(&plant.id, place);
        share([&mut plant.capacity_per_year, &mut plant.feed_stock, &mut plant.product_stock], parts);
    });
    cut(&mut setup.sectors, &mut parts, |sector, place, parts| {
        sector.id = numbered(&sector.id, place);
        share([&mut sector.use_per_year, &mut sector.stock], parts);
    });
    cut(&mut setup.merchants, &mut parts, |merchant, place, parts| {
        merchant.id = numbered(&merchant.id, place);
        share([&mut merchant.capacity, &mut merchant.stock], parts);
        merchant.credit = Money(merchant.credit.0 / parts);
    });
    assert_eq!((agents(&setup), setup.regions.len()), (count, REGIONS));
    setup
}

/// Replaces every firm by its parts.
fn cut<T: Clone>(list: &mut Vec<T>, parts: &mut impl FnMut() -> i64, mut shape: impl FnMut(&mut T, i64, i64)) {
    for firm in std::mem::take(list) {
        let parts = parts();
        list.extend((0..parts).map(|place| {
            let mut part = firm.clone();
            shape(&mut part, place, parts);
            part
        }));
    }
}

fn numbered(id: &Id, place: i64) -> Id {
    Id::new(&format!("{id}-{place}")).expect("a short name")
}

fn share<const N: usize>(masses: [&mut Mass; N], parts: i64) {
    for mass in masses {
        mass.0 /= parts;
    }
}

/// Moves the nations of the merged regions to the rest of the world.
fn merge(setup: &mut Setup) {
    let n = setup.regions.len();
    let kept: Vec<RegionIx> = (0..n).filter(|&r| !MERGED.contains(&setup.regions[r].id.as_str())).collect();
    let place = |name: &str| kept.iter().position(|&r| setup.regions[r].id.as_str() == name);
    let rest = place("row").expect("a rest of the world");
    let new: Vec<RegionIx> = setup.regions.iter().map(|region| place(region.id.as_str()).unwrap_or(rest)).collect();
    for nation in &mut setup.nations {
        nation.region = new[nation.region];
    }
    for market in &mut setup.markets {
        let legs = kept.iter().flat_map(|from| kept.iter().map(move |to| from * n + to));
        market.legs = legs.map(|way| market.legs[way]).collect();
    }
    setup.regions = kept.iter().map(|&r| setup.regions[r].clone()).collect();
}
