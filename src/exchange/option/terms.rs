//! Which options a contract lists: months, last day, strikes.
//!
//! The rules are those of Shanghai and Guangzhou: options on the nearest months and on those much traded, strikes on a
//! grid whose step grows with the price, as far as the price may go in some days, added as it moves. What is left out is
//! breadth: where the grid would give more than so many strikes its step is taken several times over.

use crate::calendar::Calendar;
use crate::units::{Money, PPM, Ppm, Price};

use super::super::life::{LastDay, Month};
use super::{Kind, Style};

/// Terms of a contract's options.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionTerms {
    /// When they may be exercised.
    pub style: Style,
    /// The least step of the premium.
    pub tick: Price,
    /// Months from the month of the last day to the delivery month: 1 in Shanghai, 0 in London.
    pub months_before: i32,
    /// The last trading day, in that month.
    pub last_day: LastDay,
    /// Options are listed on so many of the nearest months on which options still can be.
    pub nearest: usize,
    /// And on months from so many lots of open interest on.
    pub busy: Option<i64>,
    /// But at a time on at most so many months.
    pub expiries: usize,
    /// Strikes cover this share of the settlement either way: 1.5 limits in Shanghai.
    pub cover: Ppm,
    /// Steps of the strikes, in ticks of the contract, each from a price on; the first from 0.
    pub steps: Vec<(Price, i64)>,
    /// Most strikes on either side of the one nearest to the settlement.
    pub strikes: i64,
    /// Paid to the clearing house for each lot bought, sold, exercised or assigned.
    pub fee: Money,
    /// Yearly interest at which premiums are discounted.
    pub interest: f64,
}

impl OptionTerms {
    /// The week in which options on a month trade last; negative before the run's start.
    #[must_use]
    pub fn last_week(&self, month: Month, calendar: Calendar) -> i64 {
        calendar.week_of(self.last_day.of(month.plus(-self.months_before)))
    }

    /// Most options that live at a time: twice those listed anew at once, for strikes that the price has left behind.
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.expiries * Kind::ALL.len() * (2 * self.strikes as usize + 1) * 2
    }

    /// Strikes to list at a settlement, both in ticks worth `tick` each, in rising order.
    #[must_use]
    pub fn listed(&self, settled: i64, tick: Price) -> Vec<i64> {
        let price = tick.0.saturating_mul(settled);
        let step = self.steps.iter().rev().find(|(from, _)| from.0 <= price).map_or(1, |(_, step)| *step);
        let reach = (i128::from(settled) * i128::from(self.cover.0) / i128::from(PPM)) as i64;
        // Steps that reach the end of the cover on either side, and how many of them make one that needs no more strikes
        // than there may be.
        let needed = (reach + step - 1) / step;
        let step = step * ((needed + self.strikes - 1) / self.strikes).max(1);
        let middle = (settled + step / 2) / step;
        let side = ((reach + step - 1) / step).min(self.strikes);
        (middle - side..=middle + side).map(|place| place * step).filter(|strike| *strike > 0).collect()
    }
}

#[cfg(test)]
pub(in crate::exchange) mod tests {
    use super::*;
    use crate::calendar::Date;

    /// Nickel in Shanghai, in cents per tonne: futures tick 10, strikes every 500 below 40,000, 1,000 below 80,000, then
    /// 2,000; 1.5 limits of 8 %.
    pub(in crate::exchange) fn nickel() -> OptionTerms {
        OptionTerms {
            style: Style::American,
            tick: Price(200),
            months_before: 1,
            last_day: LastDay::TradingDayFromEnd(5),
            nearest: 2,
            busy: Some(10_000),
            expiries: 3,
            cover: Ppm(120_000),
            steps: vec![(Price(0), 50), (Price(4_000_000), 100), (Price(8_000_000), 200)],
            strikes: 100,
            fee: Money(0),
            interest: 0.03,
        }
    }

    #[test]
    fn strikes_cover_the_price_by_steps_that_grow_with_it() {
        let terms = nickel();
        // 20,000: 12 % are 2,400, five steps of 500. 130,000: 15,600, eight steps of 2,000.
        let low = terms.listed(2_000, Price(1_000));
        assert_eq!(low, (-5..=5).map(|step| 2_000 + 50 * step).collect::<Vec<_>>());
        let high = terms.listed(13_000, Price(1_000));
        assert_eq!((high.len(), high[0], high[16]), (17, 11_400, 14_600));
    }

    #[test]
    fn of_too_many_strikes_every_second_or_third_is_listed() {
        let terms = OptionTerms { strikes: 3, ..nickel() };
        assert_eq!(terms.listed(2_010, Price(1_000)), [1_700, 1_800, 1_900, 2_000, 2_100, 2_200, 2_300]);
        assert_eq!(terms.slots(), 84);
    }

    #[test]
    fn options_end_in_the_month_before() {
        let calendar = Calendar { start: Date::parse("2024-01-01").expect("a date") };
        let month = Month::new(2024, 4).expect("a month");
        // Of March 2024 the last trading days are 25, 26, 27, 28 and 29: the week that begins on the 25th.
        assert_eq!(nickel().last_week(month, calendar), 12);
        assert_eq!(calendar.day(12).to_string(), "2024-03-25");
    }
}
