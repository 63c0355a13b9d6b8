//! Export duty: a share of last week's price inside, paid by whoever ships out. Lever B3.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::model::Model;
use crate::setup::MarketIx;
use crate::step::{Clock, Phase};
use crate::terms::{Horizon, Terms};
use crate::units::Ppm;

/// A duty on exports.
#[derive(Component, Debug, Clone)]
pub struct ExportDuty {
    /// When it is known and binds.
    pub window: Window,
    /// Markets that it burdens.
    pub markets: Vec<MarketIx>,
    /// Share of the customs value.
    pub rate: Ppm,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, horizon: Res<Horizon>, mut terms: ResMut<Terms>, duties: Query<(&Decree, &ExportDuty)>) {
    for (decree, duty) in duties.iter().filter(|(_, duty)| duty.window.known(clock.week)) {
        for &market in &duty.markets {
            let exports = terms.market_mut(market).exports_mut(decree.region);
            if duty.window.binds(clock.week) {
                exports.duty.0 += duty.rate.0;
            }
            if duty.window.binds_within(clock.week, horizon.0) {
                exports.duty_ahead.0 += duty.rate.0;
            }
        }
    }
}
