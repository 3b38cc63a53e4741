//! iCalendar (RFC 5545) in and out: events of a calendar become bookings of a room, and what rooms will be becomes a
//! calendar. Parsing is the `icalendar` crate's, recurrence the `rrule` crate's; here are the zones, the bounds, and what an event
//! means for a room.

mod moment;
mod occurrences;
mod read;
mod write;

pub(crate) use read::{CalendarError, Skipped, take};
pub(crate) use write::calendar;

#[cfg(test)]
mod tests;
