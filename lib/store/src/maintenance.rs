//! What is done once in a while, and what came of it.

use vocabulary::Timestamp;

use crate::embedded::Embedded;
use crate::error::StoreError;

/// What one round of maintenance did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// Log entries that were sealed into day files.
    pub sealed_entries: u64,
    /// Readings in them.
    pub sealed_cells: u64,
    /// Parts that were merged into others.
    pub merged_parts: u64,
    /// Parts, or the full readings of parts, that were removed because they were kept long enough.
    pub retired_parts: u64,
    /// Boots whose cursors were given up.
    pub forgotten_boots: u64,
    /// Whether the log's file was made smaller.
    pub compacted: bool,
    /// Whether something is due and waits for room on the disk.
    pub postponed: bool,
}

impl Embedded {
    /// Does what is due.
    pub(crate) fn maintain(&self, _now: Timestamp) -> Result<Maintenance, StoreError> {
        self.journal.delete_released()?;
        let forgotten_boots = self.journal.forget_boots()?;
        let compacted = self.journal.compact()?;
        Ok(Maintenance { forgotten_boots, compacted, ..Maintenance::default() })
    }

    /// Seals everything at once.
    pub(crate) fn seal(&self, now: Timestamp) -> Result<Maintenance, StoreError> {
        self.maintain(now)
    }
}
