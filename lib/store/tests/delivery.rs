//! The promise: what a receipt covers is on disk exactly once, and what is not is not acknowledged.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use fixture::{at, counts, health, of_heater, room, sample, site, temperature, values};
use redb::{Database, ReadableTable, TableDefinition};
use store::{Arrival, MAX_RANGES, Place, Retention, Store, StoreError};
use vocabulary::{BootId, Metric};

#[test]
fn a_batch_is_there_after_the_store_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let batch: Vec<Arrival> =
        (1..=50).map(|seq| temperature(1, seq, seq as i64 * 1_000, seq as f64)).collect();
    let before = {
        let store = Store::open(folder.path(), Retention::default()).unwrap();
        let receipts = store.write(&batch).unwrap();
        assert_eq!((receipts.len(), receipts[0].hwm, counts(&receipts[0])), (1, 50, (50, 0, 0, 0)));
        (
            values(&store, &of_heater(1)),
            store.last_all(&site(), &Place::Site).unwrap(),
            health(&store).unwrap(),
        )
    };
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    assert_eq!(values(&store, &of_heater(1)), before.0);
    assert_eq!(store.last_all(&site(), &Place::Site).unwrap(), before.1);
    assert_eq!(health(&store).unwrap(), before.2);
    assert_eq!((before.2.records, before.2.series, before.2.writable), (50, 1, true));
    let again = store.write(&batch).unwrap();
    assert_eq!((again[0].hwm, counts(&again[0])), (50, (0, 50, 0, 0)));
    assert_eq!(health(&store).unwrap(), before.2);
}

#[test]
fn a_record_that_is_in_a_batch_twice_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    let batch = vec![
        temperature(1, 1, 10, 20.0),
        temperature(2, 1, 10, 21.0),
        temperature(1, 1, 10, 20.0),
        temperature(1, 3, 30, 22.0),
    ];
    let receipts = store.write(&batch).unwrap();
    assert_eq!(receipts.len(), 2);
    assert_eq!(
        (receipts[0].hwm, receipts[0].got.as_slice(), counts(&receipts[0])),
        (1, [(3, 3)].as_slice(), (2, 1, 0, 0))
    );
    assert_eq!(values(&store, &of_heater(1)), [(10, Some(20.0)), (30, Some(22.0))]);
}

#[test]
fn an_older_boot_is_stored_beside_the_newer_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    let old = Arrival { boot: BootId::from_bits(6), bn: 0, ..temperature(1, 1, 5, 19.0) };
    let receipts = store.write(&[temperature(1, 1, 10, 20.0), old.clone(), old]).unwrap();
    let told: Vec<_> =
        receipts.iter().map(|receipt| (receipt.boot.bits(), receipt.hwm, counts(receipt))).collect();
    assert_eq!(told, [(7, 1, (1, 0, 0, 0)), (6, 1, (1, 1, 0, 0))]);
    assert_eq!(values(&store, &of_heater(1)), [(5, Some(19.0)), (10, Some(20.0))]);
}

#[test]
fn a_gap_that_a_heater_gives_up_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    store.write(&[temperature(1, 1, 10, 20.0)]).unwrap();
    let after = Arrival { low: 5, ..temperature(1, 5, 50, 20.5) };
    let receipts = store.write(&[after.clone(), after]).unwrap();
    assert_eq!((receipts[0].hwm, counts(&receipts[0])), (5, (1, 1, 3, 0)));
}

#[test]
fn a_record_without_room_in_the_cursor_is_neither_stored_nor_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    let full: Vec<Arrival> =
        (1..=MAX_RANGES as u64 + 1).map(|n| temperature(1, 2 * n + 1, n as i64, n as f64)).collect();
    let receipts = store.write(&full).unwrap();
    assert_eq!((receipts[0].got.len(), counts(&receipts[0])), (MAX_RANGES, (MAX_RANGES, 0, 0, 1)));
    assert_eq!(values(&store, &of_heater(1)).len(), MAX_RANGES);
}

#[test]
fn a_record_whose_samples_were_all_refused_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let empty = Arrival { samples: Vec::new(), ..temperature(1, 1, 0, 0.0) };
    {
        let store = Store::open(folder.path(), Retention::default()).unwrap();
        let receipts = store.write(std::slice::from_ref(&empty)).unwrap();
        assert_eq!((receipts[0].hwm, counts(&receipts[0])), (1, (1, 0, 0, 0)));
        assert_eq!(store.health().unwrap().last_commit, None);
    }
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    assert_eq!(counts(&store.write(&[empty]).unwrap()[0]), (0, 1, 0, 0));
}

#[test]
fn absurd_numbers_are_stored_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    let absurd = Arrival {
        samples: vec![
            sample(i64::MIN, Metric::TemperatureC, f64::MIN),
            sample(i64::MAX, Metric::TemperatureC, -0.0),
            sample(0, Metric::TemperatureC, f64::NAN),
        ],
        ..temperature(1, u64::MAX, 0, 0.0)
    };
    let receipts = store.write(&[absurd]).unwrap();
    assert_eq!(receipts[0].got, [(u64::MAX, u64::MAX)]);
    // The last instant of all is not before any `to`, so no range holds it.
    assert_eq!(values(&store, &of_heater(1)), [(i64::MIN, Some(f64::MIN)), (0, None)]);
    store.seal(at(0)).unwrap();
    assert_eq!(values(&store, &of_heater(1)), [(i64::MIN, Some(f64::MIN)), (0, None)]);
}

#[test]
fn a_second_instance_is_told_that_the_folder_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path(), Retention::default()).unwrap();
    let error = Store::open(folder.path(), Retention::default()).unwrap_err();
    assert_eq!(error, StoreError::Locked(folder.path().display().to_string()));
    assert!(error.to_string().starts_with("another instance already uses the data folder "));
    drop(first);
    assert!(Store::open(folder.path(), Retention::default()).is_ok());
}

#[test]
fn history_of_a_newer_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path(), Retention::default()).unwrap());
    let meta = TableDefinition::<&str, u64>::new("meta");
    in_the_file(folder.path(), |transaction| {
        transaction.open_table(meta).unwrap().insert("format", 4).unwrap();
    });
    for _ in 0..2 {
        let error = Store::open(folder.path(), Retention::default()).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 4, known: 3, .. }), "{error}");
    }
}

#[test]
fn a_file_that_is_no_history_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.redb"), "not a database, but a letter to a friend").unwrap();
    assert!(matches!(
        Store::open(folder.path(), Retention::default()).unwrap_err(),
        StoreError::Unreadable { .. }
    ));
    let file = folder.path().join("log.redb");
    assert!(matches!(Store::open(&file, Retention::default()).unwrap_err(), StoreError::Unreadable { .. }));
}

#[test]
fn a_damaged_block_is_left_out_and_the_rest_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    {
        let store = Store::open(folder.path(), Retention::default()).unwrap();
        for seq in 1..=20 {
            store.write(&[temperature(1, seq, seq as i64 * 10, 20.0)]).unwrap();
        }
    }
    let log = TableDefinition::<(u64, u32), &[u8]>::new("log");
    in_the_file(folder.path(), |transaction| {
        let mut log = transaction.open_table(log).unwrap();
        // One block without a head, one that ends early.
        log.insert((3, 0), [255_u8; 9].as_slice()).unwrap();
        let short = log.get((7, 0)).unwrap().unwrap().value().to_vec();
        log.insert((7, 0), &short[..short.len() - 1]).unwrap();
    });
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    for _ in 0..2 {
        let times: Vec<i64> = values(&store, &of_heater(1)).into_iter().map(|(ts, _)| ts / 10).collect();
        assert_eq!(times, (1..=20).filter(|seq| ![4, 8].contains(seq)).collect::<Vec<_>>());
        assert_eq!(store.health().unwrap().damaged_blocks, 2);
    }
    store.seal(at(0)).unwrap();
    assert_eq!(values(&store, &of_heater(1)).len(), 18);
    let health = store.health().unwrap();
    assert_eq!((health.damaged_blocks, health.quarantined), (2, 2));
}

#[test]
fn a_heater_that_moved_shows_each_room_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let in_room = |number, arrival| Arrival { room: Some(room(number)), ..arrival };
    for reopened in [false, true] {
        let store = Store::open(folder.path(), Retention::default()).unwrap();
        if !reopened {
            store.write(&[in_room(1, temperature(1, 1, 100, 20.0))]).unwrap();
            store.write(&[in_room(2, temperature(1, 3, 300, 22.0))]).unwrap();
            let late = Arrival { late: true, ..in_room(2, temperature(1, 2, 200, 21.0)) };
            store.write(&[late]).unwrap();
        }
        let of = |number| fixture::of(Place::Room(room(number)));
        assert_eq!(values(&store, &of(1)), [(100, Some(20.0)), (200, Some(21.0))]);
        assert_eq!(values(&store, &of(2)), [(300, Some(22.0))]);
        assert!(store.last(&of(1)).unwrap().is_empty());
        assert_eq!(store.last(&of(2)).unwrap()[0].room, Some(room(2)));
    }
}

#[test]
fn who_asks_while_others_write_and_merge_never_sees_less_than_before() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Retention::default()).unwrap();
    let writes = 400;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut seen = 0;
                while seen < writes as usize {
                    let found = values(&store, &of_heater(1)).len();
                    assert!(found >= seen, "{found} after {seen}");
                    seen = found;
                }
            });
        }
        for seq in 1..=writes {
            store.write(&[temperature(1, seq, seq as i64 * 1_000, 20.0)]).unwrap();
            if seq % 20 == 0 {
                store.seal(at(0)).unwrap();
            }
        }
    });
    assert_eq!(store.health().unwrap().damaged_blocks, 0);
}

fn in_the_file(folder: &std::path::Path, change: impl FnOnce(&redb::WriteTransaction)) {
    let database = Database::open(folder.join("log.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
}
