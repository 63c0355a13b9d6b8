//! Puts for a reserve: an agency holds the right to sell at a share of the year's mean price, against a fall in the worth
//! of its stock. Lever F2.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::reserve::{Puts, Reserve};
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};

/// A reserve agency's duty to hold puts.
#[derive(Component, Debug, Clone)]
pub struct ReserveOptions {
    /// When it is known and binds.
    pub window: Window,
    /// Index into [`crate::setup::Setup::reserves`].
    pub reserve: usize,
    /// Contract on whose months.
    pub contract: ContractIx,
    /// Share of the stock that is covered.
    pub share: f64,
    /// Highest strike, share of the year's mean price.
    pub strike: f64,
    /// Share of its money that the agency may spend on premiums in a week.
    pub spend: f64,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, policies: Query<&ReserveOptions>, mut agencies: Query<&mut Reserve>) {
    for mut agency in &mut agencies {
        let binding =
            policies.iter().filter(|policy| policy.reserve == agency.index && policy.window.binds(clock.week));
        // Of several decrees the one that covers more holds.
        let most = binding.max_by(|one, other| one.share.total_cmp(&other.share));
        agency.puts = most.map(|policy| Puts {
            contract: policy.contract,
            share: policy.share,
            strike: policy.strike,
            spend: policy.spend,
        });
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ReserveOptions;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0};

    record! {
        /// A reserve agency of the nation holds puts for a part of its stock: rights to sell at a share of the year's mean price. Premiums
        /// are paid from its money, and what exercise brings is added to it.
        pub struct Written as "ReserveOptions" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Agency.
            reserve: Ref<reference::Reserve>,
            /// Contract for the metal that it holds, with options.
            contract: Ref<reference::Contract>,
            /// Share of the stock that is covered; above 0.
            share: At<Share>,
            /// Highest strike, as a share of the 52-week mean price; above 0. A put in the money is not bought.
            strike: At<Share> = "Share(0.9)",
            /// Most that it spends on premiums in a week, as a share of its money; above 0.
            spend: At<Share>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ReserveOptions> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (reserve, contract) = (names.reserve(&self.reserve, cx), names.contract(&self.contract, cx));
            let [share, strike, spend] = [&self.share, &self.strike, &self.spend].map(|share| above_0(share, cx));
            Some(ReserveOptions {
                window: window?,
                reserve: reserve?,
                contract: contract?,
                share: share?,
                strike: strike?,
                spend: spend?,
            })
        }
    }
}
