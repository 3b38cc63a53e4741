//! What strikes, and how things come back.

use rand::RngExt as _;
use vocabulary::BootId;

use super::climate::{FAULTS_END_MS, Fault};
use super::coverage::Seen;
use super::desk::Desk;
use super::log::Stage;
use super::note::Note;
use super::reboot::End;
use super::world::{Event, World};

/// How long things stay away.
const AWAY_MS: std::ops::Range<u64> = 200..60_000;
/// A link notices within this that nobody answers.
const NOTICED_MS: std::ops::Range<u64> = 0..30_000;

impl World {
    pub(super) fn strike(&mut self, fault: Fault) {
        let who = self.random.random_range(0..self.devices.len());
        self.note(Note::Struck { fault, who });
        match fault {
            Fault::HeaterKill => self.aim_at_heater(who, End::Kill),
            Fault::HeaterCut => self.aim_at_heater(who, End::Cut),
            Fault::HeaterStop => self.stop_heater(who, End::InOrder),
            Fault::Partition => self.partition(who, Seen::Partitions),
            Fault::IngestPartition => self.partition(self.ingest(), Seen::IngestPartitions),
            Fault::HeaterDisk => self.fail_heater_disk(who),
            Fault::IngestKill => self.aim_at_ingest(false),
            Fault::BrokerCrash => self.crash_broker(),
            Fault::ServerCut => self.aim_at_ingest(true),
            Fault::DiskFull => self.fill_disk(),
        }
    }

    fn away_ms(&mut self) -> u64 {
        self.random.random_range(AWAY_MS)
    }

    fn partition(&mut self, client: usize, seen: Seen) {
        if !self.links[client].path {
            return;
        }
        self.count(seen);
        self.links[client].path = false;
        let noticed_ms = self.random.random_range(NOTICED_MS);
        self.put_in(noticed_ms, Event::NoticeDown(client));
        let away_ms = self.away_ms() * self.climate.patience;
        self.put_in(away_ms, Event::PathBack(client));
    }

    /// A connection that nobody has missed goes on.
    pub(super) fn path_back(&mut self, client: usize) {
        self.links[client].path = true;
        if client == self.ingest() {
            self.put_in(0, Event::Deliver);
        }
    }

    fn fail_heater_disk(&mut self, heater: usize) {
        if self.devices[heater].running {
            self.count(Seen::HeaterDiskFailures);
            self.devices[heater].disk_fails(self.now_ms, &mut self.random);
        }
    }

    /// Now, or when a commit is at a certain stage the next time.
    fn aim_at_ingest(&mut self, with_power: bool) {
        let stages = [None, Some(Stage::Writing), Some(Stage::Written), Some(Stage::Synced)];
        match stages[self.random.random_range(0..stages.len())] {
            None => self.end_ingest(with_power),
            Some(stage) => self.armed = Some((stage, with_power)),
        }
    }

    /// A commit is at this stage: whoever waited for it strikes. Returns whether ingest is gone.
    pub(super) fn is_struck_at(&mut self, stage: Stage) -> bool {
        let aimed = self.armed.take_if(|(at, _)| *at == stage && self.now_ms < FAULTS_END_MS);
        if let Some((_, with_power)) = aimed {
            self.end_ingest(with_power);
        }
        aimed.is_some()
    }

    fn end_ingest(&mut self, with_power: bool) {
        if with_power { self.cut_server() } else { self.kill_ingest() }
    }

    fn kill_ingest(&mut self) {
        let Some(desk) = &self.desk else { return };
        let has_records = desk.has_records();
        let stage = self.log.under_way.as_ref().map(|commit| commit.stage);
        self.count(match stage {
            None if !has_records => Seen::IngestKilledIdle,
            None => Seen::IngestKilledBeforeWrite,
            Some(Stage::Writing) => Seen::IngestKilledInWrite,
            Some(Stage::Written) => Seen::IngestKilledBeforeFsync,
            Some(Stage::Synced) => Seen::IngestKilledBeforeAck,
        });
        // What the process wrote stays with the system, and opening syncs it; half a commit is no commit.
        if stage == Some(Stage::Written) {
            self.make_durable();
        }
        self.ingest_gone();
    }

    fn ingest_gone(&mut self) {
        self.desk = None;
        self.log.under_way = None;
        self.cut_off(self.ingest());
        let away_ms = self.away_ms();
        self.put_in(away_ms, Event::IngestStart);
    }

    fn crash_broker(&mut self) {
        if !std::mem::replace(&mut self.broker.running, false) {
            return;
        }
        self.count(Seen::BrokerCrashes);
        self.coverage.count_many(Seen::MailboxLost, self.broker.mailbox.len() as u64);
        self.broker.mailbox.clear();
        for client in 0..self.links.len() {
            self.links[client].session = false;
            let noticed_ms = self.random.random_range(0..1_000);
            self.put_in(noticed_ms, Event::NoticeDown(client));
        }
        let away_ms = self.away_ms();
        self.put_in(away_ms, Event::BrokerStart);
    }

    /// Broker, ingest and what was not synced are gone; what was written may have reached the disk all the same.
    fn cut_server(&mut self) {
        self.count(Seen::ServerCuts);
        self.crash_broker();
        if self.desk.is_none() {
            return;
        }
        match self.log.under_way.as_ref().map(|commit| commit.stage) {
            Some(Stage::Written) if self.random.random() => {
                self.count(Seen::CommitsKeptByCut);
                self.make_durable();
            }
            Some(Stage::Writing | Stage::Written) => self.count(Seen::CommitsLostByCut),
            Some(Stage::Synced) | None => {}
        }
        self.ingest_gone();
    }

    /// Commits fail whole until there is space again.
    fn fill_disk(&mut self) {
        if std::mem::replace(&mut self.disk_full, true) {
            return;
        }
        self.count(Seen::DisksFull);
        let away_ms = self.away_ms() * self.climate.patience;
        self.put_in(away_ms, Event::DiskBack);
    }

    /// Now, or while the heater's disk is at work the next time.
    fn aim_at_heater(&mut self, heater: usize, end: End) {
        if self.random.random() {
            self.stop_heater(heater, end);
        } else {
            self.devices[heater].armed = Some(end);
        }
    }

    pub(super) fn stop_heater(&mut self, heater: usize, end: End) {
        let device = &mut self.devices[heater];
        if !device.running {
            return;
        }
        device.armed = None;
        device.end(end, self.now_ms, &mut self.random, &mut self.coverage);
        self.cut_off(heater);
        let away_ms = self.away_ms();
        self.put_in(away_ms, Event::HeaterStart(heater));
    }

    pub(super) fn heater_start(&mut self, heater: usize) {
        let boot = BootId::from_bits(self.random.random());
        let device = &mut self.devices[heater];
        device.begin(
            boot,
            self.climate.record_every_ms,
            self.mutant,
            self.now_ms,
            &mut self.oracle,
            &mut self.coverage,
        );
        let (bn, kept) = (device.bn, device.held.len());
        self.note(Note::Booted { heater, boot, bn, kept });
        self.keep_trying(heater);
    }

    pub(super) fn ingest_start(&mut self) {
        if self.desk.is_some() {
            return;
        }
        self.runs += 1;
        self.note(Note::IngestStarted { run: self.runs });
        self.desk = Some(Desk::start(self.runs, &self.book, self.now_ms));
        self.keep_trying(self.ingest());
    }

    pub(super) fn broker_start(&mut self) {
        self.broker.running = true;
        self.note(Note::BrokerStarted);
    }

    /// From here on nothing is lost and nothing strikes; what is broken is whole again within its time.
    pub(super) fn quiet(&mut self) {
        self.note(Note::Quiet);
        self.disk_full = false;
        for client in 0..self.links.len() {
            self.path_back(client);
        }
    }
}
