//! Nothing is known any more of the people in a room, if that is wished: asked, restarted, killed, sent again.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use fixture::chance::Chance;
use fixture::mortal::{End, TASK, live_and_die};
use fixture::{at, counts, heater, of, of_heater, room, sample, site, temperature, values};
use store::{Arrival, Erasure, GroupBy, Place, Retention, Selector, Store};
use vocabulary::{BootId, Metric};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn open(folder: &Path) -> Store {
    // What is missing was erased, and did not grow old.
    let keep_all = Retention { people_days: u32::MAX, plant_days: u32::MAX, ..Retention::default() };
    Store::open(folder, keep_all).unwrap()
}

/// A record with what tells of people and what does not; its CO₂ says which it is.
fn record(number: u32, seq: u64, ms: i64) -> Arrival {
    let samples = vec![sample(ms, Metric::TemperatureC, 20.0), sample(ms, Metric::Co2Ppm, seq as f64)];
    Arrival { samples, room: Some(room(number)), ..temperature(number, seq, ms, 0.0) }
}

fn erasure(number: u32, from: i64, to: i64) -> Erasure {
    Erasure { site: site(), room: room(number), from: at(from), to: at(to) }
}

fn co2(place: Place) -> Selector {
    Selector { metric: Metric::Co2Ppm, ..of(place) }
}

/// How many CO₂ readings of room 1 each question knows of in the first day.
fn known(store: &Store) -> [u64; 6] {
    let (from, to) = (at(0), at(24 * HOUR_MS));
    let counted = |place: Place, step_ms: i64| -> u64 {
        let bins = store.aggregate(&co2(place), from, to, step_ms).unwrap();
        bins.iter().map(|bin| bin.count).sum()
    };
    let grouped = store.grouped(&co2(Place::Room(room(1))), GroupBy::Heater, from, to, HOUR_MS).unwrap();
    let lasts = store.last_all(&site(), &Place::Room(room(1))).unwrap();
    [
        store.range(&co2(Place::Room(room(1))), from, to, usize::MAX).unwrap().len() as u64,
        store.range(&co2(Place::Heater(heater(1))), from, to, usize::MAX).unwrap().len() as u64,
        counted(Place::Room(room(1)), HOUR_MS),
        counted(Place::Heater(heater(1)), MINUTE_MS * 7),
        grouped.iter().flat_map(|(_, bins)| bins).map(|bin| bin.count).sum(),
        lasts.iter().filter(|last| last.metric == Metric::Co2Ppm).count() as u64,
    ]
}

#[test]
fn no_question_is_answered_from_what_was_erased_and_a_restart_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for seq in 1..=60 {
        let ms = seq as i64 * 10 * MINUTE_MS;
        store.write(&[record(1, seq, ms), record(2, seq, ms)]).unwrap();
        if seq == 40 {
            store.seal(at(0)).unwrap();
        }
    }
    assert_eq!(known(&store), [60, 60, 60, 60, 60, 1]);
    store.erase(&erasure(1, 0, 24 * HOUR_MS), at(0)).unwrap();
    let neighbour = store.range(&co2(Place::Heater(heater(2))), at(0), at(24 * HOUR_MS), 99).unwrap();
    assert_eq!((known(&store), neighbour.len(), values(&store, &of_heater(1)).len()), ([0; 6], 60, 60));
    drop(store);
    let store = open(folder.path());
    assert_eq!(known(&store), [0; 6]);
    // What comes after is kept.
    store.write(&[record(1, 61, 25 * HOUR_MS)]).unwrap();
    let after = store.range(&co2(Place::Room(room(1))), at(0), at(i64::MAX), 9).unwrap();
    assert_eq!(after.len(), 1);
}

#[test]
fn a_record_that_comes_late_or_again_is_acknowledged_and_brings_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(&[record(1, 1, HOUR_MS), record(1, 2, 2 * HOUR_MS)]).unwrap();
    store.erase(&erasure(1, 0, 5 * HOUR_MS), at(0)).unwrap();
    let late = Arrival { late: true, ..record(1, 4, 4 * HOUR_MS) };
    let other_boot = Arrival { boot: BootId::from_bits(8), bn: 2, late: true, ..record(1, 1, HOUR_MS) };
    // A heater that nobody had heard of stands in the room.
    let newcomer = Arrival { room: Some(room(1)), late: true, ..record(3, 1, 3 * HOUR_MS) };
    let receipts = store.write(&[record(1, 2, 2 * HOUR_MS), late, other_boot, newcomer]).unwrap();
    assert_eq!(receipts.iter().map(counts).collect::<Vec<_>>(), [(1, 1, 0, 0), (1, 0, 0, 0), (1, 0, 0, 0)]);
    assert_eq!(known(&store), [0; 6]);
    assert_eq!(values(&store, &of_heater(1)).len(), 4);
    store.seal(at(0)).unwrap();
    assert_eq!(known(&store), [0; 6]);
}

#[test]
fn what_a_heater_measured_while_it_stood_elsewhere_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(&[record(1, 1, HOUR_MS)]).unwrap();
    store.write(&[Arrival { room: Some(room(9)), ..record(1, 2, 2 * HOUR_MS) }]).unwrap();
    store.write(&[record(1, 3, 3 * HOUR_MS)]).unwrap();
    store.erase(&erasure(1, 0, 24 * HOUR_MS), at(0)).unwrap();
    let left = store.range(&co2(Place::Heater(heater(1))), at(0), at(24 * HOUR_MS), 9).unwrap();
    assert_eq!(left.iter().map(|point| point.ts.ms()).collect::<Vec<_>>(), [2 * HOUR_MS]);
}

#[test]
fn a_backup_from_before_brings_it_back_until_it_is_erased_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("data"));
    store.write(&[record(1, 1, HOUR_MS)]).unwrap();
    store.seal(at(0)).unwrap();
    store.backup(&folder.path().join("before")).unwrap();
    store.erase(&erasure(1, 0, 24 * HOUR_MS), at(0)).unwrap();
    store.backup(&folder.path().join("after")).unwrap();
    for (backup, knows) in [("before", 1), ("after", 0)] {
        let into = folder.path().join(format!("restored-{backup}"));
        store::restore(&folder.path().join(backup), &into).unwrap();
        let restored = open(&into);
        assert_eq!(known(&restored)[0], knows, "{backup}");
        restored.erase(&erasure(1, 0, 24 * HOUR_MS), at(0)).unwrap();
        assert_eq!(known(&restored), [0; 6]);
    }
}

/// Not a test of its own: the child writes, seals and erases until it is killed, and says what is certain.
#[test]
fn the_child_writes_and_erases_until_it_is_killed() {
    let Ok(task) = std::env::var(TASK) else { return };
    let mut task = task.splitn(3, ' ');
    let mut number = || task.next().unwrap().parse::<u64>().unwrap();
    let (first, mut chance) = (number(), Chance(number()));
    let store = open(Path::new(task.next().unwrap()));
    // Another thread seals and merges: an erasure is never alone with the files.
    let other = store.clone();
    std::thread::spawn(move || {
        for round in 0.. {
            drop(other.seal(at(round % 2 * 1_000 * HOUR_MS)));
        }
    });
    for seq in first.. {
        let ms = seq as i64 * MINUTE_MS;
        store.write(&[record(1, seq, ms), record(2, seq, ms)]).unwrap();
        println!("stored {seq}");
        if chance.below(12) == 0 {
            let to = seq - chance.below(20).min(seq - 1);
            println!("erasing {to}");
            std::io::stdout().flush().unwrap();
            store.erase(&erasure(1, 0, to as i64 * MINUTE_MS), at(0)).unwrap();
            println!("erased {to}");
        }
        std::io::stdout().flush().unwrap();
    }
}

/// What a child said before it ended: the last record stored, and up to which record was erased and begun to be.
#[derive(Debug, Clone, Copy, Default)]
struct Certain {
    stored: u64,
    erased: u64,
    erasing: u64,
}

impl Certain {
    /// Starts a child, sees it end, and adds what it said.
    fn after(mut self, task: &str, end: End<'_>) -> Self {
        for line in live_and_die("the_child_writes_and_erases_until_it_is_killed", task, end) {
            let Some((word, number)) = line.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            let known = match word {
                "stored" => &mut self.stored,
                "erased" => &mut self.erased,
                "erasing" => &mut self.erasing,
                _ => continue,
            };
            *known = number.max(*known);
        }
        self
    }
}

fn check(folder: &Path, certain: Certain) {
    let seqs = |store: &Store, number: u32| -> Vec<u64> {
        let of_heater = co2(Place::Heater(heater(number)));
        let points = store.range(&of_heater, at(i64::MIN), at(i64::MAX), usize::MAX).unwrap();
        points.iter().map(|point| point.value.unwrap() as u64).collect()
    };
    for maintained in [false, true] {
        let store = open(folder);
        if maintained {
            // It makes up for what was cut short.
            store.maintain(at(0)).unwrap();
        }
        let left = seqs(&store, 1);
        let Certain { stored, erased, erasing } = certain;
        assert!(left.iter().all(|seq| *seq >= erased), "{certain:?} {left:?}");
        let kept: Vec<u64> = (erasing.max(1)..=stored).collect();
        assert!(kept.iter().all(|seq| left.contains(seq)), "{certain:?} {left:?}");
        assert!(left.windows(2).all(|pair| pair[0] < pair[1]), "one is there twice");
        let neighbour = seqs(&store, 2);
        assert!((1..=stored).all(|seq| neighbour.contains(&seq)), "{certain:?}");
        assert!(values(&store, &of_heater(1)).len() as u64 >= stored);
        let hours =
            store.aggregate(&co2(Place::Heater(heater(2))), at(0), at(5_000 * HOUR_MS), HOUR_MS).unwrap();
        assert_eq!(hours.iter().map(|bin| bin.count).sum::<u64>(), neighbour.len() as u64);
        assert_eq!(store.health().unwrap().damaged_blocks, 0);
    }
}

#[test]
fn an_erasure_is_whole_or_goes_on_after_kill_9_and_nothing_else_is_lost() {
    let mut chance = Chance::from_environment();
    let folder = tempfile::tempdir().unwrap();
    let mut certain = Certain::default();
    for _ in 0..8 {
        let task = format!("{} {} {}", certain.stored + 1, chance.below(u64::MAX), folder.path().display());
        let life = Duration::from_millis(40 + chance.below(400));
        certain = certain.after(&task, End::Killed(life));
        check(folder.path(), certain);
    }
    assert!(certain.erased > 0, "no child lived long enough to erase anything");
}

#[cfg(feature = "crash-points")]
#[test]
fn an_erasure_is_whole_or_goes_on_after_an_end_at_every_named_moment() {
    let mut chance = Chance::from_environment();
    let folder = tempfile::tempdir().unwrap();
    let mut certain = Certain::default();
    for point in [
        "erasure_marked",
        "during_erasure",
        "erasure_swept",
        "before_manifest",
        "after_manifest",
        "before_unlink",
    ] {
        for time in [1, 2 + chance.below(4)] {
            let task =
                format!("{} {} {}", certain.stored + 1, chance.below(u64::MAX), folder.path().display());
            let point = format!("store.{point}:{time}");
            println!("{point}");
            certain = certain.after(&task, End::At(&point));
            check(folder.path(), certain);
        }
    }
}
