//! The hourly merge: the many small blocks of an hour that is over become one per heater.
//!
//! Live records arrive one by one, so the log grows by an entry per record. One transaction writes the merged block and
//! removes the small ones: a crash leaves either those or this, never both, never neither.

use std::collections::{BTreeMap, HashSet};

use redb::{ReadableTable, Table};
use vocabulary::Timestamp;

use crate::block::{self, Row};
use crate::embedded::Embedded;
use crate::error::StoreError;
use crate::head::{Entry, Head};
use crate::tables::{LOG, disk};
use crate::writer;

const HOUR_MS: i64 = 3_600_000;
/// An hour is left alone until stragglers should have come.
const GRACE_MS: i64 = 10 * 60_000;
/// Fewer blocks than this are not worth writing again.
const MIN_BLOCKS: usize = 8;
/// So many blocks go into one transaction, to keep waiting writers waiting for less than a second.
const BLOCKS_PER_COMMIT: usize = 20_000;

/// The blocks of one heater's hour.
struct Hour {
    heater: u32,
    entries: Vec<Entry>,
}

/// What was taken out of the log.
struct Taken {
    gone: HashSet<u64>,
    rows: Vec<Row>,
}

/// What became of an hour: which blocks went, and which came instead.
struct Merged {
    heater: u32,
    gone: HashSet<u64>,
    entry: Entry,
}

impl Embedded {
    /// Merges the hours that are over; returns how many entries the log has fewer.
    pub(crate) fn maintain(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut fewer = 0;
        loop {
            let hours = due(&self.head(), now.ms());
            if hours.is_empty() {
                return Ok(fewer);
            }
            let merged = self.merge(&hours)?;
            if merged == 0 {
                // Only damaged blocks are left of these hours.
                return Ok(fewer);
            }
            fewer += merged;
        }
    }

    fn merge(&self, hours: &[Hour]) -> Result<u64, StoreError> {
        let mut writer = self.writer()?;
        let transaction = self.watch(writer::begin(self.database()))?;
        let mut merged = Vec::new();
        {
            let mut log = self.watch(transaction.open_table(LOG).map_err(disk))?;
            for hour in hours {
                let Some(Taken { gone, rows }) = self.watch(self.take(&mut log, hour))? else { continue };
                let commit = writer.take_commit();
                let (header, bytes) = block::encode(&rows);
                self.watch(log.insert((commit, hour.heater), bytes.as_slice()).map_err(disk))?;
                merged.push(Merged { heater: hour.heater, gone, entry: Entry::new(commit, &header) });
            }
        }
        // Readers must not look for blocks that are gone: see `embedded`.
        let mut head = self.head_mut();
        self.watch(transaction.commit().map_err(disk))?;
        let mut fewer = 0;
        for Merged { heater, gone, entry } in merged {
            head.remove(heater, &gone);
            head.insert(heater, entry);
            fewer += gone.len() as u64 - 1;
        }
        Ok(fewer)
    }

    /// Takes the blocks of an hour out of the log, except damaged ones; nothing when too few are left.
    fn take(
        &self,
        log: &mut Table<'_, (u64, u32), &'static [u8]>,
        hour: &Hour,
    ) -> Result<Option<Taken>, StoreError> {
        let mut gone = HashSet::new();
        let mut rows = Vec::new();
        for entry in &hour.entries {
            let value = log.get((entry.commit, hour.heater)).map_err(disk)?;
            match value.map(|value| block::decode(value.value())) {
                Some(Ok(decoded)) => {
                    gone.insert(entry.commit);
                    rows.extend(decoded);
                }
                _ => self.damage(entry.commit, hour.heater),
            }
        }
        if gone.len() < MIN_BLOCKS {
            return Ok(None);
        }
        for commit in &gone {
            log.remove((*commit, hour.heater)).map_err(disk)?;
        }
        // A heater's own order keeps the rows of a record together and the differences between rows small.
        rows.sort_by_key(|row| row.origin);
        Ok(Some(Taken { gone, rows }))
    }
}

/// The hours worth merging, as many as fit into one transaction.
fn due(head: &Head, now: i64) -> Vec<Hour> {
    let mut hours = Vec::new();
    let mut blocks = 0;
    for heater in 0..head.catalog.heater_count() {
        let Some(known) = head.heater(heater) else { continue };
        let mut by_hour: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
        for entry in known.entries() {
            if let Some(hour) = whole_hour(entry, now) {
                by_hour.entry(hour).or_default().push(*entry);
            }
        }
        for entries in by_hour.into_values().filter(|entries| entries.len() >= MIN_BLOCKS) {
            blocks += entries.len();
            hours.push(Hour { heater, entries });
            if blocks >= BLOCKS_PER_COMMIT {
                return hours;
            }
        }
    }
    hours
}

/// The hour in which all of a block lies, if that hour is over.
fn whole_hour(entry: &Entry, now: i64) -> Option<i64> {
    let hour = entry.ts_min.div_euclid(HOUR_MS);
    let over = hour.checked_add(1)?.checked_mul(HOUR_MS)?.checked_add(GRACE_MS)? <= now;
    (over && entry.ts_max().div_euclid(HOUR_MS) == hour).then_some(hour)
}
