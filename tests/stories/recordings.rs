//! Recorded buildings played into a running house: every good sample is there under its recorded time, every bad one
//! is counted by reason. The folder is `HYPOCAUST_DATA`, by default `../shared/data`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::house::{House, program};
use crate::http::{counted, json};
use crate::twins;

/// The recording, or `None` (said by name) where this machine does not have it.
fn recording(path: &str) -> Option<PathBuf> {
    let root =
        std::env::var_os("HYPOCAUST_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let file = root.join(path);
    if file.exists() {
        return Some(file);
    }
    println!("ignored: {path} is not in {} (HYPOCAUST_DATA)", root.display());
    None
}

/// A column of a recording, as the test reads it: apart from the program's own reader.
struct Column {
    name: &'static str,
    metric: &'static str,
    /// What of the recorded values may be refused or suspect; everything else must be there.
    sound: fn(f64) -> bool,
    becomes: fn(f64) -> f64,
}

fn played(house: &House, file: &Path, map: &str, speed: &str) {
    let mut replay: Command = program();
    replay
        .arg("replay")
        .arg(file)
        .args(["--map", map, "--speed", speed, "--mqtt", house.mqtt_address(), "--data"])
        .arg(&house.data);
    let output = replay.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", String::from_utf8_lossy(&output.stdout).trim());
}

/// `(room, column) -> [(seconds, value)]` of a wide CSV.
fn read(
    file: &Path,
    time: fn(&str) -> i64,
    columns: &[Column],
) -> BTreeMap<(String, usize), Vec<(i64, f64)>> {
    let reader = flate2::read::MultiGzDecoder::new(std::fs::File::open(file).unwrap());
    let mut csv = csv::Reader::from_reader(reader);
    let headers = csv.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let mut values: BTreeMap<_, Vec<(i64, f64)>> = BTreeMap::new();
    for row in csv.records() {
        let row = row.unwrap();
        for (index, column) in columns.iter().enumerate() {
            if let Ok(value) = row[at(column.name)].parse::<f64>() {
                let room = row[at("room")].to_lowercase();
                values.entry((room, index)).or_default().push((time(&row[0]), value));
            }
        }
    }
    values
}

/// Holds the store against the file: counts of each room and column, and single values at their recorded second.
fn hold_against(
    house: &House,
    values: &BTreeMap<(String, usize), Vec<(i64, f64)>>,
    columns: &[Column],
) -> (u64, u64) {
    let (mut sent, mut good, mut checked) = (0, 0, (0, 0));
    for ((room, index), recorded) in values {
        let column = &columns[*index];
        let (first, last) = (recorded[0].0 * 1000, recorded[recorded.len() - 1].0 * 1000 + 1);
        let path = format!(
            "/api/v1/series?site=replay&room={room}&metric={}&from={first}&to={last}&points=1",
            column.metric
        );
        let stored: u64 =
            points(&json(&house.http, &path)).iter().filter_map(|point| point["count"].as_u64()).sum();
        let sound =
            recorded.iter().filter(|(_, value)| (column.sound)((column.becomes)(*value))).count() as u64;
        assert!(stored <= sound, "{room} {}: {stored} stored as good, {sound} sound", column.metric);
        // Jumps and stuck sensors are judged by history; they are few, and each is counted as suspect.
        assert!(
            stored as f64 >= 0.9 * sound as f64 || recorded.len() < 50,
            "{room} {}: {stored} of {sound}",
            column.metric
        );
        sent += recorded.len() as u64;
        good += stored;
        let (asked, there) = spot_check(house, room, column, recorded);
        checked = (checked.0 + asked, checked.1 + there);
    }
    println!("{} of {} values are at their recorded second", checked.1, checked.0);
    assert!(checked.0 > 0 && checked.1 as f64 >= 0.9 * checked.0 as f64, "{checked:?}");
    (sent, good)
}

/// A dozen values of a column, spread over the recording, each asked for at its own second. Gives how many sound ones
/// were asked for, and how many of them were there.
fn spot_check(house: &House, room: &str, column: &Column, recorded: &[(i64, f64)]) -> (u64, u64) {
    let (mut asked, mut there) = (0, 0);
    for (seconds, value) in recorded.iter().step_by(recorded.len() / 12 + 1) {
        let from = seconds * 1000;
        let path = format!(
            "/api/v1/series?site=replay&room={room}&metric={}&from={from}&to={}&points=1",
            column.metric,
            from + 1
        );
        let found = points(&json(&house.http, &path));
        if (column.sound)((column.becomes)(*value)) {
            asked += 1;
            there += found.len() as u64;
        }
        for point in found {
            let mean = point["mean"].as_f64().unwrap();
            assert!(
                (mean - (column.becomes)(*value)).abs() < 1e-3,
                "{room} {} at {seconds}: {mean} for {value}",
                column.metric
            );
        }
    }
    (asked, there)
}

fn points(answer: &Value) -> Vec<Value> {
    answer["points"].as_array().unwrap().clone()
}

fn bad(house: &House) -> u64 {
    let of = |name: &str| counted(&house.http, name, "");
    (of("hypocaust_ingest_refused_samples_total") + of("hypocaust_ingest_suspect_samples_total")) as u64
}

fn same(value: f64) -> f64 {
    value
}

#[test]
fn five_days_of_fifty_rooms_are_wholly_there_and_the_controller_plans_for_them() {
    let Some(file) = recording("sdh_berkeley/rooms_1min_aug23_27.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(&folder.path().join("data"), Some(&twins::configuration(folder.path())));
    // Faster than the bus: it sets the pace, and nothing is dropped.
    played(&house, &file, "trials/maps/sdh_berkeley.toml", "1000000");
    let columns = [
        Column {
            name: "temp_c",
            metric: "temperature_c",
            sound: |v| (-30.0..=60.0).contains(&v),
            becomes: same,
        },
        Column {
            name: "rh_pct",
            metric: "humidity_pct",
            sound: |v| (0.0..=100.0).contains(&v),
            becomes: same,
        },
        Column {
            name: "co2_ppm",
            metric: "co2_ppm",
            sound: |v| (300.0..=40_000.0).contains(&v),
            becomes: same,
        },
        Column {
            name: "light_raw",
            metric: "illuminance_lux",
            sound: |v| (0.0..=200_000.0).contains(&v),
            becomes: same,
        },
        Column {
            name: "pir_max",
            metric: "presence",
            sound: |_| true,
            becomes: |v| f64::from(u8::from(v > 0.0)),
        },
    ];
    let values = read(&file, |text| text.parse().unwrap(), &columns);
    assert_eq!(values.keys().map(|(room, _)| room).collect::<std::collections::BTreeSet<_>>().len(), 50);
    let (sent, good) = hold_against(&house, &values, &columns);
    assert_eq!(good + bad(&house), sent, "every sample is good, refused or suspect");

    // The raw extract beside it: one reading a line, grouped into records.
    let before = bad(&house) + counted(&house.http, "hypocaust_ingest_samples_total", "admitted") as u64;
    if let Some(raw) = recording("sdh_berkeley/raw_events_all50_2h.csv.gz") {
        played(&house, &raw, "trials/maps/sdh_berkeley_raw.toml", "6000");
        let after = bad(&house) + counted(&house.http, "hypocaust_ingest_samples_total", "admitted") as u64;
        assert!(after - before >= 317_166, "every line of the extract arrived: {}", after - before);
    }

    // Every room has a state with a budget computed for it, as of the recording's time; none was sent.
    let rooms = json(&house.http, "/api/v1/rooms?site=replay")["rooms"].as_array().unwrap().clone();
    assert_eq!(rooms.len(), 50);
    let planned =
        rooms.iter().filter(|room| room["budget_w"].is_u64() && room["why"]["code"].is_string()).count();
    assert!(planned >= 45, "{planned} of 50 rooms are planned for");
    let as_of = rooms[0]["as_of_ms"].as_i64().unwrap();
    assert!((1_377_273_960_000..1_377_700_000_000).contains(&as_of), "{as_of} is of August 2013");
}

#[test]
fn two_teaching_rooms_are_wholly_there() {
    let Some(file) = recording("ou44_teaching_rooms/ou44_rooms_1min_learn.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(&folder.path().join("data"), Some(&twins::configuration(folder.path())));
    played(&house, &file, "trials/maps/ou44_teaching_rooms.toml", "1000000");
    let columns = [
        Column {
            name: "temp_c",
            metric: "temperature_c",
            sound: |v| (-30.0..=60.0).contains(&v),
            becomes: same,
        },
        Column {
            name: "co2_ppm",
            metric: "co2_ppm",
            sound: |v| (300.0..=40_000.0).contains(&v),
            becomes: same,
        },
        Column { name: "pir", metric: "presence", sound: |v| v == 0.0 || v == 1.0, becomes: same },
        Column { name: "occupants_camera", metric: "people", sound: |_| true, becomes: same },
        Column { name: "radiator_valve_raw", metric: "radiator_valve_raw", sound: |_| true, becomes: same },
        Column { name: "vent_damper_pct", metric: "vent_damper_pct", sound: |_| true, becomes: same },
        Column { name: "tout_c", metric: "outdoor_c", sound: |_| true, becomes: same },
        Column { name: "solrad_wm2", metric: "solar_wm2", sound: |_| true, becomes: same },
        Column { name: "heat_meter_kwh", metric: "energy_wh", sound: |_| true, becomes: |v| v * 1000.0 },
    ];
    let time = |text: &str| {
        let zone: vocabulary::Zone = vocabulary::Zone::UTC;
        zone.parse(text, "%Y-%m-%d %H:%M:%S").unwrap().ms() / 1000
    };
    let values = read(&file, time, &columns);
    let (sent, good) = hold_against(&house, &values, &columns);
    assert_eq!(good + bad(&house), sent, "every sample is good, refused or suspect");

    // Playing it again stores nothing twice.
    let records = counted(&house.http, "hypocaust_store_records", "");
    played(&house, &file, "trials/maps/ou44_teaching_rooms.toml", "1000000");
    assert_eq!(counted(&house.http, "hypocaust_store_records", ""), records);
}
