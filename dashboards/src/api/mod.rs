//! The same data for programs: JSON under `/api/v1`, described at `/api/openapi.json`.

pub(crate) mod building;
pub(crate) mod overrides;
pub(crate) mod series;
pub(crate) mod stream;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use registry::{RegistryError, SiteBook};
use serde_json::{Value, json};
use vocabulary::{RoomId, SiteId};

use crate::app::App;
use crate::facts::Building;

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
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "this could not be answered; the log says why")
}

/// The query of a request.
pub(crate) struct Query(HashMap<String, String>);

impl Query {
    pub(crate) fn read(text: Option<String>) -> Self {
        Self(crate::visitor::pairs(&text.unwrap_or_default()).into_iter().collect())
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
    /// The site that `site=` names; it may be left out where there is one only.
    pub(crate) fn site(app: &App, query: &Query) -> Result<Self, ApiError> {
        let books = app.books()?;
        let at = match query.value("site") {
            Some(text) => {
                let site = SiteId::new(text).map_err(|error| ApiError::parameter("site", error))?;
                let at = books.iter().position(|book| book.site.id == site);
                at.ok_or_else(|| ApiError::not_found(format!("there is no site {site}")))?
            }
            None if books.len() == 1 => 0,
            None => return Err(ApiError::parameter("site", "there is not exactly one site: name it")),
        };
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

/// An answer that is not to be kept.
pub(crate) fn answer(body: Value) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// `GET /api/openapi.json`
pub(crate) async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DESCRIPTION).into_response()
}
