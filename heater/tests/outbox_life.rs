//! A heater's outbox over many lives: pushes, syncs, losses on the line, kills, power cuts and overflow in any order.
//! Whatever happened, in the end every record is at the platform or was declared lost, and no number was used twice.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::collections::{BTreeMap, BTreeSet};

use fixture::{Platform, birth, sample_of, value_of};
use heater::{LogWrite, Outbox, OutboxLimits};
use proptest::prelude::*;
use vocabulary::{BootId, Timestamp};

const LIMITS: OutboxLimits = OutboxLimits { capacity: 6, window: 4, resend_after_ms: 30_000 };
/// So that a power cut can take two.
const PACE_MS: u64 = 2_500;
const AT_RISK: u64 = 2;

/// A disk with a page cache: what is written is lost in a power cut until it is synced.
#[derive(Debug, Default)]
struct Disk {
    synced: Vec<u8>,
    written: Vec<LogWrite>,
}

impl Disk {
    /// The bytes when the first `count` writes, and `torn` bytes of the next one, have reached the disk.
    fn after(&self, count: usize, torn: usize) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for write in &self.written[..count] {
            apply(&mut bytes, write);
        }
        // Only an append can be torn: a whole log appears at once.
        if let Some(next) = self.written.get(count).filter(|next| !next.replaces) {
            bytes.extend_from_slice(&next.bytes[..torn.min(next.bytes.len())]);
        }
        bytes
    }
}

fn apply(bytes: &mut Vec<u8>, write: &LogWrite) {
    if write.replaces {
        bytes.clear();
    }
    bytes.extend_from_slice(&write.bytes);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Push,
    Write,
    Sync,
    /// Sends what may be sent; a set bit lets a record through.
    Send(u8),
    /// The platform answers for every boot it knows; a set bit lets an answer through.
    Answer(u8),
    Reconnect,
    Minute,
    Stop,
    Kill,
    /// So many writes, and bytes of the next, have reached the disk.
    PowerCut(usize, usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => Just(Step::Push),
        6 => Just(Step::Write),
        6 => Just(Step::Sync),
        6 => any::<u8>().prop_map(Step::Send),
        4 => any::<u8>().prop_map(Step::Answer),
        1 => Just(Step::Reconnect),
        1 => Just(Step::Minute),
        1 => Just(Step::Stop),
        1 => Just(Step::Kill),
        2 => (0..4_usize, 0..600_usize).prop_map(|(count, torn)| Step::PowerCut(count, torn)),
    ]
}

/// What the heater did, seen from outside.
struct House {
    outbox: Outbox,
    disk: Disk,
    platform: Platform,
    mono_ms: u64,
    bn: u64,
    /// The value of every record ever pushed, by boot and seq.
    pushed: BTreeMap<(BootId, u64), f64>,
    next_seq: u64,
    /// Pushed and not yet known to be on disk.
    at_risk: BTreeSet<u64>,
    /// Of these, what the process has not even handed to its disk.
    not_written: BTreeSet<u64>,
}

impl House {
    fn new() -> Self {
        let (outbox, _) = Outbox::recover(&[], &birth(1, PACE_MS), LIMITS).unwrap();
        let mut house = Self {
            outbox,
            disk: Disk::default(),
            platform: Platform::default(),
            mono_ms: 0,
            bn: 1,
            pushed: BTreeMap::new(),
            next_seq: 1,
            at_risk: BTreeSet::new(),
            not_written: BTreeSet::new(),
        };
        house.write_and_sync();
        house
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Push => self.push(),
            Step::Write => self.write(),
            Step::Sync => self.sync(),
            Step::Send(through) => self.send(through),
            Step::Answer(through) => self.answer(through),
            Step::Reconnect => self.outbox.connected(),
            Step::Minute => {
                self.write_and_sync();
                self.mono_ms += 61_000;
            }
            Step::Stop => {
                self.write_and_sync();
                if let Some(last) = self.outbox.close(self.mono_ms) {
                    self.disk.written.push(last);
                }
                let bytes = self.disk.after(self.disk.written.len(), 0);
                assert_eq!(self.boot(bytes), 0, "nothing is missing after a stop in order");
            }
            // What waited in the process is gone; what was written is in the page cache.
            Step::Kill => {
                let bytes = self.disk.after(self.disk.written.len(), 0);
                self.boot(bytes);
            }
            Step::PowerCut(count, torn) => {
                let bytes = self.disk.after(count.min(self.disk.written.len()), torn);
                self.boot(bytes);
            }
        }
    }

    fn push(&mut self) {
        // A disk that is behind longer than five seconds is another story.
        if self.at_risk.len() as u64 >= AT_RISK {
            self.write_and_sync();
        }
        let value = self.pushed.len() as f64;
        self.pushed.insert((self.outbox.boot(), self.next_seq), value);
        self.at_risk.insert(self.next_seq);
        self.not_written.insert(self.next_seq);
        self.next_seq += 1;
        self.outbox.push(&sample_of(value), self.mono_ms, Timestamp::from_ms(self.mono_ms as i64));
    }

    fn write(&mut self) {
        while let Some(write) = self.outbox.next_write(self.mono_ms) {
            self.disk.written.push(write);
            self.not_written.clear();
        }
    }

    fn sync(&mut self) {
        let Some(mark) = self.disk.written.last().map(|write| write.mark) else { return };
        self.disk.synced = self.disk.after(self.disk.written.len(), 0);
        self.disk.written.clear();
        self.outbox.synced(mark);
        self.at_risk = self.not_written.clone();
    }

    fn write_and_sync(&mut self) {
        self.write();
        self.sync();
    }

    fn send(&mut self, through: u8) {
        self.mono_ms += 100;
        let mut bit = 0;
        while let Some(record) = self.outbox.next_to_send(self.mono_ms) {
            let is_ours = record.boot == self.outbox.boot();
            assert!(
                !is_ours || !self.at_risk.contains(&record.seq),
                "{record:?} was sent and is not on disk"
            );
            assert!(is_ours || record.late, "{record:?} of an earlier boot is history");
            if through >> (bit % 8) & 1 == 1 {
                self.platform.hear(&record);
            }
            bit += 1;
        }
    }

    fn answer(&mut self, through: u8) {
        for (at, ack) in self.platform.acks("ingest").into_iter().enumerate() {
            if through >> (at % 8) & 1 == 1 {
                self.outbox.hear(&ack);
            }
        }
    }

    /// Boots from what is on disk; gives how many records are declared lost at most.
    fn boot(&mut self, bytes: Vec<u8>) -> u64 {
        self.bn += 1;
        let (outbox, recovered) = Outbox::recover(&bytes, &birth(self.bn, PACE_MS), LIMITS).unwrap();
        self.outbox = outbox;
        self.disk = Disk { synced: bytes, written: Vec::new() };
        self.next_seq = 1;
        self.at_risk.clear();
        self.not_written.clear();
        self.write_and_sync();
        recovered.lost_at_most
    }

    /// On a perfect line, with all the time there is, everything leaves.
    fn finish(&mut self) {
        self.push();
        for _ in 0..2_000 {
            if self.outbox.is_empty() {
                return;
            }
            self.write_and_sync();
            self.send(u8::MAX);
            self.answer(u8::MAX);
            self.mono_ms += 1_000;
        }
        panic!("the outbox is not empty after half an hour of a perfect line: {:?}", self.outbox);
    }

    fn judge(&self) {
        for (&(boot, seq), &value) in &self.pushed {
            let cursor = self.platform.cursor(boot);
            match cursor.stored.get(&seq) {
                Some(record) => assert_eq!(value_of(record), Some(value), "{boot} {seq} was used twice"),
                None => assert!(cursor.lost.contains(&seq), "{boot} {seq} is lost and nobody said so"),
            }
        }
        for (boot, cursor) in &self.platform.cursors {
            assert!(cursor.ranges().is_empty(), "{boot} ends with an undeclared gap: {cursor:?}");
            let invented = cursor.stored.iter().find(|&(&seq, record)| {
                !record.samples.is_empty() && !self.pushed.contains_key(&(*boot, seq))
            });
            assert_eq!(invented, None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_ends_stored_or_declared_lost_and_no_number_is_used_twice(
        steps in proptest::collection::vec(any_step(), 1..160),
    ) {
        let mut house = House::new();
        for step in steps {
            house.step(step);
        }
        house.finish();
        house.judge();
    }
}
