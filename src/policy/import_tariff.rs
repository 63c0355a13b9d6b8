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
        let binds = tariff.window.binds(clock.week);
        let announced = !binds && tariff.window.binds_within(clock.week, horizon.0);
        for &market in tariff.markets.iter().filter(|_| binds || announced) {
            for &origin in tariff.origins.iter().filter(|&&origin| origin != decree.region) {
                terms.market_mut(market).add_tariff(origin, decree.region, tariff.rate, binds);
            }
        }
    }
}
