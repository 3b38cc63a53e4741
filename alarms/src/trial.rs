//! A site for this crate's tests: rooms with one heater each, and what they say.

use registry::{Clock, Heater, Room, Site, SiteBook};
use vocabulary::{
    BootId, Celsius, DisplayName, Heartbeat, HeaterId, HeaterTopic, Mode, Payload as _, RoomId, RoomState,
    RoomTopic, SetpointBy, SiteId, SiteState, SiteTopic, Timestamp, Topic, Watts, WeekSchedule, Why,
};

use crate::heard::Heard;

/// 20.5 °C.
const SETPOINT_C: Celsius = Celsius::from_hundredths(2050);

pub(crate) fn site() -> SiteId {
    SiteId::new("home").unwrap()
}

pub(crate) fn heater_id(n: usize) -> HeaterId {
    HeaterId::new(&format!("h-{n}")).unwrap()
}

pub(crate) fn room_id(n: usize) -> RoomId {
    RoomId::new(&format!("r-{n}")).unwrap()
}

/// A site of so many rooms.
pub(crate) fn book(rooms: usize) -> SiteBook {
    let name = || DisplayName::new("Bureau").unwrap();
    let room = |n| Room {
        id: room_id(n),
        name: name(),
        floor: name(),
        area: None,
        low_c: Celsius::from_hundredths(1700),
        high_c: Celsius::from_hundredths(2200),
        setback_c: Celsius::from_hundredths(1600),
        schedule: WeekSchedule::constant(SETPOINT_C).into(),
    };
    let heater = |n| Heater {
        id: heater_id(n),
        name: name(),
        room: Some(room_id(n)),
        rated_w: Watts::new(750).unwrap(),
        resistor_w: Watts::new(200).unwrap(),
        fallback_w: Watts::new(200).unwrap(),
        simulated: true,
        circuit: None,
    };
    SiteBook {
        site: Site {
            id: site(),
            name: name(),
            zone: "Europe/Paris".parse().unwrap(),
            clock: Clock::Wall,
            cap_w: None,
            demonstration: false,
        },
        rooms: (0..rooms).map(room).collect(),
        heaters: (0..rooms).map(heater).collect(),
        circuits: Vec::new(),
        metrics: Vec::new(),
    }
}

/// A heartbeat of a heater in order, which draws what it may.
pub(crate) fn beat() -> Heartbeat {
    Heartbeat {
        boot: BootId::from_bits(1),
        n: 1,
        mono_ms: 1,
        epoch: 1,
        seq: 1,
        budget_w: 400,
        drawn_w: 400,
        lease_left_s: 50,
        mode: Mode::Leased,
        wanted_w: 400,
        controllable: true,
        alarms: Vec::new(),
        steps_w: Vec::new(),
        firmware: String::new(),
        maintainable: true,
    }
}

/// An occupied room at its setpoint.
pub(crate) fn room_state() -> RoomState {
    RoomState {
        as_of: Timestamp::from_ms(0),
        temperature_c: Some(20.5),
        humidity_pct: None,
        co2_ppm: Some(600.0),
        illuminance_lux: None,
        occupied: Some(true),
        setpoint_c: SETPOINT_C,
        setpoint_by: SetpointBy::Schedule,
        until: None,
        budget_w: Some(400),
        drawn_w: Some(400),
        mode: Some(Mode::Leased),
        why: Why::AtSetpoint { temperature_c: 20.5, setpoint_c: SETPOINT_C, heat_w: 400 },
    }
}

/// A site in order.
pub(crate) fn site_state() -> SiteState {
    SiteState {
        as_of: Timestamp::from_ms(0),
        drawn_w: 0,
        budget_w: 0,
        cap_w: None,
        cap_until: None,
        cap_below_fallback: false,
        heat_wanted_w: 0,
        compute_w: 0,
        work_available_w: None,
        rooms_judged: 0,
        rooms_comfortable: 0,
        alarms: Vec::new(),
        second_controller_told_by: Vec::new(),
    }
}

pub(crate) fn hear_beat(heard: &mut Heard, n: usize, beat: &Heartbeat, now_ms: u64) {
    let topic = Topic::heater(&site(), &heater_id(n), HeaterTopic::Heartbeat).to_string();
    heard.hear(&topic, &beat.encode(), false, now_ms).unwrap();
}

pub(crate) fn hear_room(heard: &mut Heard, n: usize, state: &RoomState, now_ms: u64) {
    let topic = Topic::room(&site(), &room_id(n), RoomTopic::State).to_string();
    heard.hear(&topic, &state.encode(), false, now_ms).unwrap();
}

pub(crate) fn hear_site(heard: &mut Heard, state: &SiteState, now_ms: u64) {
    let topic = Topic::site(&site(), SiteTopic::State).to_string();
    heard.hear(&topic, &state.encode(), false, now_ms).unwrap();
}
