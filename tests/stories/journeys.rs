//! The two journeys, and what remains of them when the controller is gone.

use std::process::Command;

use serde_json::Value;

use crate::bus::Bus;
use crate::house::{House, Running, credential, eventually, program};
use crate::http::{json, stream};
use crate::twins::{self, Heater};

const SITE: &str = "tisserands";

/// Readings behind the last day of a room's chart, and the newest of them.
fn chart(house: &House) -> (u64, i64) {
    let answer =
        json(&house.http, &format!("/api/v1/series?site={SITE}&room=101&metric=temperature_c&points=2000"));
    let points = answer["points"].as_array().expect("points").clone();
    let count = points.iter().filter_map(|point| point["count"].as_u64()).sum();
    (count, points.last().and_then(|point| point["at_ms"].as_i64()).unwrap_or(0))
}

#[test]
fn a_temperature_reaches_the_charts_data_and_a_budget_reaches_the_heater() {
    let folder = tempfile::tempdir().unwrap();
    let mut house = House::start(&folder.path().join("data"), None);

    // The week that was is there: room 101 has two heaters with a record a minute each.
    let sites = json(&house.http, "/api/v1/sites");
    assert_eq!(sites["sites"][0]["site"], SITE, "{sites}");
    let (day, newest) = chart(&house);
    assert!(day >= 2 * 24 * 60 - 10, "{day} readings in the last day");
    assert!(
        crate::http::counted(&house.http, "hypocaust_store_records", "") >= 302_000.0,
        "a week of thirty heaters"
    );

    // What is measured now arrives in the chart.
    eventually("the chart goes on", || {
        let (more, later) = chart(&house);
        (later > newest && more > day).then_some(())
    });

    // What is heard reaches an open page as an event.
    let event = stream(&house.http, &format!("/api/v1/stream?site={SITE}"))
        .find(|line| line.starts_with("data:") && line.contains("temperature_c"));
    assert!(event.is_some(), "the stream tells of temperatures");

    // The heaters obey the controller: leased, and drawing what they were granted.
    let secret = house.credential("story", &["--role", "service"]);
    let mut bus = Bus::join(
        &house.mqtt,
        "story",
        &secret,
        &["hypocaust/1/+/heater/+/heartbeat", "hypocaust/1/+/heater/+/budget"],
    );
    let budget = bus
        .wait_json("/budget", |budget| budget["watts"].as_u64().filter(|w| *w > 0).map(|_| budget.clone()));
    let heater = budget["heater"].as_str().unwrap().to_owned();
    let obeyed = bus.wait_json(&format!("heater/{heater}/heartbeat"), |heartbeat| {
        let newer = heartbeat["seq"].as_u64() >= budget["seq"].as_u64();
        (heartbeat["mode"] == "leased" && newer).then(|| heartbeat.clone())
    });
    let watts = |key: &str| obeyed[key].as_u64().expect("a heartbeat tells its watts");
    assert!(watts("drawn_w") <= watts("budget_w"), "{obeyed}");

    // SIGTERM ends it cleanly.
    let begun = std::time::Instant::now();
    let status = house.running.terminate();
    assert!(status.success(), "{status}");
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}

/// A building system is answered by the next state: what was granted and by whom.
#[test]
fn a_building_system_asks_within_bounds_and_its_wish_ends() {
    let folder = tempfile::tempdir().unwrap();
    let config = twins::configuration(folder.path());
    let house = House::start(&folder.path().join("data"), Some(&config));
    let secret = house.credential("bms", &["--role", "building-system", "--site", "home"]);
    let mut bus = Bus::join(
        &house.mqtt,
        "bms",
        &secret,
        &["hypocaust/1/home/room/+/state", "hypocaust/1/home/site/state"],
    );
    let first = bus.wait_json("room/101/state", |state| Some(state.clone()));
    assert_eq!((&first["setpoint_c"], &first["setpoint_by"]), (&Value::from(21.0), &Value::from("schedule")));

    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let until = now_ms + 8_000;
    bus.publish(
        "hypocaust/1/home/room/101/request",
        &format!(r#"{{"setpoint_c":29,"until_ms":{until},"by":"bms"}}"#),
    );
    let granted = bus.wait_json("room/101/state", |state| {
        (state["setpoint_by"] == "building_system").then(|| state.clone())
    });
    assert_eq!(granted["setpoint_c"], 23.0, "clamped to the room's band: {granted}");
    let after =
        bus.wait_json("room/101/state", |state| (state["setpoint_by"] == "schedule").then(|| state.clone()));
    assert_eq!(after["setpoint_c"], 21.0);

    bus.publish(
        "hypocaust/1/home/site/limit",
        &format!(r#"{{"watts":700,"until_ms":{},"by":"grid"}}"#, now_ms + 600_000),
    );
    let limited = bus.wait_json("site/state", |state| (state["cap_w"] == 700).then(|| state.clone()));
    assert_eq!(limited["cap_until_ms"].as_u64(), Some((now_ms + 600_000) as u64), "{limited}");

    // It may never speak as a heater or as the controller.
    bus.publish("hypocaust/1/home/heater/h-101/budget", r#"{"watts":1000}"#);
    eventually("the denied publish is counted", || {
        (crate::http::counted(&house.http, "hypocaust_broker_publishes_denied_total", "role") >= 1.0)
            .then_some(())
    });
}

fn part(name: &str, data: &std::path::Path, config: &std::path::Path, mqtt: &str) -> Command {
    let mut command = program();
    command
        .arg(name)
        .args(["--http", "127.0.0.1:0", "--mqtt", mqtt, "--data"])
        .arg(data)
        .arg("--config")
        .arg(config);
    command
}

/// Every part a process of its own; the controller is killed for real.
#[test]
fn a_lost_controller_leaves_rooms_on_fall_back_and_its_return_leases_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), twins::configuration(folder.path()));
    let (secret, key) = twins::claim(&data, &config);
    let mut broker = Running::start(part("broker", &data, &config, "127.0.0.1:0"));
    let url = broker.ready().split_whitespace().nth(1).unwrap().to_owned();
    let address = url.strip_prefix("mqtt://").unwrap().to_owned();
    let mut ingest = Running::start(part("ingest", &data, &config, &address));
    ingest.ready();
    let mut controller = Running::start(part("controller", &data, &config, &address));
    controller.ready();
    let mut pages = Running::start(part("dashboards", &data, &config, &address));
    let http = pages.ready().split_whitespace().nth(1).unwrap().to_owned();
    let _heater = Heater::start(&url, &secret, key);

    let story = credential(&data, "story", &["--role", "service"]);
    let mut bus = Bus::join(&url, "story", &story, &["hypocaust/1/home/heater/h-101/heartbeat"]);
    let leased = bus.wait_json("heartbeat", |beat| {
        (beat["mode"] == "leased" && beat["drawn_w"].as_u64() > Some(300)).then(|| beat.clone())
    });
    assert!(leased["lease_left_s"].as_u64() > Some(0), "{leased}");

    controller.kill();
    let fallen = bus.wait_json("heartbeat", |beat| (beat["mode"] == "fallback").then(|| beat.clone()));
    assert!(
        fallen["drawn_w"].as_u64().is_some_and(|watts| watts <= 300),
        "never above the fall-back: {fallen}"
    );
    assert!(fallen["budget_w"] == 300, "{fallen}");

    let mut controller = Running::start(part("controller", &data, &config, &address));
    controller.ready();
    let again = bus.wait_json("heartbeat", |beat| (beat["mode"] == "leased").then(|| beat.clone()));
    assert!(
        again["epoch"].as_u64() > leased["epoch"].as_u64(),
        "a new run fences off the one before: {again}"
    );

    // The pages, a process of their own, ask the process that holds the history.
    eventually("history reaches the pages through the socket", || {
        let points = json(&http, "/api/v1/series?room=101&metric=temperature_c&points=10")["points"]
            .as_array()
            .map(Vec::len);
        (points > Some(0)).then_some(())
    });
}
