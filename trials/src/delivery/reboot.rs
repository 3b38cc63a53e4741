//! How a heater ends and begins again: killed, cut from power or stopped in order, and rebuilt from what its disk kept.

use std::collections::BTreeMap;

use heater::{Birth, Outbox, OutboxLimits};
use rand_chacha::ChaCha8Rng;
use vocabulary::{BootId, Timestamp};

use super::coverage::{Coverage, Seen};
use super::device::{Device, EPOCH, Held, Place};
use super::mutant::Mutant;
use super::oracle::Oracle;
use super::promise::Rule;

/// The most that a power cut may cost.
const CUT_COSTS_MS: u64 = 5_000;
/// A record in the log is not shorter than this: what cannot be read held at most one for each of these.
const SHORTEST_RECORD_BYTES: usize = 100;

/// How a heater ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Kill,
    Cut,
    InOrder,
}

impl Device {
    /// The heater ends.
    pub(super) fn end(&mut self, end: End, now_ms: u64, random: &mut ChaCha8Rng, coverage: &mut Coverage) {
        self.running = false;
        self.had_alarm = self.outbox.is_disk_in_trouble(self.mono_ms(now_ms));
        match end {
            End::Kill => {
                coverage.count(Seen::HeaterKills);
                self.safe_at_end = Some(self.storage.kill(random));
            }
            End::Cut => {
                coverage.count(Seen::HeaterCuts);
                let (safe, is_torn) = self.storage.cut(random);
                self.safe_at_end = Some(safe);
                coverage.count_many(Seen::TailsTorn, u64::from(is_torn));
            }
            End::InOrder => {
                coverage.count(Seen::HeatersStopped);
                self.close(now_ms);
            }
        }
        self.ended_in_order = end == End::InOrder && !self.had_alarm;
    }

    fn close(&mut self, now_ms: u64) {
        self.storage.finish_all();
        self.settle(now_ms);
        if let Some(last) = self.outbox.close(self.mono_ms(now_ms)) {
            self.storage.order(last);
        }
        self.safe_at_end = Some(self.storage.close());
    }

    /// A write to the heater's disk fails.
    pub(super) fn disk_fails(&mut self, now_ms: u64, random: &mut ChaCha8Rng) {
        self.storage.fail(random);
        self.outbox.disk_failed(self.mono_ms(now_ms));
    }

    /// The heater begins again from what its disk kept, and everything that was there is held against what is.
    pub(super) fn begin(
        &mut self,
        boot: BootId,
        every_ms: u64,
        mutant: Option<Mutant>,
        now_ms: u64,
        oracle: &mut Oracle,
        coverage: &mut Coverage,
    ) {
        let mut birth =
            Birth { boot, bn: self.bn + 1, record_every_ms: every_ms, wall: EPOCH.plus_ms(now_ms as i64) };
        let mut log = self.storage.bytes();
        if mutant == Some(Mutant::SeqReuse) && self.bn > 0 {
            (birth.boot, birth.bn, log) = (self.boot, self.bn, &[]);
        }
        let contents = read_back(log, &birth);
        let (outbox, recovered) = recover(log, &birth, self.limits);
        let most = CUT_COSTS_MS.div_ceil(every_ms).max((recovered.cut_bytes / SHORTEST_RECORD_BYTES) as u64);
        if recovered.lost_at_most > if self.ended_in_order { 0 } else { most } {
            let what = format!("heater {} gives up {} records", self.index, recovered.lost_at_most);
            oracle.cry(Rule::TrueLoss, now_ms, what);
        }
        if recovered.lost_at_most > 0 {
            oracle.may_lack_its_end(self.index, self.boot);
        }
        if mutant == Some(Mutant::SeqReuse) {
            // It has thrown its log away; what that loses is not what this mutant is for.
            self.safe_at_end = None;
        }
        self.outbox = outbox;
        self.hold_against(contents, now_ms, oracle, coverage);
        self.start(&birth, now_ms);
        self.compare(now_ms, oracle);
    }

    fn start(&mut self, birth: &Birth, now_ms: u64) {
        (self.boot, self.bn) = (birth.boot, birth.bn);
        self.boots.insert(self.boot, self.bn);
        self.booted_at_ms = now_ms;
        (self.running, self.next_seq, self.next_record_ms) = (true, 1, now_ms);
        self.under_way.clear();
        self.history_sent_ms.clear();
        self.ingest = None;
        self.settle(now_ms);
        self.storage.finish_all();
        self.outbox.synced(self.storage.safe);
    }

    /// What was safe is there; what is not there was torn away; what is back was forgotten or dropped without a trace
    /// on disk, and is sent once more.
    fn hold_against(
        &mut self,
        contents: BTreeMap<Place, u64>,
        now_ms: u64,
        oracle: &mut Oracle,
        coverage: &mut Coverage,
    ) {
        for (place, held) in std::mem::take(&mut self.held) {
            if contents.contains_key(&place) {
                continue;
            }
            oracle.torn_away(held.serial);
            coverage.count(Seen::RecordsTorn);
            coverage.count_many(Seen::RecordsLostInTrouble, u64::from(self.had_alarm));
            if held.mark.is_some_and(|mark| Some(mark) <= self.safe_at_end) {
                let what = format!("heater {} had {place:?} on disk, and it is gone", self.index);
                oracle.cry(Rule::Kept, now_ms, what);
            }
        }
        if self.had_alarm {
            oracle.excuse(self.index, self.boot);
        }
        for (place, serial) in contents {
            oracle.held_again(serial);
            self.held.insert(place, Held { serial, mark: Some(0) });
        }
    }
}

fn recover(log: &[u8], birth: &Birth, limits: OutboxLimits) -> (Outbox, heater::Recovered) {
    Outbox::recover(log, birth, limits).expect("this program reads what it wrote")
}

/// Everything with content that an outbox recovered from this log holds: a twin of it sends all it has.
fn read_back(log: &[u8], birth: &Birth) -> BTreeMap<Place, u64> {
    let limits = OutboxLimits { capacity: usize::MAX, window: usize::MAX, resend_after_ms: u64::MAX };
    let (mut twin, _) = recover(log, &Birth { wall: Timestamp::from_ms(0), ..birth.clone() }, limits);
    if let Some(whole) = twin.next_write(0) {
        twin.synced(whole.mark);
    }
    let mut contents = BTreeMap::new();
    let mut mono_ms = 0;
    for _ in 0..twin.len() {
        // A second each, so that the rate of history never holds one back.
        mono_ms += 1_000;
        let Some(record) = twin.next_to_send(mono_ms) else { break };
        if let Some(value) = record.samples.first().and_then(|sample| sample.reading.known()) {
            contents.insert((record.bn, record.seq), value as u64);
        }
    }
    contents
}
