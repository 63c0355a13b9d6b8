//! Where a contract's warehouses stand: a short delivers where metal is cheapest, so that is where its price is held to
//! spot; a long does not know which it will get.

use crate::market::{Market, Markets};
use crate::math;
use crate::outlook::Outlook;
use crate::setup::exchange::{Contract, Metal};
use crate::setup::{Leg, RegionIx, Setup};
use crate::terms::MarketTerms;
use crate::trade::wedge;
use crate::units::{Mass, Price};

use super::Pit;

/// Where a warehouse stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// Region.
    pub region: RegionIx,
    /// Ways from there, by region.
    pub legs: Vec<Option<Leg>>,
}

/// What to reckon for metal that a long takes to where it is needed. Money in cents per 1,000 quanta.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Haul {
    /// Freight and levies less the discount.
    pub(super) freight: f64,
    /// Rent of a week.
    pub(super) rent: f64,
    /// Weeks on the way.
    pub(super) transit: f64,
}

impl Place {
    /// Those of a contract's warehouses, in their order.
    pub(super) fn all(contract: &Contract, setup: &Setup) -> Vec<Self> {
        let Some(metal) = contract.metal() else { return Vec::new() };
        let regions = 0..setup.regions.len();
        let legs = |from| regions.clone().map(|to| setup.leg(metal.market, from, to)).collect();
        contract.warehouses.iter().map(|at| Self { region: at.region, legs: legs(at.region) }).collect()
    }

    /// Freight and levies to a region, and the weeks that metal is under way; nothing when there is no way.
    fn way(&self, to: RegionIx, market: &Market, terms: &MarketTerms) -> Option<(f64, f64)> {
        if to == self.region {
            return Some((0.0, 0.0));
        }
        let leg = self.legs[to].filter(|_| terms.open(self.region, to))?;
        let wedge = wedge(market, terms, leg, self.region, to);
        Some(((wedge.sum() * market.tick.0) as f64, f64::from(leg.weeks)))
    }
}

impl Pit {
    /// What a contract price would have to be for metal of a warehouse to be worth as much as at spot: its region's price
    /// and its discount.
    #[must_use]
    pub fn par(&self, warehouse: usize, market: &Market) -> Price {
        let discount = self.board.terms.tick.0 * self.warehouses.terms(warehouse).discount;
        Price(market.price(self.places[warehouse].region).0 + discount)
    }

    /// Warehouses from that where metal is cheapest to deliver on; of equals that of the lower rent comes first, then the
    /// one that the file names first.
    #[must_use]
    pub fn cheapest_first(&self, market: &Market) -> Vec<usize> {
        let mut warehouses: Vec<usize> = (0..self.places.len()).collect();
        warehouses.sort_by_key(|&at| (self.par(at, market), self.warehouses.terms(at).rent));
        warehouses
    }

    /// What the contract's price is held to, and in which region: S → min over places of p_i + discount_i (market
    /// specification, section 6.4); of one that ends in cash the price that counts.
    #[must_use]
    pub fn held_to(&self, metal: Metal, market: &Market) -> (Price, RegionIx) {
        let places = (0..self.places.len()).map(|at| (self.par(at, market), self.places[at].region));
        places.min_by_key(|(par, _)| *par).unwrap_or_else(|| (market.price(metal.region), metal.region))
    }

    /// [`Self::held_to`] at this week's prices, and the log of what fundamentals give there.
    pub(super) fn spot_and_value(&self, metal: Metal, markets: &Markets, outlook: &Outlook) -> (Price, f64) {
        let (spot, region) = self.held_to(metal, &markets[metal.market]);
        let value = outlook.value(markets, metal.market, region);
        match spot.0 - markets[metal.market].price(region).0 {
            0 => (spot, value),
            discount => (spot, math::ln(math::exp(value) + discount as f64)),
        }
    }

    /// Regions of the warehouses, and the metal in each: on warrant, in a queue or at the gate.
    pub fn stores(&self) -> impl Iterator<Item = (RegionIx, Mass)> {
        self.places.iter().enumerate().map(|(at, place)| {
            let gate: i64 = self.gate.iter().filter(|parcel| parcel.warehouse == at).map(|parcel| parcel.lots).sum();
            (place.region, Mass((self.warehouses.inside(at) + gate) * self.board.terms.lot.0))
        })
    }

    /// What metal costs a long that takes it to a region, besides the month's price: the mean over the warehouses by what
    /// lies on warrant in each, since the lot decides, all alike while nothing does. Nothing when from one of them no way
    /// leads there.
    pub(super) fn haul(&self, to: RegionIx, market: &Market, terms: &MarketTerms) -> Option<Haul> {
        let live = self.warehouses.live();
        let mut haul = Haul::default();
        for (at, place) in self.places.iter().enumerate() {
            let part = match live {
                0 => 1.0 / self.places.len() as f64,
                live => self.warehouses.live_in(at) as f64 / live as f64,
            };
            if part <= 0.0 {
                continue;
            }
            let (freight, transit) = place.way(to, market, terms)?;
            let own = self.warehouses.terms(at);
            haul.freight += part * (freight - self.price(own.discount));
            haul.rent += part * (own.rent.real() / self.lot);
            haul.transit += part * transit;
        }
        Some(haul)
    }
}
