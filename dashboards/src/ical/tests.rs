use std::time::Instant;

use serde_json::Value;
use vocabulary::{Celsius, Schedule, Timestamp, Week, Zone};

use super::read::Taken;
use super::write::CALENDAR_DAYS;
use super::*;
use crate::language::Language;
use crate::trial::{NOW, book};

const SETPOINT: Celsius = Celsius::from_hundredths(2050);

fn paris() -> Zone {
    "Europe/Paris".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn new_year() -> Timestamp {
    at("2025-12-31T23:00:00Z")
}

fn taken(text: &str) -> Result<Taken, CalendarError> {
    take(text, SETPOINT, paris(), new_year())
}

/// A calendar with one event of these lines.
fn event(lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:x\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
}

fn begins(text: &str) -> Vec<String> {
    let taken = taken(text).unwrap();
    taken.bookings.as_slice().iter().map(|booking| booking.from.rfc3339()).collect()
}

/// `calendars/expect.py` made what is expected, with recurring-ical-events.
#[test]
fn every_recorded_calendar_takes_place_when_recurring_ical_events_says() {
    let expected: Value = serde_json::from_str(include_str!("calendars/expected.json")).unwrap();
    let calendars = [
        ("added", include_str!("calendars/added.ics")),
        ("days", include_str!("calendars/days.ics")),
        ("folded", include_str!("calendars/folded.ics")),
        ("monthly", include_str!("calendars/monthly.ics")),
        ("moved", include_str!("calendars/moved.ics")),
        ("utc", include_str!("calendars/utc.ics")),
        ("weekly", include_str!("calendars/weekly.ics")),
        ("yearly", include_str!("calendars/yearly.ics")),
    ];
    assert_eq!(expected.as_object().unwrap().len(), calendars.len() + 1, "each calendar, and the versions");
    let until = at("2027-01-31T23:00:00Z");
    for (name, text) in calendars {
        let taken = taken(text).unwrap();
        let found = taken.bookings.as_slice().iter().filter(|booking| booking.from < until);
        let found: Vec<Value> = found
            .map(|b| serde_json::json!([b.from.ms(), b.until.ms(), b.note.as_ref().unwrap().as_str()]))
            .collect();
        assert_eq!(&Value::from(found), &expected[name], "{name}");
        assert!(taken.skipped.is_empty(), "{name}: {:?}", taken.skipped);
    }
}

#[test]
fn a_time_that_no_clock_shows_is_the_first_after_the_gap_and_one_that_comes_twice_its_first() {
    let nightly = |day: &str| {
        event(&format!("DTSTART;TZID=Europe/Paris:{day}T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2"))
    };
    assert_eq!(begins(&nightly("20260328")), ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"]);
    assert_eq!(begins(&nightly("20261025")), ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
}

#[test]
fn what_other_programs_write_beside_the_standard_is_understood() {
    let outlook = event("DTSTART;TZID=\"Romance Standard Time\":20260105T090000\nDTEND:20260105T090000Z");
    let found = taken(&outlook).unwrap();
    assert_eq!(found.bookings.as_slice()[0].from, at("2026-01-05T08:00:00Z"), "in the building's zone");
    assert_eq!(found.skipped, [(Skipped::Zone, 1)].into(), "and said so");
    let evolution =
        event("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:20260105T090000\nDURATION:PT1H");
    assert_eq!(begins(&evolution), ["2026-01-05T09:00:00Z"]);
    let day_as_end =
        event("DTSTART;TZID=Europe/Paris:20260105T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260106");
    assert_eq!(begins(&day_as_end).len(), 2, "the last day is meant whole");
    let day_left_out =
        event("DTSTART:20260105T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260106");
    assert_eq!(begins(&day_left_out).len(), 2);
    let cancelled = event("DTSTART:20260105T090000\nDURATION:PT1H\nSTATUS:CANCELLED");
    assert!(begins(&cancelled).is_empty());
}

#[test]
fn an_event_that_does_not_read_is_left_out_alone_and_told() {
    let good = "BEGIN:VEVENT\nUID:y\nDTSTART:20260105T090000Z\nDTEND:20260105T100000Z\nEND:VEVENT";
    for (lines, why) in [
        ("SUMMARY:never", Skipped::Times),
        ("DTSTART:20260105T250000Z\nDURATION:PT1H", Skipped::Times),
        ("DTSTART:20260230T090000Z\nDURATION:PT1H", Skipped::Times),
        ("DTSTART:00010101T090000Z\nDURATION:PT1H", Skipped::Times),
        ("DTSTART:20260105T090000Z\nDTEND:20260105T080000Z", Skipped::Times),
        ("DTSTART:20260105T090000Z\nDURATION:-PT1H", Skipped::Times),
        ("DTSTART:20260105T090000Z\nDURATION:P999999W", Skipped::Times),
        ("DTSTART:20260105T090000Z", Skipped::Times),
        ("DTSTART:２０２６0105T090000Z\nDURATION:PT1H", Skipped::Times),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY", Skipped::Rule),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYSECOND=0,1,2", Skipped::Rule),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0", Skipped::Rule),
        (
            "DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=99999999999999999999",
            Skipped::Rule,
        ),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=soon", Skipped::Rule),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\\;RRULE", Skipped::Rule),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:", Skipped::Rule),
        ("DTSTART:20260105T090000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", Skipped::Rule),
    ] {
        let text = event(lines).replace("END:VCALENDAR", &format!("{good}\nEND:VCALENDAR"));
        let taken = taken(&text).unwrap_or_else(|error| panic!("{lines}: {error:?}"));
        assert_eq!(taken.skipped, [(why, 1)].into(), "{lines}");
        assert_eq!(taken.bookings.as_slice().len(), 1, "{lines}");
    }
}

#[test]
fn a_calendar_that_is_none_is_refused() {
    for (text, error) in [
        (String::new(), CalendarError::NoEvents),
        ("BEGIN:".to_owned(), CalendarError::Unreadable),
        ("<html>".to_owned(), CalendarError::Unreadable),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260105".to_owned(), CalendarError::Unreadable),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\n".to_owned(), CalendarError::NoEvents),
        ("\0\u{202e}BEGIN:VCALENDAR".to_owned(), CalendarError::Unreadable),
        ("x".repeat(300_000), CalendarError::TooLarge),
        ("BEGIN:VEVENT\n".repeat(10_000), CalendarError::TooLarge),
        ("begin:a\r".repeat(10_000), CalendarError::TooLarge),
    ] {
        let found = taken(&text);
        // Which of the two it is does not matter where nothing is a calendar at all.
        let is_none = matches!(found, Err(CalendarError::Unreadable | CalendarError::NoEvents));
        assert!(
            found == Err(error.clone()) || (is_none && error != CalendarError::TooLarge),
            "{text:.40}: {found:?}"
        );
    }
}

/// The costliest calendars that were thought of: each comes to an end, and prints what it took.
#[test]
fn a_hostile_calendar_comes_to_an_end_within_its_bounds() {
    let many = |lines: &str, count: usize| {
        let events: String = (0..count)
            .map(|n| format!("BEGIN:VEVENT\nUID:{n}\nDURATION:PT1H\n{lines}\nEND:VEVENT\n"))
            .collect();
        format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")
    };
    for (name, text) in [
        ("daily since 1970", many("DTSTART:19700101T000000Z\nRRULE:FREQ=DAILY", 20)),
        ("never", many("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 20)),
        ("never by year", many("DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", 20)),
        ("for ever apart", many("DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;INTERVAL=65535", 200)),
        ("many rules", many("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY", 2_000)),
        ("many events", many("DTSTART:20260101T000000Z", 3_000)),
        ("many lines", event(&"X:y\n".repeat(60_000))),
        ("many parameters", event(&format!("DTSTART{}:20260101", ";A=b".repeat(60_000)))),
        ("many dates", event(&format!("DTSTART:20260101\nEXDATE:{}", "20260102,".repeat(25_000)))),
        ("many quotes", event(&format!("DTSTART;TZID={}:20260101", "\"".repeat(200_000)))),
        ("many folds", event(&format!("SUMMARY:{}", "\r\n x".repeat(60_000)))),
    ] {
        let began = Instant::now();
        let found = taken(&text);
        let bookings = found.as_ref().map_or(0, |taken| taken.bookings.as_slice().len());
        println!("{name}: {bookings} bookings in {:?}", began.elapsed());
        assert!(bookings <= vocabulary::MAX_BOOKINGS);
    }
}

#[test]
fn a_calendar_that_asks_for_more_work_than_any_needs_is_refused_and_the_event_is_named() {
    let many = |count: usize, lines: &str| {
        let event =
            |n| format!("BEGIN:VEVENT\nUID:u{n}\nSUMMARY:Event {n}\nDURATION:PT1H\n{lines}\nEND:VEVENT\n");
        format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", (0..count).map(event).collect::<String>())
    };
    let months = ["2"; 150].join(",");
    for rule in [
        "DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31".to_owned(),
        format!("DTSTART:19800101T000000Z\nRRULE:FREQ=DAILY;BYMONTH={months};BYMONTHDAY=29;BYDAY=MO"),
        "DTSTART:19900101T000000Z\nRRULE:FREQ=DAILY".to_owned(),
    ] {
        let Err(CalendarError::TooMuch(event)) = taken(&many(199, &rule)) else { panic!("{rule}") };
        assert!(event.starts_with("Event ") && event != "Event 0", "{rule}: {event}");
        assert!(taken(&many(2, &rule)).is_ok(), "a few of them are followed: {rule}");
    }
    let ten_years = "DTSTART:20160104T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";
    assert!(taken(&many(199, ten_years)).is_ok(), "a busy house of ten years is no attack");
    let long = format!("DTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;BYMONTHDAY={}", ["1"; 60_000].join(","));
    assert_eq!(taken(&many(1, &long)).unwrap().skipped, [(Skipped::Rule, 1)].into());
}

#[test]
fn what_is_more_than_is_kept_is_left_out_from_the_end_and_told() {
    let thrice: String = (0..3)
        .map(|n| format!("BEGIN:VEVENT\nUID:{n}\nDTSTART:2026010{}T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:VEVENT\n", n + 1))
        .collect();
    let found = taken(&format!("BEGIN:VCALENDAR\n{thrice}END:VCALENDAR\n")).unwrap();
    assert_eq!(found.bookings.as_slice().len(), vocabulary::MAX_BOOKINGS);
    let later = found.skipped[&Skipped::Later];
    assert!((100..300).contains(&later), "{later}");
    assert!(found.bookings.as_slice().iter().all(|booking| booking.from < at("2026-12-15T00:00:00Z")));
}

#[test]
fn names_of_events_are_cut_and_cleaned() {
    for (summary, expected) in [
        ("Réunion <b>\\, salle 1\\n\\t", Some("Réunion <b>, salle 1")),
        ("   ", None),
        (&"é".repeat(200), Some(&*"é".repeat(64))),
        ("مجموعة 🔥", Some("مجموعة 🔥")),
    ] {
        let text = event(&format!("DTSTART:20260105\nSUMMARY:{summary}"));
        let found = taken(&text).unwrap().bookings.as_slice()[0].note.clone();
        let found = found.as_ref().map(|note| note.as_str().trim_end_matches("\\t").trim_end());
        assert_eq!(found, expected, "{summary:.20}");
    }
}

#[test]
fn a_calendar_that_is_written_reads_back_as_the_days_that_it_tells() {
    let mut book = book();
    let closed = Schedule::of(Week::on(&[], vec![], SETPOINT).unwrap());
    book.rooms[1].schedule = closed;
    let rooms: Vec<_> = book.rooms.iter().collect();
    let text = calendar(&book, &rooms, NOW, Language::French);
    assert!(
        text.contains("\r\n") && text.lines().all(|line| line.len() <= 75),
        "folded as it has to be: {text}"
    );
    assert_eq!(text, calendar(&book, &rooms, NOW, Language::French), "the same at any time of the day");
    let found = take(&text, SETPOINT, book.site.zone, NOW).unwrap();
    let zone = book.site.zone;
    let days = (0..CALENDAR_DAYS).map(|ahead| zone.date(NOW).plus_days(ahead));
    let told = days.flat_map(|day| book.rooms[0].schedule.day(zone, day).spans);
    let expected: Vec<_> = told
        .filter(|span| span.setpoint_c == SETPOINT && span.until > NOW)
        .flat_map(|span| [(span.from, span.until); 2])
        .collect();
    let of = |booking: &vocabulary::Booking| (booking.from, booking.until);
    let found: Vec<_> = found.bookings.as_slice().iter().map(of).collect();
    assert_eq!(found, expected, "two rooms alike, and one that is never heated");
}
