//! Sites, rooms and heaters as JSON: unknown is `null`, and every value says how good and how old it is.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use registry::{Action, SiteBook, Target};
use serde_json::{Map, Value, json};
use vocabulary::{HeaterId, RoomId, Timestamp};

use super::{ApiError, Found, Query, answer};
use crate::app::{App, Shared, blocking};
use crate::facts::{Building, HeaterFacts, Measured, RoomFacts, Sensed};
use crate::reads;
use crate::who::Who;

type Answer = Result<Response, ApiError>;

/// `GET /api/v1/sites`
pub(crate) async fn sites(State(app): State<Shared>, who: Who) -> Answer {
    blocking(&app, move |app| {
        let books = app.books()?;
        let sees = |book: &&SiteBook| who.may(Action::SeeSite, Target::Site(&book.site.id));
        let listed: Result<Vec<Value>, ApiError> =
            books.iter().filter(sees).map(|book| site(app, book)).collect();
        Ok(answer(json!({"sites": listed?})))
    })
    .await
}

/// `GET /api/v1/rooms`
pub(crate) async fn rooms(State(app): State<Shared>, who: Who, RawQuery(query): RawQuery) -> Answer {
    of_site(&app, who, query, None, |_, building, _| {
        Ok(json!({"rooms": building.rooms.iter().map(room_json).collect::<Vec<_>>()}))
    })
    .await
}

/// `GET /api/v1/rooms/{room}`
pub(crate) async fn room(
    State(app): State<Shared>,
    who: Who,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let asked = RoomId::new(&id).ok();
    of_site(&app, who, query, asked, move |found, building, _| {
        let room = found.room(&id)?;
        let facts = building.room(&room.id).ok_or_else(|| ApiError::not_found("there is no such room"))?;
        let mut body = room_json(facts);
        body["heaters"] =
            building.heaters_of(&room.id).map(|h| json!(h.heater.id)).collect::<Vec<_>>().into();
        body["schedule"] = json!(room.schedule.week.changes());
        Ok(body)
    })
    .await
}

/// `GET /api/v1/heaters`
pub(crate) async fn heaters(State(app): State<Shared>, who: Who, RawQuery(query): RawQuery) -> Answer {
    of_site(&app, who, query, None, |_, building, wall| {
        Ok(json!({"heaters": building.heaters.iter().map(|h| heater_json(h, wall)).collect::<Vec<_>>()}))
    })
    .await
}

/// `GET /api/v1/heaters/{heater}`
pub(crate) async fn heater(
    State(app): State<Shared>,
    who: Who,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    of_site(&app, who, query, None, move |_, building, wall| {
        let id = HeaterId::new(&id).map_err(|error| ApiError::parameter("heater", error))?;
        let facts =
            building.heater(&id).ok_or_else(|| ApiError::not_found(format!("there is no heater {id}")))?;
        Ok(heater_json(facts, wall))
    })
    .await
}

/// Answers about one site, with the site's name and now beside the answer. What is told of people in `room`, or in all, is noted.
async fn of_site(
    app: &Shared,
    who: Who,
    query: Option<String>,
    room: Option<RoomId>,
    make: impl FnOnce(&Found, &Building, Timestamp) -> Result<Value, ApiError> + Send + 'static,
) -> Answer {
    blocking(app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let building = found.building(app)?;
        let mut body = make(&found, &building, building.wall)?;
        reads::live(app, &who, &found.book().site.id, room.as_ref())?;
        body["site"] = json!(found.book().site.id);
        body["now_ms"] = json!(building.now);
        Ok(answer(body))
    })
    .await
}

fn site(app: &App, book: &SiteBook) -> Result<Value, ApiError> {
    let building = app.building(book)?;
    let (comfortable, judged) = building.comfort();
    Ok(json!({
        "site": book.site.id,
        "name": book.site.name,
        "zone": book.site.zone,
        "clock": book.site.clock,
        "demonstration": book.site.demonstration,
        "now_ms": building.now,
        "cap_w": book.site.cap_w,
        "rooms": book.rooms.len(),
        "heaters": book.heaters.len(),
        "rooms_comfortable": comfortable,
        "rooms_judged": judged,
        "state": building.state,
    }))
}

fn measured(value: Measured) -> Value {
    json!({"value": value.value, "quality": value.trust.as_str(), "as_of_ms": value.as_of})
}

fn room_json(facts: &RoomFacts) -> Value {
    let overrides = facts.overrides.iter().map(super::overrides::to_json).collect::<Vec<_>>();
    json!({
        "room": facts.room.id,
        "name": facts.room.name,
        "floor": facts.room.floor,
        "temperature_c": measured(facts.temperature),
        "humidity_pct": measured(facts.humidity),
        "co2_ppm": measured(facts.co2),
        "illuminance_lux": measured(facts.light),
        "occupied": facts.occupied,
        "setpoint_c": facts.setpoint_c,
        "setpoint_by": facts.setpoint_by,
        "until_ms": facts.until,
        "low_c": facts.room.low_c,
        "high_c": facts.room.high_c,
        "budget_w": facts.budget_w,
        "drawn_w": facts.drawn_w,
        "mode": facts.mode,
        "why": facts.why,
        "action": facts.action.as_str(),
        "overrides": overrides,
        "simulated": facts.simulated,
        "as_of_ms": facts.as_of,
    })
}

fn heater_json(facts: &HeaterFacts, wall: Timestamp) -> Value {
    let value = |sensed: &Sensed| {
        let mut json = measured(sensed.value);
        json["reason"] = json!(sensed.reason);
        (sensed.metric.to_string(), json)
    };
    json!({
        "heater": facts.heater.id,
        "name": facts.heater.name,
        "room": facts.heater.room,
        "rated_w": facts.heater.rated_w,
        "resistor_w": facts.heater.resistor_w,
        "fallback_w": facts.heater.fallback_w,
        "simulated": facts.heater.simulated,
        "silent": facts.silent,
        "status": facts.status.map(vocabulary::HeaterStatus::as_str),
        "mode": facts.mode,
        "heartbeat": facts.heartbeat,
        "heard_at_ms": facts.heard_at,
        "lease_left_s": facts.lease_left_s(wall),
        "instructions": facts.instructions,
        "budget": facts.budget.as_ref().map(|(budget, _)| budget),
        "values": facts.values.iter().map(value).collect::<Map<_, _>>(),
        "as_of_ms": facts.seen_at,
    })
}
