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
/// Records are counted from here.
const EARLIEST: Timestamp = Timestamp::from_ms(NOW.ms() - 1_000 * DAY_MS);

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
    let mut day = from;
    while day < to {
        let end = day.plus_ms(DAY_MS).min(to);
        write(trial, book, (day, end), every_ms);
        trial.app.store.seal(end).unwrap();
        day = end;
    }
}

/// Records of every heater from `from` to `to` in one commit.
fn write(trial: &Trial, book: &SiteBook, (from, to): (Timestamp, Timestamp), every_ms: i64) {
    let mut batch = Vec::new();
    for heater in &book.heaters {
        let mut at = from;
        while at < to {
            // Counted by time, so that it goes on over commits.
            let seq = at.since(EARLIEST) / 10_000;
            batch.push(record(book, heater, at, seq.unsigned_abs()));
            at = at.plus_ms(every_ms);
        }
    }
    trial.app.store.write(&batch).unwrap();
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
            sample(Metric::EnergyWh, 0.8 * seq as f64),
            sample(Metric::ResistorW, power / 4.0),
            sample(Metric::CoresBusy, (seq % 9) as f64),
            sample(Metric::Presence, f64::from(u8::from((8..18).contains(&hour)))),
        ],
    }
}

/// What this process has worked so far, ms: others on the machine are not in it.
fn worked_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |nth: usize| fields[nth].parse::<f64>().unwrap();
    // User and system time, fields 14 and 15, in hundredths of a second.
    10.0 * (ticks(11) + ticks(12))
}

/// Asks ten times; prints the first and the fastest, and how much work one answer is.
async fn time(trial: &Trial, path: &str) -> String {
    const TIMES: usize = 10;
    let (mut first, mut fastest, mut body) = (None, f64::INFINITY, String::new());
    let before_ms = worked_ms();
    for _ in 0..TIMES {
        let started = Instant::now();
        let (status, answer) = trial.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer:.300}");
        let took_ms = started.elapsed().as_secs_f64() * 1e3;
        first.get_or_insert(took_ms);
        fastest = fastest.min(took_ms);
        body = answer;
    }
    println!(
        "{:>9.1} ms first, {fastest:>8.1} ms fastest, {:>8.1} ms of processor, {:>8} bytes: {path}",
        first.unwrap_or(0.0),
        (worked_ms() - before_ms) / TIMES as f64,
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

/// The week of a building of thirty heaters as a visitor finds it: whole in the log, as a past that was made at once lies
/// there; sealed; and with the last hour in the log, a commit for each heater and ten seconds, as one that runs has it.
#[tokio::test]
#[ignore = "a measurement: it makes a week of a building's history first"]
async fn measured_report_of_the_week() {
    let mut book = large();
    book.rooms.truncate(30);
    book.heaters.truncate(30);
    let page = "/sites/demo/report";
    for is_sealed in [false, true] {
        let trial = Trial::silent(std::slice::from_ref(&book));
        let mut day = NOW.plus_ms(-7 * DAY_MS);
        while day < NOW {
            write(&trial, &book, (day, day.plus_ms(HOUR_MS / 2)), 60_000);
            day = day.plus_ms(HOUR_MS / 2);
        }
        println!(
            "a week of 30 heaters, a record a minute, {}",
            if is_sealed { "sealed" } else { "in the log" }
        );
        if is_sealed {
            let before_ms = worked_ms();
            trial.app.store.seal(NOW).unwrap();
            println!("{:>9.1} ms of processor to seal it", worked_ms() - before_ms);
        }
        time(&trial, page).await;
        if is_sealed {
            (0..360).for_each(|nth| {
                let from = NOW.plus_ms(nth * 10_000);
                write(&trial, &book, (from, from.plus_ms(10_000)), 10_000);
            });
            trial.clock.store(NOW.plus_ms(HOUR_MS).ms(), std::sync::atomic::Ordering::Relaxed);
            println!("the same, and an hour in the log, a record in ten seconds");
            time(&trial, page).await;
        }
    }
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
