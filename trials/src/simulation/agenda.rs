//! What is going to happen, in the order of time; what falls on one millisecond happens in the order it was put down.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events to come.
pub(crate) struct Agenda<E> {
    coming: BinaryHeap<Reverse<Entry<E>>>,
    next_id: u64,
}

struct Entry<E> {
    at_ms: u64,
    id: u64,
    event: E,
}

impl<E> Agenda<E> {
    pub(crate) const fn new() -> Self {
        Self { coming: BinaryHeap::new(), next_id: 0 }
    }

    pub(crate) fn put(&mut self, at_ms: u64, event: E) {
        self.coming.push(Reverse(Entry { at_ms, id: self.next_id, event }));
        self.next_id += 1;
    }

    /// The next event and its time.
    pub(crate) fn take(&mut self) -> Option<(u64, E)> {
        self.coming.pop().map(|Reverse(entry)| (entry.at_ms, entry.event))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at_ms, self.id).cmp(&(other.at_ms, other.id))
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
