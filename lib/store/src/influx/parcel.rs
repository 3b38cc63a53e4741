//! What is sent together: the oldest commits of the journal as lines.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::StoreError;
use crate::influx::line::{self, NoLine, Tags};
use crate::influx::lines::Lines;
use crate::log::block::{Cell, Row};
use crate::log::catalog::{Catalog, Known};
use crate::log::erased::{Erased, Spans};
use crate::log::head::tells_of_people;
use crate::log::journal::Journal;

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
    /// What was erased when it was made.
    erased: Arc<Erased>,
}

impl Parcel {
    /// Takes the oldest commits out of the journal; false when there are none.
    ///
    /// The rooms are those that the catalog says now. A parcel is made once and kept until it is through, so that what is sent
    /// again has the same tags.
    pub(crate) fn fill(&mut self, journal: &Journal) -> Result<bool, StoreError> {
        self.lines.clear();
        self.unsendable.clear();
        let Some(oldest) = journal.oldest(FULL_BLOCKS)? else { return Ok(false) };
        self.through = oldest.through;
        self.blocks = oldest.blocks.len();
        // A copy, because whoever stores must not wait for thousands of lines.
        let (catalog, erased) = {
            let head = journal.head();
            (head.catalog.clone(), Arc::clone(&head.erased))
        };
        self.erased = Arc::clone(&erased);
        for (heater, rows) in &oldest.blocks {
            match (catalog.site_of(*heater), catalog.heater(*heater)) {
                (Some(site), Some(known)) => {
                    let gone = erased.of_heater(&catalog, site, *heater);
                    rows.iter().for_each(|row| self.add(&catalog, site.as_str(), (known, &gone), row));
                }
                // The catalog is written with the log; should it be damaged, nothing is dropped without a word.
                _ => self.unsendable.push((NoLine::Name, format!("# heater {heater} {rows:?}"))),
            }
        }
        Ok(true)
    }

    /// Whether something was erased since it was made: it may hold some of that.
    pub(crate) fn is_outdated(&self, journal: &Journal) -> bool {
        !Arc::ptr_eq(&self.erased, &journal.head().erased)
    }

    /// Whether more may be waiting that could have come along.
    pub(crate) const fn is_full(&self) -> bool {
        self.blocks >= FULL_BLOCKS
    }

    /// Two lines for every instant of a row: of the plant, and of people, without what was erased.
    fn add(&mut self, catalog: &Catalog, site: &str, (known, gone): (&Known, &Spans), row: &Row) {
        let is_of_people = |cell: &Cell| catalog.metric(cell.metric).is_some_and(tells_of_people);
        for cells in by_time(&row.cells).chunk_by(|one, next| one.ts == next.ts) {
            let (people, plant): (Vec<Cell>, Vec<Cell>) = cells.iter().copied().partition(is_of_people);
            self.add_line(catalog, (site, known, false), &plant, row);
            if !gone.contains(cells[0].ts) {
                self.add_line(catalog, (site, known, true), &people, row);
            }
        }
    }

    fn add_line(
        &mut self,
        catalog: &Catalog,
        (site, known, of_people): (&str, &Known, bool),
        cells: &[Cell],
        row: &Row,
    ) {
        if !cells.is_empty() {
            let ts = cells[0].ts;
            let room = known.room_at(ts).map(vocabulary::RoomId::as_str);
            let tags = Tags { site, room, heater: known.id.as_str(), of_people };
            // A metric without a name has no line either, and so is not dropped without a word.
            let name = |cell: &Cell| catalog.metric(cell.metric).map_or("", vocabulary::Metric::as_str);
            let readings = || cells.iter().map(|cell| (name(cell), cell.measurement));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrival::{Arrival, StoredSample};
    use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, SiteId, Timestamp};

    fn record(seq: u64, times: &[i64]) -> Arrival {
        let sample = |(place, &ms): (usize, &i64)| StoredSample {
            ts: Timestamp::from_ms(ms),
            metric: Metric::STANDARD[place % 2].clone(),
            reading: Reading::Value(place as f64),
            quality: Quality::Good,
        };
        Arrival {
            site: SiteId::new("s").unwrap(),
            heater: HeaterId::new("h").unwrap(),
            room: None,
            boot: BootId::from_bits(1),
            bn: 1,
            seq,
            low: 1,
            late: false,
            samples: times.iter().enumerate().map(sample).collect(),
        }
    }

    #[test]
    fn readings_of_one_instant_are_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        journal.write(&[record(7, &[5, 5, 6, 6]), record(8, &[9, 8])]).unwrap();
        let mut parcel = Parcel::default();
        assert!(parcel.fill(&journal).unwrap());
        let lines = parcel.lines.text(0..parcel.lines.len());
        let mut lines: Vec<&str> = lines.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "heater,site=s,heater=h humidity_pct=1 8000008",
                "heater,site=s,heater=h temperature_c=0 9000008",
                "heater,site=s,heater=h temperature_c=0,humidity_pct=1 5000007",
                "heater,site=s,heater=h temperature_c=2,humidity_pct=3 6000007",
            ]
        );
    }

    #[test]
    fn a_commit_that_the_head_is_yet_to_learn_of_is_left_for_later() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let mut writer = journal.writer().unwrap();
        // This far a writer has come when its commit is durable and the head does not know the heater's name.
        journal.attempt(|database| writer.write(database, &[record(1, &[5])])).unwrap();
        assert!(!Parcel::default().fill(&journal).unwrap());
    }
}
