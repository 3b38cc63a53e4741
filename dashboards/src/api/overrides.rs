//! Overrides for programs: list, set, end. What is written here the controller reads from the book.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use registry::{Action, Override, Target};
use serde::Deserialize;
use serde_json::{Value, json};
use vocabulary::{Celsius, RoomId, Timestamp};

use super::{ApiError, Found, Query, answer, read_body};
use crate::app::{Shared, blocking};
use crate::who::Who;
use crate::wish::{self, Asker, WishError};

/// What a program asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    site: Option<String>,
    room: String,
    setpoint_c: f64,
    until_ms: Timestamp,
}

/// An override as programs read it.
pub(crate) fn to_json(wish: &Override) -> Value {
    json!({
        "id": wish.id,
        "site": wish.wish.site,
        "room": wish.wish.room,
        "setpoint_c": wish.wish.setpoint_c,
        "until_ms": wish.wish.until,
        "by": wish.wish.by,
        "label": wish.wish.label,
        "created_ms": wish.created_at,
    })
}

/// `GET /api/v1/overrides`
pub(crate) async fn list(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let query = Query::read(query);
        let found = Found::site(app, &query, &who)?;
        let room = query.value("room").map(|text| found.room(text)).transpose()?;
        let now = app.now(&found.book().site);
        let overrides = app.registry.overrides(&found.book().site.id, now)?;
        let wanted = overrides.iter().filter(|o| room.is_none_or(|room| o.wish.room == room.id));
        Ok(answer(json!({"overrides": wanted.map(to_json).collect::<Vec<_>>()})))
    })
    .await
}

/// `POST /api/v1/overrides`
pub(crate) async fn add(State(app): State<Shared>, who: Who, body: Bytes) -> Result<Response, ApiError> {
    let asked: Asked = read_body(&body)?;
    blocking(&app, move |app| {
        let query = Query(asked.site.into_iter().map(|site| ("site".to_owned(), site)).collect());
        let found = Found::site(app, &query, &who)?;
        may_override(&who, &found, &asked.room)?;
        let room = found.room(&asked.room)?;
        let site = &found.book().site;
        let now = app.now(site);
        let setpoint = Celsius::new(asked.setpoint_c).map_err(|error| refused("setpoint_c", error))?;
        let wish = wish::judge((Asker::Manager, &who.by), site, room, setpoint, asked.until_ms, now)
            .map_err(refusal)?;
        let id = app.registry.add_override(&wish, &who.by, now)?;
        let written = to_json(&Override { id, wish, created_at: now });
        Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], axum::Json(written)).into_response())
    })
    .await
}

/// `DELETE /api/v1/overrides/{id}`
pub(crate) async fn end(
    State(app): State<Shared>,
    who: Who,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let id: i64 = id.parse().map_err(|_| ApiError::parameter("id", "a whole number"))?;
        let found = Found::site(app, &Query::read(query), &who)?;
        let site = &found.book().site;
        let now = app.now(site);
        let gone = || ApiError::not_found(format!("no override {id} is in force"));
        let overrides = app.registry.overrides(&site.id, now)?;
        let wish = overrides.iter().find(|o| o.id == id).ok_or_else(gone)?;
        // Whoever may not know of the room is told of an override there what they are told of one that is not.
        may_override(&who, &found, wish.wish.room.as_str())
            .map_err(|refusal| if refusal.is_not_found() { gone() } else { refusal })?;
        let room = found.room(wish.wish.room.as_str())?;
        if app.registry.end_override(&site.id, &room.id, id, &who.by, now)? {
            Ok(StatusCode::NO_CONTENT.into_response())
        } else {
            Err(gone())
        }
    })
    .await
}

/// Asks at the inner door: what an override is set on stands in a body or in the book, not in the address.
fn may_override(who: &Who, found: &Found, room: &str) -> Result<(), ApiError> {
    let site = &found.book().site.id;
    let verdict = match RoomId::new(room) {
        Ok(room) => who.must(Action::SetOverride, Target::Room(site, &room)),
        Err(_) => who.must(Action::SetOverride, Target::Site(site)),
    };
    Ok(verdict?)
}

fn refused(name: &str, what: impl std::fmt::Display) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", format!("{name}: {what}"))
}

fn refusal(error: WishError) -> ApiError {
    match error {
        WishError::Setpoint => refused("setpoint_c", "not a temperature"),
        WishError::OutsideBand(low, high) => refused("setpoint_c", format!("must be from {low} to {high}")),
        WishError::End => refused("until_ms", "an end is required"),
        WishError::EndsTooSoon => refused("until_ms", "must be at least a minute from now"),
        WishError::EndsTooLate(longest_ms) => {
            refused("until_ms", format!("at most {} hours from now", longest_ms / 3_600_000))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use crate::trial::{NOW, Trial};

    fn wish(setpoint_c: f64, until_ms: i64) -> String {
        json!({"site": "demo", "room": "101", "setpoint_c": setpoint_c, "until_ms": until_ms}).to_string()
    }

    #[tokio::test]
    async fn an_override_is_set_listed_and_ended() {
        let trial = Trial::new();
        let until = NOW.ms() + 3_600_000;
        let (status, set) = trial.send("POST", "/api/v1/overrides", &wish(21.5, until)).await;
        assert_eq!(
            (status, &set["setpoint_c"], &set["by"]),
            (StatusCode::CREATED, &json!(21.5), &json!("manager"))
        );
        let (_, listed) = trial.json("/api/v1/overrides?room=101").await;
        assert_eq!(listed["overrides"], json!([set]));
        assert_eq!(trial.json("/api/v1/rooms/101").await.1["setpoint_c"], 21.5);
        let path = format!("/api/v1/overrides/{}", set["id"]);
        assert_eq!(trial.send("DELETE", &path, "").await.0, StatusCode::NO_CONTENT);
        assert_eq!(trial.send("DELETE", &path, "").await.0, StatusCode::NOT_FOUND);
        assert_eq!(trial.json("/api/v1/rooms/101").await.1["setpoint_c"], 20.5);
    }

    #[tokio::test]
    async fn what_may_not_be_asked_is_refused_by_name() {
        let trial = Trial::new();
        let hour = NOW.ms() + 3_600_000;
        for (body, status, name) in [
            (wish(30.5, hour), 422, "setpoint_c"),
            (wish(1e9, hour), 422, "setpoint_c"),
            (wish(20.0, NOW.ms()), 422, "until_ms"),
            (wish(20.0, hour + 7 * 24 * 3_600_000), 422, "until_ms"),
            (r#"{"room":"101","setpoint_c":20}"#.to_owned(), 400, "until_ms"),
            (r#"{"room":"101","setpoint_c":20,"until_ms":1,"by":"me"}"#.to_owned(), 400, "by"),
            ("[".to_owned(), 400, "EOF"),
        ] {
            let (found, answer) = trial.send("POST", "/api/v1/overrides", &body).await;
            assert_eq!(found.as_u16(), status, "{body}");
            assert!(answer["error"]["message"].as_str().unwrap().contains(name), "{body}: {answer}");
        }
    }
}
