//! Security for resources: a state from outside keeps the peace where mines lie, and gets ownership of mines or a right to
//! part of their output. Lever B6.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::firm::Owner;
use crate::ledger::{Ledger, OUTSIDE};
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::setup::{FirmIx, NationIx};
use crate::step::{Clock, Phase};
use crate::terms::{Right, Terms};
use crate::units::{Money, WEEKS_PER_YEAR};

/// A pact of security for resources, decreed by who gives security.
#[derive(Component, Debug, Clone)]
pub struct SecurityForResources {
    /// When it is known and binds; who owns the mines by then goes on to own them.
    pub window: Window,
    /// What records call its right to output.
    pub name: String,
    /// Nation that is made secure.
    pub host: NationIx,
    /// Share of its unrest that is kept down.
    pub calm: f64,
    /// What security costs in a year.
    pub spend_per_year: Money,
    /// Places of the mines in [`crate::setup::Setup::mines`].
    pub mines: Vec<usize>,
    /// Who owns them from the first day on: nationality, and the firm if it is one.
    pub owner: Option<(NationIx, Option<FirmIx>)>,
    /// Share of their output to which the plants and sectors of who gives security have a right.
    pub offtake: f64,
    /// Share of the spot price that these do not pay.
    pub discount: f64,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, (apply, hand_over).chain());
}

fn apply(
    clock: Res<Clock>,
    mut terms: ResMut<Terms>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    pacts: Query<(&Decree, &SecurityForResources)>,
) {
    for (decree, pact) in pacts.iter().filter(|(_, pact)| pact.window.binds(clock.week)) {
        terms.unrest[pact.host] *= 1.0 - pact.calm;
        let spent = Money::nearest(pact.spend_per_year.real() / WEEKS_PER_YEAR);
        treasuries.spend(decree.nation, OUTSIDE, spent, &mut ledger);
        for &mine in pact.mines.iter().filter(|_| pact.offtake > 0.0) {
            terms.rights.push(Right {
                name: pact.name.clone(),
                mine,
                nation: decree.nation,
                share: pact.offtake,
                payable: 1.0 - pact.discount,
            });
        }
    }
}

/// On the first day the mines change hands; nobody is paid.
fn hand_over(clock: Res<Clock>, pacts: Query<&SecurityForResources>, mut mines: Query<(&Mine, &mut Owner)>) {
    for pact in pacts.iter().filter(|pact| pact.window.begins() == clock.week) {
        let Some((nation, firm)) = pact.owner else { continue };
        for (_, mut owner) in mines.iter_mut().filter(|(mine, _)| pact.mines.contains(&mine.index)) {
            *owner = Owner { nation, firm, ..*owner };
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::SecurityForResources;
    use crate::calendar::Date;
    use crate::policy::{mines_in, window_in_run};
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Usd};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact};

    record! {
        /// The nation keeps the peace in another one, and gets ownership of mines there or a right to part of their output.
        pub struct Written as "SecurityForResources" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which it binds and on which mines change hands.
            in_force: At<Date>,
            /// Day from which security and the right to output end; owners stay. Without one it stays.
            until: Option<At<Date>>,
            /// Nation that is made secure, another one than that which decrees.
            host: Ref<reference::Nation>,
            /// Share of episodes of every `Disruption` of the host that do not begin.
            calm: Share = "Share(0)",
            /// What security costs the treasury in a year.
            spend_per_year: At<Usd> = "Usd(0)",
            /// Mines of the host that it is about.
            mines: Vec<Ref<reference::Mine>> = "[]",
            /// Nation or firm that owns them from the first day on; owners stay when left out.
            owner: Option<Ref<reference::Owner>>,
            /// Share of their output to which plants and sectors of the nation that decrees have a right.
            offtake: Share = "Share(0)",
            /// Share of the mean spot price of 13 weeks that they do not pay.
            discount: Share = "Share(0)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<SecurityForResources> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let spend = exact(&self.spend_per_year, Quantum::Kilogram, cx);
            let owner = match &self.owner {
                Some(owner) => names.owner(owner, cx).map(Some),
                None => Some(None),
            };
            let host = names.nation(&self.host, cx)?;
            let id = &names.nations[nation].0;
            if host == nation {
                let what = format!("\"{id}\" gives security to itself");
                cx.error_at(&self.host.origin, what, "name another nation");
            }
            let mines = mines_in(&self.mines, host, "name mines of the host", names, cx);
            Some(SecurityForResources {
                window: window?,
                name: format!("{id} pact"),
                host,
                calm: self.calm.number(),
                spend_per_year: spend?,
                mines: mines?,
                owner: owner?,
                offtake: self.offtake.number(),
                discount: self.discount.number(),
            })
        }
    }
}
