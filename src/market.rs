//! Markets as state: last week's prices and flows, the year's volume-weighted mean price, and the order books.

use std::ops::{Index, IndexMut};

use bevy_ecs::prelude::*;

use crate::agent::Agent;
use crate::buyer::Rung;
use crate::clearing;
use crate::digest::{Digest, Digestible, digest_fields};
use crate::ledger::{Account, Ledger};
use crate::setup::{MarketIx, MineralIx, RegionIx, Setup};
use crate::streams::tie;
use crate::units::{Mass, Price};

/// Weeks over which the mean price is taken.
const YEAR: usize = 52;

/// One market: a mineral at a stage, a price in every region.
#[derive(Debug, Clone)]
pub struct Market {
    /// Mineral.
    pub mineral: MineralIx,
    /// Account through which its trades settle; empty when the week ends.
    pub account: Account,
    /// Smallest price step.
    pub tick: Price,
    /// Price at the start.
    pub opening_price: Price,
    /// Price that covers cost in the long run.
    pub long_run_price: Price,
    /// Cost of keeping a tonne for a year, in cents per 1,000 quanta.
    pub storage_per_year: f64,
    /// Weeks of use that the trade considers a normal stock.
    pub normal_cover_weeks: f64,
    /// What each region's market did this week.
    pub regions: Vec<RegionMarket>,
    /// Metal shipped this week, row by row (`from · regions + to`).
    pub shipped: Vec<Mass>,
    /// Part of it that went past customs.
    pub leaked: Vec<Mass>,
}

/// A market in one region.
#[derive(Debug, Clone)]
pub struct RegionMarket {
    /// Price of the last clearing.
    pub price: Price,
    /// Metal bought by agents here this week.
    pub bought: Mass,
    /// Metal sold by agents here this week.
    pub sold: Mass,
    /// Metal that agents here used or fed this week.
    pub used: Mass,
    /// Metal that agents here made this week.
    pub made: Mass,
    year: VolumeMean,
}

impl Market {
    /// Price of the last clearing in a region.
    #[must_use]
    pub fn price(&self, region: RegionIx) -> Price {
        self.regions[region].price
    }

    /// Mean price of the last 52 weeks, this one included, in a region, weighted by the metal bought there in cents per 1,000 quanta;
    /// nothing while nothing was bought.
    #[must_use]
    pub fn year_mean(&self, region: RegionIx) -> Option<f64> {
        self.regions[region].year.mean()
    }

    /// Mean of the regions' last prices, weighted by what each bought in the last 52 weeks, in cents per 1,000 quanta; of
    /// equal weight while nothing was bought.
    #[must_use]
    pub fn world_price(&self) -> f64 {
        let of = |weight: fn(&RegionMarket) -> f64| {
            let sum = |value: fn(&RegionMarket) -> f64| -> f64 {
                self.regions.iter().map(|region| weight(region) * value(region)).sum()
            };
            (sum(|region| region.price.real()), sum(|_| 1.0))
        };
        let (value, volume) = of(|region| region.year.volume as f64);
        let (value, volume) = if volume > 0.0 { (value, volume) } else { of(|_| 1.0) };
        value / volume
    }

    /// Metal shipped out of a region this week.
    #[must_use]
    pub fn shipped_from(&self, from: RegionIx) -> Mass {
        let n = self.regions.len();
        self.shipped[from * n..(from + 1) * n].iter().copied().sum()
    }

    /// Metal shipped out of a region this week that customs have seen.
    #[must_use]
    pub fn declared_from(&self, from: RegionIx) -> Mass {
        let n = self.regions.len();
        self.shipped_from(from) - self.leaked[from * n..(from + 1) * n].iter().copied().sum()
    }

    /// Metal shipped to a region this week.
    #[must_use]
    pub fn shipped_to(&self, to: RegionIx) -> Mass {
        self.shipped.iter().skip(to).step_by(self.regions.len()).copied().sum()
    }

    /// Forgets last week's quantities.
    fn open_week(&mut self) {
        for region in &mut self.regions {
            (region.bought, region.sold, region.used, region.made) = Default::default();
        }
        self.shipped.fill(Mass::ZERO);
        self.leaked.fill(Mass::ZERO);
    }
}

digest_fields!(Market { regions });
digest_fields!(RegionMarket { price, year });

/// Sums of value and volume over the last 52 weeks.
#[derive(Debug, Clone)]
struct VolumeMean {
    weeks: [(i64, i128); YEAR],
    next: usize,
    volume: i128,
    value: i128,
}

impl VolumeMean {
    const fn new() -> Self {
        Self { weeks: [(0, 0); YEAR], next: 0, volume: 0, value: 0 }
    }

    fn add(&mut self, price: Price, volume: Mass) {
        let value = i128::from(price.0) * i128::from(volume.0);
        let (old_volume, old_value) = std::mem::replace(&mut self.weeks[self.next], (volume.0, value));
        self.next = (self.next + 1) % YEAR;
        self.volume += i128::from(volume.0) - i128::from(old_volume);
        self.value += value - old_value;
    }

    fn mean(&self) -> Option<f64> {
        (self.volume > 0).then(|| self.value as f64 / self.volume as f64)
    }
}

impl Digestible for VolumeMean {
    fn digest(&self, digest: &mut Digest) {
        for (volume, value) in &self.weeks {
            digest.word(*volume as u64);
            digest.word(*value as u64);
        }
    }
}

/// All markets, by [`MarketIx`].
#[derive(Resource, Debug, Clone)]
pub struct Markets(Vec<Market>);

impl Digestible for Markets {
    fn digest(&self, digest: &mut Digest) {
        digest.add(&self.0);
    }
}

impl Markets {
    /// Markets at their opening prices.
    pub(crate) fn new(setup: &Setup, ledger: &mut Ledger) -> Self {
        let market = |market: &crate::setup::Market| {
            let region = RegionMarket {
                price: market.opening_price,
                bought: Mass::ZERO,
                sold: Mass::ZERO,
                used: Mass::ZERO,
                made: Mass::ZERO,
                year: VolumeMean::new(),
            };
            let name = format!("market {}/{}", setup.minerals[market.mineral].id, market.stage);
            Market {
                mineral: market.mineral,
                account: ledger.open_clearing(name, market.mineral),
                tick: market.tick,
                opening_price: market.opening_price,
                long_run_price: market.long_run_price,
                storage_per_year: market.storage_per_year.real(),
                normal_cover_weeks: market.normal_cover_weeks,
                regions: vec![region; setup.regions.len()],
                shipped: vec![Mass::ZERO; setup.regions.len() * setup.regions.len()],
                leaked: vec![Mass::ZERO; setup.regions.len() * setup.regions.len()],
            }
        };
        Self(setup.markets.iter().map(market).collect())
    }

    /// Number of markets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every market.
    pub fn all(&self) -> std::slice::Iter<'_, Market> {
        self.0.iter()
    }
}

impl Index<MarketIx> for Markets {
    type Output = Market;
    fn index(&self, market: MarketIx) -> &Market {
        &self.0[market]
    }
}

impl IndexMut<MarketIx> for Markets {
    fn index_mut(&mut self, market: MarketIx) -> &mut Market {
        &mut self.0[market]
    }
}

/// Forgets last week's quantities.
pub(crate) fn open_week(mut markets: ResMut<Markets>) {
    markets.0.iter_mut().for_each(Market::open_week);
}

/// Enters the week's price and volume into each region's yearly mean.
pub(crate) fn remember(mut markets: ResMut<Markets>) {
    for region in markets.0.iter_mut().flat_map(|market| &mut market.regions) {
        region.year.add(region.price, region.bought);
    }
}

/// The week's spot orders, one book per market; prices in ticks.
#[derive(Resource, Debug, Default)]
pub struct Books(pub(crate) Vec<Vec<clearing::Order>>);

impl Books {
    /// Empty books.
    pub(crate) fn new(setup: &Setup) -> Self {
        Self(setup.markets.iter().map(|_| Vec::new()).collect())
    }

    /// Enters an agent's bids, each rounded down to the tick; a limit below one tick is no bid.
    pub fn bid(&mut self, markets: &Markets, market: MarketIx, agent: &Agent, priority: u8, rungs: &[Rung]) {
        let tick = markets[market].tick;
        self.enter(market, agent, clearing::Side::Bid, priority, rungs, |price| Price::ticks_down(price, tick));
    }

    /// Enters an agent's asks, each rounded up to the tick.
    pub fn ask(&mut self, markets: &Markets, market: MarketIx, agent: &Agent, rungs: &[Rung]) {
        let tick = markets[market].tick;
        self.enter(market, agent, clearing::Side::Ask, 0, rungs, |price| Price::ticks_up(price, tick));
    }

    fn enter(
        &mut self,
        market: MarketIx,
        agent: &Agent,
        side: clearing::Side,
        class: u8,
        rungs: &[Rung],
        ticks: impl Fn(f64) -> i64,
    ) {
        let region = u16::try_from(agent.region).expect("bug: more than 2^16 regions");
        let book = &mut self.0[market];
        // A loop: a filtered iterator hands each order on through the stack, which takes several times as long.
        for rung in rungs {
            let (price, quantity) = (ticks(rung.price), Mass::floor(rung.quantity).0);
            // A price beyond what the clearing takes is none that anybody pays: a royalty of the whole value asks for one.
            if (1..=clearing::MAX_PRICE).contains(&price) && quantity > 0 {
                let key = tie(agent.key, price);
                book.push(clearing::Order { price, quantity, key, agent: agent.account.0, region, side, class });
            }
        }
    }
}

/// Empties the books for the week.
pub(crate) fn open_books(mut books: ResMut<Books>) {
    books.0.iter_mut().for_each(Vec::clear);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_yearly_mean_weighs_by_volume_and_forgets_after_52_weeks() {
        let mut mean = VolumeMean::new();
        assert_eq!(mean.mean(), None);
        mean.add(Price(100), Mass(1));
        mean.add(Price(200), Mass(3));
        assert_eq!(mean.mean(), Some(175.0));
        for _ in 0..51 {
            mean.add(Price(200), Mass(0));
        }
        assert_eq!(mean.mean(), Some(200.0));
        mean.add(Price(1), Mass(0));
        assert_eq!(mean.mean(), None);
    }
}
