//! What each rule sees of what was heard.

use registry::Severity;
use vocabulary::{RoomState, SiteState};

use super::*;
use crate::heard::Heard;
use crate::trial::{
    beat, book, hear_beat, hear_room, hear_site, heater_id, room_id, room_state, site, site_state,
};

/// Ten minutes after we began to listen at nought.
const NOW_MS: u64 = 600_000;

fn listening() -> Heard {
    let mut heard = Heard::default();
    heard.note_link(true, 0);
    heard
}

fn measure_at(heard: &Heard, rooms: usize, rule: AlarmRule, now_ms: u64) -> Measure {
    let glance = Glance { now_ms, listening_ms: heard.listening_ms };
    let signals = look(&book(rooms), heard.site(&site()), glance);
    signals.iter().find(|signal| signal.rule == rule).unwrap().measure
}

fn measure(heard: &Heard, rule: AlarmRule) -> Measure {
    measure_at(heard, 1, rule, NOW_MS)
}

fn of_beat_with(change: impl FnOnce(&mut Heartbeat), rule: AlarmRule) -> Measure {
    let mut heard = listening();
    let mut said = beat();
    change(&mut said);
    hear_beat(&mut heard, 0, &said, NOW_MS - 5_000);
    measure(&heard, rule)
}

fn of_room_with(change: impl FnOnce(&mut RoomState), rule: AlarmRule) -> Measure {
    let mut heard = listening();
    let mut state = room_state();
    change(&mut state);
    hear_beat(&mut heard, 0, &beat(), NOW_MS - 5_000);
    hear_room(&mut heard, 0, &state, NOW_MS - 5_000);
    measure(&heard, rule)
}

#[test]
fn a_heater_in_order_is_within_every_limit() {
    let mut heard = listening();
    hear_beat(&mut heard, 0, &beat(), NOW_MS - 5_000);
    hear_room(&mut heard, 0, &room_state(), NOW_MS - 5_000);
    hear_site(&mut heard, &site_state(), NOW_MS - 5_000);
    let glance = Glance { now_ms: NOW_MS, listening_ms: heard.listening_ms };
    for signal in look(&book(1), heard.site(&site()), glance) {
        let standard = signal.rule.standard();
        match signal.measure {
            Measure::Value(value) => match standard.crossing {
                registry::Crossing::Above => {
                    assert!(value <= standard.limit - standard.hysteresis, "{signal:?}");
                }
                registry::Crossing::Below => {
                    assert!(value >= standard.limit + standard.hysteresis, "{signal:?}");
                }
            },
            Measure::Unknown => assert_eq!(signal.rule, AlarmRule::RoomFalling, "ten minutes are no trend"),
            other => panic!("{other:?} {signal:?}"),
        }
    }
}

#[test]
fn what_a_heater_says_is_seen_by_its_rule() {
    let words = |words: &'static [&'static str]| {
        move |beat: &mut Heartbeat| beat.alarms = words.iter().map(|&word| word.to_owned()).collect()
    };
    let yes = Measure::Value(1.0);
    assert_eq!(of_beat_with(|beat| beat.mode = Mode::Tripped, AlarmRule::HeaterTripped), yes);
    assert_eq!(of_beat_with(words(&["needs_reset"]), AlarmRule::HeaterTripped), yes);
    assert_eq!(of_beat_with(|beat| beat.mode = Mode::Derated, AlarmRule::HeaterDerated), yes);
    assert_eq!(of_beat_with(words(&["hot"]), AlarmRule::HeaterDerated), yes);
    assert_eq!(of_beat_with(words(&["frost"]), AlarmRule::HeaterFrost), yes);
    assert_eq!(of_beat_with(words(&["door", "chip_sensor"]), AlarmRule::HeaterSensors), yes);
    assert_eq!(of_beat_with(words(&["outbox_full:12"]), AlarmRule::HeaterRecords), yes);
    assert_eq!(of_beat_with(words(&["budget_refused:signature:3"]), AlarmRule::BudgetRefused), yes);
    assert_eq!(of_beat_with(words(&["a foreign word"]), AlarmRule::HeaterTripped), Measure::Value(0.0));
    assert_eq!(of_beat_with(|beat| beat.drawn_w = 500, AlarmRule::BudgetDisobeyed), Measure::Value(60.0));
    let foreign = |beat: &mut Heartbeat| (beat.drawn_w, beat.controllable) = (9_999, false);
    assert_eq!(of_beat_with(foreign, AlarmRule::BudgetDisobeyed), Measure::Absent);
}

#[test]
fn what_a_room_says_is_seen_by_its_rule() {
    assert_eq!(
        of_room_with(|room| room.temperature_c = Some(18.0), AlarmRule::RoomCold),
        Measure::Value(2.5)
    );
    assert_eq!(of_room_with(|room| room.occupied = Some(false), AlarmRule::RoomCold), Measure::Absent);
    assert_eq!(of_room_with(|room| room.occupied = None, AlarmRule::RoomCold), Measure::Absent);
    assert_eq!(of_room_with(|room| room.temperature_c = None, AlarmRule::RoomCold), Measure::Unknown);
    assert_eq!(
        of_room_with(|room| room.temperature_c = Some(4.0), AlarmRule::RoomFrost),
        Measure::Value(4.0)
    );
    assert_eq!(
        of_room_with(|room| room.co2_ppm = Some(1_700.0), AlarmRule::RoomCo2),
        Measure::Value(1_700.0)
    );
    assert_eq!(of_room_with(|room| room.co2_ppm = None, AlarmRule::RoomCo2), Measure::Unknown);
}

#[test]
fn a_fall_is_judged_over_half_an_hour() {
    let mut heard = listening();
    for minute in 0..=40 {
        let fallen = RoomState { temperature_c: Some(20.0 - 0.1 * minute as f64), ..room_state() };
        hear_beat(&mut heard, 0, &beat(), minute * 60_000);
        hear_room(&mut heard, 0, &fallen, minute * 60_000);
        let fall = measure_at(&heard, 1, AlarmRule::RoomFalling, minute * 60_000);
        match fall {
            Measure::Value(fall) if minute >= 25 => assert!((fall - 6.0).abs() < 1e-9, "{minute}: {fall}"),
            other => assert!(minute < 25 && other == Measure::Unknown, "{minute}: {other:?}"),
        }
    }
}

#[test]
fn silence_is_counted_from_when_we_began_to_listen() {
    let mut heard = listening();
    assert_eq!(measure(&heard, AlarmRule::HeaterSilent), Measure::AtLeast(600.0));
    hear_beat(&mut heard, 0, &beat(), NOW_MS - 400_000);
    assert_eq!(measure(&heard, AlarmRule::HeaterSilent), Measure::Value(400.0));
    assert_eq!(
        measure(&heard, AlarmRule::HeaterTripped),
        Measure::Unknown,
        "an old heartbeat says nothing of now"
    );
    heard.note_link(false, NOW_MS - 300_000);
    let glance = Glance { now_ms: NOW_MS, listening_ms: heard.listening_ms };
    for signal in look(&book(1), heard.site(&site()), glance) {
        assert_eq!(signal.measure, Measure::Unknown, "nothing is known without the broker: {signal:?}");
    }
    heard.note_link(true, NOW_MS - 10_000);
    assert_eq!(measure(&heard, AlarmRule::HeaterSilent), Measure::AtLeast(10.0));
}

#[test]
fn what_the_broker_kept_is_no_sign_of_life() {
    let mut heard = listening();
    let topic = vocabulary::Topic::site(&site(), vocabulary::SiteTopic::State).to_string();
    use vocabulary::Payload as _;
    heard.hear(&topic, &site_state().encode(), true, NOW_MS).unwrap();
    assert_eq!(measure(&heard, AlarmRule::ControllerSilent), Measure::AtLeast(600.0));
    hear_site(&mut heard, &SiteState { alarms: vec![SiteAlarm::SecondController], ..site_state() }, NOW_MS);
    assert_eq!(measure(&heard, AlarmRule::ControllerSilent), Measure::Value(0.0));
    assert_eq!(measure(&heard, AlarmRule::SecondController), Measure::Value(1.0));
}

#[test]
fn a_site_is_what_is_wrong_where_many_of_its_heaters_are_silent() {
    let mut heard = listening();
    assert_eq!(measure_at(&heard, 10, AlarmRule::HeatersSilent, 30_000), Measure::Unknown);
    assert_eq!(measure_at(&heard, 10, AlarmRule::HeatersSilent, NOW_MS), Measure::Value(100.0));
    (0..4).for_each(|n| hear_beat(&mut heard, n, &beat(), NOW_MS - 10_000));
    assert_eq!(measure_at(&heard, 10, AlarmRule::HeatersSilent, NOW_MS), Measure::Value(60.0));
    assert_eq!(
        measure_at(&heard, 6, AlarmRule::HeatersSilent, NOW_MS),
        Measure::Value(0.0),
        "two are only two"
    );
}

#[test]
fn a_sensor_is_silent_only_where_its_heater_is_not() {
    let lost = |heater_at_ms: u64| {
        let mut heard = listening();
        hear_room(&mut heard, 0, &room_state(), 10_000);
        hear_beat(&mut heard, 0, &beat(), heater_at_ms);
        hear_room(&mut heard, 0, &RoomState { temperature_c: None, ..room_state() }, NOW_MS - 1_000);
        measure(&heard, AlarmRule::SensorSilent)
    };
    assert_eq!(lost(NOW_MS - 5_000), Measure::Value(590.0));
    assert_eq!(lost(5_000), Measure::Unknown);
}

#[test]
fn messages_that_are_none_are_refused_and_nothing_grows_without_bound() {
    let mut heard = listening();
    for (topic, payload, reason) in [
        ("somewhere/else", "{}", "topic"),
        ("hypocaust/1/home/heater/h-1/heartbeat", "{}", "form"),
        ("hypocaust/1/home/room/r-1/state", "\u{0}", "form"),
        ("hypocaust/1/home/site/state", "{\"v\":2}", "version"),
    ] {
        assert_eq!(heard.hear(topic, payload.as_bytes(), false, 0), Err(reason), "{topic}");
    }
    let refused = (0..400)
        .filter(|n| heard.hear(&format!("hypocaust/1/s-{n}/site/work"), b"{}", false, 0).is_err())
        .count();
    assert!(refused >= 144, "{refused}");
}

#[test]
fn the_subjects_of_a_look_are_the_things_of_the_book() {
    let glance = Glance { now_ms: 0, listening_ms: None };
    let mut book = book(2);
    book.heaters[1].room = None;
    let signals = look(&book, None, glance);
    let rooms: Vec<_> =
        signals.iter().filter(|s| s.rule == AlarmRule::RoomCold).map(|s| s.subject.clone()).collect();
    assert_eq!(rooms, [AlarmSubject::Room(site(), room_id(0))], "a room without a heater has no alarms");
    let heaters = signals.iter().filter(|s| s.subject == AlarmSubject::Heater(site(), heater_id(1))).count();
    assert_eq!(heaters, 8);
    assert!(signals.iter().any(|s| s.rule.severity() == Severity::Critical));
}
