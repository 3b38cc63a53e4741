//! The story of a disk that fails under the store: nothing more is written, and questions are still answered.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, SiteId, Timestamp};

use crate::arrival::{Arrival, StoredSample};
use crate::embedded::Embedded;
use crate::error::StoreError;
use crate::question::{Place, Selector};
use crate::tables;

/// A disk that fails when told to, and counts what is asked of it after that.
#[derive(Debug, Clone, Default)]
struct Moody {
    memory: Arc<InMemoryBackend>,
    fails_to_sync: Arc<AtomicBool>,
    fails_to_write: Arc<AtomicBool>,
    failures: Arc<AtomicU32>,
}

impl Moody {
    fn fail_if(&self, mood: &AtomicBool) -> io::Result<()> {
        if !mood.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.failures.fetch_add(1, Ordering::Relaxed);
        Err(io::Error::other("bad sector"))
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
        self.memory.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.fail_if(&self.fails_to_sync)
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.fail_if(&self.fails_to_write)?;
        self.memory.write(offset, data)
    }
}

fn on(disk: &Moody, folder: &Path) -> Embedded {
    let (database, state) = tables::open_on(folder, disk.clone()).unwrap();
    Embedded::on(folder, database, state).unwrap()
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
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(tables::FILE), "").unwrap();
    for mood in
        [|disk: &Moody| Arc::clone(&disk.fails_to_sync), |disk: &Moody| Arc::clone(&disk.fails_to_write)]
    {
        let disk = Moody::default();
        let store = on(&disk, folder.path());
        (1..=9).for_each(|seq| drop(store.write(vec![record(seq)]).unwrap()));
        assert!(store.health().unwrap().writable);

        mood(&disk).store(true, Ordering::Relaxed);
        assert!(matches!(store.write(vec![record(10)]), Err(StoreError::Disk(_))));
        mood(&disk).store(false, Ordering::Relaxed);
        let stopped =
            StoreError::Stopped("the disk failed while history was written or read: bad sector".to_owned());
        assert_eq!(store.write(vec![record(11)]), Err(stopped.clone()));
        assert_eq!(store.maintain(Timestamp::from_ms(i64::MAX)), Err(stopped));
        assert_eq!(disk.failures.load(Ordering::Relaxed), 1);
        assert!(!store.health().unwrap().writable);
        assert_eq!(seqs(&store), (1..=9).map(f64::from).collect::<Vec<_>>());

        // The next start finds what was acknowledged; what was not may be there, whole.
        drop(store);
        let store = on(&disk, folder.path());
        let receipt = store.write((1..=10).map(record).collect()).unwrap().remove(0);
        assert_eq!((receipt.hwm, receipt.stored + receipt.duplicates), (10, 10));
        assert!(receipt.stored <= 1);
        assert_eq!(seqs(&store), (1..=10).map(f64::from).collect::<Vec<_>>());
    }
}
