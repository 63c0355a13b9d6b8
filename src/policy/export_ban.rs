//! Export ban: nothing of the named stages leaves the nation. Metal already under way arrives. Lever B1.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::terms::{Horizon, Terms};
use crate::units::Mass;

/// A ban on exports.
#[derive(Component, Debug, Clone)]
pub struct ExportBan {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it closes.
    pub markets: Vec<MarketIx>,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, horizon: Res<Horizon>, mut terms: ResMut<Terms>, bans: Query<(&Decree, &ExportBan)>) {
    for (decree, ban) in bans.iter().filter(|(_, ban)| ban.window.known(clock.week)) {
        for &market in &ban.markets {
            let exports = terms.market_mut(market).exports_mut(decree.region);
            if ban.window.binds(clock.week) {
                exports.cap(Mass::ZERO);
            }
            for ahead in (0..horizon.0).filter(|ahead| ban.window.binds(clock.week + ahead)) {
                exports.cap_ahead(horizon.0 as usize, ahead as usize, Mass::ZERO);
            }
        }
    }
}
