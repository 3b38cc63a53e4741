//! From a building that goes silent to what a person sees: detectors, book and floods together.

use registry::{AlarmState, Registry};
use vocabulary::Timestamp;

use super::*;
use crate::heard::Heard;
use crate::look::{Glance, look};
use crate::trial::{beat, book, hear_beat, heater_id, site};

const ROOMS: usize = 60;

/// A building of sixty rooms, its watch and its book; looked at every five seconds.
struct House {
    registry: Registry,
    heard: Heard,
    watch: Watch,
    now_ms: u64,
    /// What was made of the rules; the standard where nothing was.
    changed: Vec<(AlarmRule, AlarmSetting)>,
}

impl House {
    fn new() -> Self {
        let mut heard = Heard::default();
        heard.note_link(true, 0);
        Self {
            registry: Registry::in_memory().unwrap(),
            heard,
            watch: Watch::default(),
            now_ms: 0,
            changed: Vec::new(),
        }
    }

    /// Lets time pass; the heaters of `talking` say that they live, spread over ten seconds as in life.
    fn live(&mut self, seconds: u64, talking: std::ops::Range<usize>) {
        for _ in 0..seconds / 5 {
            self.now_ms += 5_000;
            let half = self.now_ms / 5_000 % 2;
            for n in talking.clone().filter(|n| *n as u64 % 2 == half) {
                hear_beat(&mut self.heard, n, &beat(), self.now_ms);
            }
            self.look();
        }
    }

    fn look(&mut self) {
        let glance = Glance { now_ms: self.now_ms, listening_ms: self.heard.listening_ms };
        let mut signals = look(&book(ROOMS), self.heard.site(&site()), glance);
        // Nobody controls in these stories.
        signals.retain(|signal| signal.rule != AlarmRule::ControllerSilent);
        let setting = |_: &AlarmSubject, rule| {
            let changed = self.changed.iter().find(|changed| changed.0 == rule);
            changed.map_or_else(|| AlarmSetting::standard(rule), |changed| changed.1)
        };
        let findings = self.watch.judge(&signals, setting, self.now_ms);
        self.registry.note_alarms(&findings, self.wall()).unwrap();
        self.watch.booked(findings);
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_ms(1_769_000_000_000 + self.now_ms as i64)
    }

    fn restart(&mut self) {
        self.watch = Watch::restore(&self.registry.active_alarms().unwrap());
        self.heard.note_link(false, self.now_ms);
        self.heard.note_link(true, self.now_ms);
    }

    fn open(&self) -> Vec<(AlarmRule, AlarmState, u32)> {
        let alarms = self.registry.alarms(&site()).unwrap();
        let seen = alarms.iter().filter(|alarm| alarm.state.is_open() && alarm.beneath.is_none());
        seen.map(|alarm| (alarm.rule, alarm.state, alarm.hides)).collect()
    }
}

#[test]
fn a_heater_that_goes_silent_is_an_alarm_after_five_minutes_and_not_before() {
    let mut house = House::new();
    house.live(120, 0..60);
    house.live(290, 0..59);
    assert_eq!(house.open(), []);
    house.live(20, 0..59);
    assert_eq!(house.open(), [(AlarmRule::HeaterSilent, AlarmState::Unacknowledged, 0)]);
    house.live(75, 0..60);
    assert_eq!(house.open(), [], "it spoke for a minute");
}

#[test]
fn sixty_heaters_that_go_silent_at_once_are_one_alarm_with_sixty_beneath() {
    let mut house = House::new();
    house.live(120, 0..60);
    let mut most = 0;
    for _ in 0..100 {
        house.live(5, 0..0);
        most = most.max(house.open().len());
    }
    assert_eq!(house.open(), [(AlarmRule::HeatersSilent, AlarmState::Unacknowledged, 60)]);
    assert_eq!(most, 1, "at no moment does anybody see more than one");
    house.live(150, 0..60);
    assert_eq!(house.open(), [(AlarmRule::HeatersSilent, AlarmState::Returned, 0)], "latched");
}

#[test]
fn those_that_stay_silent_come_forth_when_the_others_have_been_back_for_five_minutes() {
    let mut house = House::new();
    house.live(120, 0..60);
    house.live(600, 0..0);
    house.live(150, 0..57);
    let whole = (AlarmRule::HeatersSilent, AlarmState::Returned);
    assert_eq!(house.open(), [(whole.0, whole.1, 3)], "the cause is over, and three may still come back");
    house.live(300, 0..57);
    let open = house.open();
    let single = open.iter().filter(|(rule, ..)| *rule == AlarmRule::HeaterSilent).count();
    assert_eq!((open.len(), single), (4, 3), "{open:?}");
}

#[test]
fn heaters_that_come_back_one_after_the_other_stay_beneath_what_explained_them() {
    let mut house = House::new();
    house.live(120, 0..60);
    house.live(600, 0..0);
    for back in 0..60 {
        house.live(5, 0..back);
        assert_eq!(house.open().len(), 1, "{back} are back: {:?}", house.open());
    }
    for _ in 0..15 {
        house.live(5, 0..60);
        assert_eq!(house.open().len(), 1, "{:?}", house.open());
    }
    assert_eq!(house.open(), [(AlarmRule::HeatersSilent, AlarmState::Returned, 0)]);
}

#[test]
fn after_a_restart_an_explanation_that_is_over_hides_nothing_for_ever() {
    let mut house = House::new();
    house.live(120, 0..60);
    house.live(600, 0..0);
    house.live(150, 0..57);
    house.restart();
    house.live(60, 0..57);
    let single = house.open().iter().filter(|(rule, ..)| *rule == AlarmRule::HeaterSilent).count();
    assert_eq!(single, 3, "{:?}", house.open());
}

/// The limit of a silent heater's own alarm, as short as a manager may make it.
fn ten_seconds() -> Vec<(AlarmRule, AlarmSetting)> {
    let standard = AlarmSetting::standard(AlarmRule::HeaterSilent);
    vec![(AlarmRule::HeaterSilent, AlarmSetting { limit: 10.0, ..standard })]
}

#[test]
fn a_limit_below_the_explanation_s_time_does_not_let_sixty_heaters_come_before_it() {
    let mut house = House { changed: ten_seconds(), ..House::new() };
    house.live(120, 0..60);
    for _ in 0..60 {
        house.live(5, 0..0);
        let open = house.open();
        assert!(open.iter().all(|(rule, ..)| *rule == AlarmRule::HeatersSilent), "{open:?}");
    }
    assert_eq!(house.open(), [(AlarmRule::HeatersSilent, AlarmState::Unacknowledged, 60)]);
    let told = house.registry.untold_alarms(house.wall()).unwrap();
    assert_eq!(told.len(), 1, "and one message tells it");
}

#[test]
fn a_limit_below_the_explanation_s_time_holds_for_one_heater() {
    let mut house = House { changed: ten_seconds(), ..House::new() };
    house.live(120, 0..60);
    house.live(30, 0..59);
    assert_eq!(house.open(), [(AlarmRule::HeaterSilent, AlarmState::Unacknowledged, 0)]);
}

#[test]
fn a_restart_in_the_middle_neither_ends_an_alarm_nor_raises_it_again() {
    let mut house = House::new();
    house.live(120, 0..60);
    house.live(400, 0..59);
    let raised = house.registry.active_alarms().unwrap();
    assert_eq!(raised.len(), 1);
    house.restart();
    house.live(400, 0..59);
    assert_eq!(house.registry.active_alarms().unwrap(), raised, "as it was, with its one occurrence");
    house.restart();
    house.live(75, 0..60);
    assert_eq!(house.registry.active_alarms().unwrap(), []);
}

#[test]
fn without_the_broker_everything_stays_as_it_was() {
    let mut house = House::new();
    house.live(120, 0..60);
    house.live(400, 0..59);
    house.heard.note_link(false, house.now_ms);
    house.live(3_600, 0..0);
    assert_eq!(house.open(), [(AlarmRule::HeaterSilent, AlarmState::Unacknowledged, 0)]);
}

#[test]
fn a_heater_that_is_taken_out_of_the_book_takes_its_alarms_along() {
    let mut watch = Watch::default();
    let subject = AlarmSubject::Heater(site(), heater_id(0));
    let signal = Signal { subject, rule: AlarmRule::HeaterTripped, measure: Measure::Value(1.0) };
    let standard = |_: &AlarmSubject, rule| AlarmSetting::standard(rule);
    let raised = watch.judge(&[signal], standard, 0);
    assert!(raised[0].is_active);
    watch.booked(raised);
    assert_eq!(watch.judge(&[], standard, 10_000), []);
    let ended = watch.judge(&[], standard, 60_000);
    assert!(!ended[0].is_active, "{ended:?}");
}

#[test]
fn what_could_not_be_written_is_found_again() {
    let mut watch = Watch::default();
    let subject = AlarmSubject::Heater(site(), heater_id(0));
    let signal = Signal { subject, rule: AlarmRule::HeaterTripped, measure: Measure::Value(1.0) };
    let standard = |_: &AlarmSubject, rule| AlarmSetting::standard(rule);
    let first = watch.judge(std::slice::from_ref(&signal), standard, 0);
    let second = watch.judge(std::slice::from_ref(&signal), standard, 5_000);
    assert_eq!(first, second);
    watch.booked(second);
    assert_eq!(watch.judge(&[signal], standard, 10_000), []);
}
