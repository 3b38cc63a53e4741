//! The marks of what was erased: for which rooms and times nothing that tells of people is kept, nor stored when it comes
//! later. A mark stays for ever, so that a record from a heater's outbox or from a restored backup does not bring back
//! what was to go.
//!
//! ```text
//!   (site, room) -> version, checksum (see `checked`), postcard: the spans, and those of them that are not swept yet
//! ```
//! From the moment a mark is durable no question is answered from its span. To sweep is to take the readings off the disk.

use std::collections::BTreeMap;

use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};
use vocabulary::{RoomId, SiteId};

use crate::erasure::Erasure;
use crate::error::StoreError;
use crate::form::checked;
use crate::log::catalog::{Catalog, Stay};
use crate::log::tables::disk;

/// (site, room) -> see above.
pub(crate) const ERASED: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("erased");
const VERSION: u8 = 1;

/// A time, `from` inclusive, `to` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Spans that are ascending and apart from each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spans(Vec<Span>);

impl Spans {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().copied()
    }

    pub(crate) fn contains(&self, ts: i64) -> bool {
        let after = self.0.partition_point(|span| span.from <= ts);
        after.checked_sub(1).is_some_and(|at| ts < self.0[at].to)
    }

    /// Whether any of `[from, to)` lies in them.
    pub(crate) fn meet(&self, from: i64, to: i64) -> bool {
        from < to && self.0.iter().any(|span| span.from < to && from < span.to)
    }

    pub(crate) fn add(&mut self, from: i64, to: i64) {
        if from >= to {
            return;
        }
        self.0.push(Span { from, to });
        self.0.sort_unstable();
        let mut joined: Vec<Span> = Vec::with_capacity(self.0.len());
        for span in self.0.drain(..) {
            match joined.last_mut() {
                Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
                _ => joined.push(span),
            }
        }
        self.0 = joined;
    }

    /// What of a span lies in none of them, ascending.
    fn left_of(&self, whole: Span) -> Vec<Span> {
        let mut left = Vec::new();
        let mut from = whole.from;
        for gone in self.0.iter().filter(|gone| gone.from < whole.to && whole.from < gone.to) {
            if from < gone.from {
                left.push(Span { from, to: gone.from });
            }
            from = gone.to;
        }
        if from < whole.to {
            left.push(Span { from, to: whole.to });
        }
        left
    }

    /// What of a stay lies in none of them.
    pub(crate) fn leave_of(&self, stay: Stay) -> impl Iterator<Item = Stay> + use<> {
        let left = self.left_of(Span { from: stay.from, to: stay.to });
        left.into_iter().map(move |Span { from, to }| Stay { heater: stay.heater, from, to })
    }
}

/// The marks of one room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Marks {
    spans: Spans,
    /// What of them may still lie on the disk.
    unswept: Spans,
}

/// The marks of all rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Erased(BTreeMap<SiteId, BTreeMap<RoomId, Marks>>);

impl Erased {
    /// Reads all of them. One that does not read cannot be left out: what it names would come back.
    pub(crate) fn read(transaction: &ReadTransaction) -> Result<Self, StoreError> {
        let mut erased = Self::default();
        for row in transaction.open_table(ERASED).map_err(disk)?.iter().map_err(disk)? {
            let (key, value) = row.map_err(disk)?;
            let (site, room) = key.value();
            let marks = checked::open(VERSION, &key_sum(site, room), value.value())
                .ok()
                .and_then(|body| postcard::from_bytes(body).ok())
                .ok_or_else(|| StoreError::Disk(format!("what was erased of {site}/{room} is damaged")))?;
            let (site, room) = (SiteId::new(site).map_err(disk)?, RoomId::new(room).map_err(disk)?);
            erased.0.entry(site).or_default().insert(room, marks);
        }
        Ok(erased)
    }

    /// The marks with one more; nothing when it says nothing new.
    pub(crate) fn with(&self, erasure: &Erasure) -> Option<Self> {
        let span = Span { from: erasure.from.ms(), to: erasure.to.ms() };
        let known = self.0.get(&erasure.site).and_then(|rooms| rooms.get(&erasure.room));
        let mut marks = known.cloned().unwrap_or_default();
        let new = marks.spans.left_of(span);
        if new.is_empty() {
            return None;
        }
        marks.spans.add(span.from, span.to);
        new.iter().for_each(|span| marks.unswept.add(span.from, span.to));
        let mut erased = self.clone();
        erased.0.entry(erasure.site.clone()).or_default().insert(erasure.room.clone(), marks);
        Some(erased)
    }

    /// The marks with everything swept.
    pub(crate) fn swept(&self) -> Self {
        let mut erased = self.clone();
        let marks = erased.0.values_mut().flat_map(BTreeMap::values_mut);
        marks.for_each(|marks| marks.unswept = Spans::default());
        erased
    }

    /// Writes all marks. Rooms are few, and erasures rare.
    pub(crate) fn write(&self, transaction: &WriteTransaction) -> Result<(), StoreError> {
        let mut table = transaction.open_table(ERASED).map_err(disk)?;
        for (site, room, marks) in self.iter() {
            let body = postcard::to_stdvec(marks).expect("numbers always fit into a vector that grows");
            let (site, room) = (site.as_str(), room.as_str());
            let value = checked::seal(VERSION, &key_sum(site, room), &body);
            table.insert((site, room), value.as_slice()).map_err(disk)?;
        }
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = (&SiteId, &RoomId, &Marks)> {
        self.0.iter().flat_map(|(site, rooms)| rooms.iter().map(move |(room, marks)| (site, room, marks)))
    }

    /// The rooms and times that are not swept yet.
    pub(crate) fn unswept(&self) -> impl Iterator<Item = (&SiteId, &RoomId, Span)> {
        self.iter().flat_map(|(site, room, marks)| marks.unswept.iter().map(move |span| (site, room, span)))
    }

    /// The times of which nothing that tells of people is kept in a room.
    pub(crate) fn of_room(&self, site: &SiteId, room: &RoomId) -> Spans {
        let marks = self.0.get(site).and_then(|rooms| rooms.get(room));
        marks.map(|marks| marks.spans.clone()).unwrap_or_default()
    }

    /// The times of which nothing that a heater measured of people is kept, for it stood where something was erased.
    pub(crate) fn of_heater(&self, catalog: &Catalog, site: &SiteId, heater: u32) -> Spans {
        let mut spans = Spans::default();
        let (Some(rooms), Some(known)) = (self.0.get(site), catalog.heater(heater)) else { return spans };
        for (room, from, to) in known.rooms_between(i64::MIN, i64::MAX) {
            let Some(marks) = room.and_then(|room| rooms.get(room)) else { continue };
            for span in marks.spans.iter() {
                spans.add(span.from.max(from), span.to.min(to));
            }
        }
        spans
    }
}

/// The names of a row as numbers, for its checksum.
fn key_sum(site: &str, room: &str) -> [u64; 2] {
    [site, room].map(|name| u64::from(crc32fast::hash(name.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vocabulary::Timestamp;

    fn erasure(room: &str, from: i64, to: i64) -> Erasure {
        Erasure {
            site: SiteId::new("house").unwrap(),
            room: RoomId::new(room).unwrap(),
            from: Timestamp::from_ms(from),
            to: Timestamp::from_ms(to),
        }
    }

    #[test]
    fn a_mark_that_says_nothing_new_is_none_and_only_what_is_new_is_swept() {
        let erased = Erased::default().with(&erasure("a", 10, 20)).unwrap().swept();
        assert_eq!(erased.with(&erasure("a", 12, 20)), None);
        assert_eq!(erased.with(&erasure("a", 20, 20)), None);
        let longer = erased.with(&erasure("a", 10, 30)).unwrap();
        let unswept: Vec<_> = longer.unswept().map(|(_, _, span)| (span.from, span.to)).collect();
        assert_eq!(unswept, [(20, 30)]);
        assert!(longer.with(&erasure("b", 10, 30)).is_some());
    }

    proptest! {
        #[test]
        fn spans_say_what_a_plain_set_says(
            added in proptest::collection::vec((0..40_i64, 0..40_i64), 0..12), whole in (0..40_i64, 0..40_i64),
        ) {
            let mut spans = Spans::default();
            added.iter().for_each(|&(from, to)| spans.add(from, to));
            let is_in = |ts: i64| added.iter().any(|&(from, to)| (from..to).contains(&ts));
            for ts in -1..41 {
                prop_assert_eq!(spans.contains(ts), is_in(ts), "{}", ts);
            }
            prop_assert!(spans.0.windows(2).all(|pair| pair[0].to < pair[1].from));
            let (from, to) = (whole.0.min(whole.1), whole.0.max(whole.1));
            prop_assert_eq!(spans.meet(from, to), (from..to).any(is_in));
            let left = spans.left_of(Span { from, to });
            for ts in -1..41 {
                let is_left = left.iter().any(|span| (span.from..span.to).contains(&ts));
                prop_assert_eq!(is_left, (from..to).contains(&ts) && !is_in(ts), "{}", ts);
            }
        }
    }
}
