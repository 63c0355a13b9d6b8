//! Delisting of a futures contract: no further months are listed, those that trade run to their end. Lever F1.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};
use crate::terms::futures::FuturesTerms;

/// A contract that is taken off by decree.
#[derive(Component, Debug, Clone)]
pub struct ContractDelisting {
    /// When it is known and binds.
    pub window: Window,
    /// Contract.
    pub contract: ContractIx,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<FuturesTerms>, delistings: Query<&ContractDelisting>) {
    for delisting in delistings.iter().filter(|delisting| delisting.window.binds(clock.week)) {
        terms.contracts[delisting.contract].listed = false;
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ContractDelisting;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// No further months of a contract on an exchange in the nation are listed, whoever listed it; those that trade run
        /// to their end.
        pub struct Written as "ContractDelisting" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which months are listed again; without one it stays.
            until: Option<At<Date>>,
            /// Contract.
            contract: Ref<reference::Contract>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ContractDelisting> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let contract = names.own_contract(nation, &self.contract, cx);
            Some(ContractDelisting { window: window?, contract: contract? })
        }
    }
}
