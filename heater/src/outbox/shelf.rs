//! The records of one boot that are not yet known to be stored, in the order of their seq.

use std::collections::VecDeque;

use vocabulary::{BootId, Record, Timestamp};

use super::frame::{BootNote, Confirmed, Frame};
use super::packed::Packed;

/// Room kept by an empty or nearly empty shelf: after a long outage its memory is given back.
const ROOM_KEPT: usize = 32;

/// What is being done about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// To be sent.
    Waiting,
    /// Sent, and an answer may still come.
    UnderWay,
    /// Sent in vain too often: it waits behind all others.
    SetBack,
}

/// One record in waiting.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) mono_ms: u64,
    pub(super) ts: Timestamp,
    pub(super) samples: Packed,
    /// The write that brings it to disk; 0 is what was on disk from the start.
    pub(super) mark: u64,
    /// Its length in the log.
    pub(super) log_bytes: u32,
    pub(super) stage: Stage,
    /// How often its answer did not come in time.
    pub(super) in_vain: u8,
    /// It carries no samples: it stands at the end of a boot that is over, to declare what is missing before it.
    pub(super) is_closing: bool,
}

impl Entry {
    pub(super) fn new(seq: u64, mono_ms: u64, ts: Timestamp, samples: Packed) -> Self {
        Self {
            seq,
            mono_ms,
            ts,
            samples,
            mark: 0,
            log_bytes: 0,
            stage: Stage::Waiting,
            in_vain: 0,
            is_closing: false,
        }
    }
}

/// One boot's records in waiting.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    pub(super) boot: BootId,
    pub(super) bn: u64,
    /// The highest seq given to a record.
    pub(super) last: u64,
    /// The highest mark heard from the platform.
    pub(super) hwm: u64,
    pub(super) entries: VecDeque<Entry>,
    /// When the newest record was made that is gone since: the time of a closing record where no other is left.
    pub(super) newest: Option<(u64, Timestamp)>,
}

impl Shelf {
    pub(super) fn new(boot: BootId, bn: u64) -> Self {
        Self { boot, bn, last: 0, hwm: 0, entries: VecDeque::new(), newest: None }
    }

    /// The lowest seq still here; everything below is confirmed or lost.
    pub(super) fn low(&self) -> u64 {
        self.entries.front().map_or(self.last.saturating_add(1), |entry| entry.seq)
    }

    pub(super) fn entry(&mut self, seq: u64) -> Option<&mut Entry> {
        let at = self.place(seq).ok()?;
        self.entries.get_mut(at)
    }

    /// Where the entry of this seq is, or would be.
    fn place(&self, seq: u64) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&seq, |entry| entry.seq)
    }

    /// Puts an entry where its seq belongs; one that is there already stays as it is.
    pub(super) fn insert(&mut self, entry: Entry) {
        self.last = self.last.max(entry.seq);
        if let Err(at) = self.place(entry.seq) {
            self.entries.insert(at, entry);
        }
    }

    /// Forgets what the platform has confirmed.
    pub(super) fn confirm(&mut self, confirmed: &Confirmed) {
        // Nobody can confirm what was not made yet; a mark beyond it must not swallow what comes.
        self.hwm = self.hwm.max(confirmed.hwm.min(self.last));
        let hwm = self.hwm;
        if let Some(newest) = self.entries.back() {
            self.newest = Some((newest.mono_ms, newest.ts));
        }
        let is_got = |seq: u64| confirmed.got.iter().any(|&(from, to)| (from..=to).contains(&seq));
        self.entries.retain(|entry| entry.seq > hwm && !is_got(entry.seq));
        self.give_memory_back();
    }

    /// Adds the record that closes a boot that is over, `skipped` seqs above the last: it declares all below it that
    /// is not confirmed by then.
    pub(super) fn close(&mut self, skipped: u64, mark: u64) {
        let seq = self.last.saturating_add(skipped).saturating_add(1);
        let newest = self.entries.back().map(|entry| (entry.mono_ms, entry.ts));
        let (mono_ms, ts) = newest.or(self.newest).unwrap_or((0, Timestamp::from_ms(0)));
        let entry = Entry { is_closing: true, mark, ..Entry::new(seq, mono_ms, ts, Packed::none()) };
        self.last = seq;
        self.entries.push_back(entry);
    }

    /// Whether the platform's mark has passed everything that this boot had to say.
    pub(super) fn is_settled(&self) -> bool {
        self.hwm >= self.last
    }

    /// Records that carry samples.
    pub(super) fn filled(&self) -> usize {
        let closing = self.entries.iter().rev().take_while(|entry| entry.is_closing).count();
        self.entries.len() - closing
    }

    pub(super) fn record_of(&self, seq: u64, late: bool) -> Option<Record> {
        let at = self.place(seq).ok()?;
        Some(self.record(&self.entries[at], late))
    }

    fn record(&self, entry: &Entry, late: bool) -> Record {
        Record {
            boot: self.boot,
            bn: self.bn,
            seq: entry.seq,
            low: self.low(),
            mono_ms: entry.mono_ms,
            ts: entry.ts,
            late,
            samples: entry.samples.unpack(),
        }
    }

    /// The entry as it stands in the log.
    pub(super) fn frame(&self, entry: &Entry) -> Vec<u8> {
        Frame::record(&self.record(entry, false), entry.is_closing)
    }

    pub(super) fn note(&self) -> BootNote {
        BootNote { boot: self.boot, bn: self.bn, last: self.last, hwm: self.hwm }
    }

    pub(super) fn give_memory_back(&mut self) {
        let wanted = self.entries.len().max(ROOM_KEPT);
        if self.entries.capacity() > 4 * wanted {
            self.entries.shrink_to(wanted);
        }
    }
}
