//! A heater in virtual time: the real agent with its governor in a simple room, behind a gate that mutants may force.

use std::collections::VecDeque;

use heater::{Agent, AgentSettings, Instant, Latch, OutboxLimits, Outgoing, Refusal};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use vocabulary::{
    Ack, BootId, Celsius, ControllerKey, Heartbeat, HeaterId, MAX_TTL_S, SignedBudget, SiteId, Timestamp,
};

use super::building::{Place, key, watts};
use super::mutant::Mutant;
use super::room::Room;

/// Virtual time zero on the wall.
pub(super) const EPOCH: Timestamp = Timestamp::from_ms(1_763_632_000_000);
/// Without a lease a heater keeps its room at this, above what the room ever has.
const SETBACK_C: Celsius = Celsius::from_hundredths(1_800);
/// As `heater::Governor` remembers.
const REMEMBERED_HEARTBEATS: usize = 12;
/// Monotonic clocks run this much wrong at most: NTP slews by no more.
const MAX_DRIFT_PPM: i64 = 500;

/// One heater.
pub(super) struct Device {
    pub(super) id: HeaterId,
    settings: AgentSettings,
    key: ControllerKey,
    mutant: Option<Mutant>,
    /// `None` while its process is gone.
    agent: Option<Agent>,
    pub(super) room: Room,
    booted_at_ms: u64,
    drift_ppm: i64,
    /// How far its wall clock is off.
    pub(super) wall_off_ms: i64,
    /// The newest epoch that is on its disk, and what is there of trips.
    fence_saved: u64,
    latch_saved: Latch,
    /// Whether bytes get through, and whether it believes that it is connected.
    pub(super) path: bool,
    pub(super) up: bool,
    pub(super) trying: bool,
    /// What is sent to it does not arrive, though what it sends does.
    pub(super) deaf: bool,
    /// Pulled out of the wall for good.
    pub(super) unplugged: bool,
    /// Going to crash between a new controller's first budget and the fence on disk.
    pub(super) crashes_unsaved: bool,
    /// Somebody has its credential: its heartbeats lie. What it draws is as ever.
    pub(super) lies: bool,
    /// Its newest heartbeat.
    pub(super) told: Option<Heartbeat>,
    beats: VecDeque<(u64, u64)>,
    /// A heater without a fence: `(epoch, seq)` as the controller knows it, and how many it has accepted.
    unfenced: ((u64, u64), u64),
}

impl Device {
    pub(super) fn new(random: &mut ChaCha8Rng, site: &SiteId, place: &Place, mutant: Option<Mutant>) -> Self {
        let settings = AgentSettings {
            site: site.clone(),
            heater: place.id.clone(),
            key: key().public(),
            rated_w: watts(place.rated_w),
            fallback_w: watts(place.fallback_w),
            setback_c: SETBACK_C,
            boot: BootId::from_bits(0),
            bn: 0,
            fence_epoch: 0,
            record_every_ms: 10_000,
            heartbeat_every_ms: 10_000,
            outbox: OutboxLimits { capacity: 16, ..OutboxLimits::default() },
        };
        Self {
            id: place.id.clone(),
            settings,
            key: key(),
            mutant,
            agent: None,
            room: Room::new(f64::from(place.rated_w)),
            booted_at_ms: 0,
            drift_ppm: random.random_range(-MAX_DRIFT_PPM..=MAX_DRIFT_PPM),
            wall_off_ms: 0,
            fence_saved: 0,
            latch_saved: Latch::Clear,
            path: true,
            up: false,
            trying: false,
            deaf: false,
            unplugged: false,
            crashes_unsaved: false,
            lies: false,
            told: None,
            beats: VecDeque::new(),
            unfenced: ((0, 0), 0),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.agent.is_some()
    }

    pub(super) fn boot(&self) -> BootId {
        self.settings.boot
    }

    /// Starts; its monotonic clock begins anew. Gives the fence that it found on its disk.
    pub(super) fn start(&mut self, boot: BootId, now_ms: u64) -> u64 {
        self.booted_at_ms = now_ms;
        self.settings.boot = boot;
        self.settings.bn += 1;
        let forgets = self.mutant == Some(Mutant::FenceNotPersisted);
        self.settings.fence_epoch = if forgets { 0 } else { self.fence_saved };
        self.beats.clear();
        self.unfenced.0.1 = 0;
        let mut agent = Agent::new(self.settings.clone(), self.instant(now_ms));
        agent.remember(self.latch_saved);
        self.agent = Some(agent);
        self.settings.fence_epoch
    }

    /// Its process is gone, and the board's watchdog takes the power back.
    pub(super) fn crash(&mut self) {
        (self.agent, self.up, self.crashes_unsaved) = (None, false, false);
        heater::Board::obey(&mut self.room, heater::Order::OFF);
    }

    /// Whether a trip keeps its output off.
    pub(super) fn has_tripped(&self) -> bool {
        self.latch_saved.off_by().is_some()
    }

    pub(super) fn drawn_w(&self) -> f64 {
        if self.unplugged { 0.0 } else { heater::Board::drawn_w(&self.room) }
    }

    fn instant(&self, now_ms: u64) -> Instant {
        let wall = EPOCH.plus_ms(now_ms as i64 + self.wall_off_ms);
        let since_boot_ms = (now_ms - self.booted_at_ms) as i64;
        let mono_ms = match self.mutant {
            Some(Mutant::WallClockExpiry) => wall.ms(),
            _ => since_boot_ms + since_boot_ms * self.drift_ppm / 1_000_000,
        };
        Instant { mono_ms: mono_ms.unsigned_abs(), wall }
    }

    /// A second passes; gives what it sends.
    pub(super) fn step(&mut self, now_ms: u64) -> Vec<Outgoing> {
        self.room.live_a_second();
        let now = self.instant(now_ms);
        let Some(agent) = &mut self.agent else { return Vec::new() };
        let mut outgoing = agent.step(&mut self.room, now, self.up);
        self.latch_saved = agent.latch();
        for message in &mut outgoing {
            match message {
                // Delivery is another simulation's: here every record is stored at once.
                Outgoing::Record(record) => agent.hear_ack(&Ack {
                    boot: record.boot,
                    hwm: record.seq,
                    got: Vec::new(),
                    ingest: "simulated".to_owned(),
                    backfill_per_s: 5,
                }),
                Outgoing::Heartbeat(heartbeat) => {
                    if self.mutant == Some(Mutant::NoFencing) {
                        (heartbeat.epoch, heartbeat.seq) = self.unfenced.0;
                    }
                    if self.beats.len() == REMEMBERED_HEARTBEATS {
                        self.beats.pop_front();
                    }
                    self.beats.push_back((heartbeat.n, now_ms));
                    self.told = Some(heartbeat.clone());
                }
            }
        }
        outgoing
    }

    pub(super) fn connected(&mut self) {
        self.up = true;
        if let Some(agent) = &mut self.agent {
            agent.connected();
        }
    }

    /// Hears a budget. An accepted one's epoch is on disk before anything else happens, unless the heater crashes in
    /// between: `None`.
    pub(super) fn hear(&mut self, budget: &SignedBudget, now_ms: u64) -> Option<Result<(), Refusal>> {
        let forced = self.forced(budget, now_ms);
        let agent = self.agent.as_mut()?;
        let judged = agent.hear_budget(forced.as_ref().unwrap_or(budget));
        if judged.is_ok() {
            self.unfenced.0 = (budget.budget.epoch, budget.budget.seq);
            if agent.fence_epoch() > self.fence_saved {
                if self.crashes_unsaved {
                    self.crash();
                    return None;
                }
                self.fence_saved = agent.fence_epoch();
            }
        }
        Some(judged)
    }

    /// What a heater without one of its rules would take a budget for, signed again so that the real one takes it.
    fn forced(&mut self, signed: &SignedBudget, now_ms: u64) -> Option<SignedBudget> {
        let mut budget = signed.budget.clone();
        match self.mutant? {
            Mutant::NoNonce => budget.n = self.beats.back()?.0,
            Mutant::TtlFromReceipt => {
                let sent_ms = self.beats.iter().find(|(n, _)| *n == budget.n)?.1;
                let late_s = (now_ms - sent_ms).div_ceil(1_000) as u32;
                budget.ttl_s = (budget.ttl_s + late_s).min(MAX_TTL_S);
            }
            Mutant::NoFencing => {
                self.unfenced.1 += 1;
                (budget.epoch, budget.seq) = (1, self.unfenced.1);
            }
            _ => return None,
        }
        Some(self.key.sign(&self.settings.site, budget))
    }
}
