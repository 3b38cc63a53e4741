//! A chart over a hundred thousand stored readings: what the server takes to gather them into steps of two pixels, each with its
//! lowest, mean and highest value, and what it takes from a press to the picture.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};
use store::{Arrival, Retention, Store, StoredSample};
use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, RoomId, SiteId, Timestamp};

use crate::chrome::Chrome;
use crate::house::{House, eventually};
use crate::{http, now_ms, quantile, row};

/// Two lines of a record each ten seconds: within a week.
const RECORDS: i64 = 50_000;
const EVERY_MS: i64 = 10_000;
const TIMES: usize = 7;
/// Steps that a chart of a page 1,280 pixels wide asks for.
const POINTS: u32 = 560;

const BUILDING: &str = r#"[site]
id = "home"
name = "A hundred thousand readings"
zone = "Europe/Paris"

[[room]]
id = "r-000"
name = "000"
floor = "0"
low_c = 17.0
high_c = 23.0
setback_c = 16.0
otherwise_c = 20.0

[[heater]]
id = "h-000"
room = "r-000"
rated_w = 750
"#;

/// Presses what `press` says, and gives how long it took until the picture was painted: the second frame after it was drawn
/// begins when the first was shown.
const PRESSED: &str = "(press) => new Promise((resolve) => {
    const chart = document.querySelector('hypocaust-chart');
    const began = performance.now();
    const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
    const observer = new MutationObserver(() => { observer.disconnect(); painted(); });
    observer.observe(chart, { attributeFilter: ['data-drawn-ms'] });
    press(chart);
})";
/// The middle half of the time is dragged over.
const ZOOM: &str = "(chart) => {
    const over = chart.querySelector('.u-over');
    const { left, top, width, height } = over.getBoundingClientRect();
    const point = (kind, share) => over.dispatchEvent(new MouseEvent(kind, { bubbles: true, clientX: left + share * width, clientY: top + height / 2 }));
    point('mousemove', 0.25);
    point('mousedown', 0.25);
    const end = { bubbles: true, clientX: left + 0.75 * width, clientY: top + height / 2, movementX: 9 };
    over.dispatchEvent(new MouseEvent('mousemove', end));
    document.dispatchEvent(new MouseEvent('mousemove', end));
    document.dispatchEvent(new MouseEvent('mouseup', end));
}";
const BACK: &str = "(chart) => chart.querySelector('button').click()";

/// Prints how long the chart takes.
pub(crate) fn chart(chromium: &Path, folder: &Path) {
    let (config, data, browser) = (folder.join("long.toml"), folder.join("long"), folder.join("watched"));
    std::fs::write(&config, BUILDING).unwrap();
    std::fs::create_dir_all(&browser).unwrap();
    let until = now_ms() as i64;
    fill(&data.join("history"), until);
    let house = House::start(&data, Some(&config));
    server(&house, until);
    let mut chrome = Chrome::start(chromium, &browser);
    chrome.resize(1280, 900);
    chrome.open(&format!("{}/sites/home/heaters/h-000?hours=168&lang=en", house.http));
    let drawn = "document.querySelector('hypocaust-chart')?.dataset.drawnMs";
    eventually("the chart", || chrome.evaluate(drawn).as_str().map(str::to_owned));
    let (mut zoomed, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        zoomed.push(chrome.evaluate(&format!("({PRESSED})({ZOOM})")).as_f64().unwrap());
        assert_ne!(chrome.evaluate("document.querySelector('hypocaust-chart button')"), json!(null));
        whole.push(chrome.evaluate(&format!("({PRESSED})({BACK})")).as_f64().unwrap());
    }
    let told = |took: &[f64]| format!("{:.0} ms (most {:.0} ms)", quantile(took, 0.5), quantile(took, 1.0));
    let what = |press: &str| format!("{press}, from the press to the picture, p50 of {TIMES}");
    row(&what(&format!("chart over {} readings", 2 * RECORDS)), "< 100 ms", &told(&whole));
    row(&what("its middle half, dragged over"), "< 100 ms", &told(&zoomed));
}

/// What the server takes for the readings alone, asked one line after the other.
fn server(house: &House, until: i64) {
    let from = until - 7 * 86_400_000;
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let count = |metric: &str| {
            let query = format!(
                "site=home&heater=h-000&metric={metric}&from={from}&to={}&points={POINTS}",
                until + EVERY_MS
            );
            let body = http::get(&house.http, &format!("/api/v1/series?{query}")).body;
            let body: Value =
                serde_json::from_str(&body).unwrap_or_else(|error| panic!("{metric}: {error}: {body}"));
            body["points"]
                .as_array()
                .unwrap()
                .iter()
                .map(|point| point["count"].as_i64().unwrap())
                .sum::<i64>()
        };
        let counted = count("chip_temperature_c") + count("power_w");
        took.push(began.elapsed().as_secs_f64() * 1e3);
        assert_eq!(counted, 2 * RECORDS, "no reading is left out");
    }
    let told = format!("{:.0} ms (most {:.0} ms)", quantile(&took, 0.5), quantile(&took, 1.0));
    row(&format!("of it the server: {} readings, p50 of {TIMES}", 2 * RECORDS), "–", &told);
}

/// Writes the readings before the house starts, sealed as a building's are after an hour.
fn fill(history: &Path, until: i64) {
    std::fs::create_dir_all(history).unwrap();
    let store = Store::open(history, Retention::default()).unwrap();
    let record = |nth: i64| {
        let ts = Timestamp::from_ms(until - (RECORDS - nth) * EVERY_MS);
        let sample = |metric, value| StoredSample {
            ts,
            metric,
            reading: Reading::value(value),
            quality: Quality::Good,
        };
        let hour = (nth as f64 / 360.0).sin();
        Arrival {
            site: SiteId::new("home").unwrap(),
            heater: HeaterId::new("h-000").unwrap(),
            room: Some(RoomId::new("r-000").unwrap()),
            boot: BootId::from_bits(7),
            bn: 1,
            seq: nth.unsigned_abs() + 1,
            low: 1,
            late: false,
            samples: vec![
                // Never twice the same beside each other, so that nothing of it is packed away.
                sample(Metric::ChipTemperatureC, 50.0 + (10.0 * hour).round() + (nth % 23) as f64 / 10.0),
                sample(Metric::PowerW, (400.0 + 300.0 * hour).round() + (nth % 37) as f64),
            ],
        }
    };
    for first in (0..RECORDS).step_by(5_000) {
        store.write(&(first..first + 5_000).map(record).collect::<Vec<_>>()).unwrap();
    }
    store.seal(Timestamp::from_ms(until)).unwrap();
}
