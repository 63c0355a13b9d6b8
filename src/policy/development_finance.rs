//! Development finance: a policy bank lends to projects of the nation's firms, at home and abroad, and an insurer covers
//! them against being taken. Lever D8.

use bevy_ecs::prelude::*;

use super::nationalization::{Nationalization, newly_taken};
use super::{Decree, Window};
use crate::agent::Directory;
use crate::ledger::Ledger;
use crate::mine::Mine;
use crate::model::Model;
use crate::nation::Treasuries;
use crate::project::{Project, Site};
use crate::setup::Finance;
use crate::step::{Clock, Phase};
use crate::terms::Terms;
use crate::units::Money;

/// An offer to projects of the nation's firms; what is agreed at the decision holds from then on.
#[derive(Component, Debug, Clone)]
pub struct DevelopmentFinance {
    /// When it is known and offered.
    pub window: Window,
    /// The offer.
    pub offer: Finance,
}

/// Adds the policy to the step.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, (apply, indemnify).chain());
}

fn apply(clock: Res<Clock>, mut terms: ResMut<Terms>, offers: Query<(&Decree, &DevelopmentFinance)>) {
    for (decree, policy) in offers.iter().filter(|(_, policy)| policy.window.binds(clock.week)) {
        terms.finance[decree.nation] = Some(policy.offer);
    }
}

/// What the insurer owes: cover · share taken · capital paid · (1 − share of the value that was compensated).
#[must_use]
pub fn indemnity(invested: Money, cover: f64, taken: f64, compensated: f64) -> Money {
    Money::floor(invested.real() * cover * taken * (1.0 - compensated))
}

/// When a host takes a mine that was built as an insured project, the insurer pays its owner.
fn indemnify(
    clock: Res<Clock>,
    directory: Res<Directory>,
    mut treasuries: ResMut<Treasuries>,
    mut ledger: ResMut<Ledger>,
    takings: Query<(&Decree, &Nationalization)>,
    projects: Query<&Project>,
    mines: Query<&Mine>,
) {
    for (_, taking) in takings.iter().filter(|(_, taking)| taking.window.begins() == clock.week) {
        for project in projects.iter().filter(|project| project.insured() && matches!(project.site, Site::Mine(_))) {
            let Some(insurer) = project.contract.finance else { continue };
            let account = project.agent.account;
            let mine = mines.get(directory.entity(account)).expect("bug: a project without its mine");
            if taking.takes(mine) {
                let taken = newly_taken(taking, mine, takings.iter().map(|(_, taking)| taking), clock.week);
                let paid = indemnity(project.invested, insurer.cover, taken, taking.compensation.share());
                treasuries.spend(insurer.nation, account, paid, &mut ledger);
            }
        }
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::DevelopmentFinance;
    use crate::calendar::Date;
    use crate::policy::window;
    use crate::setup::{Finance, NationIx};
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, SharePerYear, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::resolve::names::{Names, whole_weeks};

    record! {
        /// Loans and insurance for projects of the nation's firms, at home and abroad; of several offers the last by id holds.
        pub struct Written as "DevelopmentFinance" {
            /// Day on which it is made known; it is offered no earlier.
            announced: At<Date>,
            /// Day from which it is offered.
            in_force: At<Date>,
            /// Day from which it is no longer offered; without one it stays. What was agreed holds.
            until: Option<At<Date>>,
            /// Share of the capital that the policy bank lends.
            share: Share,
            /// Interest on the loan; it lowers the cost of capital where that is higher.
            rate: SharePerYear,
            /// Repayment, from first output on: 1 to 2000 whole weeks.
            tenor: At<Weeks> = "Weeks(520)",
            /// Share of the loss from a nationalization that the insurer pays.
            cover: Share = "Share(0)",
            /// Premium on the capital covered; whoever fears less than it costs does without.
            premium: SharePerYear = "SharePerYear(0)",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, nation: NationIx, names: &Names, cx: &mut Cx) -> Option<DevelopmentFinance> {
            let window = window(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let tenor = whole_weeks(&self.tenor, 1..=2_000, cx);
            let offer = Finance {
                nation,
                share: self.share.number(),
                rate: self.rate.number(),
                tenor_weeks: tenor?,
                cover: self.cover.number(),
                premium: self.premium.number(),
            };
            Some(DevelopmentFinance { window: window?, offer })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insurer_pays_its_cover_of_what_was_taken_and_not_compensated() {
        assert_eq!(indemnity(Money(1_000), 0.9, 0.5, 0.2), Money(360));
        assert_eq!(indemnity(Money(1_000), 0.9, 0.5, 1.0), Money(0));
    }
}
