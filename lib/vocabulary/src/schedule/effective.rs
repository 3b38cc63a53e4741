//! What holds on a day of the calendar, over exceptions, public holidays, bookings and changes of the clock.
//!
//! An exception comes first: whoever wrote it meant that day. Of several the shortest holds, and of equals the one written
//! last. Then bookings, over the day as it would be without them. Then a public holiday, which is like a Sunday. Then the week.

use serde::{Deserialize, Serialize};

use super::booking::Bookings;
use super::exception::DayException;
use super::holidays::{Holiday, HolidayCalendar};
use super::spans::Pattern;
use super::week::Week;
use super::{ScheduleError, WeekSchedule};
use crate::calendar::{Date, Timestamp, Zone};
use crate::unit::Celsius;

/// A schedule has no more exceptions than this.
pub const MAX_EXCEPTIONS: usize = 200;

/// How far ahead the next change is looked for, days.
const LOOK_AHEAD_DAYS: i64 = 14;
/// What a public holiday is like: a Sunday.
const SUNDAY: u8 = 6;

/// What a room should be, at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// The week that repeats.
    pub week: Week,
    /// Days that are not like it, in the order in which they were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<DayException>,
    /// Hours from calendar applications.
    #[serde(default, skip_serializing_if = "is_none")]
    pub bookings: Bookings,
    /// The public holidays that are kept: the building's, and not kept with the room.
    #[serde(skip)]
    pub holidays: HolidayCalendar,
}

fn is_none(bookings: &Bookings) -> bool {
    bookings.as_slice().is_empty()
}

/// Why a day is as it is, bookings apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaySource {
    /// Its week is so.
    Week,
    /// It is a public holiday.
    Holiday(Holiday),
    /// The exception at this place of [`Schedule::exceptions`].
    Exception(usize),
}

/// A stretch of a day in which one setpoint holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectiveSpan {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// What the room should be.
    pub setpoint_c: Celsius,
}

/// A day of the calendar as it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveDay {
    /// Which day.
    pub date: Date,
    /// Why it is so.
    pub source: DaySource,
    /// All of it, from midnight to midnight, without gaps; neighbours differ. 23 hours in spring, 25 in autumn.
    pub spans: Vec<EffectiveSpan>,
}

impl EffectiveDay {
    /// How long the day is, ms.
    #[must_use]
    pub fn length_ms(&self) -> i64 {
        self.spans.iter().map(|span| span.until.since(span.from)).sum()
    }
}

impl Schedule {
    /// A schedule that is its week alone.
    #[must_use]
    pub fn of(week: Week) -> Self {
        Self { week, exceptions: vec![], bookings: Bookings::default(), holidays: HolidayCalendar::None }
    }

    /// Whether it may be kept: every setpoint within `bounds`, not too many exceptions.
    ///
    /// # Errors
    /// [`ScheduleError::OutOfBounds`] or [`ScheduleError::TooMany`].
    pub fn check(&self, bounds: (Celsius, Celsius)) -> Result<(), ScheduleError> {
        if self.exceptions.len() > MAX_EXCEPTIONS {
            return Err(ScheduleError::TooMany("exceptions", MAX_EXCEPTIONS));
        }
        let of_days = self.week.days.iter().flat_map(super::Spans::as_slice).map(|span| span.setpoint_c);
        let of_exceptions = self.exceptions.iter().flat_map(DayException::setpoints);
        let of_bookings = self.bookings.as_slice().iter().map(|booking| booking.setpoint_c);
        let mut all = of_days.chain(of_exceptions).chain(of_bookings).chain([self.week.otherwise_c]);
        match all.find(|setpoint| !(bounds.0..=bounds.1).contains(setpoint)) {
            Some(setpoint) => Err(ScheduleError::OutOfBounds(setpoint, bounds.0, bounds.1)),
            None => Ok(()),
        }
    }

    /// The setpoint at an instant.
    #[must_use]
    pub fn setpoint(&self, zone: Zone, at: Timestamp) -> Celsius {
        let (date, minute) = zone.schedule_minute(at);
        let (source, pattern) = self.pattern(date);
        let of_pattern = || pattern.at(minute);
        self.booked(source, at).unwrap_or_else(of_pattern)
    }

    /// The comfort setpoint of what holds at an instant: the highest of the week, of the exception that brings hours of its
    /// own, or the booking's.
    #[must_use]
    pub fn comfort(&self, zone: Zone, at: Timestamp) -> Celsius {
        let (source, pattern) = self.pattern(zone.schedule_minute(at).0);
        self.booked(source, at).unwrap_or_else(|| match source {
            DaySource::Exception(place) if !self.exceptions[place].setpoints().is_empty() => {
                pattern.highest()
            }
            _ => self.week.highest(),
        })
    }

    /// When the setpoint changes next after `now`, and to what; `None` when it does not in the next fourteen days.
    #[must_use]
    pub fn next_change(&self, now: Timestamp, zone: Zone) -> Option<(Timestamp, Celsius)> {
        let is_constant = self.exceptions.is_empty() && self.bookings.as_slice().is_empty();
        if is_constant && self.week.changes().changes().len() == 1 {
            return None;
        }
        let (current, today) = (self.setpoint(zone, now), zone.date(now));
        (0..=LOOK_AHEAD_DAYS).find_map(|days| {
            let day = self.day(zone, today.plus_days(days));
            let next = day.spans.iter().find(|span| span.from > now && span.setpoint_c != current);
            next.map(|span| (span.from, span.setpoint_c))
        })
    }

    /// A day of the calendar as it will be.
    #[must_use]
    pub fn day(&self, zone: Zone, date: Date) -> EffectiveDay {
        let (source, pattern) = self.pattern(date);
        let (start, end) = (zone.at(date, 0), zone.at(date.plus_days(1), 0));
        let mut edges: Vec<Timestamp> =
            pattern.segments().iter().map(|(minute, _)| zone.at(date, *minute)).collect();
        if !matches!(source, DaySource::Exception(_)) {
            edges.extend(self.bookings.edges(start, end));
        }
        edges.sort_unstable();
        edges.dedup();
        edges.retain(|edge| (start..end).contains(edge));
        let mut spans: Vec<EffectiveSpan> = Vec::with_capacity(edges.len());
        for from in edges {
            let setpoint_c = self.setpoint(zone, from);
            match spans.last_mut() {
                Some(last) if last.setpoint_c == setpoint_c => {}
                Some(last) => {
                    last.until = from;
                    spans.push(EffectiveSpan { from, until: end, setpoint_c });
                }
                None => spans.push(EffectiveSpan { from, until: end, setpoint_c }),
            }
        }
        EffectiveDay { date, source, spans }
    }

    fn booked(&self, source: DaySource, at: Timestamp) -> Option<Celsius> {
        if matches!(source, DaySource::Exception(_)) { None } else { self.bookings.at(at) }
    }

    fn pattern(&self, date: Date) -> (DaySource, Pattern<'_>) {
        let covering = self.exceptions.iter().enumerate().filter(|(_, exception)| exception.covers(date));
        // Of equals `min_by_key` gives the first, so they are gone through from the last.
        if let Some((place, exception)) = covering.rev().min_by_key(|(_, exception)| exception.length_days())
        {
            return (DaySource::Exception(place), exception.pattern(&self.week));
        }
        match self.holidays.holiday(date) {
            Some(holiday) => (DaySource::Holiday(holiday), self.week.day(SUNDAY)),
            None => (DaySource::Week, self.week.day(date.weekday())),
        }
    }
}

impl From<WeekSchedule> for Schedule {
    fn from(week: WeekSchedule) -> Self {
        Self::of(Week::from(&week))
    }
}
