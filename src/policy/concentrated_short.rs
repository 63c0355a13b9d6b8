//! A concentrated short: one member sells a large part of a contract and has only so much to lose, as in London's nickel before
//! March 2022. A script, not a policy that anybody would want; it comes with a stock shock ([`super::stock_withdrawal`]). Lever F7.

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::calendar::Week;
use crate::futures::program::{Seat, desk_of};
use crate::futures::{Desk, Futures};
use crate::ledger::{Ledger, OUTSIDE};
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};
use crate::units::{Money, Ppm};

/// A large short position.
#[derive(Component, Debug, Clone)]
pub struct ConcentratedShort {
    /// When it is known, is built and is closed.
    pub window: Window,
    /// What is sold.
    pub contract: ContractIx,
    /// Part of the active month's open interest.
    pub share: Ppm,
    /// Weeks in which it is built.
    pub build: Week,
    /// All that its holder can pay.
    pub capital: Money,
}

/// Lots that the holder means to have, negative: so much of the open interest, week by week more of it, as far as its margin
/// can be paid; and what it has sold it keeps.
#[must_use]
pub fn target(held: i64, wanted: i64, affordable: i64) -> i64 {
    held.min(-wanted.min(affordable))
}

/// Adds the policy to the step: the holder gets its capital.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, endow);
}

fn endow(
    clock: Res<Clock>,
    mut ledger: ResMut<Ledger>,
    shorts: Query<(&Decree, &ConcentratedShort)>,
    mut desks: Query<&mut Desk>,
) {
    for (decree, short) in shorts.iter().filter(|(_, short)| short.window.begins() == clock.week) {
        ledger.pay(OUTSIDE, desk_of(&mut desks, decree.key).account, short.capital);
    }
}

/// The holder sets what it means to have.
pub(crate) fn build(
    clock: Res<Clock>,
    futures: Res<Futures>,
    ledger: Res<Ledger>,
    shorts: Query<(&Decree, &ConcentratedShort)>,
    mut desks: Query<&mut Desk>,
) {
    for (decree, short) in &shorts {
        let mut desk = desk_of(&mut desks, decree.key);
        let seat = Seat::of(&desk, &futures, &ledger);
        let mut lots = 0;
        if short.window.binds(clock.week) && !seat.pit.is_empty() {
            let passed = i64::from((clock.week - short.window.begins() + 1).min(short.build));
            let wanted = short.share.of(seat.open_interest()) * passed / i64::from(short.build);
            lots = target(seat.held().min(0), wanted, seat.margined(1));
        }
        desk.aim(lots);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::ConcentratedShort;
    use crate::calendar::Date;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Quantity, Share, Usd, Weeks};
    use crate::world_file::record::record;
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, above_0, exact_above_0, ppm, whole_weeks};

    /// Most of the open interest: what others are short is the rest.
    const MOST: f64 = 0.9;

    record! {
        /// One member of the nation sells a large part of a contract, and then can pay no more than its capital. It counts as a hedger: no
        /// position limit. What it holds it moves from month to month.
        pub struct Written as "ConcentratedShort" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day on which its holder gets its capital and begins to sell.
            in_force: At<Date>,
            /// Day from which it is bought back; without one it is kept.
            until: Option<At<Date>>,
            /// Contract, on any exchange that is open to the nation.
            contract: Ref<reference::Contract>,
            /// Part of the active month's open interest that it comes to: above 0, at most Share(0.9).
            share: At<Share>,
            /// Time in which it is built: 1 to 104 whole weeks.
            build: At<Weeks> = "Weeks(8)",
            /// All that the holder can pay: it bounds what is sold by the margin due at once, and is gone when the price rises enough. Above 0.
            capital: At<Usd>,
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<ConcentratedShort> {
            let window = window_in_run(&self.announced, &self.in_force, self.until.as_ref(), names, cx);
            let contract = names.contract(&self.contract, cx);
            let share = above_0(&self.share, cx).and_then(|_| ppm(&self.share, cx));
            let build = whole_weeks(&self.build, 1..=104, cx);
            let capital = exact_above_0(&self.capital, Quantum::Kilogram, cx);
            if self.share.number() > MOST {
                let what = format!("nobody else could be short beside {} of the open interest", self.share.number());
                cx.error_at(&self.share.origin, what, format!("write at most Share({MOST})"));
                return None;
            }
            Some(ConcentratedShort {
                window: window?,
                contract: contract?,
                share: share?,
                build: build?,
                capital: capital?,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_grows_as_far_as_margin_allows_and_is_kept() {
        assert_eq!(target(0, 40, 100), -40);
        assert_eq!(target(0, 40, 25), -25);
        assert_eq!(target(-60, 40, 25), -60);
    }
}
