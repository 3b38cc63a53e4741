//! The life of alarms in the book, as programs and people lead it.

use vocabulary::{HeaterId, SiteId, Timestamp};

use super::*;
use crate::Registry;

const MINUTE_MS: i64 = 60_000;

fn site() -> SiteId {
    SiteId::new("home").unwrap()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_ms(1_769_000_000_000 + minute * MINUTE_MS)
}

fn heater(id: &str) -> AlarmSubject {
    AlarmSubject::Heater(site(), HeaterId::new(id).unwrap())
}

fn found(subject: AlarmSubject, rule: AlarmRule, is_active: bool) -> AlarmFinding {
    AlarmFinding { subject, rule, is_active, value: Some(9.0), limit: rule.standard().limit, beneath: None }
}

fn tripped(is_active: bool) -> AlarmFinding {
    found(heater("h-1"), AlarmRule::HeaterTripped, is_active)
}

fn deeds(registry: &Registry, alarm: i64) -> Vec<&'static str> {
    let mut lines = registry.alarm_history(alarm, 99).unwrap();
    lines.reverse();
    lines.iter().map(|line| line.deed.as_str()).collect()
}

fn only(registry: &Registry) -> AlarmEntry {
    let mut alarms = registry.alarms(&site()).unwrap();
    assert_eq!(alarms.len(), 1);
    alarms.remove(0)
}

#[test]
fn a_critical_alarm_stays_until_somebody_has_acknowledged_it_and_counts_how_often_it_came() {
    let registry = Registry::in_memory().unwrap();
    assert_eq!(registry.note_alarms(&[tripped(false)], at(0)).unwrap(), 0, "nothing was ever wrong");
    assert_eq!(registry.note_alarms(&[tripped(true)], at(1)).unwrap(), 1);
    assert_eq!(registry.note_alarms(&[tripped(true)], at(2)).unwrap(), 0, "known already");
    registry.note_alarms(&[tripped(false)], at(3)).unwrap();
    let alarm = only(&registry);
    assert_eq!((alarm.state, alarm.raised_at, alarm.occurrences), (AlarmState::Returned, at(1), 1));
    registry.note_alarms(&[tripped(true)], at(4)).unwrap();
    assert_eq!(only(&registry).occurrences, 2);
    assert!(registry.answer_alarm(alarm.id, &AlarmAnswer::Acknowledge, "anna", at(5)).unwrap());
    assert!(!registry.answer_alarm(alarm.id, &AlarmAnswer::Acknowledge, "ben", at(5)).unwrap());
    registry.note_alarms(&[tripped(false)], at(6)).unwrap();
    assert_eq!(only(&registry).state, AlarmState::Normal);
    assert_eq!(deeds(&registry, alarm.id), ["raised", "returned", "raised", "acknowledged", "returned"]);
    let audit = registry.audit_of("home/heater/h-1/alarm/heater_tripped", 9).unwrap();
    assert_eq!((audit.len(), audit[0].who.as_str()), (1, "anna"), "what people do is in the audit");
}

#[test]
fn a_lesser_alarm_is_gone_with_its_cause() {
    let registry = Registry::in_memory().unwrap();
    registry.note_alarms(&[found(heater("h-1"), AlarmRule::HeaterSilent, true)], at(0)).unwrap();
    assert_eq!(
        registry.open_alarms(&site()).unwrap(),
        OpenAlarms { open: 1, unacknowledged: 1, critical: 0 }
    );
    registry.note_alarms(&[found(heater("h-1"), AlarmRule::HeaterSilent, false)], at(1)).unwrap();
    assert_eq!(only(&registry).state, AlarmState::Normal);
    assert_eq!(registry.open_alarms(&site()).unwrap(), OpenAlarms::default());
}

#[test]
fn what_is_put_aside_comes_back_by_itself_where_its_cause_lasts() {
    let registry = Registry::in_memory().unwrap();
    registry.note_alarms(&[tripped(true)], at(0)).unwrap();
    let id = only(&registry).id;
    let shelve = |minute| AlarmAnswer::Shelve(at(minute));
    assert!(!registry.answer_alarm(id, &shelve(0), "anna", at(1)).unwrap(), "an end that is over is none");
    assert!(registry.answer_alarm(id, &shelve(60), "anna", at(1)).unwrap());
    assert_eq!(
        (only(&registry).state, registry.open_alarms(&site()).unwrap().open),
        (AlarmState::ShelvedActive, 0)
    );
    assert_eq!(registry.unshelve_due_alarms(at(59)).unwrap(), 0);
    assert_eq!(registry.unshelve_due_alarms(at(60)).unwrap(), 1);
    let back = only(&registry);
    assert_eq!((back.state, back.shelved_until), (AlarmState::Unacknowledged, None));
    registry.answer_alarm(id, &shelve(99_999), "anna", at(61)).unwrap();
    let until = only(&registry).shelved_until.unwrap();
    assert_eq!(until.since(at(61)), SHELVED_LONGEST_MS, "nothing is put aside for ever");
    registry.note_alarms(&[tripped(false)], at(62)).unwrap();
    assert_eq!(only(&registry).state, AlarmState::ShelvedNormal);
    assert_eq!(registry.unshelve_due_alarms(until).unwrap(), 1);
    assert_eq!(only(&registry).state, AlarmState::Normal);
}

#[test]
fn sixty_silent_heaters_lie_beneath_the_one_alarm_of_their_site_until_it_is_over() {
    let registry = Registry::in_memory().unwrap();
    let whole = (AlarmSubject::Site(site()), AlarmRule::HeatersSilent);
    let each = |is_active, beneath: Option<&(AlarmSubject, AlarmRule)>| {
        (0..60)
            .map(|n| AlarmFinding {
                beneath: beneath.cloned(),
                ..found(heater(&format!("h-{n}")), AlarmRule::HeaterSilent, is_active)
            })
            .collect::<Vec<_>>()
    };
    registry.note_alarms(&[found(whole.0.clone(), whole.1, true)], at(0)).unwrap();
    registry.note_alarms(&each(true, Some(&whole)), at(4)).unwrap();
    let alarms = registry.alarms(&site()).unwrap();
    assert_eq!((alarms[0].rule, alarms[0].hides), (AlarmRule::HeatersSilent, 60));
    assert_eq!(registry.open_alarms(&site()).unwrap().open, 1);
    registry.note_alarms(&[found(whole.0.clone(), whole.1, false)], at(5)).unwrap();
    assert_eq!(
        registry.note_alarms(&each(true, Some(&whole)), at(5)).unwrap(),
        60,
        "nothing explains them now"
    );
    assert_eq!(registry.open_alarms(&site()).unwrap().open, 61);
    registry.note_alarms(&each(false, None), at(6)).unwrap();
    assert_eq!(registry.open_alarms(&site()).unwrap().open, 1, "the critical one waits to be acknowledged");
}

#[test]
fn an_owner_and_comments_are_kept_without_what_would_break_a_line() {
    let registry = Registry::in_memory().unwrap();
    registry.note_alarms(&[tripped(true)], at(0)).unwrap();
    let id = only(&registry).id;
    let do_it = |answer: &AlarmAnswer| registry.answer_alarm(id, answer, "anna", at(1)).unwrap();
    assert!(do_it(&AlarmAnswer::Assign(Some("ben".to_owned()))));
    assert!(!do_it(&AlarmAnswer::Assign(Some("ben".to_owned()))), "he has it already");
    assert!(do_it(&AlarmAnswer::Comment(format!("a\r\nb{}", "é".repeat(900)))));
    assert!(!do_it(&AlarmAnswer::Comment("  ".to_owned())));
    let newest = registry.alarm_history(id, 1).unwrap().remove(0);
    assert!(newest.text.starts_with("a  b") && newest.text.chars().count() == ALARM_TEXT_CHARS);
    assert_eq!(only(&registry).owner.as_deref(), Some("ben"));
    assert!(matches!(
        registry.answer_alarm(999, &AlarmAnswer::Acknowledge, "anna", at(1)),
        Err(crate::RegistryError::Unknown(_))
    ));
}

#[test]
fn a_restart_in_the_middle_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.db");
    let before = Registry::open(&path).unwrap();
    before.note_alarms(&[tripped(true)], at(0)).unwrap();
    let alarm = only(&before);
    drop(before);
    let after = Registry::open(&path).unwrap();
    assert_eq!(after.active_alarms().unwrap(), std::slice::from_ref(&alarm));
    assert_eq!(after.note_alarms(&[tripped(true)], at(1)).unwrap(), 0, "it is not raised a second time");
    after.note_alarms(&[tripped(false)], at(2)).unwrap();
    assert_eq!(deeds(&after, alarm.id), ["raised", "returned"]);
}

#[test]
fn history_is_bounded_for_an_alarm_that_comes_and_goes_and_in_age() {
    let registry = Registry::in_memory().unwrap();
    for minute in 0..400 {
        registry.note_alarms(&[found(heater("h-1"), AlarmRule::HeaterSilent, true)], at(minute)).unwrap();
        registry.note_alarms(&[found(heater("h-1"), AlarmRule::HeaterSilent, false)], at(minute)).unwrap();
    }
    let alarm = only(&registry);
    assert_eq!((registry.alarm_history(alarm.id, 9_999).unwrap().len(), alarm.occurrences), (500, 400));
    registry.note_alarms(&[tripped(true)], at(400)).unwrap();
    registry.forget_old_alarms(at(401 * 24 * 60)).unwrap();
    let left = only(&registry);
    assert_eq!(left.rule, AlarmRule::HeaterTripped, "what lasts is not forgotten, however old");
}

#[test]
fn rules_are_set_within_bounds_for_a_site_or_for_the_platform() {
    let registry = Registry::in_memory().unwrap();
    let standard = AlarmSetting::standard(AlarmRule::RoomCold);
    let softer = AlarmSetting { limit: 3.5, on_delay_s: 3_600, ..standard };
    let set =
        |site: Option<&SiteId>, rule, setting| registry.set_alarm_rule(site, (rule, setting), "anna", at(0));
    assert!(set(Some(&site()), AlarmRule::RoomCold, softer).unwrap());
    assert!(!set(Some(&site()), AlarmRule::RoomCold, softer).unwrap(), "it is so already");
    let settings = registry.alarm_settings(Some(&site())).unwrap();
    assert_eq!((settings.of(AlarmRule::RoomCold), settings.of(AlarmRule::RoomHot).limit), (softer, 30.0));
    assert_eq!(registry.audit_of("home/alarm-rule/room_cold", 9).unwrap().len(), 1);
    let fact = AlarmSetting::standard(AlarmRule::HeaterTripped);
    for (site, rule, setting) in [
        (Some(site()), AlarmRule::RoomCold, AlarmSetting { limit: f64::NAN, ..standard }),
        (Some(site()), AlarmRule::RoomCold, AlarmSetting { limit: 0.0, ..standard }),
        (Some(site()), AlarmRule::RoomCold, AlarmSetting { limit: 1e9, ..standard }),
        (Some(site()), AlarmRule::RoomCold, AlarmSetting { on_delay_s: 86_401, ..standard }),
        (Some(site()), AlarmRule::HeaterTripped, AlarmSetting { limit: 0.7, ..fact }),
        (Some(site()), AlarmRule::DiskFull, AlarmSetting::standard(AlarmRule::DiskFull)),
        (None, AlarmRule::RoomCold, softer),
    ] {
        assert!(set(site.as_ref(), rule, setting).is_err(), "{rule:?} {setting:?}");
    }
}

#[test]
fn messages_wait_in_the_book_until_they_are_sent_or_given_up() {
    let registry = Registry::in_memory().unwrap();
    registry.queue_notices(&[], &[("email", "t".to_owned(), "b".to_owned())], at(0)).unwrap();
    let notice = registry.due_notice(at(0)).unwrap().unwrap();
    registry.notice_failed(notice.id, Some(at(5)), "busy").unwrap();
    assert_eq!(registry.due_notice(at(4)).unwrap(), None);
    assert_eq!(registry.due_notice(at(5)).unwrap().unwrap().failures, 1);
    registry.notice_failed(notice.id, None, "refused").unwrap();
    assert_eq!(registry.due_notice(at(99)).unwrap(), None, "given up");
    registry.queue_notices(&[], &[("webhook", "t".to_owned(), "b".to_owned())], at(6)).unwrap();
    registry.notice_sent(registry.due_notice(at(6)).unwrap().unwrap().id).unwrap();
    assert_eq!(registry.due_notice(at(99)).unwrap(), None);
}

/// What a message tells at a minute: of each alarm whether it is over.
fn told(registry: &Registry, minute: i64) -> Vec<bool> {
    let untold = registry.untold_alarms(at(minute)).unwrap();
    registry.queue_notices(&untold, &[], at(minute)).unwrap();
    untold.iter().map(|untold| untold.is_over).collect()
}

#[test]
fn each_occurrence_is_told_once_and_that_it_is_over_once() {
    let registry = Registry::in_memory().unwrap();
    let told = |minute| told(&registry, minute);
    registry.note_alarms(&[tripped(true)], at(0)).unwrap();
    assert_eq!((told(0), told(1)), (vec![false], vec![]));
    registry.note_alarms(&[tripped(false)], at(1)).unwrap();
    assert_eq!((told(15), told(16), told(17)), (vec![], vec![true], vec![]), "it stayed away");
    registry.note_alarms(&[tripped(true)], at(20)).unwrap();
    assert_eq!(told(20), [false], "it came again");
    let id = only(&registry).id;
    registry.answer_alarm(id, &AlarmAnswer::Shelve(at(25)), "anna", at(23)).unwrap();
    registry.unshelve_due_alarms(at(25)).unwrap();
    assert_eq!(told(25), [false], "it came back from aside");
    registry.answer_alarm(id, &AlarmAnswer::Acknowledge, "anna", at(26)).unwrap();
    registry.note_alarms(&[tripped(false)], at(27)).unwrap();
    assert_eq!((told(42), told(43)), (vec![true], vec![]));
}

#[test]
fn an_alarm_that_chatters_is_one_message_when_it_comes_and_one_when_it_stayed_away() {
    for rule in [AlarmRule::HeaterTripped, AlarmRule::HeaterSilent] {
        let registry = Registry::in_memory().unwrap();
        let note = |is_active, minute| {
            registry.note_alarms(&[found(heater("h-1"), rule, is_active)], at(minute)).unwrap();
        };
        let mut messages = Vec::new();
        for turn in 0..60 {
            note(true, 4 * turn);
            messages.extend(told(&registry, 4 * turn + 1));
            note(false, 4 * turn + 2);
            messages.extend(told(&registry, 4 * turn + 3));
        }
        assert_eq!(messages, [false], "{rule:?} came and went for four hours");
        let over = told(&registry, 4 * 60 + 30);
        assert_eq!(over, if rule.severity().latches() { vec![true] } else { vec![] }, "{rule:?}");
        note(true, 4 * 60 + 31);
        assert_eq!(told(&registry, 4 * 60 + 32), [false], "{rule:?} was away for a decent time");
    }
}

#[test]
fn what_came_and_went_before_anybody_was_told_is_told_at_once_where_it_waits_for_somebody() {
    let registry = Registry::in_memory().unwrap();
    registry.note_alarms(&[tripped(true)], at(0)).unwrap();
    registry.note_alarms(&[tripped(false)], at(1)).unwrap();
    assert_eq!(told(&registry, 1), [true]);
}

#[test]
fn what_is_low_hidden_known_or_over_before_anybody_was_told_is_no_message() {
    let registry = Registry::in_memory().unwrap();
    let whole = (AlarmSubject::Site(site()), AlarmRule::HeatersSilent);
    let room = AlarmSubject::Room(site(), vocabulary::RoomId::new("r").unwrap());
    let hidden =
        AlarmFinding { beneath: Some(whole.clone()), ..found(heater("h-2"), AlarmRule::HeaterSilent, true) };
    let findings = [
        found(whole.0, whole.1, true),
        hidden,
        found(room, AlarmRule::RoomCo2, true),
        found(heater("h-3"), AlarmRule::HeaterSilent, true),
        found(heater("h-4"), AlarmRule::HeaterTripped, true),
    ];
    registry.note_alarms(&findings, at(0)).unwrap();
    registry.note_alarms(&[found(heater("h-3"), AlarmRule::HeaterSilent, false)], at(1)).unwrap();
    let tripped = registry.alarms(&site()).unwrap().into_iter().find(|a| a.rule == AlarmRule::HeaterTripped);
    registry.answer_alarm(tripped.unwrap().id, &AlarmAnswer::Acknowledge, "anna", at(1)).unwrap();
    let untold = registry.untold_alarms(at(1)).unwrap();
    let rules: Vec<_> = untold.iter().map(|untold| untold.alarm.rule).collect();
    assert_eq!(rules, [AlarmRule::HeatersSilent]);
}

#[test]
fn a_test_is_asked_for_once_in_a_while_and_answered() {
    let registry = Registry::in_memory().unwrap();
    assert!(registry.ask_notice_test("anna", at(0)).unwrap());
    assert!(!registry.ask_notice_test("anna", at(0)).unwrap());
    let asked = registry.last_notice_test().unwrap().unwrap();
    assert_eq!((asked.who.as_str(), &asked.outcome), ("anna", &None));
    registry.notice_test_done(asked.id, "email: sent").unwrap();
    assert_eq!(registry.last_notice_test().unwrap().unwrap().outcome.as_deref(), Some("email: sent"));
    assert!(registry.ask_notice_test("anna", at(1)).unwrap());
}
