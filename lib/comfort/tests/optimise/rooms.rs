//! Random rooms with a day ahead of them: weather, setbacks, a night tariff, must-run jobs, outages.

use comfort::{Emitter, Inputs, RoomModel, RoomProblem, State, Step, Terminal};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Half an hour.
pub(crate) const STEP_S: f64 = 1800.0;

/// A room and its forecasts, owned.
pub(crate) struct Room {
    pub(crate) step: Step,
    pub(crate) start: State,
    pub(crate) drift: Vec<State>,
    pub(crate) low_c: Vec<f64>,
    pub(crate) high_c: Vec<f64>,
    pub(crate) low_weight: Vec<f64>,
    pub(crate) high_weight: Vec<f64>,
    pub(crate) cost_per_w: Vec<f64>,
    pub(crate) power_min_w: Vec<f64>,
    pub(crate) power_max_w: Vec<f64>,
    pub(crate) rated_w: f64,
    pub(crate) effort: f64,
    pub(crate) terminal: Terminal,
}

/// Rooms of one building from one seed: they share weather and tariff.
pub(crate) fn building(seed: u64, rooms: usize, steps: usize) -> Vec<Room> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let outdoor_c = random.random_range(-8.0..14.0);
    let dear = random.random_range(0.15..0.45);
    let cheap = dear * random.random_range(0.4..1.0);
    (0..rooms).map(|_| room(&mut random, steps, outdoor_c, dear, cheap)).collect()
}

fn room(random: &mut ChaCha8Rng, steps: usize, outdoor_c: f64, dear: f64, cheap: f64) -> Room {
    let model = model(random);
    let step = model.over(STEP_S);
    let clock_h: f64 = random.random_range(0.0..24.0);
    let hour = |k: usize| (clock_h + k as f64 * STEP_S / 3600.0) % 24.0;
    let sun = random.random_range(0.0..500.0);
    let forecast: Vec<Inputs> = (0..steps).map(|k| weather(hour(k), outdoor_c, sun)).collect();
    let drift = forecast.iter().map(|inputs| step.drift(inputs)).collect();
    let (wake, sleep) = (random.random_range(5.0..9.0), random.random_range(17.0..23.0));
    let (warm, setback) = (random.random_range(18.0..22.0), random.random_range(0.0..5.0));
    let low_c: Vec<f64> =
        (0..steps).map(|k| if (wake..sleep).contains(&hour(k)) { warm } else { warm - setback }).collect();
    let width = random.random_range(0.5..4.0);
    let cost_per_w: Vec<f64> = (0..steps)
        .map(|k| if (6.0..22.0).contains(&hour(k)) { dear } else { cheap } * STEP_S / 3.6e6)
        .collect();
    let rated_w = model.heat_loss_w_per_k() * random.random_range(25.0..60.0);
    let weight = 10.0_f64.powf(random.random_range(-2.0..1.0));
    let must_run = if random.random_bool(0.2) { 0.2 * rated_w } else { 0.0 };
    let outage = if random.random_bool(0.2) { 10..20 } else { 0..0 };
    let start = warm + random.random_range(-5.0..3.0);
    Room {
        start: State::new(
            start,
            start - random.random_range(0.0..2.0),
            start + random.random_range(0.0..15.0),
        ),
        drift,
        high_c: (0..steps).map(|_| warm + width).collect(),
        low_weight: vec![weight; steps],
        high_weight: vec![weight * random.random_range(0.1..1.0); steps],
        terminal: Terminal::after(&model, &forecast, &low_c, &cost_per_w, STEP_S),
        power_min_w: (0..steps).map(|k| if k < 12 { must_run } else { 0.0 }).collect(),
        power_max_w: (0..steps).map(|k| if outage.contains(&k) { 0.0 } else { rated_w }).collect(),
        effort: 10.0_f64.powf(random.random_range(-4.0..-1.0)),
        step,
        low_c,
        cost_per_w,
        rated_w,
    }
}

fn model(random: &mut ChaCha8Rng) -> RoomModel {
    let floor_m2 = random.random_range(9.0..60.0);
    let rated_w = 60.0 * floor_m2;
    RoomModel {
        air_j_per_k: floor_m2 * random.random_range(1.0e4..4.0e4),
        mass_j_per_k: floor_m2 * random.random_range(5.0e4..4.0e5),
        air_outdoor_w_per_k: floor_m2 * random.random_range(0.3..1.5),
        air_mass_w_per_k: floor_m2 * random.random_range(4.0..15.0),
        mass_outdoor_w_per_k: floor_m2 * random.random_range(0.05..0.8),
        air_solar_m2: floor_m2 * random.random_range(0.0..0.02),
        mass_solar_m2: floor_m2 * random.random_range(0.0..0.05),
        inner_gain_w: floor_m2 * random.random_range(0.0..5.0),
        emitter: Emitter {
            conductance_w_per_k: rated_w / random.random_range(20.0..50.0),
            lag_s: random.random_range(300.0..1800.0),
            radiant_share: random.random_range(0.0..0.6),
        },
    }
}

fn weather(hour: f64, outdoor_c: f64, sun: f64) -> Inputs {
    let day = ((hour - 14.0) * std::f64::consts::TAU / 24.0).cos();
    Inputs {
        power_w: 0.0,
        outdoor_c: outdoor_c + 4.0 * day,
        sun_w_per_m2: sun * (day - 0.2).max(0.0),
        disturbance_w: 0.0,
    }
}

impl Room {
    /// The problem as the planner takes it.
    pub(crate) fn problem(&self) -> RoomProblem<'_> {
        RoomProblem {
            step: &self.step,
            first: None,
            start: self.start,
            drift: &self.drift,
            low_c: &self.low_c,
            high_c: &self.high_c,
            low_weight: &self.low_weight,
            high_weight: &self.high_weight,
            cost_per_w: &self.cost_per_w,
            power_min_w: &self.power_min_w,
            power_max_w: &self.power_max_w,
            rated_w: self.rated_w,
            effort: self.effort,
            terminal: self.terminal,
            pull: None,
        }
    }
}

impl Room {
    /// What five minutes change: the start by some tenths of a kelvin.
    pub(crate) fn disturb(&mut self) {
        self.start += State::new(0.1, 0.02, -0.2);
    }
}
