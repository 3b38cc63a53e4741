use proptest::prelude::*;

use super::*;

fn seen(air_c: f64, power_w: f64) -> Observation {
    Observation {
        air_c: Some(air_c),
        power_w: Some(power_w),
        outdoor_c: Some(3.0),
        sun_w_per_m2: Some(0.0),
        ..Observation::default()
    }
}

/// Ten days of an ordinary room, seen every 5 minutes by a sensor with noise.
fn ten_days() -> History {
    let mut history = History::of_days(10);
    let mut noise = 1_u32;
    for step in 1..=10 * 288 {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hour = f64::from(step % 288) / 12.0;
        let wave = ((hour - 15.0) / 12.0 * std::f64::consts::PI).cos();
        history.push(
            f64::from(step) * 300.0,
            300.0,
            &Observation {
                air_c: Some(20.0 + 0.5 * wave + f64::from(noise >> 24) / 2560.0),
                power_w: Some(400.0 - 300.0 * wave + f64::from(noise >> 26)),
                outdoor_c: Some(4.0 + 4.0 * wave),
                sun_w_per_m2: Some((600.0 * wave).max(0.0)),
                heater_c: Some(35.0 - 10.0 * wave + f64::from(noise >> 24) / 1000.0),
                presence: if (8.0..18.0).contains(&hour) { 0.9 } else { 0.02 },
                disturbed: (11.0..11.2).contains(&hour),
            },
        );
    }
    history
}

#[test]
fn steps_of_any_length_become_the_mean_of_their_quarter_hour() {
    let mut history = History::of_days(2);
    history.push(300.0, 300.0, &seen(20.0, 300.0));
    history.push(400.0, 100.0, &seen(20.1, 0.0));
    history.push(1000.0, 600.0, &seen(20.7, 900.0));
    history.push(1800.0, 800.0, &seen(21.0, 600.0));
    let quarters: Vec<Quarter> = history.quarters().collect();
    assert_eq!(quarters.len(), 2);
    assert!((quarters[0].power_w - 600.0).abs() < 1.0, "{}", quarters[0].power_w);
    assert!((quarters[0].air_c.unwrap() - 20.6).abs() < 1e-9, "between 20.1 at 400 s and 20.7 at 1000 s");
    assert_eq!(quarters[1].air_c, Some(21.0));
    assert!(!quarters[0].disturbed && !quarters[1].disturbed);
}

#[test]
fn a_room_whose_sun_nobody_measures_is_learned_from_and_the_loss_of_a_sun_that_was_seen_marks_one_slot() {
    let under = |sun_w_per_m2| Observation { sun_w_per_m2, ..seen(20.0, 300.0) };
    let mut history = History::of_days(2);
    let suns = [None, None, Some(400.0), None, None];
    for (nth, sun_w_per_m2) in suns.into_iter().enumerate() {
        history.push((nth + 1) as f64 * QUARTER_S, QUARTER_S, &under(sun_w_per_m2));
    }
    let marked: Vec<bool> = history.quarters().map(|quarter| quarter.disturbed).collect();
    assert_eq!(marked, [false, false, false, true, false]);
    assert!(history.quarters().last().is_some_and(|quarter| quarter.sun_w_per_m2 == 0.0));
}

#[test]
fn an_hourly_step_fills_four_slots_and_knows_the_air_only_at_its_end() {
    let mut history = History::of_days(2);
    history.push(3600.0, 3600.0, &seen(20.0, 100.0));
    history.push(7200.0, 3600.0, &seen(21.0, 100.0));
    let air: Vec<Option<f64>> = history.quarters().map(|quarter| quarter.air_c).collect();
    let (none, at) = (None, Some);
    assert_eq!(air, [none, none, none, at(20.0), none, none, none, at(21.0)]);
    assert!(history.quarters().all(|quarter| !quarter.disturbed && (quarter.power_w - 100.0).abs() < 0.3));
}

#[test]
fn what_was_not_seen_is_marked_and_keeps_its_place() {
    let mut history = History::of_days(2);
    history.push(900.0, 900.0, &seen(20.0, 100.0));
    history.push(3600.0, 900.0, &seen(20.5, 100.0));
    history.push(4500.0, 900.0, &Observation { power_w: None, ..seen(20.5, 0.0) });
    history.push(5400.0, 900.0, &Observation { disturbed: true, ..seen(20.5, 100.0) });
    let marks: Vec<bool> = history.quarters().map(|quarter| quarter.disturbed).collect();
    assert_eq!(marks, [false, true, true, false, true, true]);
    assert_eq!(history.quarters().nth(1).unwrap().air_c, None);
}

#[test]
fn the_oldest_goes_and_the_time_of_day_stays_right() {
    let mut history = History::of_days(1);
    for slot in 1..=100 {
        history.push(f64::from(slot) * 900.0, 900.0, &seen(f64::from(slot) / 10.0, 0.0));
    }
    assert_eq!((history.len(), history.first_slot_of_day()), (96, 4));
    assert_eq!(history.quarters().next().unwrap().air_c, Some(0.5));
}

#[test]
fn a_clock_that_jumps_back_starts_afresh_and_a_small_correction_does_not() {
    let mut history = History::of_days(2);
    history.push(36_000.0, 36_000.0, &seen(20.0, 0.0));
    history.push(35_900.0, 300.0, &seen(20.0, 0.0));
    assert_eq!(history.len(), 40);
    history.push(900.0, 900.0, &seen(20.0, 0.0));
    assert_eq!(history.len(), 1);
    history.push(1e9, 900.0, &seen(20.0, 0.0));
    assert!(history.len() <= 1, "two days cannot bridge thirty years");
}

#[test]
fn ten_days_of_a_room_are_kept_in_about_ten_kilobytes_and_come_back_alike() {
    let history = ten_days();
    let text = serde_json::to_string(&history).unwrap();
    println!("{} bytes for {} slots", text.len(), history.len());
    assert_eq!(history.len(), 960);
    assert!(text.len() < 10_000, "{}", text.len());
    let again: History = serde_json::from_str(&text).unwrap();
    assert_eq!(history.slots, again.slots);
    assert_eq!((history.first, history.days), (again.first, again.days));
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
}

#[test]
fn a_history_goes_on_after_it_was_kept() {
    let mut history: History = serde_json::from_str(&serde_json::to_string(&ten_days()).unwrap()).unwrap();
    history.push(10.0 * 86_400.0 + 900.0, 900.0, &seen(20.0, 100.0));
    assert_eq!((history.len(), history.first_slot_of_day()), (960, 1));
}

#[test]
fn broken_text_is_refused() {
    let text = serde_json::to_string(&ten_days()).unwrap();
    for wrong in ["961", "959"] {
        let broken = text.replace("\"count\":960", &format!("\"count\":{wrong}"));
        assert!(serde_json::from_str::<History>(&broken).is_err(), "{wrong}");
    }
    assert!(serde_json::from_str::<History>(r#"{"days":1,"first":0,"count":5,"slots":"AA"}"#).is_err());
    assert!(serde_json::from_str::<History>(r#"{"days":1,"first":0,"count":1,"slots":"%"}"#).is_err());
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -50.0..5000.0_f64]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn whatever_is_pushed_the_history_stays_bounded_finite_and_readable(
        steps in prop::collection::vec((any_number(), any_number(), any_number(), prop::option::of(any_number())), 0..60)
    ) {
        let mut history = History::of_days(1);
        let mut now_s = 0.0;
        for (ahead_s, length_s, value, air_c) in steps {
            now_s = if ahead_s.abs() < 1e6 { now_s + ahead_s } else { ahead_s };
            let power_w = Some(value);
            let seen = Observation { air_c, power_w, outdoor_c: air_c, heater_c: power_w, presence: value, ..Observation::default() };
            history.push(now_s, length_s, &seen);
            prop_assert!(history.len() <= 96);
        }
        for quarter in history.quarters() {
            prop_assert!(quarter.power_w.is_finite() && quarter.power_w >= 0.0 && quarter.outdoor_c.is_finite());
            prop_assert!((0.0..=1.0).contains(&quarter.presence) && quarter.air_c.is_none_or(f64::is_finite));
        }
        let text = serde_json::to_string(&history).unwrap();
        let again: History = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(again.slots, history.slots);
    }
}
