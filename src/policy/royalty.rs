//! Royalty: what the state takes of the value or tonnage that a mine sells. Lever B3.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::MineralIx;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::{Ppm, Price};

/// A royalty on the nation's mines of one mineral; several add up.
#[derive(Component, Debug, Clone)]
pub struct Royalty {
    /// When it is known and binds.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// How it is reckoned.
    pub terms: RoyaltyTerms,
}

/// How a royalty is reckoned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoyaltyTerms {
    /// A share of the value sold.
    AdValorem(Ppm),
    /// An amount per tonne sold.
    Specific(Price),
    /// A share of the value that depends on the price: each share holds from its price upward; none below the first.
    Sliding(Vec<(Price, Ppm)>),
}

impl RoyaltyTerms {
    /// Share of value and amount per tonne at a price.
    #[must_use]
    pub fn at(&self, price: Price) -> (Ppm, Price) {
        match self {
            Self::AdValorem(rate) => (*rate, Price::ZERO),
            Self::Specific(amount) => (Ppm(0), *amount),
            Self::Sliding(steps) => {
                let step = steps.iter().rev().find(|(from, _)| *from <= price);
                (step.map_or(Ppm(0), |(_, rate)| *rate), Price::ZERO)
            }
        }
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, royalties: Query<(&Decree, &Royalty)>) {
    for (decree, royalty) in royalties.iter().filter(|(_, royalty)| royalty.window.binds(clock.week)) {
        terms.levy(decree.nation, royalty.mineral, royalty.terms.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sliding_royalty_takes_the_step_that_the_price_has_reached() {
        let sliding = RoyaltyTerms::Sliding(vec![(Price(100), Ppm(20_000)), (Price(200), Ppm(50_000))]);
        for (price, rate) in [(99, 0), (100, 20_000), (199, 20_000), (200, 50_000), (900, 50_000)] {
            assert_eq!(sliding.at(Price(price)).0, Ppm(rate));
        }
    }
}
