//! Reading day files for an answer: what is damaged is left out, counted and named.

use std::sync::Arc;

use crate::days::embedded::Embedded;
use crate::days::open_files::Unusable;
use crate::days::parts::DayFile;
use crate::days::segment::{HourSum, Visited};
use crate::error::StoreError;
use crate::log::block::{Cell, Origin};
use crate::log::catalog::Stay;
use crate::log::damage::Damaged;
use crate::log::tables::disk;

/// No heater has this number.
const NOBODY: u32 = u32::MAX;

/// One hour of one heater: the heater, when the hour begins, and what its good values come to.
pub(crate) type Hour = (u32, i64, HourSum);

impl Embedded {
    /// Gives the cells of one metric in a stay.
    pub(crate) fn visit_cells(
        &self,
        file: &DayFile,
        metric: u32,
        Stay { heater, from, to }: Stay,
        each: impl FnMut(&Origin, Cell),
    ) -> Result<(), StoreError> {
        let Some(segment) = self.usable(file, self.files.segment(file))? else { return Ok(()) };
        let visited = segment.visit(heater, Some(metric), from, to, each).map_err(disk)?;
        self.note_visit(file, heater, visited);
        Ok(())
    }

    /// Gives the good values of one metric in a stay.
    pub(crate) fn visit_values(
        &self,
        file: &DayFile,
        metric: u32,
        Stay { heater, from, to }: Stay,
        each: impl FnMut(i64, f64),
    ) -> Result<(), StoreError> {
        let Some(segment) = self.usable(file, self.files.segment(file))? else { return Ok(()) };
        let visited = segment.visit_values(heater, metric, from, to, each).map_err(disk)?;
        self.note_visit(file, heater, visited);
        Ok(())
    }

    /// The hours of one metric for these heaters (ascending), and whether that is all of them.
    pub(crate) fn hours(
        &self,
        file: &DayFile,
        metric: u32,
        heaters: &[u32],
    ) -> Result<(Vec<Hour>, bool), StoreError> {
        let Some(roll_up) = self.usable(file, self.files.roll_up(file))? else { return Ok((vec![], false)) };
        let mut hours = Vec::new();
        let each = |heater, begin, sum| hours.push((heater, begin, sum));
        let visited = roll_up.visit(metric, heaters, each).map_err(disk)?;
        if visited.damaged_chunks > 0 {
            self.journal.note_damage(Damaged::File { file: file.name() }, visited.damaged_chunks, NOBODY);
        }
        Ok((hours, visited.damaged_chunks == 0))
    }

    /// The open file, or nothing when it is damaged.
    pub(crate) fn usable<T>(
        &self,
        file: &DayFile,
        opened: Result<Arc<T>, Unusable>,
    ) -> Result<Option<Arc<T>>, StoreError> {
        match opened {
            Ok(open) => Ok(Some(open)),
            Err(Unusable::Damaged(reason)) => {
                tracing::debug!(file = %file.name(), reason, "a day file cannot be opened");
                self.journal.note_damage(Damaged::File { file: file.name() }, 1, NOBODY);
                Ok(None)
            }
            Err(Unusable::Disk(error)) => Err(disk(error)),
        }
    }

    /// Takes note of damage that was met in one heater's readings.
    pub(crate) fn note_visit(&self, file: &DayFile, heater: u32, Visited { damaged_chunks }: Visited) {
        if damaged_chunks > 0 {
            self.journal.note_damage(Damaged::Chunks { file: file.name(), heater }, damaged_chunks, heater);
        }
    }
}
