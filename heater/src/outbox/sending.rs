//! What is sent next: live first, then history at the rate allowed, then what was sent in vain too often.

use std::collections::VecDeque;

use vocabulary::Record;

use super::Outbox;
use super::shelf::{Entry, Shelf, Stage};

/// A record older than this is history when it is sent.
const LIVE_FOR_MS: u64 = 60_000;
/// History per second until ingest says otherwise.
const DEFAULT_BACKFILL_PER_S: u32 = 5;
/// A record that was not answered this often is set back.
const IN_VAIN_LIMIT: u8 = 3;
/// Records that were set back may fill this part of the window: a platform that never answers them must not keep
/// others from being sent.
const SET_BACK_SHARE: usize = 4;

/// A record that was sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    at_ms: u64,
    bn: u64,
    seq: u64,
    was_set_back: bool,
}

/// The window, in the order of sending, and the queue of those that were set back.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    sent: VecDeque<Sent>,
    /// Boot number and seq; one that is gone meanwhile is passed over.
    set_back: VecDeque<(u64, u64)>,
}

impl UnderWay {
    /// Forgets what is not there any more.
    pub(super) fn forget_gone(&mut self, shelves: &mut [Shelf]) {
        self.sent.retain(|sent| entry(shelves, sent.bn, sent.seq).is_some());
    }

    /// Nothing is under way any more: all of it waits again.
    pub(super) fn clear(&mut self, shelves: &mut [Shelf]) {
        for sent in std::mem::take(&mut self.sent) {
            self.put_back(shelves, sent);
        }
    }

    pub(super) fn forgive(&mut self) {
        self.set_back.clear();
    }

    /// A record may be lost alone while those after it get through: each waits for its own answer.
    fn resend_unanswered(&mut self, shelves: &mut [Shelf], mono_ms: u64, patience_ms: u64) {
        while let Some(sent) =
            self.sent.pop_front_if(|sent| mono_ms.saturating_sub(sent.at_ms) >= patience_ms)
        {
            if let Some(entry) = entry(shelves, sent.bn, sent.seq) {
                entry.in_vain = entry.in_vain.saturating_add(1);
            }
            self.put_back(shelves, sent);
        }
    }

    fn put_back(&mut self, shelves: &mut [Shelf], sent: Sent) {
        let Some(entry) = entry(shelves, sent.bn, sent.seq) else { return };
        if entry.in_vain < IN_VAIN_LIMIT {
            entry.stage = Stage::Waiting;
        } else {
            entry.stage = Stage::SetBack;
            self.set_back.push_back((sent.bn, sent.seq));
        }
    }

    /// The next of those that were set back, while they have room in the window.
    fn next_set_back(&mut self, shelves: &mut [Shelf], window: usize) -> Option<(u64, u64)> {
        let under_way = self.sent.iter().filter(|sent| sent.was_set_back).count();
        if under_way >= (window / SET_BACK_SHARE).max(1) {
            return None;
        }
        let mut is_here =
            |(bn, seq)| entry(shelves, bn, seq).is_some_and(|entry| entry.stage == Stage::SetBack);
        std::iter::from_fn(|| self.set_back.pop_front()).find(|&key| is_here(key))
    }
}

/// How much history may be sent.
#[derive(Debug)]
pub(super) struct Backfill {
    per_s: u32,
    /// History that may be sent now, in records; refilled with time up to one second's worth.
    credit: f64,
    refilled_at_ms: u64,
}

impl Default for Backfill {
    fn default() -> Self {
        Self { per_s: DEFAULT_BACKFILL_PER_S, credit: 0.0, refilled_at_ms: 0 }
    }
}

impl Backfill {
    pub(super) fn set_rate(&mut self, per_s: u32) {
        self.per_s = per_s;
    }

    fn refill(&mut self, mono_ms: u64) {
        let elapsed_s = mono_ms.saturating_sub(self.refilled_at_ms) as f64 / 1000.0;
        let rate = f64::from(self.per_s);
        self.credit = if self.per_s == 0 { 0.0 } else { (self.credit + elapsed_s * rate).min(rate) };
        self.refilled_at_ms = mono_ms;
    }
}

impl Outbox {
    /// The next record to send, now under way; `None` when there is none that may be sent, the window is full, or
    /// history must wait.
    pub fn next_to_send(&mut self, mono_ms: u64) -> Option<Record> {
        self.under_way.resend_unanswered(&mut self.shelves, mono_ms, self.limits.resend_after_ms);
        self.backfill.refill(mono_ms);
        if self.under_way.sent.len() >= self.limits.window {
            return None;
        }
        let sendable = self.journal.as_ref().map_or(u64::MAX, |journal| journal.sendable_mark(mono_ms));
        if let Some((bn, seq)) = self.next_live(mono_ms, sendable) {
            return self.send(bn, seq, mono_ms, false);
        }
        if self.backfill.credit < 1.0 {
            return None;
        }
        let (bn, seq) = self
            .next_of_history(sendable)
            .or_else(|| self.under_way.next_set_back(&mut self.shelves, self.limits.window))?;
        self.backfill.credit -= 1.0;
        self.send(bn, seq, mono_ms, true)
    }

    /// The oldest waiting record of this boot that is no history yet.
    fn next_live(&self, mono_ms: u64, sendable: u64) -> Option<(u64, u64)> {
        let running = self.running();
        let is_history = |entry: &Entry| mono_ms.saturating_sub(entry.mono_ms) > LIVE_FOR_MS;
        let from = running.entries.partition_point(is_history);
        let waiting = running.entries.range(from..).find(|entry| may_go(entry, sendable))?;
        Some((running.bn, waiting.seq))
    }

    /// The oldest waiting record of all.
    fn next_of_history(&self, sendable: u64) -> Option<(u64, u64)> {
        self.shelves.iter().find_map(|shelf| {
            // A closing record declares all below it lost: it goes when nothing below it is left.
            let has_its_turn = |entry: &Entry| !entry.is_closing || entry.seq == shelf.low();
            let waiting =
                shelf.entries.iter().find(|entry| may_go(entry, sendable) && has_its_turn(entry))?;
            Some((shelf.bn, waiting.seq))
        })
    }

    fn send(&mut self, bn: u64, seq: u64, mono_ms: u64, late: bool) -> Option<Record> {
        let shelf = self.shelves.iter_mut().find(|shelf| shelf.bn == bn)?;
        let entry = shelf.entry(seq)?;
        let was_set_back = entry.stage == Stage::SetBack;
        entry.stage = Stage::UnderWay;
        self.under_way.sent.push_back(Sent { at_ms: mono_ms, bn, seq, was_set_back });
        shelf.record_of(seq, late)
    }
}

fn may_go(entry: &Entry, sendable: u64) -> bool {
    entry.stage == Stage::Waiting && entry.mark <= sendable
}

fn entry(shelves: &mut [Shelf], bn: u64, seq: u64) -> Option<&mut Entry> {
    shelves.iter_mut().find(|shelf| shelf.bn == bn)?.entry(seq)
}
