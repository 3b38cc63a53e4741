//! The agent: one heater's loop as a state machine. Senses, judges what it may do, orders the board, and says what is
//! to be sent. It never waits and never reads a clock.

use std::collections::HashSet;

use vocabulary::{
    Ack, Alarm, BootId, Budget, Celsius, Heartbeat, HeaterId, Metric, Mode, Payload, Pi, Reading, Record,
    Sample, SignedBudget, SiteId, SitePublicKey, Timestamp, Watts,
};

use crate::board::{Board, Order};
use crate::governor::{Governor, Refusal};
use crate::outbox::{Outbox, OutboxLimits};
use crate::safety::{Glance, Latch, Safety, Sights, TripCause, Verdict};

/// So long after a budget that no healthy house sends, a person is told of it.
const REFUSAL_TOLD_FOR_MS: u64 = 3_600_000;

/// One moment on both clocks: only the monotonic one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// Milliseconds since the heater's boot or earlier; never goes back.
    pub mono_ms: u64,
    /// The wall clock, for the time stamps of records.
    pub wall: Timestamp,
}

/// Who a heater is and how it behaves alone.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// Its site.
    pub site: SiteId,
    /// Itself.
    pub heater: HeaterId,
    /// The site controller's public key.
    pub key: SitePublicKey,
    /// The most it draws.
    pub rated_w: Watts,
    /// What it may draw without a lease.
    pub fallback_w: Watts,
    /// The setpoint of its own thermostat without a lease.
    pub setback_c: Celsius,
    /// This run.
    pub boot: BootId,
    /// The number of this run.
    pub bn: u64,
    /// Newest epoch accepted in any run before.
    pub fence_epoch: u64,
    /// Time between records.
    pub record_every_ms: u64,
    /// Time between heartbeats.
    pub heartbeat_every_ms: u64,
    /// How much the outbox holds and how patient it is.
    pub outbox: OutboxLimits,
}

/// Something to be published.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Telemetry, QoS 1.
    Record(Record),
    /// A sign of life, QoS 0.
    Heartbeat(Heartbeat),
}

/// What the heater may do right now.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowance {
    /// What weighs most of all that holds.
    pub mode: Mode,
    /// The budget in force, where it is obeyed: in [`Mode::Leased`] and as far as its own heat allows in
    /// [`Mode::Derated`].
    pub budget: Option<Budget>,
    /// Never to be passed, watts.
    pub limit_w: f64,
    /// Seconds left of the lease; 0 without one.
    pub lease_left_s: u32,
}

/// One heater's state machine.
pub struct Agent {
    settings: AgentSettings,
    governor: Governor,
    safety: Safety,
    outbox: Outbox,
    thermostat: Pi,
    /// Until when a refused budget is an alarm, and how many suspicious ones there were at the last look.
    refusal_told_until_ms: u64,
    refusals: u64,
    stepped_at_ms: Option<u64>,
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
            thermostat: Pi::default(),
            refusal_told_until_ms: 0,
            refusals: 0,
            stepped_at_ms: None,
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

    /// Hears a budget as it came over the wire.
    ///
    /// # Errors
    /// [`Refusal`] says why it was refused; then nothing has changed but its counter.
    pub fn hear_budget_payload(&mut self, payload: &[u8], retained: bool) -> Result<(), Refusal> {
        self.governor.hear(payload, retained)
    }

    /// One step: senses, orders the board, and gives what is to be sent now. Without a connection records wait and
    /// heartbeats are not made.
    pub fn step(&mut self, board: &mut dyn Board, now: Instant, connected: bool) -> Vec<Outgoing> {
        let readings = board.sense(now.wall);
        let (verdict, allowance) = self.judge(board, &readings, now);
        let order = self.order(&verdict, &allowance, now);
        board.obey(order);
        self.safety.ordered(order.limit_w, now.mono_ms);
        self.stepped_at_ms = Some(now.mono_ms);
        self.notice_refusals(now);
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

    fn order(&mut self, verdict: &Verdict, allowance: &Allowance, now: Instant) -> Order {
        let limit_w = allowance.limit_w;
        match (allowance.mode, &allowance.budget) {
            (Mode::Boot | Mode::Tripped, _) => Order::OFF,
            // All that is allowed is allowed against frost.
            (Mode::LocalOff, _) => Order { heat_w: limit_w, limit_w },
            (_, Some(budget)) => leased(verdict, budget, limit_w),
            (_, None) => match (verdict.state.beneath(), temperature(&verdict.sights)) {
                (Mode::Fallback, Some(temperature)) => self.fall_back(temperature, limit_w, now),
                _ => Order { heat_w: limit_w, limit_w },
            },
        }
    }

    /// The heater's own thermostat at setback, within its fall-back power.
    fn fall_back(&mut self, temperature: f64, limit_w: f64, now: Instant) -> Order {
        let error_k = self.settings.setback_c.degrees() - temperature;
        let range_w = self.settings.fallback_w.real();
        let heat_w = self.thermostat.wanted_w(error_k, range_w).min(limit_w);
        let dt_s = self.stepped_at_ms.map_or(0.0, |last| now.mono_ms.saturating_sub(last) as f64 / 1000.0);
        self.thermostat.advance(error_k, heat_w, range_w, dt_s);
        Order { heat_w, limit_w }
    }

    fn notice_refusals(&mut self, now: Instant) {
        let suspicious = self.refused().filter(|(refusal, _)| refusal.is_suspicious());
        let refusals = suspicious.fold(0_u64, |sum, (_, count)| sum.saturating_add(count));
        if refusals != self.refusals {
            self.refusals = refusals;
            self.refusal_told_until_ms = now.mono_ms + REFUSAL_TOLD_FOR_MS;
        }
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
        let setpoint_c =
            allowance.budget.as_ref().map_or(self.settings.setback_c, |budget| budget.setpoint_c);
        let wanted_w = temperature(sights).map_or(0.0, |temperature| {
            self.thermostat.wanted_w(setpoint_c.degrees() - temperature, board.rated_w())
        });
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
        }
    }

    /// What a person should look at.
    fn alarms(&self, sights: &Sights, board: &dyn Board, now: Instant) -> Vec<String> {
        let latch = self.latch();
        let trip = latch.off_by().map(TripCause::alarm);
        let locked = matches!(latch, Latch::Locked(_)).then_some(Alarm::NeedsReset);
        let sheet = board.data_sheet();
        let seen = sights.alarms(&sheet, board.controllable());
        let disk = self.outbox.is_disk_in_trouble(now.mono_ms).then_some(Alarm::OutboxDisk);
        let words = trip.into_iter().chain(locked).chain(seen).chain(disk).map(|alarm| alarm.to_string());
        let dropped = self.outbox.dropped_lately();
        let full = (dropped > 0).then(|| format!("{}:{dropped}", Alarm::OutboxFull));
        let told = now.mono_ms < self.refusal_told_until_ms;
        let refused = self.refused().filter(|(refusal, _)| told && refusal.is_suspicious());
        let refused = refused.map(|(refusal, count)| format!("{}:{refusal}:{count}", Alarm::BudgetRefused));
        words.chain(full).chain(refused).collect()
    }
}

/// The room temperature to heat by; of two, the colder.
fn temperature(sights: &Sights) -> Option<f64> {
    sights.room.map(|room| room.read.coldest_c)
}

/// As the budget says, below the temperature where its room must stop. A stale temperature is feared to have risen since,
/// and of two the hotter counts.
fn leased(verdict: &Verdict, budget: &Budget, limit_w: f64) -> Order {
    let hottest = verdict.sights.room.map(|room| room.worst.hottest_c);
    if hottest.is_some_and(|hottest| hottest < budget.hi_c.degrees()) {
        Order { heat_w: budget.heat_w.real().min(limit_w), limit_w }
    } else {
        Order::OFF
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

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Budget, ControllerKey, Fault};

    struct Bench {
        temperature: Reading,
        order: Order,
    }

    impl Board for Bench {
        fn rated_w(&self) -> f64 {
            750.0
        }
        fn controllable(&self) -> bool {
            true
        }
        fn sense(&mut self, _: Timestamp) -> Vec<(Metric, Reading)> {
            vec![(Metric::TemperatureC, self.temperature)]
        }
        fn obey(&mut self, order: Order) {
            self.order = order;
        }
        fn drawn_w(&self) -> f64 {
            self.order.heat_w
        }
    }

    fn key() -> ControllerKey {
        ControllerKey::from_bytes(&[1; 32])
    }

    fn at(seconds: u64) -> Instant {
        Instant {
            mono_ms: seconds * 1000,
            wall: Timestamp::from_ms(1_763_632_000_000 + seconds as i64 * 1000),
        }
    }

    fn agent() -> Agent {
        let settings = AgentSettings {
            site: SiteId::new("home").unwrap(),
            heater: HeaterId::new("h-1").unwrap(),
            key: key().public(),
            rated_w: Watts::new(750).unwrap(),
            fallback_w: Watts::new(200).unwrap(),
            setback_c: Celsius::from_hundredths(1700),
            boot: BootId::from_bits(9),
            bn: 1,
            fence_epoch: 0,
            record_every_ms: 10_000,
            heartbeat_every_ms: 10_000,
            outbox: OutboxLimits::default(),
        };
        Agent::new(settings, at(0))
    }

    fn bench(temperature: f64) -> Bench {
        Bench { temperature: Reading::Value(temperature), order: Order::OFF }
    }

    fn budget(n: u64, seq: u64) -> SignedBudget {
        let budget = Budget {
            heater: HeaterId::new("h-1").unwrap(),
            boot: BootId::from_bits(9),
            n,
            epoch: 1,
            seq,
            watts: Watts::new(500).unwrap(),
            heat_w: Watts::new(400).unwrap(),
            setpoint_c: Celsius::from_hundredths(2050),
            hi_c: Celsius::from_hundredths(2400),
            ttl_s: 60,
        };
        key().sign(&SiteId::new("home").unwrap(), budget)
    }

    fn heartbeats(outgoing: &[Outgoing]) -> Vec<&Heartbeat> {
        outgoing.iter().filter_map(|o| if let Outgoing::Heartbeat(h) = o { Some(h) } else { None }).collect()
    }

    #[test]
    fn a_lease_is_obeyed_and_its_end_brings_the_setback_within_the_fall_back() {
        let (mut agent, mut board) = (agent(), bench(15.0));
        agent.step(&mut board, at(0), true);
        agent.hear_budget(&budget(1, 1)).unwrap();
        agent.step(&mut board, at(1), true);
        assert_eq!(board.order, Order { heat_w: 400.0, limit_w: 500.0 });
        agent.step(&mut board, at(60), true);
        assert_eq!(board.order.limit_w, 200.0);
        assert!(board.order.heat_w > 0.0 && board.order.heat_w <= 200.0, "{:?}", board.order);
    }

    #[test]
    fn without_a_lease_a_room_above_setback_is_not_heated() {
        let (mut agent, mut board) = (agent(), bench(19.0));
        agent.step(&mut board, at(0), true);
        assert_eq!(board.order.heat_w, 0.0);
    }

    #[test]
    fn a_leased_heater_stops_at_the_upper_bound_of_its_room() {
        let (mut agent, mut board) = (agent(), bench(23.9));
        agent.step(&mut board, at(0), true);
        agent.hear_budget(&budget(1, 1)).unwrap();
        agent.step(&mut board, at(1), true);
        assert_eq!(board.order.heat_w, 400.0);
        board.temperature = Reading::Value(24.0);
        agent.step(&mut board, at(2), true);
        assert_eq!(board.order, Order::OFF);
    }

    #[test]
    fn a_sensor_silent_for_five_minutes_leaves_a_small_fixed_duty() {
        let (mut agent, mut board) = (agent(), bench(15.0));
        agent.step(&mut board, at(0), true);
        board.temperature = Reading::Missing(Fault::Silent);
        agent.step(&mut board, at(299), true);
        assert!(board.order.heat_w > 100.0, "still by the last temperature: {:?}", board.order);
        agent.step(&mut board, at(300), true);
        assert_eq!(board.order, Order { heat_w: 100.0, limit_w: 100.0 });
        let outgoing = agent.step(&mut board, at(310), true);
        assert!(heartbeats(&outgoing)[0].alarms.contains(&"room_sensor".to_owned()));
    }

    #[test]
    fn a_sentinel_at_boot_does_not_blind_the_heater_to_what_follows() {
        let (mut agent, mut board) = (agent(), bench(85.0));
        agent.step(&mut board, at(0), true);
        board.temperature = Reading::Value(15.0);
        agent.step(&mut board, at(1), true);
        assert!(board.order.heat_w > 0.0, "{:?}", board.order);
    }

    #[test]
    fn trouble_of_the_outbox_is_an_alarm_while_it_lasts() {
        let (mut agent, mut board) = (agent(), bench(20.0));
        agent.settings.record_every_ms = 1_000;
        let limits = OutboxLimits { capacity: 3, ..OutboxLimits::default() };
        let birth = crate::outbox::Birth {
            boot: agent.settings.boot,
            bn: 1,
            record_every_ms: 1_000,
            wall: at(0).wall,
        };
        agent.outbox = Outbox::recover(&[], &birth, limits).unwrap().0;
        let mut alarms = |agent: &mut Agent, second| -> Vec<String> {
            let outgoing = agent.step(&mut board, at(second), true);
            heartbeats(&outgoing).first().map(|heartbeat| heartbeat.alarms.clone()).unwrap_or_default()
        };
        assert_eq!(alarms(&mut agent, 0), [""; 0]);
        agent.outbox.disk_failed(0);
        for second in 1..5 {
            alarms(&mut agent, second);
        }
        assert_eq!(alarms(&mut agent, 10), ["outbox_disk", "outbox_full:3"]);
        let write = agent.outbox.next_write(60_000).unwrap();
        agent.outbox.synced(write.mark);
        let boot = agent.settings.boot;
        let ingest = "a".to_owned();
        agent.hear_ack(&Ack { boot, hwm: 100, got: vec![], ingest, backfill_per_s: 5 });
        assert_eq!(alarms(&mut agent, 61), [""; 0]);
    }

    #[test]
    fn a_change_of_mode_is_told_at_once() {
        let (mut agent, mut board) = (agent(), bench(15.0));
        assert_eq!(heartbeats(&agent.step(&mut board, at(0), true))[0].mode, Mode::Fallback);
        agent.hear_budget(&budget(1, 1)).unwrap();
        assert_eq!(heartbeats(&agent.step(&mut board, at(1), true))[0].mode, Mode::Leased);
        assert!(heartbeats(&agent.step(&mut board, at(2), true)).is_empty());
    }

    #[test]
    fn heartbeats_and_records_keep_their_rhythm_and_wait_for_the_connection() {
        let (mut agent, mut board) = (agent(), bench(20.0));
        let (mut records, mut beats) = (std::collections::BTreeSet::new(), 0);
        for second in 0..60 {
            let connected = !(20..40).contains(&second);
            for outgoing in agent.step(&mut board, at(second), connected) {
                match outgoing {
                    Outgoing::Record(record) => _ = records.insert(record.seq),
                    Outgoing::Heartbeat(_) => beats += 1,
                }
            }
        }
        assert_eq!((records.len(), beats, agent.unconfirmed()), (6, 4, 6));
    }
}
