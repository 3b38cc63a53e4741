//! An acknowledgement: which records of one boot are safely on disk, so that the heater's outbox may forget them.
//!
//! A heater deletes what this says, so one that contradicts itself is refused whole.

use serde::{Deserialize, Serialize};

use crate::id::BootId;
use crate::payload::{DecodeError, Payload, check_envelope};

/// An acknowledgement names at most this many ranges above `hwm`.
pub const MAX_GOT_RANGES: usize = 64;
/// No heater sends more history a second than this; a larger number is taken as this one.
pub const MAX_BACKFILL_PER_S: u32 = 1_000;

/// The name of a run of ingest is at most this long.
const MAX_RUN_BYTES: usize = 64;

/// What is safely on disk of one heater's boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The boot it speaks of.
    pub boot: BootId,
    /// High-water mark: every seq up to here is on disk or declared lost.
    pub hwm: u64,
    /// Inclusive ranges above `hwm` that are on disk as well and need not be sent again: ascending, apart from each
    /// other, at most [`MAX_GOT_RANGES`].
    #[serde(default)]
    pub got: Vec<(u64, u64)>,
    /// The run of ingest that speaks; when it changes, a heater sends again what is unconfirmed.
    pub ingest: String,
    /// How many records of history a second this heater may send, at most [`MAX_BACKFILL_PER_S`]. 0: none until
    /// another acknowledgement says otherwise.
    pub backfill_per_s: u32,
}

impl Ack {
    /// Whether this acknowledgement says that `seq` is on disk or declared lost.
    #[must_use]
    pub fn covers(&self, seq: u64) -> bool {
        seq <= self.hwm || self.got.iter().any(|&(from, to)| (from..=to).contains(&seq))
    }

    fn check(self) -> Result<Self, DecodeError> {
        if self.got.len() > MAX_GOT_RANGES {
            return Err(DecodeError::TooMany { what: "got", count: self.got.len(), max: MAX_GOT_RANGES });
        }
        let mut below = self.hwm;
        for &(from, to) in &self.got {
            if from <= below || to < from {
                return Err(DecodeError::Form("got must ascend above hwm without overlap".to_owned()));
            }
            below = to;
        }
        if self.ingest.len() > MAX_RUN_BYTES {
            return Err(DecodeError::Form(format!("ingest is longer than {MAX_RUN_BYTES} bytes")));
        }
        Ok(Self { backfill_per_s: self.backfill_per_s.min(MAX_BACKFILL_PER_S), ..self })
    }
}

impl Payload for Ack {
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        check_envelope(bytes)?;
        let ack: Self =
            serde_json::from_slice(bytes).map_err(|error| DecodeError::Form(error.to_string()))?;
        ack.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ranges above `hwm` made of the gaps and lengths given, as far as numbers go.
    fn ranges(hwm: u64, steps: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let mut ranges = Vec::new();
        let mut below = hwm;
        for &(gap, length) in steps {
            let Some(from) = below.checked_add(1 + gap) else { break };
            let to = from.saturating_add(length);
            ranges.push((from, to));
            below = to;
        }
        ranges
    }

    proptest! {
        #[test]
        fn an_acknowledgement_survives_the_wire(
            bits: u64, hwm in prop_oneof![0..1_000_u64, any::<u64>()],
            steps in proptest::collection::vec((0..u64::MAX >> 7, 0..u64::MAX >> 7), 0..=MAX_GOT_RANGES),
            backfill_per_s in 0..=MAX_BACKFILL_PER_S,
        ) {
            let (boot, got) = (BootId::from_bits(bits), ranges(hwm, &steps));
            let ack = Ack { boot, hwm, got, ingest: "run-1".to_owned(), backfill_per_s };
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
