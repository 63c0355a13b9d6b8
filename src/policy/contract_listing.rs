//! Listing of a futures contract: from then on its months trade. Lever F1.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};
use crate::terms::futures::FuturesTerms;

/// A contract that is listed by decree.
#[derive(Component, Debug, Clone)]
pub struct ContractListing {
    /// When it is known and binds.
    pub window: Window,
    /// Contract.
    pub contract: ContractIx,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<FuturesTerms>, listings: Query<&ContractListing>) {
    for listing in listings.iter().filter(|listing| listing.window.binds(clock.week)) {
        terms.contracts[listing.contract].listed = true;
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ContractListing;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// A contract of an exchange in the nation is listed: all its months at once, and from then on each as its time comes.
        /// The contract says `listed: Never`, or a later day.
        pub struct Written as "ContractListing" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds, so that no more months are listed; without one it stays.
            until: Option<At<Date>>,
            /// Contract.
            contract: Ref<reference::Contract>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ContractListing> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let contract = names.own_contract(nation, &self.contract, cx);
            Some(ContractListing { window: window?, contract: contract? })
        }
    }
}
