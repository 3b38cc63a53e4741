//! The embedded store: the log on disk, the head in memory, one writer, any number of readers.
//!
//! What a reader may rely on: every entry of the head is in the snapshot of the log that is taken while the head is
//! held. So new blocks are committed before the head learns of them, and blocks that go (a merge) are removed while the
//! head is held alone.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{Database, ReadOnlyTable, ReadableDatabase, ReadableTable};
use vocabulary::Timestamp;

use crate::arrival::{Arrival, Receipt};
use crate::block::{self, Cell, Header, Origin};
use crate::bytes::Damaged;
use crate::disk::DiskState;
use crate::error::StoreError;
use crate::head::{Entry, Head};
use crate::metric_set::MetricSet;
use crate::question::Health;
use crate::tables::{self, LOG, disk};
use crate::writer::{Writer, Written};

/// A snapshot of the log.
pub(crate) type Log = ReadOnlyTable<(u64, u32), &'static [u8]>;

/// The store of one folder.
#[derive(Debug)]
pub(crate) struct Embedded {
    folder: PathBuf,
    database: Database,
    disk: DiskState,
    writer: Mutex<Writer>,
    head: RwLock<Head>,
    /// Why nothing is written any more, once that is so.
    stopped: Mutex<Option<String>>,
    /// Keys of blocks that could not be read.
    damaged: Mutex<HashSet<(u64, u32)>>,
}

impl Embedded {
    /// Opens the store in `folder`, or makes it.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let (database, disk) = tables::open(folder)?;
        Self::on(folder, database, disk)
    }

    /// The store on an open database.
    pub(crate) fn on(folder: &Path, database: Database, disk: DiskState) -> Result<Self, StoreError> {
        let catalog = tables::read_catalog(&database)?;
        let store = Self {
            folder: folder.to_owned(),
            database,
            disk,
            writer: Mutex::new(Writer::new(catalog.clone())),
            head: RwLock::new(Head::new(catalog)),
            stopped: Mutex::default(),
            damaged: Mutex::default(),
        };
        store.rebuild()?;
        Ok(store)
    }

    /// Reads the heads of all blocks, and as many blocks as the last values need.
    fn rebuild(&self) -> Result<(), StoreError> {
        let log = self.log()?;
        let mut head = self.head_mut();
        let mut metrics: Vec<MetricSet> = Vec::new();
        let mut next_commit = 0;
        for row in log.iter().map_err(disk)? {
            let (key, value) = row.map_err(disk)?;
            let (commit, heater) = key.value();
            next_commit = commit + 1;
            match Header::read(value.value()) {
                // A heater beyond the catalog cannot be: the two are written in one commit.
                Ok(header) if heater < head.catalog.heater_count() => {
                    head.insert(heater, Entry::new(commit, &header));
                    if metrics.len() <= heater as usize {
                        metrics.resize_with(heater as usize + 1, MetricSet::default);
                    }
                    metrics[heater as usize].join(&header.metrics);
                }
                _ => self.damage(commit, heater),
            }
        }
        let metrics: Vec<Vec<u32>> = metrics.iter().map(|set| set.iter().collect()).collect();
        head.rebuild_lasts(&metrics, |heater, commit| self.cells(&log, (commit, heater), None))?;
        self.writer()?.start_at(next_commit);
        Ok(())
    }

    /// Makes a batch durable.
    pub(crate) fn write(&self, batch: Vec<Arrival>) -> Result<Vec<Receipt>, StoreError> {
        let mut writer = self.writer()?;
        let (receipts, written) = self.watch(writer.write(&self.database, batch))?;
        self.learn(written);
        Ok(receipts)
    }

    /// The writer, unless nothing is written any more.
    pub(crate) fn writer(&self) -> Result<MutexGuard<'_, Writer>, StoreError> {
        let writer = self.writer.lock().map_err(|_| StoreError::Stopped("the writer panicked".to_owned()))?;
        match self.stopped().clone() {
            Some(reason) => Err(StoreError::Stopped(reason)),
            None => Ok(writer),
        }
    }

    /// Passes on what became of a commit, and stops all writing when it failed. Redb may not have noticed: see
    /// [`crate::disk`].
    pub(crate) fn watch<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let outcome = match self.disk.failure() {
            Some(reason) => Err(StoreError::Disk(reason)),
            None => outcome,
        };
        if let Err(error) = &outcome {
            *self.stopped() = Some(error.to_string());
        }
        outcome
    }

    fn stopped(&self) -> MutexGuard<'_, Option<String>> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the head know what became durable.
    fn learn(&self, written: Written) {
        let mut head = self.head_mut();
        written.changes.iter().for_each(|change| head.catalog.apply(change));
        for new in written.blocks {
            head.insert(new.heater, Entry::new(new.commit, &new.header));
            let heater = head.heater_mut(new.heater);
            for row in &new.rows {
                row.cells.iter().for_each(|cell| heater.observe(&row.origin, cell));
            }
        }
    }

    /// The head, to read. It is held only as long as it takes to look up, never while blocks are read.
    pub(crate) fn head(&self) -> RwLockReadGuard<'_, Head> {
        self.head.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn head_mut(&self) -> RwLockWriteGuard<'_, Head> {
        self.head.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    /// A snapshot of the log.
    pub(crate) fn log(&self) -> Result<Log, StoreError> {
        self.database.begin_read().map_err(disk)?.open_table(LOG).map_err(disk)
    }

    /// The cells of one block, of one metric or of all; none when the block is damaged.
    pub(crate) fn cells(
        &self,
        log: &Log,
        (commit, heater): (u64, u32),
        metric: Option<u32>,
    ) -> Result<Vec<(Origin, Cell)>, StoreError> {
        let value = match log.get((commit, heater)) {
            Ok(value) => value,
            Err(redb::StorageError::Corrupted(_)) => None,
            Err(error) => return Err(disk(error)),
        };
        let mut cells = Vec::new();
        let read = value.ok_or(Damaged).and_then(|value| {
            block::visit(value.value(), |origin, cell| {
                if metric.is_none_or(|metric| metric == cell.metric) {
                    cells.push((*origin, cell));
                }
            })
        });
        if read.is_err() {
            self.damage(commit, heater);
            cells.clear();
        }
        Ok(cells)
    }

    /// Counts a damaged block, and tells of it the first time.
    pub(crate) fn damage(&self, commit: u64, heater: u32) {
        if self.damaged().insert((commit, heater)) {
            tracing::error!(
                commit,
                heater,
                "a block of history is damaged and left out; the rest is readable"
            );
        }
    }

    fn damaged(&self) -> MutexGuard<'_, HashSet<(u64, u32)>> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the store is.
    pub(crate) fn health(&self) -> Result<Health, StoreError> {
        let bytes_on_disk = std::fs::metadata(self.folder.join(tables::FILE)).map_err(disk)?.len();
        let head = self.head();
        Ok(Health {
            records: head.records(),
            series: head.series(),
            bytes_on_disk,
            log_entries: head.entries(),
            last_commit: head.last_commit(),
            newest: head.newest().map(Timestamp::from_ms),
            damaged_blocks: self.damaged().len() as u64,
            writable: self.stopped().is_none(),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}
