//! A calendar becomes bookings: what its events cover in the time ahead.

use std::collections::{BTreeMap, BTreeSet};

use icalendar::parser::{Component, Property, read_calendar, unfold};
use vocabulary::{Booking, Bookings, Celsius, DisplayName, MAX_BOOKINGS, Timestamp, Zone};

use super::moment::{Moment, duration_min, moment, zone_of};
use super::occurrences::{self, Refusal, Steps};

/// A calendar longer than this is refused.
pub(crate) const MAX_BYTES: usize = 256 * 1024;
/// A calendar of more events is refused.
const MAX_EVENTS: usize = 2_000;
/// A calendar with more rules is refused: each may cost a while to follow.
const MAX_RULES: usize = 200;
/// No part of a calendar is deeper than an alarm in an event in a calendar.
const MAX_DEPTH: usize = 3;
/// A list of times to add or leave out is no longer than this.
const MAX_LISTED: usize = 1_000;
/// An event longer than this is no booking.
const LONGEST_MIN: i64 = 366 * 1440;
/// So far ahead times are kept.
const AHEAD_MS: i64 = 400 * 24 * 3_600_000;

/// Why a calendar is refused whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CalendarError {
    /// It is too long, too deep, or has too many events or rules.
    TooLarge,
    /// It does not read as iCalendar.
    Unreadable,
    /// There is no event in it.
    NoEvents,
    /// To follow the rules of its events takes more than any calendar needs; with what the event is called at which it was too
    /// much.
    TooMuch(String),
}

/// Why an event is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Skipped {
    /// Its times do not read, or it ends before it begins.
    Times,
    /// It repeats by a rule that cannot be followed here.
    Rule,
    /// It names a zone that is not in the IANA database; it was read in the building's. Not left out, but told.
    Zone,
    /// There were more times than are kept: the later ones are left out.
    Later,
}

/// What came of a calendar.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Taken {
    /// The times in the year ahead.
    pub(crate) bookings: Bookings,
    /// How many of its events were left out or are to be told of, by reason.
    pub(crate) skipped: BTreeMap<Skipped, usize>,
}

/// One event, judged.
struct Event {
    uid: String,
    start: Moment,
    length_min: i64,
    rules: Vec<String>,
    added: Vec<Moment>,
    left_out: Vec<Moment>,
    /// Which time of its series it stands for.
    instead_of: Option<Moment>,
    is_cancelled: bool,
    note: Option<DisplayName>,
}

/// Takes in a calendar: what its events cover from `now` on is to be at `setpoint_c`. Times without a zone are those of `building`.
///
/// # Errors
/// [`CalendarError`] where nothing of it can be used.
pub(crate) fn take(
    text: &str,
    setpoint_c: Celsius,
    building: Zone,
    now: Timestamp,
) -> Result<Taken, CalendarError> {
    let text = plain(text)?;
    let calendar = read_calendar(&text).map_err(|_| CalendarError::Unreadable)?;
    let events: Vec<&Component<'_>> =
        calendar.components.iter().filter(|part| part.name.as_str() == "VEVENT").collect();
    if events.is_empty() {
        return Err(CalendarError::NoEvents);
    }
    let mut taken = Taken::default();
    let read: Vec<Event> = events.iter().filter_map(|event| read(event, building, &mut taken)).collect();
    if events.len() > MAX_EVENTS || read.iter().map(|event| event.rules.len()).sum::<usize>() > MAX_RULES {
        return Err(CalendarError::TooLarge);
    }
    let window = (now, now.plus_ms(AHEAD_MS));
    let mut steps = Steps::ALL;
    let mut bookings: Vec<Booking> = Vec::new();
    for event in read.iter().filter(|event| !event.is_cancelled) {
        match starts(event, &read, window.1, &mut steps) {
            Ok(starts) => bookings.extend(booked(event, starts, setpoint_c, window)),
            Err(Refusal::BadRule) => taken.skip(Skipped::Rule, 1),
            Err(Refusal::Spent) => return Err(CalendarError::TooMuch(event.name())),
        }
    }
    bookings.sort_by_key(|booking| (booking.from, booking.until));
    if bookings.len() > MAX_BOOKINGS {
        taken.skip(Skipped::Later, bookings.len() - MAX_BOOKINGS);
        bookings.truncate(MAX_BOOKINGS);
    }
    taken.bookings = Bookings::new(bookings).expect("each ends after it begins, and not too many");
    Ok(taken)
}

impl Taken {
    fn skip(&mut self, why: Skipped, count: usize) {
        *self.skipped.entry(why).or_default() += count;
    }
}

/// The text with lines that all end alike and are not folded, if it is not too long or too deep. The parser goes down into
/// parts by recursion, so how deep they are is looked at before.
fn plain(text: &str) -> Result<String, CalendarError> {
    if text.len() > MAX_BYTES {
        return Err(CalendarError::TooLarge);
    }
    let lines = text.trim_start_matches('\u{feff}').split(['\n', '\r']).filter(|line| !line.is_empty());
    let unfolded = unfold(&lines.collect::<Vec<_>>().join("\r\n"));
    let mut depth = 0_usize;
    for line in unfolded.split("\r\n") {
        let word = line.trim_start().get(..6).unwrap_or_default().to_ascii_uppercase();
        depth = if word == "BEGIN:" {
            depth + 1
        } else {
            depth - usize::from(depth > 0 && word.starts_with("END:"))
        };
        if depth > MAX_DEPTH {
            return Err(CalendarError::TooLarge);
        }
    }
    Ok(unfolded + "\r\n")
}

fn read(part: &Component<'_>, building: Zone, taken: &mut Taken) -> Option<Event> {
    let event = try_read(part, building, taken);
    if event.is_none() {
        taken.skip(Skipped::Times, 1);
    }
    event
}

fn try_read(part: &Component<'_>, building: Zone, taken: &mut Taken) -> Option<Event> {
    let value = |name: &str| part.find_prop(name).map(|property| property.val.as_str().trim());
    let begin = part.find_prop("DTSTART")?;
    if zone_of(begin, building).is_none() {
        taken.skip(Skipped::Zone, 1);
    }
    let at = |property: &Property<'_>| {
        moment(property.val.as_str(), zone_of(property, building).unwrap_or(building))
    };
    let start = at(begin)?;
    let length_min = match (part.find_prop("DTEND"), value("DURATION")) {
        (Some(end), _) => length(start, at(end)?),
        (None, Some(duration)) => duration_min(duration)?,
        (None, None) => {
            if start.is_day {
                1440
            } else {
                0
            }
        }
    };
    // Nothing of no length is ever to be warm; that is not a mistake of an event, but not a booking either.
    (1..=LONGEST_MIN).contains(&length_min).then_some(())?;
    let instead_of = match part.find_prop("RECURRENCE-ID") {
        Some(property) => Some(at(property)?),
        None => None,
    };
    let rules = part.properties.iter().filter(|property| property.name.as_str() == "RRULE");
    Some(Event {
        uid: value("UID").unwrap_or_default().to_owned(),
        start,
        length_min,
        rules: rules.map(|property| property.val.as_str().to_owned()).collect(),
        added: listed(part, "RDATE", building),
        left_out: listed(part, "EXDATE", building),
        instead_of,
        is_cancelled: value("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")),
        note: value("SUMMARY").and_then(note),
    })
}

/// How long an event is: of whole days in days of the calendar, else in minutes that pass.
fn length(start: Moment, end: Moment) -> i64 {
    if start.is_day {
        1440 * end.date.days_since(start.date)
    } else {
        end.instant().since(start.instant()) / 60_000
    }
}

/// All times of the properties of a name, each of which may list several.
fn listed(part: &Component<'_>, name: &str, building: Zone) -> Vec<Moment> {
    let properties = part.properties.iter().filter(|property| property.name.as_str() == name);
    let times = properties.flat_map(|property| {
        let zone = zone_of(property, building).unwrap_or(building);
        // Of a period only the beginning is taken.
        let begins = property.val.as_str().split(',').map(|text| text.split('/').next().unwrap_or(text));
        begins.filter_map(move |text| moment(text, zone)).collect::<Vec<_>>()
    });
    times.take(MAX_LISTED).collect()
}

/// What a calendar calls an event, as far as a name goes here.
fn note(summary: &str) -> Option<DisplayName> {
    let line: String = summary.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    DisplayName::new(&line.trim().chars().take(64).collect::<String>()).ok()
}

impl Event {
    /// What people know it by.
    fn name(&self) -> String {
        self.note.as_ref().map_or_else(|| self.uid.chars().take(64).collect(), ToString::to_string)
    }
}

/// The times of one event in a window.
fn booked(
    event: &Event,
    starts: Vec<Moment>,
    setpoint_c: Celsius,
    window: (Timestamp, Timestamp),
) -> impl Iterator<Item = Booking> {
    let booked = starts.into_iter().map(move |start| {
        let until = if start.is_day {
            start.zone.at(start.date.plus_days(event.length_min / 1440), 0)
        } else {
            start.instant().plus_ms(60_000 * event.length_min)
        };
        Booking { from: start.instant(), until, setpoint_c, note: event.note.clone() }
    });
    booked.filter(move |b| b.from < b.until && b.until > window.0 && b.from < window.1)
}

/// When an event begins, each time, without those times that another event stands for.
fn starts(event: &Event, all: &[Event], until: Timestamp, steps: &mut Steps) -> Result<Vec<Moment>, Refusal> {
    if event.instead_of.is_some() {
        return Ok(vec![event.start]);
    }
    let mut starts = vec![event.start];
    for rule in &event.rules {
        starts.extend(occurrences::unfold(rule, event.start, until, steps)?);
    }
    starts.extend(event.added.iter().map(|added| Moment { is_day: event.start.is_day, ..*added }));
    let moved = all.iter().filter(|other| other.uid == event.uid).filter_map(|other| other.instead_of);
    let left_out: Vec<Moment> = event.left_out.iter().copied().chain(moved).collect();
    steps.spend((all.len() + left_out.len()) as u64)?;
    // A day among the times to leave out means all that begins on it.
    let instants: BTreeSet<Timestamp> =
        left_out.iter().filter(|time| !time.is_day).map(|time| time.instant()).collect();
    let days: BTreeSet<_> = left_out.iter().filter(|time| time.is_day).map(|time| time.date).collect();
    let mut seen = BTreeSet::new();
    starts.retain(|start| {
        let is_left_out = instants.contains(&start.instant()) || days.contains(&start.date);
        !is_left_out && seen.insert(start.instant())
    });
    Ok(starts)
}
