//! The same data for programs: JSON under `/api/v1`, described at `/api/openapi.json`.

pub(crate) mod alarms;
pub(crate) mod building;
pub(crate) mod diagnostics;
pub(crate) mod export;
pub(crate) mod forecast;
pub(crate) mod overrides;
pub(crate) mod report;
pub(crate) mod room_past;
pub(crate) mod rules;
pub(crate) mod schedule;
pub(crate) mod series;
pub(crate) mod stream;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use registry::{Clock, RegistryError, SiteBook};
use serde::Deserialize;
use serde_json::{Value, json};
use vocabulary::{RoomId, SiteId};

use crate::app::App;
use crate::facts::Building;
use crate::who::Who;

/// The description of the API.
pub(crate) const DESCRIPTION: &str = include_str!("../../assets/openapi.json");

/// A refusal as programs read it: `{"error":{"code":"…","message":"…"}}`.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Whether it says that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    /// A parameter that does not read; the message names it.
    pub(crate) fn parameter(name: &str, what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "parameter", format!("{name}: {what}"))
    }
}

impl From<ApiError> for Response {
    fn from(error: ApiError) -> Self {
        error.into_response()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"error": {"code": self.code, "message": self.message}});
        (self.status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Unknown(what) => Self::not_found(format!("there is no {what}")),
            other => internal(&other.to_string()),
        }
    }
}

/// A failure that is not the asker's: its detail goes to the log and not into the answer.
pub(crate) fn internal(why: &str) -> ApiError {
    tracing::error!("the API could not answer: {why}");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "this could not be answered; the log says why",
    )
}

/// The query of a request.
///
/// Of a parameter that is given twice the first counts, for the door as for the handler: neither is shown another one.
pub(crate) struct Query(HashMap<String, String>);

impl Query {
    pub(crate) fn read(text: Option<String>) -> Self {
        let mut values = HashMap::new();
        for (name, value) in crate::visitor::pairs(&text.unwrap_or_default()) {
            values.entry(name).or_insert(value);
        }
        Self(values)
    }

    /// A parameter; an empty one counts as absent.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// One site as the API finds it.
pub(crate) struct Found {
    books: Arc<Vec<SiteBook>>,
    at: usize,
}

impl Found {
    /// The site that `site=` names; it may be left out where `who` knows one only, or one only that is no recording.
    pub(crate) fn site(app: &App, query: &Query, who: &Who) -> Result<Self, ApiError> {
        if let Some(text) = query.value("site") {
            SiteId::new(text).map_err(|error| ApiError::parameter("site", error))?;
        }
        let site = site_asked(app, query, who)?
            .ok_or_else(|| ApiError::parameter("site", "there is not exactly one site: name it"))?;
        let books = app.books()?;
        let at = books.iter().position(|book| book.site.id == site);
        let at = at.ok_or_else(|| ApiError::not_found(format!("there is no site {site}")))?;
        Ok(Self { books, at })
    }

    pub(crate) fn book(&self) -> &SiteBook {
        &self.books[self.at]
    }

    pub(crate) fn building(&self, app: &App) -> Result<Building, ApiError> {
        Ok(app.building(self.book())?)
    }

    /// A room of the site.
    pub(crate) fn room(&self, text: &str) -> Result<&registry::Room, ApiError> {
        let room = RoomId::new(text).map_err(|error| ApiError::parameter("room", error))?;
        let found = self.book().rooms.iter().find(|known| known.id == room);
        found.ok_or_else(|| ApiError::not_found(format!("there is no room {room}")))
    }
}

/// The site that a query is about: what `site=` names, or the only one that `who` knows, or the only one of these that
/// lives now. `None` where that is none or several, or where the name does not read.
pub(crate) fn site_asked(app: &App, query: &Query, who: &Who) -> Result<Option<SiteId>, RegistryError> {
    if let Some(text) = query.value("site") {
        return Ok(SiteId::new(text).ok());
    }
    let books = app.books()?;
    let known: Vec<&SiteBook> = books.iter().filter(|book| who.knows(book)).collect();
    let living: Vec<&SiteBook> =
        known.iter().copied().filter(|book| book.site.clock == Clock::Wall).collect();
    let only = [known, living].into_iter().find(|books| books.len() == 1);
    Ok(only.map(|books| books[0].site.id.clone()))
}

/// What a program wrote, or a refusal that says where it does not read.
fn read_body<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, "body", error.to_string()))
}

/// An answer that is not to be kept.
pub(crate) fn answer(body: Value) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// A file of lines to be kept, named without its ending. Its cells are numbers, instants and identifiers of the grammar:
/// nothing that a spreadsheet could take for a formula.
pub(crate) fn csv(name: &str, lines: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, lines).into_response()
}

/// `GET /api/openapi.json`
pub(crate) async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DESCRIPTION).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::StatusCode;
    use serde_json::{Value, json};
    use vocabulary::Why;

    use crate::trial::{NOW, Trial, book};

    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        let description: Value = serde_json::from_str(super::DESCRIPTION).unwrap();
        let described: BTreeSet<(String, String)> = description["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().unwrap().keys().map(|m| (path.clone(), m.clone()))
            })
            .collect();
        let routes: BTreeSet<(String, String)> = crate::router::api_routes()
            .iter()
            .flat_map(|(path, entrances)| entrances.iter().map(|e| ((*path).to_owned(), e.method.to_owned())))
            .collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn every_reference_of_the_description_leads_somewhere() {
        let description: Value = serde_json::from_str(super::DESCRIPTION).unwrap();
        for reference in super::DESCRIPTION.split("\"#/").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(description.pointer(&format!("/{reference}")).is_some(), "{reference}");
        }
    }

    #[tokio::test]
    async fn rooms_and_heaters_answer_as_described() {
        let trial = Trial::new();
        let (status, rooms) = trial.json("/api/v1/rooms?site=demo").await;
        assert_eq!((status, rooms["rooms"].as_array().unwrap().len()), (StatusCode::OK, 3));
        let (_, room) = trial.json("/api/v1/rooms/101").await;
        assert_eq!(
            room["temperature_c"],
            json!({"value": 20.3, "quality": "simulated", "as_of_ms": NOW.ms()})
        );
        assert_eq!((&room["why"]["code"], &room["heaters"]), (&json!("below_setpoint"), &json!(["h-101"])));
        let (_, heater) = trial.json("/api/v1/heaters/h-101").await;
        assert_eq!(heater["heartbeat"]["budget_w"], 430);
        assert_eq!(heater["values"]["co2_ppm"]["quality"], "suspect");
        assert_eq!(trial.json("/api/v1/sites").await.1["sites"][0]["rooms"], 3);
    }

    #[tokio::test]
    async fn an_unknown_temperature_is_null_with_its_quality_and_time() {
        let trial = Trial::new();
        trial.hear_room("101", None, Why::TemperatureUnknown { age_s: Some(70) });
        let (_, room) = trial.json("/api/v1/rooms/101").await;
        assert_eq!(room["temperature_c"], json!({"value": null, "quality": "unknown", "as_of_ms": NOW.ms()}));
        let silent = Trial::silent(&[book()]);
        let (_, room) = silent.json("/api/v1/rooms/101").await;
        assert_eq!(room["temperature_c"], json!({"value": null, "quality": "unknown", "as_of_ms": null}));
    }

    #[tokio::test]
    async fn an_old_value_is_stale_and_a_silent_heater_is_said_so() {
        let trial = Trial::new();
        trial.clock.store(NOW.ms() + 600_000, std::sync::atomic::Ordering::Relaxed);
        let (_, room) = trial.json("/api/v1/rooms/101").await;
        assert_eq!(room["temperature_c"]["quality"], "stale");
        assert_eq!(trial.json("/api/v1/heaters/h-101").await.1["silent"], true);
    }

    #[tokio::test]
    async fn errors_are_json_with_a_code_and_a_message() {
        let trial = Trial::new();
        for (path, status, code) in [
            ("/api/v1/nothing", 404, "not_found"),
            ("/api/v1/rooms?site=other", 404, "not_found"),
            ("/api/v1/rooms?site=%3Cb%3E", 400, "parameter"),
            ("/api/v1/rooms/999", 404, "not_found"),
            ("/api/v1/rooms/A%20B", 400, "parameter"),
            ("/api/v1/heaters/h-999", 404, "not_found"),
            ("/api/v1/overrides?room=999", 404, "not_found"),
        ] {
            let (found, body) = trial.json(path).await;
            assert_eq!((found.as_u16(), &body["error"]["code"]), (status, &json!(code)), "{path}");
            assert!(body["error"]["message"].as_str().is_some_and(|m| !m.is_empty()), "{path}");
        }
    }

    #[tokio::test]
    async fn with_two_sites_the_site_has_to_be_named() {
        let mut other = book();
        other.site.id = vocabulary::SiteId::new("annexe").unwrap();
        let trial = Trial::silent(&[book(), other]);
        let (status, body) = trial.json("/api/v1/rooms").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body["error"]["message"].as_str().unwrap().starts_with("site:"));
    }
}
