//! What is planned and expected of a room for the day ahead, and what was learned of it.

use std::fmt::Write as _;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use serde_json::{Value, json};
use vocabulary::RoomForecast;

use super::{ApiError, Found, Query, answer, csv};
use crate::app::{App, Shared, blocking};
use crate::facts::RoomFacts;
use crate::forecast::{Outlook, Step};
use crate::reads;
use crate::who::Who;

type Answer = Result<Response, ApiError>;

/// `GET /api/v1/rooms/{room}/forecast`
pub(crate) async fn forecast(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    blocking(&app, move |app| read_forecast(app, &who, &room, &Query::read(query))).await
}

/// `GET /api/v1/rooms/{room}/learned`
pub(crate) async fn learned(
    State(app): State<Shared>,
    who: Who,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let building = found.building(app)?;
        let room = found.room(&room)?;
        let facts = building.room(&room.id).ok_or_else(|| ApiError::not_found("there is no such room"))?;
        let mut body = learned_json(facts);
        (body["site"], body["now_ms"]) = (json!(found.book().site.id), json!(building.now));
        Ok(answer(body))
    })
    .await
}

/// `GET /api/v1/learned`
pub(crate) async fn learned_of_all(State(app): State<Shared>, who: Who, RawQuery(query): RawQuery) -> Answer {
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let building = found.building(app)?;
        let rooms: Vec<_> = building.rooms.iter().map(learned_json).collect();
        Ok(answer(json!({"site": found.book().site.id, "now_ms": building.now, "rooms": rooms})))
    })
    .await
}

fn read_forecast(app: &App, who: &Who, room: &str, query: &Query) -> Answer {
    let found = Found::site(app, query, who)?;
    let building = found.building(app)?;
    let (site, room) = (&found.book().site.id, found.room(room)?);
    let facts = building.room(&room.id).ok_or_else(|| ApiError::not_found("there is no such room"))?;
    let outlook = facts.outlook(building.now);
    let sees_presence = who.sees_presence(site, &room.id, building.now);
    if sees_presence && outlook.is_some() {
        reads::expected(app, who, site, &room.id)?;
    }
    match query.value("format") {
        None | Some("json") => {
            let steps = outlook.as_ref().map(|outlook| {
                outlook.steps.iter().map(|step| step_json(step, sees_presence)).collect::<Vec<_>>()
            });
            Ok(answer(json!({
                "site": site,
                "room": room.id,
                "now_ms": building.now,
                "as_of_ms": outlook.as_ref().map(|outlook| outlook.as_of),
                "stale": outlook.as_ref().map(|outlook| outlook.is_stale),
                "simulated": facts.simulated,
                "steps": steps,
            })))
        }
        Some("csv") => Ok(csv(&format!("{}-forecast", room.id), to_csv(outlook.as_ref(), sees_presence))),
        Some(_) => Err(ApiError::parameter("format", "json or csv")),
    }
}

fn step_json(step: &Step, sees_presence: bool) -> Value {
    json!({
        "from_ms": step.from,
        "to_ms": step.to,
        "power_w": step.power_w,
        "air_c": step.air_c,
        "error_k": step.error_k,
        "low_c": step.low_c,
        "high_c": step.high_c,
        "presence": sees_presence.then_some(step.presence),
    })
}

/// What is not known, or not to be seen, is an empty cell.
fn to_csv(outlook: Option<&Outlook>, sees_presence: bool) -> String {
    let mut csv = "from,to,power_w,air_c,error_k,low_c,high_c,presence\r\n".to_owned();
    for step in outlook.map(|outlook| outlook.steps.as_slice()).unwrap_or_default() {
        let cell = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let (from, to) = (step.from.rfc3339(), step.to.rfc3339());
        let (error_k, presence) = (cell(step.error_k), cell(sees_presence.then_some(step.presence)));
        let _ = write!(
            csv,
            "{from},{to},{},{},{error_k},{},{},{presence}\r\n",
            step.power_w, step.air_c, step.low_c, step.high_c
        );
    }
    csv
}

fn learned_json(facts: &RoomFacts) -> Value {
    let forecast: Option<&RoomForecast> = facts.forecast.as_deref();
    json!({
        "room": facts.room.id,
        "name": facts.room.name,
        "as_of_ms": forecast.map(|forecast| forecast.as_of),
        "learned": forecast.map(|forecast| forecast.learned),
    })
}

#[cfg(test)]
mod tests;
