//! The journal: what is durable and not yet handed on to where it is kept. Both homes of history stand on one.
//!
//! ```text
//!   write ──one transaction, one fsync──> log.redb ──look, oldest──> day files, or another database
//!                │                           ^                              │
//!                └──> head (memory)          └─────────── release(C) <──────┘
//! ```
//! What a reader may rely on: every entry of the head is in the snapshot of the log that is taken while the head is
//! held. So new blocks are committed before the head learns of them, and entries that go are taken from the head, in
//! the moment when something else answers for them, before they leave the log.
//!
//! Locks are taken in this order and never twice by one thread: writer, database, head. Who holds a snapshot holds the
//! database, so the writer's lock must not be asked for meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use redb::{Database, ReadOnlyTable, ReadableDatabase};
use vocabulary::HeaterId;

use crate::arrival::{Arrival, Receipt};
use crate::crash_point;
use crate::days::manifest;
use crate::days::parts::Parts;
use crate::error::StoreError;
use crate::form::metric_set::MetricSet;
use crate::log::block::{self, Cell, Header, Origin};
use crate::log::checkpoint;
use crate::log::damage::{Damage, Damaged};
use crate::log::disk::{Cause, Failure};
use crate::log::erased::Erased;
use crate::log::head::{Entry, Head, Totals};
use crate::log::storage::{FOR_READINGS, LogFile, Storage};
use crate::log::tables::{self, LOG, Opened, SummedCatalog, disk};
use crate::log::writer::{Writer, Written};

/// A table of the log as it was at one moment.
pub(crate) type Log = ReadOnlyTable<(u64, u32), &'static [u8]>;

/// The journal of one folder.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    storage: Box<dyn Storage>,
    writer: Mutex<Writer>,
    /// Nothing only when it could not be opened again: see [`Journal::reopen`].
    opened: RwLock<Option<Opened>>,
    head: RwLock<Head>,
    /// Why nothing is written any more, once that is so.
    stopped: Mutex<Option<String>>,
    damage: Damage,
}

/// The log as it was at one moment. Nothing changes the file under it while it is held: not for long, therefore.
pub(crate) struct Snapshot<'a> {
    log: Log,
    _opened: RwLockReadGuard<'a, Option<Opened>>,
}

impl Snapshot<'_> {
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }
}

impl Journal {
    /// Opens the journal in `folder`, or makes it.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::on(folder, Box::new(LogFile))
    }

    /// The same on any storage.
    ///
    /// Redb promises an error for a file that it cannot read, but one with flipped bits can still make it panic.
    pub(crate) fn on(folder: &Path, storage: Box<dyn Storage>) -> Result<Self, StoreError> {
        let guarded = std::panic::AssertUnwindSafe(|| Self::on_sound(folder, storage));
        let opened = std::panic::catch_unwind(guarded);
        opened.unwrap_or_else(|_| Err(tables::unreadable(folder, "its pages contradict each other")))
    }

    fn on_sound(folder: &Path, storage: Box<dyn Storage>) -> Result<Self, StoreError> {
        let opened = storage.open(folder)?;
        let damage = Damage::default();
        let read = rebuild(folder, &opened.database, &damage).and_then(|head| {
            Writer::open(&opened.database, head.catalog.clone()).map(|writer| (head, writer))
        });
        let (head, writer) = read.map_err(|error| opened.blame(folder, error))?;
        Ok(Self {
            folder: folder.to_owned(),
            storage,
            writer: Mutex::new(writer),
            opened: RwLock::new(Some(opened)),
            head: RwLock::new(head),
            stopped: Mutex::default(),
            damage,
        })
    }

    /// Makes a batch durable.
    pub(crate) fn write(&self, batch: &[Arrival]) -> Result<Vec<Receipt>, StoreError> {
        let mut writer = self.writer()?;
        self.make_room(&mut writer, FOR_READINGS)?;
        crash_point::reach("store.before_write");
        let (receipts, written) = self.attempt(|database| writer.write(database, batch))?;
        crash_point::reach("store.after_write");
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

    /// Checks that there is room for a commit; after a commit for which there was none opens the log anew.
    pub(crate) fn make_room(&self, writer: &mut Writer, needed: u64) -> Result<(), StoreError> {
        self.check_room(needed)?;
        if self.is_sound() { Ok(()) } else { self.reopen(writer) }
    }

    /// Whether the log is open and its disk never failed.
    pub(crate) fn is_sound(&self) -> bool {
        self.opened().as_ref().is_some_and(|opened| opened.disk.failure().is_none())
    }

    /// Closes the log and opens it again as it was made durable last. Readers wait meanwhile.
    fn reopen(&self, writer: &mut Writer) -> Result<(), StoreError> {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        // The file is locked until it is closed.
        drop(opened.take());
        let again = self.storage.open(&self.folder)?;
        let head = rebuild(&self.folder, &again.database, &self.damage)?;
        *writer = Writer::open(&again.database, head.catalog.clone())?;
        *self.head_mut() = head;
        let failure = again.disk.failure();
        *opened = Some(again);
        drop(opened);
        match failure {
            Some(failure) => Err(self.judge(failure)),
            None => {
                tracing::info!("there is room on the disk again, and history is written again");
                Ok(())
            }
        }
    }

    /// Does something with the database that ends in a commit. A failure stops all writing, unless the disk was merely
    /// full. Redb may not have noticed it: see [`crate::log::disk`].
    pub(crate) fn attempt<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let opened = self.opened();
        let opened = opened.as_ref().ok_or_else(closed)?;
        let outcome = work(&opened.database);
        if let Some(failure) = opened.disk.failure() {
            return Err(self.judge(failure));
        }
        outcome.inspect_err(|error| self.stop(error))
    }

    /// Does something for which nobody else may hold the database; nothing when somebody does.
    pub(crate) fn change<T: Default>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Ok(mut opened) = self.opened.try_write() else { return Ok(T::default()) };
        let Some(Opened { database, disk }) = opened.as_mut() else { return Err(closed()) };
        let outcome = work(database);
        if let Some(failure) = disk.failure() {
            return Err(self.judge(failure));
        }
        outcome.inspect_err(|error| self.stop(error))
    }

    /// What a failure of the disk means for the caller, and for everything after.
    fn judge(&self, Failure { cause, reason }: Failure) -> StoreError {
        match cause {
            Cause::Full => self.no_space(),
            Cause::Broken => {
                let error = StoreError::Disk(reason);
                self.stop(&error);
                error
            }
        }
    }

    /// Says that there is no room, however much the disk says there is: a quota may leave less.
    pub(crate) fn no_space(&self) -> StoreError {
        match self.check_room(FOR_READINGS) {
            Err(error) => error,
            Ok(()) => {
                let free = self.free_bytes();
                StoreError::NoSpace { free, needed: free.saturating_add(1) }
            }
        }
    }

    /// Writes no more from now on.
    pub(crate) fn stop(&self, error: &StoreError) {
        self.stopped().get_or_insert_with(|| error.to_string());
    }

    fn stopped(&self) -> MutexGuard<'_, Option<String>> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the head know what became durable.
    fn learn(&self, written: Written) {
        let mut head = self.head_mut();
        head.totals = written.totals;
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

    pub(crate) fn opened(&self) -> RwLockReadGuard<'_, Option<Opened>> {
        self.opened.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks something up in the head, with the snapshot of the log that it speaks of.
    pub(crate) fn look<T>(&self, choose: impl FnOnce(&Head) -> T) -> Result<(T, Snapshot<'_>), StoreError> {
        let opened = self.opened();
        let head = self.head();
        let chosen = choose(&head);
        let database = &opened.as_ref().ok_or_else(closed)?.database;
        let log = database.begin_read().map_err(disk)?.open_table(LOG).map_err(disk)?;
        drop(head);
        Ok((chosen, Snapshot { log, _opened: opened }))
    }

    /// Reads all tables as they are at one moment.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&redb::ReadTransaction) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let opened = self.opened();
        let database = &opened.as_ref().ok_or_else(closed)?.database;
        work(&database.begin_read().map_err(disk)?)
    }

    /// The cells of one block, of one metric or of all; none when the block is damaged.
    pub(crate) fn cells(
        &self,
        snapshot: &Snapshot<'_>,
        (commit, heater): (u64, u32),
        metric: Option<u32>,
    ) -> Result<Vec<(Origin, Cell)>, StoreError> {
        let cells = cells(&snapshot.log, (commit, heater), metric)?;
        Ok(cells.unwrap_or_else(|| {
            self.note_damage(Damaged::Block { commit, heater }, 1, heater);
            Vec::new()
        }))
    }

    /// Counts damage, and tells of it the first time.
    pub(crate) fn note_damage(&self, damaged: Damaged, count: u32, heater: u32) {
        let name = self.head().catalog.heater(heater).map(|known| known.id.clone());
        self.damage.note(damaged, count, name.as_ref().map(HeaterId::as_str));
    }

    pub(crate) const fn damage(&self) -> &Damage {
        &self.damage
    }

    /// Why nothing is written at the moment, if that is so.
    pub(crate) fn not_writable_because(&self) -> Option<String> {
        let full = || self.check_room(FOR_READINGS).err().map(|error| error.to_string());
        let failed = || Some(self.opened().as_ref()?.disk.failure()?.reason);
        self.stopped().clone().or_else(full).or_else(failed)
    }

    /// Bytes free on the disk of the folder; 0 when the disk does not say.
    pub(crate) fn free_bytes(&self) -> u64 {
        self.storage.free_bytes(&self.folder).unwrap_or(0)
    }

    pub(crate) fn check_room(&self, needed: u64) -> Result<(), StoreError> {
        self.storage.check_room(&self.folder, needed)
    }

    /// The length of the log's file.
    pub(crate) fn log_bytes(&self) -> Result<u64, StoreError> {
        std::fs::metadata(self.folder.join(tables::FILE)).map(|file| file.len()).map_err(disk)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn closed() -> StoreError {
    StoreError::Stopped("the log could not be opened again".to_owned())
}

/// Reads the heads of all blocks that count, and as many blocks as the last values need.
fn rebuild(folder: &Path, database: &Database, damage: &Damage) -> Result<Head, StoreError> {
    let transaction = database.begin_read().map_err(disk)?;
    let log = transaction.open_table(LOG).map_err(disk)?;
    let SummedCatalog { catalog, sum } = tables::read_catalog(database)?;
    if tables::number(database, tables::CATALOG)?.unwrap_or(0) != sum {
        return Err(tables::unreadable(folder, "its names of heaters, metrics and rooms are damaged"));
    }
    let mut head = Head::new(catalog);
    let note = |damaged, heater, head: &Head| {
        let name = head.catalog.heater(heater).map(|known| known.id.as_str());
        damage.note(damaged, 1, name);
    };
    let mut unreadable = Vec::new();
    let lasts = transaction.open_table(checkpoint::LAST).map_err(disk)?;
    checkpoint::read(&lasts, &mut head, |heater| unreadable.push(Damaged::LastValues { heater }))?;
    let mut metrics: Vec<MetricSet> = Vec::new();
    head.erased = Arc::new(Erased::read(&transaction)?);
    head.parts = Arc::new(Parts::of(folder, manifest::read(&transaction)?));
    head.sealed_through = tables::number(database, tables::SEALED_THROUGH)?;
    let first = head.first_open_commit();
    for row in log.range((first, 0)..).map_err(disk)? {
        let (key, value) = row.map_err(disk)?;
        let (commit, heater) = key.value();
        match Header::read((commit, heater), value.value()) {
            // A heater beyond the catalog cannot be: the two are written in one commit.
            Ok(header) if heater < head.catalog.heater_count() => {
                head.insert(heater, Entry::new(commit, &header));
                if metrics.len() <= heater as usize {
                    metrics.resize_with(heater as usize + 1, MetricSet::default);
                }
                metrics[heater as usize].join(&header.metrics);
            }
            _ => unreadable.push(Damaged::Block { commit, heater }),
        }
    }
    for damaged in unreadable {
        let (Damaged::Block { heater, .. } | Damaged::LastValues { heater }) = damaged else { continue };
        note(damaged, heater, &head);
    }
    let metrics: Vec<Vec<u32>> = metrics.iter().map(|set| set.iter().collect()).collect();
    head.rebuild_lasts(&metrics, |heater, commit| {
        let cells = cells(&log, (commit, heater), None)?;
        Ok::<_, StoreError>(cells.unwrap_or_else(|| {
            damage.note(Damaged::Block { commit, heater }, 1, None);
            Vec::new()
        }))
    })?;
    // What was erased may still lie in the log.
    head.forget_erased();
    head.totals = Totals {
        records: tables::number(database, tables::RECORDS)?.unwrap_or(0),
        last_commit: tables::number(database, tables::NEXT_COMMIT)?.and_then(|next| next.checked_sub(1)),
    };
    Ok(head)
}

/// The cells of a block, of one metric or of all; `None` when the block is damaged.
fn cells(log: &Log, key: (u64, u32), metric: Option<u32>) -> Result<Option<Vec<(Origin, Cell)>>, StoreError> {
    let value = match log.get(key) {
        Ok(Some(value)) => value,
        Ok(None) | Err(redb::StorageError::Corrupted(_)) => return Ok(None),
        Err(error) => return Err(disk(error)),
    };
    let mut cells = Vec::new();
    let read = block::visit(key, value.value(), |origin, cell| {
        if metric.is_none_or(|metric| metric == cell.metric) {
            cells.push((*origin, cell));
        }
    });
    Ok(read.ok().map(|()| cells))
}
