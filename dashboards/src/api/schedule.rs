//! Schedules for programs: read with the days ahead, written with the version that was seen, and as calendars.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use registry::{Room, ScheduleEdit, ScheduleSaved, ScheduleVersion};
use serde::Deserialize;
use serde_json::{Value, json};
use vocabulary::{DayException, DaySource, EffectiveDay, HolidayCalendar, Schedule, Week};

use super::{ApiError, Found, Query, answer, read_body};
use crate::app::{App, Shared, blocking};
use crate::ical::{CalendarError, Skipped, calendar, take};
use crate::language::Language;
use crate::who::Who;
use crate::wish::{MANAGER_C, read_setpoint};

/// So many days ahead are told.
const DAYS: i64 = 14;
/// A reason is no longer than this.
const LONGEST_WHY: usize = 200;

/// What a program writes. What is left out stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The version that was read; without it whatever is there is replaced.
    seen: Option<u32>,
    week: Option<Week>,
    exceptions: Option<Vec<DayException>>,
    #[serde(default)]
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedHolidays {
    calendar: HolidayCalendar,
}

/// `GET /api/v1/rooms/{room}/schedule`
pub(crate) async fn show(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let (room, site) = (found.room(&room)?, &found.book().site);
        let version = app.registry.schedule_version(&site.id, &room.id)?;
        let today = site.zone.date(app.now(site));
        let days = (0..DAYS).map(|ahead| version.schedule.day(site.zone, today.plus_days(ahead)));
        let days: Vec<Value> = days.map(|day| day_json(&day)).collect();
        let mut body = version_json(&version);
        body["site"] = json!(site.id);
        body["room"] = json!(room.id);
        body["holidays"] = json!(version.schedule.holidays);
        body["days"] = json!(days);
        Ok(answer(body))
    })
    .await
}

/// `GET /api/v1/rooms/{room}/schedule/versions`
pub(crate) async fn versions(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let versions = app.registry.schedule_versions(&found.book().site.id, &found.room(&room)?.id)?;
        Ok(answer(json!({"versions": versions.iter().map(version_json).collect::<Vec<_>>()})))
    })
    .await
}

/// `POST /api/v1/rooms/{room}/schedule`
pub(crate) async fn set(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, ApiError> {
    let wanted: Wanted = read_body(&body)?;
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let room = found.room(&room)?;
        let mut schedule = app.registry.schedule_version(&found.book().site.id, &room.id)?.schedule;
        schedule.week = wanted.week.unwrap_or(schedule.week);
        schedule.exceptions = wanted.exceptions.unwrap_or(schedule.exceptions);
        let why: String = wanted.why.chars().take(LONGEST_WHY).collect();
        write(app, &who, &found, room, (schedule, wanted.seen, &why))
    })
    .await
}

/// `GET /api/v1/rooms/{room}/calendar`
pub(crate) async fn calendar_of_room(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let query = Query::read(query);
        let found = Found::site(app, &query, &who)?;
        let room = found.room(&room)?;
        let text = calendar(found.book(), &[room], app.now(&found.book().site), language(&query));
        Ok(file(room.id.as_str(), text))
    })
    .await
}

/// `GET /api/v1/calendar`: of the whole site, or of a floor.
pub(crate) async fn calendar_of_group(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let query = Query::read(query);
        let found = Found::site(app, &query, &who)?;
        let is_asked = |room: &&Room| query.value("floor").is_none_or(|floor| room.floor.as_str() == floor);
        let rooms: Vec<&Room> = found.book().rooms.iter().filter(is_asked).collect();
        if rooms.is_empty() {
            return Err(ApiError::not_found("there is no room on such a floor"));
        }
        let text = calendar(found.book(), &rooms, app.now(&found.book().site), language(&query));
        Ok(file(found.book().site.id.as_str(), text))
    })
    .await
}

/// `POST /api/v1/rooms/{room}/calendar`: a calendar in place of the bookings before.
pub(crate) async fn take_calendar(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let query = Query::read(query);
        let found = Found::site(app, &query, &who)?;
        let (room, site) = (found.room(&room)?, &found.book().site);
        let setpoint = query.value("setpoint_c").and_then(|text| read_setpoint(text).ok());
        let setpoint =
            setpoint.ok_or_else(|| ApiError::parameter("setpoint_c", "a temperature is needed"))?;
        let text = std::str::from_utf8(&body).map_err(|_| unreadable("the calendar is not UTF-8"))?;
        let taken = take(text, setpoint, site.zone, app.now(site)).map_err(|error| match error {
            CalendarError::TooLarge => ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "calendar",
                "the calendar is too long, too deep, or has too many events",
            ),
            CalendarError::Unreadable => unreadable("this does not read as iCalendar"),
            CalendarError::NoEvents => unreadable("there is no event in it"),
            CalendarError::TooMuch(event) => ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "calendar",
                format!("the rules of this calendar repeat for too long or too often, at the event {event}"),
            ),
        })?;
        let current = app.registry.schedule_version(&site.id, &room.id)?;
        let count = taken.bookings.as_slice().len();
        let schedule = Schedule { bookings: taken.bookings, ..current.schedule };
        let why = format!("calendar: {count} times");
        write(app, &who, &found, room, (schedule, Some(current.number), &why))?;
        let skipped: serde_json::Map<String, Value> =
            taken.skipped.iter().map(|(why, count)| (word(*why).to_owned(), json!(count))).collect();
        Ok(answer(json!({"bookings": count, "skipped": skipped})))
    })
    .await
}

/// `GET /api/v1/holidays`
pub(crate) async fn holidays(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let site = &found.book().site.id;
        Ok(answer(json!({"site": site, "calendar": app.registry.holidays(site)?})))
    })
    .await
}

/// `POST /api/v1/holidays`
pub(crate) async fn set_holidays(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, ApiError> {
    let wanted: WantedHolidays = read_body(&body)?;
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let site = &found.book().site.id;
        app.registry.set_holidays(site, wanted.calendar, &who.by, app.wall())?;
        Ok(answer(json!({"site": site, "calendar": wanted.calendar})))
    })
    .await
}

/// Writes a schedule, or says what is wrong with it or who came between.
fn write(
    app: &App,
    who: &Who,
    found: &Found,
    room: &Room,
    (schedule, seen, why): (Schedule, Option<u32>, &str),
) -> Result<Response, ApiError> {
    let site = &found.book().site.id;
    let refuse = |error: vocabulary::ScheduleError| {
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "schedule", error.to_string())
    };
    schedule.check(MANAGER_C).map_err(refuse)?;
    let edit = ScheduleEdit { room: room.id.clone(), schedule, seen };
    match app.registry.edit_schedules(site, &[edit], (&who.by, why), app.wall())? {
        ScheduleSaved::Saved(_) => Ok(answer(version_json(&app.registry.schedule_version(site, &room.id)?))),
        ScheduleSaved::EditedMeanwhile(other) => Err(ApiError::new(
            StatusCode::CONFLICT,
            "edited_meanwhile",
            format!("version {} came between: read it, and write with it as seen", other.number),
        )),
    }
}

fn unreadable(why: &str) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "calendar", why)
}

/// The language that numbers in a calendar are written in.
fn language(query: &Query) -> Language {
    query.value("lang").and_then(Language::from_tag).unwrap_or(Language::English)
}

/// A version without its author, whom only those who see the audit are told, and without what a calendar calls its events.
fn version_json(version: &ScheduleVersion) -> Value {
    let bookings = version.schedule.bookings.as_slice().iter().map(|booking| {
        json!({"from_ms": booking.from, "until_ms": booking.until, "setpoint_c": booking.setpoint_c})
    });
    json!({
        "version": version.number,
        "at_ms": version.at,
        "why": version.why,
        "week": version.schedule.week,
        "exceptions": version.schedule.exceptions,
        "bookings": bookings.collect::<Vec<_>>(),
    })
}

fn day_json(day: &EffectiveDay) -> Value {
    let spans = day
        .spans
        .iter()
        .map(|span| json!({"from_ms": span.from, "until_ms": span.until, "setpoint_c": span.setpoint_c}));
    let (source, holiday) = match day.source {
        DaySource::Week => ("week", None),
        DaySource::Holiday(holiday) => ("holiday", Some(holiday)),
        DaySource::Exception(_) => ("exception", None),
    };
    let hours = day.length_ms() as f64 / 3_600_000.0;
    json!({
        "date": day.date, "source": source, "holiday": holiday, "hours": hours,
        "spans": spans.collect::<Vec<_>>(),
    })
}

const fn word(skipped: Skipped) -> &'static str {
    match skipped {
        Skipped::Times => "times",
        Skipped::Rule => "rule",
        Skipped::Zone => "zone",
        Skipped::Later => "later",
    }
}

fn file(name: &str, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.ics\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use crate::trial::Trial;

    const SCHEDULE: &str = "/api/v1/rooms/101/schedule?site=demo";
    const CALENDAR: &str = "/api/v1/rooms/101/calendar?site=demo";
    const EVENT: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTART:20300105T090000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:y\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[tokio::test]
    async fn a_schedule_is_read_written_with_its_version_and_refused_with_an_older_one() {
        let trial = Trial::new();
        let (_, before) = trial.json(SCHEDULE).await;
        assert_eq!((&before["version"], &before["week"]["otherwise_c"]), (&json!(1), &json!(17.0)));
        assert_eq!(
            before["week"]["days"][0],
            json!([{"from": "07:00", "until": "19:00", "setpoint_c": 20.5}])
        );
        let days = before["days"].as_array().unwrap();
        let hours = |day: &serde_json::Value| {
            let spans = day["spans"].as_array().unwrap().iter();
            let ms =
                spans.map(|s| s["until_ms"].as_i64().unwrap() - s["from_ms"].as_i64().unwrap()).sum::<i64>();
            ms as f64 / 3_600_000.0
        };
        assert!(days.len() == 14 && days.iter().all(|day| day["hours"] == hours(day)), "{days:?}");
        let mut wanted = json!({"seen": 1, "why": "inventory", "week": before["week"]});
        wanted["week"]["days"][6] = json!([{"from": "08:00", "until": "24:00", "setpoint_c": 19.5}]);
        wanted["exceptions"] =
            json!([{"from": "2030-01-01", "until": "2030-01-02", "day": {"constant": 15.0}}]);
        let (status, text) = trial.send("POST", SCHEDULE, &wanted.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        let (_, after) = trial.json(SCHEDULE).await;
        assert_eq!((&after["version"], &after["week"]), (&json!(2), &wanted["week"]));
        assert_eq!(after["exceptions"], wanted["exceptions"]);
        let (status, text) = trial.send("POST", SCHEDULE, r#"{"seen":1,"exceptions":[]}"#).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(text.to_string().contains("edited_meanwhile"), "{text}");
        let (_, versions) = trial.json("/api/v1/rooms/101/schedule/versions?site=demo").await;
        let versions = versions["versions"].as_array().unwrap();
        assert_eq!((versions.len(), &versions[0]["why"]), (2, &json!("inventory")));
    }

    #[tokio::test]
    async fn what_cannot_be_a_schedule_is_refused_and_changes_nothing() {
        let trial = Trial::new();
        let week =
            |day: &str| format!(r#"{{"week":{{"otherwise_c":17,"days":[[{day}],[],[],[],[],[],[]]}}}}"#);
        let span = |from: &str, until: &str, setpoint: &str| {
            format!(r#"{{"from":"{from}","until":"{until}","setpoint_c":{setpoint}}}"#)
        };
        let overlap = format!("{},{}", span("08:00", "10:00", "20"), span("09:00", "11:00", "20"));
        for (body, expected) in [
            ("{".to_owned(), StatusCode::BAD_REQUEST),
            (r#"{"weeks":[]}"#.to_owned(), StatusCode::BAD_REQUEST),
            (week(&overlap), StatusCode::BAD_REQUEST),
            (week(&span("08:00", "07:00", "20")), StatusCode::BAD_REQUEST),
            (week(&span("08:00", "24:15", "20")), StatusCode::BAD_REQUEST),
            (week(&span("08:00", "10:00", "1e999")), StatusCode::BAD_REQUEST),
            (week(&span("08:00", "10:00", "30.5")), StatusCode::UNPROCESSABLE_ENTITY),
            (
                r#"{"exceptions":[{"from":"2030-01-02","until":"2030-01-01","day":{"like":1}}]}"#.to_owned(),
                StatusCode::BAD_REQUEST,
            ),
        ] {
            assert_eq!(trial.send("POST", SCHEDULE, &body).await.0, expected, "{body}");
        }
        assert_eq!(trial.json(SCHEDULE).await.1["version"], 1);
    }

    #[tokio::test]
    async fn a_calendar_is_taken_in_and_given_out() {
        let trial = Trial::new();
        trial.clock.store(
            vocabulary::Timestamp::parse_rfc3339("2030-01-04T12:00:00Z").unwrap().ms(),
            std::sync::atomic::Ordering::Relaxed,
        );
        let (status, text) = trial.send("POST", &format!("{CALENDAR}&setpoint_c=21.5"), EVENT).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        assert_eq!(text, json!({"bookings": 1, "skipped": {"times": 1}}));
        let (_, schedule) = trial.json(SCHEDULE).await;
        assert_eq!(schedule["bookings"][0]["setpoint_c"], 21.5);
        let (status, text) = trial.get(&format!("{CALENDAR}&lang=fr")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("DTSTART:20300105T090000Z") && text.contains("21\\,5"), "{text}");
        let (_, floor) = trial.get("/api/v1/calendar?site=demo&floor=1er+%C3%A9tage").await;
        let (_, all) = trial.get("/api/v1/calendar?site=demo").await;
        assert!(floor.contains("BEGIN:VEVENT") && all.len() > floor.len());
        assert_eq!(trial.get("/api/v1/calendar?site=demo&floor=attic").await.0, StatusCode::NOT_FOUND);
        for (query, body) in [("", EVENT), ("&setpoint_c=99", EVENT), ("&setpoint_c=20", "nonsense")] {
            let (status, _) = trial.send("POST", &format!("{CALENDAR}{query}"), body).await;
            assert!(status.is_client_error(), "{query} {body:.20}: {status}");
        }
    }

    #[tokio::test]
    async fn holidays_are_written_and_read_back() {
        let trial = Trial::new();
        let holidays = "/api/v1/holidays?site=demo";
        assert_eq!(trial.json(holidays).await.1["calendar"], "none");
        let (status, _) = trial.send("POST", holidays, r#"{"calendar":"alsace_moselle"}"#).await;
        assert_eq!(
            (status, &trial.json(holidays).await.1["calendar"]),
            (StatusCode::OK, &json!("alsace_moselle"))
        );
        let (status, _) = trial.send("POST", holidays, r#"{"calendar":"atlantis"}"#).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}
