//! How long the records of one heater wait for their acknowledgement: how far behind ingest is.

use std::collections::VecDeque;

use vocabulary::{Ack, BootId, RecordHead};

/// So many records that wait are remembered, the oldest of them: what comes later makes nothing wait longer.
const WATCHED: usize = 64;

/// The records of one boot that were heard and are not acknowledged yet.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    boot: Option<BootId>,
    /// Number and when it was heard, ms; the oldest first.
    waiting: VecDeque<(u64, u64)>,
}

impl Lag {
    /// A record was heard.
    pub(crate) fn sent(&mut self, record: RecordHead, now_ms: u64) {
        if self.boot != Some(record.boot) {
            self.boot = Some(record.boot);
            self.waiting.clear();
        }
        // A record that is sent again has been waiting since the first time.
        let is_known = self.waiting.iter().any(|(seq, _)| *seq == record.seq);
        if !is_known && self.waiting.len() < WATCHED {
            self.waiting.push_back((record.seq, now_ms));
        }
    }

    /// Records were acknowledged.
    pub(crate) fn acknowledged(&mut self, ack: &Ack) {
        if self.boot == Some(ack.boot) {
            self.waiting.retain(|(seq, _)| !ack.covers(*seq));
        }
    }

    /// How long the oldest has been waiting, ms; 0 when none is.
    pub(crate) fn waiting_ms(&self, now_ms: u64) -> u64 {
        self.waiting.front().map_or(0, |(_, since_ms)| now_ms.saturating_sub(*since_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(boot: u64, seq: u64) -> RecordHead {
        RecordHead { boot: BootId::from_bits(boot), bn: boot, seq, low: 1, samples: 1 }
    }

    fn ack(boot: u64, hwm: u64, got: &[(u64, u64)]) -> Ack {
        let (boot, got) = (BootId::from_bits(boot), got.to_vec());
        Ack { boot, hwm, got, ingest: "run".to_owned(), backfill_per_s: 1 }
    }

    #[test]
    fn the_oldest_record_that_nobody_acknowledged_says_how_far_behind_ingest_is() {
        let mut lag = Lag::default();
        for seq in 1..=4 {
            lag.sent(record(1, seq), seq * 1_000);
        }
        lag.sent(record(1, 1), 9_000);
        assert_eq!(lag.waiting_ms(10_000), 9_000, "what is sent again waits since the first time");
        lag.acknowledged(&ack(2, 99, &[]));
        assert_eq!(lag.waiting_ms(10_000), 9_000, "another boot's acknowledgement is none");
        lag.acknowledged(&ack(1, 1, &[(3, 4)]));
        assert_eq!(lag.waiting_ms(10_000), 8_000);
        lag.sent(record(2, 1), 10_000);
        assert_eq!(lag.waiting_ms(11_000), 1_000, "a new boot begins anew");
    }

    #[test]
    fn a_flood_of_records_takes_no_more_room_than_a_few() {
        let mut lag = Lag::default();
        (1..10_000).for_each(|seq| lag.sent(record(1, seq), seq));
        assert_eq!((lag.waiting.len(), lag.waiting_ms(20_000)), (WATCHED, 19_999));
    }
}
