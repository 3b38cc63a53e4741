//! Sealing: what is in the log becomes a part of each day and class that it is about.
//!
//! ```text
//!   log through C ──by day, heater by heater──> new files, fsync, rename, fsync of the folder
//!                 ──one transaction──────────> manifest names them, the log ends with C, last values
//!                 ──head alone───────────────> readers change from log to files
//!                 ──bit by bit───────────────> the log's entries are deleted
//! ```
//! A crash between any two steps leaves files that belong to nothing, which are removed when the store is opened, or
//! entries that do not count any more: never a duplicate, never a loss.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vocabulary::RetentionClass;

use crate::crash_point;
use crate::days::day::{self, DAY_MS};
use crate::days::embedded::Embedded;
use crate::days::manifest::{self, CLASSES, PartId};
use crate::days::part_writer::PartWriter;
use crate::days::parts::{self, Part, Parts};
use crate::error::StoreError;
use crate::log::block::{Cell, Origin, Row};
use crate::log::catalog::Catalog;
use crate::log::erased::{Erased, Spans};
use crate::log::head::{Head, tells_of_people};
use crate::log::journal::{Journal, Snapshot};

/// An entry that spans more is read to learn which days it is about.
const WIDE_DAYS: i64 = 2;

/// What a seal came to.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    pub(crate) entries: u64,
    pub(crate) cells: u64,
}

/// What is to be sealed: everything up to a commit.
struct Plan {
    through: u64,
    entries: u64,
    /// The heaters that have anything to seal, ascending.
    heaters: Vec<u32>,
    catalog: Catalog,
    erased: Arc<Erased>,
}

impl Plan {
    /// The times of which nothing is kept that a heater measured of people.
    fn gone(&self, heater: u32) -> Spans {
        let site = self.catalog.site_of(heater);
        site.map(|site| self.erased.of_heater(&self.catalog, site, heater)).unwrap_or_default()
    }
}

impl Embedded {
    /// Seals the log as it is now; nothing when it is empty. Only one thread may do this at a time.
    pub(crate) fn seal_log(&self, now_ms: i64) -> Result<Sealed, StoreError> {
        let (plan, snapshot) = self.journal.look(plan)?;
        let Some(plan) = plan else { return Ok(Sealed::default()) };
        let mut new: Vec<Part> = Vec::new();
        for day in days(&self.journal, &snapshot, &plan)? {
            new.extend(self.seal_day(&snapshot, &plan, day, now_ms)?);
        }
        // The writer's lock is asked for next: see `journal`.
        drop(snapshot);
        let rows: Vec<_> = new.iter().map(|part| (part.id, part.info)).collect();
        let sealed = Sealed { entries: plan.entries, cells: rows.iter().map(|(_, info)| info.cells).sum() };
        let files = new.iter().flat_map(Part::files).map(|file| file.path().to_owned()).collect();
        let outcome = self.journal.release(
            plan.through,
            |transaction| manifest::put(transaction, &rows),
            |head| change(head, |parts| new.into_iter().for_each(|part| parts.insert(part))),
        );
        outcome.inspect_err(|_| self.unclaimed(files))?;
        self.journal.delete_released()?;
        Ok(sealed)
    }

    /// Writes the parts of one day.
    fn seal_day(
        &self,
        snapshot: &Snapshot<'_>,
        plan: &Plan,
        day: i64,
        now_ms: i64,
    ) -> Result<Vec<Part>, StoreError> {
        let generation = self.next_generation(day);
        let mut writers: BTreeMap<RetentionClass, PartWriter> = BTreeMap::new();
        for &heater in &plan.heaters {
            let rows = rows_of_day(&self.journal, snapshot, plan, (heater, day))?;
            let gone = plan.gone(heater);
            for (class, ..) in CLASSES {
                let of_class = only(class, &rows, plan, &gone);
                if of_class.is_empty() {
                    continue;
                }
                let writer = match writers.entry(class) {
                    Entry::Occupied(begun) => begun.into_mut(),
                    Entry::Vacant(first) => {
                        let id = PartId { day, class, generation };
                        first.insert(self.written(PartWriter::create(self.journal.folder(), id))?)
                    }
                };
                self.written(writer.heater(heater, &of_class))?;
            }
        }
        crash_point::reach("store.part_written");
        writers.into_values().map(|writer| self.written(writer.finish(now_ms))).collect()
    }
}

impl Embedded {
    /// The generation that the next part of a day takes.
    pub(crate) fn next_generation(&self, day: i64) -> u32 {
        let parts = Arc::clone(&self.journal.head().parts);
        parts::next_generation(self.journal.folder(), &parts, day)
    }
}

/// Changes the parts that readers see.
pub(crate) fn change(head: &mut Head, change: impl FnOnce(&mut Parts)) {
    change(Arc::make_mut(&mut head.parts));
}

fn plan(head: &Head) -> Option<Plan> {
    let through = head.totals.last_commit.filter(|last| *last >= head.first_open_commit())?;
    let heaters = head.heaters_through(through);
    let (catalog, erased) = (head.catalog.clone(), Arc::clone(&head.erased));
    Some(Plan { through, entries: head.entries(), heaters, catalog, erased })
}

/// The days that the entries are about, ascending.
fn days(journal: &Journal, snapshot: &Snapshot<'_>, plan: &Plan) -> Result<BTreeSet<i64>, StoreError> {
    let mut days = BTreeSet::new();
    for &heater in &plan.heaters {
        let mut wide = Vec::new();
        {
            let head = journal.head();
            let entries = head.heater(heater).map_or(&[][..], |heater| heater.entries());
            for entry in entries.iter().filter(|entry| entry.commit <= plan.through) {
                let (first, last) = (day::of(entry.ts_min), day::of(entry.ts_max()));
                if last - first <= WIDE_DAYS { days.extend(first..=last) } else { wide.push(entry.commit) }
            }
        }
        for commit in wide {
            let cells = journal.cells(snapshot, (commit, heater), None)?;
            days.extend(cells.iter().map(|(_, cell)| day::of(cell.ts)));
        }
    }
    Ok(days)
}

/// The rows of one heater and day, in the order of their commits.
fn rows_of_day(
    journal: &Journal,
    snapshot: &Snapshot<'_>,
    plan: &Plan,
    (heater, day): (u32, i64),
) -> Result<Vec<Row>, StoreError> {
    let (first, last) = (day.saturating_mul(DAY_MS), day::last_ms(day));
    let mut commits: Vec<u64> = {
        let head = journal.head();
        let entries = head.heater(heater).into_iter().flat_map(|heater| heater.between(first, last));
        entries.map(|entry| entry.commit).filter(|commit| *commit <= plan.through).collect()
    };
    commits.sort_unstable();
    let mut rows = Vec::new();
    for commit in commits {
        let cells = journal.cells(snapshot, (commit, heater), None)?;
        collect_rows(cells.into_iter().filter(|(_, cell)| day::of(cell.ts) == day), &mut rows);
    }
    Ok(rows)
}

/// Brings cells that came row by row into rows again.
fn collect_rows(cells: impl Iterator<Item = (Origin, Cell)>, rows: &mut Vec<Row>) {
    for (origin, cell) in cells {
        match rows.last_mut() {
            Some(row)
                if row.origin == origin && row.cells.last().is_some_and(|last| last.metric < cell.metric) =>
            {
                row.cells.push(cell);
            }
            _ => rows.push(Row { origin, cells: vec![cell] }),
        }
    }
}

/// The cells of one class, without what was erased.
fn only(class: RetentionClass, rows: &[Row], plan: &Plan, gone: &Spans) -> Vec<Row> {
    let is_of_class = |cell: &&Cell| {
        let metric = plan.catalog.metric(cell.metric).filter(|metric| metric.class() == class);
        metric.is_some_and(|metric| !(tells_of_people(metric) && gone.contains(cell.ts)))
    };
    let rows = rows.iter().map(|row| Row {
        origin: row.origin,
        cells: row.cells.iter().filter(is_of_class).copied().collect(),
    });
    rows.filter(|row| !row.cells.is_empty()).collect()
}
