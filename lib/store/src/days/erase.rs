//! Erasing: what tells of the people in a room goes off the disk.
//!
//! ```text
//!   mark ──one transaction──> no question is answered from it, nothing of it is stored any more
//!   seal ───────────────────> the log lets go of it, and day files take up the rest
//!   each part that holds any of it ──written anew without it──one transaction──> the old files go
//!   unmark as unswept, last values written anew ──one transaction──> done
//! ```
//! A crash between any two steps leaves the mark, and the sweep begins anew with the next round of maintenance. Damaged
//! bytes, which nothing else throws away, go where they may hold what is to be erased: nobody can tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use vocabulary::{RetentionClass, Timestamp};

use crate::crash_point;
use crate::days::day::{self, HOUR_MS};
use crate::days::embedded::Embedded;
use crate::days::manifest;
use crate::days::part_writer::{self, PartWriter};
use crate::days::parts::{Fate, Part};
use crate::days::quarantine;
use crate::days::seal;
use crate::days::segment::{RollUp, Segment};
use crate::erasure::Erasure;
use crate::error::StoreError;
use crate::log::block::Row;
use crate::log::checkpoint;
use crate::log::erased::Spans;
use crate::log::head::Head;
use crate::log::journal::Journal;
use crate::log::storage::FOR_UPKEEP;
use crate::log::tables::disk;
use crate::log::writer;

/// Heaters by number, and what is to go of each.
type Gone = BTreeMap<u32, Spans>;

impl Journal {
    /// Makes it durable that something is erased; false when it was so already. From now on no question is answered from it.
    pub(crate) fn mark_erased(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        let mut writer = self.writer()?;
        self.make_room(&mut writer, FOR_UPKEEP)?;
        let Some(erased) = self.head().erased.with(erasure).map(Arc::new) else { return Ok(false) };
        self.attempt(|database| {
            let transaction = writer::begin(database)?;
            erased.write(&transaction)?;
            transaction.commit().map_err(disk)
        })?;
        crash_point::reach("store.erasure_marked");
        writer.set_erased(Arc::clone(&erased));
        let mut head = self.head_mut();
        head.erased = erased;
        head.forget_erased();
        Ok(true)
    }

    /// Notes that all that is marked has gone from the disk. `heaters` are those whose last values may have been of it.
    pub(crate) fn mark_swept(&self, heaters: &[u32]) -> Result<(), StoreError> {
        let swept = Arc::new(self.head().erased.swept());
        self.commit_beside(
            |transaction| {
                checkpoint::write(transaction, &self.head(), heaters)?;
                swept.write(transaction)
            },
            |head| head.erased = Arc::clone(&swept),
        )
    }
}

impl Embedded {
    /// Erases what tells of the people in a room. When this returns it is gone from the files, too.
    pub(crate) fn erase(&self, erasure: &Erasure, now: Timestamp) -> Result<(), StoreError> {
        let _upkeep = self.upkeep()?;
        self.journal.mark_erased(erasure)?;
        self.sweep_erased(now.ms())
    }

    /// Takes off the disk what is marked as erased. To be called by who holds the upkeep.
    pub(crate) fn sweep_erased(&self, now_ms: i64) -> Result<(), StoreError> {
        if self.journal.head().erased.unswept().next().is_none() {
            return Ok(());
        }
        self.seal_log(now_ms)?;
        let gone = gone(&self.journal.head());
        let parts = Arc::clone(&self.journal.head().parts);
        for part in parts.iter().filter(|part| part.id.class == RetentionClass::People) {
            let of_part = within(part, &gone);
            if !of_part.is_empty() {
                self.sweep_part(part, &of_part)?;
            }
        }
        drop(parts);
        self.sweep_quarantine(&gone)?;
        crash_point::reach("store.erasure_swept");
        self.journal.mark_swept(&gone.keys().copied().collect::<Vec<_>>())
    }

    /// Replaces a part by one without what is to go, if any of it is there.
    fn sweep_part(&self, part: &Part, gone: &Gone) -> Result<(), StoreError> {
        let segment = match &part.full {
            Some(file) => self.usable(file, self.files.segment(file))?,
            None => None,
        };
        let roll_up = match &part.roll_up {
            Some(file) => self.usable(file, self.files.roll_up(file))?,
            None => None,
        };
        // A file that does not open may hold anything.
        let is_unreadable =
            (part.full.is_some() && segment.is_none()) || (part.roll_up.is_some() && roll_up.is_none());
        if !is_unreadable && !holds_any(segment.as_deref(), roll_up.as_deref(), gone).map_err(disk)? {
            return Ok(());
        }
        let new = match segment {
            Some(segment) => self.written(write_readings(self, part, &segment, gone))?,
            None => None,
        };
        let new = match (new, roll_up) {
            (None, Some(roll_up)) => self.written(write_hours(self, part, &roll_up, gone))?,
            (new, _) => new,
        };
        crash_point::reach("store.during_erasure");
        self.replace(part, new)
    }

    fn replace(&self, old: &Part, new: Option<Part>) -> Result<(), StoreError> {
        let rows: Vec<_> = new.iter().map(|part| (part.id, part.info)).collect();
        let files = new.iter().flat_map(Part::files).map(|file| file.path().to_owned()).collect();
        let outcome = self.journal.commit_beside(
            |transaction| {
                manifest::remove(transaction, &[old.id])?;
                manifest::put(transaction, &rows)
            },
            |head| {
                seal::change(head, |parts| {
                    parts.remove(old.id);
                    new.into_iter().for_each(|part| parts.insert(part));
                });
            },
        );
        outcome.inspect_err(|_| self.unclaimed(files))?;
        self.put_away(old, Fate::Remove);
        Ok(())
    }

    /// Removes what was put aside because it was damaged, where it may hold what is to go.
    fn sweep_quarantine(&self, gone: &Gone) -> Result<(), StoreError> {
        let people = manifest::class_name(RetentionClass::People);
        let may_hold = |name: &str| {
            let of_heater =
                |heater: &u32| name.starts_with("log-") && name.ends_with(&format!("-{heater}.block"));
            name.split('.').any(|word| word == people) || gone.keys().any(of_heater)
        };
        quarantine::remove(self.journal.folder(), may_hold).map_err(disk)
    }
}

/// What is marked and not swept, by the heaters that stood there.
fn gone(head: &Head) -> Gone {
    let mut gone = Gone::new();
    for (site, room, span) in head.erased.unswept() {
        for stay in head.catalog.stays(site, room, span.from, span.to) {
            gone.entry(stay.heater).or_default().add(stay.from, stay.to);
        }
    }
    gone
}

/// What of it can lie in a part. An hour counts as a whole.
fn within(part: &Part, gone: &Gone) -> Gone {
    let (first, end) =
        (part.info.ts_min, part.info.ts_max.saturating_add(HOUR_MS).min(day::end_ms(part.id.day)));
    let first = first.saturating_sub(first.rem_euclid(HOUR_MS));
    let meets = gone.iter().filter(|(_, spans)| spans.meet(first, end));
    meets.map(|(&heater, spans)| (heater, spans.clone())).collect()
}

/// Whether files hold anything of what is to go. Damaged bytes may.
fn holds_any(segment: Option<&Segment>, roll_up: Option<&RollUp>, gone: &Gone) -> std::io::Result<bool> {
    for (&heater, spans) in gone {
        let Some(segment) = segment else { break };
        let mut found = false;
        let visited =
            segment.visit(heater, None, i64::MIN, i64::MAX, |_, cell| found |= spans.contains(cell.ts))?;
        if found || visited.damaged_chunks > 0 {
            return Ok(true);
        }
    }
    let Some(roll_up) = roll_up else { return Ok(false) };
    let heaters: Vec<u32> = gone.keys().copied().collect();
    let mut found = false;
    for metric in roll_up.metrics() {
        let touch = |heater, begin, _| found |= !keeps_hour(gone, heater, begin);
        if roll_up.visit(metric, &heaters, touch)?.damaged_chunks > 0 {
            return Ok(true);
        }
    }
    Ok(found)
}

/// Whether an hour of a heater stays: a sum cannot be divided, so it goes with the smallest part of it.
fn keeps_hour(gone: &Gone, heater: u32, begin: i64) -> bool {
    gone.get(&heater).is_none_or(|spans| !spans.meet(begin, begin.saturating_add(HOUR_MS)))
}

/// Writes all readings of a part that stay, with their hours; nothing when none does.
fn write_readings(
    store: &Embedded,
    part: &Part,
    segment: &Segment,
    gone: &Gone,
) -> std::io::Result<Option<Part>> {
    let id = manifest::PartId { generation: store.next_generation(part.id.day), ..part.id };
    let mut writer = PartWriter::create(store.journal.folder(), id)?;
    let mut is_empty = true;
    for heater in segment.heaters() {
        let mut rows: Vec<Row> = segment.rows(heater)?.rows;
        if let Some(spans) = gone.get(&heater) {
            rows.iter_mut().for_each(|row| row.cells.retain(|cell| !spans.contains(cell.ts)));
            rows.retain(|row| !row.cells.is_empty());
        }
        if !rows.is_empty() {
            writer.heater(heater, &rows)?;
            is_empty = false;
        }
    }
    if is_empty { Ok(None) } else { writer.finish(part.info.arrived_ms).map(Some) }
}

/// Writes the hours of a part that stay, where its readings are not kept any more; nothing when none does.
fn write_hours(
    store: &Embedded,
    part: &Part,
    roll_up: &RollUp,
    gone: &Gone,
) -> std::io::Result<Option<Part>> {
    let id = manifest::PartId { generation: store.next_generation(part.id.day), ..part.id };
    let info = manifest::PartInfo { full: false, ..part.info };
    part_writer::write_hours(store.journal.folder(), (id, info), roll_up, |heater, begin| {
        keeps_hour(gone, heater, begin)
    })
}

#[cfg(test)]
mod tests;
