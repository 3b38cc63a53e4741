//! What was erased is in no file any more: asked past all that answers questions.

use std::fs;
use std::path::Path;

use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, RoomId, SiteId, Timestamp};

use super::*;
use crate::arrival::{Arrival, StoredSample};
use crate::days::day::DAY_MS;
use crate::days::retention::Retention;

const MINUTE_MS: i64 = 60_000;

fn record(heater: &str, room: &str, seq: u64, ms: i64) -> Arrival {
    let sample = |metric| StoredSample {
        ts: Timestamp::from_ms(ms),
        metric,
        reading: Reading::Value(1.0),
        quality: Quality::Good,
    };
    Arrival {
        site: SiteId::new("house").unwrap(),
        heater: HeaterId::new(heater).unwrap(),
        room: Some(RoomId::new(room).unwrap()),
        boot: BootId::from_bits(1),
        bn: 1,
        seq,
        low: 1,
        late: false,
        samples: [Metric::TemperatureC, Metric::Co2Ppm, Metric::Presence].map(sample).to_vec(),
    }
}

fn erasure(room: &str, from: i64, to: i64) -> Erasure {
    Erasure {
        site: SiteId::new("house").unwrap(),
        room: RoomId::new(room).unwrap(),
        from: Timestamp::from_ms(from),
        to: Timestamp::from_ms(to),
    }
}

/// A day and a half of two rooms, a record of each every ten minutes, all of it sealed in two rounds; then an hour in the log.
fn lived(folder: &Path) -> Embedded {
    let store = Embedded::open(folder, Retention::default()).unwrap();
    for seq in 1..=222 {
        let ms = (seq as i64 - 1) * 10 * MINUTE_MS;
        store.journal.write(&[record("h-1", "a", seq, ms), record("h-2", "b", seq, ms)]).unwrap();
        if seq == 100 || seq == 216 {
            store.seal(Timestamp::from_ms(0)).unwrap();
        }
    }
    store
}

/// Times with the metric's name.
type Named = Vec<(i64, String)>;

/// Every (time, metric) of a heater in log and day files, and every (hour, metric) in roll-ups.
fn on_disk(store: &Embedded, heater: u32) -> (Named, Named) {
    let (mut cells, mut hours) = (Vec::new(), Vec::new());
    let name = |metric: u32| store.journal.head().catalog.metric(metric).unwrap().to_string();
    let (commits, snapshot) = store
        .journal
        .look(|head| {
            head.heater(heater).unwrap().entries().iter().map(|entry| entry.commit).collect::<Vec<_>>()
        })
        .unwrap();
    for commit in commits {
        let found = store.journal.cells(&snapshot, (commit, heater), None).unwrap();
        cells.extend(found.iter().map(|(_, cell)| (cell.ts, name(cell.metric))));
    }
    drop(snapshot);
    let parts = Arc::clone(&store.journal.head().parts);
    for part in parts.iter() {
        if let Some(file) = &part.full {
            let segment = Segment::open(file.path()).unwrap();
            let each = |_: &_, cell: crate::log::block::Cell| cells.push((cell.ts, name(cell.metric)));
            segment.visit(heater, None, i64::MIN, i64::MAX, each).unwrap();
        }
        let roll_up = RollUp::open(part.roll_up.as_ref().unwrap().path()).unwrap();
        let metrics: std::collections::BTreeSet<u32> = roll_up.metrics().collect();
        for metric in metrics {
            roll_up.visit(metric, &[heater], |_, begin, _| hours.push((begin, name(metric)))).unwrap();
        }
    }
    (cells, hours)
}

fn of_people((ts, metric): &(i64, String)) -> Option<i64> {
    (metric != "temperature_c").then_some(*ts)
}

#[test]
fn neither_log_nor_day_files_nor_hourly_sums_hold_it_and_all_else_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = lived(folder.path());
    let (before, neighbour) = (on_disk(&store, 0), on_disk(&store, 1));
    let (from, to) = (5 * HOUR_MS + 25 * MINUTE_MS, DAY_MS + 12 * HOUR_MS + 25 * MINUTE_MS);
    store.erase(&erasure("a", from, to), Timestamp::from_ms(0)).unwrap();
    let gone = |ts: &i64| (from..to).contains(ts);
    let (cells, hours) = on_disk(&store, 0);
    assert!(!cells.iter().filter_map(of_people).any(|ts| gone(&ts)));
    let kept = before.0.iter().filter(|cell| !of_people(cell).is_some_and(|ts| gone(&ts))).cloned();
    let sorted = |mut cells: Vec<(i64, String)>| {
        cells.sort();
        cells
    };
    assert_eq!(sorted(cells), sorted(kept.collect()));
    // The hour that is cut is summed anew from what is left of it.
    let hours_of_people: std::collections::BTreeSet<i64> = hours.iter().filter_map(of_people).collect();
    assert_eq!(hours_of_people.iter().map(|hour| hour / HOUR_MS).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 36]);
    assert_eq!(sorted(on_disk(&store, 1).0), sorted(neighbour.0));
    assert_eq!(store.journal.head().erased.unswept().count(), 0);
}

#[test]
fn hours_whose_readings_are_not_kept_any_more_go_with_the_smallest_part_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = lived(folder.path());
    let retention = Retention { people_days: 1, ..Retention::default() };
    store.seal(Timestamp::from_ms(0)).unwrap();
    drop(store);
    let store = Embedded::open(folder.path(), retention).unwrap();
    store.maintain(Timestamp::from_ms(2 * DAY_MS)).unwrap();
    let parts = Arc::clone(&store.journal.head().parts);
    assert!(parts.iter().any(|part| !part.info.full), "the readings of the first day are kept still");
    drop(parts);
    store
        .erase(&erasure("a", 5 * HOUR_MS + 25 * MINUTE_MS, 7 * HOUR_MS), Timestamp::from_ms(2 * DAY_MS))
        .unwrap();
    let hours: std::collections::BTreeSet<i64> =
        on_disk(&store, 0).1.iter().filter_map(of_people).map(|ts| ts / HOUR_MS).collect();
    assert!(hours.is_superset(&(0..5).chain(7..24).collect()) && !hours.contains(&5) && !hours.contains(&6));
    let neighbour: std::collections::BTreeSet<i64> =
        on_disk(&store, 1).1.iter().filter_map(of_people).map(|ts| ts / HOUR_MS).collect();
    assert_eq!(neighbour, (0..37).collect());
}

#[test]
fn damaged_files_that_may_hold_it_go_and_are_put_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = lived(folder.path());
    let people: Vec<_> = {
        let parts = Arc::clone(&store.journal.head().parts);
        let of_people = parts.iter().filter(|part| part.id.class == RetentionClass::People);
        of_people.flat_map(Part::files).map(|file| file.path().to_owned()).collect()
    };
    for path in &people {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0);
        fs::write(path, bytes).unwrap();
    }
    let aside = folder.path().join("quarantine");
    fs::create_dir_all(&aside).unwrap();
    for name in ["log-7-0.block", "log-7-1.block", "1970-01-01-009.people.seg", "1970-01-01-009.plant.seg"] {
        fs::write(aside.join(name), "damaged").unwrap();
    }
    store.erase(&erasure("a", 0, 2 * DAY_MS), Timestamp::from_ms(0)).unwrap();
    assert!(people.iter().all(|path| !path.exists()));
    let mut left: Vec<_> =
        fs::read_dir(&aside).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["1970-01-01-009.plant.seg", "log-7-1.block"]);
    assert_eq!(on_disk(&store, 0).0.iter().filter(|cell| of_people(cell).is_none()).count(), 222);
}

#[test]
fn a_sweep_that_was_cut_short_is_made_up_for_and_nothing_is_answered_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let store = lived(folder.path());
    // This far an erasure has come when the process ends after its first transaction.
    assert!(store.journal.mark_erased(&erasure("a", 0, 2 * DAY_MS)).unwrap());
    drop(store);
    let store = Embedded::open(folder.path(), Retention::default()).unwrap();
    let lasts = |store: &Embedded| store.journal.head().heater(0).unwrap().lasts().count();
    assert_eq!(lasts(&store), 1, "the temperature alone");
    assert!(on_disk(&store, 0).0.iter().any(|cell| of_people(cell).is_some()), "swept already");
    store.maintain(Timestamp::from_ms(0)).unwrap();
    assert!(!on_disk(&store, 0).0.iter().any(|cell| of_people(cell).is_some()));
    drop(store);
    let store = Embedded::open(folder.path(), Retention::default()).unwrap();
    assert_eq!(lasts(&store), 1);
    assert_eq!(store.journal.head().erased.unswept().count(), 0);
}
