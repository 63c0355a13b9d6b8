//! Dates and the weeks of a run.

use std::fmt;

use jiff::civil;

/// A day of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(civil::Date);

impl Date {
    /// Reads `YYYY-MM-DD`, or says what is wrong.
    ///
    /// # Errors
    /// When the text is not a day of the calendar written in that form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !shape {
            return Err(format!("`{text}` is not a date; write YYYY-MM-DD"));
        }
        text.parse().map(Self).map_err(|_| format!("`{text}` is not a day of the calendar"))
    }

    /// The Monday of a week of the ISO calendar, written `YYYY-Www`, such as `2025-W10`; or says what is wrong.
    ///
    /// # Errors
    /// When the text is not a week of the calendar written in that form.
    pub fn of_iso_week(text: &str) -> Result<Self, String> {
        let part =
            |range: std::ops::Range<usize>| text.get(range).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let written = (text.len() == 8 && text.get(4..6) == Some("-W")).then(|| part(0..4).zip(part(6..8))).flatten();
        let Some((year, week)) = written else { return Err(format!("`{text}` is not a week; write YYYY-Www")) };
        let found = year.parse().ok().zip(week.parse().ok());
        let monday = found.and_then(|(year, week)| civil::ISOWeekDate::new(year, week, civil::Weekday::Monday).ok());
        monday.map(|week| Self(week.date())).ok_or_else(|| format!("`{text}` is not a week of the calendar"))
    }

    /// Days from `earlier` to this day, negative when this day comes first.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        i64::from((self.0 - earlier.0).get_days())
    }

    /// A day by year, month (1 to 12) and day of the month; `None` when the calendar has no such day.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// Days since Monday, 0 to 6.
    #[must_use]
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_zero_offset()
    }

    /// The day so many days later, or earlier when negative; the calendar's first or last day when it ends before.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().days(days)))
    }

    /// Year and the elapsed part of it, such as 2025.5.
    #[must_use]
    pub fn in_years(self) -> f64 {
        f64::from(self.0.year()) + (f64::from(self.0.day_of_year()) - 0.5) / f64::from(self.0.days_in_year())
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days_since_1970(self) -> i32 {
        (self.0 - civil::date(1970, 1, 1)).get_days()
    }

    /// The day so many days after 1970-01-01; the calendar's first or last day when it ends before.
    #[must_use]
    pub fn since_1970(days: i32) -> Self {
        Self(civil::date(1970, 1, 1)).plus(days)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A step of the run, counted from 0.
pub type Week = u32;

/// Which day each week of a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// First day of week 0.
    pub start: Date,
}

impl Calendar {
    /// First day of a week.
    ///
    /// # Panics
    /// Beyond the year 9999; the experiment's check bounds the horizon.
    #[must_use]
    pub fn day(&self, week: Week) -> Date {
        let span = jiff::Span::new().weeks(i64::from(week));
        Date(self.start.0.checked_add(span).expect("bug: a run beyond the year 9999"))
    }

    /// The week that a day lies in, counted from the start; negative before it.
    #[must_use]
    pub fn week_of(&self, day: Date) -> i64 {
        day.days_since(self.start).div_euclid(7)
    }

    /// The first week that begins on or after a day; a day before the start gives week 0.
    #[must_use]
    pub fn week_from(&self, day: Date) -> Week {
        let days = day.days_since(self.start).max(0);
        Week::try_from((days + 6) / 7).unwrap_or(Week::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn a_measure_governs_the_weeks_that_begin_under_it() {
        let calendar = Calendar { start: date("2024-01-01") };
        let week = calendar.week_from(date("2025-02-22"));
        assert_eq!(calendar.day(week), date("2025-02-24"));
        assert_eq!(calendar.week_from(date("2024-01-08")), 1);
        assert_eq!(calendar.week_from(date("2020-01-01")), 0);
    }

    #[test]
    fn a_week_holds_its_first_day_and_the_six_after() {
        let calendar = Calendar { start: date("2024-01-01") };
        for (day, week) in [("2024-01-07", 0), ("2024-01-08", 1), ("2023-12-31", -1), ("2023-12-25", -1)] {
            assert_eq!(calendar.week_of(date(day)), week, "{day}");
        }
        assert_eq!(date("2024-02-29").plus(-60), date("2023-12-31"));
        assert_eq!(Date::new(2024, 2, 29).map(Date::weekday), Some(3), "a Thursday");
        assert_eq!(Date::new(2023, 2, 29), None);
    }

    #[test]
    fn a_week_of_the_iso_calendar_begins_on_its_monday() {
        for (week, monday) in [("2025-W10", "2025-03-03"), ("2025-W01", "2024-12-30"), ("2020-W53", "2020-12-28")] {
            assert_eq!(Date::of_iso_week(week), Ok(date(monday)), "{week}");
        }
        for bad in ["2025-W54", "2025-W00", "2025-10", "2025W10", "2025-W1", "2025-Wxx", "2025-W1\u{e9}"] {
            assert!(Date::of_iso_week(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_iso_days_are_dates() {
        for bad in ["2025-2-22", "2025-02-30", "22.02.2025", "2025-02-22T00", ""] {
            assert!(Date::parse(bad).is_err(), "{bad}");
        }
        assert!((date("2025-07-02").in_years() - 2025.5).abs() < 0.002);
    }
}
