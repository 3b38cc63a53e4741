//! The outbox: records wait here until the platform has said that they are on disk. PUBACK never deletes one.
//!
//! ```text
//! waiting ──sent──> in flight ──covered by an ack──> gone
//!    ^                 │
//!    └─ 30 s without an answer, a new connection, another run of ingest
//! full: the oldest is dropped and `low` rises: a declared gap, never a silent one
//! ```
//! Live records go first; history follows at the rate that ingest allows. Time is the heater's monotonic clock.

use std::collections::VecDeque;

use vocabulary::{Ack, BootId, Record, Sample, Timestamp};

/// A record older than this is history when it is sent.
const LIVE_FOR_MS: u64 = 60_000;
/// History per second until ingest says otherwise.
const DEFAULT_BACKFILL_PER_S: u32 = 5;

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

struct Entry {
    seq: u64,
    mono_ms: u64,
    ts: Timestamp,
    samples: Vec<Sample>,
    /// When it was sent last, while that is not known to have come to nothing.
    sent_at_ms: Option<u64>,
}

/// Records of one boot that are not yet known to be stored.
pub struct Outbox {
    boot: BootId,
    bn: u64,
    next_seq: u64,
    entries: VecDeque<Entry>,
    limits: OutboxLimits,
    ingest: Option<String>,
    backfill_per_s: u32,
    /// History that may be sent now, in records; refilled with time up to one second's worth.
    backfill_credit: f64,
    credited_at_ms: u64,
    dropped: u64,
}

impl Outbox {
    /// An empty outbox of boot number `bn`.
    #[must_use]
    pub fn new(boot: BootId, bn: u64, limits: OutboxLimits) -> Self {
        Self {
            boot,
            bn,
            next_seq: 1,
            entries: VecDeque::new(),
            limits,
            ingest: None,
            backfill_per_s: DEFAULT_BACKFILL_PER_S,
            backfill_credit: 0.0,
            credited_at_ms: 0,
            dropped: 0,
        }
    }

    /// Puts a record in. When the outbox is full the oldest record is dropped, which the next `low` declares.
    pub fn push(&mut self, samples: Vec<Sample>, mono_ms: u64, ts: Timestamp) {
        if self.entries.len() >= self.limits.capacity.max(1) {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(Entry { seq: self.next_seq, mono_ms, ts, samples, sent_at_ms: None });
        self.next_seq += 1;
    }

    /// The next record to send, now under way; `None` when there is none, the window is full, or history must wait.
    pub fn next_to_send(&mut self, mono_ms: u64) -> Option<Record> {
        self.resend_unanswered(mono_ms);
        self.credit_backfill(mono_ms);
        if self.in_flight() >= self.limits.window {
            return None;
        }
        let is_live = |entry: &Entry| mono_ms.saturating_sub(entry.mono_ms) <= LIVE_FOR_MS;
        let waiting_live = self.entries.iter().position(|e| e.sent_at_ms.is_none() && is_live(e));
        let (at, late) = match waiting_live {
            Some(at) => (at, false),
            None if self.backfill_credit >= 1.0 => {
                (self.entries.iter().position(|e| e.sent_at_ms.is_none())?, true)
            }
            None => return None,
        };
        if late {
            self.backfill_credit -= 1.0;
        }
        let low = self.entries.front().map_or(self.next_seq, |entry| entry.seq);
        let entry = &mut self.entries[at];
        entry.sent_at_ms = Some(mono_ms);
        Some(Record {
            boot: self.boot,
            bn: self.bn,
            seq: entry.seq,
            low,
            mono_ms: entry.mono_ms,
            ts: entry.ts,
            late,
            samples: entry.samples.clone(),
        })
    }

    /// Forgets what an acknowledgement covers. One of another boot is not ours to act on.
    pub fn hear(&mut self, ack: &Ack) {
        if ack.boot != self.boot {
            return;
        }
        self.entries.retain(|entry| !ack.covers(entry.seq));
        self.backfill_per_s = ack.backfill_per_s;
        let known = self.ingest.replace(ack.ingest.clone());
        if known.is_some_and(|known| known != ack.ingest) {
            self.send_all_again();
        }
    }

    /// Drops everything: a declared gap.
    pub fn forget_all(&mut self) {
        self.dropped += self.entries.len() as u64;
        self.entries.clear();
    }

    /// What was under way is sent again: the connection is new.
    pub fn connected(&mut self) {
        self.send_all_again();
    }

    /// Records not yet known to be stored.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether every record is known to be stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Records dropped because the outbox was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    fn in_flight(&self) -> usize {
        self.entries.iter().filter(|entry| entry.sent_at_ms.is_some()).count()
    }

    fn send_all_again(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.sent_at_ms = None);
    }

    /// A record may be lost alone while those after it get through: each waits for its own answer.
    fn resend_unanswered(&mut self, mono_ms: u64) {
        let patience_ms = self.limits.resend_after_ms;
        for entry in &mut self.entries {
            entry.sent_at_ms.take_if(|sent| mono_ms.saturating_sub(*sent) >= patience_ms);
        }
    }

    fn credit_backfill(&mut self, mono_ms: u64) {
        let elapsed_s = mono_ms.saturating_sub(self.credited_at_ms) as f64 / 1000.0;
        let rate = f64::from(self.backfill_per_s);
        self.backfill_credit = (self.backfill_credit + elapsed_s * rate).min(rate.max(1.0));
        self.credited_at_ms = mono_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: BootId = BootId::from_bits(7);

    fn outbox(records: u64) -> Outbox {
        let mut outbox = Outbox::new(BOOT, 1, OutboxLimits::default());
        for n in 0..records {
            outbox.push(vec![], n, Timestamp::from_ms(n as i64));
        }
        outbox
    }

    fn ack(hwm: u64, got: Vec<(u64, u64)>, ingest: &str) -> Ack {
        Ack { boot: BOOT, hwm, got, ingest: ingest.to_owned(), backfill_per_s: 2 }
    }

    fn drain(outbox: &mut Outbox, mono_ms: u64) -> Vec<(u64, bool)> {
        std::iter::from_fn(|| outbox.next_to_send(mono_ms)).map(|r| (r.seq, r.late)).collect()
    }

    #[test]
    fn only_an_acknowledgement_deletes_a_record() {
        let mut outbox = outbox(3);
        assert_eq!(drain(&mut outbox, 100), [(1, false), (2, false), (3, false)]);
        assert_eq!(outbox.len(), 3);
        outbox.hear(&ack(1, vec![(3, 3)], "a"));
        assert_eq!(outbox.len(), 1);
        outbox.hear(&ack(3, vec![], "a"));
        assert!(outbox.is_empty());
    }

    #[test]
    fn an_acknowledgement_of_another_boot_deletes_nothing() {
        let mut outbox = outbox(3);
        outbox.hear(&Ack { boot: BootId::from_bits(8), ..ack(3, vec![], "a") });
        assert_eq!(outbox.len(), 3);
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_after_half_a_minute() {
        let mut outbox = outbox(2);
        drain(&mut outbox, 100);
        assert_eq!(drain(&mut outbox, 30_099), []);
        assert_eq!(drain(&mut outbox, 30_100), [(1, false), (2, false)]);
    }

    #[test]
    fn a_record_lost_alone_is_sent_again_though_those_after_it_get_through() {
        let mut outbox = outbox(1);
        drain(&mut outbox, 0);
        for n in 1..=2 {
            outbox.push(vec![], n * 10_000, Timestamp::from_ms(0));
            drain(&mut outbox, n * 10_000);
            outbox.hear(&ack(0, vec![(2, 1 + n)], "a"));
        }
        outbox.push(vec![], 30_000, Timestamp::from_ms(0));
        assert_eq!(drain(&mut outbox, 30_000), [(1, false), (4, false)]);
    }

    #[test]
    fn a_new_connection_and_a_new_ingest_send_again_at_once() {
        let mut outbox = outbox(2);
        drain(&mut outbox, 100);
        outbox.connected();
        assert_eq!(drain(&mut outbox, 200).len(), 2);
        outbox.hear(&ack(0, vec![], "a"));
        assert_eq!(drain(&mut outbox, 300), []);
        outbox.hear(&ack(0, vec![], "b"));
        assert_eq!(drain(&mut outbox, 400).len(), 2);
    }

    #[test]
    fn live_goes_first_and_history_at_the_rate_allowed() {
        let mut outbox = outbox(5);
        outbox.hear(&ack(0, vec![], "a"));
        outbox.push(vec![], 200_000, Timestamp::from_ms(200_000));
        assert_eq!(drain(&mut outbox, 200_000), [(6, false), (1, true), (2, true)]);
        assert_eq!(drain(&mut outbox, 200_400), []);
        assert_eq!(drain(&mut outbox, 201_000), [(3, true), (4, true)]);
    }

    #[test]
    fn an_overflow_is_declared_by_low() {
        let mut outbox = Outbox::new(BOOT, 1, OutboxLimits { capacity: 2, ..OutboxLimits::default() });
        for n in 0..5 {
            outbox.push(vec![], n, Timestamp::from_ms(0));
        }
        let record = outbox.next_to_send(10).unwrap();
        assert_eq!((record.seq, record.low, outbox.dropped()), (4, 4, 3));
    }

    #[test]
    fn the_window_bounds_what_is_under_way() {
        let mut outbox = outbox(90);
        assert_eq!(drain(&mut outbox, 100).len(), OutboxLimits::default().window);
        outbox.hear(&ack(10, vec![], "a"));
        assert_eq!(drain(&mut outbox, 200).len(), 10);
    }
}
