//! A real server takes our writes: `victoria-metrics` where it is installed, InfluxDB 2 where one is named by
//! `HYPOCAUST_TEST_INFLUX_URL`, `_TOKEN` and `_ORG`. Without them the stories say so and prove nothing.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixture::{at, heater, of, room, sample, site, temperature};
use store::{Arrival, GroupBy, InfluxSettings, Place, Retention, Store};
use vocabulary::{BootId, Metric};

/// Where Debian puts it.
const VICTORIA: &str = "/usr/bin/victoria-metrics";

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < patience, "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn waiting(store: &Store) -> u64 {
    store.health().unwrap().forwarding.unwrap().waiting_entries
}

struct Victoria {
    port: u16,
    child: Child,
}

impl Victoria {
    fn start(folder: &Path, port: u16) -> Self {
        let child = Command::new(VICTORIA)
            .arg(format!("-storageDataPath={}", folder.display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            .args(["-dedup.minScrapeInterval=1ms", "-retentionPeriod=100y", "-memory.allowedBytes=64MiB"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { port, child }
    }

    /// A GET over a connection of its own; `None` when nobody answers.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    }

    /// The values of a series, by time.
    fn values(&self, series: &str) -> Vec<f64> {
        let export = self.get(&format!("/api/v1/export?match[]={series}")).unwrap();
        let mut points: Vec<(i64, f64)> = Vec::new();
        for line in export.lines() {
            let series: serde_json::Value = serde_json::from_str(line).unwrap();
            let numbers = |name: &str| series[name].as_array().unwrap().clone();
            let times = numbers("timestamps").into_iter().map(|time| time.as_i64().unwrap());
            points.extend(times.zip(numbers("values").into_iter().map(|value| value.as_f64().unwrap())));
        }
        points.sort_by_key(|(time, _)| *time);
        points.into_iter().map(|(_, value)| value).collect()
    }
}

impl Drop for Victoria {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A record in the recent past, because a server may refuse older ones.
fn record(number: u32, boot: u64, seq: u64) -> Arrival {
    let ms = 1_763_632_000_000 + seq as i64 * 1_000;
    Arrival { boot: BootId::from_bits(boot), bn: boot, ..temperature(number, seq, ms, seq as f64) }
}

#[test]
fn victoria_metrics_killed_and_started_again_has_every_reading_once() {
    if !Path::new(VICTORIA).exists() {
        println!("skipped: {VICTORIA} is not installed");
        return;
    }
    let (log, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let port = free_port();
    let mut victoria = Victoria::start(data.path(), port);
    let settings = InfluxSettings {
        url: format!("http://127.0.0.1:{port}"),
        org: "home".to_owned(),
        bucket: "history".to_owned(),
        token: "none".to_owned(),
    };
    let store = Store::open_influx(log.path(), &settings).unwrap();
    let mut seq = 0;
    for round in 0..4 {
        for _ in 0..40 {
            seq += 5;
            let batch = (1..=2).flat_map(|number| (seq - 4..=seq).map(move |seq| record(number, 1, seq)));
            store.write(&batch.collect::<Vec<_>>()).unwrap();
        }
        until("an empty log", || waiting(&store) == 0);
        // It acknowledges what it holds in memory alone: a kill takes that with it, and no client can know. Making a
        // snapshot puts all of it on its disk; the kill then falls into a batch that it has not acknowledged.
        until("a snapshot", || victoria.get("/snapshot/create").is_some_and(|said| said.contains("ok")));
        drop(victoria);
        seq += 50;
        let batch = (1..=2).flat_map(|number| (seq - 49..=seq).map(move |seq| record(number, 1, seq)));
        store.write(&batch.collect::<Vec<_>>()).unwrap();
        assert!(waiting(&store) > 0, "round {round}");
        victoria = Victoria::start(data.path(), port);
    }
    until("an empty log", || waiting(&store) == 0);
    let all: Vec<f64> = (1..=seq).map(|seq| seq as f64).collect();
    for number in 1..=2 {
        let series = format!("heater_temperature_c%7Bheater=%22h-{number}%22%7D");
        until("a flush", || victoria.get("/internal/force_flush").is_some());
        assert_eq!(victoria.values(&series), all);
    }
    println!("{} readings, 4 kills of the server", 2 * seq);
}

#[test]
fn a_real_influxdb_answers_as_the_embedded_home_does() {
    let variable = |name: &str| std::env::var(format!("HYPOCAUST_TEST_INFLUX_{name}")).ok();
    let (Some(url), Some(token), Some(org)) = (variable("URL"), variable("TOKEN"), variable("ORG")) else {
        println!("skipped: HYPOCAUST_TEST_INFLUX_URL, _TOKEN and _ORG name no InfluxDB 2");
        return;
    };
    let bucket = format!("hypocaust-test-{}", std::process::id());
    let settings = InfluxSettings { url, org, bucket, token };
    let (home, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let here = Store::open(home.path(), Retention::default()).unwrap();
    let there = Store::open_influx(away.path(), &settings).unwrap();
    let with_power = |arrival: Arrival, watts: f64| {
        let ts = arrival.samples[0].ts.ms();
        Arrival { samples: [arrival.samples, vec![sample(ts, Metric::PowerW, watts)]].concat(), ..arrival }
    };
    let first = (1..=300).map(|seq| with_power(record(1, 1, seq), 412.5));
    let moved = (301..=600).map(|seq| Arrival { room: Some(room(2)), ..record(1, 1, seq) });
    let second = (1..=300).map(|seq| record(2, 1, seq));
    let batch: Vec<Arrival> = first.chain(moved).chain(second).collect();
    here.write(&batch).unwrap();
    there.write(&batch).unwrap();
    until("an empty log", || waiting(&there) == 0);
    println!("{}", Store::check_influx(&settings).unwrap());
    let (from, to) = (at(1_763_632_000_500), at(1_763_632_700_000));
    for place in [Place::Site, Place::Room(room(1)), Place::Room(room(2)), Place::Heater(heater(2))] {
        let selector = of(place);
        let points = |store: &Store| {
            let mut points = store.range(&selector, from, to, 10_000).unwrap();
            points.sort_by_key(|point| (point.ts, point.heater.clone()));
            points
        };
        assert_eq!(points(&here), points(&there));
        for by in [GroupBy::Site, GroupBy::Room, GroupBy::Heater] {
            let rounded = |store: &Store| {
                let mut groups = store.grouped(&selector, by, from, to, 60_000).unwrap();
                let bins = groups.iter_mut().flat_map(|(_, bins)| bins);
                bins.for_each(|bin| bin.mean = (bin.mean * 1e9).round() / 1e9);
                groups
            };
            assert_eq!(rounded(&here), rounded(&there), "{by:?}");
        }
    }
    assert_eq!(here.last_all(&site(), &Place::Site).unwrap(), there.last_all(&site(), &Place::Site).unwrap());
}
