//! What messages say, and when they wait.

use registry::{AlarmEntry, AlarmRule, AlarmState};
use vocabulary::HeaterId;

use super::*;
use crate::notify::QuietHours;
use crate::trial::{book, site};

/// 14:30 in Paris.
const NOW: Timestamp = Timestamp::from_ms(1_769_002_200_000);

fn alarm(id: i64, rule: AlarmRule, subject: AlarmSubject) -> UntoldAlarm {
    let alarm = AlarmEntry {
        id,
        subject,
        rule,
        state: AlarmState::Unacknowledged,
        raised_at: NOW.plus_ms(-60_000),
        changed_at: NOW.plus_ms(-60_000),
        value: Some(330.0),
        limit: 300.0,
        occurrences: 1,
        owner: None,
        shelved_until: None,
        beneath: None,
        hides: 0,
    };
    UntoldAlarm { alarm, is_over: false }
}

fn silent(n: i64) -> UntoldAlarm {
    alarm(n, AlarmRule::HeaterSilent, AlarmSubject::Heater(site(), HeaterId::new(&format!("h-{n}")).unwrap()))
}

fn tripped() -> UntoldAlarm {
    alarm(99, AlarmRule::HeaterTripped, AlarmSubject::Heater(site(), HeaterId::new("h-0").unwrap()))
}

fn digest_at(untold: Vec<UntoldAlarm>, settings: &NoticeSettings, now: Timestamp) -> Option<Digest> {
    House { settings, books: &[book(2)], now }.digest(untold)
}

fn digest(untold: Vec<UntoldAlarm>) -> Option<Digest> {
    digest_at(untold, &NoticeSettings::default(), NOW)
}

#[test]
fn many_alarms_are_one_message_with_the_gravest_first() {
    let mut untold: Vec<_> = (0..60).map(silent).collect();
    untold.push(tripped());
    let digest = digest(untold).unwrap();
    assert_eq!(digest.title, "61 alarms: CRITICAL Bureau: has switched itself off …");
    let lines: Vec<_> = digest.text.lines().collect();
    assert_eq!((lines.len(), lines[20]), (21, "… and 41"));
    assert!(
        lines[0].starts_with("CRITICAL Bureau: has switched itself off (2026-01-21 14:29"),
        "{}",
        lines[0]
    );
    let json: Value = serde_json::from_str(&digest.json).unwrap();
    assert_eq!((json["alarms"].as_array().unwrap().len(), &json["more"]), (20, &json!(41)));
    assert_eq!(digest.told.len(), 61, "all of them are told");
}

#[test]
fn one_alarm_says_its_value_in_the_language_of_the_house() {
    let settings = NoticeSettings {
        language: NoticeLanguage::French,
        pages_url: Some("https://house.example/".to_owned()),
        ..NoticeSettings::default()
    };
    let mut flood = alarm(1, AlarmRule::HeatersSilent, AlarmSubject::Site(site()));
    (flood.alarm.hides, flood.alarm.value) = (60, Some(100.0));
    let digest = digest_at(vec![flood], &settings, NOW).unwrap();
    assert_eq!(digest.title, "CRITIQUE Bureau: beaucoup de radiateurs muets à la fois");
    assert!(
        digest.text.contains("100 %, 60 en dessous") && digest.text.ends_with("https://house.example/\n")
    );
}

#[test]
fn what_has_just_come_waits_for_what_comes_with_it() {
    assert_eq!(digest_at(vec![silent(1)], &NoticeSettings::default(), NOW.plus_ms(-41_000)), None);
    assert!(digest_at(vec![silent(1)], &NoticeSettings::default(), NOW.plus_ms(-40_000)).is_some());
    assert_eq!(digest(Vec::new()), None);
}

#[test]
fn in_quiet_hours_only_what_is_critical_is_told_and_the_rest_waits() {
    let quiet = Some(QuietHours { from_minute: 14 * 60, until_minute: 15 * 60 });
    let settings = NoticeSettings { quiet, ..NoticeSettings::default() };
    let over = UntoldAlarm { is_over: true, ..tripped() };
    let at_night = digest_at(vec![silent(1), tripped(), over.clone()], &settings, NOW).unwrap();
    assert_eq!(at_night.told, [tripped()]);
    assert_eq!(digest_at(vec![silent(1)], &settings, NOW), None);
    let morning = digest_at(vec![silent(1), over], &settings, NOW.plus_ms(3_600_000)).unwrap();
    assert_eq!(morning.told.len(), 2);
}
