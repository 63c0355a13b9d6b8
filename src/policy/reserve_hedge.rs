//! A reserve hedged forward: an agency is short a share of its stock in months some way ahead, and rolls. Lever F8.

use bevy_ecs::prelude::*;

use super::Window;
use crate::model::Model;
use crate::reserve::{Forward, Reserve};
use crate::step::{Clock, Phase};

/// A reserve agency's duty to hedge.
#[derive(Component, Debug, Clone)]
pub struct ReserveHedge {
    /// When it is known and binds.
    pub window: Window,
    /// Index into [`crate::setup::Setup::reserves`].
    pub reserve: usize,
    /// What it sells forward.
    pub forward: Forward,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, apply);
}

fn apply(clock: Res<Clock>, policies: Query<&ReserveHedge>, mut agencies: Query<&mut Reserve>) {
    for mut agency in &mut agencies {
        let binding =
            policies.iter().filter(|policy| policy.reserve == agency.index && policy.window.binds(clock.week));
        // Of several decrees the one that hedges more holds.
        let most = binding.max_by(|one, other| one.forward.ratio.total_cmp(&other.forward.ratio));
        agency.forward = most.map(|policy| policy.forward);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ReserveHedge;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::reserve::Forward;
    use crate::setup::NationIx;
    use crate::units::WEEKS_PER_YEAR;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::Share;
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0, count};
    use crate::world_file::value::Count;

    record! {
        /// A reserve agency of the nation sells a part of its stock forward, in equal lots in the months that end in the time written, and moves on
        /// as they come nearer. Margin comes from its money, of which it keeps half free; gains are added to it.
        pub struct Written as "ReserveHedge" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds.
            in_force: At<Date>,
            /// Day from which it no longer binds and the agency buys back; without one it stays.
            until: Option<At<Date>>,
            /// Agency.
            reserve: Ref<reference::Reserve>,
            /// Contract for the metal that it holds.
            contract: Ref<reference::Contract>,
            /// Share of the stock that is sold forward; above 0.
            ratio: At<Share>,
            /// Nearest and furthest month, in months ahead: 2 to 36, the second not below the first.
            months: At<(At<Count>, At<Count>)> = "(3, 6)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ReserveHedge> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let (reserve, contract) = (names.reserve(&self.reserve, cx), names.contract(&self.contract, cx));
            let ratio = above_0(&self.ratio, cx);
            let (near, far) = (count(&self.months.0, 2, 36, cx), count(&self.months.1, 2, 36, cx));
            let weeks = near.zip(far).filter(|(near, far)| near <= far);
            if near.zip(far).is_some() && weeks.is_none() {
                let what = "the furthest month comes before the nearest";
                cx.error_at(&self.months.origin, what, "write the nearest first");
            }
            let in_weeks = |months: u32| crate::math::round(f64::from(months) * WEEKS_PER_YEAR / 12.0);
            let weeks = weeks.map(|(near, far)| (in_weeks(near), in_weeks(far)));
            let forward = Forward { contract: contract?, ratio: ratio?, weeks: weeks? };
            Some(ReserveHedge { window: window?, reserve: reserve?, forward })
        }
    }
}
