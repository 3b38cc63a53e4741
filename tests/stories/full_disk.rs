//! A disk that fills up under the running program: nothing is acknowledged that is not stored, history still answers,
//! and when there is room again everything that was made meanwhile arrives.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bus::Bus;
use crate::house::{House, eventually};
use crate::http::{get, json};
use crate::twins::{self, Heater};

/// The store wants 64 MiB free before it writes.
const DISK_MIB: u64 = 160;
const BALLAST_MIB: u64 = 130;

/// A small disk of its own, unmounted when the story ends.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this user may not mount one.
    fn mount(at: &Path) -> Option<Self> {
        fs::create_dir(at).unwrap();
        let size = format!("size={DISK_MIB}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Counts acknowledgements for a time.
fn acknowledged(bus: &mut Bus, patience: Duration) -> u64 {
    let begun = Instant::now();
    let mut highest = 0;
    while let Some(event) = bus.next_within(patience.saturating_sub(begun.elapsed())) {
        if let link::Event::Message { topic, payload, .. } = event
            && topic.ends_with("/ack")
        {
            let ack: serde_json::Value = serde_json::from_slice(&payload).unwrap();
            highest = highest.max(ack["hwm"].as_u64().unwrap());
        }
    }
    highest
}

#[test]
fn a_full_disk_stops_acknowledgements_and_not_the_answers_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
        println!(
            "NOT RUN: a small disk cannot be mounted here (root can); the store's own tests fill a disk in memory"
        );
        return;
    };
    let (data, config) = (disk.0.join("data"), twins::configuration(folder.path()));
    let (secret, key) = twins::claim(&data, &config);
    let house = House::start(&data, Some(&config));
    let story = house.credential("story", &["--role", "service"]);
    let mut bus = Bus::join(&house.mqtt, "story", &story, &["hypocaust/1/home/heater/h-101/ack"]);
    let heater = Heater::start(&house.mqtt, &secret, key);
    let before = bus.wait_json("h-101/ack", |ack| ack["hwm"].as_u64().filter(|hwm| *hwm >= 3));

    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![1; (BALLAST_MIB << 20) as usize]).unwrap();
    // What was already under way may still be acknowledged.
    let last = acknowledged(&mut bus, Duration::from_secs(2)).max(before);
    assert_eq!(acknowledged(&mut bus, Duration::from_secs(4)), 0, "acknowledged with no room to store it");
    let stored = stored(&house);
    assert!(stored >= last, "{stored} stored of {last} acknowledged");
    let health = get(&house.http, "/healthz");
    assert_eq!(health.status, 503, "{}", health.body);
    assert!(health.body.contains("free"), "what is missing is said: {}", health.body);

    fs::remove_file(&ballast).unwrap();
    let after = bus.wait_json("h-101/ack", |ack| ack["hwm"].as_u64().filter(|hwm| *hwm >= last + 6));
    drop(heater);
    eventually("what was acknowledged is stored once", || (self::stored(&house) >= after).then_some(()));
    eventually("the store says that it writes", || {
        (get(&house.http, "/healthz").status == 200).then_some(())
    });
}

/// Records of the heater in the store: each carries one room temperature.
fn stored(house: &House) -> u64 {
    let answer = json(&house.http, "/api/v1/series?heater=h-101&metric=temperature_c&points=100");
    answer["points"].as_array().unwrap().iter().filter_map(|point| point["count"].as_u64()).sum()
}
