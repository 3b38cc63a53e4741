//! What one heater has sent and not yet heard of. Simpler than a heater's own outbox, because nothing of it outlives the
//! measurement; the rules for sending again are the same.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use vocabulary::{Ack, BootId, HeaterId, HeaterTopic, Metric, Reading, Record, Sample, Timestamp, Topic};

use super::super::generator::{METRICS, Model, site};

/// What is not acknowledged for so long is sent again.
const RESEND_AFTER: Duration = Duration::from_secs(30);

struct Open {
    due: Instant,
    sent: Instant,
    late: bool,
    payload: Vec<u8>,
}

/// One acknowledged record.
pub(super) struct Heard {
    pub(super) late: bool,
    /// From the moment it was due.
    pub(super) took: Duration,
}

/// One heater's numbered records.
pub(super) struct Outbox {
    pub(super) heater: HeaterId,
    pub(super) topic: String,
    boot: BootId,
    /// When its monotonic clock showed zero.
    zero: Timestamp,
    model: Model,
    seq: u64,
    open: BTreeMap<u64, Open>,
    /// The run of ingest that was heard last.
    run: String,
}

impl Outbox {
    pub(super) fn new(heater: HeaterId, boot: BootId, zero: Timestamp, model: Model) -> Self {
        let topic = Topic::heater(&site(), &heater, HeaterTopic::Record).to_string();
        Self { heater, topic, boot, zero, model, seq: 0, open: BTreeMap::new(), run: String::new() }
    }

    /// Records made so far.
    pub(super) const fn made(&self) -> u64 {
        self.seq
    }

    /// Records that nobody has acknowledged.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Makes the next record. Its energy is its number, so that the store can be asked whether each is there once.
    pub(super) fn record(&mut self, due: Instant, late: bool, at: Timestamp) -> Vec<u8> {
        self.seq += 1;
        let values = self.model.next().values;
        let sample = |(metric, value): (&Metric, f64)| {
            let value = if *metric == Metric::EnergyWh { self.seq as f64 } else { value };
            Sample { dt_ms: 0, metric: metric.clone(), reading: Reading::Value(value) }
        };
        let record = Record {
            boot: self.boot,
            bn: 2,
            seq: self.seq,
            low: self.open.keys().next().copied().unwrap_or(self.seq),
            mono_ms: at.since(self.zero).unsigned_abs(),
            ts: at,
            late,
            samples: METRICS.iter().zip(values).map(sample).collect(),
        };
        let payload = record.encode();
        self.open.insert(self.seq, Open { due, sent: Instant::now(), late, payload: payload.clone() });
        payload
    }

    /// Forgets what an acknowledgement covers. Gives what was heard of, and whether a new run of ingest spoke: then
    /// everything still open is to be sent again.
    pub(super) fn hear(&mut self, ack: &Ack, now: Instant) -> (Vec<Heard>, bool) {
        if ack.boot != self.boot {
            return (Vec::new(), false);
        }
        let heard = self.open.extract_if(.., |seq, _| ack.covers(*seq));
        let heard =
            heard.map(|(_, open)| Heard { late: open.late, took: now.saturating_duration_since(open.due) });
        let heard = heard.collect();
        let is_new_run = !self.run.is_empty() && self.run != ack.ingest;
        ack.ingest.clone_into(&mut self.run);
        (heard, is_new_run)
    }

    /// What is to be sent again: what waits too long, or everything.
    pub(super) fn again(&mut self, all: bool, now: Instant) -> Vec<Vec<u8>> {
        let waits = |open: &&mut Open| all || now.saturating_duration_since(open.sent) >= RESEND_AFTER;
        let again = self.open.values_mut().filter(waits).map(|open| {
            open.sent = now;
            open.payload.clone()
        });
        again.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::generator::{Set, heater};

    fn outbox() -> Outbox {
        let set = Set { heaters: 1, records_each: 1, every_ms: 10_000, seed: 1 };
        Outbox::new(heater(0), BootId::from_bits(9), Timestamp::from_ms(0), Model::new(set, 0))
    }

    fn ack(hwm: u64, got: Vec<(u64, u64)>, run: &str) -> Ack {
        Ack { boot: BootId::from_bits(9), hwm, got, ingest: run.to_owned(), backfill_per_s: 1 }
    }

    #[test]
    fn a_record_is_open_until_it_is_acknowledged() {
        let (mut outbox, now) = (outbox(), Instant::now());
        for late in [false, true, false, true] {
            outbox.record(now, late, Timestamp::from_ms(0));
        }
        let (heard, _) = outbox.hear(&ack(1, vec![(4, 4)], "a"), now + Duration::from_secs(2));
        assert_eq!(
            heard.iter().map(|heard| (heard.late, heard.took.as_secs())).collect::<Vec<_>>(),
            [(false, 2), (true, 2)]
        );
        assert_eq!((outbox.open(), outbox.made()), (2, 4));
        let strange = Ack { boot: BootId::from_bits(8), ..ack(9, vec![], "a") };
        assert!(outbox.hear(&strange, now).0.is_empty());
    }

    #[test]
    fn what_waits_too_long_or_for_another_run_is_sent_again() {
        let (mut outbox, now) = (outbox(), Instant::now());
        let first = outbox.record(now, false, Timestamp::from_ms(0));
        outbox.record(now, false, Timestamp::from_ms(0));
        assert!(!outbox.hear(&ack(0, vec![], "a"), now).1, "the first run heard of is not another");
        assert!(outbox.again(false, now).is_empty());
        assert_eq!(outbox.again(false, now + 2 * RESEND_AFTER)[0], first);
        assert!(outbox.hear(&ack(1, vec![], "b"), now).1);
        assert_eq!(outbox.again(true, now).len(), 1);
    }
}
