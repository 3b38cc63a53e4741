//! A real agent on a board that says and does anything at all, under a controller that grants anything that is signed.

use proptest::prelude::*;
use vocabulary::{
    BootId, Budget, Celsius, ControllerKey, Fault, Heartbeat, HeaterId, Metric, Mode, Reading, SiteId,
    Timestamp, Watts,
};

use crate::safety::{DataSheet, HeatLimits};
use crate::{Agent, AgentSettings, Board, Instant, Order, OutboxLimits, Outgoing, Switch};

const RATED_W: u32 = 750;
const FALLBACK_W: u32 = 200;
const LIMIT_C: f64 = 85.0;

/// What a second, a minute or an hour brings.
#[derive(Debug, Clone)]
struct Turn {
    pause_ms: u64,
    readings: Vec<(Metric, Reading)>,
    drawn_w: f64,
    switch: Switch,
    is_reset: bool,
    /// Power, heat and length of a lease that answers the newest heartbeat.
    lease: Option<(u32, u32, u32)>,
}

/// What sensors say, mostly sense.
fn any_reading(usual: std::ops::Range<f64>) -> impl Strategy<Value = Reading> {
    prop_oneof![
        12 => usual.prop_map(Reading::Value),
        1 => (-200.0..200.0).prop_map(Reading::Value),
        2 => proptest::sample::select(vec![85.0, -127.0, 65_535.0, f64::NAN, f64::INFINITY]).prop_map(Reading::Value),
        2 => Just(Reading::Missing(Fault::Silent)),
    ]
}

fn any_readings() -> impl Strategy<Value = Vec<(Metric, Reading)>> {
    let of = |metric: Metric, usual, at_most| {
        let readings = proptest::collection::vec(any_reading(usual), 0..=at_most);
        readings.prop_map(move |readings| {
            readings.into_iter().map(|reading| (metric.clone(), reading)).collect::<Vec<_>>()
        })
    };
    let parts = (
        of(Metric::TemperatureC, 2.0..28.0, 2),
        of(Metric::CaseTemperatureC, 15.0..88.0, 2),
        of(Metric::ChipTemperatureC, 30.0..108.0, 1),
        of(Metric::PowerW, 0.0..900.0, 1),
    );
    parts.prop_map(|(room, case, chip, power)| [room, case, chip, power].concat())
}

fn any_turn() -> impl Strategy<Value = Turn> {
    let pause = prop_oneof![8 => 0..2_000_u64, 3 => 0..90_000_u64, 1 => 0..8_000_000_u64];
    let switch = prop_oneof![9 => Just(Switch::On), 1 => Just(Switch::Off)];
    let lease = proptest::option::weighted(0.3, (0..=RATED_W, 0.0..=1.0_f64, 1..=300_u32));
    let lease = lease.prop_map(|lease| {
        lease.map(|(watts, share, ttl_s)| (watts, (f64::from(watts) * share) as u32, ttl_s))
    });
    (pause, any_readings(), 0.0..1_000.0_f64, switch, proptest::bool::weighted(0.05), lease).prop_map(
        |(pause_ms, readings, drawn_w, switch, is_reset, lease)| Turn {
            pause_ms,
            readings,
            drawn_w,
            switch,
            is_reset,
            lease,
        },
    )
}

struct Anything {
    turn: Turn,
    controllable: bool,
    order: Order,
}

impl Board for Anything {
    fn rated_w(&self) -> f64 {
        f64::from(RATED_W)
    }
    fn controllable(&self) -> bool {
        self.controllable
    }
    fn sense(&mut self, _: Timestamp) -> Vec<(Metric, Reading)> {
        self.turn.readings.clone()
    }
    fn obey(&mut self, order: Order) {
        self.order = order;
    }
    fn drawn_w(&self) -> f64 {
        self.turn.drawn_w
    }
    fn data_sheet(&self) -> DataSheet {
        DataSheet {
            outlet: Some(HeatLimits::new(75.0, LIMIT_C, 5.0, 0.04).unwrap()),
            chip: Some(HeatLimits::new(95.0, 105.0, 5.0, 1.0).unwrap()),
            ramp_up_w_per_s: 50.0,
            ..DataSheet::default()
        }
    }
    fn switch(&self) -> Switch {
        self.turn.switch
    }
    fn take_reset(&mut self) -> bool {
        self.turn.is_reset
    }
}

fn agent(key: &ControllerKey) -> Agent {
    let settings = AgentSettings {
        site: SiteId::new("home").unwrap(),
        heater: HeaterId::new("h-1").unwrap(),
        key: key.public(),
        rated_w: Watts::new(RATED_W).unwrap(),
        fallback_w: Watts::new(FALLBACK_W).unwrap(),
        setback_c: Celsius::from_hundredths(1700),
        boot: BootId::from_bits(9),
        bn: 1,
        fence_epoch: 0,
        record_every_ms: 10_000,
        heartbeat_every_ms: 10_000,
        outbox: OutboxLimits { capacity: 4, window: 4, resend_after_ms: u64::MAX },
    };
    Agent::new(settings, at(0))
}

fn at(mono_ms: u64) -> Instant {
    Instant { mono_ms, wall: Timestamp::from_ms(1_763_632_000_000) }
}

fn budget(heartbeat: &Heartbeat, seq: u64, (watts, heat_w, ttl_s): (u32, u32, u32)) -> Budget {
    Budget {
        heater: HeaterId::new("h-1").unwrap(),
        boot: heartbeat.boot,
        n: heartbeat.n,
        epoch: 1,
        seq,
        watts: Watts::new(watts).unwrap(),
        heat_w: Watts::new(heat_w).unwrap(),
        setpoint_c: Celsius::from_hundredths(2000),
        hi_c: Celsius::from_hundredths(2400),
        ttl_s,
        maintenance: vocabulary::Maintenance::default(),
    }
}

/// A casing at its limit, said by a sensor that can mean it.
fn is_hot(turn: &Turn) -> bool {
    turn.readings.iter().any(|(metric, reading)| {
        let value =
            reading.known().filter(|value| *metric == Metric::CaseTemperatureC && metric.allows(*value));
        value.is_some_and(|value| value > LIMIT_C)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn nothing_that_board_and_controller_do_brings_a_heater_beyond_its_limits(
        turns in proptest::collection::vec(any_turn(), 1..80),
        controllable in proptest::bool::weighted(0.9),
    ) {
        let key = ControllerKey::from_bytes(&[1; 32]);
        let (mut agent, mut now_ms, mut newest) = (agent(&key), 0, None::<Heartbeat>);
        // The lease as the heater must see it: power and end.
        let mut lease: Option<(u32, u64)> = None;
        for (turn, seq) in turns.into_iter().zip(1..) {
            now_ms += turn.pause_ms;
            let mut board = Anything { turn, controllable, order: Order::OFF };
            for outgoing in agent.step(&mut board, at(now_ms), true) {
                if let Outgoing::Heartbeat(heartbeat) = outgoing {
                    prop_assert!(heartbeat.budget_w <= RATED_W && (controllable || heartbeat.budget_w == 0));
                    newest = Some(heartbeat);
                }
            }
            let Order { heat_w, limit_w } = board.order;
            let told = newest.as_ref().unwrap();
            prop_assert!(heat_w.is_finite() && limit_w.is_finite() && (0.0..=limit_w).contains(&heat_w), "{:?}", board.order);
            prop_assert!(limit_w <= f64::from(RATED_W));
            let live_w = lease.filter(|(_, ends_ms)| now_ms < *ends_ms).map(|(watts, _)| watts);
            prop_assert!(limit_w <= f64::from(live_w.unwrap_or(0).max(FALLBACK_W)), "{limit_w} W by {live_w:?}");
            match told.mode {
                Mode::Boot | Mode::Tripped => prop_assert_eq!(board.order, Order::OFF),
                Mode::LocalOff => prop_assert!(limit_w <= f64::from(FALLBACK_W)),
                Mode::Leased => prop_assert!(live_w.is_some_and(|watts| limit_w <= f64::from(watts))),
                Mode::Fallback => prop_assert_eq!(live_w, None),
                Mode::FallbackBlind | Mode::Derated => {}
            }
            if board.turn.switch == Switch::Off {
                prop_assert!(matches!(told.mode, Mode::LocalOff | Mode::Tripped));
            }
            if is_hot(&board.turn) && controllable {
                prop_assert_eq!(told.mode, Mode::Tripped, "over-temperature counts within one tick");
            }
            if !controllable {
                prop_assert!(!matches!(told.mode, Mode::Tripped | Mode::Derated));
            }
            if let Some(granted) = board.turn.lease
                && agent.hear_budget(&key.sign(&SiteId::new("home").unwrap(), budget(told, seq, granted))).is_ok()
            {
                // The newest heartbeat may have been sent long ago; its time is what counts.
                lease = Some((granted.0, told.mono_ms + u64::from(granted.2) * 1000));
            }
        }
    }
}
