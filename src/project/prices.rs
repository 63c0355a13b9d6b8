//! The prices of the last two years where projects are planned.

use bevy_ecs::prelude::*;

use crate::digest::{Digest, Digestible};
use crate::market::Markets;
use crate::setup::{MarketIx, RegionIx};
use crate::units::Price;

/// Weeks over which those who plan take the mean of the price.
const MEMORY: usize = 104;

/// Prices of the last 104 weeks in the markets and regions of projects.
#[derive(Resource, Debug, Clone, Default)]
pub(crate) struct PriceHistory(Vec<Place>);

#[derive(Debug, Clone)]
struct Place {
    market: MarketIx,
    region: RegionIx,
    weeks: Vec<Price>,
    next: usize,
    sum: i64,
}

impl Digestible for PriceHistory {
    fn digest(&self, digest: &mut Digest) {
        for place in &self.0 {
            for price in &place.weeks {
                digest.word(price.0 as u64);
            }
        }
    }
}

impl PriceHistory {
    /// Keeps the prices of a market in a region from now on.
    pub(super) fn follow(&mut self, market: MarketIx, region: RegionIx) {
        if self.place(market, region).is_none() {
            self.0.push(Place { market, region, weeks: Vec::new(), next: 0, sum: 0 });
        }
    }

    fn place(&self, market: MarketIx, region: RegionIx) -> Option<&Place> {
        self.0.iter().find(|place| (place.market, place.region) == (market, region))
    }

    /// Mean price of the weeks so far, at most the last 104, in cents per 1,000 quanta; nothing before the first.
    pub(super) fn mean(&self, market: MarketIx, region: RegionIx) -> Option<f64> {
        let place = self.place(market, region).filter(|place| !place.weeks.is_empty())?;
        Some(place.sum as f64 / place.weeks.len() as f64)
    }
}

impl Place {
    fn add(&mut self, price: Price) {
        self.sum += price.0;
        if self.weeks.len() < MEMORY {
            self.weeks.push(price);
        } else {
            let old = std::mem::replace(&mut self.weeks[self.next], price);
            self.sum -= old.0;
            self.next = (self.next + 1) % MEMORY;
        }
    }
}

/// The week's prices are kept.
pub(super) fn remember(markets: Res<Markets>, mut history: ResMut<PriceHistory>) {
    for place in &mut history.0 {
        let price = markets[place.market].price(place.region);
        place.add(price);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_forgets_after_two_years() {
        let mut history = PriceHistory::default();
        history.follow(0, 0);
        assert_eq!(history.mean(0, 0), None);
        history.0[0].add(Price(1_140));
        for _ in 0..103 {
            history.0[0].add(Price(100));
        }
        assert_eq!(history.mean(0, 0), Some(110.0));
        history.0[0].add(Price(100));
        assert_eq!(history.mean(0, 0), Some(100.0));
        assert_eq!(history.mean(0, 1), None);
    }
}
