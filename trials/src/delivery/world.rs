//! One simulated world: heaters, a broker, runs of ingest and a disk, moved by one agenda in virtual time. Chance
//! comes from the seed alone.

use std::rc::Rc;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use registry::SiteBook;
use vocabulary::{BootId, SiteId};

use crate::simulation::{Agenda, Trace};

use super::climate::{Climate, DRAINED_WITHIN_MS, FAULTS_END_MS, Fault};
use super::coverage::{Coverage, Seen};
use super::desk::{self, Desk};
use super::device::Device;
use super::log::{Log, Stage};
use super::mutant::Mutant;
use super::note::Note;
use super::oracle::Oracle;
use super::promise::Rule;
use super::reboot::End;
use super::traffic::{Broker, LinkState};

/// A heater is stepped this often, as in `heater::run`.
const STEP_MS: u64 = 1_000;

/// A record on its way.
pub(super) struct Parcel {
    pub(super) heater: usize,
    pub(super) boot: BootId,
    pub(super) seq: u64,
    pub(super) payload: Vec<u8>,
}

/// An acknowledgement on its way.
pub(super) struct Letter {
    pub(super) heater: usize,
    pub(super) run: u64,
    pub(super) payload: Vec<u8>,
}

/// What can happen. A client is a heater by its place or, after the last of them, ingest. What belongs to a run of
/// ingest names it, and comes to nothing when that run is gone.
pub(super) enum Event {
    Step(usize),
    RecordAtBroker(Rc<Parcel>),
    Puback(Rc<Parcel>),
    Deliver,
    Gathered { run: u64 },
    Written { commit: u64 },
    Synced { commit: u64 },
    Committed { commit: u64 },
    AckTick { run: u64 },
    AckAtBroker(Rc<Letter>),
    AckAtHeater(Rc<Letter>),
    Strike(Fault),
    Quiet,
    HeaterSynced { heater: usize, bn: u64 },
    HeaterEnd { heater: usize, end: End },
    HeaterStart(usize),
    IngestStart,
    BrokerStart,
    PathBack(usize),
    DiskBack,
    NoticeDown(usize),
    TryConnect(usize),
}

/// Everything there is.
pub(super) struct World {
    pub(super) now_ms: u64,
    pub(super) agenda: Agenda<Event>,
    pub(super) random: ChaCha8Rng,
    pub(super) climate: Climate,
    pub(super) mutant: Option<Mutant>,
    pub(super) oracle: Oracle,
    pub(super) trace: Trace<Note>,
    pub(super) coverage: Coverage,
    pub(super) devices: Vec<Device>,
    /// One of each client.
    pub(super) links: Vec<LinkState>,
    pub(super) broker: Broker,
    pub(super) book: SiteBook,
    pub(super) desk: Option<Desk>,
    pub(super) runs: u64,
    pub(super) log: Log,
    pub(super) disk_full: bool,
    /// At which stage of a commit ingest is going to end, and whether the power goes with it.
    pub(super) armed: Option<(Stage, bool)>,
    pub(super) drained_at_ms: Option<u64>,
}

impl World {
    pub(super) fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut climate = Climate::draw(&mut random);
        if mutant == Some(Mutant::NoResendTimer) {
            climate.limits.resend_after_ms = u64::MAX;
        }
        let site = SiteId::new("simulated").expect("a word is an identifier");
        let devices: Vec<Device> =
            (0..climate.heaters as usize).map(|index| Device::new(index, &site, &climate)).collect();
        let book = desk::book(&site, devices.iter().map(|device| device.id.clone()));
        let mut world = Self {
            now_ms: 0,
            agenda: Agenda::new(),
            links: (0..=devices.len()).map(|_| LinkState::default()).collect(),
            random,
            climate,
            mutant,
            oracle: Oracle::default(),
            trace: Trace::new(),
            coverage: Coverage::default(),
            devices,
            broker: Broker::default(),
            book,
            desk: None,
            runs: 0,
            log: Log::default(),
            disk_full: false,
            armed: None,
            drained_at_ms: None,
        };
        world.put_first_events();
        world
    }

    fn put_first_events(&mut self) {
        self.agenda.put(0, Event::BrokerStart);
        self.agenda.put(0, Event::IngestStart);
        for heater in 0..self.devices.len() {
            self.agenda.put(0, Event::HeaterStart(heater));
            let at_ms = self.random.random_range(1..STEP_MS);
            self.agenda.put(at_ms, Event::Step(heater));
        }
        for (at_ms, fault) in std::mem::take(&mut self.climate.faults) {
            self.agenda.put(at_ms, Event::Strike(fault));
        }
        self.agenda.put(FAULTS_END_MS, Event::Quiet);
    }

    /// Runs to the end, or to the first broken promise.
    pub(super) fn run(&mut self) {
        while let Some((at_ms, event)) = self.agenda.take() {
            self.now_ms = at_ms;
            self.apply(event);
            if self.oracle.violation.is_some() || self.is_over() {
                break;
            }
        }
        self.oracle.audit(self.now_ms);
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Step(heater) => self.step(heater),
            Event::RecordAtBroker(parcel) => self.record_at_broker(&parcel),
            Event::Puback(parcel) => self.puback(&parcel),
            Event::Deliver => self.deliver(),
            Event::Gathered { run } => self.gathered(run),
            Event::Written { commit } => self.written(commit),
            Event::Synced { commit } => self.synced(commit),
            Event::Committed { commit } => self.committed(commit),
            Event::AckTick { run } => self.ack_tick(run),
            Event::AckAtBroker(letter) => self.ack_at_broker(&letter),
            Event::AckAtHeater(letter) => self.ack_at_heater(&letter),
            Event::Strike(fault) => self.strike(fault),
            Event::Quiet => self.quiet(),
            Event::HeaterSynced { heater, bn } => self.heater_synced(heater, bn),
            Event::HeaterEnd { heater, end } => self.stop_heater(heater, end),
            Event::HeaterStart(heater) => self.heater_start(heater),
            Event::IngestStart => self.ingest_start(),
            Event::BrokerStart => self.broker_start(),
            Event::PathBack(client) => self.path_back(client),
            Event::DiskBack => self.disk_full = false,
            Event::NoticeDown(client) => self.notice_down(client),
            Event::TryConnect(client) => self.try_connect(client),
        }
    }

    /// Drained for good, or out of time, which breaks a promise.
    fn is_over(&mut self) -> bool {
        let quiet_since_ms = FAULTS_END_MS.max(self.climate.measured_until_ms);
        if self.now_ms < quiet_since_ms {
            return false;
        }
        let full = self.devices.iter().position(|device| !device.is_drained());
        if let (Some(heater), true) = (full, self.now_ms >= quiet_since_ms + DRAINED_WITHIN_MS) {
            let what = format!(
                "heater {heater} still holds records {} s after all faults",
                DRAINED_WITHIN_MS / 1_000
            );
            self.oracle.cry(Rule::Drained, self.now_ms, what);
        }
        if full.is_none() {
            self.drained_at_ms = Some(self.now_ms - quiet_since_ms);
        }
        full.is_none()
    }

    pub(super) fn ingest(&self) -> usize {
        self.devices.len()
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.now_ms >= FAULTS_END_MS
    }

    pub(super) fn note(&mut self, note: Note) {
        self.trace.note(self.now_ms, note);
    }

    pub(super) fn put_in(&mut self, delay_ms: u64, event: Event) {
        self.agenda.put(self.now_ms + delay_ms, event);
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.random.random_bool(probability)
    }

    pub(super) fn count(&mut self, seen: Seen) {
        self.coverage.count(seen);
    }
}
