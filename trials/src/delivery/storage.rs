//! A heater's disk in virtual time: one thread writes and syncs what was ordered, group by group, as `heater`'s does.
//!
//! ```text
//! ordered ──the thread is free──> being written and synced ──> safe
//!    └─────────── a kill or a power cut keeps the beginning of this, torn at any byte ───────────┘
//! ```

use std::collections::VecDeque;

use heater::LogWrite;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// The file, and what is on its way to it.
#[derive(Default)]
pub(super) struct Storage {
    file: Vec<u8>,
    ordered: VecDeque<LogWrite>,
    group: Vec<LogWrite>,
    /// The last write that is safe.
    pub(super) safe: u64,
    /// A write failed: nothing is appended to what nobody knows, until a whole log takes its place.
    is_broken: bool,
}

impl Storage {
    pub(super) fn order(&mut self, write: LogWrite) {
        self.ordered.push_back(write);
    }

    /// Begins with all that was ordered; whether there is anything, and the thread is free.
    pub(super) fn begin(&mut self) -> bool {
        let begins = self.group.is_empty() && !self.ordered.is_empty();
        if begins {
            self.group = self.ordered.drain(..).collect();
        }
        begins
    }

    /// What was being written is safe.
    pub(super) fn finish(&mut self) {
        for write in std::mem::take(&mut self.group) {
            let mark = write.mark;
            if self.apply(write) {
                self.safe = mark;
            }
        }
    }

    /// The disk fails a write; it takes a whole log again later.
    pub(super) fn fail(&mut self, random: &mut ChaCha8Rng) {
        let written = random.random_range(0..=self.group.len());
        for write in self.group.drain(..written).collect::<Vec<_>>() {
            self.apply(write);
        }
        self.group.clear();
        self.ordered.clear();
        self.is_broken = true;
    }

    /// Everything is written and synced before anyone goes on.
    pub(super) fn finish_all(&mut self) {
        self.finish();
        self.begin();
        self.finish();
    }

    fn apply(&mut self, write: LogWrite) -> bool {
        if write.replaces {
            (self.file, self.is_broken) = (write.bytes, false);
        } else if !self.is_broken {
            self.file.extend_from_slice(&write.bytes);
        }
        !self.is_broken
    }

    /// The heater stops in order. Gives the last write that is safe, as the other ends do.
    pub(super) fn close(&mut self) -> u64 {
        self.finish_all();
        self.forget()
    }

    /// The process is killed: what the thread had written stays, and what it had not is gone.
    pub(super) fn kill(&mut self, random: &mut ChaCha8Rng) -> u64 {
        let written = random.random_range(0..=self.group.len());
        for write in self.group.drain(..written).collect::<Vec<_>>() {
            self.apply(write);
        }
        self.forget()
    }

    /// The power is cut: of what was not synced any beginning may be there, and its end may be zeros. A log that takes
    /// the place of another does it at once or not at all. Returns whether something was torn in the middle.
    pub(super) fn cut(&mut self, random: &mut ChaCha8Rng) -> (u64, bool) {
        let written = random.random_range(0..=self.group.len());
        for write in self.group.drain(..written).collect::<Vec<_>>() {
            self.apply(write);
        }
        let torn =
            self.group.first().filter(|write| !write.replaces && !self.is_broken && write.bytes.len() > 1);
        let is_torn = torn.is_some_and(|write| {
            let kept = random.random_range(1..write.bytes.len());
            self.file.extend_from_slice(&write.bytes[..kept]);
            if random.random_bool(0.2) {
                self.file.resize(self.file.len() + write.bytes.len() - kept, 0);
            }
            true
        });
        (self.forget(), is_torn)
    }

    fn forget(&mut self) -> u64 {
        self.group.clear();
        self.ordered.clear();
        self.is_broken = false;
        std::mem::take(&mut self.safe)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.file
    }
}
