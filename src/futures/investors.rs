//! Who gives traders their money, and takes it out.

use bevy_ecs::prelude::*;

use crate::ledger::{Ledger, OUTSIDE};
use crate::step::Clock;
use crate::units::Money;

use super::Futures;
use super::desk::Desk;

/// Weeks of the year at whose end investors take out gains.
const YEAR: u32 = 52;

/// What investors do with a trader who has `wealth` of the `capital` they gave it, all in mills: a newcomer takes the seat
/// of one who lost four fifths, and at the end of a year gains are taken out. Negative for what they take.
#[must_use]
fn subscription(wealth: i64, capital: i64, year_ends: bool) -> i64 {
    let newcomer = wealth < capital / 5;
    if newcomer || year_ends && wealth > capital { capital - wealth } else { 0 }
}

/// Investors replace traders who lost nearly all, and once a year take out what the others gained.
pub(super) fn subscribe(
    clock: Res<Clock>,
    mut futures: ResMut<Futures>,
    mut ledger: ResMut<Ledger>,
    desks: Query<&Desk>,
) {
    let year_ends = (clock.week + 1).is_multiple_of(YEAR);
    let Futures { houses, pits, chains } = &mut *futures;
    for desk in desks.iter().filter(|desk| desk.capital > Money::ZERO) {
        let house = &mut houses[pits[desk.contract].exchange].house;
        let (cash, deposit) = (ledger.money(desk.account), house.equity(desk.member) + house.fund(desk.member));
        let wealth = cash + deposit + Futures::options_worth(chains, desk);
        let flow = subscription(wealth.0, desk.capital.0, year_ends);
        if flow > 0 {
            ledger.pay(OUTSIDE, desk.account, Money(flow));
            house.readmit(desk.member);
        } else {
            // What stands as margin stays.
            ledger.pay(desk.account, OUTSIDE, Money(-flow).min(cash.or_zero()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn investors_replace_the_ruined_at_once_and_take_gains_once_a_year() {
        assert_eq!([19, 20, 100].map(|wealth| subscription(wealth, 100, false)), [81, 0, 0]);
        assert_eq!([-30, 150].map(|wealth| subscription(wealth, 100, false)), [130, 0]);
        assert_eq!([19, 60, 150].map(|wealth| subscription(wealth, 100, true)), [81, 0, -50]);
    }
}
