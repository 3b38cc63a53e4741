//! What the log on disk still lacks. Says what is to be written and hears what became of it; writes nothing itself.
//!
//! ```text
//! KEPT ──disk_failed──> FAILED ──a minute later: the whole log is written anew──> HEALING ──synced──> KEPT
//!                          ^                                                         │
//!                          └────────────────────disk_failed──────────────────────────┘
//! ```

use std::collections::VecDeque;

use super::frame::{Confirmed, Frame, Header, VERSION};

/// A disk that failed is tried again after this long.
const RETRY_AFTER_MS: u64 = 60_000;
/// The most that a power cut may cost. A disk that takes longer than this is in trouble.
pub(super) const MAX_UNSYNCED_MS: u64 = 5_000;
/// Below this a log is not worth writing anew.
const SMALLEST_REWRITE_BYTES: usize = 64 * 1024;

/// What is to be done to the log, in the order in which it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWrite {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether they take the place of the whole log, at once or not at all, instead of being appended.
    pub replaces: bool,
    /// To be told to [`super::Outbox::synced`] once this write is on disk and everything before it.
    pub mark: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    Kept,
    Failed { retry_at_ms: u64 },
    Healing { mark: u64 },
}

/// The log's side of an outbox.
#[derive(Debug)]
pub(super) struct Journal {
    header: Header,
    disk: Disk,
    /// Frames that wait to be appended; empty while the whole log is to be written anyway.
    pending: Vec<u8>,
    /// Whether `pending` holds more than what may wait for ever.
    is_urgent: bool,
    /// The newest word on each boot, told along with the next record: losing one costs a duplicate and nothing else.
    confirmed: Vec<Confirmed>,
    /// The next write replaces the log.
    is_whole: bool,
    next_mark: u64,
    synced: u64,
    /// Writes with records that are not on disk yet, and since when they are on their way.
    unsynced: VecDeque<(u64, u64)>,
    log_bytes: usize,
}

impl Journal {
    /// The log of an outbox that was just made or recovered: its first write is the whole log.
    pub(super) fn new() -> Self {
        Self {
            header: Header { v: VERSION },
            disk: Disk::Kept,
            pending: Vec::new(),
            is_urgent: false,
            confirmed: Vec::new(),
            is_whole: true,
            next_mark: 1,
            synced: 0,
            unsynced: VecDeque::new(),
            log_bytes: 0,
        }
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// The mark of the next write.
    pub(super) const fn next_mark(&self) -> u64 {
        self.next_mark
    }

    /// What is on disk, or counts as if it were: with a disk in trouble the heater goes on from memory.
    pub(super) fn sendable_mark(&self, mono_ms: u64) -> u64 {
        if self.is_in_trouble(mono_ms) { u64::MAX } else { self.synced }
    }

    /// Whether the disk failed, or has not answered for longer than a power cut may cost.
    pub(super) fn is_in_trouble(&self, mono_ms: u64) -> bool {
        let slow = |&(_, since_ms): &(u64, u64)| mono_ms.saturating_sub(since_ms) > MAX_UNSYNCED_MS;
        self.disk != Disk::Kept || self.unsynced.front().is_some_and(slow)
    }

    /// Takes the frame of a new record.
    pub(super) fn add_record(&mut self, frame: &[u8]) {
        if matches!(self.disk, Disk::Failed { .. }) {
            return;
        }
        self.is_urgent = true;
        if !self.is_whole {
            self.pending.extend_from_slice(frame);
        }
    }

    pub(super) fn add_confirmed(&mut self, confirmed: Confirmed) {
        match self.confirmed.iter_mut().find(|known| known.boot == confirmed.boot) {
            Some(known) => *known = confirmed,
            None => self.confirmed.push(confirmed),
        }
    }

    /// The next write replaces the log.
    pub(super) fn ask_for_whole(&mut self) {
        self.is_whole = true;
        self.pending = Vec::new();
    }

    /// Whether the next write is the whole log; `live_bytes` says how much of it is still needed.
    pub(super) fn wants_whole(&self, mono_ms: u64, live_bytes: impl FnOnce() -> usize) -> bool {
        match self.disk {
            Disk::Failed { retry_at_ms } => mono_ms >= retry_at_ms,
            _ if self.is_whole => true,
            _ => self.log_bytes > SMALLEST_REWRITE_BYTES && self.log_bytes > 2 * live_bytes(),
        }
    }

    /// The whole log, about to be written.
    pub(super) fn whole(&mut self, bytes: Vec<u8>, mono_ms: u64) -> LogWrite {
        let mark = self.take_mark(mono_ms);
        if self.disk != Disk::Kept {
            self.disk = Disk::Healing { mark };
        }
        self.is_whole = false;
        self.pending = Vec::new();
        self.confirmed.clear();
        self.log_bytes = bytes.len();
        LogWrite { bytes, replaces: true, mark }
    }

    /// What is to be appended now, if anything is urgent.
    pub(super) fn append(&mut self, mono_ms: u64) -> Option<LogWrite> {
        if !self.is_urgent || matches!(self.disk, Disk::Failed { .. }) {
            return None;
        }
        Some(self.append_now(mono_ms))
    }

    /// What is to be appended last of all.
    pub(super) fn append_closed(&mut self, mono_ms: u64) -> Option<LogWrite> {
        if matches!(self.disk, Disk::Failed { .. }) {
            return None;
        }
        let mut write = self.append_now(mono_ms);
        write.bytes.extend_from_slice(&Frame::closed());
        Some(write)
    }

    fn append_now(&mut self, mono_ms: u64) -> LogWrite {
        let mut bytes = std::mem::take(&mut self.pending);
        for confirmed in self.confirmed.drain(..) {
            bytes.extend_from_slice(&Frame::confirmed(&confirmed));
        }
        self.log_bytes += bytes.len();
        LogWrite { bytes, replaces: false, mark: self.take_mark(mono_ms) }
    }

    fn take_mark(&mut self, mono_ms: u64) -> u64 {
        let mark = self.next_mark;
        self.next_mark += 1;
        if std::mem::take(&mut self.is_urgent) {
            self.unsynced.push_back((mark, mono_ms));
        }
        mark
    }

    pub(super) fn synced(&mut self, mark: u64) {
        self.synced = self.synced.max(mark);
        while self.unsynced.front().is_some_and(|&(first, _)| first <= mark) {
            self.unsynced.pop_front();
        }
        if matches!(self.disk, Disk::Healing { mark: healing } if mark >= healing) {
            self.disk = Disk::Kept;
        }
    }

    pub(super) fn disk_failed(&mut self, mono_ms: u64) {
        self.disk = Disk::Failed { retry_at_ms: mono_ms.saturating_add(RETRY_AFTER_MS) };
        self.unsynced.clear();
        self.is_urgent = false;
        self.ask_for_whole();
    }
}
