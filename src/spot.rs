//! The spot buyer: bids its demand curve, a bid for every price, and uses what it buys in the same week.
//!
//! It holds no stock, so that its use answers this week's price at once: the buyer of the closed forms and of the
//! theory of storage. See [`crate::buyer`] for buyers that hold stocks.

use bevy_ecs::prelude::*;

use crate::buyer::Rung;
use crate::math;
use crate::sector::Appetite;
use crate::setup;

/// Whether a sector is a spot buyer; every sector has it, so that a query meets all sectors in the order in which they were
/// spawned.
#[derive(Component, Debug, Clone)]
pub struct Spot(pub Option<Curve>);

/// A spot buyer's demand curve.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Prices in cents per 1,000 quanta and shares of the requirement wanted at them or below, from the highest price.
    steps: Vec<(f64, f64)>,
    /// What it would use this week at the opening price, in quanta.
    pub required: f64,
    /// Most that it may use, in quanta.
    pub most: f64,
}

impl Curve {
    /// The curve of an appetite around an opening price.
    ///
    /// Between two prices of the grid what is wanted further is bid for at their geometric mean: so a price that
    /// clears is off by half a step either way, and right on average.
    #[must_use]
    pub fn new(rule: &setup::Spot, appetite: &Appetite, opening: f64) -> Self {
        let (low, high) = (math::ln(rule.reach.0), math::ln(rule.reach.1));
        let step = (high - low) / f64::from(rule.steps);
        let top = (opening * rule.reach.1, appetite.wanted_share(high, high));
        let below = (1..=rule.steps).map(|place| {
            let log = high - step * f64::from(place);
            (opening * math::exp(log + step / 2.0), appetite.wanted_share(log, log))
        });
        Self { steps: std::iter::once(top).chain(below).collect(), required: 0.0, most: f64::INFINITY }
    }

    /// Bids for what is wanted beyond `held` quanta, dearest first, in whole quanta that add up to what is wanted.
    pub fn ladder(&self, held: f64, rungs: &mut Vec<Rung>) {
        let mut covered = held;
        for &(price, share) in &self.steps {
            let wanted = (self.required * share).min(self.most).floor();
            if wanted > covered {
                rungs.push(Rung { price, quantity: wanted - covered });
                covered = wanted;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bids(held: f64) -> Vec<(i64, i64)> {
        // Unit elasticity: 500 are wanted at twice the price, 707, 1,000, 1,414 and 2,000 down to half of it.
        let appetite = Appetite::constant(1.0);
        let mut curve = Curve::new(&setup::Spot { reach: (0.5, 2.0), steps: 4 }, &appetite, 100.0);
        curve.required = 1_000.0;
        let mut rungs = Vec::new();
        curve.ladder(held, &mut rungs);
        rungs.iter().map(|rung| (rung.price.round() as i64, rung.quantity as i64)).collect()
    }

    #[test]
    fn a_bid_stands_at_every_step_of_the_curve() {
        assert_eq!(bids(0.0), [(200, 500), (168, 207), (119, 293), (84, 414), (59, 586)]);
    }

    #[test]
    fn what_is_held_is_not_bought_again() {
        assert_eq!(bids(600.0), [(168, 107), (119, 293), (84, 414), (59, 586)]);
    }
}
