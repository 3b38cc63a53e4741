//! The story of a power cut: what was not synced is on the disk in part, in any order, torn at any sector.
//!
//! `HYPOCAUST_TEST_SEED` repeats one run, `HYPOCAUST_TEST_CUTS` asks for more cuts.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

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

#[path = "../../tests/fixture/chance.rs"]
mod chance;

use chance::{Chance, asked};

/// A disk writes a sector whole or not at all.
const SECTOR: usize = 512;

/// What was asked of the disk since the last sync.
#[derive(Debug)]
enum Step {
    Resize(u64),
    Write(u64, Vec<u8>),
}

#[derive(Debug, Default)]
struct Platters {
    /// What a power cut cannot take.
    durable: InMemoryBackend,
    /// What readers see: everything, until the power goes.
    cached: InMemoryBackend,
    pending: Vec<Step>,
    /// From here on nothing reaches the disk any more.
    is_dark: bool,
    /// Steps until the power goes by itself; 0 for never.
    steps_left: u64,
}

impl Platters {
    fn take(&mut self, step: Step) -> io::Result<()> {
        match &step {
            Step::Resize(len) => self.cached.set_len(*len)?,
            Step::Write(offset, data) => self.cached.write(*offset, data)?,
        }
        if self.is_dark {
            return Ok(());
        }
        self.pending.push(step);
        self.count_down();
        Ok(())
    }

    fn count_down(&mut self) {
        if self.steps_left > 0 {
            self.steps_left -= 1;
            self.is_dark = self.steps_left == 0;
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        // A sync that the power cut off never answered; here it answers, and the test forgets what it said.
        if self.is_dark {
            return Ok(());
        }
        for step in std::mem::take(&mut self.pending) {
            apply(&self.durable, &step, |_| true)?;
        }
        self.count_down();
        Ok(())
    }
}

/// Does a step on the durable disk, of a write only those sectors that are wanted.
fn apply(disk: &InMemoryBackend, step: &Step, mut wanted: impl FnMut(usize) -> bool) -> io::Result<()> {
    match step {
        Step::Resize(len) => disk.set_len(*len),
        Step::Write(offset, data) => {
            for (at, sector) in data.chunks(SECTOR).enumerate() {
                let offset = offset + (at * SECTOR) as u64;
                if wanted(at) && offset + sector.len() as u64 <= disk.len()? {
                    disk.write(offset, sector)?;
                }
            }
            Ok(())
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Mains(Arc<Mutex<Platters>>);

impl Mains {
    fn with<T>(&self, act: impl FnOnce(&mut Platters) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// The disk as it is found when the power is back: any part of what was not synced may be on it.
    fn after_the_cut(&self, chance: &mut Chance) -> Self {
        self.with(|platters| {
            for step in std::mem::take(&mut platters.pending) {
                let kept = chance.below(4);
                apply(&platters.durable, &step, |_| kept == 0 || (kept == 1 && chance.below(2) == 0))
                    .unwrap();
            }
            let found = Self::default();
            let mut bytes = vec![0; platters.durable.len().unwrap() as usize];
            platters.durable.read(0, &mut bytes).unwrap();
            found.with(|new| {
                for disk in [&new.durable, &new.cached] {
                    disk.set_len(bytes.len() as u64).unwrap();
                    disk.write(0, &bytes).unwrap();
                }
            });
            found
        })
    }
}

impl StorageBackend for Mains {
    fn len(&self) -> io::Result<u64> {
        self.with(|platters| platters.cached.len())
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.with(|platters| platters.cached.read(offset, out))
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.with(|platters| platters.take(Step::Resize(len)))
    }
    fn sync_data(&self) -> io::Result<()> {
        self.with(Platters::sync)
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.with(|platters| platters.take(Step::Write(offset, data.to_vec())))
    }
}

impl Storage for Mains {
    fn open(&self, folder: &Path) -> Result<Opened, StoreError> {
        tables::open_on(folder, self.clone())
    }
    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        Ok(1 << 40)
    }
}

fn record(seq: u64) -> Arrival {
    let sample = StoredSample {
        ts: Timestamp::from_ms(seq as i64),
        metric: Metric::PowerW,
        reading: Reading::Value(seq as f64),
        quality: Quality::Good,
    };
    Arrival {
        site: SiteId::new("s").unwrap(),
        heater: HeaterId::new("h").unwrap(),
        room: None,
        boot: BootId::from_bits(1),
        bn: 1,
        seq,
        low: 1,
        late: false,
        samples: vec![sample],
    }
}

fn seqs(store: &Embedded) -> Vec<u64> {
    let selector = Selector { site: SiteId::new("s").unwrap(), place: Place::Site, metric: Metric::PowerW };
    let points = store.range(&selector, Timestamp::from_ms(0), Timestamp::from_ms(i64::MAX), usize::MAX);
    points.unwrap().iter().map(|point| point.value.unwrap() as u64).collect()
}

#[test]
fn what_was_acknowledged_survives_a_power_cut_at_any_step() {
    let mut chance = Chance::from_environment();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(tables::FILE), "").unwrap();
    let mut disk = Mains::default();
    let (mut acknowledged, mut next, mut amid) = (0_u64, 1_u64, 0);
    for cut in 0..asked("HYPOCAUST_TEST_CUTS").unwrap_or(1_000) {
        let store = Embedded::on(folder.path(), Box::new(disk.clone()), Retention::default())
            .unwrap_or_else(|error| panic!("after cut {cut}: {error}"));
        let there = seqs(&store);
        assert_eq!(there, (1..=there.len() as u64).collect::<Vec<_>>(), "each once and in order, cut {cut}");
        assert!(
            there.len() as u64 >= acknowledged,
            "cut {cut}: {acknowledged} acknowledged, {} there",
            there.len()
        );
        // The first cut is late enough for a file to be there at all.
        disk.with(|platters| platters.steps_left = 1 + chance.below(60));
        while !disk.with(|platters| platters.is_dark) {
            let from = next.saturating_sub(chance.below(3)).max(1);
            next = (acknowledged + 1).max(next) + chance.below(5);
            let receipts = store.journal.write(&(from..=next).map(record).collect::<Vec<_>>()).unwrap();
            if !disk.with(|platters| platters.is_dark) {
                acknowledged = receipts[0].hwm;
            } else {
                amid += 1;
            }
        }
        next = acknowledged + 1;
        let found = disk.after_the_cut(&mut chance);
        // What the dying process still writes reaches no disk.
        drop(store);
        disk = found;
    }
    assert!(acknowledged > 100 && amid > 0, "{acknowledged} acknowledged, {amid} cuts amid a commit");
}
