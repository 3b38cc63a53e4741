//! One simulated world: heaters, a broker, runs of the controller and a building, moved by one agenda in virtual time.
//! Chance comes from the seed alone.

use std::rc::Rc;

use heater::Switch;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use registry::Override;
use vocabulary::{ControllerKey, SignedBudget};

use crate::simulation::{Agenda, Trace};

use super::building::{Layout, key};
use super::climate::{Climate, FAULTS_END_MS, Fault};
use super::coverage::{Coverage, Seen};
use super::device::Device;
use super::folder::Folder;
use super::judge::Verdict;
use super::mutant::Mutant;
use super::note::Note;
use super::oracle::{DueCap, Oracle};
use super::room::COOL_CASE_C;
use super::run::{Message, Run};

/// A heater is stepped this often, as in `heater::run`.
pub(super) const STEP_MS: u64 = 1_000;

/// What can happen.
pub(super) enum Event {
    Tick,
    Step(usize),
    Cycle(usize),
    ReadBook(usize),
    AtBroker(Rc<Message>),
    AtRun { run: usize, message: Rc<Message> },
    HeardByRun { run: usize, message: Rc<Message> },
    Publish { run: usize, budget: Rc<SignedBudget> },
    AtHeater { heater: usize, budget: Rc<SignedBudget> },
    Strike(Fault),
    Quiet,
    ChangeDemand(usize),
    ChangeLimit,
    LimitLow,
    EndHome,
    TellLimit(usize),
    ChangeOther,
    StartHeater(usize),
    HeaterPathBack(usize),
    HeaterHears(usize),
    HeaterNotices(usize),
    HeaterConnects(usize),
    SensorBack(usize),
    CaseCool(usize),
    SwitchOn(usize),
    StartRun(usize),
    RunSynced(usize),
    EndRun(usize),
    Thaw(usize),
    RunPathBack(usize),
    RunNotices(usize),
    RunConnects(usize),
    BrokerBack,
    PutBack(usize),
}

/// Everything there is.
pub(super) struct World {
    pub(super) now_ms: u64,
    pub(super) agenda: Agenda<Event>,
    pub(super) random: ChaCha8Rng,
    pub(super) climate: Climate,
    pub(super) mutant: Option<Mutant>,
    pub(super) oracle: Oracle,
    pub(super) verdict: Verdict,
    pub(super) trace: Trace<Note>,
    pub(super) coverage: Coverage,
    pub(super) key: ControllerKey,
    pub(super) layout: Layout,
    pub(super) devices: Vec<Device>,
    /// What each room wants.
    pub(super) warm: Vec<bool>,
    pub(super) overrides: Vec<Override>,
    /// What others really draw on each feeder.
    pub(super) other_w: Vec<u32>,
    /// The limit from outside.
    pub(super) limit_w: Option<u32>,
    pub(super) folders: Vec<Folder>,
    /// The folder that restarts use.
    pub(super) home: usize,
    pub(super) runs: Vec<Run>,
    pub(super) broker_runs: bool,
    /// The newest epoch that each heater has ever obeyed.
    pub(super) obeyed: Vec<u64>,
    /// Every budget that was sent, for those who play them again.
    pub(super) sent: Vec<(usize, Rc<SignedBudget>)>,
    /// Two controllers work on one epoch, or did: the caps are not promised.
    pub(super) same_epoch: bool,
    pub(super) is_over: bool,
}

impl World {
    pub(super) fn new(seed: u64, mutant: Option<Mutant>) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let climate = Climate::draw(&mut random);
        let layout = Layout::draw(&mut random, climate.heaters);
        let devices: Vec<Device> =
            layout.places.iter().map(|place| Device::new(&mut random, &layout.site, place, mutant)).collect();
        let feeders = layout.feeders.iter().map(|feeder| DueCap::new(f64::from(feeder.cap_w))).collect();
        let verdict = Verdict::new(layout.cap_w, feeders);
        let devices_count = devices.len();
        let mut world = Self {
            now_ms: 0,
            agenda: Agenda::new(),
            warm: (0..devices.len()).map(|_| random.random_bool(0.7)).collect(),
            overrides: Vec::new(),
            other_w: vec![0; layout.feeders.len()],
            random,
            climate,
            mutant,
            oracle: Oracle::default(),
            verdict,
            trace: Trace::new(),
            coverage: Coverage::default(),
            key: key(),
            layout,
            devices,
            limit_w: None,
            folders: vec![Folder::default()],
            home: 0,
            runs: Vec::new(),
            broker_runs: true,
            obeyed: vec![0; devices_count],
            sent: Vec::new(),
            same_epoch: false,
            is_over: false,
        };
        world.put_first_events();
        world
    }

    fn put_first_events(&mut self) {
        self.write_overrides();
        self.agenda.put(0, Event::Tick);
        self.agenda.put(0, Event::StartRun(0));
        for heater in 0..self.devices.len() {
            self.agenda.put(0, Event::StartHeater(heater));
            let at_ms = self.random.random_range(1..STEP_MS);
            self.agenda.put(at_ms, Event::Step(heater));
            let changes_ms = self.random.random_range(0..self.climate.demand_every_ms);
            self.agenda.put(changes_ms, Event::ChangeDemand(heater));
        }
        if self.climate.limit_every_ms < FAULTS_END_MS {
            let limited_ms = self.random.random_range(0..self.climate.limit_every_ms);
            self.agenda.put(limited_ms, Event::ChangeLimit);
        }
        self.agenda.put(0, Event::ChangeOther);
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
            if self.oracle.violation.is_some() || self.is_over {
                break;
            }
        }
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::Tick => self.tick(),
            Event::Step(heater) => self.step(heater),
            Event::Cycle(run) => self.cycle_due(run),
            Event::ReadBook(run) => self.read_book(run),
            Event::AtBroker(message) => self.at_broker(&message),
            Event::AtRun { run, message } => self.at_run(run, message),
            Event::HeardByRun { run, message } => self.heard_by_run(run, message),
            Event::Publish { run, budget } => self.publish(run, budget),
            Event::AtHeater { heater, budget } => self.at_heater(heater, &budget),
            Event::Strike(fault) => self.strike(fault),
            Event::Quiet => self.quiet(),
            Event::ChangeDemand(heater) => self.change_demand(heater),
            Event::ChangeLimit => self.change_limit(),
            Event::LimitLow => self.limit_low(),
            Event::EndHome => self.end_home(),
            Event::TellLimit(run) => self.tell_limit(run),
            Event::ChangeOther => self.change_other(),
            Event::StartHeater(heater) => self.start_heater(heater),
            Event::HeaterPathBack(heater) => self.devices[heater].path = true,
            Event::HeaterHears(heater) => self.devices[heater].deaf = false,
            Event::HeaterNotices(heater) => self.heater_notices(heater),
            Event::HeaterConnects(heater) => self.heater_connects(heater),
            Event::SensorBack(heater) => self.devices[heater].room.sensor_works = true,
            Event::CaseCool(heater) => self.devices[heater].room.case_c = COOL_CASE_C,
            Event::SwitchOn(heater) => self.devices[heater].room.switch = Switch::On,
            Event::StartRun(folder) => self.start_run(folder),
            Event::RunSynced(folder) => self.run_synced(folder),
            Event::EndRun(run) => self.end_run(run),
            Event::Thaw(run) => self.thaw(run),
            Event::RunPathBack(run) => self.run_path_back(run),
            Event::RunNotices(run) => self.run_notices(run),
            Event::RunConnects(run) => self.run_connects(run),
            Event::BrokerBack => self.broker_runs = true,
            Event::PutBack(heater) => self.put_back(heater),
        }
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
