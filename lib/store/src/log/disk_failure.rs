//! The stories of a disk that fails or is full under the store: what is not durable is not acknowledged, and questions are
//! still answered.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, SiteId, Timestamp};

use crate::arrival::{Arrival, StoredSample};
use crate::days::embedded::Embedded;
use crate::days::retention::Retention;
use crate::error::StoreError;
use crate::log::storage::Storage;
use crate::log::tables::{self, Opened};
use crate::question::{Place, Selector};

/// A disk that fails when told to, and counts what is asked of it after that.
#[derive(Debug, Clone, Default)]
struct Moody {
    memory: Arc<InMemoryBackend>,
    fails_to_sync: Arc<AtomicBool>,
    fails_to_write: Arc<AtomicBool>,
    failures: Arc<AtomicU32>,
    /// Writes and resizes until there is no room for one; 0 for never.
    room_for: Arc<AtomicU64>,
    /// Bytes that it says are free; 0 for plenty.
    free: Arc<AtomicU64>,
}

impl Moody {
    fn fail_if(&self, mood: &AtomicBool) -> io::Result<()> {
        if !mood.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.failures.fetch_add(1, Ordering::Relaxed);
        Err(io::Error::other("bad sector"))
    }

    fn take_room(&self) -> io::Result<()> {
        match self.room_for.load(Ordering::Relaxed) {
            0 => Ok(()),
            1 => Err(io::ErrorKind::StorageFull.into()),
            left => {
                self.room_for.store(left - 1, Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

impl StorageBackend for Moody {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.take_room()?;
        self.memory.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.fail_if(&self.fails_to_sync)
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.fail_if(&self.fails_to_write)?;
        self.take_room()?;
        self.memory.write(offset, data)
    }
}

impl Storage for Moody {
    fn open(&self, folder: &Path) -> Result<Opened, StoreError> {
        tables::open_on(folder, self.clone())
    }
    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        let free = self.free.load(Ordering::Relaxed);
        Ok(if free == 0 { 1 << 40 } else { free })
    }
}

fn on(disk: &Moody, folder: &Path) -> Embedded {
    Embedded::on(folder, Box::new(disk.clone()), Retention::default()).unwrap()
}

/// A folder for a store whose log is in memory.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(tables::FILE), "").unwrap();
    folder
}

fn record(seq: u64) -> Arrival {
    let ts = Timestamp::from_ms(seq as i64);
    let (reading, quality) = (Reading::Value(seq as f64), Quality::Good);
    Arrival {
        site: SiteId::new("s").unwrap(),
        heater: HeaterId::new("h").unwrap(),
        room: None,
        boot: BootId::from_bits(1),
        bn: 1,
        seq,
        low: 1,
        late: false,
        samples: vec![StoredSample { ts, metric: Metric::PowerW, reading, quality }],
    }
}

fn seqs(store: &Embedded) -> Vec<f64> {
    let selector = Selector { site: SiteId::new("s").unwrap(), place: Place::Site, metric: Metric::PowerW };
    let points = store.range(&selector, Timestamp::from_ms(0), Timestamp::from_ms(i64::MAX), 1_000);
    points.unwrap().iter().filter_map(|point| point.value).collect()
}

#[test]
fn a_disk_that_failed_is_not_tried_again_and_questions_are_still_answered() {
    let folder = folder();
    for mood in
        [|disk: &Moody| Arc::clone(&disk.fails_to_sync), |disk: &Moody| Arc::clone(&disk.fails_to_write)]
    {
        let disk = Moody::default();
        let store = on(&disk, folder.path());
        (1..=9).for_each(|seq| drop(store.journal.write(&[record(seq)]).unwrap()));
        assert!(store.health().unwrap().writable);

        mood(&disk).store(true, Ordering::Relaxed);
        assert!(matches!(store.journal.write(&[record(10)]), Err(StoreError::Disk(_))));
        mood(&disk).store(false, Ordering::Relaxed);
        let stopped =
            StoreError::Stopped("the disk failed while history was written or read: bad sector".to_owned());
        assert_eq!(store.journal.write(&[record(11)]), Err(stopped.clone()));
        assert_eq!(store.seal(Timestamp::from_ms(i64::MAX)), Err(stopped));
        assert_eq!(disk.failures.load(Ordering::Relaxed), 1);
        assert!(!store.health().unwrap().writable);
        assert_eq!(seqs(&store), (1..=9).map(f64::from).collect::<Vec<_>>());

        // The next start finds what was acknowledged; what was not may be there, whole.
        drop(store);
        let store = on(&disk, folder.path());
        let receipt = store.journal.write(&(1..=10).map(record).collect::<Vec<_>>()).unwrap().remove(0);
        assert_eq!((receipt.hwm, receipt.stored + receipt.duplicates), (10, 10));
        assert!(receipt.stored <= 1);
        assert_eq!(seqs(&store), (1..=10).map(f64::from).collect::<Vec<_>>());
    }
}

#[test]
fn a_disk_that_says_it_is_full_takes_nothing_and_the_next_write_tries_again() {
    let (folder, disk) = (folder(), Moody::default());
    let store = on(&disk, folder.path());
    store.journal.write(&[record(1)]).unwrap();
    disk.free.store(1 << 20, Ordering::Relaxed);
    let full = StoreError::NoSpace { free: 1 << 20, needed: 64 << 20 };
    assert_eq!(store.journal.write(&[record(2)]), Err(full.clone()));
    let health = store.health().unwrap();
    assert_eq!((health.writable, health.not_writable_because), (false, Some(full.to_string())));
    assert_eq!(seqs(&store), [1.0]);
    disk.free.store(0, Ordering::Relaxed);
    assert_eq!(store.journal.write(&[record(2)]).unwrap()[0].hwm, 2);
    assert!(store.health().unwrap().writable);
}

#[test]
fn a_disk_with_little_room_takes_no_readings_and_makes_room_by_sealing() {
    let (folder, disk) = (folder(), Moody::default());
    let store = on(&disk, folder.path());
    store.journal.write(&(1..=9).map(record).collect::<Vec<_>>()).unwrap();
    assert_eq!(store.maintain(Timestamp::from_ms(0)).unwrap().sealed_entries, 0, "nothing is due yet");
    disk.free.store(32 << 20, Ordering::Relaxed);
    assert!(matches!(store.journal.write(&[record(10)]), Err(StoreError::NoSpace { .. })));
    let done = store.maintain(Timestamp::from_ms(1)).unwrap();
    assert_eq!((done.sealed_entries, done.postponed), (1, false));
    disk.free.store(8 << 20, Ordering::Relaxed);
    assert!(store.maintain(Timestamp::from_ms(2)).unwrap().postponed);
    assert_eq!(seqs(&store), (1..=9).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn a_disk_that_runs_full_at_any_write_loses_nothing_acknowledged_and_is_written_again() {
    for room in 2..40 {
        let (folder, disk) = (folder(), Moody::default());
        let store = on(&disk, folder.path());
        let mut acknowledged = 0;
        disk.room_for.store(room, Ordering::Relaxed);
        for seq in 1..=20 {
            match store.journal.write(&[record(seq)]) {
                Ok(receipts) => acknowledged = receipts[0].hwm,
                Err(error) => assert!(matches!(error, StoreError::NoSpace { .. }), "{error}"),
            }
            // What was not acknowledged may be there, whole: it was not told to be lost either.
            let found = seqs(&store);
            assert!(found.is_sorted_by(|a, b| a < b) && found.iter().all(|&found| found <= seq as f64));
            let expected = (1..=acknowledged).map(|seq| seq as f64);
            assert!(
                expected.into_iter().all(|seq| found.contains(&seq)),
                "room for {room} writes: {found:?}"
            );
        }
        disk.room_for.store(0, Ordering::Relaxed);
        let receipt = store.journal.write(&(1..=20).map(record).collect::<Vec<_>>()).unwrap().remove(0);
        assert_eq!((receipt.hwm, receipt.got), (20, vec![]), "room for {room} writes");
        assert!(receipt.duplicates as u64 >= acknowledged);
        assert_eq!(seqs(&store), (1..=20).map(f64::from).collect::<Vec<_>>());
        drop(store);
        assert_eq!(seqs(&on(&disk, folder.path())), (1..=20).map(f64::from).collect::<Vec<_>>());
    }
}
