//! An acknowledgement: which records of one boot are safely on disk, so that the heater's outbox may forget them.

use serde::{Deserialize, Serialize};

use crate::id::BootId;
use crate::payload::Payload;

/// An acknowledgement names at most this many ranges above `hwm`.
pub const MAX_GOT_RANGES: usize = 64;

/// What is safely on disk of one heater's boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The boot it speaks of.
    pub boot: BootId,
    /// High-water mark: every seq up to here is on disk or declared lost.
    pub hwm: u64,
    /// Inclusive ranges above `hwm` that are on disk as well and need not be sent again.
    #[serde(default)]
    pub got: Vec<(u64, u64)>,
    /// The run of ingest that speaks; when it changes, a heater sends again what is unconfirmed.
    pub ingest: String,
    /// How many records of history a second this heater may send.
    pub backfill_per_s: u32,
}

impl Ack {
    /// Whether this acknowledgement says that `seq` is on disk or declared lost.
    #[must_use]
    pub fn covers(&self, seq: u64) -> bool {
        seq <= self.hwm || self.got.iter().any(|&(from, to)| (from..=to).contains(&seq))
    }
}

impl Payload for Ack {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_acknowledgement_survives_the_wire(
            bits: u64, hwm: u64, got in proptest::collection::vec(any::<(u64, u64)>(), 0..64), backfill_per_s: u32,
        ) {
            let ack = Ack { boot: BootId::from_bits(bits), hwm, got, ingest: "run-1".to_owned(), backfill_per_s };
            prop_assert_eq!(Ack::decode(&ack.encode()).unwrap(), ack);
        }
    }

    #[test]
    fn a_sequence_is_covered_below_the_mark_and_in_the_ranges() {
        let boot = BootId::from_bits(1);
        let ack = Ack { boot, hwm: 10, got: vec![(13, 15)], ingest: "a".to_owned(), backfill_per_s: 5 };
        let covered: Vec<u64> = (9..18).filter(|&seq| ack.covers(seq)).collect();
        assert_eq!(covered, [9, 10, 13, 14, 15]);
    }
}
