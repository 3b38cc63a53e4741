//! What the platform holds of one boot, seq by seq, as the oracle knows it: no ranges, no marks.

use std::collections::BTreeMap;

/// What became of a seq on the platform.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Open,
    Stored(u64),
    Lost,
}

/// What the platform holds of one boot, seq by seq.
#[derive(Default)]
pub(super) struct Ledger {
    /// At place `seq - 1`.
    fates: Vec<Fate>,
    /// Serials, newest of a seq.
    pub(super) names: BTreeMap<u64, u64>,
    /// Everything up to here is stored or lost.
    pub(super) settled: u64,
    pub(super) may_lack_its_end: bool,
}

impl Ledger {
    pub(super) fn fate(&self, seq: u64) -> Fate {
        self.fates.get(seq as usize - 1).copied().unwrap_or(Fate::Open)
    }

    pub(super) fn settle(&mut self, seq: u64, fate: Fate) {
        if self.fates.len() < seq as usize {
            self.fates.resize(seq as usize, Fate::Open);
        }
        self.fates[seq as usize - 1] = fate;
        while self.fates.get(self.settled as usize).is_some_and(|fate| *fate != Fate::Open) {
            self.settled += 1;
        }
    }
}
