//! Readings as they are, by time.
//!
//! A question is first turned into stays: which heaters, each for which time. So a heater that moved never shows one
//! room what it measured in another. Then the head says which blocks and day files to read, and only those are.

use std::collections::BTreeMap;
use std::sync::Arc;

use vocabulary::{HeaterId, RetentionClass, Timestamp};

use crate::answers::aggregate::check_order;
use crate::days::embedded::Embedded;
use crate::days::parts::DayFile;
use crate::error::StoreError;
use crate::log::block::{Cell, Origin};
use crate::log::catalog::{Catalog, Stay};
use crate::log::head::{Head, tells_of_people};
use crate::question::{Group, GroupBy, Place, Point, Selector};

impl Embedded {
    /// The earliest `limit` readings between `from` (inclusive) and `to` (exclusive), by time.
    pub(crate) fn range(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Point>, StoreError> {
        check_order(from, to)?;
        if limit == 0 {
            return Ok(Vec::new());
        }
        let Some(metric) = self.journal.head().catalog.metric_number(&selector.metric) else {
            return Ok(Vec::new());
        };
        let class = selector.metric.class();
        let (mut sources, log) = self.journal.look(|head| -> Vec<Source> {
            let stays = stays(head, selector, from, to);
            stays.into_iter().flat_map(|stay| sources(head, (metric, class), stay)).collect()
        })?;
        sources.sort_by_key(|source| (source.begin, source.stay.heater));
        let mut earliest = Earliest { limit, found: Vec::new(), was_cut: false };
        for Source { begin, stay, place } in sources {
            if earliest.is_complete_before(begin) {
                break;
            }
            let mut find = |origin: &Origin, cell: Cell| {
                if (stay.from..stay.to).contains(&cell.ts) {
                    earliest.found.push((stay.heater, *origin, cell));
                }
            };
            match place {
                Where::Block(commit) => {
                    let cells = self.journal.cells(&log, (commit, stay.heater), Some(metric))?;
                    cells.iter().for_each(|(origin, cell)| find(origin, *cell));
                }
                Where::File(file) => self.visit_cells(&file, metric, stay, find)?,
            }
        }
        Ok(self.points(earliest.finish()))
    }

    fn points(&self, found: Vec<(u32, Origin, Cell)>) -> Vec<Point> {
        let head = self.journal.head();
        let point = |(heater, _, cell): (u32, Origin, Cell)| {
            let heater = head.catalog.heater(heater)?.id.clone();
            let Cell { ts, measurement, .. } = cell;
            let (value, quality) = (measurement.value, measurement.quality);
            Some(Point { ts: Timestamp::from_ms(ts), heater, value, quality })
        };
        found.into_iter().filter_map(point).collect()
    }
}

/// Where some of the readings asked for lie.
struct Source {
    /// None of them is earlier.
    begin: i64,
    stay: Stay,
    place: Where,
}

enum Where {
    /// The block of this commit.
    Block(u64),
    File(Arc<DayFile>),
}

/// Where the readings of one stay lie.
fn sources(head: &Head, (metric, class): (u32, RetentionClass), stay: Stay) -> Vec<Source> {
    let heater = head.heater(stay.heater).into_iter();
    let blocks = heater
        .flat_map(|heater| heater.overlapping(metric, stay.from, stay.to))
        .map(|entry| Source { begin: entry.ts_min, stay, place: Where::Block(entry.commit) });
    let of_class = head.parts.iter().filter(|part| part.id.class == class);
    let files = of_class.filter(|part| part.meets(stay.from, stay.to.saturating_sub(1))).filter_map(|part| {
        let place = Where::File(Arc::clone(part.full.as_ref()?));
        Some(Source { begin: part.info.ts_min.max(stay.from), stay, place })
    });
    blocks.chain(files).collect()
}

/// The earliest points found so far: never more than twice the limit plus a block.
struct Earliest {
    limit: usize,
    found: Vec<(u32, Origin, Cell)>,
    was_cut: bool,
}

impl Earliest {
    /// Whether nothing at `ts` or later can be among the earliest.
    fn is_complete_before(&mut self, ts: i64) -> bool {
        if self.found.len() >= self.limit.saturating_mul(2) {
            self.cut();
        }
        // After a cut there are exactly `limit`, in order, until more are found.
        self.was_cut
            && self.found.len() == self.limit
            && self.found.last().is_some_and(|(.., cell)| cell.ts < ts)
    }

    fn cut(&mut self) {
        self.found.sort_by_key(|(heater, origin, cell)| (cell.ts, *heater, *origin));
        self.found.truncate(self.limit);
        self.was_cut = true;
    }

    fn finish(mut self) -> Vec<(u32, Origin, Cell)> {
        self.cut();
        self.found
    }
}

/// Which heaters a question is about, each for which time, without what was erased.
pub(crate) fn stays(head: &Head, selector: &Selector, from: Timestamp, to: Timestamp) -> Vec<Stay> {
    let stays = all_stays(&head.catalog, selector, from, to);
    if !tells_of_people(&selector.metric) {
        return stays;
    }
    let left = stays
        .into_iter()
        .flat_map(|stay| head.erased.of_heater(&head.catalog, &selector.site, stay.heater).leave_of(stay));
    left.collect()
}

fn all_stays(catalog: &Catalog, selector: &Selector, from: Timestamp, to: Timestamp) -> Vec<Stay> {
    let (from, to) = (from.ms(), to.ms());
    let all_the_time = |heater| Stay { heater, from, to };
    match &selector.place {
        Place::Site => catalog.heaters_of(&selector.site).into_iter().map(all_the_time).collect(),
        Place::Room(room) => catalog.stays(&selector.site, room, from, to),
        Place::Heater(heater) => {
            catalog.heater_number(&selector.site, heater).map(all_the_time).into_iter().collect()
        }
    }
}

/// The same, divided.
pub(crate) fn groups(
    head: &Head,
    selector: &Selector,
    by: GroupBy,
    from: Timestamp,
    to: Timestamp,
) -> BTreeMap<Group, Vec<Stay>> {
    let mut groups: BTreeMap<Group, Vec<Stay>> = BTreeMap::new();
    for stay in stays(head, selector, from, to) {
        let Some(known) = head.catalog.heater(stay.heater) else { continue };
        match by {
            GroupBy::Site => groups.entry(Group::Site(selector.site.clone())).or_default().push(stay),
            GroupBy::Heater => {
                let heater: HeaterId = known.id.clone();
                groups.entry(Group::Heater(heater)).or_default().push(stay);
            }
            GroupBy::Room => {
                for (room, from, to) in known.rooms_between(stay.from, stay.to) {
                    let Some(room) = room else { continue };
                    let stay = Stay { heater: stay.heater, from, to };
                    groups.entry(Group::Room(room.clone())).or_default().push(stay);
                }
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::quality::Measurement;
    use vocabulary::{BootId, Quality};

    #[test]
    fn as_many_as_the_limit_are_not_yet_the_earliest() {
        let mut earliest = Earliest { limit: 2, found: Vec::new(), was_cut: false };
        let origin = Origin { bn: 1, boot: BootId::from_bits(1), seq: 1 };
        let measurement = Measurement { value: Some(1.0), quality: Quality::Good };
        // What is found is in no order of time, and two were found: one at 5 can still come before the one at 9.
        for (ts, next, complete) in [(9, 3, false), (3, 5, false), (5, 6, false), (6, 7, true)] {
            earliest.found.push((0, origin, Cell { metric: 0, ts, measurement }));
            assert_eq!(earliest.is_complete_before(next), complete, "after {ts}");
        }
        assert_eq!(earliest.finish().iter().map(|(.., cell)| cell.ts).collect::<Vec<_>>(), [3, 5]);
    }
}
