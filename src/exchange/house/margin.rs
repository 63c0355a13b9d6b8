//! Margin: what members must have deposited, who is called, and whose positions are closed.

use crate::auction::{Band, Order, Side};
use crate::units::{Money, Ppm};

use super::{House, Standing, times};

/// A margin call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Who is called.
    pub member: usize,
    /// By how much it is below its margin.
    pub amount: Money,
}

/// Lots that the house closes for a member who did not meet its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liquidation {
    /// Whose.
    pub member: usize,
    /// In which series.
    pub series: usize,
    /// To buy when positive, to sell when negative.
    pub lots: i64,
}

impl Liquidation {
    /// The order at any price in a band, such as [`Board::close_out_band`](crate::exchange::board::Board::close_out_band).
    #[must_use]
    pub const fn order(&self, band: Band, key: u64) -> Order {
        let side = if self.lots > 0 { Side::Buy } else { Side::Sell };
        Order::market(side, band, self.lots.abs(), self.member as u32, key)
    }
}

impl House {
    /// Sets a series' margin, as shares of its value, for members who do not hedge and for those who do.
    pub fn set_margin(&mut self, series: usize, rates: [Ppm; 2]) {
        let terms = &mut self.series[series];
        terms.rates = rates;
        let value = times(terms.tick_value, terms.settled);
        for (per_lot, rate) in self.per_lot.iter_mut().zip(rates) {
            per_lot[series] = value.share_ppm(rate.0);
        }
    }

    /// Margin of a lot of a series for a member, at the last settlement.
    #[must_use]
    pub fn margin_of_lot(&self, member: usize, series: usize) -> Money {
        self.per_lot[usize::from(self.accounts[member].hedger)][series]
    }

    /// What a member must have deposited: Σ m·|n|·S·lot over its series, and what stands aside.
    #[must_use]
    pub fn required(&self, member: usize) -> Money {
        if !self.holds(member) {
            return self.aside(member);
        }
        let per_lot = &self.per_lot[usize::from(self.accounts[member].hedger)];
        let months: Money =
            self.row(member).iter().zip(per_lot).map(|(lots, per_lot)| times(*per_lot, lots.abs())).sum();
        months + self.aside(member)
    }

    /// What a member may withdraw, or use as margin of new positions: what is above its margin, less gains that others
    /// still owe.
    #[must_use]
    pub fn free(&self, member: usize) -> Money {
        let account = &self.accounts[member];
        (account.deposit - self.required(member) - account.gain.or_zero()).or_zero()
    }

    /// Ends the session: says who is below its margin and by how much, lowest member first. Until the next session they
    /// may [`House::deposit`].
    pub fn calls(&mut self) -> &[Call] {
        self.session += 1;
        self.calls.clear();
        let in_debt = self.in_debt();
        for member in self.members() {
            let missing = self.required(member) - self.accounts[member].deposit;
            let account = &mut self.accounts[member];
            account.unmet = missing.or_zero();
            if !in_debt {
                account.gain = Money::ZERO;
            }
            if missing > Money::ZERO {
                self.calls.push(Call { member, amount: missing });
                if account.standing == Standing::Good {
                    account.standing = Standing::Called;
                }
            } else {
                account.met = account.deposit;
                if account.standing != Standing::Defaulted {
                    account.standing = Standing::Good;
                }
            }
        }
        &self.calls
    }

    /// What of the last calls was not met by now: lots to close at any price in the next session, lowest member first
    /// and within it lowest series first. Put these orders before all others, so that [`House::cut`] favors them.
    ///
    /// Who met its call and lacks margin all the same, since a month has come nearer to its end or options were exercised,
    /// closes nothing: it is called for that when the session ends. A member who owes closes everything. One who merely
    /// lacks margin closes the same share of each position that trades, rounded up to lots, so that the rest is covered at
    /// the last settlement.
    pub fn liquidations(&mut self) -> &[Liquidation] {
        self.liquidations.clear();
        for member in self.members() {
            let account = &self.accounts[member];
            let (deposit, standing) = (account.deposit, account.standing);
            if standing == Standing::Good || account.unmet == Money::ZERO {
                continue;
            }
            let missing = self.required(member) - deposit;
            if missing <= Money::ZERO {
                continue;
            }
            if standing == Standing::Called {
                self.accounts[member].standing = Standing::Closing;
            }
            let margin = |at| i128::from(times(self.margin_of_lot(member, at), self.lots(member, at).abs()).0);
            let trading: i128 = (0..self.series.len()).filter(|&at| self.series[at].trading).map(margin).sum();
            let all = deposit <= Money::ZERO || i128::from(missing.0) >= trading;
            for series in 0..self.series.len() {
                let lots = self.lots(member, series);
                if lots == 0 || !self.series[series].trading {
                    continue;
                }
                let share = (i128::from(lots.abs()) * i128::from(missing.0) + trading - 1).checked_div(trading);
                let closed = if all { lots.abs() } else { share.map_or(0, |share| share as i64) };
                self.liquidations.push(Liquidation { member, series, lots: -lots.signum() * closed });
            }
        }
        &self.liquidations
    }

    /// The margin that would be called if these series settled at these prices, in ticks, and the others where they
    /// stand: for an operator who weighs a halt.
    #[must_use]
    pub fn calls_at(&self, prices: &[(usize, i64)]) -> Money {
        let missing = |member: usize| {
            let account = &self.accounts[member];
            let mut missing = self.required(member) - account.deposit;
            for &(series, price) in prices {
                let terms = &self.series[series];
                let (lots, cell) = (self.lots(member, series), &self.cells[self.at(member, series)]);
                let rate = terms.rates[usize::from(account.hedger)];
                let value = times(terms.tick_value, price);
                let more = value.share_ppm(rate.0) - self.margin_of_lot(member, series);
                missing += times(more, lots.abs());
                missing -= times(times(terms.tick_value, price - terms.settled), lots) + cell.marked;
            }
            missing.or_zero()
        };
        self.members().map(missing).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{deal, house};
    use super::*;

    const TEN_PERCENT: [Ppm; 2] = [Ppm(100_000), Ppm(90_000)];

    #[test]
    fn hedgers_need_less() {
        let mut house = house(2, TEN_PERCENT);
        house.set_hedger(1, true);
        deal(&mut house, 0, 0, 1, 7, 100);
        house.settle(0, 100);
        assert_eq!([house.required(0), house.required(1)], [Money(700), Money(630)], "7 lots · 100 ticks · 10 mills");
        house.settle(0, 110);
        assert_eq!(house.required(0), Money(770), "margin follows the price");
    }

    #[test]
    fn a_call_is_for_what_is_missing_and_meeting_it_is_enough() {
        let mut house = house(2, TEN_PERCENT);
        house.deposit(0, Money(700));
        house.deposit(1, Money(900));
        deal(&mut house, 0, 0, 1, 7, 100);
        house.settle(0, 97);
        // 0 lost 210 and needs 679.
        assert_eq!(house.calls(), [Call { member: 0, amount: Money(189) }]);
        assert_eq!(house.free(1), Money(900 + 210 - 679));
        house.deposit(0, Money(189));
        assert!(house.liquidations().is_empty());
        assert!(house.calls().is_empty());
        assert_eq!(house.standing(0), Standing::Good);
    }

    #[test]
    fn who_does_not_meet_a_call_closes_what_is_not_covered() {
        let mut house = house(2, TEN_PERCENT);
        house.deposit(0, Money(700));
        house.deposit(1, Money(900));
        deal(&mut house, 0, 0, 1, 7, 100);
        house.settle(0, 97);
        house.calls();
        assert_eq!(house.standing(0), Standing::Called);
        // 189 of 679 are missing: 1.95 lots of 7, rounded up.
        assert_eq!(house.liquidations(), [Liquidation { member: 0, series: 0, lots: -2 }]);
        assert_eq!(house.standing(0), Standing::Closing);
        deal(&mut house, 0, 1, 0, 2, 97);
        house.settle(0, 97);
        assert!(house.calls().is_empty());
        assert_eq!(house.standing(0), Standing::Good);
    }

    /// A new week begins with higher rates, for which nobody has been called yet.
    #[test]
    fn who_met_its_call_is_called_again_before_anything_is_closed_when_margin_rises() {
        let mut house = house(2, TEN_PERCENT);
        house.deposit(0, Money(700));
        house.deposit(1, Money(2_000));
        deal(&mut house, 0, 0, 1, 7, 100);
        house.settle(0, 97);
        house.calls();
        house.deposit(0, Money(189));
        house.set_margin(0, [Ppm(150_000); 2]);
        assert!(house.required(0) > house.equity(0));
        assert!(house.liquidations().is_empty());
        house.settle(0, 97);
        // 145 instead of 97 mills for each of 7 lots.
        assert_eq!(house.calls(), [Call { member: 0, amount: Money(336) }]);
        assert_eq!(house.standing(0), Standing::Called);
        // And who does not meet that call is closed out.
        assert_eq!(house.liquidations(), [Liquidation { member: 0, series: 0, lots: -3 }]);
        assert_eq!(house.standing(0), Standing::Closing);
    }

    #[test]
    fn who_owes_closes_everything_that_trades() {
        let mut house = House::new(&[0, 1], 3, Money(0));
        for series in 0..3 {
            house.list(series, Money(10), Money(0), 100);
            house.set_margin(series, TEN_PERCENT);
            deal(&mut house, series, 0, 1, 3 + series as i64, 100);
            house.settle(series, 70);
        }
        house.freeze(1);
        house.calls();
        let closed = [(0, -3), (2, -5)].map(|(series, lots)| Liquidation { member: 0, series, lots });
        assert_eq!(house.liquidations(), closed);
        let band = Band::new(90, 110).expect("a band");
        assert_eq!(closed[0].order(band, 7), Order::sell(90, 3, 0, 7));
    }

    #[test]
    fn gains_that_others_owe_stay_in_the_house() {
        let mut house = house(2, TEN_PERCENT);
        house.deposit(0, Money(100));
        house.deposit(1, Money(900));
        deal(&mut house, 0, 0, 1, 7, 100);
        house.settle(0, 97);
        assert!(house.in_debt());
        house.calls();
        assert_eq!(house.free(1), Money(900 - 679), "without the gain of 210");
        house.deposit(0, Money(789));
        house.calls();
        assert_eq!(house.free(1), Money(900 + 210 - 679));
    }

    #[test]
    fn calls_at_a_price_are_what_settling_there_calls() {
        let mut house = house(3, TEN_PERCENT);
        house.set_hedger(1, true);
        for member in 0..3 {
            house.deposit(member, Money(500 + 100 * member as i64));
        }
        deal(&mut house, 0, 0, 1, 5, 100);
        house.settle(0, 102);
        deal(&mut house, 0, 2, 1, 3, 105);
        let foreseen = house.calls_at(&[(0, 140)]);
        house.settle(0, 140);
        assert_eq!(house.calls().iter().map(|call| call.amount).sum::<Money>(), foreseen);
        assert!(foreseen > Money(2_000));
    }
}
