//! What the eyes make of sensors, meter and switch.

use vocabulary::{Alarm, Fault, Metric, Reading};

use crate::board::Switch;
use crate::safety::watch::{Glance, Sights, Watch};
use crate::safety::{DataSheet, Event, HeatLimits, Safety};

const RATED_W: f64 = 1_000.0;
const BLIND_SHARE: f64 = 0.2;

fn sheet() -> DataSheet {
    DataSheet {
        outlet: Some(HeatLimits::new(75.0, 85.0, 5.0, 0.1).unwrap()),
        chip: Some(HeatLimits::new(95.0, 105.0, 5.0, 1.0).unwrap()),
        ..DataSheet::default()
    }
}

/// A heater whose readings can be changed.
struct Bench {
    watch: Watch,
    readings: Vec<(Metric, Reading)>,
    drawn_w: f64,
    controllable: bool,
    switch: Switch,
}

impl Bench {
    fn new() -> Self {
        let readings = [
            (Metric::TemperatureC, 20.0),
            (Metric::CaseTemperatureC, 50.0),
            (Metric::ChipTemperatureC, 70.0),
        ];
        Self {
            watch: Watch::default(),
            readings: readings.map(|(metric, value)| (metric, Reading::Value(value))).into(),
            drawn_w: 0.0,
            controllable: true,
            switch: Switch::On,
        }
    }

    fn set(&mut self, metric: &Metric, reading: Reading) {
        let line = self.readings.iter_mut().find(|(known, _)| known == metric);
        line.unwrap().1 = reading;
    }

    fn glance(&self, second: u64) -> Glance<'_> {
        Glance {
            readings: &self.readings,
            drawn_w: self.drawn_w,
            rated_w: RATED_W,
            controllable: self.controllable,
            switch: self.switch,
            sheet: sheet(),
            now_ms: second * 1000,
        }
    }

    fn look(&mut self, second: u64) -> (Vec<Event>, Sights) {
        let mut watch = std::mem::take(&mut self.watch);
        let seen = watch.look(&self.glance(second));
        self.watch = watch;
        seen
    }

    fn says(&mut self, second: u64, event: Event) -> bool {
        self.look(second).0.contains(&event)
    }

    fn alarms(&mut self, second: u64) -> Vec<Alarm> {
        let sights = self.look(second).1;
        sights.alarms(&sheet(), self.controllable).collect()
    }
}

#[test]
fn a_heater_that_is_well_says_so() {
    let events = Bench::new().look(0).0;
    assert_eq!(events, [Event::SwitchedOn, Event::AllRead, Event::Seeing, Event::Cool]);
}

#[test]
fn heat_is_said_at_each_threshold_by_either_part_and_the_band_between_says_nothing() {
    let said = |case: f64, chip: f64| {
        let mut bench = Bench::new();
        bench.set(&Metric::CaseTemperatureC, Reading::Value(case));
        bench.set(&Metric::ChipTemperatureC, Reading::Value(chip));
        bench.look(0).0.into_iter().find(|event| matches!(event, Event::Cool | Event::Warm | Event::Hot))
    };
    for (case, chip, expected) in [
        (69.9, 89.9, Some(Event::Cool)),
        (70.0, 70.0, None),
        (50.0, 90.0, None),
        (75.0, 70.0, Some(Event::Warm)),
        (50.0, 95.0, Some(Event::Warm)),
        (84.9, 104.9, Some(Event::Warm)),
        (85.1, 70.0, Some(Event::Hot)),
        (50.0, 105.0, Some(Event::Hot)),
        (-30.0, 150.0, Some(Event::Hot)),
    ] {
        assert_eq!(said(case, chip), expected, "case {case}, chip {chip}");
    }
}

#[test]
fn a_part_that_jumps_to_its_limit_is_believed_at_once() {
    let mut bench = Bench::new();
    bench.look(0);
    bench.set(&Metric::CaseTemperatureC, Reading::Value(90.0));
    assert!(bench.says(1, Event::Hot));
}

#[test]
fn sentinels_are_no_temperature_of_any_part() {
    let metrics = [Metric::TemperatureC, Metric::CaseTemperatureC, Metric::ChipTemperatureC];
    for sentinel in [65_535.0, -127.0, f64::NAN, f64::INFINITY] {
        for metric in &metrics {
            let mut bench = Bench::new();
            bench.set(metric, Reading::Value(sentinel));
            let events = bench.look(0).0;
            let bad = [Event::AllRead, Event::Seeing, Event::Hot, Event::Warm, Event::Cool];
            let allowed = *metric == Metric::TemperatureC;
            assert!(
                !events.iter().any(|event| bad.contains(event) && !(allowed && *event == Event::Cool)),
                "{sentinel} of {metric}: {events:?}"
            );
        }
    }
}

#[test]
fn the_power_on_value_of_a_casing_sensor_neither_trips_nor_counts_as_read() {
    let mut bench = Bench::new();
    bench.set(&Metric::CaseTemperatureC, Reading::Value(85.0));
    assert!(!bench.says(0, Event::Hot) && !bench.says(1, Event::AllRead));
    bench.set(&Metric::CaseTemperatureC, Reading::Value(50.0));
    assert!(bench.says(2, Event::AllRead));
    bench.set(&Metric::CaseTemperatureC, Reading::Value(85.0));
    assert!(!bench.says(3, Event::Hot));
    bench.set(&Metric::CaseTemperatureC, Reading::Value(84.5));
    bench.look(4);
    bench.set(&Metric::CaseTemperatureC, Reading::Value(85.0));
    assert!(bench.says(5, Event::Hot), "it was close before: this is real");
}

#[test]
fn a_silent_part_is_feared_to_warm_takes_power_back_and_never_trips() {
    let mut bench = Bench::new();
    bench.look(0);
    bench.set(&Metric::ChipTemperatureC, Reading::Missing(Fault::Silent));
    // 70 °C and 1 K/s: warn at 95 °C would be 25 s away, but the value is fresh for 30 s.
    assert!(bench.says(30, Event::Cool));
    let (events, sights) = bench.look(31);
    assert!(events.contains(&Event::Warm) && events.contains(&Event::Seeing), "{events:?}");
    let chip = sights.chip.unwrap();
    assert_eq!((chip.read.hottest_c, chip.worst.hottest_c), (70.0, 101.0));
    assert!((0.2..0.5).contains(&sights.heat_share(&sheet(), BLIND_SHARE)));
    let (events, sights) = bench.look(299);
    assert!(!events.contains(&Event::Hot), "nobody has seen it hot");
    assert_eq!(sights.heat_share(&sheet(), BLIND_SHARE), BLIND_SHARE, "what is safe without eyes stays");
    let events = bench.look(300).0;
    assert!(events.contains(&Event::Blind) && !events.contains(&Event::Cool), "{events:?}");
}

#[test]
fn a_part_that_was_really_read_hot_leaves_nothing_however_stale() {
    let mut bench = Bench::new();
    bench.set(&Metric::CaseTemperatureC, Reading::Value(85.5));
    bench.look(0);
    bench.set(&Metric::CaseTemperatureC, Reading::Missing(Fault::Silent));
    assert_eq!(bench.look(40).1.heat_share(&sheet(), BLIND_SHARE), 0.0);
}

#[test]
fn every_sensor_that_was_never_read_keeps_the_self_test_from_passing() {
    for metric in [Metric::TemperatureC, Metric::CaseTemperatureC, Metric::ChipTemperatureC] {
        let mut bench = Bench::new();
        bench.set(&metric, Reading::Missing(Fault::Absent));
        let events = bench.look(0).0;
        assert!(events.contains(&Event::Blind) && !events.contains(&Event::AllRead), "{metric}: {events:?}");
    }
}

#[test]
fn the_colder_of_two_room_sensors_counts_for_frost_and_the_hotter_for_the_limit() {
    let mut bench = Bench::new();
    bench.readings.push((Metric::TemperatureC, Reading::Value(4.0)));
    let sights = bench.look(0).1;
    assert!(sights.frost);
    assert_eq!(sights.room.unwrap().worst.hottest_c, 20.0);
    assert!(bench.alarms(1).contains(&Alarm::RoomSensorsDiffer));
}

#[test]
fn frost_is_feared_by_the_room_or_without_it_by_the_casing_until_it_is_clearly_over() {
    let mut bench = Bench::new();
    bench.set(&Metric::TemperatureC, Reading::Missing(Fault::Silent));
    for (second, case, frost) in
        [(0, 5.1, false), (1, 4.9, true), (2, 6.9, true), (3, 7.0, false), (4, 5.0, false)]
    {
        bench.set(&Metric::CaseTemperatureC, Reading::Value(case));
        assert_eq!(bench.look(second).1.frost, frost, "casing at {case} °C");
    }
    // A room at 6 °C that nobody sees any more is feared to lose half a kelvin a minute.
    let mut bench = Bench::new();
    bench.set(&Metric::TemperatureC, Reading::Value(6.0));
    bench.look(0);
    bench.set(&Metric::TemperatureC, Reading::Missing(Fault::Silent));
    assert!(!bench.look(100).1.frost);
    assert!(bench.look(130).1.frost);
}

#[test]
fn more_than_allowed_trips_after_ten_seconds_beyond_the_time_to_settle() {
    let mut bench = Bench::new();
    bench.watch.overdraw.allow(800.0, 0);
    bench.drawn_w = 800.0;
    for second in 0..10 {
        assert!(!bench.says(second, Event::Overdrawn));
    }
    bench.watch.overdraw.allow(400.0, 10_000);
    let first = (10..60).find(|second| bench.says(*second, Event::Overdrawn));
    assert_eq!(first, Some(10 + 5 + 10));
    // A moment within the limit and the ten seconds begin again.
    bench.drawn_w = 490.0;
    assert!(!bench.says(60, Event::Overdrawn));
    bench.drawn_w = 491.0;
    assert_eq!((61..90).find(|second| bench.says(*second, Event::Overdrawn)), Some(71));
}

#[test]
fn two_sensors_of_the_casing_that_contradict_each_other_trip_at_high_power_only() {
    let mut bench = Bench::new();
    bench.readings.push((Metric::CaseTemperatureC, Reading::Value(54.5)));
    bench.watch.overdraw.allow(RATED_W, 0);
    bench.drawn_w = 400.0;
    assert!((0..30).all(|second| !bench.says(second, Event::Contradicted)));
    bench.drawn_w = 600.0;
    assert_eq!((30..60).find(|second| bench.says(*second, Event::Contradicted)), Some(40));
    assert!(bench.alarms(60).contains(&Alarm::OutletSensorsDiffer));
    bench.readings.last_mut().unwrap().1 = Reading::Value(53.9);
    assert!((61..90).all(|second| !bench.says(second, Event::Contradicted)));
}

#[test]
fn a_board_that_cannot_switch_says_that_it_is_hot_and_nothing_that_it_cannot_do() {
    let mut bench = Bench::new();
    bench.controllable = false;
    bench.drawn_w = 5_000.0;
    bench.watch.overdraw.allow(0.0, 0);
    bench.set(&Metric::ChipTemperatureC, Reading::Value(120.0));
    for second in 0..60 {
        let events = bench.look(second).0;
        assert_eq!(events, [Event::SwitchedOn, Event::AllRead, Event::Seeing]);
    }
    assert_eq!(bench.alarms(60), [Alarm::Hot]);
}

#[test]
fn the_switch_is_heard_with_every_look() {
    let mut bench = Bench::new();
    bench.switch = Switch::Off;
    assert!(bench.says(0, Event::SwitchedOff) && !bench.says(1, Event::SwitchedOn));
}

#[test]
fn a_reset_of_a_heater_that_is_still_hot_gives_no_power_and_one_that_has_cooled_does() {
    let (mut bench, mut safety) = (Bench::new(), Safety::booted(0));
    bench.set(&Metric::CaseTemperatureC, Reading::Value(90.0));
    let mut limit_w = |bench: &Bench, second, reset| {
        safety.look(&bench.glance(second), reset, Some(RATED_W), 300.0).limit_w
    };
    limit_w(&bench, 0, false);
    assert_eq!(limit_w(&bench, 10, true), 0.0);
    assert_eq!(limit_w(&bench, 20, true), 0.0);
    bench.set(&Metric::CaseTemperatureC, Reading::Value(60.0));
    assert_eq!(limit_w(&bench, 30, false), 0.0, "cool, and still latched");
    assert_eq!(limit_w(&bench, 40, true), RATED_W);
}
