//! The outbox: records wait here until the platform has said that they are on disk. PUBACK never deletes one.
//!
//! ```text
//! waiting ──sent──> under way ──covered by an ack──> gone
//!    ^                  │
//!    ├─ 30 s without an answer, a new connection, another run of ingest
//!    └─ the third time in vain: set back behind all others, until another run of ingest
//! full: the oldest is dropped and `low` rises: a declared gap, never a silent one
//! ```
//! Live records go first; history follows at the rate that ingest allows. Time is the heater's monotonic clock.
//!
//! # On disk
//! An outbox made by [`Outbox::recover`] keeps a log. It never touches a file: [`Outbox::next_write`] says what is to
//! be written, [`Outbox::synced`] hears that it is on disk. **A record is sent only once it is on disk**, so what a
//! power cut takes has never been sent, its number has never been seen, and nobody can mix it up with another's.
//! The first write is the whole log with the new boot in it, and comes before the first record: a boot that nobody has
//! written down could be lost without a word. [`Outbox::new`] makes one that lives in memory: for simulated fleets and
//! for recordings.
//!
//! With a disk that fails, or that does not answer for five seconds, the heater goes on from memory and says so
//! ([`Outbox::is_disk_in_trouble`]): records count as sendable. A minute after a failure the whole log is written anew,
//! into a new file; an fsync that failed is never asked again. What such a heater loses, in a power cut, by a kill or by
//! an orderly stop, is declared by nothing but that alarm.
//!
//! # Boots that are over
//! Records of earlier boots keep their boot, `bn`, seq and a `low` of their own, and are always `late`. No further record
//! of such a boot will declare a gap by its `low`. So whenever none is left and the platform's mark has not reached the
//! boot's last seq (overflow dropped the last one, or a gap lies below one that was covered by `got`), a **closing
//! record** is made: no samples, the next seq, and `low` at that seq. It gives up all below it that the platform does
//! not have, and the platform's mark reaches it. So every seq of a boot ends as stored or as counted lost.
//!
//! # After an end out of order
//! [`Outbox::recover`] knows the last seq `L` of the boot that ended in the log. When the log was not closed in order, by
//! a power cut, a kill or damage, up to `k` records may have been made after `L`: as many as fit into five seconds, at
//! least one. None of them was ever sent, so the platform has seen no seq above `L`. The closing record takes seq
//! `L + k + 1`: when it is alone its `low` gives up `L + 1 … L + k`, which are counted as lost (at most; the heater
//! cannot know how many there were), and none of these numbers is ever used. A kill is no better than a power cut:
//! while an fsync holds up the thread that writes, what was made meanwhile is in the process alone.

mod capacity;
mod frame;
mod journal;
mod packed;
mod recover;
mod sending;
mod shelf;
#[cfg(test)]
mod tests;

use vocabulary::{Ack, BootId, Sample, Timestamp};

use capacity::{live_bytes, whole_log};
use frame::{Confirmed, Frame};
use journal::Journal;
use packed::Packed;
use sending::{Backfill, UnderWay};
use shelf::{Entry, Shelf, Stage};

pub use journal::LogWrite;
pub use recover::{Birth, LogVersionError, Recovered};

/// How much an outbox holds and how patient it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxLimits {
    /// Records kept; beyond it the oldest is dropped.
    pub capacity: usize,
    /// Records under way at once.
    pub window: usize,
    /// What is not answered for this long is sent again.
    pub resend_after_ms: u64,
}

impl Default for OutboxLimits {
    /// A day at one record every ten seconds.
    fn default() -> Self {
        Self { capacity: 8_640, window: 32, resend_after_ms: 30_000 }
    }
}

/// Records that are not yet known to be stored.
#[derive(Debug)]
pub struct Outbox {
    /// Oldest boot first; the last is the one that runs.
    shelves: Vec<Shelf>,
    limits: OutboxLimits,
    ingest: Option<Box<str>>,
    under_way: UnderWay,
    backfill: Backfill,
    dropped: u64,
    /// Dropped since the outbox was last empty.
    dropped_lately: u64,
    /// What the log lacks; `None` for an outbox that lives in memory.
    journal: Option<Box<Journal>>,
}

impl Outbox {
    /// An empty outbox of boot number `bn` that lives in memory.
    #[must_use]
    pub fn new(boot: BootId, bn: u64, limits: OutboxLimits) -> Self {
        Self {
            shelves: vec![Shelf::new(boot, bn)],
            limits,
            ingest: None,
            under_way: UnderWay::default(),
            backfill: Backfill::default(),
            dropped: 0,
            dropped_lately: 0,
            journal: None,
        }
    }

    /// The boot that runs.
    #[must_use]
    pub fn boot(&self) -> BootId {
        self.running().boot
    }

    /// The number of the boot that runs.
    #[must_use]
    pub fn bn(&self) -> u64 {
        self.running().bn
    }

    /// Puts a record of the running boot in. When the outbox is full the oldest record is dropped, which the next
    /// `low` declares.
    pub fn push(&mut self, samples: &[Sample], mono_ms: u64, ts: Timestamp) {
        self.make_room();
        let seq = self.running().last + 1;
        let entry = Entry::new(seq, mono_ms, ts, Packed::pack(samples));
        self.running_mut().insert(entry);
        let (boot, running) = (self.shelves.len() - 1, self.running().entries.len() - 1);
        self.write_down(boot, running);
    }

    /// Forgets what an acknowledgement covers. One of a boot that is not here is not ours to act on.
    pub fn hear(&mut self, ack: &Ack) {
        let Some(at) = self.shelves.iter().position(|shelf| shelf.boot == ack.boot) else { return };
        let confirmed = Confirmed { boot: ack.boot, hwm: ack.hwm, got: ack.got.clone() };
        self.shelves[at].confirm(&confirmed);
        if let Some(journal) = &mut self.journal {
            journal.add_confirmed(confirmed);
        }
        if self.shelves[at].entries.is_empty() {
            self.finish(at);
        }
        self.under_way.forget_gone(&mut self.shelves);
        if self.is_empty() {
            self.dropped_lately = 0;
        }
        self.backfill.set_rate(ack.backfill_per_s);
        let known = self.ingest.replace(ack.ingest.as_str().into());
        if known.is_some_and(|known| *known != *ack.ingest) {
            self.under_way.clear(&mut self.shelves);
            self.forgive();
        }
    }

    /// Drops everything: a declared gap.
    pub fn forget_all(&mut self) {
        self.dropped += self.len() as u64;
        self.shelves.drain(..self.shelves.len() - 1);
        self.running_mut().entries.clear();
        self.running_mut().give_memory_back();
        self.under_way = UnderWay::default();
        self.dropped_lately = 0;
        if let Some(journal) = &mut self.journal {
            journal.ask_for_whole();
        }
    }

    /// What was under way is sent again: the connection is new.
    pub fn connected(&mut self) {
        self.under_way.clear(&mut self.shelves);
    }

    /// Records not yet known to be stored.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shelves.iter().map(|shelf| shelf.entries.len()).sum()
    }

    /// Whether every record is known to be stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shelves.iter().all(|shelf| shelf.entries.is_empty())
    }

    /// Records dropped because the outbox was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Records dropped since the outbox was last empty: what an alarm tells until the backlog is gone.
    #[must_use]
    pub fn dropped_lately(&self) -> u64 {
        self.dropped_lately
    }

    /// Whether records are not safe from a power cut at present: the disk failed, or is more than five seconds behind.
    #[must_use]
    pub fn is_disk_in_trouble(&self, mono_ms: u64) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.is_in_trouble(mono_ms))
    }

    /// The next write to the log, if there is anything to write now. Writes are to be done in order; each is told to
    /// [`Outbox::synced`] when it is on disk. The first after [`Outbox::recover`] is the whole log, and is to be on disk
    /// before anything is pushed.
    pub fn next_write(&mut self, mono_ms: u64) -> Option<LogWrite> {
        let journal = self.journal.as_mut()?;
        if !journal.wants_whole(mono_ms, || live_bytes(&self.shelves)) {
            return journal.append(mono_ms);
        }
        let bytes = whole_log(journal, &mut self.shelves);
        Some(journal.whole(bytes, mono_ms))
    }

    /// Hears that this write is on disk, and every one before it.
    pub fn synced(&mut self, mark: u64) {
        if let Some(journal) = &mut self.journal {
            journal.synced(mark);
        }
    }

    /// Hears that a write failed. Nothing more is written until, a minute later, the whole log is written anew.
    pub fn disk_failed(&mut self, mono_ms: u64) {
        if let Some(journal) = &mut self.journal {
            journal.disk_failed(mono_ms);
        }
    }

    /// The last write: the log is closed in order. To be used when no record will be pushed any more; `None` when
    /// there is no log, or its disk failed.
    pub fn close(&mut self, mono_ms: u64) -> Option<LogWrite> {
        let journal = self.journal.as_mut()?;
        if !journal.wants_whole(mono_ms, || usize::MAX / 2) {
            return journal.append_closed(mono_ms);
        }
        let mut bytes = whole_log(journal, &mut self.shelves);
        bytes.extend_from_slice(&Frame::closed());
        Some(journal.whole(bytes, mono_ms))
    }

    fn running(&self) -> &Shelf {
        self.shelves.last().expect("there is always the boot that runs")
    }

    fn running_mut(&mut self) -> &mut Shelf {
        self.shelves.last_mut().expect("there is always the boot that runs")
    }

    /// An earlier boot without records has nothing left to say, or must say that something is missing.
    fn finish(&mut self, at: usize) {
        if !self.shelves[at].is_settled() {
            self.close_if_over(at);
        } else if at + 1 < self.shelves.len() {
            self.shelves.remove(at);
        }
    }

    /// Gives an entry the mark of the next write, and the log its frame.
    fn write_down(&mut self, shelf: usize, entry: usize) {
        let Some(journal) = &mut self.journal else { return };
        let shelf = &mut self.shelves[shelf];
        let frame = shelf.frame(&shelf.entries[entry]);
        let entry = &mut shelf.entries[entry];
        entry.mark = journal.next_mark();
        entry.log_bytes = frame.len() as u32;
        journal.add_record(&frame);
    }

    /// Another run of ingest may take what the one before did not.
    fn forgive(&mut self) {
        self.under_way.forgive();
        for entry in self.shelves.iter_mut().flat_map(|shelf| &mut shelf.entries) {
            entry.in_vain = 0;
            entry.stage = Stage::Waiting;
        }
    }
}
