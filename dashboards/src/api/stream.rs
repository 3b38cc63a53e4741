//! The live stream: every change of a site as server-sent events, with a sign of life each 15 s.
//!
//! ```text
//!   hello   {"site":…,"now_ms":…}                      at once
//!   change  {"room/101/temperature_c":{"value":…},…}   whenever something was heard
//!   reload  {"missed":n}                               the reader was too slow: load the values again
//! ```

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use vocabulary::SiteId;

use super::{ApiError, Found, Query};
use crate::app::{Shared, blocking};
use crate::board::Change;

const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// `GET /api/v1/stream`
pub(crate) async fn stream(
    State(app): State<Shared>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    // Watched before the site is looked up, so that nothing falls between hello and the first change.
    let changes = app.board.watch();
    let (site, now) = blocking(&app, move |app| {
        let found = Found::site(app, &Query::read(query))?;
        Ok::<_, ApiError>((found.book().site.id.clone(), app.now(&found.book().site)))
    })
    .await?;
    let hello = Event::default().event("hello").data(json!({"site": site, "now_ms": now}).to_string());
    let events = stream::once(async { hello }).chain(watch_site(site, changes, app.shutdown.clone()));
    let events = events.map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)).into_response();
    // A proxy that gathers answers would hold changes back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What the stream waits with.
struct Watch {
    site: SiteId,
    changes: broadcast::Receiver<Arc<Change>>,
    shutdown: watch::Receiver<bool>,
}

fn watch_site(
    site: SiteId,
    changes: broadcast::Receiver<Arc<Change>>,
    shutdown: watch::Receiver<bool>,
) -> impl Stream<Item = Event> {
    stream::unfold(Watch { site, changes, shutdown }, |mut watch| async move {
        let event = watch.next().await?;
        Some((event, watch))
    })
}

impl Watch {
    /// The next event; `None` when the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let heard = tokio::select! {
                heard = self.changes.recv() => heard,
                // The sender gone means the same as a stop.
                _ = self.shutdown.wait_for(|stop| *stop) => return None,
            };
            match heard {
                Ok(change) if change.site == self.site => {
                    let event = Event::default().event("change").id(change.number.to_string());
                    return Some(event.data(&change.json));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => {
                    let data = json!({"missed": missed}).to_string();
                    return Some(Event::default().event("reload").data(data));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, BodyDataStream};
    use axum::http::Request;
    use futures_util::StreamExt as _;
    use vocabulary::Why;

    use crate::trial::Trial;

    async fn open(trial: &Trial) -> BodyDataStream {
        let request = Request::get("/api/v1/stream?site=demo").header("host", "localhost");
        let response = trial.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body().into_data_stream()
    }

    async fn next(stream: &mut BodyDataStream) -> Option<String> {
        Some(String::from_utf8(stream.next().await?.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_change_reaches_those_who_watch() {
        let trial = Trial::new();
        let mut stream = open(&trial).await;
        assert!(next(&mut stream).await.unwrap().starts_with("event: hello"));
        trial.hear_room("101", Some(19.75), Why::NoHeater {});
        let event = next(&mut stream).await.unwrap();
        assert!(event.starts_with("event: change"), "{event}");
        assert!(
            event.contains(r#""room/101/temperature_c":{"as_of_ms":"#) && event.contains(":19.75"),
            "{event}"
        );
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_to_load_the_values_again() {
        let trial = Trial::new();
        let mut stream = open(&trial).await;
        next(&mut stream).await;
        for _ in 0..2_000 {
            trial.hear_room("101", Some(20.0), Why::NoHeater {});
        }
        assert!(next(&mut stream).await.unwrap().starts_with("event: reload"));
        assert!(next(&mut stream).await.unwrap().starts_with("event: change"));
    }

    #[tokio::test]
    async fn a_stream_ends_when_the_server_stops() {
        let trial = Trial::new();
        let mut stream = open(&trial).await;
        next(&mut stream).await;
        trial.shutdown.send(true).unwrap();
        assert_eq!(next(&mut stream).await, None);
    }
}
