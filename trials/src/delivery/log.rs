//! The store's log in virtual time: the real cursors, and a disk that keeps what was synced and may keep what was not.
//!
//! ```text
//! begin ──> Writing ──> Written (other processes see it; a power cut may take it) ──> Synced, with its cursors
//! ```
//! A commit is whole or not there at all, as redb promises it. Opening syncs what it finds, as redb does.

use std::collections::BTreeMap;

use store::{Arrival, Cursor, Receipt, Verdict};
use vocabulary::{BootId, HeaterId, SiteId};

/// A heater's boot.
pub(super) type BootKey = (HeaterId, BootId);

/// What a commit says of one record, in the order of the batch.
pub(super) enum Fact {
    /// Its content is on disk.
    Stored { key: BootKey, seq: u64, serial: u64 },
    /// Its `low` gave up so many seqs below it.
    GivenUp { key: BootKey, below: u64, lost: u64 },
}

/// How far a commit is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Writing,
    Written,
    /// On disk; ingest does not know it yet.
    Synced,
}

/// A commit that is under way.
pub(super) struct Commit {
    pub(super) number: u64,
    pub(super) run: u64,
    pub(super) stage: Stage,
    pub(super) receipts: Vec<Receipt>,
    moved: BTreeMap<BootKey, Cursor>,
    facts: Vec<Fact>,
}

impl Commit {
    /// Whether there is something to write: duplicates are acknowledged again without.
    pub(super) fn writes(&self) -> bool {
        !self.facts.is_empty()
    }
}

/// What is on disk.
#[derive(Default)]
pub(super) struct Log {
    commits: u64,
    cursors: BTreeMap<BootKey, Cursor>,
    pub(super) under_way: Option<Commit>,
}

impl Log {
    /// Plans a batch as the store's writer does: what is new is stored, and each boot gets one receipt.
    pub(super) fn begin(&mut self, run: u64, batch: &[Arrival]) -> &Commit {
        self.commits += 1;
        let mut commit = Commit {
            number: self.commits,
            run,
            stage: Stage::Writing,
            receipts: Vec::new(),
            moved: BTreeMap::new(),
            facts: Vec::new(),
        };
        for arrival in batch {
            self.plan(arrival, &mut commit);
        }
        for receipt in &mut commit.receipts {
            let cursor = &commit.moved[&(receipt.heater.clone(), receipt.boot)];
            receipt.hwm = cursor.hwm();
            receipt.got = cursor.ranges().to_vec();
        }
        self.under_way.insert(commit)
    }

    fn plan(&self, arrival: &Arrival, commit: &mut Commit) {
        let key = (arrival.heater.clone(), arrival.boot);
        let cursor = commit
            .moved
            .entry(key.clone())
            .or_insert_with(|| self.cursors.get(&key).cloned().unwrap_or_default());
        let offer = cursor.offer(arrival.seq, arrival.low);
        if offer.lost > 0 {
            let below = arrival.low.min(arrival.seq) - 1;
            commit.facts.push(Fact::GivenUp { key: key.clone(), below, lost: offer.lost });
        }
        let receipt = commit.receipt(&arrival.site, &key);
        receipt.lost += offer.lost;
        match offer.verdict {
            Verdict::New => {
                receipt.stored += 1;
                commit.facts.push(Fact::Stored { key, seq: arrival.seq, serial: serial(arrival) });
            }
            Verdict::Duplicate => receipt.duplicates += 1,
            Verdict::NoRoom => receipt.no_room += 1,
        }
    }

    /// The commit of this number, if it has not failed.
    pub(super) fn of(&mut self, number: u64) -> Option<&mut Commit> {
        self.under_way.as_mut().filter(|commit| commit.number == number)
    }

    /// What was written is on disk now, and so are its cursors; gives what it says.
    pub(super) fn sync(&mut self) -> Vec<Fact> {
        let Some(commit) = &mut self.under_way else { return Vec::new() };
        commit.stage = Stage::Synced;
        self.cursors.append(&mut commit.moved);
        std::mem::take(&mut commit.facts)
    }
}

impl Commit {
    fn receipt(&mut self, site: &SiteId, (heater, boot): &BootKey) -> &mut Receipt {
        let known =
            self.receipts.iter().position(|receipt| receipt.heater == *heater && receipt.boot == *boot);
        let at = known.unwrap_or_else(|| {
            self.receipts.push(Receipt {
                site: site.clone(),
                heater: heater.clone(),
                boot: *boot,
                hwm: 0,
                got: Vec::new(),
                stored: 0,
                duplicates: 0,
                lost: 0,
                no_room: 0,
                forgotten: 0,
            });
            self.receipts.len() - 1
        });
        &mut self.receipts[at]
    }
}

/// The number that the simulation gave to a record: its only sample. Records without one declare a gap and say
/// nothing else.
fn serial(arrival: &Arrival) -> u64 {
    let value = arrival.samples.first().and_then(|sample| sample.reading.known());
    value.map_or(super::oracle::NO_SERIAL, |value| value as u64)
}
