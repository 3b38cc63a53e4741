//! What a room's past is made of besides its series: what each heater in it drew, and what happened there.

use std::fmt::Write as _;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use serde_json::{Value, json};
use vocabulary::{HeaterId, Metric};

use super::series::{points, round, span};
use super::{ApiError, Found, Query, answer, csv, internal};
use crate::app::{App, Shared, blocking};
use crate::happened::{self, Happened, What};
use crate::history::{self, Bin};
use crate::who::Who;

type Answer = Result<Response, ApiError>;

/// `GET /api/v1/rooms/{room}/powers`
pub(crate) async fn powers(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    blocking(&app, move |app| read_powers(app, &who, &room, &Query::read(query))).await
}

/// `GET /api/v1/rooms/{room}/events`
pub(crate) async fn events(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    blocking(&app, move |app| read_events(app, &who, &room, &Query::read(query))).await
}

fn read_powers(app: &App, who: &Who, room: &str, query: &Query) -> Answer {
    let found = Found::site(app, query, who)?;
    let (site, room) = (&found.book().site, found.room(room)?);
    let span = span(query, app.now(site))?;
    let mut lines = history::by_heaters(&app.store, (&site.id, Some(&room.id)), &Metric::PowerW, span)
        .map_err(|error| internal(&error.to_string()))?;
    lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    match query.value("format") {
        None | Some("json") => {
            let line =
                |(heater, bins): &(HeaterId, Vec<Bin>)| json!({"heater": heater, "points": points(bins)});
            Ok(answer(json!({
                "site": site.id,
                "room": room.id,
                "from_ms": span.from,
                "to_ms": span.to,
                "step_ms": span.step_ms,
                "heaters": lines.iter().map(line).collect::<Vec<_>>(),
            })))
        }
        Some("csv") => Ok(csv(&format!("{}-powers", room.id), powers_csv(&lines))),
        Some(_) => Err(ApiError::parameter("format", "json or csv")),
    }
}

fn powers_csv(lines: &[(HeaterId, Vec<Bin>)]) -> String {
    let mut csv = "heater,time,power_w_mean,power_w_min,power_w_max,count\r\n".to_owned();
    for (heater, bins) in lines {
        for bin in bins {
            let (time, mean) = (bin.start.rfc3339(), round(bin.mean));
            let _ = write!(csv, "{heater},{time},{mean},{},{},{}\r\n", bin.min, bin.max, bin.count);
        }
    }
    csv
}

fn read_events(app: &App, who: &Who, room: &str, query: &Query) -> Answer {
    let found = Found::site(app, query, who)?;
    let (site, room) = (&found.book().site, found.room(room)?);
    let span = span(query, app.now(site))?;
    let mut overrides = app.registry.overrides_between(&site.id, span.from, span.to)?;
    overrides.retain(|o| o.wish.room == room.id);
    let of_room = found.book().heaters.iter().filter(|heater| heater.room.as_ref() == Some(&room.id));
    let heaters: Vec<HeaterId> = of_room.map(|heater| heater.id.clone()).collect();
    let of = (&site.id, &room.id, heaters.as_slice());
    let events = happened::in_room(app, of, &overrides, (span.from, span.to))?;
    match query.value("format") {
        None | Some("json") => Ok(answer(json!({
            "site": site.id,
            "room": room.id,
            "from_ms": span.from,
            "to_ms": span.to,
            "events": events.iter().map(to_json).collect::<Vec<_>>(),
        }))),
        Some("csv") => Ok(csv(&format!("{}-events", room.id), events_csv(&events))),
        Some(_) => Err(ApiError::parameter("format", "json or csv")),
    }
}

fn to_json(event: &Happened) -> Value {
    let mut told = json!({"from_ms": event.from, "to_ms": event.to});
    match &event.what {
        What::Override(wish) => {
            told["kind"] = json!("override");
            told["setpoint_c"] = json!(wish.wish.setpoint_c);
            told["by"] = json!(wish.wish.by);
        }
        What::Alarm(alarm) => {
            told["kind"] = json!("alarm");
            told["alarm"] = json!(alarm.id);
            told["about"] = json!(alarm.subject.place());
            told["rule"] = json!(alarm.rule.as_str());
            told["severity"] = json!(alarm.severity().as_str());
        }
    }
    told
}

fn events_csv(events: &[Happened]) -> String {
    let mut csv = "from,to,kind,by,setpoint_c,about,rule,severity\r\n".to_owned();
    for event in events {
        let (from, to) =
            (event.from.rfc3339(), event.to.map(vocabulary::Timestamp::rfc3339).unwrap_or_default());
        let _ = match &event.what {
            What::Override(wish) => {
                let (by, setpoint_c) = (wish.wish.by.as_str(), wish.wish.setpoint_c.degrees());
                write!(csv, "{from},{to},override,{by},{setpoint_c},,,\r\n")
            }
            What::Alarm(alarm) => {
                let (about, rule) = (alarm.subject.place(), alarm.rule.as_str());
                write!(csv, "{from},{to},alarm,,,{about},{rule},{}\r\n", alarm.severity().as_str())
            }
        };
    }
    csv
}

#[cfg(test)]
mod tests {
    use registry::{AlarmFinding, AlarmRule, AlarmSubject, NewOverride};
    use vocabulary::{Celsius, RoomId, SetpointBy};

    use crate::trial::{NOW, Trial, book};

    const HOUR_MS: i64 = 3_600_000;

    #[tokio::test]
    async fn the_powers_of_a_room_are_those_of_each_heater_that_stood_in_it() {
        let mut book = book();
        book.heaters[1].room = Some(RoomId::new("101").unwrap());
        let trial = Trial::lived_in(&book);
        let (_, body) = trial.json("/api/v1/rooms/101/powers?points=24").await;
        let lines: Vec<_> = body["heaters"].as_array().unwrap().iter().collect();
        assert_eq!(
            (&lines[0]["heater"], lines[0]["points"].as_array().unwrap().len()),
            (&"h-101".into(), 24)
        );
        assert_eq!((lines.len(), &lines[1]["heater"]), (2, &"h-102".into()));
        let (_, csv) = trial.get("/api/v1/rooms/101/powers?points=2&format=csv").await;
        let mut rows = csv.lines();
        assert_eq!(rows.next(), Some("heater,time,power_w_mean,power_w_min,power_w_max,count"));
        assert!(rows.next().unwrap().starts_with("h-101,2026-01-20T13:30:00Z,"), "{csv}");
    }

    #[tokio::test]
    async fn events_are_the_overrides_and_alarms_of_the_room_as_json_and_as_a_file() {
        let trial = Trial::silent(&[book()]);
        let (site, room) = (book().site.id, book().rooms[0].id.clone());
        let wish = NewOverride {
            site: site.clone(),
            room: room.clone(),
            setpoint_c: Celsius::from_hundredths(2150),
            until: NOW.plus_ms(-HOUR_MS),
            by: SetpointBy::Tenant,
            label: "=anna".to_owned(),
        };
        trial.app.registry.add_override(&wish, "anna", NOW.plus_ms(-3 * HOUR_MS)).unwrap();
        let finding = AlarmFinding {
            subject: AlarmSubject::Room(site, room),
            rule: AlarmRule::RoomCold,
            is_active: true,
            value: Some(2.5),
            limit: 2.0,
            beneath: None,
        };
        trial.app.registry.note_alarms(&[finding], NOW.plus_ms(-2 * HOUR_MS)).unwrap();
        let (_, body) = trial.json("/api/v1/rooms/101/events").await;
        let [wish, alarm] = body["events"].as_array().unwrap().as_slice() else { panic!("{body}") };
        assert_eq!((&wish["kind"], &wish["by"]), (&"override".into(), &"tenant".into()));
        assert_eq!((&alarm["rule"], alarm["to_ms"].is_null()), (&"room_cold".into(), true), "it lasts");
        let (_, csv) = trial.get("/api/v1/rooms/101/events?format=csv").await;
        let rows = [
            "from,to,kind,by,setpoint_c,about,rule,severity",
            "2026-01-21T10:30:00Z,2026-01-21T12:30:00Z,override,tenant,21.5,,,",
            "2026-01-21T11:30:00Z,,alarm,,,room/101,room_cold,high",
        ];
        assert_eq!(csv.lines().collect::<Vec<_>>(), rows, "nothing that people wrote is in it");
        let (_, none) = trial.json("/api/v1/rooms/102/events").await;
        assert_eq!(none["events"].as_array().unwrap().len(), 0);
    }
}
