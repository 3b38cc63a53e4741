//! What a room should be at each hour, until someone asks otherwise: a week, and the days that are not like it.

mod booking;
mod effective;
mod exception;
mod holidays;
mod preset;
mod spans;
mod week;

use serde::{Deserialize, Serialize};

pub use booking::{Booking, Bookings, MAX_BOOKINGS};
pub use effective::{DaySource, EffectiveDay, EffectiveSpan, MAX_EXCEPTIONS, Schedule};
pub use exception::{DayException, ExceptionDay, MAX_EXCEPTION_DAYS};
pub use holidays::{Holiday, HolidayCalendar};
pub use preset::Preset;
pub use spans::{DayTime, MAX_SPANS, Span, Spans};
pub use week::Week;

use crate::calendar::{Date, Timestamp};
use crate::unit::Celsius;

/// Why a schedule cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A week without a single setpoint.
    #[error("a schedule needs at least one change")]
    Empty,
    /// A change at a time that no week has.
    #[error("a change on day {0} at minute {1} is outside the week (days 0 to 6, minutes 0 to 1439)")]
    OutsideWeek(u8, u16),
    /// Two changes at the same time.
    #[error("two changes on day {0} at minute {1}")]
    Twice(u8, u16),
    /// A text that is no time of a day.
    #[error("{0:?} is not a time of the day: write it as 07:30, 00:00 to 24:00")]
    Time(String),
    /// A span that is over before it begins.
    #[error("a span from {0} to {1} ends before it begins")]
    EndsFirst(DayTime, DayTime),
    /// Two spans at the same time.
    #[error("two spans overlap at {0}")]
    Overlap(DayTime),
    /// An exception that is over before it begins.
    #[error("an exception from {0} to {1} ends before it begins")]
    Backwards(Date, Date),
    /// An exception that is another week rather than an exception.
    #[error("an exception from {0} to {1} is longer than {MAX_EXCEPTION_DAYS} days")]
    TooLong(Date, Date),
    /// A booking that is over before it begins.
    #[error("a booking that begins at {} ends before", .0.rfc3339())]
    BookingEndsFirst(Timestamp),
    /// A setpoint that nobody may ask for.
    #[error("{0} is outside {1} to {2}")]
    OutOfBounds(Celsius, Celsius, Celsius),
    /// More than is kept.
    #[error("more than {1} {0}")]
    TooMany(&'static str, usize),
}

/// One change of setpoint: day of the week (0 = Monday), minute of the day, setpoint from then on.
type Change = (u8, u16, Celsius);

/// A week of setpoint changes in local time, in order; the last change of the week holds until the first of the next. So a
/// building's description has it, and the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Change>", into = "Vec<Change>")]
pub struct WeekSchedule(Vec<Change>);

impl WeekSchedule {
    /// Makes a schedule from `(weekday, minute, setpoint)` in any order; weekday 0 = Monday.
    ///
    /// # Errors
    /// [`ScheduleError`] when there is no change, one outside the week, or two at the same time.
    pub fn new(mut changes: Vec<Change>) -> Result<Self, ScheduleError> {
        changes.sort_by_key(|&(day, minute, _)| (day, minute));
        if changes.is_empty() {
            return Err(ScheduleError::Empty);
        }
        if let Some(&(day, minute, _)) = changes.iter().find(|c| c.0 > 6 || c.1 > 1439) {
            return Err(ScheduleError::OutsideWeek(day, minute));
        }
        if let Some(pair) = changes.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            return Err(ScheduleError::Twice(pair[0].0, pair[0].1));
        }
        Ok(Self(changes))
    }

    /// One setpoint for the whole week.
    #[must_use]
    pub fn constant(setpoint: Celsius) -> Self {
        Self(vec![(0, 0, setpoint)])
    }

    /// The same comfort hours on the given days and a setback otherwise: `(from, until)` in minutes of the day.
    ///
    /// # Errors
    /// [`ScheduleError`] as for [`WeekSchedule::new`].
    pub fn daily(
        days: &[u8],
        hours: (u16, u16),
        comfort: Celsius,
        setback: Celsius,
    ) -> Result<Self, ScheduleError> {
        let changes = days.iter().flat_map(|&day| [(day, hours.0, comfort), (day, hours.1, setback)]);
        Self::new(changes.collect())
    }

    /// The changes in order of the week.
    #[must_use]
    pub fn changes(&self) -> &[(u8, u16, Celsius)] {
        &self.0
    }
}

impl TryFrom<Vec<Change>> for WeekSchedule {
    type Error = ScheduleError;
    fn try_from(changes: Vec<Change>) -> Result<Self, ScheduleError> {
        Self::new(changes)
    }
}

impl From<WeekSchedule> for Vec<Change> {
    fn from(schedule: WeekSchedule) -> Self {
        schedule.0
    }
}

#[cfg(test)]
mod tests;
