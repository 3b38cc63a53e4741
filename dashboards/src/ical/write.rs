//! What rooms will be, as a calendar: one event for each stretch that is not at the week's other temperature.

use icalendar::{Calendar, Component as _, Event};
use registry::{Room, SiteBook};
use vocabulary::{EffectiveSpan, Timestamp, Zone};

use crate::language::Language;

/// So many days a calendar goes ahead: what a month's view shows.
pub(super) const CALENDAR_DAYS: i64 = 42;

/// The calendar of some rooms from the day of `now` on. The same book gives the same text on the same day.
pub(crate) fn calendar(book: &SiteBook, rooms: &[&Room], now: Timestamp, l: Language) -> String {
    let (zone, site) = (book.site.zone, &book.site.id);
    let mut calendar = Calendar::new();
    calendar.name(book.site.name.as_str());
    for room in rooms {
        for span in heated(room, zone, now) {
            let setpoint = l.celsius(span.setpoint_c.degrees());
            let mut event = Event::new();
            event
                .uid(&format!("{}-{}@{site}.hypocaust", span.from.ms(), room.id))
                .add_property("DTSTAMP", utc(zone.at(zone.date(now), 0)))
                .add_property("DTSTART", utc(span.from))
                .add_property("DTEND", utc(span.until))
                .add_property("TRANSP", "TRANSPARENT")
                .summary(&format!("{} {setpoint}", room.name));
            calendar.push(event.done());
        }
    }
    calendar.to_string()
}

/// The stretches of a room that are not at its week's other temperature; over midnight they are one.
fn heated(room: &Room, zone: Zone, now: Timestamp) -> Vec<EffectiveSpan> {
    let today = zone.date(now);
    let days = (0..CALENDAR_DAYS).map(|ahead| today.plus_days(ahead));
    let spans = days.flat_map(|date| room.schedule.day(zone, date).spans);
    let mut heated: Vec<EffectiveSpan> = Vec::new();
    for span in spans.filter(|span| span.setpoint_c != room.schedule.week.otherwise_c) {
        match heated.last_mut() {
            Some(last) if last.until == span.from && last.setpoint_c == span.setpoint_c => {
                last.until = span.until;
            }
            _ => heated.push(span),
        }
    }
    heated
}

/// `20261120T093000Z`.
fn utc(at: Timestamp) -> String {
    Zone::UTC.format(at, "%Y%m%dT%H%M%SZ")
}
