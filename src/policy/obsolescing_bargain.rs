//! The obsolescing bargain: once capital is sunk the host can ask for more, so royalties are reviewed and follow the rent
//! of mines and the share of their capacity that stands already. Levers B2, B3.
//!
//! After Vernon, *Sovereignty at Bay*, 1971. What firms can answer with is capital that they withhold: projects reckon with
//! the royalty of the day ([`crate::project`]).

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::Agent;
use crate::calendar::Week;
use crate::digest::digest_fields;
use crate::market::Markets;
use crate::mine::Mine;
use crate::model::Model;
use crate::policy::royalty::RoyaltyTerms;
use crate::seller::Seller;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::Ppm;

/// A royalty under review.
#[derive(Component, Debug, Clone)]
#[require(Agreed)]
pub struct ObsolescingBargain {
    /// When it is known and binds.
    pub window: Window,
    /// Market whose mines pay it.
    pub market: MarketIx,
    /// Share of the rent that the host gets while nothing is built.
    pub first_share: f64,
    /// Highest royalty, as a share of value.
    pub cap: Ppm,
    /// Weeks from review to review.
    pub review_weeks: Week,
}

/// What was agreed at the last review.
#[derive(Component, Debug, Clone, Copy, Default)]
pub struct Agreed {
    rate: Ppm,
    reviewed: Option<Week>,
}

digest_fields!(Agreed { rate, reviewed });

/// Mines as the host sees them: built and all planned capacity in quanta a week; over the built ones the value of a week's
/// output and what of it is rent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stake {
    /// Capacity that stands.
    pub built: f64,
    /// Capacity that stands or may be built.
    pub planned: f64,
    /// Value of output.
    pub value: f64,
    /// Value less other royalties and cost, where that is above 0.
    pub rent: f64,
}

/// Royalty that the host can get: α·rent/value with α = α₀ + (1 − α₀)·built/planned, at most `cap`.
#[must_use]
pub fn royalty(first_share: f64, cap: Ppm, stake: &Stake) -> Ppm {
    if stake.value <= 0.0 || stake.planned <= 0.0 {
        return Ppm(0);
    }
    let share = first_share + (1.0 - first_share) * stake.built / stake.planned;
    Ppm((share * stake.rent / stake.value * Ppm::ONE.0 as f64) as i64).min(cap)
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Agreed>();
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    markets: Res<Markets>,
    mut terms: ResMut<Terms>,
    mut bargains: Query<(&Decree, &ObsolescingBargain, &mut Agreed)>,
    mines: Query<(&Agent, &Mine, &Seller)>,
) {
    let week = clock.week;
    for (decree, bargain, mut agreed) in bargains.iter_mut().filter(|(_, bargain, _)| bargain.window.binds(week)) {
        let market = &markets[bargain.market];
        if agreed.reviewed.is_none_or(|reviewed| week - reviewed >= bargain.review_weeks) {
            let price = market.price(decree.region);
            let (rate, amount) = terms.royalty(decree.nation, market.mineral, price);
            let net = price.real() * (1.0 - rate.share()) - amount.real();
            let ours = |(agent, _, seller): &(&Agent, &Mine, &Seller)| {
                agent.nation == decree.nation && seller.market == bargain.market
            };
            let mut ours: Vec<_> = mines.iter().filter(ours).collect();
            ours.sort_by_key(|(_, mine, _)| mine.index);
            let stake = ours.iter().fold(Stake::default(), |sum, (_, mine, _)| {
                let built = mine.weekly_capacity * mine.built;
                let rent = (net - mine.cost(&terms.mines[mine.index]).real()).max(0.0);
                Stake {
                    built: sum.built + built,
                    planned: sum.planned + mine.weekly_capacity,
                    value: sum.value + built * price.real(),
                    rent: sum.rent + built * rent,
                }
            });
            *agreed = Agreed { rate: royalty(bargain.first_share, bargain.cap, &stake), reviewed: Some(week) };
        }
        terms.levy(decree.nation, market.mineral, RoyaltyTerms::AdValorem(agreed.rate));
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ObsolescingBargain;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, ppm, whole_weeks};

    record! {
        /// A royalty that is reviewed: the host gets a share of the rent of mines, the larger the more of their capacity stands already.
        pub struct Written as "ObsolescingBargain" {
            /// Day on which it is made known; it binds no earlier, and nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stage that the mines sell.
            stage: At<Id>,
            /// Share of the rent that the host gets while nothing is built.
            first_share: Share,
            /// Highest royalty, as a share of value.
            cap: At<Share>,
            /// From review to review: 1 to 520 whole weeks.
            review: At<Weeks> = "Weeks(52)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ObsolescingBargain> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (cap, review) = (ppm(&self.cap, cx), whole_weeks(&self.review, 1..=520, cx));
            let mineral = names.mineral(&self.mineral, cx)?;
            let market = names.market(mineral, &self.stage, cx);
            Some(ObsolescingBargain {
                window: window?,
                market: market?,
                first_share: self.first_share.number(),
                cap: cap?,
                review_weeks: review?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_is_sunk_the_more_the_host_gets() {
        let stake = |built: f64| Stake { built, planned: 100.0, value: 1_000.0, rent: 400.0 };
        // 0.2 + 0.8 · 0.5 = 0.6 of a rent of 40 % of value.
        assert_eq!(royalty(0.2, Ppm::ONE, &stake(50.0)), Ppm(240_000));
        assert_eq!(royalty(0.2, Ppm::ONE, &stake(100.0)), Ppm(400_000));
        assert_eq!(royalty(0.2, Ppm(100_000), &stake(100.0)), Ppm(100_000));
        assert_eq!(royalty(0.2, Ppm::ONE, &Stake::default()), Ppm(0));
    }
}
