//! Money that follows an index: it buys and holds a contract, whatever the price, and moves on before months end. Lever F7.
//!
//! Positions are worth as much as was put in and gained, so that the fund never owes: n = W/(F·lot).

use bevy_ecs::prelude::*;

use super::{Decree, Window};
use crate::calendar::Week;
use crate::futures::program::{Seat, desk_of};
use crate::futures::{Desk, Futures};
use crate::ledger::{Ledger, OUTSIDE};
use crate::model::Model;
use crate::setup::exchange::ContractIx;
use crate::step::{Clock, Phase};
use crate::units::Money;

/// Money that flows into a contract.
#[derive(Component, Debug, Clone)]
pub struct IndexInflow {
    /// When it is known and flows.
    pub window: Window,
    /// What is bought.
    pub contract: ContractIx,
    /// What comes a week.
    pub weekly: Money,
    /// For so many weeks.
    pub weeks: Week,
    /// Whether it leaves again in as many weeks.
    pub leaves: bool,
}

/// Part of what is there that is taken out in the week after so many since the beginning.
#[must_use]
pub fn taken(passed: Week, weeks: Week) -> f64 {
    if passed < weeks { 0.0 } else { 1.0 / f64::from((2 * weeks).saturating_sub(passed).max(1)) }
}

/// Adds the policy to the step: investors bring their money.
pub(crate) fn plugin(model: &mut Model) {
    model.add(Phase::Decree, subscribe);
}

fn subscribe(
    clock: Res<Clock>,
    mut ledger: ResMut<Ledger>,
    inflows: Query<(&Decree, &IndexInflow)>,
    mut desks: Query<&mut Desk>,
) {
    for (decree, inflow) in &inflows {
        let begins = inflow.window.begins();
        if (begins..begins + inflow.weeks).contains(&clock.week) {
            ledger.pay(OUTSIDE, desk_of(&mut desks, decree.key).account, inflow.weekly);
        }
    }
}

/// The fund sets what it means to hold, and investors who leave are paid.
pub(crate) fn invest(
    clock: Res<Clock>,
    futures: Res<Futures>,
    mut ledger: ResMut<Ledger>,
    inflows: Query<(&Decree, &IndexInflow)>,
    mut desks: Query<&mut Desk>,
) {
    for (decree, inflow) in &inflows {
        let Some(passed) = clock.week.checked_sub(inflow.window.begins()) else { continue };
        let mut desk = desk_of(&mut desks, decree.key);
        let seat = Seat::of(&desk, &futures, &ledger);
        let out =
            if inflow.leaves { Money::nearest(seat.wealth.real() * taken(passed, inflow.weeks)) } else { Money::ZERO };
        // What stands as margin follows when the position is smaller.
        ledger.pay(desk.account, OUTSIDE, out.min(seat.cash).or_zero());
        let target = if seat.pit.is_empty() {
            0
        } else {
            let board = &seat.pit.board;
            let lot = board.terms.price(board.months()[seat.pit.active].last).value(board.terms.lot);
            (seat.wealth - out).or_zero().0 / lot.0.max(1)
        };
        desk.aim(target);
    }
}

/// The policy as a file writes it.
pub mod written {
    use super::IndexInflow;
    use crate::calendar::Date;
    use crate::policy::window_in_run;
    use crate::setup::NationIx;
    use crate::units::Quantum;
    use crate::world_file::decode::{At, Cx};
    use crate::world_file::quantity::{Usd, Weeks};
    use crate::world_file::record::{choice, record};
    use crate::world_file::reference::{self, Ref};
    use crate::world_file::resolve::names::{Names, exact_above_0, whole_weeks};

    /// Longest time for which money flows in, in weeks.
    const LONGEST: u32 = 520;

    choice! {
        /// What becomes of money that came in.
        pub enum Then as "what investors do then" {
            /// It stays.
            Stay,
            /// It leaves, in as many weeks as it came.
            Leave,
        }
    }

    record! {
        /// Investors of the nation put money into a fund that buys a contract's active month, as much as it has money, and moves on before
        /// months end. It has no position limit.
        pub struct Written as "IndexInflow" {
            /// Day on which it is made known; nobody acts on it before it binds.
            announced: At<Date>,
            /// Day from which money comes in.
            in_force: At<Date>,
            /// Contract, on any exchange that is open to the nation.
            contract: Ref<reference::Contract>,
            /// What comes in a week; above 0.
            a_week: At<Usd>,
            /// For how long: 1 to 520 whole weeks.
            weeks: At<Weeks>,
            /// What becomes of it.
            then: Then = "Stay",
        }
    }

    impl Written {
        /// Checks it for a nation; when there is none, `cx` holds at least one error.
        pub fn resolve(&self, _: NationIx, names: &Names, cx: &mut Cx) -> Option<IndexInflow> {
            let window = window_in_run(&self.announced, &self.in_force, None, names, cx);
            let contract = names.contract(&self.contract, cx);
            let weekly = exact_above_0(&self.a_week, Quantum::Kilogram, cx);
            let weeks = whole_weeks(&self.weeks, 1..=LONGEST, cx);
            let leaves = matches!(self.then, Then::Leave);
            Some(IndexInflow { window: window?, contract: contract?, weekly: weekly?, weeks: weeks?, leaves })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_takes_the_same_part_of_what_came_in_each_week() {
        let mut left = 1.0;
        let mut trail = Vec::new();
        for passed in 2..9 {
            left -= left * taken(passed, 4);
            trail.push((left * 100.0_f64).round());
        }
        assert_eq!(trail, [100.0, 100.0, 75.0, 50.0, 25.0, 0.0, 0.0]);
    }
}
