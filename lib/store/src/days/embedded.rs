//! The embedded store: a journal, and day files into which it is sealed.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use vocabulary::Timestamp;

use crate::days::maintenance::Upkeep;
use crate::days::open_files::OpenFiles;
use crate::days::parts;
use crate::days::quarantine;
use crate::days::retention::Retention;
use crate::error::StoreError;
use crate::log::journal::Journal;
use crate::log::storage::{LogFile, Storage};
use crate::question::Health;

/// The store of one folder.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) journal: Journal,
    pub(crate) retention: Retention,
    pub(crate) files: OpenFiles,
    /// Taken by who changes day files, before any lock of the journal.
    upkeep: Mutex<Upkeep>,
    /// Files that may or may not belong to history.
    pub(crate) unclaimed: Mutex<Vec<PathBuf>>,
}

impl Embedded {
    /// Opens the store in `folder`, or makes it.
    pub(crate) fn open(folder: &Path, retention: Retention) -> Result<Self, StoreError> {
        Self::on(folder, Box::new(LogFile), retention)
    }

    /// The same with the log on any storage.
    pub(crate) fn on(
        folder: &Path,
        storage: Box<dyn Storage>,
        retention: Retention,
    ) -> Result<Self, StoreError> {
        let journal = Journal::on(folder, storage)?;
        parts::remove_orphans(folder, &journal.head().parts);
        Ok(Self {
            journal,
            retention,
            files: OpenFiles::default(),
            upkeep: Mutex::default(),
            unclaimed: Mutex::default(),
        })
    }

    /// Waits until nobody else changes day files.
    pub(crate) fn upkeep(&self) -> Result<MutexGuard<'_, Upkeep>, StoreError> {
        self.upkeep.lock().map_err(|_| StoreError::Stopped("tending history panicked".to_owned()))
    }

    /// How the store is.
    pub(crate) fn health(&self) -> Result<Health, StoreError> {
        let log_bytes = self.journal.log_bytes()?;
        let not_writable_because = self.journal.not_writable_because();
        let head = self.journal.head();
        let day_file_bytes = head.parts.bytes();
        Ok(Health {
            records: head.totals.records,
            series: head.series(),
            bytes_on_disk: log_bytes + day_file_bytes,
            log_bytes,
            log_entries: head.entries(),
            parts: head.parts.len(),
            days: head.parts.days(),
            day_file_bytes,
            free_bytes: self.journal.free_bytes(),
            last_commit: head.totals.last_commit,
            newest: head.newest().map(Timestamp::from_ms),
            damaged_blocks: self.journal.damage().count(),
            quarantined: quarantine::count(self.journal.folder()),
            writable: not_writable_because.is_none(),
            not_writable_because,
            forwarding: None,
        })
    }
}
