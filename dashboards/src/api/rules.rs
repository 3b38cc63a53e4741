//! The rules of law of a site for programs: read them, and write them as a whole.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use registry::SiteRules;
use serde_json::json;

use super::{ApiError, Found, Query, answer, read_body};
use crate::app::{Shared, blocking};
use crate::who::Who;

/// `GET /api/v1/rules`
pub(crate) async fn show(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let site = &found.book().site.id;
        Ok(answer(json!({"site": site, "rules": app.registry.rules(site)?})))
    })
    .await
}

/// `POST /api/v1/rules`
pub(crate) async fn set(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, ApiError> {
    let rules: SiteRules = read_body(&body)?;
    blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query), &who)?;
        let site = &found.book().site.id;
        rules.rooms.keys().try_for_each(|room| found.room(room.as_str()).map(|_| ()))?;
        app.registry.set_rules(site, &rules, &who.by, app.wall())?;
        Ok(answer(json!({"site": site, "rules": rules})))
    })
    .await
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use crate::trial::Trial;

    const RULES: &str = "/api/v1/rules?site=demo";

    #[tokio::test]
    async fn rules_are_written_as_a_whole_and_read_back() {
        let trial = Trial::new();
        let (_, before) = trial.json(RULES).await;
        assert_eq!(before["rules"], json!({"profile": "none"}));
        let rules = r#"{"profile":"france","rooms":{"101":{"exception":"care"}}}"#;
        let (status, _) = trial.send("POST", RULES, rules).await;
        assert_eq!(status, StatusCode::OK);
        let (_, after) = trial.json(RULES).await;
        assert_eq!(after["rules"], json!({"profile": "france", "rooms": {"101": {"exception": "care"}}}));
    }

    #[tokio::test]
    async fn an_unknown_room_profile_or_word_is_refused_and_changes_nothing() {
        let trial = Trial::new();
        for (rules, expected) in [
            (r#"{"profile":"atlantis"}"#, StatusCode::BAD_REQUEST),
            (r#"{"profile":"france","mean_c":25}"#, StatusCode::BAD_REQUEST),
            (r#"{"profile":"france","rooms":{"attic":{"exception":"care"}}}"#, StatusCode::NOT_FOUND),
        ] {
            assert_eq!(trial.send("POST", RULES, rules).await.0, expected, "{rules}");
        }
        assert_eq!(trial.json(RULES).await.1["rules"], json!({"profile": "none"}));
    }
}
