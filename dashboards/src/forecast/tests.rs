use super::*;
use crate::trial::{NOW, forecast};

const MINUTE_MS: i64 = 60_000;

fn outlook() -> Outlook {
    Outlook::new(&forecast(NOW), NOW).unwrap()
}

#[test]
fn steps_follow_each_other_from_when_it_was_thought_and_those_that_are_over_are_left_out() {
    let at = |minutes| NOW.plus_ms(minutes * MINUTE_MS);
    let odd = RoomForecast { first_step_s: 600, ..forecast(NOW) };
    let ends = |now| -> Vec<_> {
        let left = Outlook::new(&odd, now).unwrap();
        left.steps.iter().take(2).map(|step| (step.from, step.to)).collect()
    };
    assert_eq!(ends(NOW), [(at(0), at(10)), (at(10), at(40))]);
    assert_eq!(ends(at(10)), [(at(10), at(40)), (at(40), at(70))]);
    assert_eq!(Outlook::new(&odd, at(24 * 60)), None, "all of it is over");
}

#[test]
fn steps_end_on_the_half_hour_whatever_millisecond_it_was_thought_in() {
    for (ms, first_step_s) in [(400, 1800), (500, 1800), (500, 1799), (600, 1799)] {
        let odd = RoomForecast { first_step_s, ..forecast(NOW.plus_ms(ms)) };
        let left = Outlook::new(&odd, NOW.plus_ms(ms)).unwrap();
        let ends = left.steps.iter().map(|step| step.to.since(NOW));
        for (k, end_ms) in (1..).zip(ends) {
            assert!((0..=1000).contains(&(end_ms - k * 30 * MINUTE_MS)), "{ms} {first_step_s} {k}: {end_ms}");
        }
    }
}

#[test]
fn after_a_quarter_of_an_hour_it_is_old() {
    let is_stale = |minutes| Outlook::new(&forecast(NOW), NOW.plus_ms(minutes * MINUTE_MS)).unwrap().is_stale;
    assert_eq!([is_stale(0), is_stale(15), is_stale(16)], [false, false, true]);
}

#[test]
fn the_next_rise_comes_with_what_is_expected_then_and_the_heat_until_then() {
    let (outlook, morning) = (outlook(), NOW.plus_ms(990 * MINUTE_MS));
    let rise = outlook.next_rise().unwrap();
    assert_eq!((rise.at, rise.low_c, rise.air_c, rise.error_k), (morning, 20.5, 20.4, Some(0.9)));
    assert_eq!(outlook.next_fall().unwrap().at, NOW.plus_ms(270 * MINUTE_MS));
    // It heats with 600 W from half past five to seven.
    assert_eq!(outlook.planned(NOW, rise.at), (900.0, 600.0));
    assert_eq!(outlook.heat(), Heat::From(NOW.plus_ms(900 * MINUTE_MS)));
    assert_eq!(outlook.warm_from(rise.at), Some(morning));
}

#[test]
fn a_bound_that_creeps_is_a_rise_all_the_same() {
    let mut creeping = forecast(NOW);
    creeping.low_c = (0..48).map(|k| 17.0 + 0.2 * (k as f32 / 2.0).floor()).collect();
    let rise = Outlook::new(&creeping, NOW).unwrap().next_rise().unwrap();
    assert_eq!(rise.low_c, 17.6);
}

#[test]
fn a_plan_heats_on_or_never() {
    let with = |power_w: f32| {
        let plan = RoomForecast { power_w: vec![power_w; 48], ..forecast(NOW) };
        Outlook::new(&plan, NOW).unwrap().heat()
    };
    assert_eq!((with(0.0), with(300.0)), (Heat::Never, Heat::Until(None)));
}

#[test]
fn a_forecast_with_a_hole_or_an_impossible_number_is_none() {
    let whole = forecast(NOW);
    assert!(is_whole(&whole));
    assert!(is_whole(&RoomForecast { error_k: Vec::new(), ..whole.clone() }));
    let short = || vec![1.0; 47];
    let with = |value: f32| [vec![value], vec![0.5; 47]].concat();
    for broken in [
        RoomForecast { air_c: Vec::new(), ..whole.clone() },
        RoomForecast { power_w: short(), ..whole.clone() },
        RoomForecast { error_k: short(), ..whole.clone() },
        RoomForecast { presence: short(), ..whole.clone() },
        RoomForecast { presence: with(1.5), ..whole.clone() },
        RoomForecast { power_w: with(-1.0), ..whole.clone() },
        RoomForecast { air_c: with(f32::INFINITY), ..whole.clone() },
        RoomForecast { step_s: 0, ..whole.clone() },
        RoomForecast { first_step_s: u32::MAX, ..whole.clone() },
    ] {
        assert!(!is_whole(&broken), "{broken:?}");
    }
}
