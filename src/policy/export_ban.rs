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
            let horizon = horizon.of(market);
            for ahead in (0..horizon).filter(|ahead| ban.window.binds(clock.week + ahead)) {
                exports.cap_ahead(horizon as usize, ahead as usize, Mass::ZERO);
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ExportBan;
    use crate::calendar::Date;
    use crate::id::Id;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// Nothing of the named stages leaves the nation; metal already under way arrives.
        pub struct Written as "ExportBan" {
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
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ExportBan> {
            let border = names.border(nation, &self.mineral, cx);
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let markets = names.mineral(&self.mineral, cx).and_then(|mineral| names.stages(mineral, &self.stages, cx));
            border?;
            Some(ExportBan { window: window?, markets: markets? })
        }
    }
}
