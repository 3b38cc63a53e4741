//! The limits of pages, measured on the real program and in a real Chromium: `cargo bench --bench pages`; with `-- long` or
//! another part's name, that part alone.
//!
//! Prints one table. It judges nothing: what was asked for stands beside what was measured, in `docs/benchmarks.md`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made fails by panicking")]
#![allow(dead_code, reason = "the stories' tools are shared, and not all are used here")]

#[path = "../../tests/stories/browser.rs"]
mod browser;
#[path = "../../tests/stories/bus.rs"]
mod bus;
#[path = "../../tests/stories/chrome.rs"]
mod chrome;
mod crowd;
#[path = "../../tests/stories/house.rs"]
mod house;
#[path = "../../tests/stories/http.rs"]
mod http;
mod long;
mod paint;
mod plan;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use bus::Bus;
use chrome::Chrome;
use house::{House, eventually};

/// A part of the measurement: it is given the browser and a folder, and starts a house of its own.
type Part = fn(&Path, &Path);

/// The parts by name.
const PARTS: [(&str, Part); 3] =
    [("demonstration", demonstration), ("plan", plan::recoloured), ("long", long::chart)];
/// The heater whose sensors are spoken for.
const HEATER: &str = "h-001";

fn main() {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("machine: {cores} cores");
    let chromium = browser::chromium().expect("a Chromium: Debian's package chromium");
    let folder = tempfile::tempdir().unwrap();
    // Cargo adds `--bench`.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part(&chromium, folder.path());
        }
    }
}

/// All that one start of the demonstration shows: its week takes longer to make than the rest to measure.
fn demonstration(chromium: &Path, folder: &Path) {
    let house = House::start(&folder.join("data"), None);
    eventually("the first plan", || {
        let answer = http::get(&house.http, "/api/v1/rooms/201/forecast?site=tisserands");
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap_or_default();
        body["steps"].get(0).cloned()
    });
    let secret = house.credential("bench", &["--role", "service"]);
    let mut voice = Voice { bus: Bus::join(&house.mqtt, "bench", &secret, &[]), said: 0 };
    let browser = folder.join("browser");
    std::fs::create_dir_all(&browser).unwrap();
    let mut chrome = Chrome::start(chromium, &browser);
    paint::pages(&mut chrome, &house);
    paint::chart(&mut chrome, &house);
    // Its people close the door, so it comes last.
    crowd::listens(&mut chrome, &house, &mut voice);
}

/// A sensor of a heater, which says a value that nobody else would.
pub(crate) struct Voice {
    bus: Bus,
    said: u64,
}

impl Voice {
    /// Says the next value; gives it, and when.
    pub(crate) fn say(&mut self) -> (u64, f64) {
        self.said += 1;
        let (seq, value, at) = (self.said, 30_000 + self.said, now_ms());
        let whole = at as u64;
        let record = format!(
            r#"{{"v":1,"boot":"00000000000000bb","bn":1,"seq":{seq},"low":1,"mono_ms":{whole},"ts_ms":{whole},"samples":[[0,"co2_ppm",{value}]]}}"#
        );
        self.bus.publish(&format!("hypocaust/1/tisserands/heater/{HEATER}/record"), &record);
        (value, at)
    }
}

pub(crate) fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1e3
}

pub(crate) fn row(what: &str, asked: &str, measured: &str) {
    println!("| {what} | {asked} | {measured} |");
}

pub(crate) fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 - 1.0) * q).round() as usize).copied().unwrap_or(f64::NAN)
}
