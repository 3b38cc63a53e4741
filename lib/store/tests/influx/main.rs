//! History in InfluxDB 2: nothing lost, nothing doubled, the same answers as at home, whatever the server does.
//!
//! A small InfluxDB over real TCP plays the server. Time is waited for, never measured.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod answers;
mod bucket;
mod erased;
mod examination;
#[path = "../fixture/mod.rs"]
mod fixture;
#[path = "../influx_fixture/mod.rs"]
mod influx_fixture;
mod killed;
mod refused;
mod trouble;

use std::path::Path;
use std::time::{Duration, Instant};

use fixture::temperature;
use influx_fixture::{Fake, TOKEN};
use store::{Arrival, Forwarding, InfluxSettings, Store};

fn settings(url: &str) -> InfluxSettings {
    let text = |text: &str| text.to_owned();
    InfluxSettings { url: text(url), org: text("home"), bucket: text("history"), token: text(TOKEN) }
}

fn open(folder: &Path, fake: &Fake) -> Store {
    Store::open_influx(folder, &settings(&fake.url())).unwrap()
}

fn forwarding(store: &Store) -> Forwarding {
    store.health().unwrap().forwarding.unwrap()
}

/// Waits for something that must come, however slow the machine is.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < patience, "{what} never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn until_forwarded(store: &Store) {
    until("an empty log", || forwarding(store).waiting_entries == 0);
}

/// The values of heater 1's temperature that the server holds, by time.
fn stored(fake: &Fake) -> Vec<f64> {
    let all = fake.stored().into_iter();
    all.filter(|(tags, field, ..)| tags.contains("heater=h-1") && field == "temperature_c")
        .map(|(.., value)| value)
        .collect()
}

fn record(seq: u64) -> Arrival {
    temperature(1, seq, seq as i64 * 1_000, seq as f64)
}

fn one_to(last: u64) -> Vec<f64> {
    (1..=last).map(|seq| seq as f64).collect()
}
