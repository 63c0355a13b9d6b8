//! Rationing: in an emergency users may buy and use a share of what they need, by class. Lever E13.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::agent::Agent;
use crate::buyer::Buyer;
use crate::digest::digest_fields;
use crate::ledger::{Ledger, Slot};
use crate::market::Markets;
use crate::model::Model;
use crate::sector::Sector;
use crate::setup::MineralIx;
use crate::step::{Clock, Phase};
use crate::terms::demand::DemandTerms;

/// Rations for a nation's users of a mineral.
#[derive(Component, Debug, Clone)]
#[require(Emergency)]
pub struct Rationing {
    /// When it is known and may bind.
    pub window: Window,
    /// Mineral.
    pub mineral: MineralIx,
    /// Cover of the nation's users in weeks below which it begins and above which it ends; without it the whole window.
    pub trigger: Option<(f64, f64)>,
    /// Share of its need that a class may buy and use, by priority; others are free.
    pub shares: Vec<(u8, f64)>,
}

/// Whether rations hold.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Emergency {
    /// They do.
    pub declared: bool,
}

digest_fields!(Emergency { declared });

impl Emergency {
    /// The state a week later, at a cover in weeks: declared below the lower, over above the higher.
    #[must_use]
    pub fn next(self, cover: f64, (below, above): (f64, f64)) -> Self {
        Self { declared: cover < below || (self.declared && cover <= above) }
    }
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.digests::<Emergency>();
    model.add(Phase::Decree, apply);
}

fn apply(
    clock: Res<Clock>,
    ledger: Res<Ledger>,
    markets: Res<Markets>,
    mut terms: ResMut<DemandTerms>,
    mut decrees: Query<(&Decree, &Rationing, &mut Emergency)>,
    sectors: Query<(&Agent, &Sector, &Buyer)>,
) {
    for (decree, rationing, mut emergency) in &mut decrees {
        let binds = rationing.window.binds(clock.week);
        *emergency = match rationing.trigger {
            _ if !binds => Emergency::default(),
            None => Emergency { declared: true },
            Some(trigger) => {
                let users = sectors.iter().filter(|(agent, _, buyer)| {
                    agent.nation == decree.nation && markets[buyer.market].mineral == rationing.mineral
                });
                let (mut held, mut required) = (0.0, 0.0);
                for (agent, sector, _) in users {
                    held +=
                        (ledger.mass(agent.account, Slot::Store) + ledger.mass(agent.account, Slot::Transit)).real();
                    // Before the first week nothing has been required yet.
                    required += if clock.week == 0 { sector.weekly_use } else { sector.required.real() };
                }
                let cover = if required > 0.0 { held / required } else { f64::INFINITY };
                emergency.next(cover, trigger)
            }
        };
        if emergency.declared {
            for (_, priority, terms) in terms.of(decree.nation, rationing.mineral) {
                let share = rationing.shares.iter().find(|(class, _)| *class == priority);
                if let Some((_, share)) = share {
                    terms.allow(*share);
                }
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::Rationing;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::NationIx;
    use crate::world_file::decode::{At, Cx, Keyed};
    use crate::world_file::quantity::{Quantity, Share, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0};
    use crate::world_file::value::Priority;

    record! {
        /// In an emergency the nation's users of a metal may buy and use a share of what they need, by class.
        pub struct Written as "Rationing" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it may bind.
            in_force: At<Date>,
            /// Day from which it no longer binds; without one it stays.
            until: Option<At<Date>>,
            /// Metal.
            mineral: Ref<reference::Mineral>,
            /// Begins when the users' stock, goods under way included, is below so many weeks of their need, and ends above
            /// so many; without it rations hold all the time.
            trigger: Option<At<(At<Weeks>, Weeks)>>,
            /// Share of its need that a class may have, by the `priority` of its sectors; classes that are not named are
            /// free.
            shares: At<Keyed<Priority, Share>>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<Rationing> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let mineral = names.mineral(&self.mineral, cx);
            let trigger = match &self.trigger {
                None => Some(None),
                Some(written) => {
                    let (begins, ends) = (above_0(&written.0, cx), written.1.number());
                    if begins.is_some_and(|begins| ends < begins) {
                        let what = format!("rations begin below {} weeks and end above {ends}", written.0.number());
                        cx.error_at(&written.origin, what, "write the larger number second");
                    }
                    begins.map(|begins| Some((begins, ends)))
                }
            };
            if self.shares.iter().next().is_none() && self.shares.1.is_empty() {
                cx.error_at(&self.shares.origin, "no class is rationed", "write such as { 3: Share(0.5) }");
                return None;
            }
            let mut shares: Vec<(u8, f64)> =
                self.shares.iter().map(|(class, share)| (class.value.0, share.number())).collect();
            shares.sort_unstable_by_key(|(class, _)| *class);
            let rises = shares.windows(2).find(|pair| pair[0].1 < pair[1].1);
            if let Some(pair) = rises {
                let what = format!("class {} gets less than class {}", pair[0].0, pair[1].0);
                cx.warn_at(&self.shares.origin, what, "lower classes usually go first");
            }
            Some(Rationing { window: window?, mineral: mineral?, trigger: trigger?, shares })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emergency_begins_at_a_low_cover_and_ends_at_a_higher_one() {
        let mut emergency = Emergency::default();
        for (cover, declared) in [(5.0, false), (3.0, false), (1.9, true), (3.0, true), (4.1, false), (3.0, false)] {
            emergency = emergency.next(cover, (2.0, 4.0));
            assert_eq!(emergency.declared, declared, "{cover}");
        }
    }
}
