//! What stands beside positions in months: margin for options, premiums, and positions that exercise brings.

use crate::units::Money;

use super::{House, Series, times};

/// What a member holds that is no month of a contract. It follows from the books of options, so that it is no state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Aside {
    /// Margin for it.
    pub(super) margin: Money,
    /// Whether any of it is open.
    pub(super) open: bool,
}

impl House {
    /// Says what a member must have deposited beside the margin of its months, and whether it holds anything there. Who
    /// defaults is let go only when it does not.
    pub fn set_aside(&mut self, member: usize, margin: Money, open: bool) {
        self.asides[member] = Aside { margin, open };
    }

    /// What a member must have deposited beside the margin of its months.
    #[must_use]
    pub fn aside(&self, member: usize) -> Money {
        self.asides[member].margin
    }

    /// Money between several members within the house, such as premiums: what each receives, or pays when negative.
    ///
    /// # Panics
    /// When it does not sum to zero.
    pub fn exchange(&mut self, flows: &[(usize, Money)]) {
        let balance: Money = flows.iter().map(|(_, amount)| *amount).sum();
        assert!(balance == Money::ZERO, "bug: members pay {} mills more than they receive", -balance.0);
        for &(member, amount) in flows {
            self.vary(member, amount);
        }
    }

    /// A member pays a fee into the house's capital.
    pub fn charge(&mut self, member: usize, fee: Money) {
        self.vary(member, -fee);
        self.capital += fee;
    }

    /// Gives one member lots of a series and takes them from another, at a price in ticks other than the last settlement;
    /// the difference is paid at once.
    ///
    /// # Panics
    /// When the series does not trade.
    pub fn assign(&mut self, series: usize, long: usize, short: usize, lots: i64, price: i64) {
        let Series { tick_value, settled, trading, .. } = self.series[series];
        assert!(trading, "bug: lots of series {series}, which does not trade, come by exercise");
        for (member, lots) in [(long, lots), (short, -lots)] {
            let before = self.shift(member, series, lots);
            let at = self.at(member, series);
            if (before + lots).signum() != before.signum() {
                (self.cells[at].since, self.cells[at].earned) = (self.session, Money::ZERO);
            }
        }
        self.pay(short, long, times(times(tick_value, settled - price), lots));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::super::tests::house;
    use super::*;
    use crate::units::Ppm;

    #[test]
    fn assigned_lots_are_worth_the_settlement_less_the_strike() {
        let mut house = house(2, [Ppm(100_000); 2]);
        let before = house.total();
        // Settled at 100, ticks worth 10 mills: 3 lots at 90.
        house.assign(0, 0, 1, 3, 90);
        assert_eq!([house.lots(0, 0), house.lots(1, 0), house.open_interest(0)], [3, -3, 3]);
        assert_eq!([house.equity(0), house.equity(1)], [Money(300), Money(-300)]);
        house.settle(0, 104);
        assert_eq!([house.equity(0), house.equity(1), house.total()], [Money(420), Money(-420), before]);
    }

    #[test]
    fn what_stands_aside_is_called_for_and_keeps_a_defaulter_open() {
        let mut house = house(2, [Ppm(0); 2]);
        house.set_aside(0, Money(50), true);
        assert_eq!(house.required(0), Money(50));
        house.exchange(&[(0, Money(-70)), (1, Money(70))]);
        house.calls();
        assert!(house.liquidations().is_empty(), "no month to close");
        assert_eq!((house.standing(0), house.resolve().defaults), (Standing::Closing, 0));
        house.set_aside(0, Money::ZERO, false);
        assert_eq!((house.resolve().defaults, house.equity(1)), (1, Money::ZERO), "the gain of 70 pays");
    }
}
