use axum::http::StatusCode;
use registry::{ScheduleEdit, ScheduleVersion};
use vocabulary::{Celsius, ExceptionDay, HolidayCalendar, RoomId, SiteId, WeekSchedule};

use crate::trial::{NOW, Trial};

const PAGE: &str = "/sites/demo/rooms/101/schedule";

fn site() -> SiteId {
    SiteId::new("demo").unwrap()
}

fn of(trial: &Trial, room: &str) -> ScheduleVersion {
    trial.app.registry.schedule_version(&site(), &RoomId::new(room).unwrap()).unwrap()
}

/// The form of a week with one span on Monday.
fn form(version: u32, span: &str) -> String {
    let [from, until, setpoint] = span.split(' ').collect::<Vec<_>>()[..] else { panic!("{span}") };
    format!(
        "version={version}&otherwise=16%2C5&why=gymnastics&from-0={from}&until-0={until}&setpoint-0={setpoint}&from-0=&until-0=&setpoint-0="
    )
}

fn by_somebody_else(trial: &Trial) {
    let schedule = WeekSchedule::constant(Celsius::from_hundredths(1900)).into();
    let edit = ScheduleEdit { room: RoomId::new("101").unwrap(), schedule, seen: None };
    trial.app.registry.edit_schedules(&site(), &[edit], ("person/ben", "holidays"), NOW).unwrap();
}

#[tokio::test]
async fn a_week_is_changed_by_a_form_without_script_and_shown_in_both_languages() {
    let trial = Trial::new();
    for (language, number, day) in [("en", "20.5", "Monday"), ("fr", "20,5", "lundi")] {
        let (status, html) = trial.get(&format!("{PAGE}?lang={language}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains(&format!("value=\"{number}\"")) && html.contains(day), "{html}");
        assert!(!html.contains('⟦'), "{html}");
    }
    let (status, to, _) = trial.post(PAGE, &form(1, "08:15 00:00 21")).await;
    assert_eq!((status, to.contains("done=week")), (StatusCode::SEE_OTHER, true));
    let saved = of(&trial, "101");
    assert_eq!((saved.number, saved.why.as_str()), (2, "gymnastics"));
    let changes = saved.schedule.week.changes();
    let celsius = Celsius::from_hundredths;
    assert_eq!(changes.changes(), [(0, 495, celsius(2100)), (1, 0, celsius(1650))], "until midnight");
    let (_, room) = trial.json("/api/v1/rooms/101").await;
    assert_eq!(room["schedule"], serde_json::json!([[0, 495, 21.0], [1, 0, 16.5]]));
    let (_, to, _) = trial.post(PAGE, &form(2, "08:15 00:00 21")).await;
    assert!(to.contains("done=same"), "pressed twice: {to}");
}

#[tokio::test]
async fn a_form_that_does_not_read_comes_back_whole_with_what_is_wrong() {
    let trial = Trial::new();
    for (span, said) in [
        ("09:00 08:00 21", "ends before it begins"),
        ("09:00 10:00 warm", "both times"),
        ("09:00 25:00 21", "both times"),
        ("09:00 10:00 31", "30.0"),
        ("09:00 10:00 4", "8.0"),
    ] {
        let (status, _, html) = trial.post(&format!("{PAGE}?lang=en"), &form(1, span)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{span}");
        assert!(html.contains("role=\"alert\"") && html.contains(said), "{span}: {html}");
        assert!(html.contains("value=\"09:00\"") && html.contains("value=\"gymnastics\""), "{span}");
    }
    assert_eq!(of(&trial, "101").number, 1, "nothing was written");
}

#[tokio::test]
async fn a_form_of_an_older_version_is_told_of_the_newer_one_and_loses_nothing() {
    let trial = Trial::new();
    by_somebody_else(&trial);
    let (status, _, html) = trial.post(&format!("{PAGE}?lang=en"), &form(1, "08:00 12:00 21")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(html.contains("ben") && html.contains("(holidays)"), "{html}");
    assert!(html.contains("value=\"08:00\"") && html.contains("name=\"version\" value=\"2\""), "{html}");
    assert_eq!(of(&trial, "101").number, 2);
    let (status, _, _) = trial.post(PAGE, &form(2, "08:00 12:00 21")).await;
    assert_eq!((status, of(&trial, "101").number), (StatusCode::SEE_OTHER, 3), "saved once more");
    let (_, _, html) = trial.post(&format!("{PAGE}/revert?lang=en"), "version=2&number=1").await;
    assert!(html.contains("role=\"alert\""), "a revert is not blind either: {html}");
}

#[tokio::test]
async fn an_older_version_is_brought_back_as_a_new_one() {
    let trial = Trial::new();
    let before = of(&trial, "101").schedule;
    by_somebody_else(&trial);
    let (_, html) = trial.get(&format!("{PAGE}?lang=en")).await;
    assert!(html.contains("Bring back") && html.contains("description of the building"), "{html}");
    let (status, to, _) = trial.post(&format!("{PAGE}/revert"), "version=2&number=1").await;
    assert_eq!((status, to.contains("done=revert")), (StatusCode::SEE_OTHER, true));
    let after = of(&trial, "101");
    assert_eq!((after.number, &after.schedule), (3, &before));
    let (status, _, _) = trial.post(&format!("{PAGE}/revert"), "version=3&number=77").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn exceptions_of_each_kind_are_added_shown_ahead_and_removed() {
    let trial = Trial::new();
    let today = crate::trial::book().site.zone.date(NOW);
    let add = format!("{PAGE}/exceptions");
    for (kind, rest) in [
        ("constant", "setpoint=14&note=No%C3%ABl+%26+%3Cfriends%3E"),
        ("own", "setpoint=21&begin=08%3A00&end=12%3A00"),
        ("6", ""),
    ] {
        let until = today.plus_days(2);
        let (status, _, html) =
            trial.post(&add, &format!("from={today}&until={until}&kind={kind}&{rest}")).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{kind}: {html}");
    }
    let kept = of(&trial, "101");
    assert_eq!((kept.number, kept.schedule.exceptions.len()), (4, 3));
    assert!(matches!(kept.schedule.exceptions[1].day(), ExceptionDay::Own { .. }));
    let (_, html) = trial.get(&format!("{PAGE}?lang=en")).await;
    assert!(html.contains("Noël &#38; &#60;friends&#62;") && html.contains("like a Sunday"), "{html}");
    let again = format!("from={today}&until={}&kind=6", today.plus_days(2));
    let (status, to, _) = trial.post(&add, &again).await;
    assert_eq!((status, to.contains("done=same")), (StatusCode::SEE_OTHER, true), "pressed twice");
    assert_eq!(of(&trial, "101").schedule.exceptions.len(), 3, "it is there once");
    for (bad, said) in [
        (format!("from={today}&until=2020-01-01&kind=6"), "before the first"),
        (format!("from={today}&until=2199-01-01&kind=6"), "366"),
        (format!("from={today}&until={today}&kind=7"), "role=\"alert\""),
        (format!("from={today}&until={today}&kind=own&setpoint=21&begin=9&end=8"), "from when"),
        ("from=soon&until=&kind=6".to_owned(), "first and the last day"),
        (format!("from={today}&until={today}&kind=constant&setpoint=99"), "30.0"),
    ] {
        let (status, _, html) = trial.post(&format!("{add}?lang=en"), &bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(html.contains(said), "{bad}: {html}");
        assert!(html.contains("<details class=\"more\" open"), "what was typed is seen: {html}");
    }
    trial.post(&format!("{add}/end"), "version=4&place=0").await;
    assert_eq!(of(&trial, "101").schedule.exceptions.len(), 2);
    let (status, _, _) = trial.post(&format!("{add}/end"), "version=4&place=0").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "the list has moved on");
    assert_eq!(of(&trial, "101").schedule.exceptions.len(), 2);
}

#[tokio::test]
async fn a_schedule_is_copied_to_a_floor_and_to_single_rooms() {
    let trial = Trial::new();
    by_somebody_else(&trial);
    let copied = of(&trial, "101").schedule;
    let copy = format!("{PAGE}/copy");
    assert!(trial.get(&copy).await.1.contains("role=\"alert\""), "to nowhere");
    assert_eq!(trial.post(&copy, "version=2").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, html) = trial.get(&format!("{copy}?floor=1er+%C3%A9tage&room=101&room=attic")).await;
    assert!(html.contains("seen-102") && !html.contains("seen-101") && !html.contains("seen-201"), "{html}");
    trial.post(&copy, "version=2&room=102&seen-102=1&room=101&seen-101=2&room=attic").await;
    assert_eq!(of(&trial, "102").schedule, copied);
    assert_eq!((of(&trial, "201").number, of(&trial, "101").number), (1, 2));
    trial.post(&copy, "version=2&room=201&seen-201=1").await;
    let other = of(&trial, "201");
    assert_eq!((other.schedule, other.number), (copied, 2));
    assert!(other.why.contains("101 Atelier"), "{}", other.why);
}

#[tokio::test]
async fn holidays_are_one_switch_of_the_building() {
    let trial = Trial::new();
    let switch = format!("{PAGE}/holidays");
    let seen = trial.seen(PAGE, &switch).await;
    for _ in ["saved", "pressed twice"] {
        assert_eq!(trial.post(&switch, &format!("{seen}holidays=france")).await.0, StatusCode::SEE_OTHER);
    }
    assert_eq!(of(&trial, "201").schedule.holidays, HolidayCalendar::France);
    let (status, _, html) = trial.post(&format!("{switch}?lang=en"), &format!("{seen}holidays=none")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "it is stale");
    assert!(html.contains("“of France”"), "{html}");
    assert!(html.contains("<option value=\"none\" selected"), "what was chosen stays chosen: {html}");
    let seen = crate::trial::seen(&html, &switch);
    let (status, _, _) = trial.post(&switch, &format!("{seen}holidays=atlantis")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(trial.app.registry.holidays(&site()).unwrap(), HolidayCalendar::France);
    assert_eq!(trial.post(&switch, &format!("{seen}holidays=none")).await.0, StatusCode::SEE_OTHER);
    assert_eq!(trial.app.registry.holidays(&site()).unwrap(), HolidayCalendar::None);
}

#[tokio::test]
async fn the_preview_tells_a_change_of_the_clock_and_a_holiday() {
    let trial = Trial::new();
    trial.app.registry.set_holidays(&site(), HolidayCalendar::France, "test", NOW).unwrap();
    let at = |text: &str| vocabulary::Timestamp::parse_rfc3339(text).unwrap().ms();
    for (now, expected) in [
        ("2026-03-24T12:00:00Z", "23 h: the clocks change"),
        ("2026-10-20T12:00:00Z", "25 h: the clocks change"),
        ("2026-10-20T12:00:00Z", "All Saints’ Day"),
    ] {
        trial.clock.store(at(now), std::sync::atomic::Ordering::Relaxed);
        let (_, html) = trial.get(&format!("{PAGE}?lang=en")).await;
        assert!(html.contains(expected), "{now}: {html}");
        assert_eq!(html.matches("class=\"strip\"").count(), 14);
    }
}

#[tokio::test]
async fn a_preset_fills_the_form_and_saves_nothing() {
    let trial = Trial::new();
    let (_, html) = trial.get(&format!("{PAGE}?preset=school&lang=en")).await;
    assert!(html.contains("value=\"12:30\"") && html.contains("value=\"17:30\""), "{html}");
    assert_eq!(of(&trial, "101").number, 1);
}

#[tokio::test]
async fn a_calendar_is_taken_in_told_of_and_forgotten() {
    let trial = Trial::new();
    let at = format!("{PAGE}/calendar");
    let day = vocabulary::Zone::UTC.format(NOW.plus_ms(86_400_000), "%Y%m%d");
    let calendar = |lines: &str| {
        let text = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        format!("setpoint=21%2C5&calendar={}", crate::visitor::encode(&text))
    };
    let event = format!(
        "UID:x\r\nSUMMARY:Conseil <b>\r\nDTSTART:{day}T090000Z\r\nDURATION:PT2H\r\nRRULE:FREQ=DAILY;COUNT=3"
    );
    let (status, to, html) = trial.post(&at, &calendar(&event)).await;
    assert_eq!((status, to.contains("done=calendar")), (StatusCode::SEE_OTHER, true), "{html}");
    let kept = of(&trial, "101");
    assert_eq!((kept.schedule.bookings.as_slice().len(), kept.number), (3, 2));
    let (_, html) = trial.get(&format!("{PAGE}?lang=fr")).await;
    assert!(html.contains("3 plages") && html.contains("Conseil &#60;b&#62;"), "{html}");
    let never = format!(
        "{event}\r\nEND:VEVENT\r\n{}BEGIN:VEVENT",
        format!(
            "BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n",
            event.replace("FREQ=DAILY;COUNT=3", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31")
        )
        .repeat(20)
    );
    for (form, said) in [
        (calendar("UID:x"), "role=\"status\""),
        ("setpoint=21&calendar=nonsense".to_owned(), "does not read"),
        ("setpoint=21&calendar=".to_owned(), "role=\"alert\""),
        (calendar(&event).replace("21%2C5", "99"), "30.0"),
        (format!("setpoint=21&calendar={}", "x".repeat(400_000)), "256"),
        (calendar(&never), "at the event \u{2068}Conseil"),
    ] {
        let (status, to, html) = trial.post(&format!("{at}?lang=en"), &form).await;
        let is_told = html.contains(said) || (said.contains("status") && to.contains("done="));
        assert!(is_told, "{form:.60}: {status} {html}");
        let is_kept = html.contains("nonsense</textarea>") && html.contains("name=\"setpoint\" value=\"21\"");
        assert!(is_kept || !form.contains("nonsense"), "what was pasted comes back: {html}");
    }
    assert!(
        of(&trial, "101").schedule.bookings.as_slice().is_empty(),
        "of an event without times there is none"
    );
    trial.post(&at, &calendar(&event)).await;
    trial.post(&at, "drop=yes").await;
    assert!(of(&trial, "101").schedule.bookings.as_slice().is_empty());
}
