//! Backup and restore: what is copied while history goes on is whole, and a copy that is not is refused by name.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fixture::{at, health, of_heater, temperature, values};
use store::{BackupSummary, Retention, Store, StoreError, restore, verify_backup};

const MINUTE_MS: i64 = 60_000;

fn open(folder: &Path) -> Store {
    Store::open(folder, Retention::default()).unwrap()
}

/// Two days, partly sealed.
fn filled(folder: &Path) -> Store {
    let store = open(folder);
    for seq in 1..=2_880 {
        if seq % 60 == 1 {
            let batch = (seq..seq + 60).map(|seq| temperature(1, seq, seq as i64 * MINUTE_MS, seq as f64));
            store.write(&batch.collect::<Vec<_>>()).unwrap();
        }
        if seq == 1_000 || seq == 2_000 {
            store.seal(at(0)).unwrap();
        }
    }
    store
}

#[test]
fn a_restored_backup_answers_as_the_store_did() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(folder.path());
    let (copy, again) = (copies.path().join("copy"), copies.path().join("again"));
    let made = store.backup(&copy).unwrap();
    assert!(made.files > 4);
    assert_eq!(verify_backup(&copy), Ok(made));
    assert_eq!(restore(&copy, &again), Ok(made));
    let expected = (values(&store, &of_heater(1)), health(&store).unwrap().records);
    // What is done to the store afterwards does not reach the copy, whose day files may be the same on the disk.
    store.seal(at(0)).unwrap();
    store.maintain(at(9_000 * 24 * 60 * MINUTE_MS)).unwrap();
    assert_eq!(store.health().unwrap().parts, 0);
    assert_eq!(verify_backup(&copy), Ok(made));
    let restored = open(&again);
    assert_eq!((values(&restored, &of_heater(1)), health(&restored).unwrap().records), expected);
    // Its cursors are those of the store.
    assert_eq!(restored.write(&[temperature(1, 5, 0, 0.0)]).unwrap()[0].duplicates, 1);
    assert_eq!(restored.write(&[temperature(1, 2_881, 0, 0.0)]).unwrap()[0].hwm, 2_881);
}

#[test]
fn a_torn_or_changed_backup_is_refused_by_name() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copies.path().join("copy");
    filled(folder.path()).backup(&copy).unwrap();
    let mut files = vec![copy.join("log.redb"), copy.join("history.manifest")];
    for day in fs::read_dir(&copy).unwrap().map(|day| day.unwrap().path()).filter(|day| day.is_dir()) {
        files.extend(fs::read_dir(day).unwrap().map(|file| file.unwrap().path()));
    }
    for file in files {
        let bytes = fs::read(&file).unwrap();
        // A day file may be a second name of the store's: it is replaced, not written into.
        let replace = |bytes: Option<&[u8]>| {
            fs::remove_file(&file).unwrap();
            bytes.into_iter().for_each(|bytes| fs::write(&file, bytes).unwrap());
        };
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 4;
        for changed in [Some(&flipped[..]), Some(&bytes[..bytes.len() - 1]), Some(&[]), None] {
            replace(changed);
            let error = verify_backup(&copy).unwrap_err();
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            assert!(matches!(&error, StoreError::Backup { file, .. } if file.ends_with(&name)), "{error}");
            let into = copies.path().join("into");
            assert!(restore(&copy, &into).is_err());
            assert!(!into.exists());
            fs::write(&file, []).unwrap();
        }
        replace(Some(&bytes));
    }
    assert!(verify_backup(&copy).is_ok());
}

#[test]
fn a_backup_made_while_others_write_and_seal_holds_a_moment() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(folder.path());
    let (done, written) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        // Also when something fails: the thread that writes ends with the story.
        let _end = SetAtEnd(&done);
        scope.spawn(|| {
            for seq in 1.. {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                store.write(&[temperature(1, seq, seq as i64 * MINUTE_MS, seq as f64)]).unwrap();
                written.store(seq, Ordering::Relaxed);
                if seq % 40 == 0 {
                    store.seal(at(0)).unwrap();
                }
            }
        });
        for round in 0..8 {
            let (copy, again) =
                (copies.path().join(format!("{round}")), copies.path().join(format!("{round}r")));
            let before = written.load(Ordering::Relaxed) as usize;
            store.backup(&copy).unwrap();
            restore(&copy, &again).unwrap();
            let found = values(&open(&again), &of_heater(1));
            // All that was acknowledged before, and nothing missing between.
            assert!(found.len() >= before);
            let expected = (1..=found.len() as i64).map(|seq| (seq * MINUTE_MS, Some(seq as f64)));
            assert!(found.into_iter().eq(expected));
        }
    });
}

struct SetAtEnd<'a>(&'a AtomicBool);

impl Drop for SetAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn another_process_asks_for_a_backup_over_the_socket() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(folder.path());
    let server = store.serve_socket().unwrap();
    let connected = Store::connect(server.path()).unwrap();
    let copy = copies.path().join("copy");
    let made: BackupSummary = connected.backup(&copy).unwrap();
    assert_eq!(verify_backup(&copy), Ok(made));
    assert!(matches!(connected.backup(&copy), Err(StoreError::Backup { .. })));
}

#[test]
fn a_folder_with_files_is_neither_written_over_nor_restored_into() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = filled(folder.path());
    let copy = copies.path().join("copy");
    store.backup(&copy).unwrap();
    for taken in [folder.path(), &copy] {
        assert!(matches!(store.backup(taken), Err(StoreError::Backup { .. })));
        assert!(matches!(restore(&copy, taken), Err(StoreError::Backup { .. })));
    }
    assert_eq!(values(&store, &of_heater(1)).len(), 2_880);
}
