use proptest::prelude::*;

use super::*;
use crate::calendar::Zone;

const COMFORT: Celsius = Celsius::from_hundredths(2050);
const SETBACK: Celsius = Celsius::from_hundredths(1700);
const AWAY: Celsius = Celsius::from_hundredths(1400);
/// The clocks of Paris go forward on the first of these days and back on the second.
const SPRING: &str = "2026-03-29";
const AUTUMN: &str = "2026-10-25";
const HOUR_MS: i64 = 3_600_000;

fn paris() -> Zone {
    "Europe/Paris".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn span(from: &str, until: &str, setpoint_c: Celsius) -> Span {
    Span { from: from.parse().unwrap(), until: until.parse().unwrap(), setpoint_c }
}

fn office() -> Schedule {
    WeekSchedule::daily(&[0, 1, 2, 3, 4], (7 * 60, 19 * 60), COMFORT, SETBACK).unwrap().into()
}

fn nightly(from: &str, until: &str) -> Schedule {
    Schedule::of(Week::on(&[0, 1, 2, 3, 4, 5, 6], vec![span(from, until, COMFORT)], SETBACK).unwrap())
}

fn closed(from: &str, until: &str, day_: ExceptionDay) -> DayException {
    DayException::new(day(from), day(until), day_, None).unwrap()
}

/// The spans of a day as hours of UTC and setpoints.
fn hours(schedule: &Schedule, date: &str) -> Vec<(String, Celsius)> {
    let spans = schedule.day(paris(), day(date)).spans;
    spans.iter().map(|span| (span.from.rfc3339()[11..16].to_owned(), span.setpoint_c)).collect()
}

fn expected(hours: &[(&str, Celsius)]) -> Vec<(String, Celsius)> {
    hours.iter().map(|(hour, setpoint)| ((*hour).to_owned(), *setpoint)).collect()
}

#[test]
fn the_last_change_of_the_week_holds_over_the_weekend() {
    // 2026-01-19 is a Monday.
    for (when, setpoint) in [
        ("2026-01-19T05:59:59Z", SETBACK),
        ("2026-01-19T06:00:00Z", COMFORT),
        ("2026-01-23T17:59:00Z", COMFORT),
        ("2026-01-23T18:00:00Z", SETBACK),
        ("2026-01-25T11:00:00Z", SETBACK),
    ] {
        assert_eq!(office().setpoint(paris(), at(when)), setpoint, "{when}");
    }
}

#[test]
fn the_next_change_is_found_over_the_weekend_and_over_a_closure() {
    let friday_evening = at("2026-01-23T18:30:00Z");
    let next = |schedule: &Schedule| {
        schedule.next_change(friday_evening, paris()).map(|(when, setpoint)| (when.rfc3339(), setpoint))
    };
    assert_eq!(next(&office()), Some(("2026-01-26T06:00:00Z".to_owned(), COMFORT)));
    let mut away = office();
    away.exceptions = vec![closed("2026-01-24", "2026-02-01", ExceptionDay::Constant(AWAY))];
    assert_eq!(next(&away), Some(("2026-01-23T23:00:00Z".to_owned(), AWAY)));
    away.exceptions = vec![closed("2026-01-23", "2026-02-28", ExceptionDay::Constant(AWAY))];
    assert_eq!(next(&away), None, "further away than two weeks");
    assert_eq!(Schedule::from(WeekSchedule::constant(COMFORT)).next_change(friday_evening, paris()), None);
}

#[test]
fn impossible_weeks_spans_and_exceptions_are_refused() {
    assert_eq!(WeekSchedule::new(vec![]), Err(ScheduleError::Empty));
    assert_eq!(WeekSchedule::new(vec![(7, 0, COMFORT)]), Err(ScheduleError::OutsideWeek(7, 0)));
    assert_eq!(WeekSchedule::new(vec![(1, 5, COMFORT), (1, 5, SETBACK)]), Err(ScheduleError::Twice(1, 5)));
    for bad in [
        vec![span("08:00", "08:00", COMFORT)],
        vec![span("09:00", "08:00", COMFORT)],
        vec![span("08:00", "10:00", COMFORT), span("09:45", "12:00", COMFORT)],
        (0..25)
            .map(|hour| Span { from: DayTime::new(50 * hour).unwrap(), ..span("00:00", "24:00", COMFORT) })
            .collect(),
    ] {
        assert!(Spans::new(bad.clone()).is_err(), "{bad:?}");
    }
    for bad in ["", "7", "07:60", "24:01", "-1:00", "+7:00", "007:00", "07:00:00", "7h"] {
        assert!(bad.parse::<DayTime>().is_err(), "{bad}");
    }
    let made = |from, until, what| DayException::new(day(from), day(until), what, None);
    assert!(made("2026-02-02", "2026-02-01", ExceptionDay::Like(0)).is_err());
    assert!(made("2026-02-02", "2027-02-03", ExceptionDay::Like(0)).is_err());
    assert!(made("2026-02-02", "2026-02-02", ExceptionDay::Like(7)).is_err());
    let kept = serde_json::json!({"from": "2026-02-02", "until": "2026-02-01", "day": {"like": 1}});
    assert!(serde_json::from_value::<DayException>(kept).is_err(), "what is read is judged too");
}

#[test]
fn spans_that_touch_at_one_setpoint_become_one() {
    let spans = Spans::new(vec![span("12:00", "14:00", COMFORT), span("08:00", "12:00", COMFORT)]).unwrap();
    assert_eq!(spans.as_slice(), [span("08:00", "14:00", COMFORT)]);
}

#[test]
fn a_week_of_changes_and_a_week_of_spans_say_the_same() {
    let changes = vec![(0, 0, SETBACK), (0, 420, COMFORT), (2, 60, AWAY), (6, 1439, COMFORT)];
    let week = Week::from(&WeekSchedule::new(changes).unwrap());
    assert_eq!(week.otherwise_c, AWAY);
    assert_eq!(week.days[1].as_slice(), [span("00:00", "24:00", COMFORT)]);
    assert_eq!(week.days[6].as_slice(), [span("23:59", "24:00", COMFORT)]);
    assert_eq!(Week::from(&week.changes()), week);
    assert_eq!(office().week.changes().changes().len(), 10);
}

#[test]
fn the_clock_goes_forward_and_what_begins_in_the_gap_begins_after_it() {
    let spring = nightly("02:30", "05:00").day(paris(), day(SPRING));
    assert_eq!(spring.length_ms(), 23 * HOUR_MS);
    // 02:30 does not exist; 03:00 of summer time is 01:00 UTC.
    let all = nightly("02:30", "05:00");
    assert_eq!(hours(&all, SPRING), expected(&[("23:00", SETBACK), ("01:00", COMFORT), ("03:00", SETBACK)]));
    let lost = nightly("02:15", "02:45");
    assert_eq!(hours(&lost, SPRING), expected(&[("23:00", SETBACK)]), "the whole span was in the gap");
}

#[test]
fn the_clock_goes_back_and_nothing_happens_twice() {
    let autumn = nightly("02:30", "05:00").day(paris(), day(AUTUMN));
    assert_eq!(autumn.length_ms(), 25 * HOUR_MS);
    let all = nightly("02:30", "05:00");
    assert_eq!(hours(&all, AUTUMN), expected(&[("22:00", SETBACK), ("00:30", COMFORT), ("04:00", SETBACK)]));
    let short = nightly("02:15", "02:45");
    assert_eq!(
        hours(&short, AUTUMN),
        expected(&[("22:00", SETBACK), ("00:15", COMFORT), ("00:45", SETBACK)])
    );
}

#[test]
fn an_exception_comes_before_a_booking_before_a_holiday_before_the_week() {
    let mut schedule = office();
    // Armistice Day of 2026 is a Wednesday.
    let wednesday = "2026-11-11";
    let full = expected(&[("23:00", SETBACK), ("06:00", COMFORT), ("18:00", SETBACK)]);
    assert_eq!(hours(&schedule, wednesday), full);
    schedule.holidays = HolidayCalendar::France;
    assert_eq!(hours(&schedule, wednesday), expected(&[("23:00", SETBACK)]));
    assert_eq!(schedule.day(paris(), day(wednesday)).source, DaySource::Holiday(Holiday::Armistice));
    let booking =
        |from, until, setpoint_c| Booking { from: at(from), until: at(until), setpoint_c, note: None };
    let warm = Celsius::from_hundredths(2150);
    schedule.bookings = Bookings::new(vec![
        booking("2026-11-11T09:10:00Z", "2026-11-11T11:00:00Z", warm),
        booking("2026-11-11T08:00:00Z", "2026-11-11T10:00:00Z", COMFORT),
        booking("2026-11-11T22:00:00Z", "2026-11-12T01:00:00Z", COMFORT),
    ])
    .unwrap();
    let booked =
        [("23:00", SETBACK), ("08:00", COMFORT), ("09:10", warm), ("11:00", SETBACK), ("22:00", COMFORT)];
    assert_eq!(hours(&schedule, wednesday), expected(&booked));
    assert_eq!(hours(&schedule, "2026-11-12")[..2], expected(&[("23:00", COMFORT), ("01:00", SETBACK)]));
    schedule.exceptions = vec![
        closed("2026-11-11", "2026-11-11", ExceptionDay::Like(0)),
        closed("2026-11-11", "2026-11-11", ExceptionDay::Constant(AWAY)),
        closed("2026-11-10", "2026-11-12", ExceptionDay::Constant(COMFORT)),
    ];
    assert_eq!(
        hours(&schedule, wednesday),
        expected(&[("23:00", AWAY)]),
        "the shortest, and of two the last"
    );
    assert_eq!(schedule.day(paris(), day(wednesday)).source, DaySource::Exception(1));
    schedule.exceptions.remove(1);
    assert_eq!(hours(&schedule, wednesday), full, "like a Monday");
}

#[test]
fn comfort_is_the_highest_of_what_holds() {
    let mut schedule = office();
    let tuesday = at("2026-01-20T11:00:00Z");
    assert_eq!(schedule.comfort(paris(), tuesday), COMFORT);
    schedule.exceptions = vec![closed("2026-01-20", "2026-01-20", ExceptionDay::Constant(AWAY))];
    assert_eq!(schedule.comfort(paris(), tuesday), AWAY);
    schedule.exceptions = vec![closed("2026-01-20", "2026-01-20", ExceptionDay::Like(6))];
    assert_eq!(schedule.comfort(paris(), tuesday), COMFORT, "a Sunday's setback is no comfort");
}

#[test]
fn a_schedule_that_asks_for_too_much_is_refused() {
    let bounds = (Celsius::from_hundredths(500), Celsius::from_hundredths(3000));
    assert_eq!(office().check(bounds), Ok(()));
    let hot = Celsius::from_hundredths(3001);
    let own = ExceptionDay::Own { otherwise_c: hot, spans: Spans::default() };
    for what in [ExceptionDay::Constant(hot), own] {
        let mut schedule = office();
        schedule.exceptions = vec![closed("2026-01-20", "2026-01-20", what)];
        assert_eq!(schedule.check(bounds), Err(ScheduleError::OutOfBounds(hot, bounds.0, bounds.1)));
    }
    let mut schedule = office();
    schedule.week.otherwise_c = hot;
    assert!(schedule.check(bounds).is_err());
    let mut schedule = office();
    let one = closed("2026-01-20", "2026-01-20", ExceptionDay::Like(1));
    schedule.exceptions = vec![one; MAX_EXCEPTIONS + 1];
    assert!(schedule.check(bounds).is_err());
}

#[test]
fn presets_are_the_weeks_that_their_names_say() {
    let heated = |preset: Preset| {
        let week = preset.week(COMFORT, SETBACK);
        let minutes = |spans: &Spans| {
            spans.as_slice().iter().map(|span| span.until.minute() - span.from.minute()).sum::<u16>()
        };
        week.days.each_ref().map(minutes)
    };
    assert_eq!(heated(Preset::Office), [690, 690, 690, 690, 690, 0, 0]);
    assert_eq!(heated(Preset::Flat), [990; 7]);
    assert_eq!(heated(Preset::School), [600, 600, 300, 600, 600, 0, 0]);
    assert_eq!(heated(Preset::Always), [1440; 7]);
}

fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let quarter = |quarter: u16| DayTime::new(15 * quarter).unwrap();
    let one = (0u16..96, 1u16..30, 1000i32..2600).prop_map(move |(from, length, hundredths)| Span {
        from: quarter(from),
        until: quarter((from + length).min(96)),
        setpoint_c: Celsius::from_hundredths(hundredths),
    });
    proptest::collection::vec(one, 0..6)
}

/// The spans that fit, in the order in which they come.
fn fitting(spans: Vec<Span>) -> Spans {
    let mut kept = Vec::new();
    for span in spans {
        let mut tried = kept.clone();
        tried.push(span);
        if Spans::new(tried.clone()).is_ok() {
            kept = tried;
        }
    }
    Spans::new(kept).unwrap()
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let days = proptest::collection::vec(any_spans().prop_map(fitting), 8);
    let bookings = proptest::collection::vec((-60i64..3000, 1i64..900, 1000i32..2600), 0..5);
    (days, bookings, 0usize..4, 0i64..3).prop_map(|(mut days, bookings, kind, length)| {
        let own = days.pop().unwrap();
        let mut schedule = Schedule::of(Week { otherwise_c: SETBACK, days: days.try_into().unwrap() });
        schedule.holidays = HolidayCalendar::France;
        for start in [SPRING, AUTUMN] {
            let what = match kind {
                0 => continue,
                1 => ExceptionDay::Like(2),
                2 => ExceptionDay::Constant(AWAY),
                _ => ExceptionDay::Own { otherwise_c: AWAY, spans: own.clone() },
            };
            let until = day(start).plus_days(length);
            schedule.exceptions.push(DayException::new(day(start), until, what, None).unwrap());
        }
        let begin = |date| paris().at(day(date), 0);
        let both = bookings.iter().flat_map(|&(from, length, hundredths)| {
            [begin(SPRING), begin(AUTUMN)].map(|start| Booking {
                from: start.plus_ms(from * 60_000),
                until: start.plus_ms((from + length) * 60_000),
                setpoint_c: Celsius::from_hundredths(hundredths),
                note: None,
            })
        });
        schedule.bookings = Bookings::new(both.collect()).unwrap();
        schedule
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_that_are_made_never_overlap(spans in any_spans()) {
        if let Ok(made) = Spans::new(spans) {
            let slice = made.as_slice();
            prop_assert!(slice.iter().all(|span| span.from < span.until));
            prop_assert!(slice.windows(2).all(|pair| pair[0].until <= pair[1].from));
        }
    }

    #[test]
    fn a_day_is_whole_and_says_at_each_minute_what_the_schedule_says(schedule in any_schedule()) {
        for (date, hours) in [("2026-03-28", 24), (SPRING, 23), ("2026-03-30", 24), (AUTUMN, 25), ("2026-10-26", 24)] {
            let effective = schedule.day(paris(), day(date));
            prop_assert_eq!(effective.length_ms(), hours * HOUR_MS);
            prop_assert!(effective.spans.iter().all(|span| span.from < span.until));
            let meet = |pair: &[EffectiveSpan]| {
                pair[0].until == pair[1].from && pair[0].setpoint_c != pair[1].setpoint_c
            };
            prop_assert!(effective.spans.windows(2).all(meet));
            prop_assert_eq!(effective.spans[0].from, paris().at(day(date), 0));
            for span in &effective.spans {
                let mut instant = span.from;
                while instant < span.until {
                    prop_assert_eq!(schedule.setpoint(paris(), instant), span.setpoint_c, "{}", instant.rfc3339());
                    instant = instant.plus_ms(60_000);
                }
            }
        }
    }

    #[test]
    fn a_schedule_reads_back_as_it_was_written(schedule in any_schedule()) {
        let mut read: Schedule = serde_json::from_str(&serde_json::to_string(&schedule).unwrap()).unwrap();
        read.holidays = schedule.holidays;
        prop_assert_eq!(&read, &schedule);
        let changes = schedule.week.changes();
        prop_assert_eq!(Week::from(&changes).changes(), changes);
    }
}
