//! A report as programs have it, held against history that was made by hand.

use axum::http::StatusCode;
use registry::{Accounting, Rate, SaidHour};
use serde_json::Value;
use store::{Arrival, Retention, Store, StoredSample};
use vocabulary::{BootId, DisplayName, HeaterId, Metric, Quality, Reading, RoomId, SiteId, Timestamp};

use crate::front::Front;
use crate::trial::{NOW, Trial, book};

const HOUR_MS: i64 = 3_600_000;
const DAY: &str = "/api/v1/report?site=demo&period=day&date=2026-01-20";

/// Midnight of Tuesday 20 January 2026 in Paris.
fn midnight() -> Timestamp {
    NOW.plus_ms(-14 * HOUR_MS - HOUR_MS / 2 - 24 * HOUR_MS)
}

fn figure<'a>(report: &'a Value, key: &str) -> &'a Value {
    report["figures"].as_array().unwrap().iter().find(|figure| figure["figure"] == key).unwrap()
}

/// A day of one heater in room 101, a record in ten minutes: 600 W, its meter and a reset at noon, somebody there from eight
/// to eighteen, work from eight on, outdoors 4 °C; silent from 20:00 to 22:00.
fn measured() -> Trial {
    measured_in(Trial::silent(&[book()]))
}

/// A record of the heater of room 101.
fn arrival(seq: u64, samples: Vec<StoredSample>) -> Arrival {
    Arrival {
        site: SiteId::new("demo").unwrap(),
        heater: HeaterId::new("h-101").unwrap(),
        room: Some(RoomId::new("101").unwrap()),
        boot: BootId::from_bits(7),
        bn: 1,
        seq,
        low: 1,
        late: false,
        samples,
    }
}

fn measured_in(trial: Trial) -> Trial {
    let arrivals = (0..144).filter(|n| !(120..132).contains(n)).map(|n| {
        let hour = n / 6;
        let there = f64::from(u8::from((8..18).contains(&hour)));
        // The meter stood at 5,000 Wh before and began at zero at noon.
        let meter = if n < 72 { 5_000.0 + 100.0 * n as f64 } else { 100.0 * (n - 72) as f64 };
        let sample = |metric, value| StoredSample {
            ts: midnight().plus_ms(n * 10 * 60_000),
            metric,
            reading: Reading::value(value),
            quality: Quality::Good,
        };
        let samples = vec![
            sample(Metric::TemperatureC, if hour < 9 { 19.0 } else { 20.5 }),
            sample(Metric::PowerW, 600.0),
            sample(Metric::EnergyWh, meter),
            sample(Metric::ResistorW, if hour < 8 { 150.0 } else { 0.0 }),
            sample(Metric::CoresBusy, if hour < 8 { 0.0 } else { 8.0 }),
            sample(Metric::Presence, there),
        ];
        arrival(n.unsigned_abs() + 1, samples)
    });
    trial.app.store.write(&arrivals.collect::<Vec<_>>()).unwrap();
    let said = SaidHour { outdoor_c: Some(4.0), ..SaidHour::default() };
    let hours: Vec<_> = (0..24).map(|hour| (midnight().plus_ms(hour * HOUR_MS), said)).collect();
    trial.app.registry.note_hours(&book().site.id, &hours).unwrap();
    trial
}

#[tokio::test]
async fn a_day_in_history_comes_out_as_by_hand() {
    let trial = measured();
    let (status, report) = trial.json(&format!("{DAY}&room=101")).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    let value = |key: &str| figure(&report, key)["value"].as_f64();
    // The first hour by its power, because nothing is known of the meter before: 600 Wh. Then by the meter: from 5,500 to
    // 12,100 Wh by noon, and from zero to 7,100 after it, across the silence.
    assert_eq!(value("energy"), Some(14.3));
    assert_eq!(value("degree_days"), Some(14.0));
    assert_eq!(value("peak"), Some(0.6));
    assert_eq!(figure(&report, "energy")["remarks"][0]["meter_resets"], 1);
    // Somebody from 8 to 18: the hour at 19.0 is 1.5 K too cold, nine are in the band.
    assert_eq!((value("in_band"), value("cold")), (Some(90.0), Some(1.5)));
    assert_eq!(figure(&report, "in_band")["coverage"].as_f64(), Some(0.9167));
    assert_eq!(value("core_hours"), Some(112.0), "fourteen hours of eight cores");
    assert_eq!(figure(&report, "cost")["unknown"], "not_configured");
    assert_eq!(figure(&report, "energy")["compared"]["unknown"], "not_recorded");
    assert_eq!(report["heat_map"]["rows"][0]["kwh"].as_array().unwrap().len(), 24);
}

#[tokio::test]
async fn a_report_says_the_same_before_and_after_its_readings_were_sealed() {
    let trial = measured();
    let mut told = Vec::new();
    for is_sealed in [false, true] {
        if is_sealed {
            assert!(trial.app.store.seal(NOW).unwrap().sealed_entries > 0);
        }
        for query in ["", "&room=101", "&period=week", "&period=month", "&period=year&compare=year"] {
            let path = format!("/api/v1/report?site=demo&date=2026-01-20{query}");
            told.push(
                trial.json(&if query.contains("period") { path } else { format!("{path}&period=day") }).await,
            );
        }
    }
    let (before, after) = told.split_at(told.len() / 2);
    assert_eq!(before, after);
    let energies = after.iter().map(|(_, report)| figure(report, "energy")["value"].as_f64());
    assert!(energies.into_iter().all(|kwh| kwh == Some(14.3)), "{after:?}");
}

#[tokio::test]
async fn the_csv_says_what_the_json_says() {
    let trial = measured();
    let source = DisplayName::new("=HYPERLINK(\"x\")").unwrap();
    let price_eur = Some(Rate { amount: 0.2, source });
    let said = Accounting { price_eur, ..Accounting::default() };
    trial.app.registry.set_accounting(&book().site.id, &said, "test", NOW).unwrap();
    let (_, report) = trial.json(DAY).await;
    let (status, csv) = trial.get(&format!("{DAY}&format=csv")).await;
    assert_eq!(status, StatusCode::OK);
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{csv}");
    let figures = report["figures"].as_array().unwrap();
    let cell = |value: &Value| value.as_f64().map(|value| value.to_string()).unwrap_or_default();
    for (line, figure) in lines[1..].iter().zip(figures) {
        let expected = [cell(&figure["value"]), figure["unknown"].as_str().unwrap_or_default().to_owned()];
        assert_eq!(
            (line[3], line[5], line[6]),
            (figure["figure"].as_str().unwrap(), &*expected[0], &*expected[1])
        );
        assert_eq!((line[7], line[8]), (&*cell(&figure["coverage"]), &*cell(&figure["compared"]["value"])));
    }
    let rooms = report["rooms"].as_array().unwrap();
    assert_eq!(lines.len(), 1 + figures.len() + 6 * rooms.len());
    assert!(!csv.contains('='), "what people write is in no cell");
    assert!(report.to_string().contains("HYPERLINK"), "and in the JSON it is");
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused_by_the_name_of_its_parameter() {
    let trial = Trial::new();
    for (query, name) in [
        ("period=decade", "period"),
        ("period=day&date=yesterday", "date"),
        ("period=day&date=2027-01-01", "date"),
        ("period=own&to=2026-01-01", "from"),
        ("period=own&from=2026-01-01", "to"),
        ("period=own&from=2026-01-03&to=2026-01-02", "from"),
        ("period=own&from=1990-01-01&to=2026-01-02", "from"),
        ("compare=never", "compare"),
        ("room=%00", "room"),
        ("format=xml", "format"),
    ] {
        let (status, body) = trial.json(&format!("/api/v1/report?site=demo&{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("{name}:")), "{query}: {message}");
    }
    assert_eq!(trial.json("/api/v1/report?site=demo&room=999").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_heater_drew_stays_where_it_drew_it_when_it_is_moved_or_leaves() {
    let trial = measured();
    let energy = async |trial: &Trial, room: &str| {
        let (_, report) = trial.json(&format!("{DAY}{room}")).await;
        let figure = figure(&report, "energy");
        (figure["value"].as_f64(), figure["coverage"].as_f64())
    };
    let mut moved = book();
    moved.heaters.retain(|heater| heater.id.as_str() == "h-101");
    trial.app.registry.put_site(&moved).unwrap();
    assert_eq!(energy(&trial, "").await.0, Some(14.3));
    moved.heaters[0].room = Some(RoomId::new("102").unwrap());
    trial.app.registry.change_site(&moved, "anna", NOW).unwrap();
    assert_eq!(energy(&trial, "&room=101").await, (Some(14.3), Some(1.0)), "it was moved");
    assert_eq!(energy(&trial, "&room=102").await.0, None, "it drew nothing there");
    moved.heaters.clear();
    trial.app.registry.change_site(&moved, "anna", NOW).unwrap();
    for room in ["", "&room=101"] {
        assert_eq!(energy(&trial, room).await, (Some(14.3), Some(1.0)), "it left: {room}");
    }
}

#[tokio::test]
async fn a_room_s_page_says_how_well_it_was_kept_by_its_schedule() {
    let trial = measured();
    let (_, html) = trial.get("/sites/demo/rooms/101?lang=en").await;
    // People are expected from seven to nineteen: two hours at 19.0, 1.5 K too cold, and ten in the band.
    assert!(html.contains(">83%</a>") && html.contains("too cold by 3.0\u{a0}K·h"), "{html}");
    let (_, html) = trial.get("/sites/demo/rooms/201?lang=en").await;
    assert!(!html.contains("Comfort, 7 days"), "nothing is known of it");
}

#[tokio::test]
async fn a_peak_of_which_only_means_of_hours_are_kept_says_so() {
    let whole = |report: &Value| {
        let told = ["peak", "peak_of_cap"].map(|key| {
            let remarks = figure(report, key)["remarks"].as_array().unwrap().clone();
            remarks.into_iter().find(|remark| remark.get("hours_of_one_mean").is_some())
        });
        assert_eq!(told[0], told[1]);
        told[0].clone()
    };
    let trial = measured();
    assert_eq!(whole(&trial.json(DAY).await.1), None, "readings are kept");
    // In the hours of its silence it said one thing: a single reading is not the mean of an hour.
    let reading = StoredSample {
        ts: midnight().plus_ms(20 * HOUR_MS + 60_000),
        metric: Metric::PowerW,
        reading: Reading::value(600.0),
        quality: Quality::Good,
    };
    trial.app.store.write(&[arrival(145, vec![reading])]).unwrap();
    assert_eq!(whole(&trial.json(DAY).await.1), None, "it said one thing in an hour");
    let folder = tempfile::tempdir().unwrap();
    let front = Front::new("127.0.0.1:80".parse().unwrap(), None);
    let retention = Retention { plant_days: 1, ..Retention::default() };
    let trial = Trial::furnished(&[book()], front, |parts| {
        parts.store = Store::open(folder.path(), retention).unwrap();
    });
    let trial = measured_in(trial);
    trial.app.store.seal(NOW).unwrap();
    trial.app.store.maintain(NOW.plus_ms(9 * 24 * HOUR_MS)).unwrap();
    let (_, report) = trial.json(DAY).await;
    // It was silent for two hours of the day.
    assert_eq!(whole(&report), Some(serde_json::json!({"hours_of_one_mean": 22, "of": 22})), "{report}");
    for (lang, words) in [("en", "may have been higher"), ("fr", "ont pu l’être davantage")] {
        let path = format!("/sites/demo/report?period=day&date=2026-01-20&lang={lang}");
        let (_, html) = trial.get(&path).await;
        let peak = html.split("data-figure=\"peak\"").nth(1).unwrap().split("</li>").next().unwrap();
        assert!(peak.contains(words) && !peak.contains('⟦'), "{peak}");
    }
}

#[tokio::test]
async fn what_was_not_recorded_has_no_price_either() {
    let trial = measured();
    let rate = Rate { amount: 0.2, source: DisplayName::new("Contract").unwrap() };
    let accounting = Accounting { price_eur: Some(rate), ..Accounting::default() };
    trial.app.registry.set_accounting(&book().site.id, &accounting, "anna", NOW).unwrap();
    let (_, report) = trial.json(DAY).await;
    let coverage = |key: &str| figure(&report, key)["coverage"].as_f64().unwrap();
    assert!(coverage("energy") < 0.6, "of two heaters one was never heard");
    assert!((coverage("cost") - coverage("energy")).abs() < 1e-3, "{report}");
}
