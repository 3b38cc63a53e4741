use proptest::prelude::*;

use super::*;

/// Monday, ten o'clock.
const MONDAY_10: f64 = 10.0;

/// Hears the same every five minutes for some hours.
fn hear(room: &mut Occupancy, from_hour: f64, hours: f64, senses: impl Fn(f64) -> Senses) {
    for step in 1..=(hours * 12.0) as u32 {
        let after_h = f64::from(step) / 12.0;
        room.observe(&senses(after_h), When { hour_of_week: (from_hour + after_h) % 168.0, step_s: 300.0 });
    }
}

fn motion(moved: bool) -> Senses {
    Senses { motion: Some(moved), ..Senses::default() }
}

fn air(co2_ppm: f64) -> Senses {
    Senses { co2_ppm: Some(co2_ppm), ..Senses::default() }
}

/// CO₂ in 50 m³ at an air change of 0.8 per hour, from the outdoor level, with so many people.
fn breathed(people: f64, after_h: f64) -> f64 {
    430.0 + people * 374.0 / 0.8 * (1.0 - (-0.8 * after_h).exp())
}

#[test]
fn motion_is_presence_and_silence_ends_it_after_a_while() {
    let mut room = Occupancy::new(None);
    hear(&mut room, MONDAY_10, 0.5, |_| motion(true));
    assert!(room.probability() > 0.95, "{}", room.probability());
    hear(&mut room, MONDAY_10 + 0.5, 0.25, |_| motion(false));
    assert!(room.probability() > 0.5, "somebody reads: {}", room.probability());
    hear(&mut room, MONDAY_10 + 0.75, 1.5, |_| motion(false));
    assert!(room.probability() < 0.1, "{}", room.probability());
}

#[test]
fn a_sensor_that_sees_seldom_is_waited_for_longer() {
    // Somebody from nine to five, seen every five or every twenty minutes; twenty minutes after the last motion.
    let after_silence = |seen_every: u32| {
        let mut room = Occupancy::new(None);
        for _ in 0..2 {
            hear(&mut room, 0.0, 168.0, |hour| {
                let step = (hour * 12.0).round() as u32;
                motion(
                    hour < 120.0 && (9.0..17.0).contains(&(hour % 24.0)) && step.is_multiple_of(seen_every),
                )
            });
        }
        hear(&mut room, 8.0, 2.0, |_| motion(true));
        hear(&mut room, 10.0, 0.4, |_| motion(false));
        room.probability()
    };
    assert!(after_silence(4) > after_silence(1) + 0.1, "{} {}", after_silence(4), after_silence(1));
}

/// A home of 75 m³ with an hourly air change: two people awake from 18 to 22 h and asleep until 7 h, out else. Nothing moves
/// while they sleep.
#[test]
fn people_who_sleep_without_a_movement_are_found_by_their_breath() {
    let mut home = Occupancy::new(Some(75.0));
    let (mut co2_ppm, mut worst_night, mut worst_day) = (425.0, 1.0_f64, 0.0_f64);
    for step in 0..5 * 288_u32 {
        let hour = f64::from(step) / 12.0;
        let of_day = hour % 24.0;
        let (awake, asleep) = ((18.0..22.0).contains(&of_day), !(7.0..22.0).contains(&of_day));
        let breathing = if awake {
            2.0
        } else if asleep {
            1.4
        } else {
            0.0
        };
        co2_ppm += (249.0 * breathing - (co2_ppm - 425.0)) / 12.0;
        let noise_ppm = f64::from(step.wrapping_mul(2_654_435_761) >> 24) / 8.0 - 16.0;
        let senses =
            Senses { motion: Some(awake), co2_ppm: Some((co2_ppm + noise_ppm).round()), ..Senses::default() };
        home.observe(&senses, When { hour_of_week: hour, step_s: 300.0 });
        if step >= 3 * 288 && of_day > 1.0 && of_day < 6.5 {
            worst_night = worst_night.min(home.probability());
        }
        if step >= 3 * 288 && of_day > 12.0 && of_day < 17.5 {
            worst_day = worst_day.max(home.probability());
        }
    }
    assert!(worst_night > 0.3, "asleep: {worst_night}");
    assert!(worst_day < 0.1, "out: {worst_day}");
}

#[test]
fn who_will_be_seen_coming_needs_no_heat_yet() {
    let mut room = Occupancy::new(None);
    let people = |present: bool| Senses { people: Some(u32::from(present)), ..Senses::default() };
    for _ in 0..3 {
        hear(&mut room, 0.0, 168.0, |hour| people(hour < 120.0 && (9.0..17.0).contains(&(hour % 24.0))));
    }
    let at = |hour: f64, probability: f64| {
        (room.forecast(hour, probability, &[]), room.need(hour, probability, &[]))
    };
    let (presence, need) = at(5.0, 0.0);
    assert!(need.iter().zip(&presence).all(|(need, presence)| *need <= presence + 1e-12));
    let [night, opening, noon] = [2, 8, 14].map(|half| (need[half], presence[half]));
    assert!(night.0 < 0.01, "{night:?}");
    assert!(
        opening.0 > 0.8 * opening.1 && opening.1 > 0.5,
        "the first half hour needs all its heat: {opening:?}"
    );
    assert!(noon.0 < 0.2 && noon.1 > 0.5, "{noon:?}");
    let (presence, need) = at(10.0, 1.0);
    assert!(need[4] > 0.9 * presence[4], "who is there stays: {} {}", need[4], presence[4]);
}

#[test]
fn a_sleeper_is_believed_longer_than_a_reader() {
    let after_silence = |hour: f64| {
        let mut room = Occupancy::new(None);
        hear(&mut room, hour, 1.0, |after_h| motion(after_h < 0.5));
        room.probability()
    };
    assert!(after_silence(24.0 + 2.0) > after_silence(24.0 + 10.0));
}

#[test]
fn breath_alone_shows_people_and_their_leaving() {
    let mut room = Occupancy::new(Some(50.0));
    hear(&mut room, 0.0, 8.0, |_| air(430.0));
    assert!(room.probability() < 0.1, "{}", room.probability());
    hear(&mut room, 8.0, 3.0, |after_h| air(breathed(2.0, after_h)));
    assert!(room.probability() > 0.9, "{}", room.probability());
    assert!((1.4..2.8).contains(&room.people()), "{}", room.people());
    assert!((room.heat_w() - 72.0 * room.people()).abs() < 1e-9);
    let left = breathed(2.0, 3.0) - 430.0;
    hear(&mut room, 11.0, 1.5, |after_h| air(430.0 + left * (-0.8 * after_h).exp()));
    assert!(room.probability() < 0.2, "{}", room.probability());
}

/// A room of 50 m³, breathed in by `people(hour of week)`, heard for so many weeks; gives the probability of
/// each hour of the last week.
fn lived_in(
    air_change_per_h: f64,
    weeks: u32,
    people: fn(f64) -> f64,
    moved: fn(f64) -> Option<bool>,
) -> Vec<f64> {
    let mut room = Occupancy::new(Some(50.0));
    let (mut co2_ppm, mut by_hour) = (430.0, vec![0.0; 168]);
    for step in 0..weeks * 168 * 12 {
        let hour = f64::from(step % (168 * 12)) / 12.0;
        co2_ppm += (374.0 * people(hour) - air_change_per_h * (co2_ppm - 430.0)) / 12.0;
        let senses = Senses { motion: moved(hour), ..air(co2_ppm) };
        room.observe(&senses, When { hour_of_week: hour, step_s: 300.0 });
        by_hour[hour as usize] = room.probability();
    }
    by_hour
}

#[test]
fn tight_and_airy_rooms_are_learned() {
    // Somebody from eight to twelve on five days.
    let people = |hour: f64| f64::from(u8::from(hour < 120.0 && (8.0..12.0).contains(&(hour % 24.0))));
    for air_change_per_h in [0.15, 0.5, 2.0] {
        // In a tight room the air change takes some nights, and the afternoons before them are in the habit.
        let week = lived_in(air_change_per_h, 4, people, |_| None);
        let (tuesday, night) = (&week[24 + 9..24 + 12], &week[24 + 15..48 + 8]);
        assert!(tuesday.iter().all(|probability| *probability > 0.6), "{air_change_per_h} {tuesday:?}");
        assert!(night.iter().all(|probability| *probability < 0.2), "{air_change_per_h} {night:?}");
    }
}

#[test]
fn a_sleeper_whom_motion_misses_is_heard_breathing() {
    let people = |hour: f64| if (7.0..23.0).contains(&(hour % 24.0)) { 0.0 } else { 2.0 };
    let moved =
        |hour: f64| Some((22.9..23.2).contains(&(hour % 24.0)) || (6.8..7.2).contains(&(hour % 24.0)));
    let week = lived_in(0.4, 1, people, moved);
    assert!(week[24..30].iter().all(|probability| *probability > 0.8), "{:?}", &week[24..30]);
    assert!(week[34..46].iter().all(|probability| *probability < 0.2), "{:?}", &week[34..46]);
}

#[test]
fn a_lamp_at_night_is_presence_and_the_sun_is_not() {
    let light = |lux: f64| Senses { light_lux: Some(lux), ..Senses::default() };
    let mut room = Occupancy::new(None);
    hear(&mut room, 19.0, 2.0, |after_h| light(if after_h > 1.0 { 300.0 } else { 0.0 }));
    assert!(room.probability() > 0.8, "{}", room.probability());
    let mut room = Occupancy::new(None);
    hear(&mut room, 5.0 * 24.0 + 6.0, 4.0, |after_h| light(150.0 * after_h));
    assert!(room.probability() < 0.4, "{}", room.probability());
}

#[test]
fn lamps_that_were_forgotten_are_nobody() {
    let mut room = Occupancy::new(None);
    // Friday from eight o'clock, lit all weekend.
    hear(&mut room, 4.0 * 24.0 + 7.0, 40.0, |after_h| Senses {
        light_lux: Some(if after_h > 1.0 { 300.0 } else { 0.0 }),
        ..Senses::default()
    });
    assert!(room.probability() < 0.4, "{}", room.probability());
}

#[test]
fn dawn_behind_a_gap_is_no_lamp() {
    let heard = |gap_h: f64| {
        let mut room = Occupancy::new(None);
        hear(&mut room, 5.0, 1.0, |_| Senses { light_lux: Some(0.0), ..Senses::default() });
        let when = When { hour_of_week: 6.0 + gap_h, step_s: gap_h * 3600.0 };
        room.observe(&Senses { light_lux: Some(300.0), ..Senses::default() }, when);
        room.probability()
    };
    assert!(heard(0.1) > 0.6 && heard(3.0) < 0.5, "{} {}", heard(0.1), heard(3.0));
}

#[test]
fn what_a_building_system_states_is_believed() {
    let state = |people: u32| Senses { people: Some(people), ..Senses::default() };
    let mut room = Occupancy::new(None);
    hear(&mut room, MONDAY_10, 0.5, |_| state(3));
    assert!(room.probability() > 0.95 && room.people() == 3.0);
    hear(&mut room, MONDAY_10 + 0.5, 0.5, |_| state(0));
    assert!(room.probability() < 0.05 && room.people() == 0.0);
}

#[test]
fn with_nothing_known_it_goes_back_to_the_habit() {
    let mut room = Occupancy::new(None);
    // Four weeks in which Monday's mornings are busy and the afternoons are not.
    for _ in 0..4 {
        hear(&mut room, 0.0, 168.0, |hour| motion((8.0..12.0).contains(&hour)));
    }
    hear(&mut room, 0.0, 11.5, |_| Senses::default());
    assert!(room.probability() > 0.6, "{}", room.probability());
    hear(&mut room, 11.5, 10.0, |_| Senses::default());
    assert!(room.probability() < 0.15, "{}", room.probability());
}

#[test]
fn a_sensor_that_is_stuck_stops_counting() {
    let habit = {
        let mut room = Occupancy::new(None);
        hear(&mut room, 0.0, 72.0, |_| Senses::default());
        room.probability()
    };
    for stuck in [motion(true), motion(false), air(0.0), air(65_535.0), air(1_500.0)] {
        let mut room = Occupancy::new(None);
        hear(&mut room, 0.0, 5.0 * 24.0, |_| stuck);
        assert!((0.1..0.6).contains(&room.probability()), "{stuck:?} {} {habit}", room.probability());
    }
}

#[test]
fn a_room_without_senses_is_known_to_be_blind() {
    let mut room = Occupancy::new(None);
    // A motion sensor that has never seen anything is no sense either.
    hear(&mut room, 0.0, 48.0, |_| motion(false));
    assert!(room.blind_for_h() > 47.9, "{}", room.blind_for_h());
    hear(&mut room, 48.0, 1.0, |_| air(430.0));
    assert!(room.blind_for_h() == 0.0);
    hear(&mut room, 49.0, 2.0, |_| Senses::default());
    assert!((room.blind_for_h() - 2.0).abs() < 1e-6);
}

#[test]
fn clean_air_may_stay_the_same_over_a_long_weekend() {
    let mut room = Occupancy::new(Some(50.0));
    hear(&mut room, 0.0, 114.0, |hour| air(if (9.0..17.0).contains(&(hour % 24.0)) { 800.0 } else { 425.0 }));
    hear(&mut room, 114.0, 62.0, |_| air(425.0));
    assert!(room.blind_for_h() == 0.0 && room.probability() < 0.2, "{room:?}");
    hear(&mut room, 8.0, 60.0, |_| air(425.0));
    assert!(room.blind_for_h() > 20.0, "a sensor that never sees anybody again is dead: {room:?}");
}

#[test]
fn the_forecast_begins_with_the_present_and_ends_with_the_habit() {
    let mut room = Occupancy::new(None);
    for _ in 0..3 {
        hear(&mut room, 0.0, 168.0, |hour| motion(hour < 120.0 && (9.0..17.0).contains(&(hour % 24.0))));
    }
    let evening = room.forecast(19.0, 0.05, &[]);
    assert!(evening[0] < 0.15 && evening[20] < 0.15, "{evening:?}");
    assert!(evening[32] > 0.7, "at eleven in the morning: {evening:?}");
    let late_guest = room.forecast(19.0, 0.99, &[]);
    assert!(late_guest[0] > 0.8 && late_guest[12] < 0.5, "{late_guest:?}");
    let friday = room.forecast(4.0 * 24.0 + 19.0, 0.05, &[]);
    assert!(friday[32] < 0.3, "nobody on Saturday: {friday:?}");
}

#[test]
fn the_calendar_holds_where_it_speaks() {
    let room = Occupancy::new(None);
    let meeting = Expected { from_h: 2.0, until_h: 4.0, people: 8 };
    let closed = Expected { from_h: 6.0, until_h: 10.0, people: 0 };
    let forecast = room.forecast(MONDAY_10, 0.1, &[meeting, closed]);
    let plain = room.forecast(MONDAY_10, 0.1, &[]);
    assert!(forecast[4] > 0.85 && forecast[7] > 0.85 && forecast[12] < 0.15);
    assert_eq!((forecast[3], forecast[8]), (plain[3], plain[8]));
    let arrival = room.arrival(MONDAY_10, 0.1, &[meeting]);
    assert!(arrival[4] > 0.85 && arrival[4] > arrival[3] + 0.2, "{arrival:?}");
}

#[test]
fn a_room_fits_in_two_kilobytes() {
    let mut room = Occupancy::new(Some(40.0));
    for week in 0..3 {
        let odd = f64::from(week) + 0.123_456;
        hear(&mut room, 0.0, 168.0, |hour| Senses {
            motion: Some((hour * odd).sin() > 0.9),
            co2_ppm: Some(500.0 + 70.0 * (hour * odd).sin()),
            light_lux: Some(100.0 + 90.0 * (hour * odd).cos()),
            ..Senses::default()
        });
    }
    let text = serde_json::to_string(&room).unwrap();
    println!("{} bytes of JSON", text.len());
    assert!(text.len() < 2_100, "{}", text.len());
    assert_eq!(serde_json::from_str::<Occupancy>(&text).unwrap(), room);
}

/// Numbers that a broken sensor sends, and good ones.
fn reading() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        Just(None),
        any::<f64>().prop_map(Some),
        Just(Some(f64::NAN)),
        Just(Some(65_535.0)),
        (0.0..2_000.0).prop_map(Some),
    ]
}

fn senses() -> impl Strategy<Value = Senses> {
    (any::<Option<bool>>(), reading(), reading(), reading(), any::<Option<u32>>()).prop_map(
        |(motion, co2_ppm, light_lux, sun_w_per_m2, people)| Senses {
            motion,
            co2_ppm,
            light_lux,
            sun_w_per_m2,
            people,
        },
    )
}

fn when() -> impl Strategy<Value = When> {
    let hour = prop_oneof![any::<f64>(), 0.0..168.0];
    let step = prop_oneof![any::<f64>(), 0.0..1_000.0, Just(300.0), Just(f64::INFINITY)];
    (hour, step).prop_map(|(hour_of_week, step_s)| When { hour_of_week, step_s })
}

proptest! {
    #[test]
    fn whatever_is_heard_the_answers_are_probabilities(
        volume in reading(),
        heard in prop::collection::vec((senses(), when()), 1..200),
        hour in any::<f64>(),
        known in any::<f64>(),
        from_h in any::<f64>(),
        until_h in any::<f64>(),
        people in any::<u32>(),
    ) {
        let mut room = Occupancy::new(volume);
        for (senses, when) in heard {
            room.observe(&senses, when);
            prop_assert!((0.0..=1.0).contains(&room.probability()));
            prop_assert!(room.people() >= 0.0 && room.people() <= 10_000.0, "{}", room.people());
            prop_assert!(room.heat_w().is_finite());
        }
        let calendar = [Expected { from_h, until_h, people }];
        let forecast = room.forecast(hour, known, &calendar);
        prop_assert!(forecast.iter().all(|value| (0.0..=1.0).contains(value)), "{forecast:?}");
        let arrival = room.arrival(hour, known, &calendar);
        prop_assert!(arrival.iter().all(|value| (0.0..=1.0).contains(value)), "{arrival:?}");
        prop_assert!(arrival.windows(2).all(|pair| pair[0] <= pair[1]), "{arrival:?}");
        let text = serde_json::to_string(&room).unwrap();
        prop_assert_eq!(serde_json::from_str::<Occupancy>(&text).unwrap(), room);
    }
}
