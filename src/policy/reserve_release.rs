//! Release of a reserve by decree: an agency sells at its pace whatever its own triggers say. Levers E6, G2 and G3.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::reserve::Reserve;
use crate::step::{Clock, Phase};

/// An order to release.
#[derive(Component, Debug, Clone)]
pub struct ReserveRelease {
    /// When it is known and binds.
    pub window: Window,
    /// Index into [`crate::setup::Setup::reserves`].
    pub reserve: usize,
    /// Share of the target that stays in store.
    pub keep: f64,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, policies: Query<&ReserveRelease>, mut agencies: Query<&mut Reserve>) {
    for mut agency in &mut agencies {
        let binding =
            policies.iter().filter(|policy| policy.reserve == agency.index && policy.window.binds(clock.week));
        // Of several orders the one that leaves least in store holds.
        agency.ordered = binding.map(|policy| policy.keep).reduce(f64::min);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ReserveRelease;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::Names;

    record! {
        /// A reserve agency of the nation releases whatever its own triggers say: by auction, at the pace and at no less than the least price of
        /// its rule. It does not buy meanwhile.
        pub struct Written as "ReserveRelease" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Agency.
            reserve: Ref<reference::Reserve>,
            /// Share of its target that stays in store.
            keep: Share = "Share(0)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<ReserveRelease> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let reserve = names.own_reserve(nation, &self.reserve, cx)?;
            Some(ReserveRelease { window: window?, reserve, keep: self.keep.number() })
        }
    }
}
