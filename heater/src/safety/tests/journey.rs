//! A real agent with a simulated heater, a controller that always grants all, and all that can go wrong on one day.

use twin::{
    Building, BuildingPlan, EmitterPlan, Moment, Orientation, Place, RoomPlan, RoomUse, Season, WorkSupply,
};
use vocabulary::{
    BootId, Budget, Celsius, ControllerKey, Heartbeat, HeaterId, Mode, SiteId, Timestamp, Watts,
};

use crate::safety::{Latch, TripCause};
use crate::{Agent, AgentSettings, Board as _, Instant, OutboxLimits, Outgoing, Switch, TwinBoard, World};

const RATED_W: f64 = 1_000.0;
const FALLBACK_W: f64 = 300.0;
/// A minute and more than it takes to ramp up.
const SETTLED_S: u64 = 90;
/// From the last sign of heat to the automatic retry, and to be settled after it. It is cool long before.
const RETRIED_S: u64 = 600 + SETTLED_S;

struct House {
    world: World,
    board: TwinBoard,
    agent: Agent,
    key: ControllerKey,
    second: u64,
    told: Option<Heartbeat>,
    seq: u64,
    is_granted: bool,
}

fn moment(second: u64) -> Moment {
    Moment { utc_ms: 1_763_632_000_000 + second as i64 * 1000, local_offset_s: 3600 }
}

fn instant(second: u64) -> Instant {
    Instant { mono_ms: second * 1000, wall: Timestamp::from_ms(moment(second).utc_ms) }
}

fn agent(key: &ControllerKey, second: u64) -> Agent {
    let settings = AgentSettings {
        site: SiteId::new("home").unwrap(),
        heater: HeaterId::new("h-1").unwrap(),
        key: key.public(),
        rated_w: Watts::floor(RATED_W),
        fallback_w: Watts::floor(FALLBACK_W),
        setback_c: Celsius::from_hundredths(1700),
        boot: BootId::from_bits(second),
        bn: 1,
        fence_epoch: 0,
        record_every_ms: 60_000,
        heartbeat_every_ms: 10_000,
        outbox: OutboxLimits::default(),
    };
    Agent::new(settings, instant(second))
}

impl House {
    /// A large cold room that wants all its heater has, all day.
    fn new(start_c: f64) -> Self {
        let plan = BuildingPlan {
            rooms: vec![RoomPlan::typical(80.0, Orientation::North, RoomUse::Storage)],
            emitters: vec![EmitterPlan::typical(0, RATED_W)],
            place: Place::PARIS,
            start_c,
        };
        let building = Building::new(plan, 1, Season::Winter, moment(0)).unwrap();
        let world = World::new(building, WorkSupply::new(1, 0.0), &[RATED_W]);
        let key = ControllerKey::from_bytes(&[1; 32]);
        let (board, agent) = (world.board(0, 0, RATED_W), agent(&key, 0));
        Self { world, board, agent, key, second: 0, told: None, seq: 0, is_granted: true }
    }

    /// A second passes; every heartbeat is answered with all there is.
    fn live(&mut self) {
        self.second += 1;
        self.world.step(moment(self.second));
        for outgoing in self.agent.step(&mut self.board, instant(self.second), true) {
            if let Outgoing::Heartbeat(heartbeat) = outgoing {
                self.told = Some(heartbeat);
                self.grant();
            }
        }
        if self.mode() == Mode::Tripped {
            assert_eq!(self.board.drawn_w(), 0.0, "a tripped heater draws at second {}", self.second);
        }
    }

    fn grant(&mut self) {
        if !self.is_granted {
            return;
        }
        self.seq += 1;
        let told = self.told.as_ref().unwrap();
        let budget = Budget {
            heater: HeaterId::new("h-1").unwrap(),
            boot: told.boot,
            n: told.n,
            epoch: 1,
            seq: self.seq,
            watts: Watts::floor(RATED_W),
            heat_w: Watts::floor(RATED_W),
            setpoint_c: Celsius::from_hundredths(2200),
            hi_c: Celsius::from_hundredths(3000),
            ttl_s: 60,
            maintenance: vocabulary::Maintenance::default(),
        };
        let signed = self.key.sign(&SiteId::new("home").unwrap(), budget);
        self.agent.hear_budget(&signed).unwrap();
    }

    fn live_for(&mut self, seconds: u64) {
        (0..seconds).for_each(|_| self.live());
    }

    /// A change of mode is told at once, so what was told last is what holds.
    fn mode(&self) -> Mode {
        self.told.as_ref().unwrap().mode
    }

    fn now(&self) -> (Mode, f64) {
        (self.mode(), self.board.drawn_w())
    }

    fn has_alarm(&self, alarm: &str) -> bool {
        self.told.as_ref().unwrap().alarms.iter().any(|said| said == alarm)
    }

    /// The process ends and begins again with what its file kept.
    fn restart(&mut self) {
        let latch = self.agent.latch();
        self.agent = agent(&self.key, self.second);
        self.agent.remember(latch);
    }
}

#[test]
fn a_covered_heater_trips_cools_down_retries_once_and_then_waits_for_a_person() {
    let mut house = House::new(12.0);
    house.live_for(3_600);
    assert_eq!(house.now(), (Mode::Leased, RATED_W));
    // Over-temperature is obeyed within one tick.
    house.world.cover(0, 50.0);
    house.live();
    assert_eq!(house.now(), (Mode::Tripped, 0.0));
    assert!(house.has_alarm("trip_heat") && !house.has_alarm("needs_reset"));
    house.live_for(599);
    assert_eq!(house.mode(), Mode::Tripped, "it cools down");
    // The retry lasts until the heater is covered again.
    house.world.cover(0, 0.0);
    house.live_for(SETTLED_S);
    assert_eq!(house.now(), (Mode::Leased, RATED_W));
    assert_eq!(house.agent.latch(), Latch::Retried(TripCause::Heat));
    house.world.cover(0, 60.0);
    house.live_for(2);
    assert_eq!(house.mode(), Mode::Tripped);
    assert_eq!(house.agent.latch(), Latch::Locked(TripCause::Heat));
    house.world.cover(0, 0.0);
    house.live_for(2 * 3_600);
    assert_eq!(house.now(), (Mode::Tripped, 0.0), "no lease resets it, and time does not");
    assert!(house.has_alarm("needs_reset"));
    house.restart();
    house.live_for(3_600);
    assert_eq!(house.now(), (Mode::Tripped, 0.0), "a restart does not reset it");
    house.world.press_reset(0);
    house.live();
    assert_eq!((house.mode(), house.agent.latch()), (Mode::Leased, Latch::Clear));
    house.live_for(SETTLED_S);
    assert_eq!(house.now(), (Mode::Leased, RATED_W));
}

#[test]
fn an_hour_after_a_retry_the_heater_has_a_new_try() {
    let mut house = House::new(12.0);
    house.live_for(1_800);
    for _ in 0..3 {
        house.world.cover(0, 60.0);
        house.live_for(2);
        assert_eq!(house.agent.latch(), Latch::Tripped(TripCause::Heat));
        house.world.cover(0, 0.0);
        house.live_for(RETRIED_S + 3_600);
        assert_eq!((house.now(), house.agent.latch()), ((Mode::Leased, RATED_W), Latch::Clear));
    }
}

#[test]
fn a_warm_heater_takes_power_back_keeps_some_and_gets_all_again_when_cool() {
    let mut house = House::new(12.0);
    house.live_for(3_600);
    house.world.cover(0, 30.0);
    house.live();
    assert_eq!(house.mode(), Mode::Derated);
    let mut drawn_ws = Vec::new();
    for _ in 0..600 {
        house.live();
        assert_ne!(house.mode(), Mode::Tripped);
        drawn_ws.push(house.board.drawn_w());
    }
    let mean_w = drawn_ws.iter().sum::<f64>() / 600.0;
    assert!((500.0..950.0).contains(&mean_w), "{mean_w} W");
    house.world.cover(0, 0.0);
    house.live_for(600);
    assert_eq!(house.now(), (Mode::Leased, RATED_W));
}

#[test]
fn the_switch_at_the_heater_is_obeyed_within_one_tick_and_no_lease_overrides_it() {
    let mut house = House::new(12.0);
    house.live_for(SETTLED_S);
    house.world.turn(0, Switch::Off);
    house.live();
    assert_eq!(house.now(), (Mode::LocalOff, 0.0));
    for _ in 0..600 {
        house.live();
        assert_eq!(house.now(), (Mode::LocalOff, 0.0));
    }
    house.restart();
    house.live_for(2);
    assert_eq!(house.now(), (Mode::LocalOff, 0.0));
    house.world.turn(0, Switch::On);
    house.live_for(SETTLED_S);
    assert_eq!(house.now(), (Mode::Leased, RATED_W));
}

#[test]
fn a_room_in_danger_of_frost_is_kept_above_it_though_its_heater_is_switched_off() {
    let mut house = House::new(3.0);
    house.world.turn(0, Switch::Off);
    house.live_for(SETTLED_S);
    assert_eq!(
        house.now(),
        (Mode::LocalOff, FALLBACK_W),
        "its fall-back, and not what the lease would allow"
    );
    assert!(house.has_alarm("frost"));
}

#[test]
fn without_a_lease_the_heater_stays_within_its_fall_back() {
    let mut house = House::new(12.0);
    house.live_for(SETTLED_S);
    house.is_granted = false;
    house.live_for(60);
    assert_eq!(house.mode(), Mode::Fallback);
    for _ in 0..600 {
        house.live();
        assert!(house.board.drawn_w() <= FALLBACK_W);
    }
    assert!(house.board.drawn_w() > 0.0);
}
