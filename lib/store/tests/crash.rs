//! `kill -9` at any moment: what was acknowledged is there exactly once, what was not is there at most once.
//!
//! The test starts itself again as a child that writes, seals, merges and backs up and prints each receipt, and kills it.
//! With the feature `crash-points` the child also ends itself at each moment named in the code.
//! `HYPOCAUST_TEST_KILLS` asks for more rounds, `HYPOCAUST_TEST_SEED` repeats one.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use fixture::chance::{Chance, asked};
use fixture::mortal::{End, TASK, live_and_die};
use fixture::{at, heater, of_heater, sample, site, temperature};
use store::{Arrival, Place, Point, Retention, Store};
use vocabulary::{BootId, Metric};

const HEATERS: u64 = 3;
const HOUR_MS: i64 = 3_600_000;

/// The record `seq` of a heater in a round: its value says which it is.
fn record(number: u64, round: u64, seq: u64) -> Arrival {
    let value = (round * 1_000_000 + seq) as f64;
    let ms = round as i64 * 24 * HOUR_MS + seq as i64 * 10_000;
    Arrival {
        boot: BootId::from_bits(round),
        bn: round,
        samples: vec![sample(ms, Metric::TemperatureC, value), sample(ms, Metric::PowerW, value)],
        ..temperature(number as u32, seq, 0, 0.0)
    }
}

/// Not a test of its own: the child, when it is started as one.
#[test]
fn the_child_writes_until_it_is_killed() {
    let Ok(task) = std::env::var(TASK) else { return };
    let mut task = task.splitn(3, ' ');
    let mut number = || task.next().unwrap().parse::<u64>();
    let (round, seed) = (number().unwrap(), number().unwrap());
    let keep_all = Retention { people_days: u32::MAX, plant_days: u32::MAX, ..Retention::default() };
    let store = Store::open(Path::new(task.next().unwrap()), keep_all).unwrap();
    let mut chance = Chance(seed);
    let mut next = [1_u64; HEATERS as usize];
    loop {
        let number = chance.below(HEATERS);
        let first = next[number as usize];
        let count = 1 + chance.below(40);
        // Some of what was sent before is sent again.
        let again = first.saturating_sub(chance.below(10)).max(1);
        next[number as usize] = first + count;
        let batch: Vec<_> = (again..first + count).map(|seq| record(number, round, seq)).collect();
        for receipt in store.write(&batch).unwrap() {
            println!("receipt {number} {} {}", round, receipt.hwm);
        }
        std::io::stdout().flush().unwrap();
        match chance.below(60) {
            // Nine parts of a day are merged.
            0..5 => drop(store.seal(at(0)).unwrap()),
            5 => drop(store.maintain(at(LONG_AFTER_MS)).unwrap()),
            6 => {
                let into = tempfile::tempdir().unwrap();
                store.backup(&into.path().join("copy")).unwrap();
            }
            _ => {}
        }
    }
}

/// When every day of the story is over and quiet.
const LONG_AFTER_MS: i64 = 1_000_000 * HOUR_MS;

/// The moments at which a process may end, as they are named in the code.
#[cfg(feature = "crash-points")]
const POINTS: [&str; 13] = [
    "store.before_write",
    "store.after_write",
    "store.part_written",
    "store.before_rename",
    "store.after_rename",
    "store.before_manifest",
    "store.after_manifest",
    "store.during_deletion",
    "store.during_merge",
    "store.before_unlink",
    "store.after_unlink",
    "store.during_backup",
    "store.backup_unlisted",
];

#[cfg(feature = "crash-points")]
#[test]
fn what_was_acknowledged_survives_an_end_at_every_named_moment() {
    let mut chance = Chance::from_environment();
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeMap::new();
    let mut round = 0;
    for point in POINTS {
        for _ in 0..asked("HYPOCAUST_TEST_KILLS").map_or(2, |kills| kills.div_ceil(13)) {
            round += 1;
            let task = format!("{round} {} {}", chance.below(u64::MAX), folder.path().display());
            let at_point = format!("{point}:{}", 1 + chance.below(3));
            println!("round {round}: {at_point}");
            acknowledged.extend(acknowledged_by(&task, End::At(&at_point)));
            check(folder.path(), &acknowledged, round);
        }
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9_exactly_once() {
    let kills = asked("HYPOCAUST_TEST_KILLS").unwrap_or(8);
    let mut chance = Chance::from_environment();
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    for round in 1..=kills {
        let life = Duration::from_millis(20 + chance.below(400));
        let task = format!("{round} {} {}", chance.below(u64::MAX), folder.path().display());
        for (key, hwm) in acknowledged_by(&task, End::Killed(life)) {
            acknowledged.insert(key, hwm);
        }
        check(folder.path(), &acknowledged, round);
    }
    assert!(!acknowledged.is_empty(), "no child lived long enough to acknowledge anything");
}

/// Starts a child, sees it end, and returns what it acknowledged: (heater, round) to mark.
fn acknowledged_by(task: &str, end: End<'_>) -> BTreeMap<(u64, u64), u64> {
    let mut marks = BTreeMap::new();
    for line in live_and_die("the_child_writes_until_it_is_killed", task, end) {
        let Some((_, receipt)) = line.split_once("receipt ") else { continue };
        let numbers: Vec<u64> = receipt.split(' ').map_while(|number| number.parse().ok()).collect();
        // The last line may be torn; a torn number would only be smaller.
        if let [number, round, hwm] = numbers[..] {
            let mark = marks.entry((number, round)).or_insert(hwm);
            *mark = hwm.max(*mark);
        }
    }
    marks
}

/// The hours of a heater, from hourly sums, are what its readings come to.
fn check_hours(store: &Store, number: u64, points: &[Point]) {
    let Some((first, last)) = points.first().zip(points.last()) else { return };
    let from = first.ts.ms().div_euclid(HOUR_MS) * HOUR_MS;
    let to = from + 5_000 * HOUR_MS;
    assert!(last.ts.ms() < to);
    let mut expected: BTreeMap<i64, (f64, f64, u64)> = BTreeMap::new();
    for point in points {
        let hour = point.ts.ms().div_euclid(HOUR_MS) * HOUR_MS;
        let value = point.value.unwrap();
        let (min, max, count) = expected.entry(hour).or_insert((value, value, 0));
        (*min, *max, *count) = (min.min(value), max.max(value), *count + 1);
    }
    let bins = store.aggregate(&of_heater(number as u32), at(from), at(to), HOUR_MS).unwrap();
    let found: BTreeMap<_, _> =
        bins.iter().map(|bin| (bin.start.ms(), (bin.min, bin.max, bin.count))).collect();
    assert_eq!(found, expected, "heater {number}");
}

fn check(folder: &Path, acknowledged: &BTreeMap<(u64, u64), u64>, round: u64) {
    let begun = Instant::now();
    let keep_all = Retention { people_days: u32::MAX, plant_days: u32::MAX, ..Retention::default() };
    let store = Store::open(folder, keep_all).unwrap();
    let opened = begun.elapsed();
    assert!(opened < Duration::from_secs(2), "opening took {opened:?} after round {round}");
    for number in 0..HEATERS {
        let points = store.range(&of_heater(number as u32), at(i64::MIN), at(i64::MAX), usize::MAX).unwrap();
        let values: Vec<u64> = points.iter().map(|point| point.value.unwrap() as u64).collect();
        let distinct: BTreeSet<u64> = values.iter().copied().collect();
        assert_eq!(distinct.len(), values.len(), "heater {number} has a record twice after round {round}");
        for (&(_, of_round), &hwm) in acknowledged.iter().filter(|((of, _), _)| *of == number) {
            let missing = (1..=hwm).find(|seq| !distinct.contains(&(of_round * 1_000_000 + seq)));
            assert_eq!(
                missing, None,
                "heater {number} lost an acknowledged record of round {of_round} in {round}"
            );
        }
        check_hours(&store, number, &points);
        let last = store.last_all(&site(), &Place::Heater(heater(number as u32))).unwrap();
        let newest = distinct.last().map(|&newest| newest as f64);
        assert!(
            last.iter().all(|last| last.reading.known() == newest),
            "heater {number}: {last:?} {newest:?}"
        );
    }
    assert_eq!(store.health().unwrap().damaged_blocks, 0);
}
