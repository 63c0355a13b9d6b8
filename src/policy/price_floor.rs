//! Price floor on an exchange: orders below it are turned away. Lever F6.
//!
//! Neither the state nor the exchange buys at it, and the metal's own market is free. He and Westerhoff (2005,
//! doi 10.1016/j.jedc.2004.09.003) find that a floor can lower the mean price.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};
use crate::terms::futures::{FuturesTerms, Level, with_floor};

/// A floor under a contract's price.
#[derive(Component, Debug, Clone)]
pub struct PriceFloor {
    /// When it is known and binds.
    pub window: Window,
    /// Contract.
    pub contract: ContractIx,
    /// Where it lies.
    pub level: Level,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<FuturesTerms>, floors: Query<&PriceFloor>) {
    for floor in floors.iter().filter(|floor| floor.window.binds(clock.week)) {
        let ticks = terms.ticks(floor.contract, floor.level);
        let bounds = &mut terms.contracts[floor.contract].bounds;
        *bounds = with_floor(*bounds, ticks);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::PriceFloor;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::terms::futures::Level;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::UsdPerTonne;
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0};
    use crate::world_file::value::Factor;

    choice! {
        /// A level of a futures price.
        pub enum FuturesPrice as "a level of the price" {
            /// As such, above 0.
            Price(At<UsdPerTonne>),
            /// A multiple of the metal's opening price, such as 0.9.
            OfOpening(Factor),
        }
    }

    impl FuturesPrice {
        /// Checks it.
        pub fn resolve(&self, cx: &mut Cx) -> Option<Level> {
            match self {
                Self::Price(price) => above_0(price, cx).map(Level::Usd),
                Self::OfOpening(multiple) => Some(Level::OfOpening(multiple.0)),
            }
        }
    }

    record! {
        /// Orders below a price are turned away in the sessions of a contract on an exchange in the nation, and no session settles below
        /// it. Trade in the metal itself is free.
        pub struct Written as "PriceFloor" {
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
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<PriceFloor> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (contract, level) = (names.own_contract(nation, &self.contract, cx), self.level.resolve(cx));
            Some(PriceFloor { window: window?, contract: contract?, level: level? })
        }
    }
}
