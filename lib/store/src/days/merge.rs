//! Merging: the parts of a day and class become one, when there are many or the day is over and quiet.
//!
//! New files first, then one transaction that names them instead of the old ones, then the old ones go. What is damaged
//! is never thrown away: its file goes to the quarantine, and what can be read of it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vocabulary::RetentionClass;

use crate::crash_point;
use crate::days::day::{self, HOUR_MS};
use crate::days::embedded::Embedded;
use crate::days::manifest::{self, PartId};
use crate::days::part_writer::PartWriter;
use crate::days::parts::{Fate, Part, Parts};
use crate::days::seal;
use crate::days::segment::{RollUp, Segment, Visited};
use crate::error::StoreError;
use crate::log::block::Row;

/// More parts of a day and class are merged at once: a question opens each of them.
const MANY_PARTS: usize = 8;
/// A day that is over is merged when nothing of it has come for this long.
const QUIET_MS: i64 = 2 * HOUR_MS;

/// A part to be merged, open.
struct Input {
    part: Part,
    segment: Arc<Segment>,
    is_damaged: bool,
}

impl Embedded {
    /// Merges what is due; returns how many parts went.
    pub(crate) fn merge_parts(&self, now_ms: i64) -> Result<u64, StoreError> {
        let due = due(&self.journal.head().parts, now_ms);
        due.into_iter().try_fold(0, |merged, parts| self.merge(parts).map(|more| merged + more))
    }

    fn merge(&self, olds: Vec<Part>) -> Result<u64, StoreError> {
        let mut inputs = Vec::new();
        for part in olds {
            match self.input(&part)? {
                Some(segment) => inputs.push(Input { part, segment, is_damaged: false }),
                None => self.give_up_full(&part)?,
            }
        }
        if inputs.len() < 2 {
            return Ok(0);
        }
        let new = self.write_merged(&mut inputs)?;
        crash_point::reach("store.during_merge");
        let gone: Vec<PartId> = inputs.iter().map(|input| input.part.id).collect();
        let row = (new.id, new.info);
        let files = new.files().map(|file| file.path().to_owned()).collect();
        let outcome = self.journal.commit_beside(
            |transaction| {
                manifest::remove(transaction, &gone)?;
                manifest::put(transaction, &[row])
            },
            |head| {
                seal::change(head, |parts| {
                    gone.iter().for_each(|id| drop(parts.remove(*id)));
                    parts.insert(new);
                });
            },
        );
        outcome.inspect_err(|_| self.unclaimed(files))?;
        for Input { part, is_damaged, .. } in &inputs {
            self.put_away(part, if *is_damaged { Fate::Quarantine } else { Fate::Remove });
        }
        Ok(inputs.len() as u64)
    }

    fn input(&self, part: &Part) -> Result<Option<Arc<Segment>>, StoreError> {
        let Some(file) = &part.full else { return Ok(None) };
        self.usable(file, self.files.segment(file))
    }

    /// Writes all rows of the inputs, heater by heater, into a new part.
    fn write_merged(&self, inputs: &mut [Input]) -> Result<Part, StoreError> {
        let PartId { day, class, .. } = inputs[0].part.id;
        let generation = self.next_generation(day);
        let id = PartId { day, class, generation };
        let mut writer = self.written(PartWriter::create(self.journal.folder(), id))?;
        let heaters: BTreeSet<u32> =
            inputs.iter().flat_map(|input| input.segment.heaters().collect::<Vec<_>>()).collect();
        for heater in heaters {
            let mut rows: Vec<Row> = Vec::new();
            for input in inputs.iter_mut() {
                let read = input.segment.rows(heater).map_err(crate::log::tables::disk)?;
                if read.damaged_chunks > 0 {
                    input.is_damaged = true;
                    let visited = Visited { damaged_chunks: read.damaged_chunks };
                    input.part.full.iter().for_each(|file| self.note_visit(file, heater, visited));
                }
                rows.extend(read.rows);
            }
            self.written(writer.heater(heater, &rows))?;
        }
        if inputs.iter().any(|input| input.is_damaged)
            && let Some(roll_ups) = self.roll_ups(inputs)
        {
            // The sums of hours whose readings are damaged may still be whole.
            writer.take_hours_of(roll_ups);
        }
        let arrived_ms = inputs.iter().map(|input| input.part.info.arrived_ms).max().unwrap_or(0);
        self.written(writer.finish(arrived_ms))
    }

    /// The hourly sums of the inputs, when all of them can be opened.
    fn roll_ups(&self, inputs: &[Input]) -> Option<Vec<RollUp>> {
        inputs.iter().map(|input| RollUp::open(input.part.roll_up.as_ref()?.path()).ok()).collect()
    }

    /// Puts the full readings of a part that cannot be opened into the quarantine and keeps its hourly sums.
    fn give_up_full(&self, part: &Part) -> Result<(), StoreError> {
        let mut info = part.info;
        info.full = false;
        self.journal.commit_beside(
            |transaction| manifest::put(transaction, &[(part.id, info)]),
            |head| {
                seal::change(head, |parts| parts.insert(Part { info, full: None, ..part.clone() }));
            },
        )?;
        part.full.iter().for_each(|file| {
            self.files.close(file);
            file.meet(Fate::Quarantine);
        });
        Ok(())
    }

    /// Lets the files of a part go.
    pub(crate) fn put_away(&self, part: &Part, fate: Fate) {
        for file in part.files() {
            self.files.close(file);
            file.meet(fate);
        }
    }
}

/// The parts to be merged, together as they are to be.
fn due(parts: &Parts, now_ms: i64) -> Vec<Vec<Part>> {
    let mut by_day: BTreeMap<(i64, RetentionClass), Vec<Part>> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.info.full) {
        by_day.entry((part.id.day, part.id.class)).or_default().push(part.clone());
    }
    by_day.retain(|(day, _), parts| {
        let newest = parts.iter().map(|part| part.info.arrived_ms).max().unwrap_or(i64::MAX);
        let is_quiet = day::end_ms(*day).max(newest).saturating_add(QUIET_MS) <= now_ms;
        parts.len() > MANY_PARTS || (parts.len() > 1 && is_quiet)
    });
    by_day.into_values().collect()
}
