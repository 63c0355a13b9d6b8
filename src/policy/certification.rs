//! Certification: a nation charges a duty on goods that are not certified as responsibly made; certified mines bear a
//! cost. Lever D9.
//!
//! Goods of one origin share a price and mix in trade, so a duty cannot be told apart by mine: an origin pays the rate on
//! the share of its mining capacity that is not certified.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::Agent;
use crate::mine::Mine;
use crate::model::Model;
use crate::seller::Seller;
use crate::setup::{MarketIx, RegionIx};
use crate::step::{Clock, Phase};
use crate::terms::{Horizon, Terms};
use crate::units::{Ppm, Price};

/// A demand for certified goods.
#[derive(Component, Debug, Clone)]
pub struct Certification {
    /// When it is known and binds.
    pub window: Window,
    /// Market that it governs.
    pub market: MarketIx,
    /// Places in [`crate::setup::Setup::mines`] of the mines that are certified.
    pub mines: Vec<usize>,
    /// What it adds to their cost.
    pub cost: Price,
    /// Share of the customs value that goods without it pay.
    pub rate: Ppm,
    /// Regions whose own scheme is recognized: their goods pay nothing, their mines need no further certificate.
    pub recognized: Vec<RegionIx>,
}

/// The duty on an origin: the rate on the share of capacity that is not certified.
#[must_use]
pub fn duty(rate: Ppm, certified: f64, capacity: f64) -> Ppm {
    let missing = if capacity > 0.0 { 1.0 - certified / capacity } else { 1.0 };
    Ppm((rate.0 as f64 * missing).round() as i64)
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    horizon: Res<Horizon>,
    mut terms: ResMut<Terms>,
    schemes: Query<(&Decree, &Certification)>,
    mines: Query<(&Agent, &Mine, &Seller)>,
) {
    for (decree, scheme) in schemes.iter().filter(|(_, scheme)| scheme.window.known(clock.week)) {
        let binds = scheme.window.binds(clock.week);
        let foreign = |region: RegionIx| region != decree.region && !scheme.recognized.contains(&region);
        let mut capacity: Vec<(f64, f64)> = Vec::new();
        // In order of place: reals add up differently in another order, and a query's is up to the platform.
        let mut selling: Vec<_> = mines.iter().filter(|(.., seller)| seller.market == scheme.market).collect();
        selling.sort_by_key(|(_, mine, _)| mine.index);
        for (agent, mine, _) in selling {
            capacity.resize(capacity.len().max(agent.region + 1), (0.0, 0.0));
            let certified = scheme.mines.contains(&mine.index);
            let (sum, all) = &mut capacity[agent.region];
            *sum += if certified { mine.weekly_capacity } else { 0.0 };
            *all += mine.weekly_capacity;
            if certified && binds && foreign(agent.region) {
                let cost = &mut terms.mines[mine.index].certification;
                *cost += scheme.cost;
            }
        }
        let (terms, horizon) = (terms.market_mut(scheme.market), horizon.of(scheme.market));
        for origin in (0..terms.regions()).filter(|&origin| foreign(origin)) {
            let (certified, all) = capacity.get(origin).copied().unwrap_or_default();
            let rate = duty(scheme.rate, certified, all);
            if binds {
                terms.add_tariff(origin, decree.region, rate);
            }
            let levy = terms.tariff_ahead_mut(origin, decree.region);
            for ahead in (0..horizon).filter(|ahead| scheme.window.binds(clock.week + ahead)) {
                levy.add(horizon as usize, ahead as usize, rate);
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::Certification;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::{NationIx, RegionIx};
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Share, UsdPerTonne};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact, ppm};

    record! {
        /// Goods of an origin pay a duty on the share of its mines that is not certified.
        pub struct Written as "Certification" {
            /// Day from which agents reckon with it.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stage that it touches, one that mines sell.
            stage: At<Id>,
            /// Mines that are certified.
            mines: Vec<Ref<reference::Mine>> = "[]",
            /// What a certificate adds to a mine's cost while the measure binds.
            cost: At<UsdPerTonne> = "UsdPerTonne(0)",
            /// Share of the customs value that goods without a certificate pay.
            rate: At<Share>,
            /// Nations whose own scheme is recognized: their goods pay nothing, their mines bear no further cost.
            recognized: Vec<Ref<reference::Nation>> = "[]",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<Certification> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let rate = ppm(&self.rate, cx);
            let mineral = names.mineral(&self.mineral, cx);
            let market = mineral.and_then(|mineral| names.market(mineral, &self.stage, cx));
            let cost = exact(&self.cost, mineral.map(|mineral| names.quantum(mineral)), cx);
            let mines: Option<Vec<usize>> = self.mines.iter().map(|mine| names.mine(mine, cx)).collect();
            let place = |name: &Ref<reference::Nation>| {
                names.nation(name, cx).and_then(|nation| names.border(nation, name, cx))
            };
            let recognized: Option<Vec<RegionIx>> = self.recognized.iter().map(place).collect();
            border?;
            Some(Certification {
                window: window?,
                market: market?,
                mines: mines?,
                cost: cost?,
                rate: rate?,
                recognized: recognized?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_pays_on_what_is_not_certified() {
        for (certified, capacity, rate) in
            [(0.0, 80.0, 200_000), (60.0, 80.0, 50_000), (80.0, 80.0, 0), (0.0, 0.0, 200_000)]
        {
            assert_eq!(duty(Ppm(200_000), certified, capacity), Ppm(rate), "{certified} of {capacity}");
        }
    }
}
