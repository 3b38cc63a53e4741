//! Time as the house counts it: instants in UTC milliseconds, and what people call them in a time zone.
//!
//! Chrono is named here (and in `date`, a part of this) and nowhere else. Nothing here reads a clock: an instant is always given.

mod date;

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use date::{Date, DateError};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Makes an instant from UTC milliseconds.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// UTC milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// The instant `ms` later (earlier when negative); stays at the ends of time instead of overflowing.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC, to the second, for JSON and logs; an instant beyond the calendar shows as its milliseconds.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc()
            .map_or_else(|| format!("{} ms", self.0), |utc| utc.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    /// Reads RFC 3339 (`2026-01-18T07:30:00Z`, any offset).
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|time| Self(time.timestamp_millis()))
    }

    /// Whether a recording can bear this time: 1970 to 2200. Anything else is a unit mistaken or a clock that was never
    /// set.
    #[must_use]
    pub const fn is_historic(self) -> bool {
        const END_OF_2199_MS: i64 = 7_258_118_400_000;
        self.0 >= 0 && self.0 < END_OF_2199_MS
    }

    fn utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }
}

/// A wall clock that is handed in. This crate reads none: `main` makes one and passes it to the outermost loops, and
/// trials pass their own.
pub type WallClock = std::sync::Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A name that no time zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time zone: use a name such as \"Europe/Paris\" or \"UTC\"")]
pub struct ZoneError(String);

/// A time zone of the IANA database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// What the clock on the wall shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Day of the week, 0 = Monday.
    pub weekday: u8,
    /// Minute of the day, 0 to 1,439.
    pub minute: u16,
    /// Offset from UTC in seconds, east positive.
    pub offset_s: i32,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// What the clock on the wall shows at `at`.
    #[must_use]
    pub fn local(self, at: Timestamp) -> LocalTime {
        let local = self.date_time(at);
        LocalTime {
            weekday: local.weekday().num_days_from_monday() as u8,
            minute: (local.hour() * 60 + local.minute()) as u16,
            offset_s: local.offset().fix().local_minus_utc(),
        }
    }

    /// Year and month of the wall clock.
    #[must_use]
    pub fn month(self, at: Timestamp) -> (i32, u32) {
        let local = self.date_time(at);
        (local.year(), local.month())
    }

    /// The instant when the wall clock shows `minute` of the day `days` after the day of `at`. In the hour that
    /// does not exist in spring the first instant after the gap is meant; in the hour that comes twice, the first.
    #[must_use]
    pub fn instant(self, at: Timestamp, days: i64, minute: u16) -> Timestamp {
        let date = self.date_time(at).date_naive().checked_add_signed(Duration::days(days));
        let midnight = date.and_then(|date| date.and_hms_opt(0, 0, 0));
        let wall =
            midnight.and_then(|midnight| midnight.checked_add_signed(Duration::minutes(i64::from(minute))));
        // At the end of the calendar there is no later day: then the instant itself is the answer.
        wall.map_or(at, |wall| self.resolve(wall))
    }

    /// The day that the calendar on the wall shows at `at`.
    #[must_use]
    pub fn date(self, at: Timestamp) -> Date {
        Date(self.date_time(at).date_naive())
    }

    /// The instant when the wall clock shows `minute` of a day; 1,440 is the next midnight. In the hour that does not exist in
    /// spring the first instant after the gap is meant; in the hour that comes twice, the first.
    #[must_use]
    pub fn at(self, date: Date, minute: u16) -> Timestamp {
        let midnight = date.0.and_hms_opt(0, 0, 0).expect("every day has a midnight on paper");
        let wall = midnight.checked_add_signed(Duration::minutes(i64::from(minute)));
        self.resolve(wall.unwrap_or(midnight))
    }

    /// The day and the minute by which a schedule goes at `at`: what the wall clock shows, but never a time that was there
    /// before. While an hour comes a second time in autumn, the last minute of its first coming is still in force: so what
    /// began at 02:30 does not end at the second 02:00 and begin again.
    #[must_use]
    pub fn schedule_minute(self, at: Timestamp) -> (Date, u16) {
        let local = self.date_time(at).naive_local();
        let mut wall = local.with_second(0).and_then(|wall| wall.with_nanosecond(0)).unwrap_or(local);
        if self.second_coming(wall).is_some_and(|second| second <= at) {
            let minute = Duration::minutes(1);
            while self.second_coming(wall + minute).is_some() {
                wall += minute;
            }
        }
        (Date(wall.date()), (wall.hour() * 60 + wall.minute()) as u16)
    }

    /// When a time of the wall clock comes for the second time; `None` where it comes once or never.
    fn second_coming(self, wall: NaiveDateTime) -> Option<Timestamp> {
        match self.0.from_local_datetime(&wall) {
            LocalResult::Ambiguous(_, second) => Some(Timestamp(second.timestamp_millis())),
            LocalResult::Single(_) | LocalResult::None => None,
        }
    }

    /// Formats an instant as people of this zone read it, by a `strftime` pattern.
    #[must_use]
    pub fn format(self, at: Timestamp, pattern: &str) -> String {
        self.date_time(at).format(pattern).to_string()
    }

    /// Reads a wall-clock time of this zone by a `strftime` pattern; `None` when the text does not follow it.
    #[must_use]
    pub fn parse(self, text: &str, pattern: &str) -> Option<Timestamp> {
        let wall = NaiveDateTime::parse_from_str(text, pattern).ok().or_else(|| {
            NaiveDate::parse_from_str(text, pattern).ok().and_then(|date| date.and_hms_opt(0, 0, 0))
        })?;
        Some(self.resolve(wall))
    }

    fn resolve(self, wall: NaiveDateTime) -> Timestamp {
        let first_after_gap = || {
            (1..=4).find_map(|quarter| {
                self.0.from_local_datetime(&(wall + Duration::minutes(15 * quarter))).earliest()
            })
        };
        let time = self.0.from_local_datetime(&wall).earliest().or_else(first_after_gap);
        time.map_or_else(
            || Timestamp(wall.and_utc().timestamp_millis()),
            |time| Timestamp(time.timestamp_millis()),
        )
    }

    fn date_time(self, at: Timestamp) -> DateTime<Tz> {
        // A day from either end of the calendar no offset leads beyond it.
        let is_inside = |utc: &DateTime<Utc>| (-200_000..200_000).contains(&utc.year());
        at.utc().filter(is_inside).unwrap_or(DateTime::UNIX_EPOCH).with_timezone(&self.0)
    }
}

impl FromStr for Zone {
    type Err = ZoneError;
    fn from_str(name: &str) -> Result<Self, ZoneError> {
        name.parse().map(Self).map_err(|_| ZoneError(name.chars().take(80).collect()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> Zone {
        "Europe/Paris".parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn the_wall_clock_of_paris_is_an_hour_ahead_in_winter_and_two_in_summer() {
        let winter = paris().local(at("2026-01-19T06:30:00Z"));
        assert_eq!((winter.weekday, winter.minute, winter.offset_s), (0, 7 * 60 + 30, 3600));
        let summer = paris().local(at("2026-07-19T06:30:00Z"));
        assert_eq!((summer.weekday, summer.minute, summer.offset_s), (6, 8 * 60 + 30, 7200));
    }

    #[test]
    fn a_time_in_the_gap_of_spring_is_the_first_after_it() {
        // 2026-03-29: 02:00 to 03:00 does not exist in Paris.
        let instant = paris().instant(at("2026-03-29T00:10:00Z"), 0, 2 * 60 + 30);
        assert_eq!(instant.rfc3339(), "2026-03-29T01:00:00Z");
    }

    #[test]
    fn a_time_that_comes_twice_in_autumn_is_its_first() {
        // 2026-10-25: 02:00 to 03:00 comes twice in Paris, first in summer time.
        let instant = paris().instant(at("2026-10-25T10:00:00Z"), 0, 2 * 60 + 30);
        assert_eq!(instant.rfc3339(), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn a_schedule_never_goes_back_to_a_time_that_was_there_before() {
        // 2026-10-25: 02:00 to 03:00 comes twice in Paris, the second time from 01:00 UTC on.
        let day: Date = "2026-10-25".parse().unwrap();
        for (utc, minute) in
            [("00:29:59", 149), ("00:59:00", 179), ("01:00:00", 179), ("01:30:30", 179), ("02:00:00", 180)]
        {
            let found = paris().schedule_minute(at(&format!("2026-10-25T{utc}Z")));
            assert_eq!(found, (day, minute), "{utc}");
        }
        assert_eq!(paris().at(day, 1440).since(paris().at(day, 0)), 25 * 3_600_000);
        assert_eq!(paris().date(at("2026-10-25T22:59:59Z")), day);
        let spring = day.plus_days(-210);
        assert_eq!(paris().at(spring, 1440).since(paris().at(spring, 0)), 23 * 3_600_000);
    }

    #[test]
    fn an_instant_beyond_the_calendar_does_not_panic() {
        for ms in [i64::MIN, i64::MAX, 8_210_266_876_799_000, -8_334_601_228_800_000] {
            let instant = Timestamp::from_ms(ms);
            assert!(!instant.is_historic());
            assert_eq!(paris().local(instant).weekday, 3);
            let _ = (instant.rfc3339(), paris().instant(instant, 7, 1439), paris().format(instant, "%Y"));
            let _ = paris().schedule_minute(instant);
        }
    }

    #[test]
    fn recorded_times_are_read_in_their_zone() {
        let zone = paris();
        let read = zone.parse("2017-03-21 00:00:00", "%Y-%m-%d %H:%M:%S").unwrap();
        assert_eq!(read.rfc3339(), "2017-03-20T23:00:00Z");
        assert!(zone.parse("yesterday", "%Y-%m-%d").is_none());
    }
}
