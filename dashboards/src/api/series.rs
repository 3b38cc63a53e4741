//! History, down-sampled on the server so that no spike is lost: min, max, mean and count of each step.

use std::fmt::Write as _;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use registry::history_from;
use serde_json::{Value, json};
use vocabulary::{HeaterId, Metric, RoomId, SiteId, Timestamp};

use super::{ApiError, Found, Query, answer, internal};
use crate::app::{App, Shared, blocking};
use crate::history::{self, Bin, Span};
use crate::reads;
use crate::who::Who;

const DAY_MS: i64 = 24 * 3_600_000;
/// The longest time that one question may span: two years and a week.
const LONGEST_MS: i64 = 740 * DAY_MS;
/// A clock may run ahead of ours by this and still ask for "now".
const AHEAD_MS: i64 = 5 * 60_000;
/// In a sum a heater's last value stands for it at least for this long.
const LEAST_HOLD_MS: i64 = 60_000;
const POINTS: std::ops::RangeInclusive<i64> = 1..=10_000;
const POINTS_DEFAULT: i64 = 500;

/// Of what a series tells.
pub(super) enum Of {
    Room(RoomId),
    Heater(HeaterId),
}

/// `GET /api/v1/series`
pub(crate) async fn series(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    blocking(&app, move |app| read(app, &who, &Query::read(query))).await
}

fn read(app: &App, who: &Who, query: &Query) -> Result<Response, ApiError> {
    let found = Found::site(app, query, who)?;
    let of = of(&found, query)?;
    let metric: Metric = query
        .value("metric")
        .ok_or_else(|| ApiError::parameter("metric", "missing; for example temperature_c"))?
        .parse()
        .map_err(|error| ApiError::parameter("metric", error))?;
    let span = span(query, app.now(&found.book().site))?;
    let site = &found.book().site.id;
    match &of {
        Of::Room(room) => reads::series_of_room(app, who, (site, room), &metric)?,
        Of::Heater(heater) => reads::series_of_heater(app, who, (site, heater), &metric, span)?,
    }
    let bins = match clipped(app, who, &found, &of, span) {
        Some(span) => ask(app, &found, &of, &metric, span).map_err(|error| internal(&error.to_string()))?,
        None => Vec::new(),
    };
    match query.value("format") {
        None | Some("json") => Ok(answer(to_json(&found, &of, &metric, span, &bins))),
        Some("csv") => Ok(to_csv(&of, &metric, &bins)),
        Some(_) => Err(ApiError::parameter("format", "json or csv")),
    }
}

fn of(found: &Found, query: &Query) -> Result<Of, ApiError> {
    match (query.value("room"), query.value("heater")) {
        (Some(room), None) => Ok(Of::Room(found.room(room)?.id.clone())),
        (None, Some(heater)) => {
            let heater = HeaterId::new(heater).map_err(|error| ApiError::parameter("heater", error))?;
            let is_known = found.book().heaters.iter().any(|known| known.id == heater);
            if !is_known {
                return Err(ApiError::not_found(format!("there is no heater {heater}")));
            }
            Ok(Of::Heater(heater))
        }
        (Some(_), Some(_)) => Err(ApiError::parameter("room", "give room or heater, not both")),
        (None, None) => Err(ApiError::parameter("room", "give room or heater")),
    }
}

/// From when to when: the last 24 hours unless said otherwise.
pub(super) fn span(query: &Query, now: Timestamp) -> Result<Span, ApiError> {
    let to = instant(query, "to")?.unwrap_or(now);
    let from = instant(query, "from")?.unwrap_or_else(|| to.plus_ms(-DAY_MS));
    let points = match query.value("points") {
        None => POINTS_DEFAULT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|points| POINTS.contains(points))
            .ok_or_else(|| ApiError::parameter("points", "a whole number from 1 to 10000"))?,
    };
    if from >= to {
        return Err(ApiError::parameter("from", "must be earlier than to"));
    }
    if to > now.plus_ms(DAY_MS) {
        return Err(ApiError::parameter("to", "lies in the future"));
    }
    if from > now.plus_ms(AHEAD_MS) {
        return Err(ApiError::parameter("from", "lies in the future"));
    }
    let length = to.since(from);
    if length > LONGEST_MS {
        return Err(ApiError::parameter("from", "at most 740 days before to"));
    }
    let step_ms = (length + points - 1) / points;
    Ok(Span { from, to, step_ms: step_ms.max(1) })
}

/// The part of a span that `who` may see; `None` when that is nothing of it. A tenant's begins with a whole step, and late
/// enough that no value of those before is held into a sum.
pub(super) fn clipped(app: &App, who: &Who, found: &Found, of: &Of, span: Span) -> Option<Span> {
    let (Of::Room(room), site) = (of, &found.book().site.id) else { return Some(span) };
    let Some(begun) = history_from(&who.principal, site, room) else { return Some(span) };
    let hidden_ms = begun.plus_ms(hold_ms(app, site)).since(span.from).max(0);
    let steps = (hidden_ms + span.step_ms - 1) / span.step_ms;
    let from = span.from.plus_ms(steps.saturating_mul(span.step_ms));
    (from < span.to).then_some(Span { from, ..span })
}

/// RFC 3339 or milliseconds since 1970.
fn instant(query: &Query, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = query.value(name) else { return Ok(None) };
    let ms = text.parse::<i64>().ok().map(Timestamp::from_ms);
    // In a query a `+` that nobody encoded reads as a space.
    let read = ms.or_else(|| Timestamp::parse_rfc3339(&text.replace(' ', "+")));
    read.map(Some).ok_or_else(|| ApiError::parameter(name, "RFC 3339 or milliseconds since 1970"))
}

/// Powers, and counts of cores and jobs, of a room are the sum of its heaters'; everything else is what all its
/// sensors read together.
pub(super) fn ask(
    app: &App,
    found: &Found,
    of: &Of,
    metric: &Metric,
    span: Span,
) -> Result<Vec<Bin>, history::HistoryError> {
    let site = &found.book().site.id;
    match of {
        Of::Heater(heater) => history::of_heater(&app.store, site, heater, metric, span),
        Of::Room(room) if is_summed(metric) => {
            history::sum_in_room(&app.store, site, room, metric, span, hold_ms(app, site))
        }
        Of::Room(room) => history::of_room(&app.store, site, room, metric, span),
    }
}

/// For so long a heater's last value stands for it in a sum: three times the longest period of records seen.
fn hold_ms(app: &App, site: &SiteId) -> i64 {
    let longest = app.board.read(site, |live| live.heaters.values().map(|heater| heater.period_ms).max());
    (3 * longest.unwrap_or(0)).max(LEAST_HOLD_MS)
}

const fn is_summed(metric: &Metric) -> bool {
    matches!(metric, Metric::PowerW | Metric::ResistorW | Metric::CoresBusy | Metric::JobsRunning)
}

fn to_json(found: &Found, of: &Of, metric: &Metric, span: Span, bins: &[Bin]) -> Value {
    let mut body = json!({
        "site": found.book().site.id,
        "metric": metric,
        "from_ms": span.from,
        "to_ms": span.to,
        "step_ms": span.step_ms,
        "points": points(bins),
    });
    match of {
        Of::Room(room) => body["room"] = json!(room),
        Of::Heater(heater) => body["heater"] = json!(heater),
    }
    body
}

/// The steps as programs read them.
pub(super) fn points(bins: &[Bin]) -> Vec<Value> {
    let point = |bin: &Bin| json!({"at_ms": bin.start, "min": bin.min, "max": bin.max, "mean": round(bin.mean), "count": bin.count});
    bins.iter().map(point).collect()
}

/// A mean needs no more digits than this; seventeen would be most of the answer.
pub(super) fn round(mean: f64) -> f64 {
    (mean * 1e4).round() / 1e4
}

fn to_csv(of: &Of, metric: &Metric, bins: &[Bin]) -> Response {
    let mut csv = format!("time,{metric}_mean,{metric}_min,{metric}_max,count\r\n");
    for bin in bins {
        let _ = write!(
            csv,
            "{},{},{},{},{}\r\n",
            bin.start.rfc3339(),
            round(bin.mean),
            bin.min,
            bin.max,
            bin.count
        );
    }
    let id = match of {
        Of::Room(room) => room.as_str(),
        Of::Heater(heater) => heater.as_str(),
    };
    super::csv(&format!("{id}-{metric}"), csv)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use registry::{FirstPassword, PersonName, PersonRole};
    use store::{Arrival, StoredSample};
    use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, RoomId, Timestamp};

    use axum::http::StatusCode;

    use crate::trial::{NOW, Trial, book, read};

    #[tokio::test]
    async fn a_series_keeps_minimum_maximum_mean_and_count_of_each_step() {
        let trial = Trial::new();
        let (status, body) = trial.json("/api/v1/series?room=101&metric=temperature_c&points=24").await;
        assert_eq!(status, StatusCode::OK);
        let points = body["points"].as_array().unwrap();
        assert_eq!((points.len(), body["step_ms"].as_i64()), (24, Some(3_600_000)));
        assert_eq!(points[0]["count"], 6);
        assert!(points[0]["min"].as_f64() < points[0]["mean"].as_f64());
        assert!(points[0]["mean"].as_f64() < points[0]["max"].as_f64());
    }

    #[tokio::test]
    async fn times_read_as_rfc_3339_and_as_milliseconds() {
        let trial = Trial::new();
        let one = trial
            .json("/api/v1/series?heater=h-101&metric=power_w&from=2026-01-21T13:00:00%2B01:00&to=2026-01-21T13:30:00Z&points=1")
            .await;
        let from = NOW.ms() - 90 * 60_000;
        let other = trial
            .json(&format!("/api/v1/series?heater=h-101&metric=power_w&from={from}&to={}&points=1", NOW.ms()))
            .await;
        assert_eq!(one, other);
        assert_eq!(one.1["points"][0]["mean"], 400.0);
    }

    #[tokio::test]
    async fn a_question_that_makes_no_sense_is_refused_by_the_name_of_its_parameter() {
        let trial = Trial::new();
        let day = 24 * 3_600_000;
        let ahead = NOW.ms() + day / 2;
        for (query, name) in [
            ("metric=temperature_c", "room"),
            ("room=101&heater=h-101&metric=temperature_c", "room"),
            ("room=101", "metric"),
            ("room=101&metric=Robert%27);DROP", "metric"),
            ("room=101&metric=power_w&points=0", "points"),
            ("room=101&metric=power_w&points=10001", "points"),
            ("room=101&metric=power_w&points=many", "points"),
            ("room=101&metric=power_w&from=yesterday", "from"),
            ("room=101&metric=power_w&to=12:00", "to"),
            ("room=101&metric=power_w&from=2026-01-21T12:00:00Z&to=2026-01-20T12:00:00Z", "from"),
            ("room=101&metric=power_w&from=0&to=0", "from"),
            ("room=101&metric=power_w&from=0", "from"),
            ("room=101&metric=power_w&from=-9223372036854775808&to=9223372036854775807", "to"),
            ("room=101&metric=power_w&from=99999999999999999999", "from"),
            (&format!("room=101&metric=power_w&from={ahead}&to={}", ahead + 1), "from"),
            (&format!("room=101&metric=power_w&to={}", NOW.ms() + 2 * day), "to"),
            ("room=101&metric=power_w&format=xml", "format"),
        ] {
            let (status, body) = trial.json(&format!("/api/v1/series?{query}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            let message = body["error"]["message"].as_str().unwrap();
            assert!(message.starts_with(&format!("{name}:")), "{query}: {message}");
        }
    }

    #[tokio::test]
    async fn a_spike_of_one_record_is_in_the_answer_however_coarse() {
        let trial = Trial::new();
        let spike = |n: u64, value| Arrival {
            site: book().site.id,
            heater: HeaterId::new("h-101").unwrap(),
            room: Some(RoomId::new("101").unwrap()),
            boot: BootId::from_bits(8),
            bn: 2,
            seq: n,
            low: n,
            late: false,
            samples: vec![StoredSample {
                ts: NOW.plus_ms(-20 * 3_600_000 + n as i64 * 1_000),
                metric: Metric::PowerW,
                reading: Reading::value(value),
                quality: Quality::Good,
            }],
        };
        trial.app.store.write(&[spike(1, 749.0), spike(2, 3.0)]).unwrap();
        for (hours, points) in [(24, 1), (24, 480), (40, 40), (40, 7)] {
            // Whole hours are answered from hourly sums once the log is sealed.
            for _ in 0..2 {
                let to = Timestamp::from_ms(NOW.ms().div_euclid(3_600_000) * 3_600_000);
                let from = to.plus_ms(-hours * 3_600_000);
                let query = format!("from={}&to={}&points={points}", from.ms(), to.ms());
                let path = format!("/api/v1/series?site=demo&room=101&metric=power_w&{query}");
                let (_, body) = trial.json(&path).await;
                let all = body["points"].as_array().unwrap();
                let bound =
                    |field: &str| all.iter().map(|point| point[field].as_f64().unwrap()).collect::<Vec<_>>();
                let most = bound("max").into_iter().fold(f64::MIN, f64::max);
                let least = bound("min").into_iter().fold(f64::MAX, f64::min);
                assert_eq!((least, most), (3.0, 749.0), "{hours} h in {points}");
                trial.app.store.seal(NOW).unwrap();
            }
        }
    }

    #[tokio::test]
    async fn a_time_before_all_history_is_empty_and_no_error() {
        let trial = Trial::new();
        let (status, body) = trial
            .json("/api/v1/series?room=201&metric=temperature_c&from=2025-01-01T00:00:00Z&to=2025-02-01T00:00:00Z")
            .await;
        assert_eq!((status, body["points"].as_array().unwrap().len()), (StatusCode::OK, 0));
    }

    #[tokio::test]
    async fn the_csv_has_the_same_numbers_under_a_heading() {
        let trial = Trial::new();
        let (status, csv) = trial.get("/api/v1/series?room=101&metric=power_w&points=2&format=csv").await;
        assert_eq!(status, StatusCode::OK);
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "time,power_w_mean,power_w_min,power_w_max,count");
        assert_eq!((lines[1], lines.len()), ("2026-01-20T13:30:00Z,400,400,400,72", 3));
    }

    #[tokio::test]
    async fn a_room_s_power_is_the_sum_of_its_heaters_at_any_step() {
        let mut book = book();
        book.heaters[1].room = Some(RoomId::new("101").unwrap());
        let trial = Trial::silent(&[book]);
        // Each reports every 20 s, ten seconds apart from the other.
        for (heater, offset_s) in [("h-101", 0), ("h-102", 10)] {
            let arrivals = (0..30).map(|n| Arrival {
                site: crate::trial::book().site.id,
                heater: HeaterId::new(heater).unwrap(),
                room: Some(RoomId::new("101").unwrap()),
                boot: BootId::from_bits(7),
                bn: 1,
                seq: n + 1,
                low: 1,
                late: false,
                samples: vec![StoredSample {
                    ts: NOW.plus_ms(-600_000 + n as i64 * 20_000 + offset_s * 1000),
                    metric: Metric::PowerW,
                    reading: Reading::value(300.0),
                    quality: Quality::Good,
                }],
            });
            trial.app.store.write(&arrivals.collect::<Vec<_>>()).unwrap();
        }
        let (from, to) = (NOW.ms() - 300_000, NOW.ms());
        for points in [5, 60, 300, 10_000] {
            let path = format!("/api/v1/series?room=101&metric=power_w&from={from}&to={to}&points={points}");
            let (_, body) = trial.json(&path).await;
            let means: Vec<_> =
                body["points"].as_array().unwrap().iter().map(|p| p["mean"].as_f64()).collect();
            assert!(
                !means.is_empty() && means.iter().all(|mean| *mean == Some(600.0)),
                "{points}: {means:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_heater_that_was_moved_takes_its_past_to_no_other_room() {
        let mut book = book();
        book.heaters[1].room = Some(RoomId::new("101").unwrap());
        let trial = Trial::silent(&[book]);
        // It was moved from room 102 to 101 five minutes ago, and reports every 20 s.
        let arrivals = (0..30).map(|n: u64| Arrival {
            site: crate::trial::book().site.id,
            heater: HeaterId::new("h-102").unwrap(),
            room: Some(RoomId::new(if n < 15 { "102" } else { "101" }).unwrap()),
            boot: BootId::from_bits(7),
            bn: 1,
            seq: n + 1,
            low: 1,
            late: false,
            samples: vec![StoredSample {
                ts: NOW.plus_ms(-600_000 + n as i64 * 20_000),
                metric: Metric::PowerW,
                reading: Reading::value(if n < 15 { 700.0 } else { 300.0 }),
                quality: Quality::Good,
            }],
        });
        trial.app.store.write(&arrivals.collect::<Vec<_>>()).unwrap();
        let (from, to) = (NOW.ms() - 600_000, NOW.ms());
        for points in [10, 60, 600] {
            let path = |room| {
                format!(
                    "/api/v1/series?site=demo&room={room}&metric=power_w&from={from}&to={to}&points={points}"
                )
            };
            let (_, now) = trial.json(&path("101")).await;
            let (_, before) = trial.json(&path("102")).await;
            let means = |body: &serde_json::Value| -> Vec<_> {
                body["points"].as_array().unwrap().iter().map(|p| p["mean"].as_f64().unwrap()).collect()
            };
            assert!(!means(&now).is_empty() && means(&now).iter().all(|mean| *mean == 300.0), "{now}");
            assert!(
                !means(&before).is_empty() && means(&before).iter().all(|mean| *mean == 700.0),
                "{before}"
            );
        }
    }

    #[tokio::test]
    async fn a_tenant_is_given_nothing_from_before_their_time() {
        let trial = Trial::new();
        let (name, registry) = (PersonName::new("tim").unwrap(), &trial.app.registry);
        let begun = NOW.plus_ms(-3 * 3_600_000 - 1);
        let role = PersonRole::Tenant { site: book().site.id, room: book().rooms[0].id.clone() };
        registry.add_person(&name, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
        registry.assign_role(&name, &role, (begun, None), "test", NOW).unwrap();
        let secret = registry.sign_in(&name, "four plain words", NOW).unwrap().unwrap();
        for metric in ["temperature_c", "power_w"] {
            for (points, expected) in [(24, 2), (8, 0), (144, 17)] {
                let path = format!("/api/v1/series?site=demo&room=101&metric={metric}&points={points}");
                let request = Request::get(&path)
                    .header("host", "localhost")
                    .header("cookie", format!("hypocaust={secret}"));
                let response = trial.ask(request.body(Body::empty()).unwrap()).await;
                let body: serde_json::Value = serde_json::from_str(&read(response).await.1).unwrap();
                let starts: Vec<i64> =
                    body["points"].as_array().unwrap().iter().map(|p| p["at_ms"].as_i64().unwrap()).collect();
                assert!(starts.iter().all(|start| *start >= begun.ms()), "{metric} {points}");
                assert_eq!(starts.len(), expected, "{metric} {points}");
            }
        }
    }
}
