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

/// The policy as a file writes it.
pub mod written {
    use super::{Royalty, RoyaltyTerms};
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, UsdPerTonne};
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, ppm};

    record! {
        /// What the state takes of the value or tonnage that the nation's mines sell; several add up.
        pub struct Written as "Royalty" {
            /// Day on which it is made known; it binds no earlier, and nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// How it is reckoned.
            terms: At<Terms>,
        }
    }

    choice! {
        /// How a royalty is reckoned.
        pub enum Terms as "royalty terms" {
            /// A share of the value sold.
            AdValorem(At<Share>),
            /// An amount per tonne sold.
            Specific(At<UsdPerTonne>),
            /// A share of the value that depends on the price: each holds from its price upward, none below the first.
            Sliding(Vec<(At<UsdPerTonne>, At<Share>)>),
        }
    }

    impl Written {
        fn terms(&self, quantum: Quantum, cx: &mut Cx) -> Option<RoyaltyTerms> {
            match &self.terms.value {
                Terms::AdValorem(rate) => ppm(rate, cx).map(RoyaltyTerms::AdValorem),
                Terms::Specific(amount) => exact(amount, quantum, cx).map(RoyaltyTerms::Specific),
                Terms::Sliding(steps) => {
                    let read: Vec<_> =
                        steps.iter().map(|(from, rate)| exact(from, quantum, cx).zip(ppm(rate, cx))).collect();
                    let read: Vec<_> = read.into_iter().collect::<Option<_>>()?;
                    let falls = read.windows(2).position(|pair| pair[0].0 >= pair[1].0);
                    if let Some(step) = falls {
                        let at = &steps[step + 1].0.origin;
                        cx.error_at(at, "the price is not above the one before", "write the steps in order of price");
                        return None;
                    }
                    if read.is_empty() {
                        cx.error_at(
                            &self.terms.origin,
                            "there is no step",
                            "write at least one (UsdPerTonne(..), Share(..))",
                        );
                        return None;
                    }
                    Some(RoyaltyTerms::Sliding(read))
                }
            }
        }

        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<Royalty> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let mineral = names.mineral(&self.mineral, cx)?;
            let terms = self.terms(names.quantum(mineral), cx);
            Some(Royalty { window: window?, mineral, terms: terms? })
        }
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
