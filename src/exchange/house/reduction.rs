//! Forced reduction: after three locked sessions losers who cannot get out are matched with those who profit.

use crate::auction::Side;
use crate::units::deal;

use super::House;

impl House {
    /// Closes lots of the locked-in side against profitable positions of the other side at the last settlement, which is
    /// the limit price, so that no money moves. Both sides are dealt in proportion: losers to the lots that they want to
    /// close (`wanted`, by member, at most their positions), winners to their positions.
    ///
    /// With `locked` [`Side::Buy`] the price is at its upper limit and shorts lose. A position is profitable when it
    /// has earned variation margin since it was opened. Returns how many lots were closed on each side.
    pub fn reduce(&mut self, series: usize, locked: Side, wanted: &[i64]) -> i64 {
        let winning = if locked == Side::Buy { 1 } else { -1 };
        let (mut losers, mut winners) = (Vec::new(), Vec::new());
        for (member, wanted) in wanted.iter().enumerate() {
            let at = self.at(member, series);
            let won = self.lots[at] * winning;
            losers.push((*wanted).min(-won).max(0));
            winners.push(if self.cells[at].earned.0 > 0 { won.max(0) } else { 0 });
        }
        let closed = losers.iter().sum::<i64>().min(winners.iter().sum());
        let mut parts = Vec::new();
        for (weights, direction) in [(losers, winning), (winners, -winning)] {
            deal(closed, &weights, &self.keys, &mut parts);
            for (member, part) in parts.iter().enumerate() {
                self.shift(member, series, direction * part);
            }
        }
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{deal, house};
    use super::*;
    use crate::units::Ppm;

    /// Members 0 and 1 are long 6 and 3 from 100, 2 and 3 short 5 and 4; then 4 buys 2 from 2 at 112, above the last
    /// settlement of 110.
    fn locked_up() -> House {
        let mut house = house(5, [Ppm(0); 2]);
        deal(&mut house, 0, 0, 2, 5, 100);
        deal(&mut house, 0, 0, 3, 1, 100);
        deal(&mut house, 0, 1, 3, 3, 100);
        house.settle(0, 100);
        deal(&mut house, 0, 4, 2, 2, 112);
        house.settle(0, 110);
        house
    }

    fn lots(house: &House) -> [i64; 5] {
        [0, 1, 2, 3, 4].map(|member| house.lots(member, 0))
    }

    #[test]
    fn winners_give_up_in_proportion_and_those_at_a_loss_nothing() {
        let mut house = locked_up();
        assert_eq!(lots(&house), [6, 3, -7, -4, 2]);
        let equity = house.equity(0);
        assert_eq!(house.reduce(0, Side::Buy, &[0, 0, 2, 4, 0]), 6);
        assert_eq!(lots(&house), [2, 1, -5, 0, 2], "6 lots from 6 and 3 as 4 and 2; member 4 is at a loss");
        assert_eq!((house.equity(0), house.open_interest(0)), (equity, 5));
    }

    #[test]
    fn losers_are_rationed_when_they_want_more_than_there_is() {
        let mut house = locked_up();
        assert_eq!(house.reduce(0, Side::Buy, &[9, 9, 20, 20, 9]), 9, "wanted lots of winners do not count");
        // 9 of 7 and 4 wanted: 5.73 and 3.27.
        assert_eq!(lots(&house), [0, 0, -1, -1, 2]);
    }

    #[test]
    fn limit_down_the_longs_are_let_out() {
        let mut house = house(2, [Ppm(0); 2]);
        deal(&mut house, 0, 0, 1, 5, 100);
        house.settle(0, 90);
        assert_eq!(house.reduce(0, Side::Buy, &[5, 5]), 0, "up nobody short lost");
        assert_eq!(house.reduce(0, Side::Sell, &[3, 0]), 3);
        assert_eq!([house.lots(0, 0), house.lots(1, 0)], [2, -2]);
    }
}
