//! The live stream: every change of a site as server-sent events, with a sign of life each 15 s.
//!
//! ```text
//!   hello   {"site":…,"now_ms":…}                      at once
//!   change  {"room/101/temperature_c":{"value":…},…}   whenever something was heard
//!   reload  {"missed":n}                               the reader was too slow: load the values again
//! ```
//!
//! `room=` narrows it to one room. It ends when whoever listens may not do so any more.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use registry::{Action, RegistryError, Target};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval};
use vocabulary::{RoomId, SiteId};

use super::{ApiError, Found, Query};
use crate::app::{Shared, blocking};
use crate::board::Change;
use crate::crowd::Ticket;
use crate::reads;
use crate::who::Who;

const SIGN_OF_LIFE: Duration = Duration::from_secs(15);
/// So often it is looked whether somebody may still listen.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

/// `GET /api/v1/stream`
pub(crate) async fn stream(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let too_many = || {
        let message = "you listen to too many streams already: close one of them";
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "streams", message)
    };
    let seat = app.streams.enter(Some(who.by.clone())).ok_or_else(too_many)?;
    // Watched before the site is looked up, so that nothing falls between hello and the first change.
    let changes = app.board.watch();
    let asker = who.clone();
    let (site, room, now) = blocking(&app, move |app| {
        let query = Query::read(query);
        let found = Found::site(app, &query, &asker)?;
        let room = query.value("room").map(|text| found.room(text)).transpose()?.map(|room| room.id.clone());
        reads::live(app, &asker, &found.book().site.id, room.as_ref())?;
        Ok::<_, ApiError>((found.book().site.id.clone(), room, app.now(&found.book().site)))
    })
    .await?;
    let hello = Event::default().event("hello").data(json!({"site": site, "now_ms": now}).to_string());
    let watch = Watch {
        _seat: seat,
        site,
        room,
        changes,
        shutdown: app.shutdown.clone(),
        look_again: tokio::time::interval_at(Instant::now() + LOOK_AGAIN, LOOK_AGAIN),
        who,
        app,
    };
    let events = stream::once(async { hello }).chain(watch.events());
    let events = events.map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)).into_response();
    // A proxy that gathers answers would hold changes back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What the stream waits with.
struct Watch {
    /// Held as long as the stream is open.
    _seat: Ticket<Arc<str>>,
    site: SiteId,
    /// Only what is said of this room, where one was named.
    room: Option<RoomId>,
    changes: broadcast::Receiver<Arc<Change>>,
    shutdown: watch::Receiver<bool>,
    look_again: Interval,
    who: Who,
    app: Shared,
}

impl Watch {
    fn events(self) -> impl Stream<Item = Event> {
        stream::unfold(self, |mut watch| async move {
            let event = watch.next().await?;
            Some((event, watch))
        })
    }

    /// The next event; `None` when the server stops, or when whoever listens may not do so any more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let heard = tokio::select! {
                heard = self.changes.recv() => Some(heard),
                _ = self.look_again.tick() => None,
                // The sender gone means the same as a stop.
                _ = self.shutdown.wait_for(|stop| *stop) => return None,
            };
            let Some(heard) = heard else {
                if self.may_still_listen().await {
                    continue;
                }
                return None;
            };
            match heard {
                Ok(change) if change.site == self.site => {
                    let Some(json) = self.visible(&change.json) else { continue };
                    let event = Event::default().event("change").id(change.number.to_string());
                    return Some(event.data(json));
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

    /// Of a change that which this stream is about; `None` when that is nothing.
    fn visible<'a>(&self, change: &'a str) -> Option<Cow<'a, str>> {
        let Some(room) = &self.room else { return Some(change.into()) };
        let prefix = format!("room/{room}/");
        let mut values: Map<String, Value> = serde_json::from_str(change).ok()?;
        values.retain(|key, _| key.starts_with(&prefix));
        (!values.is_empty()).then(|| Value::Object(values).to_string().into())
    }

    /// Sessions end and roles change while a stream is open: it is asked again what the door asked at first.
    async fn may_still_listen(&self) -> bool {
        let (who, site, room) = (self.who.clone(), self.site.clone(), self.room.clone());
        let allowed = blocking(&self.app, move |app| {
            let now = who.again(app)?;
            Ok::<_, RegistryError>(match &room {
                Some(room) => now.may(Action::SeeRoom, Target::Room(&site, room)),
                None => now.may(Action::SeeSite, Target::Site(&site)),
            })
        });
        allowed.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a stream was closed, because it could not be told who listens");
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::{Body, BodyDataStream};
    use axum::http::Request;
    use futures_util::StreamExt as _;
    use registry::{FirstPassword, PersonName, PersonRole};
    use serde_json::json;
    use vocabulary::{BootId, HeaterTopic, Metric, Reading, Record, Sample, Topic, Why};

    use crate::trial::{NOW, Trial, book};

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
    async fn a_heater_s_record_tells_of_its_room_at_once_and_a_page_that_is_opened_then_says_the_same() {
        let trial = Trial::new();
        let mut stream = open(&trial).await;
        next(&mut stream).await;
        let now = NOW.plus_ms(3_000);
        trial.clock.store(now.ms(), std::sync::atomic::Ordering::Relaxed);
        let (site, heater) = (book().site.id, book().heaters[0].id.clone());
        let samples = vec![Sample { dt_ms: 0, metric: Metric::TemperatureC, reading: Reading::Value(20.6) }];
        let boot = BootId::from_bits(7);
        let record = Record { boot, bn: 1, seq: 2, low: 1, mono_ms: 1, ts: now, late: false, samples };
        trial.hear(&Topic::heater(&site, &heater, HeaterTopic::Record), &record.encode());
        let event = next(&mut stream).await.unwrap();
        let expected = format!("\"room/101/temperature_c\":{{\"as_of_ms\":{},\"value\":20.6}}", now.ms());
        assert!(event.contains(&expected), "{event}");
        let (_, room) = trial.json("/api/v1/rooms/101").await;
        assert_eq!(
            (&room["temperature_c"]["value"], &room["temperature_c"]["quality"]),
            (&json!(20.6), &json!("simulated"))
        );
        let (_, html) = trial.get("/sites/demo/rooms/101?lang=en").await;
        assert!(html.contains("data-digits=\"1\">20.6<"), "{html}");
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

    #[tokio::test]
    async fn streams_of_one_hand_are_bounded_and_one_that_is_closed_makes_room() {
        let trial = Trial::new();
        let mut streams = Vec::new();
        for _ in 0..8 {
            streams.push(open(&trial).await);
        }
        let ask = || Request::get("/api/v1/stream?site=demo").header("host", "localhost").body(Body::empty());
        assert_eq!(trial.ask(ask().unwrap()).await.status(), 429);
        streams.pop();
        assert_eq!(trial.ask(ask().unwrap()).await.status(), 200);
    }

    /// A tenant of room 101 with a stream of it.
    async fn of_a_tenant(trial: &Trial) -> (PersonName, BodyDataStream) {
        let (name, registry) = (PersonName::new("tim").unwrap(), &trial.app.registry);
        let role = PersonRole::Tenant { site: book().site.id, room: book().rooms[0].id.clone() };
        registry.add_person(&name, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
        registry.assign_role(&name, &role, (NOW, None), "test", NOW).unwrap();
        let secret = registry.sign_in(&name, "four plain words", NOW).unwrap().unwrap();
        let request = Request::get("/api/v1/stream?site=demo&room=101")
            .header("host", "localhost")
            .header("cookie", format!("hypocaust={secret}"));
        let response = trial.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        let mut stream = response.into_body().into_data_stream();
        assert!(next(&mut stream).await.unwrap().starts_with("event: hello"));
        (name, stream)
    }

    #[tokio::test]
    async fn a_tenant_hears_of_the_own_room_alone() {
        let trial = Trial::new();
        let (_, mut stream) = of_a_tenant(&trial).await;
        trial.hear_room("102", Some(19.0), Why::NoHeater {});
        trial.hear_room("101", Some(19.75), Why::NoHeater {});
        let event = next(&mut stream).await.unwrap();
        assert!(event.contains("room/101/temperature_c") && !event.contains("room/102"), "{event}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_ends_within_a_minute_of_its_session_or_role() {
        for end in [
            |trial: &Trial, name: &PersonName| trial.app.registry.end_sessions(name).unwrap(),
            |trial: &Trial, name: &PersonName| trial.app.registry.disable_person(name, "test", NOW).unwrap(),
            |trial: &Trial, name: &PersonName| {
                let observer = PersonRole::Observer { sites: [book().site.id].into() };
                trial.app.registry.assign_role(name, &observer, (NOW, None), "test", NOW).unwrap();
            },
        ] {
            let trial = Trial::new();
            let (name, mut stream) = of_a_tenant(&trial).await;
            let began = tokio::time::Instant::now();
            end(&trial, &name);
            // Signs of life may come before the end.
            while next(&mut stream).await.is_some() {
                assert!(began.elapsed() <= Duration::from_secs(60), "it goes on");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_goes_on_while_its_session_does() {
        let trial = Trial::new();
        let (_, mut stream) = of_a_tenant(&trial).await;
        let began = tokio::time::Instant::now();
        while began.elapsed() < Duration::from_secs(300) {
            assert!(next(&mut stream).await.is_some(), "{:?}", began.elapsed());
        }
    }
}
