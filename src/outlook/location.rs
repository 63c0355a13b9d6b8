//! What a market's long-run price means in each region: what is left of it, or what it comes to, after freight.
//!
//! The long-run price of a market holds where most is brought in. Regions that make more than they use get that less the
//! way there; regions that use more than they make pay the cheapest delivery from those. Taken from capacities, use and
//! ways of the base year; no region gets less than a fifth of the price. After Samuelson, American Economic Review 42
//! (1952), with the flows of the base year taken as given.

use crate::setup::{MarketIx, RegionIx, Setup};

/// Least share of the long-run price that is left after freight.
const LEAST: f64 = 0.2;

/// Long-run price of a market by region, in cents per 1,000 quanta.
#[must_use]
pub(super) fn long_run_prices(setup: &Setup, market: MarketIx) -> Vec<f64> {
    let price = setup.markets[market].long_run_price.real();
    let spare = spare(setup, market);
    let regions = 0..setup.regions.len();
    let way = |from: RegionIx, to: RegionIx| match setup.leg(market, from, to) {
        _ if from == to => Some(0.0),
        leg => leg.map(|leg| leg.cost.real()),
    };
    let Some(center) = regions.clone().filter(|&to| spare[to] < 0.0).min_by(|&a, &b| spare[a].total_cmp(&spare[b]))
    else {
        return vec![price; spare.len()];
    };
    let left = |from: RegionIx| way(from, center).map_or(price, |cost| (price - cost).max(LEAST * price));
    let delivered = |to: RegionIx| {
        let from = regions.clone().filter(|&from| spare[from] > 0.0);
        let offers = from.filter_map(|from| way(from, to).map(|cost| left(from) + cost));
        offers.reduce(f64::min).unwrap_or(price)
    };
    regions.clone().map(|region| if spare[region] > 0.0 { left(region) } else { delivered(region) }).collect()
}

/// What each region makes beyond what it uses in a base year, in quanta.
fn spare(setup: &Setup, market: MarketIx) -> Vec<f64> {
    let mut spare = vec![0.0; setup.regions.len()];
    let mut enter = |nation: usize, quanta: f64| spare[setup.nations[nation].region] += quanta;
    for mine in setup.mines.iter().filter(|mine| mine.market == market && setup.digs_at_start(mine)) {
        enter(mine.nation, mine.capacity_per_year.real());
    }
    for plant in setup.plants.iter().filter(|plant| plant.project.is_none()) {
        let made = plant.capacity_per_year.real() * plant.rule.normal_utilization;
        if plant.product == market {
            enter(plant.nation, made);
        }
        if plant.feed == market {
            enter(plant.nation, -made / plant.recovery.share());
        }
    }
    for sector in setup.sectors.iter().filter(|sector| sector.market == market) {
        enter(sector.nation, -sector.use_per_year.real());
    }
    spare
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world_file::load_text;

    #[test]
    fn who_ships_out_gets_the_price_less_the_way() {
        let text = include_str!("../../worlds/two-shores.ron");
        let setup = load_text("two-shores.ron", text).expect("a sound world");
        // Hydroxide goes from the south to the north for 400 USD/t; long-run price 18,000. Regions in order of id.
        assert_eq!(long_run_prices(&setup, 0), [1_800_000.0, 1_760_000.0]);
        // The north makes its refined metal itself: nobody brings it in.
        assert_eq!(long_run_prices(&setup, 1), [3_000_000.0, 3_000_000.0]);
    }
}
