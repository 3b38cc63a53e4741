//! Hours taken from a calendar application, each with the setpoint that was asked for when they were taken.

use serde::{Deserialize, Serialize};

use super::ScheduleError;
use crate::calendar::Timestamp;
use crate::id::DisplayName;
use crate::unit::Celsius;

/// A schedule holds no more bookings than this: three a day for a year.
pub const MAX_BOOKINGS: usize = 1_000;

/// One booking: once, from an instant to another. What repeats in a calendar is many of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// When it begins.
    #[serde(rename = "from_ms")]
    pub from: Timestamp,
    /// When it ends, after it has begun.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
    /// What the room should be meanwhile.
    pub setpoint_c: Celsius,
    /// What the calendar calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<DisplayName>,
}

/// Bookings in order of their beginning. They may overlap: then the warmest holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Booking>", into = "Vec<Booking>")]
pub struct Bookings(Vec<Booking>);

impl Bookings {
    /// Keeps bookings that are given in any order.
    ///
    /// # Errors
    /// [`ScheduleError`] when one ends before it begins, or there are more than [`MAX_BOOKINGS`].
    pub fn new(mut bookings: Vec<Booking>) -> Result<Self, ScheduleError> {
        if let Some(booking) = bookings.iter().find(|booking| booking.from >= booking.until) {
            return Err(ScheduleError::BookingEndsFirst(booking.from));
        }
        if bookings.len() > MAX_BOOKINGS {
            return Err(ScheduleError::TooMany("bookings", MAX_BOOKINGS));
        }
        bookings.sort_by_key(|booking| (booking.from, booking.until, booking.setpoint_c));
        Ok(Self(bookings))
    }

    /// The bookings, in order of their beginning.
    #[must_use]
    pub fn as_slice(&self) -> &[Booking] {
        &self.0
    }

    /// The setpoint of the bookings that hold at an instant.
    pub(super) fn at(&self, at: Timestamp) -> Option<Celsius> {
        let begun = self.0.partition_point(|booking| booking.from <= at);
        let holding = self.0[..begun].iter().filter(|booking| at < booking.until);
        holding.map(|booking| booking.setpoint_c).max()
    }

    /// The instants at which one begins or ends, from `from` to before `until`.
    pub(super) fn edges(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
        let edges = self.0.iter().flat_map(|booking| [booking.from, booking.until]);
        edges.filter(move |edge| (from..until).contains(edge))
    }
}

impl TryFrom<Vec<Booking>> for Bookings {
    type Error = ScheduleError;
    fn try_from(bookings: Vec<Booking>) -> Result<Self, ScheduleError> {
        Self::new(bookings)
    }
}

impl From<Bookings> for Vec<Booking> {
    fn from(bookings: Bookings) -> Self {
        bookings.0
    }
}
