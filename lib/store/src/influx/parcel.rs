//! What is sent together: the oldest commits of the journal as lines.

use std::borrow::Cow;

use crate::block::{Cell, Row};
use crate::catalog::{Catalog, Known};
use crate::error::StoreError;
use crate::influx::line::{self, NoLine, Tags};
use crate::influx::lines::Lines;
use crate::journal::Journal;

/// A parcel is full with so many blocks. A block is what one heater sent within a commit: mostly one record, one line.
const FULL_BLOCKS: usize = 2_000;

/// The oldest of what waits.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    pub(crate) lines: Lines,
    /// What has no line: why, and what it is.
    pub(crate) unsendable: Vec<(NoLine, String)>,
    /// The last commit in it.
    pub(crate) through: u64,
    /// Log entries in it.
    pub(crate) blocks: usize,
}

impl Parcel {
    /// Takes the oldest commits out of the journal; false when there are none.
    ///
    /// The rooms are those that the catalog says now. A parcel is made once and kept until it is through, so that what is sent
    /// again has the same tags.
    pub(crate) fn fill(&mut self, journal: &Journal) -> Result<bool, StoreError> {
        self.lines.clear();
        self.unsendable.clear();
        let Some(oldest) = journal.oldest(None, FULL_BLOCKS)? else { return Ok(false) };
        self.through = oldest.through;
        self.blocks = oldest.blocks.len();
        // A copy, because whoever stores must not wait for thousands of lines.
        let catalog = journal.head().catalog.clone();
        for (heater, rows) in &oldest.blocks {
            if let Some(known) = catalog.heater(*heater)
                && let Some(site) = catalog.site_of(*heater)
            {
                rows.iter().for_each(|row| self.add(&catalog, site.as_str(), known, row));
            }
        }
        Ok(true)
    }

    /// Whether more may be waiting that could have come along.
    pub(crate) const fn is_full(&self) -> bool {
        self.blocks >= FULL_BLOCKS
    }

    /// A line for every instant of a row.
    fn add(&mut self, catalog: &Catalog, site: &str, known: &Known, row: &Row) {
        for cells in by_time(&row.cells).chunk_by(|one, next| one.ts == next.ts) {
            let ts = cells[0].ts;
            let room = known.room_at(ts).map(vocabulary::RoomId::as_str);
            let tags = Tags { site, room, heater: known.id.as_str() };
            let readings = || {
                cells.iter().filter_map(|cell| {
                    let metric = catalog.metric(cell.metric)?;
                    Some((metric.as_str(), cell.measurement))
                })
            };
            let write =
                |out: &mut String| line::write(out, tags, readings(), line::time_ns(ts, row.origin.seq)?);
            if let Err(reason) = self.lines.push(write) {
                let readings: Vec<_> = readings().collect();
                self.unsendable.push((reason, format!("# {tags:?} {readings:?} {ts} ms")));
            }
        }
    }
}

/// The cells of a row ascending by time: nearly always all have the same.
fn by_time(cells: &[Cell]) -> Cow<'_, [Cell]> {
    if cells.is_sorted_by_key(|cell| cell.ts) {
        return Cow::Borrowed(cells);
    }
    let mut sorted = cells.to_vec();
    sorted.sort_by_key(|cell| cell.ts);
    Cow::Owned(sorted)
}
