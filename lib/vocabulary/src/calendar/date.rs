//! A day of the calendar, without a time or a zone.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is no day between 1970 and 2199.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day: write it as 2026-03-29, between 1970 and 2199")]
pub struct DateError(String);

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub(super) NaiveDate);

impl Date {
    /// The day of these numbers, months and days from 1; `None` where there is none between 1970 and 2199.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let is_historic = (1970..2200).contains(&year);
        NaiveDate::from_ymd_opt(year, month, day).filter(|_| is_historic).map(Self)
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Its month, from 1, and its day of the month, from 1.
    #[must_use]
    pub fn month_day(self) -> (u32, u32) {
        (self.0.month(), self.0.day())
    }

    /// Its day of the week, 0 = Monday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        self.0.weekday().num_days_from_monday() as u8
    }

    /// The day so many days later (earlier when negative); itself where the calendar ends before.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let count = Days::new(days.unsigned_abs());
        let moved = if days < 0 { self.0.checked_sub_days(count) } else { self.0.checked_add_days(count) };
        moved.map_or(self, Self)
    }

    /// How many days it is after `earlier`; negative when it is before.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }

    /// Formats the day by a `strftime` pattern that asks for no time.
    #[must_use]
    pub fn format(self, pattern: &str) -> String {
        self.0.format(pattern).to_string()
    }
}

impl FromStr for Date {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        let read = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let checked = read.and_then(|date| Self::new(date.year(), date.month(), date.day()));
        // Chrono reads more than one form of a day; only the one that is written is taken.
        checked
            .filter(|date| date.to_string() == text)
            .ok_or_else(|| DateError(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_back_as_it_was_written_and_counts_over_leap_years() {
        let day: Date = "2028-02-28".parse().unwrap();
        assert_eq!((day.to_string().as_str(), day.weekday()), ("2028-02-28", 0));
        assert_eq!(day.plus_days(2).to_string(), "2028-03-01");
        assert_eq!(day.plus_days(-59).days_since(day), -59);
        assert_eq!(day.plus_days(i64::MAX), day, "the calendar ends before");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in ["", "2026-02-29", "2026-1-1", "1969-12-31", "2200-01-01", "+2026-01-1", "29/03/2026"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }
}
