//! Import tariff: a share of last week's price at home, paid on what comes in. Lever C1.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::{MarketIx, RegionIx};
use crate::step::{Clock, Phase};
use crate::terms::{Horizon, Terms};
use crate::units::Ppm;

/// A tariff on imports.
#[derive(Component, Debug, Clone)]
pub struct ImportTariff {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it burdens.
    pub markets: Vec<MarketIx>,
    /// Share of the customs value.
    pub rate: Ppm,
    /// Regions whose goods pay it.
    pub origins: Vec<RegionIx>,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, horizon: Res<Horizon>, mut terms: ResMut<Terms>, tariffs: Query<(&Decree, &ImportTariff)>) {
    for (decree, tariff) in tariffs.iter().filter(|(_, tariff)| tariff.window.known(clock.week)) {
        for &market in &tariff.markets {
            let (terms, horizon) = (terms.market_mut(market), horizon.of(market));
            for &origin in tariff.origins.iter().filter(|&&origin| origin != decree.region) {
                if tariff.window.binds(clock.week) {
                    terms.add_tariff(origin, decree.region, tariff.rate);
                }
                let levy = terms.tariff_ahead_mut(origin, decree.region);
                for ahead in (0..horizon).filter(|ahead| tariff.window.binds(clock.week + ahead)) {
                    levy.add(horizon as usize, ahead as usize, tariff.rate);
                }
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ImportTariff;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, ppm};

    record! {
        /// Whoever brings in pays a share of last week's price at home.
        pub struct Written as "ImportTariff" {
            /// Day from which agents reckon with it.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Stages that it touches.
            stages: At<Vec<At<Id>>>,
            /// Share of the customs value.
            rate: At<Share>,
            /// Nations and blocs whose goods pay it; none named means all.
            origins: Vec<Ref<reference::Party>> = "[]",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ImportTariff> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let markets = names.mineral(&self.mineral, cx).and_then(|mineral| names.stages(mineral, &self.stages, cx));
            let rate = ppm(&self.rate, cx);
            let origins = match &*self.origins {
                [] => Some((0..names.regions.len()).collect()),
                named => names.borders(named, cx),
            };
            border?;
            Some(ImportTariff { window: window?, markets: markets?, rate: rate?, origins: origins? })
        }
    }
}
