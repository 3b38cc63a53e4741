//! The agent: one heater's loop as a state machine. Senses, judges what it may do, orders the board, and says what is
//! to be sent. It never waits and never reads a clock.

mod alarms;
mod orders;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use vocabulary::{
    Ack, Heartbeat, HeaterId, Maintenance, Metric, Mode, Payload, Reading, Record, Sample, SignedBudget,
};

pub use settings::{AgentSettings, Instant};

use crate::board::Board;
use crate::governor::{Governor, Refusal};
use crate::outbox::Outbox;
use crate::safety::{Glance, Latch, Safety, Sights, Verdict};
use alarms::Refusals;
use orders::{Allowance, Thermostat};

/// What a heartbeat says it runs.
const FIRMWARE: &str = concat!("hypocaust ", env!("CARGO_PKG_VERSION"));

/// Something to be published.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Telemetry, QoS 1.
    Record(Record),
    /// A sign of life, QoS 0.
    Heartbeat(Heartbeat),
}

/// One heater's state machine.
pub struct Agent {
    settings: AgentSettings,
    governor: Governor,
    safety: Safety,
    outbox: Outbox,
    thermostat: Thermostat,
    refusals: Refusals,
    next_record_ms: u64,
    next_heartbeat_ms: u64,
    heartbeats: u64,
    told_mode: Option<Mode>,
}

impl Agent {
    /// A heater that boots now, with an empty outbox that lives in memory.
    #[must_use]
    pub fn new(settings: AgentSettings, now: Instant) -> Self {
        let outbox = Outbox::new(settings.boot, settings.bn, settings.outbox);
        Self::with_outbox(settings, outbox, now)
    }

    /// A heater that boots now, with an outbox that holds what is left of earlier boots.
    #[must_use]
    pub fn with_outbox(settings: AgentSettings, outbox: Outbox, now: Instant) -> Self {
        let governor = Governor::new(
            settings.site.clone(),
            settings.heater.clone(),
            settings.boot,
            settings.key.clone(),
            settings.rated_w,
            settings.fence_epoch,
        );
        Self {
            governor,
            safety: Safety::booted(now.mono_ms),
            outbox,
            thermostat: Thermostat::new(settings.setback_c, settings.fallback_w.real()),
            refusals: Refusals::default(),
            next_record_ms: now.mono_ms,
            next_heartbeat_ms: now.mono_ms,
            heartbeats: 0,
            told_mode: None,
            settings,
        }
    }

    /// Who this is.
    #[must_use]
    pub fn heater(&self) -> &HeaterId {
        &self.settings.heater
    }

    /// The newest epoch accepted; to be kept over a reboot whenever it rises.
    #[must_use]
    pub fn fence_epoch(&self) -> u64 {
        self.governor.fence().0
    }

    /// What of trips must be kept over a reboot, whenever it changes.
    #[must_use]
    pub fn latch(&self) -> Latch {
        self.safety.latch()
    }

    /// Takes over what an earlier boot kept of trips, before the first step.
    pub fn remember(&mut self, latch: Latch) {
        self.safety.remember(latch);
    }

    /// How many budgets were refused since the boot, by reason.
    pub fn refused(&self) -> impl Iterator<Item = (Refusal, u64)> {
        self.governor.refused().iter().map(|(refusal, count)| (*refusal, *count))
    }

    /// Records not yet known to be stored.
    #[must_use]
    pub fn unconfirmed(&self) -> usize {
        self.outbox.len()
    }

    /// The outbox, for the file that keeps it.
    pub(crate) fn outbox_mut(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Empties the outbox without anything having been stored: for the warm-up of a simulation, whose records nobody
    /// keeps. `low` declares them gone.
    pub fn forget_all(&mut self) {
        self.outbox.forget_all();
    }

    /// The connection is new: what was under way is sent again.
    pub fn connected(&mut self) {
        self.outbox.connected();
    }

    /// Hears an acknowledgement.
    pub fn hear_ack(&mut self, ack: &Ack) {
        self.outbox.hear(ack);
    }

    /// Hears a budget.
    ///
    /// # Errors
    /// [`Refusal`] says why it was refused; then nothing has changed but its counter.
    pub fn hear_budget(&mut self, budget: &SignedBudget) -> Result<(), Refusal> {
        self.governor.accept(budget)
    }

    /// Hears a budget as it came over the wire. `keep` is given an epoch that is newer than all before, and says whether it
    /// will be known after a reboot: otherwise the budget is refused.
    ///
    /// # Errors
    /// [`Refusal`] says why it was refused; then nothing has changed but its counter.
    pub fn hear_budget_payload(
        &mut self,
        payload: &[u8],
        retained: bool,
        keep: impl FnOnce(u64) -> bool,
    ) -> Result<(), Refusal> {
        self.governor.hear(payload, retained, keep)
    }

    /// One step: senses, orders the board, and gives what is to be sent now. Without a connection records wait and
    /// heartbeats are not made.
    pub fn step(&mut self, board: &mut dyn Board, now: Instant, connected: bool) -> Vec<Outgoing> {
        let readings = board.sense(now.wall);
        let (verdict, allowance) = self.judge(board, &readings, now);
        let order = self.thermostat.order(&verdict, &allowance, now.mono_ms);
        board.obey(order);
        board.maintain(self.maintenance(now));
        self.safety.ordered(order.limit_w, now.mono_ms);
        self.refusals.notice(&self.governor, now.mono_ms);
        self.record_when_due(readings, now);
        if connected { self.outgoing(&allowance, &verdict.sights, board, now) } else { Vec::new() }
    }

    /// What holds now, by lease and by what is seen.
    fn judge(
        &mut self,
        board: &mut dyn Board,
        readings: &[(Metric, Reading)],
        now: Instant,
    ) -> (Verdict, Allowance) {
        let glance = Glance {
            readings,
            drawn_w: board.drawn_w(),
            rated_w: board.rated_w().min(self.settings.rated_w.real()),
            controllable: board.controllable(),
            switch: board.switch(),
            sheet: board.data_sheet(),
            now_ms: now.mono_ms,
        };
        let fallback_w = self.settings.fallback_w.real().min(glance.rated_w);
        let lease = self.governor.lease(now.mono_ms);
        let lease_w = lease.map(|lease| lease.budget.watts.real());
        let verdict = self.safety.look(&glance, board.take_reset(), lease_w, fallback_w);
        let mode = verdict.state.mode();
        let obeys_lease =
            matches!(mode, Mode::Leased | Mode::Derated) && verdict.state.beneath() == Mode::Leased;
        let allowance = Allowance {
            mode,
            budget: lease.filter(|_| obeys_lease).map(|lease| lease.budget.clone()),
            limit_w: verdict.limit_w,
            lease_left_s: lease.map_or(0, |lease| ((lease.ends_mono_ms - now.mono_ms) / 1000) as u32),
        };
        (verdict, allowance)
    }

    /// What is asked of it besides heat, as long as a lease lasts that says so; also of one that may not heat.
    fn maintenance(&mut self, now: Instant) -> Maintenance {
        self.governor.lease(now.mono_ms).map_or_else(Maintenance::default, |lease| lease.budget.maintenance)
    }

    fn record_when_due(&mut self, readings: Vec<(Metric, Reading)>, now: Instant) {
        if now.mono_ms < self.next_record_ms || readings.is_empty() {
            return;
        }
        self.next_record_ms = next_due(self.next_record_ms, self.settings.record_every_ms, now.mono_ms);
        let mut recorded = HashSet::with_capacity(readings.len());
        let first_of_kind = readings.into_iter().filter(|(metric, _)| recorded.insert(metric.clone()));
        let samples: Vec<Sample> =
            first_of_kind.map(|(metric, reading)| Sample { dt_ms: 0, metric, reading }).collect();
        self.outbox.push(&samples, now.mono_ms, now.wall);
    }

    fn outgoing(
        &mut self,
        allowance: &Allowance,
        sights: &Sights,
        board: &dyn Board,
        now: Instant,
    ) -> Vec<Outgoing> {
        let records = std::iter::from_fn(|| self.outbox.next_to_send(now.mono_ms)).map(Outgoing::Record);
        let mut outgoing: Vec<Outgoing> = records.collect();
        let is_due = now.mono_ms >= self.next_heartbeat_ms;
        if is_due {
            self.next_heartbeat_ms =
                next_due(self.next_heartbeat_ms, self.settings.heartbeat_every_ms, now.mono_ms);
        }
        // A change of mode is told at once.
        if is_due || self.told_mode != Some(allowance.mode) {
            self.told_mode = Some(allowance.mode);
            outgoing.push(Outgoing::Heartbeat(self.heartbeat(allowance, sights, board, now)));
        }
        outgoing
    }

    fn heartbeat(
        &mut self,
        allowance: &Allowance,
        sights: &Sights,
        board: &dyn Board,
        now: Instant,
    ) -> Heartbeat {
        self.heartbeats += 1;
        self.governor.heartbeat_sent(self.heartbeats, now.mono_ms);
        let (epoch, seq) = self.governor.fence();
        let wanted_w = self.thermostat.wanted_w(allowance, sights, board.rated_w());
        Heartbeat {
            boot: self.settings.boot,
            n: self.heartbeats,
            mono_ms: now.mono_ms,
            epoch,
            seq,
            budget_w: if board.controllable() { allowance.limit_w as u32 } else { 0 },
            drawn_w: board.drawn_w().round() as u32,
            lease_left_s: allowance.lease_left_s,
            mode: allowance.mode,
            wanted_w: wanted_w.round() as u32,
            controllable: board.controllable(),
            alarms: self.alarms(sights, board, now),
            steps_w: board.steps_w(),
            firmware: FIRMWARE.to_owned(),
            maintainable: board.controllable(),
        }
    }
}

impl Outgoing {
    /// The bytes for the wire.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        match self {
            Self::Record(record) => record.encode(),
            Self::Heartbeat(heartbeat) => heartbeat.encode(),
        }
    }
}

/// The next time something is due: keeps its rhythm, and does not catch up on what a pause has missed.
fn next_due(due_ms: u64, every_ms: u64, now_ms: u64) -> u64 {
    let next = due_ms + every_ms;
    if next > now_ms { next } else { now_ms + every_ms }
}
