//! Diversified partners: a producing nation keeps shares of what its sellers put under contract for the buyers of rival blocs,
//! and asks more where a rival would take the metal as well. Lever B4.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::{MarketIx, NationIx};
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::terms::lanes::Partners;

/// A deal over blocs of buyers.
#[derive(Component, Debug, Clone)]
pub struct DiversifiedPartners {
    /// When it is known and contracts are made by it.
    pub window: Window,
    /// Market that the sellers sell to.
    pub market: MarketIx,
    /// Members of each bloc, and the share kept for it.
    pub shares: Vec<(Vec<NationIx>, f64)>,
    /// Share of the lesser of two worths by which the price rises: the buyer's and that of the best buyer of another bloc.
    pub bargain: f64,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, deals: Query<(&Decree, &DiversifiedPartners)>) {
    for (decree, deal) in deals.iter().filter(|(_, deal)| deal.window.binds(clock.week)) {
        terms.partners.push(Partners {
            nation: decree.nation,
            market: deal.market,
            shares: deal.shares.clone(),
            bargain: deal.bargain,
        });
    }
}

/// What a price rises by: β·min(u, v), u what the contract is worth to the buyer and v what one would be worth to the best
/// buyer of another bloc; nothing without a rival.
///
/// The seller can turn to the rival, so it gets a share of what both would pay: the outside option of a bargain, after
/// Binmore, Shaked and Sutton, Quarterly Journal of Economics 104 (1989). In the unit of u and v.
#[must_use]
pub fn premium(bargain: f64, own: f64, rival: Option<f64>) -> f64 {
    rival.map_or(0.0, |rival| (bargain * own.min(rival)).max(0.0))
}

/// The policy as a file writes it.
pub mod written {
    use super::DiversifiedPartners;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx, Keyed};
    use crate::world_file::quantity::{Quantity, Share};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// Sellers of the nation keep shares of what they put under contract for buyers of blocs; without offtake rules it does nothing.
        pub struct Written as "DiversifiedPartners" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which contracts are made by it.
            in_force: At<Date>,
            /// Day from which they are not; those made go on to their end. Without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stage that is sold.
            stage: At<Id>,
            /// Share kept for each bloc; what they add up to below 1 is for anybody, so a bloc gets its share at least, and at most
            /// what others' shares leave. A nation of several blocs counts for the first by id.
            shares: At<Keyed<Id, Share>>,
            /// Share by which the price of a contract rises of what it is worth to the buyer, or to the best buyer of another bloc if
            /// that is less.
            bargain: Share = "Share(0)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<DiversifiedPartners> {
            let before = cx.count();
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let sum: f64 = self.shares.iter().map(|(_, share)| share.number()).sum();
            if sum > 1.0 + 1e-9 {
                cx.error_at(
                    &self.shares.origin,
                    format!("shares of {sum} in all"),
                    "write shares that add up to 1 at most",
                );
            }
            let mut shares = Vec::new();
            let mut written: Vec<_> = self.shares.iter().collect();
            written.sort_by(|(one, _), (other, _)| one.value.cmp(&other.value));
            for (name, share) in written {
                let Some(bloc) = names.bloc(name, cx) else { continue };
                let members = &names.blocs[bloc].1;
                if members.contains(&nation) {
                    let what = format!("\"{}\" belongs to \"{}\" itself", names.nations[nation].0, name.value);
                    cx.error_at(&name.origin, what, "name blocs of buyers abroad");
                }
                shares.push((members.clone(), share.number()));
            }
            let mineral = names.mineral(&self.mineral, cx)?;
            let market = names.market(mineral, &self.stage, cx);
            (cx.count() == before).then_some(())?;
            Some(DiversifiedPartners { window: window?, market: market?, shares, bargain: self.bargain.number() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_rival_makes_a_premium_and_the_lesser_worth_bounds_it() {
        for (own, rival, paid) in [(800.0, None, 0.0), (800.0, Some(500.0), 250.0), (300.0, Some(500.0), 150.0)] {
            assert!((premium(0.5, own, rival) - paid).abs() < 1e-12, "{own} {rival:?}");
        }
        assert!(premium(0.0, 800.0, Some(500.0)) == 0.0);
    }
}
