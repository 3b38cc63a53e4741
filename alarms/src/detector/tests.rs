//! The rules by table: each raises after its delay and not before, waits for its hysteresis, and returns.

use registry::AlarmUnit;

use super::*;

fn setting(rule: AlarmRule) -> AlarmSetting {
    AlarmSetting::standard(rule)
}

/// A value this far beyond the limit of a rule; within it when negative.
fn beyond(rule: AlarmRule, by: f64) -> Measure {
    let standard = rule.standard();
    Measure::Value(match standard.crossing {
        Crossing::Above => standard.limit + by,
        Crossing::Below => standard.limit - by,
    })
}

/// A small step of a rule's unit.
fn step_of(rule: AlarmRule) -> f64 {
    if rule.standard().unit == AlarmUnit::Fact { 0.5 } else { 0.01 }
}

#[test]
fn each_rule_raises_after_its_delay_and_not_before_and_returns_after_the_other() {
    for &rule in AlarmRule::ALL {
        let (standard, setting) = (rule.standard(), setting(rule));
        let (on_ms, off_ms) =
            (u64::from(standard.on_delay_s) * 1_000, u64::from(standard.off_delay_s) * 1_000);
        let wrong = beyond(rule, step_of(rule));
        let right = beyond(rule, -standard.hysteresis - step_of(rule));
        let at = |phase: Phase, measure, now_ms| phase.step(rule, &setting, measure, now_ms);

        assert!(!at(Phase::Quiet, beyond(rule, 0.0), 7).is_active(), "{rule:?}: the limit itself is allowed");
        let mut phase = at(Phase::Quiet, wrong, 7);
        if on_ms > 0 {
            phase = at(phase, wrong, 7 + on_ms - 1);
            assert!(!phase.is_active(), "{rule:?} was raised before its delay");
        }
        phase = at(phase, wrong, 7 + on_ms);
        assert_eq!(phase, Phase::Active, "{rule:?} was not raised");
        if standard.hysteresis > 0.0 {
            let between = beyond(rule, -0.5 * standard.hysteresis);
            assert_eq!(at(phase, between, 9_000_000), Phase::Active, "{rule:?} ended within its hysteresis");
        }
        phase = at(phase, right, 10_000_000);
        if off_ms > 0 {
            phase = at(phase, right, 10_000_000 + off_ms - 1);
            assert!(phase.is_active(), "{rule:?} returned before its delay");
        }
        assert_eq!(at(phase, right, 10_000_000 + off_ms), Phase::Quiet, "{rule:?} did not return");
    }
}

#[test]
fn a_value_that_comes_and_goes_begins_its_delay_anew() {
    let (rule, setting) = (AlarmRule::BudgetDisobeyed, setting(AlarmRule::BudgetDisobeyed));
    let (wrong, right) = (Measure::Value(51.0), Measure::Value(0.0));
    let looks = [(0, wrong), (59_000, wrong), (59_500, right), (60_000, wrong), (119_999, wrong)];
    let phase =
        looks.iter().fold(Phase::Quiet, |phase, (ms, measure)| phase.step(rule, &setting, *measure, *ms));
    assert_eq!(phase, Phase::Rising { since_ms: 60_000 });
    assert!(phase.step(rule, &setting, wrong, 120_000).is_active());
    let falling = Phase::Active.step(rule, &setting, right, 200_000).step(rule, &setting, wrong, 230_000);
    assert_eq!(falling, Phase::Active, "what is wrong again before the delay never returned");
}

#[test]
fn what_is_not_known_neither_raises_nor_ends_an_alarm() {
    let (rule, setting) = (AlarmRule::RoomCold, setting(AlarmRule::RoomCold));
    for unknown in [Measure::Unknown, Measure::Value(f64::NAN), Measure::AtLeast(0.0)] {
        let step = |phase: Phase| phase.step(rule, &setting, unknown, 99_000_000);
        assert_eq!(step(Phase::Quiet), Phase::Quiet);
        assert_eq!(step(Phase::Rising { since_ms: 0 }), Phase::Quiet, "no delay runs meanwhile");
        assert_eq!(step(Phase::Active), Phase::Active);
        assert_eq!(step(Phase::Falling { since_ms: 0 }), Phase::Active);
    }
    assert_eq!(Phase::Quiet.step(rule, &setting, Measure::Absent, 0), Phase::Quiet);
}

#[test]
fn silence_of_at_least_so_long_is_wrong_where_that_is_beyond_the_limit() {
    let (rule, setting) = (AlarmRule::HeaterSilent, setting(AlarmRule::HeaterSilent));
    let step = |phase: Phase, seconds| phase.step(rule, &setting, Measure::AtLeast(seconds), 0);
    assert_eq!(step(Phase::Quiet, 301.0), Phase::Active);
    assert_eq!(step(Phase::Quiet, 20.0), Phase::Quiet);
    assert_eq!(step(Phase::Active, 20.0), Phase::Active, "a restart does not end what was wrong before");
}

#[test]
fn a_rule_that_is_switched_off_ends_its_alarms_and_a_limit_that_moved_holds_at_once() {
    let rule = AlarmRule::RoomHot;
    let off = AlarmSetting { is_enabled: false, ..setting(rule) };
    assert_eq!(Phase::Active.step(rule, &off, Measure::Value(40.0), 0), Phase::Quiet);
    let lower = AlarmSetting { limit: 26.0, on_delay_s: 0, ..setting(rule) };
    assert_eq!(Phase::Quiet.step(rule, &lower, Measure::Value(27.0), 0), Phase::Active);
}

#[test]
fn every_alarm_can_end_at_the_lowest_limit_that_is_taken() {
    for rule in AlarmRule::ALL.iter().copied().filter(|rule| rule.standard().crossing == Crossing::Above) {
        let standard = rule.standard();
        let lowest = if rule == AlarmRule::RoomCo2 { 425.0 } else { 0.0 };
        let least = lowest + standard.hysteresis;
        let setting = |limit| AlarmSetting { limit, ..AlarmSetting::standard(rule) };
        if standard.hysteresis > 0.0 {
            assert!(setting(least - 0.1).check(rule).is_err(), "{rule:?}");
            assert!(setting(least).check(rule).is_ok(), "{rule:?}");
            assert!(matches!(judge(rule, least, Measure::Value(lowest)), Verdict::Right), "{rule:?}");
        }
    }
}
