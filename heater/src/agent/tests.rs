use vocabulary::{BootId, Budget, Celsius, ControllerKey, Fault, SiteId, Timestamp, Watts};

use super::*;
use crate::board::Order;
use crate::outbox::OutboxLimits;
use crate::safety::{DataSheet, HeatLimits};

struct Bench {
    temperature: Reading,
    others: Vec<(Metric, Reading)>,
    order: Order,
    /// Drawn whatever is ordered.
    stuck_w: Option<f64>,
    asked: Maintenance,
}

impl Board for Bench {
    fn rated_w(&self) -> f64 {
        750.0
    }
    fn controllable(&self) -> bool {
        true
    }
    fn sense(&mut self, _: Timestamp) -> Vec<(Metric, Reading)> {
        let mut readings = vec![(Metric::TemperatureC, self.temperature)];
        readings.extend(self.others.iter().cloned());
        readings
    }
    fn obey(&mut self, order: Order) {
        self.order = order;
    }
    fn maintain(&mut self, asked: Maintenance) {
        self.asked = asked;
    }
    fn drawn_w(&self) -> f64 {
        self.stuck_w.unwrap_or(self.order.heat_w)
    }
    fn data_sheet(&self) -> DataSheet {
        let has_casing = self.others.iter().any(|(metric, _)| *metric == Metric::CaseTemperatureC);
        let outlet = HeatLimits::new(75.0, 85.0, 5.0, 0.1).unwrap();
        DataSheet { outlet: has_casing.then_some(outlet), ..DataSheet::default() }
    }
}

fn key() -> ControllerKey {
    ControllerKey::from_bytes(&[1; 32])
}

fn at(seconds: u64) -> Instant {
    Instant { mono_ms: seconds * 1000, wall: Timestamp::from_ms(1_763_632_000_000 + seconds as i64 * 1000) }
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
    Bench {
        temperature: Reading::Value(temperature),
        others: Vec::new(),
        order: Order::OFF,
        stuck_w: None,
        asked: Maintenance::default(),
    }
}

fn budget(n: u64, seq: u64) -> SignedBudget {
    budget_of(500, n, seq)
}

fn budget_of(watts: u32, n: u64, seq: u64) -> SignedBudget {
    let watts = Watts::new(watts).unwrap();
    let budget = Budget {
        heater: HeaterId::new("h-1").unwrap(),
        boot: BootId::from_bits(9),
        n,
        epoch: 1,
        seq,
        watts,
        heat_w: watts.min(Watts::new(400).unwrap()),
        setpoint_c: Celsius::from_hundredths(2050),
        hi_c: Celsius::from_hundredths(2400),
        ttl_s: 60,
        maintenance: vocabulary::Maintenance::default(),
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
fn what_is_asked_besides_heat_holds_as_long_as_its_lease() {
    let (mut agent, mut board) = (agent(), bench(15.0));
    agent.step(&mut board, at(0), true);
    let asked = Maintenance { drain: true, identify: true };
    let budget = Budget { maintenance: asked, ..budget(1, 1).budget };
    agent.hear_budget(&key().sign(&SiteId::new("home").unwrap(), budget)).unwrap();
    agent.step(&mut board, at(1), true);
    assert_eq!(board.asked, asked);
    agent.step(&mut board, at(60), true);
    assert_eq!(board.asked, Maintenance::default());
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
    let birth =
        crate::outbox::Birth { boot: agent.settings.boot, bn: 1, record_every_ms: 1_000, wall: at(0).wall };
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

#[test]
fn a_leased_heater_stops_by_the_hotter_of_two_sensors_and_by_what_a_stale_one_may_have_become() {
    let (mut agent, mut board) = (agent(), bench(23.0));
    board.others.push((Metric::TemperatureC, Reading::Value(23.9)));
    agent.step(&mut board, at(0), true);
    agent.hear_budget(&budget(1, 1)).unwrap();
    agent.step(&mut board, at(1), true);
    assert_eq!(board.order.heat_w, 400.0);
    board.others[0].1 = Reading::Value(24.0);
    agent.step(&mut board, at(2), true);
    assert_eq!(board.order, Order::OFF, "the hotter counts");
    board.others[0].1 = Reading::Value(23.85);
    board.temperature = Reading::Missing(Fault::Silent);
    agent.step(&mut board, at(3), true);
    assert!(board.order.heat_w > 0.0);
    board.others.clear();
    agent.step(&mut board, at(33), true);
    assert!(board.order.heat_w > 0.0, "three periods old: still fresh");
    // A fifth of a kelvin a minute: after 45 s it may be at 24 °C.
    agent.step(&mut board, at(48), true);
    assert_eq!(board.order, Order::OFF);
}

#[test]
fn a_heater_that_cannot_see_its_room_draws_its_duty_and_no_more_than_a_lease() {
    for (lease_w, expected_w) in [(500, 100.0), (60, 60.0), (0, 0.0)] {
        let (mut agent, mut board) = (agent(), bench(15.0));
        agent.step(&mut board, at(0), true);
        board.temperature = Reading::Missing(Fault::Silent);
        agent.step(&mut board, at(299), true);
        agent.hear_budget(&budget_of(lease_w, 2, 1)).unwrap();
        agent.step(&mut board, at(301), true);
        assert_eq!(board.order, Order { heat_w: expected_w, limit_w: expected_w }, "lease of {lease_w} W");
    }
}

#[test]
fn a_warm_heater_that_cannot_see_its_room_does_not_obey_a_lease_either() {
    let (mut agent, mut board) = (agent(), bench(15.0));
    board.others.push((Metric::CaseTemperatureC, Reading::Value(50.0)));
    agent.step(&mut board, at(0), true);
    board.temperature = Reading::Missing(Fault::Silent);
    board.others[0].1 = Reading::Value(76.0);
    let outgoing = agent.step(&mut board, at(300), true);
    agent.hear_budget(&budget(heartbeats(&outgoing)[0].n, 1)).unwrap();
    let outgoing = agent.step(&mut board, at(310), true);
    assert_eq!(heartbeats(&outgoing)[0].mode, Mode::Derated);
    assert_eq!(board.order, Order { heat_w: 100.0, limit_w: 100.0 });
}

#[test]
fn a_heater_that_goes_on_drawing_after_its_lease_trips() {
    let (mut agent, mut board) = (agent(), bench(15.0));
    let mut mode = Mode::Boot;
    let mut step = |agent: &mut Agent, board: &mut Bench, second| {
        for heartbeat in heartbeats(&agent.step(board, at(second), true)) {
            mode = heartbeat.mode;
        }
        mode
    };
    step(&mut agent, &mut board, 0);
    agent.hear_budget(&budget(1, 1)).unwrap();
    step(&mut agent, &mut board, 1);
    board.stuck_w = Some(400.0);
    let tripped = (2..120).find(|second| step(&mut agent, &mut board, *second) == Mode::Tripped);
    // The lease of 60 s ends; 5 s to settle and 10 s of patience follow.
    assert_eq!(tripped, Some(75));
    assert_eq!(board.order, Order::OFF);
}

#[test]
fn a_person_is_told_for_an_hour_of_budgets_that_no_healthy_house_sends() {
    let (mut agent, mut board) = (agent(), bench(20.0));
    let mut alarms = |agent: &mut Agent, second| -> Vec<String> {
        let outgoing = agent.step(&mut board, at(second), true);
        heartbeats(&outgoing).first().map(|heartbeat| heartbeat.alarms.clone()).unwrap_or_default()
    };
    assert_eq!(alarms(&mut agent, 0), [""; 0]);
    assert_eq!(agent.hear_budget(&budget(7, 1)), Err(Refusal::Nonce));
    assert_eq!(alarms(&mut agent, 10), [""; 0], "lateness is no alarm");
    let good = budget(1, 1).encode();
    assert_eq!(agent.hear_budget_payload(&good, true, |_| true), Err(Refusal::Retained));
    for _ in 0..2 {
        assert_eq!(agent.hear_budget_payload(b"{}", false, |_| true), Err(Refusal::Form));
    }
    let told = ["budget_refused:retained:1", "budget_refused:form:2"];
    assert_eq!(alarms(&mut agent, 20), told);
    assert_eq!(alarms(&mut agent, 3_619), told);
    assert_eq!(alarms(&mut agent, 3_629), [""; 0]);
    let counted: Vec<_> = agent.refused().collect();
    assert_eq!(counted, [(Refusal::Retained, 1), (Refusal::Form, 2), (Refusal::Nonce, 1)]);
}
