//! Access of foreigners to an exchange, as to nickel in Shanghai and lithium in Guangzhou from January 2026. Lever F5.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::setup::exchange::ExchangeIx;
use crate::step::{Clock, Phase};
use crate::terms::futures::FuturesTerms;
use crate::units::Ppm;

/// Access of members from abroad.
#[derive(Component, Debug, Clone)]
pub struct ForeignAccess {
    /// When it is known and binds.
    pub window: Window,
    /// Exchange.
    pub exchange: ExchangeIx,
    /// Most of a month's open interest that they may hold together, long and short; `None` without a bound.
    pub share: Option<Ppm>,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, mut terms: ResMut<FuturesTerms>, policies: Query<&ForeignAccess>) {
    for policy in policies.iter().filter(|policy| policy.window.binds(clock.week)) {
        terms.admit(policy.exchange, policy.share);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ForeignAccess;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, ppm};

    record! {
        /// Members of other nations may trade on an exchange in the nation, whatever the exchange says itself.
        pub struct Written as "ForeignAccess" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which the exchange's own terms hold again; without one it stays.
            until: Option<At<Date>>,
            /// Exchange.
            exchange: Ref<reference::Exchange>,
            /// Most of a month's open interest that they may hold together, on either side; without it any part. At Share(0) they
            /// may only close what they hold.
            share: Option<At<Share>>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ForeignAccess> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let exchange = names.own_exchange(nation, &self.exchange, cx);
            let share = self.share.as_ref().map_or(Some(None), |share| ppm(share, cx).map(Some));
            Some(ForeignAccess { window: window?, exchange: exchange?, share: share? })
        }
    }
}
