//! What curves of futures tell firms of a market.

use crate::futures::Pit;
use crate::market::Market;
use crate::math;
use crate::setup::exchange::Metal;
use crate::setup::{MarketIx, RegionIx, Setup};
use crate::units::WEEKS_PER_YEAR;

/// Longest time for which a curve of futures is asked, in weeks.
const CURVE_WEEKS: usize = 52;

/// What curves of futures say of a market: ln E(h) = (1 − Σw)·ln E₀ + Σ w·(ln F(h) + ln p − ln p_d), with w the weight of a
/// contract, E₀ what firms expect by themselves, F(h) the contract's curve h ahead, p the price of the region and p_d that of
/// the place where metal is cheapest to deliver.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// Σ w over the contracts that trade.
    pub(super) trust: f64,
    /// Σ w·(ln F(h) − ln p_d), by week ahead.
    premiums: Vec<f64>,
    /// ln p by region.
    pub(super) spots: Vec<f64>,
}

impl Curve {
    /// An empty one, of a market that has contracts which firms look at.
    pub(super) fn of(setup: &Setup, market: MarketIx) -> Option<Self> {
        let mut on_it = setup.contracts.iter().filter(|on| on.metal().is_some_and(|metal| metal.market == market));
        let curve = || Self { trust: 0.0, premiums: vec![0.0; CURVE_WEEKS + 1], spots: vec![0.0; setup.regions.len()] };
        on_it.any(|contract| contract.weight > 0.0).then(curve)
    }

    /// Firms put trust in the curves by their weights.
    pub(super) fn follow<'a>(&mut self, curves: impl Iterator<Item = (&'a Pit, Metal)>, market: &Market) {
        self.trust = 0.0;
        self.premiums.fill(0.0);
        for (pit, metal) in curves {
            let (weight, spot) = (pit.weight, math::ln(pit.held_to(metal, market).0.real()));
            self.trust += weight;
            for (weeks, premium) in self.premiums.iter_mut().enumerate() {
                *premium += weight * (math::ln(pit.at(weeks as f64 / WEEKS_PER_YEAR)) - spot);
            }
        }
        for (region, spot) in self.spots.iter_mut().enumerate() {
            *spot = math::ln(market.price(region).real());
        }
    }

    /// Σ w·(ln F(h) − ln p_d) so many weeks ahead.
    pub(super) fn premium(&self, weeks: f64) -> f64 {
        self.premiums[(weeks.round() as usize).min(CURVE_WEEKS)]
    }

    /// What a firm expects that by itself expects `own`.
    pub(super) fn mix(&self, own: f64, region: RegionIx, weeks: f64) -> f64 {
        math::exp((1.0 - self.trust) * math::ln(own) + self.premium(weeks) + self.trust * self.spots[region])
    }
}
