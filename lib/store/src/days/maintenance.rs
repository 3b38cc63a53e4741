//! What is done once in a while, and what came of it.

use std::path::PathBuf;

use vocabulary::Timestamp;

use crate::days::day::HOUR_MS;
use crate::days::embedded::Embedded;
use crate::days::parts::{self, Part};
use crate::error::StoreError;
use crate::log::storage::{FOR_READINGS, FOR_UPKEEP};

/// What the log holds is sealed when it was there for so long,
const SEAL_AFTER_MS: i64 = HOUR_MS;
/// or when it has more entries than this: each takes 32 bytes of memory, and time when the store is opened.
const MANY_ENTRIES: u64 = 500_000;

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

/// What is remembered between rounds. Who holds it may change day files.
#[derive(Debug, Default)]
pub(crate) struct Upkeep {
    /// The first round that saw what the log holds: its commit, and when that was.
    waiting: Option<(u64, i64)>,
}

impl Embedded {
    /// Does what is due.
    pub(crate) fn maintain(&self, now: Timestamp) -> Result<Maintenance, StoreError> {
        let mut upkeep = self.upkeep()?;
        let is_due = self.is_seal_due(&mut upkeep, now.ms());
        self.tend(now, is_due)
    }

    /// Does what is due, and seals whatever the log holds.
    pub(crate) fn seal(&self, now: Timestamp) -> Result<Maintenance, StoreError> {
        let _upkeep = self.upkeep()?;
        self.tend(now, true)
    }

    fn tend(&self, now: Timestamp, seal: bool) -> Result<Maintenance, StoreError> {
        drop(self.journal.writer()?);
        self.remove_unclaimed();
        let mut done = Maintenance::default();
        match self.tend_all(now, seal, &mut done) {
            // What needs room comes later, when there is some; retiring, which makes some, came first.
            Err(StoreError::NoSpace { .. }) => done.postponed = true,
            outcome => outcome?,
        }
        Ok(done)
    }

    fn tend_all(&self, now: Timestamp, seal: bool, done: &mut Maintenance) -> Result<(), StoreError> {
        done.retired_parts = self.retire(now)?;
        self.journal.check_room(FOR_UPKEEP)?;
        self.journal.delete_released()?;
        self.sweep_erased(now.ms())?;
        if seal {
            let sealed = self.seal_log(now.ms())?;
            (done.sealed_entries, done.sealed_cells) = (sealed.entries, sealed.cells);
            done.forgotten_boots = self.journal.forget_boots()?;
        }
        done.merged_parts = self.merge_parts(now.ms())?;
        done.compacted = self.journal.compact()?;
        Ok(())
    }

    /// Whether what the log holds has waited for long, is much, or takes room that is needed: day files are much smaller.
    fn is_seal_due(&self, upkeep: &mut Upkeep, now_ms: i64) -> bool {
        let head = self.journal.head();
        let newest = head.totals.last_commit.filter(|last| *last >= head.first_open_commit());
        let Some(newest) = newest else {
            upkeep.waiting = None;
            return false;
        };
        let (seen, since) = *upkeep.waiting.get_or_insert((newest, now_ms));
        if seen < head.first_open_commit() {
            // What was seen then was sealed meanwhile.
            upkeep.waiting = Some((newest, now_ms));
            return false;
        }
        // A clock that was set back must not put it off for ever.
        let waited = now_ms.saturating_sub(since);
        let is_room_short = self.journal.check_room(FOR_READINGS).is_err();
        !(0..SEAL_AFTER_MS).contains(&waited) || head.entries() > MANY_ENTRIES || is_room_short
    }

    /// The outcome of writing day files. With a full disk they come later; any other failure is the last.
    pub(crate) fn written<T>(&self, outcome: std::io::Result<T>) -> Result<T, StoreError> {
        outcome.map_err(|error| {
            if crate::log::disk::is_full(&error) {
                return self.journal.no_space();
            }
            let error = crate::log::tables::disk(error);
            self.journal.stop(&error);
            error
        })
    }

    /// Takes note of files whose transaction failed. It may be on disk all the same, so they stay until that is known.
    pub(crate) fn unclaimed(&self, files: Vec<PathBuf>) {
        self.unclaimed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(files);
    }

    /// Removes those of them that do not belong to history, once the log says what does.
    fn remove_unclaimed(&self) {
        if !self.journal.is_sound() {
            return;
        }
        let files =
            std::mem::take(&mut *self.unclaimed.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let known = std::sync::Arc::clone(&self.journal.head().parts);
        for file in files {
            if !known.iter().flat_map(Part::files).any(|known| known.path() == file) {
                parts::remove_orphan(&file);
            }
        }
    }
}
