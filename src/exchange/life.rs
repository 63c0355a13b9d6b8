//! The life of a contract: which months are listed in a week, when each trades last, and what changes as it nears.
//!
//! Delivery months are months of the calendar. A month is listed in the week after an earlier one has traded last, so
//! that their number stays the same, and it trades in every session of the week in which its last trading day lies.
//! Trading days are Mondays to Fridays; holidays are not modeled.

use std::fmt;

use crate::calendar::{Calendar, Date, Week};
use crate::digest::{Digest, Digestible};

/// A delivery month. Counted from the calendar's year 0, so that later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(i32);

impl Month {
    /// The month 1 to 12 of a year; `None` when there is no such month.
    #[must_use]
    pub fn new(year: i16, month: i8) -> Option<Self> {
        Date::new(year, month, 1).map(Self::of)
    }

    /// The month that a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(i32::from(day.year()) * 12 + i32::from(day.month()))
    }

    /// The month so many months later, or earlier when negative.
    #[must_use]
    pub const fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// The calendar year and the month in it, 1 to 12.
    #[must_use]
    pub const fn year_and_month(self) -> (i16, i8) {
        ((self.0 - 1).div_euclid(12) as i16, (self.0 - 1).rem_euclid(12) as i8 + 1)
    }

    /// Its first day.
    ///
    /// # Panics
    /// Beyond the year 9999; the experiment's check bounds the horizon.
    #[must_use]
    pub fn first_day(self) -> Date {
        let (year, month) = self.year_and_month();
        Date::new(year, month, 1).expect("bug: a contract month beyond the calendar")
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.year_and_month();
        write!(f, "{year:04}-{month:02}")
    }
}

impl Digestible for Month {
    fn digest(&self, digest: &mut Digest) {
        digest.word(self.0 as u64);
    }
}

/// The rule by which a month's last trading day is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastDay {
    /// This day of the month, or the Monday after when it falls on a weekend: 15 for Shanghai's metals.
    Day(i8),
    /// The month's so-manieth trading day, from 1: 10 for Guangzhou's lithium, platinum and palladium.
    TradingDay(i8),
    /// The so-manieth of a weekday, from 1, and the weekday in days since Monday: (3, 2), the third Wednesday, is the
    /// London prompt.
    Weekday(i8, i8),
    /// The last of a weekday, in days since Monday: 3, the last Thursday, for lithium hydroxide in Chicago.
    LastWeekday(i8),
    /// The month's last trading day, as for cobalt in Chicago.
    LastTradingDay,
    /// The calendar's last day: a month that never ends.
    Never,
}

/// The calendar's last year.
const LAST_YEAR: i32 = 9999;

/// Days until the next trading day, 0 on a trading day.
fn to_trading_day(day: Date) -> i32 {
    i32::from((7 - day.weekday()) % 7 * i8::from(day.weekday() >= 5))
}

impl LastDay {
    /// The last trading day of a month.
    #[must_use]
    pub fn of(self, month: Month) -> Date {
        let first = month.first_day();
        let end = month.plus(1).first_day().plus(-1);
        match self {
            Self::Day(day) => {
                let day = first.plus(i32::from(day) - 1);
                day.plus(to_trading_day(day))
            }
            Self::TradingDay(nth) => {
                let mut day = first.plus(to_trading_day(first));
                for _earlier in 1..nth {
                    day = day.plus(1);
                    day = day.plus(to_trading_day(day));
                }
                day
            }
            Self::Weekday(nth, weekday) => {
                let wait = (weekday - first.weekday()).rem_euclid(7);
                first.plus(i32::from(wait) + 7 * (i32::from(nth) - 1))
            }
            Self::LastWeekday(weekday) => end.plus(-i32::from((end.weekday() - weekday).rem_euclid(7))),
            Self::LastTradingDay => end.plus(-i32::from((end.weekday() - 4).max(0))),
            Self::Never => Month(LAST_YEAR * 12 + 12).first_day().plus(30),
        }
    }
}

/// Which months are listed, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Months from one delivery month to the next, a divisor of 12 counted so that December is always one: 1 for all,
    /// 2 for the even ones as platinum has them, 3 for quarters.
    pub every: i32,
    /// How many are listed at a time.
    pub listed: i32,
    /// When a month trades last.
    pub last_day: LastDay,
}

impl Listing {
    /// The week in which a month trades last; negative before the run's start.
    #[must_use]
    pub fn last_week(&self, month: Month, calendar: Calendar) -> i64 {
        calendar.week_of(self.last_day.of(month))
    }

    /// The week in which a month is listed: the one after that in which the month so many places ahead traded last.
    #[must_use]
    pub fn first_week(&self, month: Month, calendar: Calendar) -> i64 {
        self.last_week(month.plus(-self.every * self.listed), calendar) + 1
    }

    /// The nearest month that trades in a week.
    #[must_use]
    pub fn front(&self, week: Week, calendar: Calendar) -> Month {
        if self.last_day == LastDay::Never {
            return Month::of(calendar.start);
        }
        let this = Month::of(calendar.day(week)).0;
        let mut month = Month(this.div_euclid(self.every) * self.every);
        while self.last_week(month, calendar) < i64::from(week) {
            month = month.plus(self.every);
        }
        month
    }

    /// The months that trade in a week, nearest first.
    pub fn live(&self, week: Week, calendar: Calendar) -> impl Iterator<Item = Month> + use<> {
        let (front, every) = (self.front(week, calendar), self.every);
        (0..self.listed).map(move |place| front.plus(place * every))
    }

    /// How many places months need: those listed, and one that is being delivered.
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.listed as usize + 1
    }

    /// A month's place, which it keeps all its life and which no other has meanwhile.
    #[must_use]
    pub const fn slot(&self, month: Month) -> usize {
        month.0.div_euclid(self.every).rem_euclid(self.listed + 1) as usize
    }
}

/// A value that changes as the last week nears: margins rise and position limits shrink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged<T> {
    base: T,
    stages: Vec<(i64, T)>,
}

impl<T: Copy> Staged<T> {
    /// `base` at first, then each value from so many weeks before the last week on (0: in the last week); `None` unless
    /// the weeks fall.
    #[must_use]
    pub fn new(base: T, stages: &[(i64, T)]) -> Option<Self> {
        let fall = stages.is_sorted_by(|one, next| one.0 > next.0);
        fall.then(|| Self { base, stages: stages.to_vec() })
    }

    /// The same all life long.
    #[must_use]
    pub const fn always(value: T) -> Self {
        Self { base: value, stages: Vec::new() }
    }

    /// The value so many weeks before the last week.
    #[must_use]
    pub fn at(&self, weeks_left: i64) -> T {
        let reached = self.stages.iter().rev().find(|(from, _)| weeks_left <= *from);
        reached.map_or(self.base, |(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NICKEL: Listing = Listing { every: 1, listed: 12, last_day: LastDay::Day(15) };

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    fn month(text: &str) -> Month {
        Month::of(date(&format!("{text}-01")))
    }

    /// The last trading days of the twelve months of 2025 by a rule.
    fn year(rule: LastDay) -> Vec<String> {
        (1..=12).map(|at| rule.of(Month::new(2025, at).expect("a month")).to_string()[5..].to_owned()).collect()
    }

    #[test]
    fn last_trading_days_of_a_whole_year() {
        let fifteenth = "01-15 02-17 03-17 04-15 05-15 06-16 07-15 08-15 09-15 10-15 11-17 12-15";
        let tenth_trading = "01-14 02-14 03-14 04-14 05-14 06-13 07-14 08-14 09-12 10-14 11-14 12-12";
        let third_wednesday = "01-15 02-19 03-19 04-16 05-21 06-18 07-16 08-20 09-17 10-15 11-19 12-17";
        let last_thursday = "01-30 02-27 03-27 04-24 05-29 06-26 07-31 08-28 09-25 10-30 11-27 12-25";
        let last_trading = "01-31 02-28 03-31 04-30 05-30 06-30 07-31 08-29 09-30 10-31 11-28 12-31";
        for (rule, days) in [
            (LastDay::Day(15), fifteenth),
            (LastDay::TradingDay(10), tenth_trading),
            (LastDay::Weekday(3, 2), third_wednesday),
            (LastDay::LastWeekday(3), last_thursday),
            (LastDay::LastTradingDay, last_trading),
        ] {
            assert_eq!(year(rule).join(" "), days, "{rule:?}");
        }
    }

    #[test]
    fn a_year_of_weeks_lists_twelve_months_and_drops_each_after_its_last_day() {
        let calendar = Calendar { start: date("2025-01-06") };
        let mut fronts = Vec::new();
        for week in 0..52 {
            let live: Vec<_> = NICKEL.live(week, calendar).collect();
            assert_eq!(live.len(), 12);
            for month in &live {
                let life = NICKEL.first_week(*month, calendar)..=NICKEL.last_week(*month, calendar);
                assert!(life.contains(&i64::from(week)), "{month} in week {week}");
            }
            let far = live[11].plus(1);
            assert!(NICKEL.first_week(far, calendar) > i64::from(week), "{far} is not listed yet in week {week}");
            fronts.push(live[0].to_string());
        }
        // 15 January lies in the second week, 17 February in the seventh (from the 17th).
        assert_eq!(fronts[..8].join(" "), "2025-01 2025-01 2025-02 2025-02 2025-02 2025-02 2025-02 2025-03");
        assert_eq!(NICKEL.last_week(month("2025-02"), calendar), 6);
        assert_eq!(NICKEL.first_week(month("2026-01"), calendar), 2, "the week after January 2025 traded last");
        assert_eq!(NICKEL.last_week(month("2024-12"), calendar), -3);
        fronts.dedup();
        assert_eq!(fronts.len(), 13);
    }

    #[test]
    fn a_month_that_never_ends_is_the_first_one() {
        let calendar = Calendar { start: date("2025-03-10") };
        let endless = Listing { every: 1, listed: 1, last_day: LastDay::Never };
        for week in [0, 1, 60, 5_000] {
            let live: Vec<_> = endless.live(week, calendar).map(|month| month.to_string()).collect();
            assert_eq!(live, ["2025-03"], "week {week}");
        }
        assert_eq!(LastDay::Never.of(month("2025-03")).to_string(), "9999-12-31");
    }

    #[test]
    fn even_months_are_february_to_december() {
        let calendar = Calendar { start: date("2025-11-24") };
        let platinum = Listing { every: 2, listed: 5, last_day: LastDay::TradingDay(10) };
        let live: Vec<_> = platinum.live(0, calendar).map(|month| month.to_string()).collect();
        assert_eq!(live.join(" "), "2025-12 2026-02 2026-04 2026-06 2026-08");
        // The tenth trading day of December 2025 is Friday the 12th, in the week of the 8th.
        assert_eq!(platinum.front(2, calendar), month("2025-12"));
        assert_eq!(platinum.front(3, calendar), month("2026-02"));
    }

    #[test]
    fn no_two_months_share_a_place_from_listing_to_delivery() {
        let calendar = Calendar { start: date("2024-01-03") };
        for listing in [NICKEL, Listing { every: 2, listed: 6, last_day: LastDay::TradingDay(10) }] {
            let mut owner = vec![month("2000-12"); listing.slots()];
            for week in 0..300 {
                for month in listing.live(week, calendar) {
                    let slot = listing.slot(month);
                    if owner[slot] != month {
                        let free_since = i64::from(week) - listing.last_week(owner[slot], calendar);
                        assert!(free_since >= 4, "{month} takes the place of {} after {free_since} weeks", owner[slot]);
                        owner[slot] = month;
                    }
                }
            }
        }
    }

    #[test]
    fn stages_come_into_force_at_their_week() {
        let margin = Staged::new(5, &[(8, 10), (4, 15), (0, 20)]).expect("falling");
        let read: Vec<_> = [30, 9, 8, 5, 4, 1, 0].map(|weeks| margin.at(weeks)).to_vec();
        assert_eq!(read, [5, 5, 10, 10, 15, 15, 20]);
        assert_eq!(Staged::always(7).at(0), 7);
        assert!(Staged::new(5, &[(4, 15), (8, 10)]).is_none());
    }
}
