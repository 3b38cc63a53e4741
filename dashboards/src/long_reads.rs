//! A few reports and exports at a time: each reads months of history on a machine that also controls a building. The next one
//! waits a short while for its turn, and is then told when to come again.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api::ApiError;
use crate::app::{App, Shared, blocking};

/// So many at once: more would take the disk and both processors of a small machine, and none would be done sooner.
const AT_ONCE: usize = 2;
/// So long the next one waits: a report of a month of a large building takes a second or two.
const PATIENCE: Duration = Duration::from_secs(5);
/// After how many seconds somebody may come again.
const AGAIN_S: u16 = 15;

/// The places of those who read for long.
#[derive(Debug)]
pub(crate) struct LongReads(Arc<Semaphore>);

/// One of them, kept for as long as the reading takes, also where whoever asked has gone.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl LongReads {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Waits for a place; none where all stay taken for too long.
    pub(crate) async fn turn(&self) -> Option<Turn> {
        let permit = tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned()).await.ok()?.ok()?;
        Some(Turn { _permit: permit })
    }
}

/// Answers the API with what is read for long.
///
/// # Errors
/// What `read` says.
pub(crate) async fn answer(
    app: &Shared,
    read: impl FnOnce(&App) -> Result<Response, ApiError> + Send + 'static,
) -> Result<Response, ApiError> {
    let Some(turn) = app.long_reads.turn().await else {
        let why = "other reports and exports are being made; please ask again in a while";
        let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", why);
        return Ok(come_again(error.into_response()));
    };
    blocking(app, move |app| {
        let _turn = turn;
        read(app)
    })
    .await
}

/// An answer that says when to come again.
pub(crate) fn come_again(mut response: Response) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(AGAIN_S));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;

    use super::*;
    use crate::trial::{Trial, read};

    #[tokio::test(start_paused = true)]
    async fn when_all_places_are_taken_the_next_one_is_told_when_to_come_again_and_no_other_page_waits() {
        let trial = Trial::new();
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(trial.app.long_reads.turn().await.unwrap());
        }
        for (path, told) in [
            ("/sites/demo/report?lang=en", "Other reports are being made"),
            ("/sites/demo/report?lang=fr", "D’autres rapports sont en cours"),
            ("/api/v1/report?site=demo", "\"busy\""),
            ("/api/v1/report?site=demo&format=csv", "\"busy\""),
            ("/api/v1/export?site=demo&room=101", "\"busy\""),
        ] {
            let request = Request::get(path).header("host", "localhost").body(Body::empty()).unwrap();
            let response = trial.ask(request).await;
            assert_eq!(response.headers()["retry-after"], "15", "{path}");
            let (status, body) = read(response).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(body.contains(told) && !body.contains('⟦'), "{path}: {body}");
        }
        assert_eq!(trial.get("/sites/demo").await.0, StatusCode::OK);
        let (status, _, html) = trial.post("/sites/demo/report/rates", "seen=&price_eur=much").await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("\"much\""), "no typing is lost");
        turns.pop();
        for path in ["/sites/demo/report", "/api/v1/report?site=demo", "/api/v1/export?site=demo&room=101"] {
            assert_eq!(trial.get(path).await.0, StatusCode::OK, "{path}: there is a place again");
        }
    }
}
