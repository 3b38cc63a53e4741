//! What happened, told as values: all of it goes into a hash, so that two runs of a seed can be held against each
//! other, and the last of it is kept to be read.

use std::collections::VecDeque;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher as _};

/// How many events are kept to be read.
const KEPT: usize = 200;

/// The hash of all events and the last of them.
pub(crate) struct Trace<Note> {
    hasher: DefaultHasher,
    last: VecDeque<(u64, Note)>,
}

impl<Note: Hash + Display> Trace<Note> {
    pub(crate) fn new() -> Self {
        Self { hasher: DefaultHasher::new(), last: VecDeque::with_capacity(KEPT) }
    }

    pub(crate) fn note(&mut self, at_ms: u64, note: Note) {
        at_ms.hash(&mut self.hasher);
        note.hash(&mut self.hasher);
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back((at_ms, note));
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hasher.finish()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.last.iter().map(|(at_ms, note)| format!("{:>9.3} s  {note}", *at_ms as f64 / 1000.0)).collect()
    }
}
