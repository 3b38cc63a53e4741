//! The oracle: knows every record that was ever made and what became of it, and cries when the promise is broken.
//!
//! ```text
//! made ──> held by the heater ──acknowledged──> must be stored, or declared lost
//!                │──outbox full──> must be declared lost, or stored before
//!                └──torn away by a power cut──> the same
//! ```

use std::collections::BTreeMap;

use vocabulary::{Ack, BootId};

use super::coverage::{Coverage, Seen};
use super::ledger::{Fate, Ledger};
use super::log::Fact;
use super::promise::{Rule, Violation};

/// What a stored record without a content of ours is called.
pub(super) const NO_SERIAL: u64 = u64::MAX;
/// Acknowledgements to one boot of a device are at least this far apart.
const ACK_EVERY_MS: u64 = 1_000;

/// Where a record is as its heater sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Held,
    Acknowledged,
    Dropped,
    TornAway,
}

struct Made {
    key: (usize, BootId),
    seq: u64,
    place: Place,
    /// Its heater lost it once, even if it came back.
    was_given_up: bool,
    /// Lost while its heater said that it could not keep records safe.
    is_excused: bool,
    stored: bool,
}

/// Knows all, and keeps the first violation.
#[derive(Default)]
pub(super) struct Oracle {
    made: Vec<Made>,
    ledgers: BTreeMap<(usize, BootId), Ledger>,
    told: BTreeMap<(String, usize, BootId), u64>,
    pub(super) violation: Option<Violation>,
}

impl Oracle {
    pub(super) fn cry(&mut self, rule: Rule, at_ms: u64, what: String) {
        self.violation.get_or_insert(Violation { rule, at_ms, what });
    }

    /// A heater is about to make a record: its serial number.
    pub(super) fn next_serial(&self) -> u64 {
        self.made.len() as u64
    }

    /// A heater made the next record under this seq.
    pub(super) fn made(&mut self, heater: usize, boot: BootId, seq: u64) {
        let serial = self.next_serial();
        self.ledgers.entry((heater, boot)).or_default().names.insert(seq, serial);
        self.made.push(Made {
            key: (heater, boot),
            seq,
            place: Place::Held,
            was_given_up: false,
            is_excused: false,
            stored: false,
        });
    }

    pub(super) fn dropped(&mut self, serial: u64) {
        self.give_up(serial, Place::Dropped);
    }

    pub(super) fn torn_away(&mut self, serial: u64) {
        self.give_up(serial, Place::TornAway);
    }

    fn give_up(&mut self, serial: u64, place: Place) {
        let made = &mut self.made[serial as usize];
        (made.place, made.was_given_up) = (place, true);
    }

    /// A boot ended while its heater said that its disk is in trouble: what it had lost by then, and could not declare
    /// any more, is told by that alarm alone.
    pub(super) fn excuse(&mut self, heater: usize, boot: BootId) {
        for made in
            self.made.iter_mut().filter(|made| made.key == (heater, boot) && made.place != Place::Held)
        {
            made.is_excused = true;
        }
    }

    /// The end of this boot may be missing, and nobody knows how much: seqs that no record had may be declared lost.
    pub(super) fn may_lack_its_end(&mut self, heater: usize, boot: BootId) {
        self.ledgers.entry((heater, boot)).or_default().may_lack_its_end = true;
    }

    /// A power cut brought back what had been forgotten or dropped without a sync.
    pub(super) fn held_again(&mut self, serial: u64) {
        self.made[serial as usize].place = Place::Held;
    }

    /// A heater forgot a record because an acknowledgement covered it.
    pub(super) fn forgotten(&mut self, serial: u64, now_ms: u64) {
        let made = &mut self.made[serial as usize];
        made.place = Place::Acknowledged;
        let (key, seq, stored) = (made.key, made.seq, made.stored);
        if !stored && self.ledgers[&key].fate(seq) != Fate::Lost {
            let what = format!("heater {} forgot {seq} of boot {}, which is not on disk", key.0, key.1);
            self.cry(Rule::Kept, now_ms, what);
        }
    }

    /// A commit became durable.
    pub(super) fn durable(
        &mut self,
        facts: Vec<Fact>,
        heater_of: impl Fn(&str) -> usize,
        now_ms: u64,
        coverage: &mut Coverage,
    ) {
        for fact in facts {
            match fact {
                Fact::Stored { key: (heater, boot), seq, serial } => {
                    coverage.count(Seen::RecordsStored);
                    self.stored((heater_of(heater.as_str()), boot), seq, serial, now_ms);
                }
                Fact::GivenUp { key: (heater, boot), below, lost } => {
                    coverage.count_many(Seen::DeclaredLost, lost);
                    self.given_up((heater_of(heater.as_str()), boot), below, lost, now_ms);
                }
            }
        }
    }

    fn stored(&mut self, key: (usize, BootId), seq: u64, serial: u64, now_ms: u64) {
        let ledger = self.ledgers.entry(key).or_default();
        let before = ledger.fate(seq);
        ledger.settle(seq, Fate::Stored(serial));
        let made = self.made.get_mut(serial as usize);
        let known_before = made.is_some_and(|made| std::mem::replace(&mut made.stored, true));
        if before != Fate::Open || known_before {
            self.cry(
                Rule::Once,
                now_ms,
                format!("{seq} of boot {} of heater {} was stored twice", key.1, key.0),
            );
        }
    }

    fn given_up(&mut self, key: (usize, BootId), below: u64, counted: u64, now_ms: u64) {
        let ledger = self.ledgers.entry(key).or_default();
        let mut lost = 0;
        let mut still_held = None;
        for seq in ledger.settled + 1..=below {
            if ledger.fate(seq) != Fate::Open {
                continue;
            }
            ledger.settle(seq, Fate::Lost);
            lost += 1;
            let made = ledger.names.get(&seq).map(|serial| &self.made[*serial as usize]);
            if !made.map_or(ledger.may_lack_its_end, |made| made.was_given_up) {
                still_held = Some((seq, made.map(|made| made.place)));
            }
        }
        if let Some((seq, place)) = still_held {
            let what =
                format!("{seq} of boot {} of heater {} was declared lost; it was {place:?}", key.1, key.0);
            self.cry(Rule::TrueLoss, now_ms, what);
        }
        if lost != counted {
            self.cry(Rule::TrueLoss, now_ms, format!("{lost} records were lost and {counted} were counted"));
        }
    }

    /// Ingest sends an acknowledgement.
    pub(super) fn told(&mut self, heater: usize, ack: &Ack, now_ms: u64) {
        let boot = ack.boot;
        let ledger = self.ledgers.entry((heater, boot)).or_default();
        let on_disk =
            |&(from, to): &(u64, u64)| (from..=to).all(|seq| matches!(ledger.fate(seq), Fate::Stored(_)));
        let false_range = ack.got.iter().find(|range| !on_disk(range)).copied();
        if ack.hwm > ledger.settled {
            let missing = ledger.settled + 1;
            self.cry(
                Rule::TrueAck,
                now_ms,
                format!(
                    "heater {heater} was told that {} of boot {boot} is on disk; {missing} is not",
                    ack.hwm
                ),
            );
        }
        if let Some((from, to)) = false_range {
            self.cry(
                Rule::TrueAck,
                now_ms,
                format!(
                    "heater {heater} was told of {from} to {to} of boot {boot}, which are not all on disk"
                ),
            );
        }
        let before = self.told.insert((ack.ingest.clone(), heater, boot), now_ms);
        if let Some(before) = before.filter(|before| now_ms - before < ACK_EVERY_MS) {
            let what = format!("heater {heater} was told twice within {} ms", now_ms - before);
            self.cry(Rule::AckRate, now_ms, what);
        }
    }

    /// The end: whatever is not held must be stored or declared lost.
    pub(super) fn audit(&mut self, now_ms: u64) {
        let silent = self.made.iter().find(|made| {
            let is_held = made.place == Place::Held;
            !is_held
                && !made.is_excused
                && !made.stored
                && self.ledgers[&made.key].fate(made.seq) != Fate::Lost
        });
        if let Some(made) = silent {
            let (heater, boot) = made.key;
            let what = format!(
                "{} of boot {boot} of heater {heater} was {:?} and nobody was told",
                made.seq, made.place
            );
            self.cry(Rule::NoSilentGap, now_ms, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::HeaterId;

    const BOOT: BootId = BootId::from_bits(1);

    /// An oracle that saw one heater make three records.
    fn oracle() -> Oracle {
        let mut oracle = Oracle::default();
        (1..=3).for_each(|seq| oracle.made(0, BOOT, seq));
        oracle
    }

    fn key() -> (HeaterId, BootId) {
        (HeaterId::new("h-0").unwrap(), BOOT)
    }

    fn durable(oracle: &mut Oracle, facts: Vec<Fact>) {
        oracle.durable(facts, |_| 0, 0, &mut Coverage::default());
    }

    fn stored(seq: u64, serial: u64) -> Fact {
        Fact::Stored { key: key(), seq, serial }
    }

    fn ack(hwm: u64, got: Vec<(u64, u64)>) -> Ack {
        Ack { boot: BOOT, hwm, got, ingest: "run-1".to_owned(), backfill_per_s: 1 }
    }

    fn broken(what: impl FnOnce(&mut Oracle)) -> Option<Rule> {
        let mut oracle = oracle();
        what(&mut oracle);
        oracle.violation.map(|violation| violation.rule)
    }

    #[test]
    fn each_promise_is_told_apart() {
        let lost = |below, lost| Fact::GivenUp { key: key(), below, lost };
        assert_eq!(broken(|o| durable(o, vec![stored(1, 0), stored(2, 1)])), None);
        assert_eq!(broken(|o| durable(o, vec![stored(1, 0), stored(1, 0)])), Some(Rule::Once));
        assert_eq!(broken(|o| durable(o, vec![stored(1, 0), stored(2, 0)])), Some(Rule::Once));
        assert_eq!(broken(|o| o.forgotten(0, 0)), Some(Rule::Kept));
        assert_eq!(broken(|o| durable(o, vec![lost(1, 1)])), Some(Rule::TrueLoss));
        let dropped = |counted| {
            broken(|o| {
                o.dropped(0);
                durable(o, vec![lost(1, counted), stored(2, 1)]);
                o.forgotten(1, 0);
                o.audit(0);
            })
        };
        assert_eq!((dropped(1), dropped(2)), (None, Some(Rule::TrueLoss)));
        let silent = |o: &mut Oracle| {
            o.dropped(0);
            o.audit(0);
        };
        assert_eq!(broken(silent), Some(Rule::NoSilentGap));
    }

    #[test]
    fn an_acknowledgement_is_held_against_the_disk_and_the_clock() {
        let told = |ack: Ack, again_ms: u64| {
            broken(|o| {
                durable(o, vec![stored(1, 0), stored(3, 2)]);
                o.told(0, &ack, 5_000);
                o.told(0, &ack, again_ms);
            })
        };
        assert_eq!(told(ack(1, vec![(3, 3)]), 6_000), None);
        assert_eq!(told(ack(1, vec![(3, 3)]), 5_999), Some(Rule::AckRate));
        assert_eq!(told(ack(3, vec![]), 6_000), Some(Rule::TrueAck));
        assert_eq!(told(ack(1, vec![(2, 3)]), 6_000), Some(Rule::TrueAck));
    }
}
