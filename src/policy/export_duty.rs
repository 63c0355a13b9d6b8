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
            let horizon = horizon.of(market);
            for ahead in (0..horizon).filter(|ahead| duty.window.binds(clock.week + ahead)) {
                exports.duty_ahead.add(horizon as usize, ahead as usize, duty.rate);
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ExportDuty;
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
        /// Whoever ships out pays a share of last week's price inside.
        pub struct Written as "ExportDuty" {
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
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportDuty> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let markets = names.mineral(&self.mineral, cx).and_then(|mineral| names.stages(mineral, &self.stages, cx));
            let rate = ppm(&self.rate, cx);
            border?;
            Some(ExportDuty { window: window?, markets: markets?, rate: rate? })
        }
    }
}
