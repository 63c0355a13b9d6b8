//! Price ceiling on an exchange: orders above it are turned away. Lever F6.
//!
//! The counterpart of [`super::price_floor`]; after He and Westerhoff (2005) a ceiling can raise the mean price.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};
use crate::terms::futures::{FuturesTerms, Level, with_ceiling};

/// A ceiling over a contract's price.
#[derive(Component, Debug, Clone)]
pub struct PriceCeiling {
    /// When it is known and binds.
    pub window: Window,
    /// Contract.
    pub contract: ContractIx,
    /// Where it lies.
    pub level: Level,
}

/// Adds the policy to the step; it comes after floors, which it yields to.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<FuturesTerms>, ceilings: Query<&PriceCeiling>) {
    for ceiling in ceilings.iter().filter(|ceiling| ceiling.window.binds(clock.week)) {
        let ticks = terms.ticks(ceiling.contract, ceiling.level);
        let bounds = &mut terms.contracts[ceiling.contract].bounds;
        *bounds = with_ceiling(*bounds, ticks);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::PriceCeiling;
    use crate::calendar::Date;
    use crate::policy::price_floor::written::FuturesPrice;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// Orders above a price are turned away in the sessions of a contract on an exchange in the nation, and no session settles above
        /// it. Trade in the metal itself is free. A floor above it counts.
        pub struct Written as "PriceCeiling" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Contract.
            contract: Ref<reference::Contract>,
            /// The price.
            level: FuturesPrice,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<PriceCeiling> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (contract, level) = (names.own_contract(nation, &self.contract, cx), self.level.resolve(cx));
            Some(PriceCeiling { window: window?, contract: contract?, level: level? })
        }
    }
}
