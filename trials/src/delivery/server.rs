//! Ingest and its disk in virtual time: gather, commit one at a time, acknowledge what is durable.

use std::rc::Rc;

use rand::RngExt as _;
use vocabulary::{Ack, Payload as _};

use super::coverage::Seen;
use super::desk::{ACK_EVERY_MS, Desk, Hearing};
use super::log::Stage;
use super::mutant::Mutant;
use super::note::Note;
use super::promise::Rule;
use super::world::{Event, Letter, World};

/// A commit of so many records did not wait to gather.
const GROUP: usize = 256;

impl World {
    fn desk_of(&mut self, run: u64) -> Option<&mut Desk> {
        self.desk.as_mut().filter(|desk| desk.run == run)
    }

    /// Ingest reads what waits for it, as far as it reads at all.
    pub(super) fn deliver(&mut self) {
        if !self.broker.running || !self.links[self.ingest()].path || !self.links[self.ingest()].session {
            return;
        }
        while let Some(desk) = &mut self.desk {
            if desk.is_full() {
                return self
                    .coverage
                    .count_many(Seen::ReadingStopped, u64::from(!self.broker.mailbox.is_empty()));
            }
            let Some(parcel) = self.broker.mailbox.pop_front() else { return };
            let run = desk.run;
            match desk.hear(&self.devices[parcel.heater].topic, &parcel.payload, self.now_ms) {
                Hearing::Taken { bn, seq } => self.note(Note::Taken { heater: parcel.heater, bn, seq }),
                Hearing::PutOff => self.count(Seen::HistoryPutOff),
                Hearing::Refused => {
                    let what = format!("ingest refused {} of boot {}", parcel.seq, parcel.boot);
                    self.oracle.cry(Rule::Admitted, self.now_ms, what);
                }
            }
            self.look_for_commit(run);
        }
    }

    pub(super) fn gathered(&mut self, run: u64) {
        if let Some(desk) = self.desk_of(run) {
            desk.looks_at_ms = None;
            self.look_for_commit(run);
        }
    }

    /// Begins the next commit if it is due, or looks again when it is.
    fn look_for_commit(&mut self, run: u64) {
        let now_ms = self.now_ms;
        let Some(desk) = self.desk_of(run) else { return };
        if let Some(batch) = desk.begin(now_ms) {
            return self.begin_commit(run, &batch);
        }
        let Some(due_in_ms) = desk.due_in_ms(now_ms) else { return };
        if desk.looks_at_ms.is_none_or(|at_ms| at_ms > now_ms + due_in_ms) {
            desk.looks_at_ms = Some(now_ms + due_in_ms);
            self.put_in(due_in_ms, Event::Gathered { run });
        }
    }

    fn begin_commit(&mut self, run: u64, batch: &[store::Arrival]) {
        let records = batch.len();
        let commit = self.log.begin(run, batch);
        let (number, writes) = (commit.number, commit.writes());
        let early = (self.mutant == Some(Mutant::AckBeforeFsync)).then(|| commit.receipts.clone());
        self.count(Seen::Commits);
        self.coverage.count_many(Seen::GroupsFull, u64::from(records >= GROUP));
        self.note(Note::Committing { run, records });
        if let Some(receipts) = early {
            self.acknowledge_receipts(run, receipts);
        }
        if self.is_struck_at(Stage::Writing) {
            return;
        }
        let delay_ms = self.disk_ms(writes);
        self.put_in(delay_ms, Event::Written { commit: number });
        self.put_in(0, Event::Deliver);
    }

    /// How long one step of a commit takes.
    fn disk_ms(&mut self, writes: bool) -> u64 {
        let longest_ms = if self.is_quiet() { 30 } else { self.climate.commit_ms };
        if writes { self.random.random_range(0..longest_ms) } else { 0 }
    }

    pub(super) fn written(&mut self, number: u64) {
        let (full, now_ms) = (self.disk_full, self.now_ms);
        let Some(commit) = self.log.of(number) else { return };
        if full {
            let run = commit.run;
            self.log.under_way = None;
            self.count(Seen::CommitsRefused);
            if let Some(desk) = self.desk_of(run) {
                desk.put_off(now_ms);
                self.look_for_commit(run);
            }
            return;
        }
        commit.stage = Stage::Written;
        let writes = commit.writes();
        if self.is_struck_at(Stage::Written) {
            return;
        }
        let delay_ms = self.disk_ms(writes);
        self.put_in(delay_ms, Event::Synced { commit: number });
    }

    pub(super) fn synced(&mut self, number: u64) {
        if self.log.of(number).is_none() {
            return;
        }
        self.make_durable();
        if self.is_struck_at(Stage::Synced) {
            return;
        }
        let delay_ms = self.random.random_range(0..3);
        self.put_in(delay_ms, Event::Committed { commit: number });
    }

    /// What was written is on disk for good.
    pub(super) fn make_durable(&mut self) {
        let facts = self.log.sync();
        let devices = &self.devices;
        let heater_of = |id: &str| {
            devices
                .iter()
                .position(|device| device.id.as_str() == id)
                .expect("only known heaters are admitted")
        };
        self.oracle.durable(facts, heater_of, self.now_ms, &mut self.coverage);
        self.note(Note::Durable);
    }

    pub(super) fn committed(&mut self, number: u64) {
        if self.log.of(number).is_none() {
            return;
        }
        let Some(commit) = self.log.under_way.take() else { return };
        let duplicates: usize = commit.receipts.iter().map(|receipt| receipt.duplicates).sum();
        let no_room: usize = commit.receipts.iter().map(|receipt| receipt.no_room).sum();
        self.coverage.count_many(Seen::Duplicates, duplicates as u64);
        self.coverage.count_many(Seen::NoRoom, no_room as u64);
        let now_ms = self.now_ms;
        let Some(desk) = self.desk_of(commit.run) else { return };
        let receipts = desk.end(commit.receipts, now_ms);
        if self.mutant != Some(Mutant::AckBeforeFsync) {
            self.acknowledge_receipts(commit.run, receipts);
        }
        self.look_for_commit(commit.run);
        self.put_in(0, Event::Deliver);
    }

    fn acknowledge_receipts(&mut self, run: u64, receipts: Vec<store::Receipt>) {
        let mutant = self.mutant;
        let Some(desk) = self.desk_of(run) else { return };
        desk.acknowledge(receipts, mutant);
        self.acknowledge(run);
    }

    fn acknowledge(&mut self, run: u64) {
        let now_ms = self.now_ms;
        let Some(desk) = self.desk_of(run) else { return };
        let due = desk.due(now_ms);
        let tick = desk.has_acks() && !std::mem::replace(&mut desk.ticking, true);
        if tick {
            self.put_in(ACK_EVERY_MS, Event::AckTick { run });
        }
        for (id, payload) in due {
            let heater =
                self.devices.iter().position(|device| device.id == id).expect("acks go to known heaters");
            let ack = Ack::decode(&payload).expect("an acknowledgement reads as it was written");
            self.oracle.told(heater, &ack, now_ms);
            self.count(Seen::AcksSent);
            self.coverage.count_many(Seen::AcksWithRanges, u64::from(!ack.got.is_empty()));
            self.note(Note::Told { heater, boot: ack.boot, hwm: ack.hwm, ranges: ack.got.len() });
            let letter = Rc::new(Letter { heater, run, payload });
            self.transmit(|| Event::AckAtBroker(letter.clone()));
        }
    }

    pub(super) fn ack_tick(&mut self, run: u64) {
        if let Some(desk) = self.desk_of(run) {
            desk.ticking = false;
            self.acknowledge(run);
        }
    }
}
