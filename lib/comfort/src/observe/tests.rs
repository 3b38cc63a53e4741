//! What is believed, by example: a room of the model's own kind whose sensors are told what to say.

use super::*;
use crate::model::Emitter;
use proptest::prelude::*;

const ROOM: RoomModel = RoomModel {
    air_j_per_k: 4.0e5,
    mass_j_per_k: 3.5e6,
    air_outdoor_w_per_k: 18.0,
    air_mass_w_per_k: 200.0,
    mass_outdoor_w_per_k: 6.0,
    air_solar_m2: 0.2,
    mass_solar_m2: 0.8,
    inner_gain_w: 30.0,
    emitter: Emitter { conductance_w_per_k: 20.0, lag_s: 900.0, radiant_share: 0.35 },
};
const RATED_W: f64 = 900.0;
const COLD: Inputs = Inputs { power_w: 350.0, outdoor_c: 3.0, sun_w_per_m2: 0.0, disturbance_w: 0.0 };

struct Trial {
    truth: State,
    belief: Belief,
}

impl Trial {
    fn new() -> Self {
        Self { truth: State::new(20.0, 19.3, 35.0), belief: Belief::begin(&ROOM, 20.0, 3.0) }
    }

    /// Steps of five minutes in which the room gets `extra_w` that nobody told of, read through `sensor`.
    fn run(&mut self, steps: usize, extra_w: f64, sensor: impl Fn(f64) -> Option<f64>) -> Option<Observed> {
        let mut last = None;
        for _ in 0..steps {
            let inputs = Inputs { disturbance_w: extra_w, ..COLD };
            self.truth = ROOM.over(300.0).after(&self.truth, &inputs);
            let sensed = Sensed { air_c: sensor(self.truth[0]), ..Sensed::default() };
            last = Some(self.belief.advance((&ROOM, &ROOM.over(300.0), 300.0), RATED_W, &COLD, &sensed));
        }
        last
    }
}

#[test]
fn heat_that_nobody_told_of_is_found_and_the_state_with_it() {
    let mut trial = Trial::new();
    trial.run(600, 150.0, Some);
    let belief = &trial.belief;
    assert!((belief.disturbance_w() - 150.0).abs() < 15.0, "{}", belief.disturbance_w());
    assert!((belief.state() - trial.truth).norm() < 0.5, "{} {}", belief.state(), trial.truth);
    assert!((belief.state()[0] - trial.truth[0]).abs() < 0.02);
}

#[test]
fn an_open_window_is_noticed_and_does_not_become_a_colder_wall() {
    let mut trial = Trial::new();
    trial.run(300, 0.0, Some);
    let before = (trial.belief.state()[1], trial.belief.disturbance_w());
    trial.run(3, -2500.0, Some);
    assert!(trial.belief.window_open());
    trial.run(6, 0.0, Some);
    let after = (trial.belief.state()[1], trial.belief.disturbance_w());
    assert!(!trial.belief.window_open());
    assert!((after.0 - before.0).abs() < 0.4 && (after.1 - before.1).abs() < 60.0, "{before:?} {after:?}");
}

#[test]
fn a_window_is_believed_open_while_it_cools_the_room_and_no_longer_than_that_or_half_an_hour() {
    let aired = |steps: usize| {
        let mut trial = Trial::new();
        trial.run(300, 0.0, Some);
        trial.run(steps, -2500.0, Some);
        trial
    };
    assert!(aired(2).belief.window_open() && aired(5).belief.window_open());
    let mut closed = aired(3);
    closed.run(2, 0.0, Some);
    assert!(!closed.belief.window_open(), "heat is not kept from a room whose window is closed again");
    assert!(!aired(8).belief.window_open(), "a room that stays cold is a cold room");
}

#[test]
fn a_heated_room_that_is_slower_than_its_model_is_not_taken_for_an_open_window() {
    let quick = RoomModel { air_j_per_k: 1.5e5, ..ROOM };
    let slow = RoomModel { air_j_per_k: 3.0e6, ..ROOM };
    let mut truth = State::new(17.0, 16.5, 17.0);
    let mut belief = Belief::begin(&quick, 17.0, 3.0);
    let mut coldest_k = 0.0_f64;
    for step in 0..200 {
        // Settled first, then heated in full.
        let inputs = Inputs { power_w: if step < 150 { 250.0 } else { RATED_W }, ..COLD };
        truth = slow.over(300.0).after(&truth, &inputs);
        let sensed = Sensed { air_c: Some(truth[0]), ..Sensed::default() };
        let seen = belief.advance((&quick, &quick.over(300.0), 300.0), RATED_W, &inputs, &sensed);
        coldest_k = coldest_k.min(seen.innovation_k.unwrap_or(0.0));
        assert!(!belief.window_open(), "step {step}: {seen:?}");
    }
    assert!(coldest_k < -0.6, "it is as much colder than expected as one with an open window: {coldest_k}");
}

#[test]
fn a_thermometer_that_stands_still_is_believed_only_while_the_room_does() {
    let mut trial = Trial::new();
    trial.run(200, 0.0, Some);
    let steady = trial.truth[0];
    assert_eq!(trial.run(30, 0.0, |_| Some(steady)).unwrap().doubt, None, "a steady room reads the same");
    // The heater is on in full from now on, and the thermometer does not see it.
    let hot = Inputs { power_w: RATED_W, ..COLD };
    let sensed = Sensed { air_c: Some(steady), ..Sensed::default() };
    let last = (0..24)
        .map(|_| trial.belief.advance((&ROOM, &ROOM.over(300.0), 300.0), RATED_W, &hot, &sensed))
        .last()
        .unwrap();
    assert_eq!(last.doubt, Some(Doubt::Stuck));
    assert!(trial.belief.state()[0] > steady + 1.0, "it goes on by the model: {}", trial.belief.state());
}

#[test]
fn a_clock_that_was_set_is_no_hour_of_standing_still() {
    for set_by_s in [3_000.0, 7_200.0] {
        let mut trial = Trial::new();
        trial.run(200, 0.0, Some);
        let hot = Inputs { power_w: RATED_W, ..COLD };
        let sensed = Sensed { air_c: Some(trial.truth[0]), ..Sensed::default() };
        for step_s in [300.0, set_by_s, 300.0, 300.0, 300.0] {
            let heard = trial.belief.advance((&ROOM, &ROOM.over(step_s), step_s), RATED_W, &hot, &sensed);
            assert_eq!(heard.doubt, None, "set by {set_by_s} s");
        }
    }
}

#[test]
fn a_jump_that_no_room_makes_is_taken_for_the_thermometers_own() {
    for jump_k in [4.0, -9.0] {
        let mut trial = Trial::new();
        trial.run(200, 0.0, Some);
        trial.run(6, 0.0, |air_c| Some(air_c + jump_k));
        assert!((trial.belief.state()[0] - trial.truth[0]).abs() < 0.5, "{jump_k}: {}", trial.belief.state());
        trial.run(12, 0.0, Some);
        assert!((trial.belief.state()[0] - trial.truth[0]).abs() < 0.3, "{jump_k}: and it may jump back");
    }
}

#[test]
fn a_thermometer_that_had_drifted_upwards_and_comes_back_is_believed_at_once() {
    let mut trial = Trial::new();
    trial.run(200, 0.0, Some);
    (0..72).for_each(|step| {
        trial.run(1, 0.0, |air_c| Some(air_c + 4.0 * f64::from(step) / 72.0));
    });
    trial.run(6, 0.0, Some);
    assert!(
        (trial.belief.state()[0] - trial.truth[0]).abs() < 0.5,
        "{} {}",
        trial.belief.state(),
        trial.truth
    );
}

#[test]
fn a_window_that_is_opened_wide_in_bitter_cold_is_no_fault_of_the_thermometer() {
    let bitter = Inputs { outdoor_c: -5.0, ..COLD };
    let mut truth = State::new(20.0, 19.3, 35.0);
    let mut belief = Belief::begin(&ROOM, 20.0, -5.0);
    let mut fell_k = 0.0_f64;
    for step in 0..330 {
        let extra_w = if (300..303).contains(&step) { -5000.0 } else { 0.0 };
        let before_c = truth[0];
        truth = ROOM.over(300.0).after(&truth, &Inputs { disturbance_w: extra_w, ..bitter });
        fell_k = fell_k.max(before_c - truth[0]);
        let sensed = Sensed { air_c: Some(truth[0]), ..Sensed::default() };
        belief.advance((&ROOM, &ROOM.over(300.0), 300.0), RATED_W, &bitter, &sensed);
        if step >= 306 {
            assert!((belief.state()[0] - truth[0]).abs() < 0.5, "step {step}: {} {truth}", belief.state());
        }
    }
    assert!(fell_k > 3.0, "it fell by more than a thermometer of its own would be allowed: {fell_k}");
}

#[test]
fn silence_and_nonsense_are_lived_through_by_the_model() {
    let mut trial = Trial::new();
    trial.run(300, 0.0, Some);
    for (nonsense, doubt) in
        [(None, Doubt::Silent), (Some(85.0), Doubt::Absurd), (Some(-127.0), Doubt::Absurd)]
    {
        let last = trial.run(24, 0.0, |_| nonsense).unwrap();
        assert_eq!((last.doubt, last.innovation_k), (Some(doubt), None));
    }
    assert!((trial.belief.blind_s() - 6.0 * 3600.0).abs() < 1.0);
    assert!((trial.belief.state()[0] - trial.truth[0]).abs() < 0.3, "{}", trial.belief.state());
}

#[test]
fn the_week_has_habits_and_the_present_fades_into_them() {
    let mut profile = DisturbanceProfile::default();
    for step in 0..(3 * 7 * 288) {
        let hour = f64::from(step) / 12.0 % 168.0;
        let at_work = hour < 120.0 && (9.0..17.0).contains(&(hour % 24.0));
        profile.learn(hour, if at_work { 200.0 } else { 0.0 }, 300.0);
    }
    let noon_w = profile.expect_w(8.5, 0.0, 4.0 * 3600.0);
    assert!(
        (155.0..=173.0).contains(&noon_w),
        "200 W by habit, of which e^−2 is still the present: {noon_w}"
    );
    assert_eq!(profile.expect_w(12.0, 50.0, 0.0), 50.0);
    let sunday_w = profile.expect_w(120.0 + 12.0, 0.0, 24.0 * 3600.0);
    assert!(sunday_w < 20.0, "{sunday_w}");
}

#[test]
fn a_day_that_was_never_seen_is_expected_like_the_others() {
    let mut profile = DisturbanceProfile::default();
    (0..12).for_each(|_| profile.learn(10.0, 200.0, 300.0));
    let tuesday_w = profile.expect_w(34.0, 0.0, 7.0 * 168.0 * 3600.0);
    assert!((50.0..=150.0).contains(&tuesday_w), "{tuesday_w}");
}

#[test]
fn a_clock_that_is_set_makes_no_room_blind() {
    let mut trial = Trial::new();
    trial.run(20, 0.0, |_| Some(20.0));
    let sensed = Sensed { air_c: Some(20.0), ..Sensed::default() };
    let day_s = 86_400.0;
    let observed = trial.belief.advance((&ROOM, &ROOM.over(day_s), day_s), RATED_W, &COLD, &sensed);
    assert_eq!((observed.doubt, trial.belief.blind_s()), (None, 0.0));
    assert!((trial.belief.state()[0] - 20.0).abs() < 0.01, "it begins anew with what is read");
    // Half an hour that never was, at full power.
    let hot = Inputs { power_w: 4.0 * RATED_W, ..COLD };
    let sensed = Sensed { air_c: Some(20.01), ..sensed };
    trial.belief.advance((&ROOM, &ROOM.over(3600.0), 3600.0), RATED_W, &hot, &sensed);
    assert!((trial.belief.state()[0] - 20.0).abs() < 0.02, "{}", trial.belief.state());
}

proptest! {
    #[test]
    fn whatever_is_read_what_is_believed_stays_finite_and_bounded(
        readings in proptest::collection::vec(proptest::option::of(proptest::num::f64::ANY), 1..200),
        step_s in prop_oneof![Just(60.0), Just(300.0), Just(3600.0), 1.0..1e6_f64],
    ) {
        let mut belief = Belief::begin(&ROOM, 20.0, 3.0);
        for reading in readings {
            let sensed = Sensed { air_c: reading, heater_c: reading, co2_ppm: reading };
            belief.advance((&ROOM, &ROOM.over(step_s), step_s), RATED_W, &COLD, &sensed);
            prop_assert!(belief.state().iter().all(|celsius| celsius.is_finite()));
            prop_assert!(belief.disturbance_w().abs() <= RATED_W);
        }
    }
}
