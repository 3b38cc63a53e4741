//! The embedded store: a journal, and day files into which it is sealed.

use std::path::Path;

use vocabulary::Timestamp;

use crate::error::StoreError;
use crate::journal::Journal;
use crate::quarantine;
use crate::question::Health;
use crate::retention::Retention;
use crate::storage::{LogFile, Storage};

/// The store of one folder.
#[derive(Debug)]
pub(crate) struct Embedded {
    pub(crate) journal: Journal,
    retention: Retention,
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
        Ok(Self { journal, retention })
    }

    /// How the store is.
    pub(crate) fn health(&self) -> Result<Health, StoreError> {
        let log_bytes = self.journal.log_bytes()?;
        let not_writable_because = self.journal.not_writable_because();
        let head = self.journal.head();
        Ok(Health {
            records: head.totals.records,
            series: head.series(),
            bytes_on_disk: log_bytes,
            log_bytes,
            log_entries: head.entries(),
            parts: 0,
            days: 0,
            day_file_bytes: 0,
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
