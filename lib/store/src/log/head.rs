//! The head: what is kept in memory of history. The last value of every series, where in the log each heater's records of
//! any time are found, and which day files there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use vocabulary::{Metric, RetentionClass};

use crate::days::parts::Parts;
use crate::form::metric_set;
use crate::form::quality::Measurement;
use crate::log::block::{Cell, Header, Origin};
use crate::log::catalog::Catalog;
use crate::log::erased::Erased;

/// Where a block lies and what it can hold: 32 bytes, because there is one for every entry of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) ts_min: i64,
    /// The commit that wrote it: the first half of its key, the heater being the second.
    pub(crate) commit: u64,
    /// Summary of its metrics: see [`crate::form::metric_set::bit`].
    pub(crate) metrics: u64,
    /// Length in time; at the largest number it may be longer.
    span_ms: u32,
}

impl Entry {
    pub(crate) fn new(commit: u64, header: &Header) -> Self {
        let span = header.ts_max.wrapping_sub(header.ts_min) as u64;
        Self {
            ts_min: header.ts_min,
            commit,
            metrics: header.metrics.summary(),
            span_ms: u32::try_from(span).unwrap_or(u32::MAX),
        }
    }

    /// The latest time in the block, or a time after it.
    pub(crate) fn ts_max(&self) -> i64 {
        if self.span_ms == u32::MAX { i64::MAX } else { self.ts_min.saturating_add(i64::from(self.span_ms)) }
    }
}

/// The newest measurement of a series. Of two at the same time the one made later by the heater counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Last {
    pub(crate) ts: i64,
    pub(crate) origin: Origin,
    pub(crate) measurement: Measurement,
}

/// What is kept of one heater.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeaterHead {
    /// Ascending by `ts_min`, then by commit.
    entries: Vec<Entry>,
    widest_ms: u32,
    lasts: BTreeMap<u32, Last>,
}

impl HeaterHead {
    /// The entries that may hold a metric between `from` (inclusive) and `to` (exclusive), ascending by `ts_min`.
    pub(crate) fn overlapping(&self, metric: u32, from: i64, to: i64) -> impl Iterator<Item = &Entry> {
        let bit = metric_set::bit(metric);
        let first = match self.widest_ms {
            u32::MAX => 0,
            widest => {
                let earliest = from.saturating_sub(i64::from(widest));
                self.entries.partition_point(|entry| entry.ts_min < earliest)
            }
        };
        self.entries[first..]
            .iter()
            .take_while(move |entry| entry.ts_min < to)
            .filter(move |entry| entry.metrics & bit != 0 && entry.ts_max() >= from)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries that may hold anything between two times, both inclusive, ascending by `ts_min`.
    pub(crate) fn between(&self, first: i64, last: i64) -> impl Iterator<Item = &Entry> {
        let candidates = self.entries.iter().take_while(move |entry| entry.ts_min <= last);
        candidates.filter(move |entry| entry.ts_max() >= first)
    }

    /// Last values by the metric's number, ascending.
    pub(crate) fn lasts(&self) -> impl Iterator<Item = (u32, &Last)> {
        self.lasts.iter().map(|(&metric, last)| (metric, last))
    }

    /// Adds an entry where it belongs; nearly always that is the end, and nothing before it is looked at.
    fn insert(&mut self, entry: Entry) {
        let is_before = |known: &Entry| (known.ts_min, known.commit) <= (entry.ts_min, entry.commit);
        if self.entries.last().is_none_or(is_before) {
            self.entries.push(entry);
        } else {
            self.entries.insert(self.entries.partition_point(is_before), entry);
        }
        self.widest_ms = self.widest_ms.max(entry.span_ms);
    }

    /// Takes note of a measurement, if it is the newest of its series.
    pub(crate) fn observe(&mut self, origin: &Origin, cell: &Cell) {
        let candidate = Last { ts: cell.ts, origin: *origin, measurement: cell.measurement };
        let last = self.lasts.entry(cell.metric).or_insert(candidate);
        if (candidate.ts, candidate.origin) >= (last.ts, last.origin) {
            *last = candidate;
        }
    }

    /// Whether a block with these metrics and nothing after `newest` could change a last value.
    fn may_change(&self, known: &[u32], metrics: u64, newest: i64) -> bool {
        known
            .iter()
            .filter(|&&metric| metrics & metric_set::bit(metric) != 0)
            .any(|metric| self.lasts.get(metric).is_none_or(|last| last.ts <= newest))
    }
}

/// The head of all heaters, with the catalog that names them.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) catalog: Catalog,
    pub(crate) totals: Totals,
    /// What was erased.
    pub(crate) erased: Arc<Erased>,
    /// What was sealed into day files.
    pub(crate) parts: Arc<Parts>,
    /// Up to this commit everything was handed on.
    pub(crate) sealed_through: Option<u64>,
    heaters: Vec<HeaterHead>,
}

/// What was counted since history began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Records ever stored.
    pub(crate) records: u64,
    /// The last commit that stored readings.
    pub(crate) last_commit: Option<u64>,
}

impl Head {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self { catalog, ..Self::default() }
    }

    /// What is known of a heater; nothing when it never stored anything.
    pub(crate) fn heater(&self, number: u32) -> Option<&HeaterHead> {
        self.heaters.get(number as usize)
    }

    pub(crate) fn heater_mut(&mut self, number: u32) -> &mut HeaterHead {
        let at = number as usize;
        if self.heaters.len() <= at {
            self.heaters.resize_with(at + 1, HeaterHead::default);
        }
        &mut self.heaters[at]
    }

    pub(crate) fn insert(&mut self, heater: u32, entry: Entry) {
        self.heater_mut(heater).insert(entry);
    }

    /// The first commit that was not handed on, whether or not it exists yet.
    pub(crate) fn first_open_commit(&self) -> u64 {
        self.sealed_through.map_or(0, |sealed| sealed.saturating_add(1))
    }

    /// The heaters with entries up to a commit.
    pub(crate) fn heaters_through(&self, commit: u64) -> Vec<u32> {
        let has = |heater: &HeaterHead| heater.entries.iter().any(|entry| entry.commit <= commit);
        (0..).zip(&self.heaters).filter(|(_, heater)| has(heater)).map(|(number, _)| number).collect()
    }

    /// Forgets the entries up to a commit; what they told of last values stays known.
    pub(crate) fn drop_through(&mut self, commit: u64) {
        self.sealed_through = Some(commit);
        for heater in &mut self.heaters {
            heater.entries.retain(|entry| entry.commit > commit);
            heater.widest_ms = heater.entries.iter().map(|entry| entry.span_ms).max().unwrap_or(0);
            heater.entries.shrink_to(2 * heater.entries.len());
        }
    }

    /// Finds the last values again, decoding only blocks that can hold one. `metrics` are each heater's metrics as
    /// the heads of its blocks list them; `read` gives the cells of a block, or nothing when it is damaged.
    pub(crate) fn rebuild_lasts<E>(
        &mut self,
        metrics: &[Vec<u32>],
        mut read: impl FnMut(u32, u64) -> Result<Vec<(Origin, Cell)>, E>,
    ) -> Result<(), E> {
        for (number, (heater, known)) in self.heaters.iter_mut().zip(metrics).enumerate() {
            let mut newest_first = heater.entries.clone();
            newest_first.sort_by_key(|entry| std::cmp::Reverse(entry.ts_max()));
            for entry in newest_first {
                if !heater.may_change(known, u64::MAX, entry.ts_max()) {
                    break;
                }
                if heater.may_change(known, entry.metrics, entry.ts_max()) {
                    for (origin, cell) in read(number as u32, entry.commit)? {
                        heater.observe(&origin, &cell);
                    }
                }
            }
        }
        Ok(())
    }

    /// Forgets the last values that were erased.
    pub(crate) fn forget_erased(&mut self) {
        let Self { catalog, erased, heaters, .. } = self;
        for (number, heater) in (0..).zip(heaters) {
            let Some(site) = catalog.site_of(number) else { continue };
            let gone = erased.of_heater(catalog, site, number);
            if !gone.is_empty() {
                let is_of_people = |metric: u32| catalog.metric(metric).is_some_and(tells_of_people);
                heater.lasts.retain(|&metric, last| !(is_of_people(metric) && gone.contains(last.ts)));
            }
        }
    }

    pub(crate) fn series(&self) -> u64 {
        self.heaters.iter().map(|heater| heater.lasts.len() as u64).sum()
    }

    pub(crate) fn entries(&self) -> u64 {
        self.heaters.iter().map(|heater| heater.entries.len() as u64).sum()
    }

    /// The earliest time in any entry.
    pub(crate) fn oldest(&self) -> Option<i64> {
        self.heaters.iter().filter_map(|heater| heater.entries.first()).map(|entry| entry.ts_min).min()
    }

    pub(crate) fn newest(&self) -> Option<i64> {
        self.heaters.iter().flat_map(|heater| heater.lasts.values().map(|last| last.ts)).max()
    }
}

/// Whether a metric is of those that are erased where somebody wishes it.
pub(crate) fn tells_of_people(metric: &Metric) -> bool {
    metric.class() == RetentionClass::People
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(ts_min: i64, span: i64, commit: u64) -> Entry {
        let metrics = [0].into_iter().collect();
        Entry::new(commit, &Header { ts_min, ts_max: ts_min + span, records: 1, metrics })
    }

    #[test]
    fn an_entry_of_the_index_takes_32_bytes() {
        assert_eq!(size_of::<Entry>(), 32);
    }

    #[test]
    fn entries_are_found_by_time_however_they_came() {
        let mut heater = HeaterHead::default();
        for (ts, span, commit) in [(100, 10, 1), (50, 0, 2), (300, 0, 3), (0, 250, 4), (100, 0, 5)] {
            heater.insert(entry(ts, span, commit));
        }
        let found =
            |from, to| -> Vec<u64> { heater.overlapping(0, from, to).map(|entry| entry.commit).collect() };
        assert_eq!(found(0, 50), [4]);
        assert_eq!(found(105, 200), [4, 1]);
        assert_eq!(found(100, 101), [4, 1, 5]);
        assert_eq!(found(250, 301), [4, 3]);
        assert!(found(301, i64::MAX).is_empty());
        assert_eq!(heater.overlapping(1, 0, 1_000).count(), 0);
    }

    #[test]
    fn a_span_beyond_the_index_is_still_found() {
        let mut heater = HeaterHead::default();
        heater.insert(Entry::new(
            1,
            &Header { ts_min: i64::MIN, ts_max: i64::MAX, records: 2, metrics: [0].into_iter().collect() },
        ));
        assert_eq!(heater.overlapping(0, 5, 6).count(), 1);
    }
}
