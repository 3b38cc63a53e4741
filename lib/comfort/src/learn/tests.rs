use proptest::prelude::*;

use super::*;
use crate::history::{Observation, Quarter};
use crate::model::{Emitter, Inputs, RoomModel, State};

/// An office of 18 m² with a heater of 1 kW, not the prior's room.
const OFFICE: RoomModel = RoomModel {
    air_j_per_k: 5.0e5,
    mass_j_per_k: 4.5e6,
    air_outdoor_w_per_k: 14.0,
    air_mass_w_per_k: 120.0,
    mass_outdoor_w_per_k: 9.0,
    air_solar_m2: 0.35,
    mass_solar_m2: 0.5,
    inner_gain_w: 20.0,
    emitter: Emitter { conductance_w_per_k: 28.6, lag_s: 1200.0, radiant_share: 0.3 },
};
const RATED_W: f64 = 1000.0;
const NOISE_K: f64 = 0.05;

/// What a simulated room lives through.
#[derive(Clone, Copy)]
struct Life {
    days: u16,
    /// Heat of people on weekdays from 8 to 18 h, W.
    people_w: f64,
    people_are_seen: bool,
    heater_is_measured: bool,
    /// Open from 14 to 15 h.
    window_w_per_k: f64,
    window_is_marked: bool,
    /// Mean outdoor temperature, °C.
    outdoor_c: f64,
    seed: u32,
}

const ORDINARY: Life = Life {
    days: 10,
    people_w: 0.0,
    people_are_seen: false,
    heater_is_measured: false,
    window_w_per_k: 0.0,
    window_is_marked: false,
    outdoor_c: 4.0,
    seed: 7,
};

/// A generator good enough for noise (Numerical Recipes).
struct Noise(u32);

impl Noise {
    /// About normal, with standard deviation 1.
    fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(self.0 >> 8) / f64::from(1_u32 << 24) - 0.5
        };
        (0..12).map(|_| uniform()).sum()
    }
}

/// The room heated with a night setback by a thermostat, seen every 5 minutes.
fn live(room: &RoomModel, life: Life) -> History {
    let (step, mut noise) = (room.over(300.0), Noise(life.seed));
    let (mut state, mut history) = (State::new(19.0, 19.0, 25.0), History::of_days(life.days));
    let (mut cloud, mut front_k) = (0.5, 0.0);
    for number in 0..usize::from(life.days) * 288 {
        let (day, hour) = (number / 288, (number % 288) as f64 / 12.0);
        cloud = (cloud + 0.03 * noise.next()).clamp(0.05, 1.0);
        front_k = 0.999 * front_k + 0.05 * noise.next();
        let sun = (600.0 * ((hour - 12.5) / 9.0 * std::f64::consts::PI).cos()).max(0.0) * cloud;
        let outdoor_c = life.outdoor_c + front_k + 3.0 * ((hour - 15.0) / 12.0 * std::f64::consts::PI).cos();
        let setpoint_c = if (6.0..19.0).contains(&hour) { 20.5 } else { 17.5 };
        let power_w = (600.0 * (setpoint_c - state[0])).clamp(0.0, RATED_W);
        let people = day % 7 < 5 && (8.0..18.0).contains(&hour);
        let open = (14.0..15.0).contains(&hour);
        let window_w = if open { life.window_w_per_k * (outdoor_c - state[0]) } else { 0.0 };
        let people_w = if people { life.people_w * (1.0 + 0.3 * noise.next()) } else { 0.0 };
        let disturbance_w = people_w + window_w;
        state = step.after(&state, &Inputs { power_w, outdoor_c, sun_w_per_m2: sun, disturbance_w });
        let seen = Observation {
            air_c: Some(state[0] + NOISE_K * noise.next()),
            power_w: Some(power_w),
            outdoor_c: Some(outdoor_c),
            sun_w_per_m2: Some(sun),
            heater_c: life.heater_is_measured.then(|| state[2] + 0.2 * noise.next()),
            presence: if life.people_are_seen && people { 1.0 } else { 0.0 },
            disturbed: open && life.window_is_marked,
        };
        history.push((number + 1) as f64 * 300.0, 300.0, &seen);
    }
    history
}

fn prior() -> Prior {
    Prior::of(RATED_W, Some(18.0), None)
}

/// Some nights on the same history: what a room knows when it is no longer new.
fn after_nights(prior: &Prior, history: &History) -> Room {
    (0..6).fold(prior.room, |room, _| fit(prior, &room, history))
}

fn ratio(learned: f64, true_: f64) -> f64 {
    (learned / true_).ln().abs()
}

#[test]
fn a_simulated_room_is_recovered_from_ten_ordinary_days() {
    for seed in [7, 8, 9] {
        let history = live(&OFFICE, Life { seed, ..ORDINARY });
        let model = after_nights(&prior(), &history).model;
        println!("seed {seed}: {model:?}, loss {:.1}", model.heat_loss_w_per_k());
        assert!(ratio(model.heat_loss_w_per_k(), OFFICE.heat_loss_w_per_k()) < 0.15, "heat loss");
        assert!(ratio(model.time_constant_s(), OFFICE.time_constant_s()) < 0.3, "time constant");
        assert!(ratio(model.air_j_per_k, OFFICE.air_j_per_k) < 0.25, "capacity of the air");
        assert!(ratio(model.air_mass_w_per_k, OFFICE.air_mass_w_per_k) < 0.25, "air to mass");
    }
}

#[test]
fn rooms_far_from_their_prior_are_recovered_too() {
    let leaky = RoomModel { air_outdoor_w_per_k: 36.0, ..OFFICE };
    let tight = RoomModel { air_outdoor_w_per_k: 5.0, mass_outdoor_w_per_k: 4.0, ..OFFICE };
    let heavy = RoomModel { mass_j_per_k: 9.0e6, air_mass_w_per_k: 250.0, ..OFFICE };
    for room in [leaky, tight, heavy] {
        let model = after_nights(&prior(), &live(&room, ORDINARY)).model;
        let (loss, truth) = (model.heat_loss_w_per_k(), room.heat_loss_w_per_k());
        let hours = [model, room].map(|model| model.time_constant_s() / 3600.0);
        println!("{loss:.1} of {truth:.1} W/K, {:.0} of {:.0} h", hours[0], hours[1]);
        assert!(ratio(loss, truth) < 0.25 && ratio(hours[0], hours[1]) < 0.35);
    }
}

#[test]
fn people_who_are_seen_do_not_bias_the_room_and_their_heat_is_learned() {
    let history = live(&OFFICE, Life { people_w: 200.0, people_are_seen: true, ..ORDINARY });
    let room = after_nights(&prior(), &history);
    println!("{room:?}");
    assert!(ratio(room.model.heat_loss_w_per_k(), OFFICE.heat_loss_w_per_k()) < 0.15);
    assert!((room.presence_w - 200.0).abs() < 40.0, "{}", room.presence_w);
}

#[test]
fn people_whom_nobody_sees_blur_the_room_within_bounds() {
    // 60 W on average in a room that loses 22 W/K, from 8 to 18 h on weekdays.
    let history = live(&OFFICE, Life { people_w: 200.0, ..ORDINARY });
    let model = after_nights(&prior(), &history).model;
    println!("{model:?}: {:.1} W/K, {:.0} h", model.heat_loss_w_per_k(), model.time_constant_s() / 3600.0);
    assert!(ratio(model.heat_loss_w_per_k(), OFFICE.heat_loss_w_per_k()) < 0.25);
    assert!(ratio(model.time_constant_s(), OFFICE.time_constant_s()) < 0.8);
}

#[test]
fn an_open_window_that_is_marked_is_not_taken_for_a_leaky_room() {
    let life = Life { window_w_per_k: 200.0, ..ORDINARY };
    let loss = |life| after_nights(&prior(), &live(&OFFICE, life)).model.heat_loss_w_per_k();
    let (marked, unmarked) = (loss(Life { window_is_marked: true, ..life }), loss(life));
    println!("{marked:.1} and {unmarked:.1} of {:.1} W/K", OFFICE.heat_loss_w_per_k());
    assert!(ratio(marked, OFFICE.heat_loss_w_per_k()) < 0.2, "{marked}");
    assert!(ratio(unmarked, OFFICE.heat_loss_w_per_k()) > 2.0 * ratio(marked, OFFICE.heat_loss_w_per_k()));
}

#[test]
fn a_heater_with_a_thermometer_is_learned_from_it() {
    let slow = Emitter { conductance_w_per_k: 20.0, lag_s: 2400.0, radiant_share: 0.3 };
    let history = live(&RoomModel { emitter: slow, ..OFFICE }, Life { heater_is_measured: true, ..ORDINARY });
    let emitter = prior().with_measured_emitter(&history).room.model.emitter;
    assert!(ratio(emitter.lag_s, slow.lag_s) < 0.15, "{emitter:?}");
    assert!(ratio(emitter.conductance_w_per_k, slow.conductance_w_per_k) < 0.1, "{emitter:?}");
    let unmeasured = live(&OFFICE, ORDINARY);
    assert_eq!(prior().with_measured_emitter(&unmeasured), prior());
}

#[test]
fn the_first_night_is_accepted_and_the_same_days_again_are_not() {
    let history = live(&OFFICE, ORDINARY);
    let first = learn(&prior(), &prior().room, &history).unwrap();
    assert!(first.accepted, "{first:?}");
    let room = (0..8).fold(first.room, |room, _| learn(&prior(), &room, &history).unwrap().room);
    let again = learn(&prior(), &room, &history).unwrap();
    assert!(!again.accepted, "{again:?}");
    let errors = again.errors.one_hour.unwrap();
    assert!(errors.rmse_k < 1.3 * NOISE_K, "an hour ahead only the sensor's noise is left: {errors:?}");
    assert!(errors.persistence_k > 4.0 * errors.rmse_k);
}

#[test]
fn a_worse_room_is_not_accepted() {
    let mut history = live(&OFFICE, ORDINARY);
    let known = after_nights(&prior(), &history);
    // Nine days of another room come first: what they teach is wrong on the last day.
    let other = RoomModel { air_outdoor_w_per_k: 40.0, air_mass_w_per_k: 300.0, ..OFFICE };
    let mut mixed: Vec<Quarter> = live(&other, ORDINARY).quarters().take(9 * 96).collect();
    mixed.extend(history.quarters().skip(9 * 96));
    history = History::of_days(10);
    for (slot, quarter) in mixed.iter().enumerate() {
        let seen = Observation {
            air_c: quarter.air_c,
            power_w: Some(quarter.power_w),
            outdoor_c: Some(quarter.outdoor_c),
            sun_w_per_m2: Some(quarter.sun_w_per_m2),
            ..Observation::default()
        };
        history.push((slot + 1) as f64 * 900.0, 900.0, &seen);
    }
    let lesson = learn(&prior(), &known, &history).unwrap();
    assert!(!lesson.accepted, "{lesson:?}");
}

#[test]
fn a_room_that_was_never_heated_is_not_sure_and_one_that_was_is() {
    let heated = live(&OFFICE, ORDINARY);
    let lesson = learn(&prior(), &after_nights(&prior(), &heated), &heated).unwrap();
    assert!(!lesson.room.certainty.wants_excitation(), "{:?}", lesson.room.certainty);
    let mut still = History::of_days(10);
    for slot in 1..=960 {
        let seen = Observation {
            air_c: Some(12.0),
            power_w: Some(0.0),
            outdoor_c: Some(12.0),
            sun_w_per_m2: Some(0.0),
            ..Observation::default()
        };
        still.push(f64::from(slot) * 900.0, 900.0, &seen);
    }
    let lesson = learn(&prior(), &prior().room, &still).unwrap();
    assert!(lesson.room.certainty.wants_excitation(), "{:?}", lesson.room.certainty);
}

#[test]
fn a_summer_without_heating_does_not_undo_what_the_winter_taught() {
    let winter = after_nights(&prior(), &live(&OFFICE, ORDINARY));
    let summer = live(&OFFICE, Life { outdoor_c: 21.0, people_w: 100.0, ..ORDINARY });
    let lesson = learn(&prior(), &winter, &summer).unwrap();
    println!("{:?} then {:?}", winter.certainty, lesson.room.certainty);
    assert!(lesson.room.certainty.heat_loss_spread > 2.0 * winter.certainty.heat_loss_spread);
    assert!(!lesson.accepted && lesson.room.certainty.wants_excitation());
    let first = learn(&prior(), &prior().room, &summer).unwrap();
    assert!(first.accepted, "a room that knows nothing yet learns what there is: {first:?}");
}

#[test]
fn too_little_or_only_disturbed_history_teaches_nothing() {
    let room = prior().room;
    assert_eq!(learn(&prior(), &room, &History::of_days(10)), None);
    let mut disturbed = History::of_days(3);
    for slot in 1..=3 * 96 {
        let seen = Observation { air_c: Some(20.0), disturbed: true, ..Observation::default() };
        disturbed.push(f64::from(slot) * 900.0, 900.0, &seen);
    }
    assert_eq!(learn(&prior(), &room, &disturbed), None);
    assert_eq!(fit(&prior(), &room, &disturbed), room);
    assert_eq!(errors(&room, &disturbed), Errors::default());
}

#[test]
fn predictions_by_superposition_are_those_of_a_simulation_from_the_observers_state() {
    let (history, room) = (live(&OFFICE, Life { days: 2, ..ORDINARY }), prior().room);
    let record = Record::of(&history);
    let step = room.model.over(crate::history::QUARTER_S);
    let observer = observer::Observer::of(&room, &step);
    // The same observer on the whole state instead of the lead over a simulation.
    let first = &record.slots[0];
    let (inner, outer) = (room.model.air_mass_w_per_k, room.model.mass_outdoor_w_per_k);
    let air_c = first.air_c.unwrap();
    let mass_c = (inner * air_c + outer * first.outdoor_c) / (inner + outer);
    let mut state = State::new(air_c, mass_c, air_c + first.power_w / room.model.emitter.conductance_w_per_k);
    let mut lead = observer::Lead::zeros();
    let inputs = |slot: &Quarter, disturbance_w: f64| Inputs {
        power_w: slot.power_w,
        outdoor_c: slot.outdoor_c,
        sun_w_per_m2: slot.sun_w_per_m2,
        disturbance_w,
    };
    let from = 100;
    for slot in &record.slots[..=from] {
        state = step.after(&state, &inputs(slot, lead[3] + lead[4]));
        let ahead = observer.ahead(&lead);
        let mut corrected = observer::Lead::new(0.0, 0.0, 0.0, ahead[3], ahead[4]);
        observer.correct(&mut corrected, slot.air_c.unwrap() - state[0], 1, false);
        state += corrected.fixed_rows::<3>(0);
        lead = corrected;
    }
    for slot in &record.slots[from + 1..=from + 24] {
        state = step.after(&state, &inputs(slot, lead[3] + lead[4]));
        lead = observer.ahead(&observer::Lead::new(0.0, 0.0, 0.0, lead[3], lead[4]));
    }
    let by_hand = record.slots[from + 24].air_c.unwrap() - state[0];
    let by_pass = residuals_k(&room, &history, 24)[from].unwrap();
    assert!((by_hand - by_pass).abs() < 1e-9, "{by_hand} {by_pass}");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), any::<f64>(), -60.0..3000.0_f64]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn whatever_was_seen_learning_stays_finite_and_in_its_box(
        rated_w in any_number(),
        floor_m2 in prop::option::of(any_number()),
        days in prop::collection::vec((any_number(), any_number(), any_number(), any_number()), 2..40),
        calm in 1_usize..20,
    ) {
        let mut history = History::of_days(3);
        for slot in 0..288 {
            let (air_c, power_w, outdoor_c, sun) = days[slot / calm % days.len()];
            let seen = Observation {
                air_c: Some(air_c),
                power_w: Some(power_w),
                outdoor_c: Some(outdoor_c),
                sun_w_per_m2: Some(sun),
                heater_c: Some(sun),
                presence: power_w,
                disturbed: false,
            };
            history.push((slot + 1) as f64 * 900.0, 900.0, &seen);
        }
        let prior = Prior::of(rated_w, floor_m2, None);
        let room = fit(&prior, &prior.room, &history);
        let parameters = |model: &RoomModel| [
            model.air_j_per_k, model.mass_j_per_k, model.air_outdoor_w_per_k, model.air_mass_w_per_k,
            model.mass_outdoor_w_per_k, model.air_solar_m2, model.mass_solar_m2, model.emitter.lag_s,
        ];
        for (learned, before) in parameters(&room.model).iter().zip(parameters(&prior.room.model)) {
            prop_assert!((learned / before).ln().abs() < 1.8 + 1e-9, "{:?}", room);
        }
        prop_assert!(room.model.inner_gain_w.is_finite() && room.presence_w >= 0.0);
        if let Some(lesson) = learn(&prior, &room, &history) {
            prop_assert!(lesson.errors.one_hour.unwrap().rmse_k.is_finite());
            prop_assert!(lesson.room.certainty.heat_loss_spread.is_finite());
        }
        let residuals = residuals_k(&room, &history, 4);
        prop_assert!(residuals.iter().flatten().all(|error| error.is_finite()));
    }
}
