//! Measurements, not tests: `cargo test --release -p dashboards -- --ignored --nocapture measured`. They print what a year of
//! a building's report and a chart over 100,000 readings take; no time is asserted.

use std::time::Instant;

use axum::http::StatusCode;
use registry::SiteBook;
use store::{Arrival, StoredSample};
use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, RoomId, Timestamp};

use crate::trial::{NOW, Trial, book};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const ROOMS: usize = 40;

/// Forty rooms with a heater each.
fn large() -> SiteBook {
    let mut book = book();
    let (room, heater) = (book.rooms[0].clone(), book.heaters[0].clone());
    let room_id = |n: usize| RoomId::new(&format!("r-{n:03}")).unwrap();
    book.rooms = (0..ROOMS).map(|n| registry::Room { id: room_id(n), ..room.clone() }).collect();
    book.heaters = (0..ROOMS)
        .map(|n| registry::Heater {
            id: HeaterId::new(&format!("h-{n:03}")).unwrap(),
            room: Some(room_id(n)),
            ..heater.clone()
        })
        .collect();
    book
}

/// Records of every heater from `from` to `to`, a day a commit, sealed as maintenance would.
fn fill(trial: &Trial, book: &SiteBook, (from, to): (Timestamp, Timestamp), every_ms: i64) {
    let mut seq = vec![0_u64; book.heaters.len()];
    let mut day = from;
    while day < to {
        let end = day.plus_ms(DAY_MS).min(to);
        let mut batch = Vec::new();
        for (index, heater) in book.heaters.iter().enumerate() {
            let mut at = day;
            while at < end {
                seq[index] += 1;
                batch.push(record(book, heater, at, seq[index]));
                at = at.plus_ms(every_ms);
            }
        }
        trial.app.store.write(&batch).unwrap();
        trial.app.store.seal(end).unwrap();
        day = end;
    }
}

fn record(book: &SiteBook, heater: &registry::Heater, at: Timestamp, seq: u64) -> Arrival {
    let hour = at.ms().rem_euclid(DAY_MS) / HOUR_MS;
    let power = if (6..20).contains(&hour) { 480.0 + (seq % 37) as f64 } else { 120.0 };
    let sample = |metric, value| StoredSample {
        ts: at,
        metric,
        reading: Reading::value(value),
        quality: Quality::Good,
    };
    Arrival {
        site: book.site.id.clone(),
        heater: heater.id.clone(),
        room: heater.room.clone(),
        boot: BootId::from_bits(7),
        bn: 1,
        seq,
        low: seq,
        late: false,
        samples: vec![
            sample(Metric::TemperatureC, 19.0 + (seq % 23) as f64 / 10.0),
            sample(Metric::PowerW, power),
            sample(Metric::EnergyWh, 50.0 * seq as f64),
            sample(Metric::ResistorW, power / 4.0),
            sample(Metric::CoresBusy, (seq % 9) as f64),
            sample(Metric::Presence, f64::from(u8::from((8..18).contains(&hour)))),
        ],
    }
}

/// Asks five times; prints the first and the fastest.
async fn time(trial: &Trial, path: &str) -> String {
    let (mut first, mut fastest, mut body) = (None, f64::INFINITY, String::new());
    for _ in 0..5 {
        let started = Instant::now();
        let (status, answer) = trial.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer:.300}");
        let took_ms = started.elapsed().as_secs_f64() * 1e3;
        first.get_or_insert(took_ms);
        fastest = fastest.min(took_ms);
        body = answer;
    }
    println!(
        "{:>9.1} ms first, {fastest:>8.1} ms fastest, {:>8} bytes: {path}",
        first.unwrap_or(0.0),
        body.len()
    );
    body
}

#[tokio::test]
#[ignore = "a measurement: it makes two years of a building's history first"]
async fn measured_reports_of_forty_rooms() {
    let book = large();
    let trial = Trial::silent(std::slice::from_ref(&book));
    let started = Instant::now();
    fill(&trial, &book, (NOW.plus_ms(-400 * DAY_MS), NOW), 10 * 60_000);
    println!("{ROOMS} rooms, a record in ten minutes for 400 days, made in {:.1?}", started.elapsed());
    for query in [
        "period=day&date=2026-01-20",
        "period=week",
        "period=month&date=2025-12-01",
        "period=year&date=2025-06-01",
    ] {
        time(&trial, &format!("/sites/demo/report?{query}")).await;
    }
    time(&trial, "/api/v1/report?site=demo&period=year&date=2025-06-01&format=csv").await;
}

#[tokio::test]
#[ignore = "a measurement: it makes 100,000 readings first"]
async fn measured_series_of_100_000_readings() {
    let mut book = large();
    book.rooms.truncate(1);
    book.heaters.truncate(1);
    let trial = Trial::silent(std::slice::from_ref(&book));
    let from = NOW.plus_ms(-100_000 * 10_000);
    fill(&trial, &book, (from, NOW), 10_000);
    for points in [480, 2_000, 10_000] {
        for of in ["room=r-000", "heater=h-000"] {
            let query = format!("{of}&metric=power_w&from={}&to={}&points={points}", from.ms(), NOW.ms());
            let body = time(&trial, &format!("/api/v1/series?site=demo&{query}")).await;
            let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
            let counted: u64 =
                answer["points"].as_array().unwrap().iter().map(|p| p["count"].as_u64().unwrap()).sum();
            assert_eq!(counted, 100_000);
        }
    }
}
