//! The limits of the first form, measured on the real program: `cargo bench --bench limits`.
//!
//! Prints one table. It judges nothing: what was asked for stands beside what was measured, in `docs/benchmarks.md`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails by panicking")]
#![allow(dead_code, reason = "the stories' tools are shared, and not all are used here")]

#[path = "../tests/stories/bus.rs"]
mod bus;
#[path = "../tests/stories/house.rs"]
mod house;
#[path = "../tests/stories/http.rs"]
mod http;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bus::Bus;
use house::{House, Running, program};
use link::Event;

fn main() {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("machine: {cores} cores");
    demonstration();
    fleet(2_000, Duration::from_secs(120));
}

fn row(what: &str, asked: &str, measured: &str) {
    println!("| {what} | {asked} | {measured} |");
}

/// The demonstration in an empty folder: how soon, how large, how live.
fn demonstration() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let house = House::start(&folder.path().join("data"), None);
    let page = http::get(&house.http, "/sites/tisserands");
    assert_eq!(page.status, 200);
    row(
        "first page after the start in an empty folder",
        "≤ 20 s",
        &format!("{:.1} s", begun.elapsed().as_secs_f64()),
    );
    let secret = house.credential("bench", &["--role", "service"]);
    let bus = Bus::join(&house.mqtt, "bench", &secret, &[]);
    let delays = publish_to_event(&house, &bus, 200);
    row(
        "publish to SSE event, p95 of 200",
        "< 250 ms",
        &format!("{:.1} ms (p50 {:.1} ms)", quantile(&delays, 0.95), quantile(&delays, 0.5)),
    );
    std::thread::sleep(Duration::from_secs(30));
    row(
        "resident memory of the demonstration",
        "≤ 250 MB",
        &format!("{:.0} MB, peak {:.0} MB", memory(&house, "VmRSS"), memory(&house, "VmHWM")),
    );
}

/// Publishes readings that nobody else would and waits for each on the stream; milliseconds.
fn publish_to_event(house: &House, bus: &Bus, times: u64) -> Vec<f64> {
    let mut stream = http::stream(&house.http, "/api/v1/stream?site=tisserands");
    let mut delays = Vec::new();
    for seq in 1..=times {
        let value = 30_000 + seq;
        let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let record = format!(
            r#"{{"v":1,"boot":"00000000000000bb","bn":1,"seq":{seq},"low":1,"mono_ms":{now_ms},"ts_ms":{now_ms},"samples":[[0,"co2_ppm",{value}]]}}"#
        );
        let begun = Instant::now();
        bus.publish("hypocaust/1/tisserands/heater/h-001/record", &record);
        let wanted = format!("{value}");
        stream.find(|line| line.starts_with("data:") && line.contains(&wanted)).expect("the stream goes on");
        delays.push(begun.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_millis(20));
    }
    delays
}

/// A large simulated fleet behind gateways: every record from the bus to its acknowledgement.
fn fleet(heaters: usize, length: Duration) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut command = program();
    command.args(["--heaters", &heaters.to_string(), "--shared-connections"]);
    command.args(["--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0", "--data"]).arg(&data);
    let house = House::of(Running::start(command), &data);
    let secret = house.credential("bench", &["--role", "service"]);
    let filters = ["hypocaust/1/+/heater/+/record", "hypocaust/1/+/heater/+/ack"];
    let mut bus = Bus::join(&house.mqtt, "bench", &secret, &filters);
    let (begun, before_s) = (Instant::now(), cpu_seconds(&house));
    let mut sent: HashMap<String, HashMap<u64, Instant>> = HashMap::new();
    let (mut records, mut delays) = (0_u64, Vec::new());
    while begun.elapsed() < length {
        bus.wait("records and acknowledgements", |event| {
            let Event::Message { topic, payload, .. } = event else { return Some(()) };
            let json: serde_json::Value = serde_json::from_slice(payload).unwrap();
            let mut levels = topic.rsplit('/');
            let (last, heater) = (levels.next().unwrap(), levels.next().unwrap().to_owned());
            let waiting = sent.entry(heater).or_default();
            if last == "record" {
                records += 1;
                waiting.entry(json["seq"].as_u64().unwrap()).or_insert_with(Instant::now);
            } else {
                let hwm = json["hwm"].as_u64().unwrap();
                waiting.retain(|seq, at| {
                    let is_open = *seq > hwm;
                    if !is_open {
                        delays.push(at.elapsed().as_secs_f64() * 1000.0);
                    }
                    is_open
                });
            }
            Some(())
        });
    }
    let elapsed = begun.elapsed().as_secs_f64();
    let open: usize =
        sent.values().flat_map(HashMap::values).filter(|at| at.elapsed() > Duration::from_secs(5)).count();
    row("heaters, records a second", "2,000, 200", &format!("{heaters}, {:.0}", records as f64 / elapsed));
    row(
        "record to acknowledgement, p99",
        "< 1 s",
        &format!(
            "{:.0} ms (p50 {:.1} ms, {} acknowledged, {open} open for more than 5 s)",
            quantile(&delays, 0.99),
            quantile(&delays, 0.5),
            delays.len()
        ),
    );
    row(
        "processor of the whole process, heaters and twin included",
        "2 cores",
        &format!("{:.2} cores", (cpu_seconds(&house) - before_s) / elapsed),
    );
    row("resident memory", "–", &format!("{:.0} MB", memory(&house, "VmRSS")));
}

/// Megabytes of a line of `/proc/PID/status`.
fn memory(house: &House, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.running.id())).unwrap();
    let kilobytes = status.lines().find_map(|text| {
        text.strip_prefix(line)?.strip_prefix(':')?.split_whitespace().next()?.parse::<f64>().ok()
    });
    kilobytes.unwrap() / 1024.0
}

/// User and system time so far, in ticks of a hundredth of a second.
fn cpu_seconds(house: &House) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", house.running.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 - 1.0) * q).round() as usize).copied().unwrap_or(f64::NAN)
}
