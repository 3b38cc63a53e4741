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
pub(crate) async fn stream(State(app): State<Shared>, RawQuery(query): RawQuery) -> Result<Response, ApiError> {
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
