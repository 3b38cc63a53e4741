//! Torn and changed bytes: what is told is true, what is missing is counted, and what cannot be read at all is refused in
//! words. `HYPOCAUST_TEST_SEED` repeats a run.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fixture::chance::Chance;
use fixture::{at, heater, of_heater, past};
use store::Place;
use store::{Retention, Selector, Store, StoreError};
use vocabulary::Metric;

/// A reading as it is told: heater, metric, time, bits of the value.
type Told = (u32, String, i64, Option<u64>);

const METRICS: [Metric; 3] = [Metric::TemperatureC, Metric::Co2Ppm, Metric::EnergyWh];

fn told(store: &Store) -> Result<BTreeSet<Told>, StoreError> {
    let mut all = BTreeSet::new();
    for number in 0..3 {
        for metric in METRICS {
            let selector = Selector { metric: metric.clone(), ..of_heater(number) };
            for point in store.range(&selector, at(i64::MIN), at(i64::MAX), usize::MAX)? {
                assert_eq!(point.heater, heater(number));
                let value = point.value.map(f64::to_bits);
                all.insert((number, metric.to_string(), point.ts.ms(), value));
            }
        }
    }
    Ok(all)
}

/// A store in a folder: what was written, then closed.
fn written(folder: &Path, seal: bool) -> BTreeSet<Told> {
    let store = Store::open(folder, Retention::default()).unwrap();
    for batch in past::batches().into_iter().take(60) {
        store.write(&batch).unwrap();
    }
    if seal {
        store.seal(at(0)).unwrap();
    }
    told(&store).unwrap()
}

#[test]
fn a_log_that_was_cut_is_whole_or_refused() {
    let mut chance = Chance::from_environment();
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = written(folder.path(), false);
    let bytes = fs::read(folder.path().join("log.redb")).unwrap();
    let lengths = (0..80).map(|_| chance.below(bytes.len() as u64) as usize);
    for length in lengths.chain([0, 1, 320, 4_096, bytes.len() - 1]) {
        fs::write(copy.path().join("log.redb"), &bytes[..length]).unwrap();
        match Store::open(copy.path(), Retention::default()) {
            // A file without a byte is a new one: nothing tells it from a folder that never had one.
            Ok(store) if length == 0 => assert!(told(&store).unwrap().is_empty()),
            Ok(store) => assert_eq!(told(&store).unwrap(), expected, "cut at {length}"),
            Err(error) => assert_refused(&error, length),
        }
    }
}

#[test]
fn a_flipped_bit_in_the_log_never_changes_what_is_told() {
    let mut chance = Chance::from_environment();
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = written(folder.path(), false);
    let bytes = fs::read(folder.path().join("log.redb")).unwrap();
    let (mut refused, mut left_out) = (0, 0);
    for _ in 0..600 {
        let at_bit = chance.below(bytes.len() as u64 * 8) as usize;
        let mut flipped = bytes.clone();
        flipped[at_bit / 8] ^= 1 << (at_bit % 8);
        fs::write(copy.path().join("log.redb"), &flipped).unwrap();
        let store = match Store::open(copy.path(), Retention::default()) {
            Ok(store) => store,
            Err(error) => {
                assert_refused(&error, at_bit);
                refused += 1;
                continue;
            }
        };
        // Redb may still stumble over its own pages while it is read or closed; the thread that asked ends then.
        let asked = catch_unwind(AssertUnwindSafe(|| {
            let found = told(&store);
            (found, store.health().unwrap().damaged_blocks)
        }));
        let closed = catch_unwind(AssertUnwindSafe(|| drop(store)));
        let (Ok((Ok(found), damaged)), Ok(())) = (asked, closed) else {
            refused += 1;
            continue;
        };
        let wrong: Vec<_> = found.difference(&expected).collect();
        assert!(wrong.is_empty(), "bit {at_bit}: {wrong:?}");
        if found != expected {
            assert!(damaged > 0, "bit {at_bit}: missing and not counted");
            left_out += 1;
        }
    }
    println!("refused {refused}, left something out {left_out}, of 600");
}

#[test]
fn a_flipped_bit_or_a_cut_in_a_day_file_leaves_out_what_it_hit() {
    let mut chance = Chance::from_environment();
    let folder = tempfile::tempdir().unwrap();
    let expected = written(folder.path(), true);
    let files = day_files(folder.path());
    assert_eq!(files.len(), 4);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        for round in 0..60 {
            let at_byte = chance.below(bytes.len() as u64) as usize;
            let mut changed = bytes.clone();
            if round % 2 == 0 {
                changed[at_byte] ^= 1 << chance.below(8);
            } else {
                changed.truncate(at_byte);
            }
            fs::write(&file, &changed).unwrap();
            let store = Store::open(folder.path(), Retention::default()).unwrap();
            let found = told(&store).unwrap();
            assert!(found.is_subset(&expected), "{} at {at_byte}", file.display());
            if found != expected {
                assert!(store.health().unwrap().damaged_blocks > 0);
            }
            check_hours(&store, &found);
        }
        fs::write(&file, &bytes).unwrap();
    }
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    assert_eq!((told(&store).unwrap(), store.health().unwrap().damaged_blocks), (expected, 0));
}

/// Hours never count more than was told, unless their sums outlived the readings.
fn check_hours(store: &Store, found: &BTreeSet<Told>) {
    const HOUR_MS: i64 = 3_600_000;
    let selector = Selector { place: Place::Site, ..of_heater(0) };
    let bins = store.aggregate(&selector, at(490_000 * HOUR_MS), at(490_002 * HOUR_MS), HOUR_MS).unwrap();
    let counted: u64 = bins.iter().map(|bin| bin.count).sum();
    let temperatures = found.iter().filter(|told| told.1 == "temperature_c").count() as u64;
    assert!(counted <= 3 * 54, "{counted}, while {temperatures} are told");
}

fn assert_refused(error: &StoreError, place: usize) {
    let text = error.to_string();
    let is_refusal = matches!(error, StoreError::Unreadable { .. } | StoreError::Newer { .. });
    assert!(is_refusal, "at {place}: {text}");
    assert!(text.contains("restore") || text.contains("newer"), "{text}");
}

fn day_files(folder: &Path) -> Vec<PathBuf> {
    let days = fs::read_dir(folder).unwrap().map(|day| day.unwrap().path()).filter(|day| day.is_dir());
    days.flat_map(|day| fs::read_dir(day).unwrap().map(|file| file.unwrap().path())).collect()
}
