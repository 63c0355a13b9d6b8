//! Worlds of any number of agents, grown from the cobalt world.

use oreworld::id::Id;
use oreworld::setup::exchange::{ContractIx, Underlying};
use oreworld::setup::{RegionIx, Setup};
use oreworld::units::{Mass, Money};
use oreworld::world_file::{load, load_text};

/// Regions of a grown world.
pub(crate) const REGIONS: usize = 8;

/// Counted to the rest of the world in a grown one.
const MERGED: [&str; 2] = ["aus", "cub"];

/// The cobalt world as it is: 10 regions, one mineral, two stages.
pub(crate) fn cobalt() -> Setup {
    let text = include_str!("../../worlds/cobalt-2024.ron");
    load_text("cobalt-2024.ron", text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The cobalt world with its futures: 27 months in Shanghai and London, options in Shanghai.
pub(crate) fn cobalt_futures() -> Setup {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/worlds/cobalt-2024-futures.ron");
    load(path).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Agents of a world.
pub(crate) fn agents(setup: &Setup) -> usize {
    let firms = setup.mines.len() + setup.plants.len() + setup.sectors.len() + setup.merchants.len();
    firms + setup.reserves.len()
}

/// The cobalt world in eight regions, its firms cut into equal parts until there are so many agents.
pub(crate) fn grown(count: usize) -> Setup {
    grow(cobalt(), count)
}

/// Months listed at a time in the budget's world.
const MONTHS: i32 = 13;

/// The same with one contract, Shanghai's, of 13 months: who hedges in London hedges there instead. Nothing else of the
/// world's rules is changed, so that every part of a firm that hedges or carries has a desk of its own. With options when
/// so told.
pub(crate) fn grown_with_futures(count: usize, options: bool) -> Setup {
    const KEPT: &str = "shfe-cobalt";
    let mut setup = grow(cobalt_futures(), count);
    let kept: ContractIx =
        setup.contracts.iter().position(|contract| contract.id.as_str() == KEPT).expect("Shanghai's contract");
    let mut contract = setup.contracts.swap_remove(kept);
    contract.terms.listing.listed = MONTHS;
    contract.options = contract.options.filter(|_| options);
    setup.contracts = vec![contract];
    setup.traders.retain(|group| group.contract == kept);
    setup.traders.iter_mut().for_each(|group| group.contract = 0);
    let mines = setup.mines.iter_mut().filter_map(|mine| mine.rule.hedging.as_mut());
    let plants = setup.plants.iter_mut().filter_map(|plant| plant.rule.hedging.as_mut());
    let sectors = setup.sectors.iter_mut().filter_map(|sector| sector.rule.hedging.as_mut());
    mines.chain(plants).chain(sectors).for_each(|hedge| {
        hedge.contract = 0;
        hedge.options = hedge.options.filter(|_| options);
    });
    let carries = setup.merchants.iter_mut().filter_map(|merchant| merchant.rule.carry.as_mut());
    carries.for_each(|carry| carry.contract = 0);
    setup
}

/// Desks of a world: who trades by itself, and whose business has a desk.
pub(crate) fn desks(setup: &Setup) -> usize {
    let traders: usize = setup.traders.iter().map(|group| group.count as usize).sum();
    let hedging = [
        setup.mines.iter().filter(|mine| mine.rule.hedging.is_some()).count(),
        setup.plants.iter().filter(|plant| plant.rule.hedging.is_some()).count(),
        setup.sectors.iter().filter(|sector| sector.rule.hedging.is_some()).count(),
        setup.merchants.iter().filter(|merchant| merchant.rule.carry.is_some()).count(),
    ];
    traders + hedging.iter().sum::<usize>()
}

fn grow(mut setup: Setup, count: usize) -> Setup {
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
    for contract in &mut setup.contracts {
        if let Underlying::Metal(metal) = &mut contract.on {
            metal.region = new[metal.region];
        }
    }
    setup.regions = kept.iter().map(|&r| setup.regions[r].clone()).collect();
}
