//! How history is kept: sealed, merged, retired, put aside when it is damaged.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};

use fixture::{at, counts, of, of_heater, room, sample, temperature, values};
use store::{Arrival, Bin, GroupBy, Place, Retention, Selector, Store};
use vocabulary::{BootId, Metric};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

fn open(folder: &Path) -> Store {
    Store::open(folder, Retention::default()).unwrap()
}

/// A record with what tells of people and what does not.
fn record(number: u32, seq: u64, ms: i64) -> Arrival {
    let samples =
        vec![sample(ms, Metric::TemperatureC, seq as f64), sample(ms, Metric::Co2Ppm, 400.0 + seq as f64)];
    Arrival { samples, ..temperature(number, seq, ms, 0.0) }
}

fn day_files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for day in fs::read_dir(folder).unwrap().map(|day| day.unwrap().path()).filter(|day| day.is_dir()) {
        let day_name = day.file_name().unwrap().to_string_lossy().into_owned();
        let files = fs::read_dir(&day).unwrap();
        names.extend(files.map(|file| format!("{day_name}/{}", file.unwrap().file_name().to_string_lossy())));
    }
    names.sort();
    names
}

#[test]
fn what_is_sealed_lies_in_files_by_day_and_class_and_the_log_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(&(1..=48).map(|seq| record(1, seq, seq as i64 * HOUR_MS)).collect::<Vec<_>>()).unwrap();
    let before = values(&store, &of_heater(1));
    let done = store.seal(at(0)).unwrap();
    assert_eq!((done.sealed_entries, done.sealed_cells), (1, 96));
    let expected = ["1970-01-01", "1970-01-02", "1970-01-03"].iter().flat_map(|day| {
        ["people.roll", "people.seg", "plant.roll", "plant.seg"].map(|kind| format!("{day}/001.{kind}"))
    });
    assert_eq!(day_files(folder.path()), expected.collect::<Vec<_>>());
    let health = store.health().unwrap();
    assert_eq!((health.log_entries, health.parts, health.days, health.records), (0, 6, 3, 48));
    assert_eq!(health.bytes_on_disk, health.log_bytes + health.day_file_bytes);
    assert_eq!(values(&store, &of_heater(1)), before);
    let lasts = store.last_all(&fixture::site(), &Place::Site).unwrap();
    drop(store);
    // Files that a seal left behind when it was cut short are removed.
    fs::write(folder.path().join("1970-01-01/007.plant.seg.tmp"), "half").unwrap();
    fs::write(folder.path().join("1970-01-02/002.plant.roll"), "belongs to nothing").unwrap();
    let store = open(folder.path());
    assert_eq!(day_files(folder.path()).len(), 12);
    assert_eq!(values(&store, &of_heater(1)), before);
    assert_eq!(store.last_all(&fixture::site(), &Place::Site).unwrap(), lasts);
    assert_eq!(store.seal(at(0)).unwrap().sealed_entries, 0);
}

#[test]
fn the_log_is_sealed_when_it_has_waited_for_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(&[record(1, 1, 0)]).unwrap();
    let sealed = |now_ms| store.maintain(at(now_ms)).unwrap().sealed_entries;
    assert_eq!([0, 10, 59].map(|minute| sealed(minute * MINUTE_MS)), [0, 0, 0]);
    store.write(&[record(1, 2, 0)]).unwrap();
    assert_eq!(sealed(60 * MINUTE_MS), 2);
    store.write(&[record(1, 3, 0)]).unwrap();
    assert_eq!([61, 70, 120].map(|minute| sealed(minute * MINUTE_MS)), [0, 0, 0]);
    assert_eq!(sealed(121 * MINUTE_MS), 1);
}

#[test]
fn parts_of_a_day_are_merged_when_they_are_many_or_the_day_is_quiet() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut merged = 0;
    for seq in 1..=30 {
        // Late ones among them.
        store.write(&[record(1, seq, (seq as i64 * 7 % 24) * HOUR_MS)]).unwrap();
        merged += store.seal(at(0)).unwrap().merged_parts;
        assert!(store.health().unwrap().parts <= 16);
    }
    assert!(merged >= 36);
    let before = values(&store, &of_heater(1));
    assert_eq!(before.len(), 30);
    assert!(store.maintain(at(25 * HOUR_MS)).unwrap().merged_parts == 0);
    assert!(store.maintain(at(26 * HOUR_MS)).unwrap().merged_parts > 0);
    assert_eq!((store.health().unwrap().parts, day_files(folder.path()).len()), (2, 4));
    assert_eq!(values(&store, &of_heater(1)), before);
    drop(store);
    assert_eq!(values(&open(folder.path()), &of_heater(1)), before);
}

#[test]
fn a_class_is_kept_as_long_as_it_may_be_and_its_hours_longer() {
    let folder = tempfile::tempdir().unwrap();
    let retention = Retention { people_days: 2, people_hourly_days: 5, plant_days: 4, plant_hourly_days: 9 };
    let store = Store::open(folder.path(), retention).unwrap();
    store.write(&(0..24).map(|seq| record(1, seq + 1, seq as i64 * HOUR_MS)).collect::<Vec<_>>()).unwrap();
    store.seal(at(DAY_MS)).unwrap();
    let counted = |metric: Metric| {
        let selector = Selector { metric, ..of_heater(1) };
        let all = store.range(&selector, at(0), at(DAY_MS), usize::MAX).unwrap().len();
        let bins = store.aggregate(&selector, at(0), at(DAY_MS), HOUR_MS).unwrap();
        (all, bins.iter().map(|bin| bin.count).sum::<u64>())
    };
    // The day ended after one day, so two days after that is after three.
    for (days, people, plant, files) in [
        (2, (24, 24), (24, 24), 4),
        (3, (0, 24), (24, 24), 3),
        (4, (0, 24), (24, 24), 3),
        (5, (0, 24), (0, 24), 2),
        (6, (0, 0), (0, 24), 1),
        (9, (0, 0), (0, 24), 1),
        (10, (0, 0), (0, 0), 0),
    ] {
        store.maintain(at(days * DAY_MS)).unwrap();
        assert_eq!((counted(Metric::Co2Ppm), counted(Metric::TemperatureC)), (people, plant), "day {days}");
        assert_eq!(day_files(folder.path()).len(), files, "day {days}");
    }
    assert!(!folder.path().join("1970-01-01").exists());
}

#[test]
fn what_was_measured_long_ago_and_came_today_is_kept_from_today() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(&[record(1, 1, 0)]).unwrap();
    let today = 20_000 * DAY_MS;
    store.seal(at(today)).unwrap();
    let co2 = Selector { metric: Metric::Co2Ppm, ..of_heater(1) };
    for (days, kept) in [(29, 1), (30, 0)] {
        store.maintain(at(today + days * DAY_MS)).unwrap();
        assert_eq!(store.range(&co2, at(0), at(DAY_MS), 9).unwrap().len(), kept);
    }
}

#[test]
fn a_heater_that_moved_within_an_hour_shows_no_room_the_others_hours() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Retention { plant_days: 1, ..Retention::default() }).unwrap();
    let in_room = |number, seq: u64| Arrival {
        room: Some(room(number)),
        ..record(1, seq, seq as i64 * 10 * MINUTE_MS)
    };
    // It moves at 02:30.
    store
        .write(
            &(1..15)
                .map(|seq| in_room(1, seq))
                .chain((15..30).map(|seq| in_room(2, seq)))
                .collect::<Vec<_>>(),
        )
        .unwrap();
    store.seal(at(0)).unwrap();
    let hours = |store: &Store, number| -> Vec<(i64, u64)> {
        let bins = store.aggregate(&of(Place::Room(room(number))), at(0), at(5 * HOUR_MS), HOUR_MS).unwrap();
        bins.iter().map(|bin| (bin.start.ms() / HOUR_MS, bin.count)).collect()
    };
    assert_eq!(hours(&store, 1), [(0, 5), (1, 6), (2, 3)]);
    assert_eq!(hours(&store, 2), [(2, 3), (3, 6), (4, 6)]);
    // Without full readings the hour of the move belongs to neither.
    store.maintain(at(3 * DAY_MS)).unwrap();
    assert_eq!(hours(&store, 1), [(0, 5), (1, 6)]);
    assert_eq!(hours(&store, 2), [(3, 6), (4, 6)]);
    let grouped = store.grouped(&of(Place::Site), GroupBy::Room, at(0), at(5 * HOUR_MS), HOUR_MS).unwrap();
    let told: Vec<Vec<u64>> =
        grouped.iter().map(|(_, bins)| bins.iter().map(|bin| bin.count).collect()).collect();
    assert_eq!(told, [vec![5, 6], vec![6, 6]]);
    // An odd step counts an hour where it begins.
    let odd: Vec<Bin> =
        store.aggregate(&of(Place::Room(room(1))), at(0), at(5 * HOUR_MS), 45 * MINUTE_MS).unwrap();
    assert_eq!(
        odd.iter().map(|bin| (bin.start.ms() / MINUTE_MS, bin.count)).collect::<Vec<_>>(),
        [(0, 5), (45, 6)]
    );
}

#[test]
fn a_damaged_day_file_is_put_aside_and_never_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for seq in 1..=2 {
        let of_heaters =
            |number| (0..60).map(move |n| record(number, seq * 60 + n, (seq * 60 + n) as i64 * MINUTE_MS));
        store.write(&(1..=3).flat_map(of_heaters).collect::<Vec<_>>()).unwrap();
        store.seal(at(0)).unwrap();
    }
    drop(store);
    // Somewhere in the middle lies a column of one heater.
    let hit: PathBuf = folder.path().join("1970-01-01/001.plant.seg");
    let mut bytes = fs::read(&hit).unwrap();
    bytes[60] ^= 1;
    fs::write(&hit, &bytes).unwrap();
    let store = open(folder.path());
    let before: Vec<usize> = (1..=3).map(|number| values(&store, &of_heater(number)).len()).collect();
    assert_eq!(before.iter().sum::<usize>(), 300);
    assert_eq!(store.health().unwrap().damaged_blocks, 1);
    let hours = |store: &Store| -> u64 {
        let bins = store.aggregate(&of(Place::Site), at(0), at(DAY_MS), HOUR_MS).unwrap();
        bins.iter().map(|bin| bin.count).sum()
    };
    assert_eq!(hours(&store), 360);
    assert_eq!(store.maintain(at(3 * DAY_MS)).unwrap().merged_parts, 4);
    assert_eq!(store.health().unwrap().quarantined, 2);
    assert_eq!(fs::read(folder.path().join("quarantine/1970-01-01-001.plant.seg")).unwrap(), bytes);
    let after: Vec<usize> = (1..=3).map(|number| values(&store, &of_heater(number)).len()).collect();
    assert_eq!((after, hours(&store)), (before, 360));
}

#[test]
fn a_boot_beyond_the_last_64_is_forgotten_and_its_history_is_not_stored_twice() {
    let folder = tempfile::tempdir().unwrap();
    let of_boot =
        |bn: u64, seq, late| Arrival { boot: BootId::from_bits(bn), bn, late, ..record(1, seq, bn as i64) };
    let mut store = open(folder.path());
    for bn in 1..=70 {
        store.write(&[of_boot(bn, 1, false)]).unwrap();
    }
    assert_eq!(store.seal(at(0)).unwrap().forgotten_boots, 6);
    for _ in 0..2 {
        // Kept boots are known, forgotten ones are refused and acknowledged.
        assert_eq!(counts(&store.write(&[of_boot(7, 1, true)]).unwrap()[0]), (0, 1, 0, 0));
        let receipt = store.write(&[of_boot(6, 1, true), of_boot(6, 9, true)]).unwrap().remove(0);
        assert_eq!((receipt.hwm, receipt.stored, receipt.forgotten), (9, 0, 2));
        drop(store);
        store = open(folder.path());
    }
    assert_eq!(values(&store, &of_heater(1)).len(), 70);
    // A heater that lost its count speaks live with a low number: it counts anew, and its history is taken again.
    let anew = Arrival { boot: BootId::from_bits(1_000), ..of_boot(2, 1, false) };
    assert_eq!(counts(&store.write(&[anew]).unwrap()[0]), (1, 0, 0, 0));
    let history = Arrival { boot: BootId::from_bits(999), ..of_boot(1, 1, true) };
    assert_eq!(counts(&store.write(&[history]).unwrap()[0]), (1, 0, 0, 0));
}
