//! Everything that history knows of a room, hour by hour, presence included: what was recorded of somebody is theirs to
//! have. A tenant is given it from their first whole hour on, like every other question to history.

use std::fmt::Write as _;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde_json::json;
use vocabulary::{Metric, Timestamp};

use super::series::{self, Of};
use super::{ApiError, Found, Query, answer, internal};
use crate::app::{App, Shared};
use crate::history::{self, Bin, Span};
use crate::who::Who;
use crate::{long_reads, reads};

const HOUR_MS: i64 = 3_600_000;
/// A year and ten days: the store gives 10,000 steps of one series at once.
const LONGEST_MS: i64 = 9_000 * HOUR_MS;

/// `GET /api/v1/export`
pub(crate) async fn export(
    State(app): State<Shared>,
    who: Who,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    long_reads::answer(&app, move |app| read(app, &who, &Query::read(query))).await
}

fn read(app: &App, who: &Who, query: &Query) -> Result<Response, ApiError> {
    let found = Found::site(app, query, who)?;
    let room = query.value("room").ok_or_else(|| ApiError::parameter("room", "missing"))?;
    let id = &found.room(room)?.id;
    reads::export(app, who, &found.book().site.id, id)?;
    let of = Of::Room(id.clone());
    let now = app.now(&found.book().site);
    let to = Timestamp::from_ms((now.ms().div_euclid(HOUR_MS) + 1).saturating_mul(HOUR_MS));
    let span = Span { from: to.plus_ms(-LONGEST_MS), to, step_ms: HOUR_MS };
    let lines = match series::clipped(app, who, &found, &of, span) {
        Some(span) => lines(app, &found, &of, span).map_err(|error| internal(&error.to_string()))?,
        None => Vec::new(),
    };
    match query.value("format") {
        None | Some("json") => Ok(to_json(&found, room, &lines)),
        Some("csv") => Ok(to_csv(room, &lines)),
        Some(_) => Err(ApiError::parameter("format", "json or csv")),
    }
}

type Lines = Vec<(Metric, Vec<Bin>)>;

fn lines(app: &App, found: &Found, of: &Of, span: Span) -> Result<Lines, history::HistoryError> {
    let Of::Room(room) = of else { return Ok(Vec::new()) };
    let metrics = history::metrics_of_room(&app.store, &found.book().site.id, room)?;
    let series = metrics.into_iter().map(|metric| {
        let bins = series::ask(app, found, of, &metric, span)?;
        Ok((metric, bins))
    });
    series.collect()
}

fn to_json(found: &Found, room: &str, lines: &Lines) -> Response {
    let series = lines.iter().map(|(metric, bins)| json!({"metric": metric, "points": series::points(bins)}));
    let series: Vec<_> = series.collect();
    answer(json!({"site": found.book().site.id, "room": room, "step_ms": HOUR_MS, "series": series}))
}

fn to_csv(room: &str, lines: &Lines) -> Response {
    let mut csv = "metric,time,mean,min,max,count\r\n".to_owned();
    for (metric, bins) in lines {
        for bin in bins {
            let (time, mean) = (bin.start.rfc3339(), series::round(bin.mean));
            let _ = write!(csv, "{metric},{time},{mean},{},{},{}\r\n", bin.min, bin.max, bin.count);
        }
    }
    super::csv(room, csv)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use registry::{FirstPassword, PersonName, PersonRole};

    use crate::trial::{NOW, Trial, book, read};

    #[tokio::test]
    async fn a_tenant_takes_along_everything_of_the_own_room_and_time() {
        let trial = Trial::new();
        let (name, registry) = (PersonName::new("tim").unwrap(), &trial.app.registry);
        let begun = NOW.plus_ms(-5 * 3_600_000);
        let role = PersonRole::Tenant { site: book().site.id, room: book().rooms[0].id.clone() };
        registry.add_person(&name, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
        registry.assign_role(&name, &role, (begun, None), "test", NOW).unwrap();
        let secret = registry.sign_in(&name, "four plain words", NOW).unwrap().unwrap();
        let ask = |path: &str| {
            let request = Request::get(path).header("host", "localhost");
            request.header("cookie", format!("hypocaust={secret}")).body(Body::empty()).unwrap()
        };
        let (_, page) = read(trial.ask(ask("/sites/demo/rooms/101/tenant")).await).await;
        let offered = "/api/v1/export?site=demo&#38;room=101&#38;format=csv";
        assert!(page.contains(offered), "{page}");
        let (_, json) = read(trial.ask(ask("/api/v1/export?site=demo&room=101")).await).await;
        let all: serde_json::Value = serde_json::from_str(&json).unwrap();
        let series = all["series"].as_array().unwrap();
        let metrics: Vec<_> = series.iter().map(|line| line["metric"].as_str().unwrap()).collect();
        assert!(metrics.contains(&"temperature_c") && metrics.contains(&"power_w"), "{metrics:?}");
        for line in series {
            let points = line["points"].as_array().unwrap();
            assert!(!points.is_empty(), "{line}");
            assert!(points.iter().all(|point| point["at_ms"].as_i64().unwrap() >= begun.ms()), "{line}");
        }
        let (_, csv) = read(trial.ask(ask("/api/v1/export?site=demo&room=101&format=csv")).await).await;
        let points: usize = series.iter().map(|line| line["points"].as_array().unwrap().len()).sum();
        assert_eq!(csv.lines().count(), 1 + points);
        let neighbour = trial.ask(ask("/api/v1/export?site=demo&room=102")).await;
        assert_eq!(neighbour.status(), StatusCode::NOT_FOUND);
    }
}
