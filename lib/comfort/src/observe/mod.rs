//! What is believed of a room now: the temperatures of air, mass and heater, and the heat that the model does not know
//! of, from sensors that may lie.
//!
//! ```text
//!  power, outdoors, sun ──> model ──> expected ──┐
//!  thermometer ──> sensor check ── reading ──────┴─> innovation ──┬─ all of it ──> air
//!                                                                 └─ clipped ────> mass, disturbance
//!                                                    a window opens: mass and disturbance stand still
//! ```
//! A constant-gain observer of the model with an integrating disturbance, so that the control built on it has no
//! lasting offset (Pannocchia and Rawlings 2003). The innovation is clipped for all that is slow: one open window would
//! else be believed to be a colder wall, and overheat the room for hours.

mod profile;
mod sensor;
#[cfg(test)]
mod tests;
mod window;

use serde::{Deserialize, Serialize};

use crate::model::{Inputs, RoomModel, State, Step};

pub use profile::{DisturbanceProfile, HOURS_OF_WEEK};
pub use sensor::Doubt;
use sensor::SensorCheck;
use window::WindowWatch;

/// The step for which the gains are given, s.
const GAIN_STEP_S: f64 = 300.0;
/// Share of the innovation that the air takes: a thermometer's noise (0.05 K) is about that of five minutes of the
/// model.
const AIR_GAIN: f64 = 0.35;
/// Share of the clipped innovation that the mass takes.
const MASS_GAIN: f64 = 0.02;
/// What a kelvin of clipped innovation adds to the disturbance, as a share of the air's capacity per step: 0.012
/// means that an hour of innovations of 0.1 K moves it by a seventh of what would explain them at once.
const DISTURBANCE_GAIN: f64 = 0.012;
/// What is slow never learns more than this from one reading, K.
const CLIP_K: f64 = 0.2;
/// Share of the innovation that a measured heater's body takes: it is quick, and nothing else explains it.
const HEATER_GAIN: f64 = 0.5;
/// A new belief, and one with a new model, learns so many times faster, and forgets that hurry within hours: a guessed
/// model may be wrong by half the heater's power, which the gains above take a day to find.
const HURRY: f64 = 8.0;
const HURRY_S: f64 = 4.0 * 3600.0;
/// By then nothing of it is left.
const SETTLED_S: f64 = 16.0 * 3600.0;
/// The unknown heat may be as much as the heater's rated power in a small room full of people and sun; half of it below
/// zero is a window that stands open. Beyond, a sensor lies.
const MOST_DISTURBANCE: f64 = 1.0;
const LEAST_DISTURBANCE: f64 = -0.5;
/// A single step makes a room no blinder, and a belief no older, than this, s.
const LONGEST_BLIND_STEP_S: f64 = 3600.0;
/// So far from what a thermometer says that goes its steady way, the belief has lived another time than the room: a
/// clock was set, or the room was not what it was taken for, K.
const LOST_K: f64 = 3.0;
/// After so long without steps nothing is left of what was believed but the mass.
const FORGET_AFTER_S: f64 = 6.0 * 3600.0;

/// What the sensors of a room said last.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sensed {
    /// Air, °C.
    pub air_c: Option<f64>,
    /// The heater's body, °C.
    pub heater_c: Option<f64>,
    /// Carbon dioxide, ppm.
    pub co2_ppm: Option<f64>,
}

/// What one step of observing came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// Reading minus expectation, K; `None` without a reading that is believed.
    pub innovation_k: Option<f64>,
    /// Why the thermometer is not believed.
    pub doubt: Option<Doubt>,
}

/// What is believed of a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Belief {
    state: State,
    disturbance_w: f64,
    sensor: SensorCheck,
    window: WindowWatch,
    blind_s: f64,
    /// Why the last reading was not believed.
    doubt: Option<Doubt>,
    age_s: f64,
}

impl Belief {
    /// A first belief from a first reading: the mass is as warm as the air, less what it loses to outdoors.
    #[must_use]
    pub fn begin(model: &RoomModel, air_c: f64, outdoor_c: f64) -> Self {
        let (inner, outer) = (model.air_mass_w_per_k, model.mass_outdoor_w_per_k);
        let mass_c = (inner * air_c + outer * outdoor_c) / (inner + outer).max(f64::MIN_POSITIVE);
        Self {
            state: State::new(air_c, mass_c, air_c),
            disturbance_w: 0.0,
            sensor: SensorCheck::default(),
            window: WindowWatch::default(),
            blind_s: 0.0,
            doubt: None,
            age_s: 0.0,
        }
    }

    /// Temperatures of air, mass and heater, °C.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Heat to the air that the model does not know of, W.
    #[must_use]
    pub fn disturbance_w(&self) -> f64 {
        self.disturbance_w
    }

    /// Whether a window is believed to stand open.
    #[must_use]
    pub fn window_open(&self) -> bool {
        self.window.is_open()
    }

    /// How long a window has been believed open, s; zero when none is.
    #[must_use]
    pub fn window_open_s(&self) -> f64 {
        self.window.open_for_s()
    }

    /// Whether it has had the time to find what the model does not know.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.age_s >= SETTLED_S
    }

    /// The model has changed: what was unknown to the old one may be known to the new.
    pub fn unsettle(&mut self) {
        self.age_s = 0.0;
    }

    /// How long there has been no reading that is believed, s.
    #[must_use]
    pub fn blind_s(&self) -> f64 {
        self.blind_s
    }

    /// Why the last reading was not believed; `None` when it was.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    /// Lives through a step of `step_s` seconds, of which `step` is the model's, with `inputs` (of whose disturbance all is
    /// known; this learns what is not), and hears what the sensors say at its end. `rated_w` bounds what heat can be
    /// unknown.
    pub fn advance(
        &mut self,
        (model, step, step_s): (&RoomModel, &Step, f64),
        rated_w: f64,
        inputs: &Inputs,
        sensed: &Sensed,
    ) -> Observed {
        let believed = Inputs { disturbance_w: inputs.disturbance_w + self.disturbance_w, ..*inputs };
        let expected = step.after(&self.state, &believed);
        self.state = expected;
        let expectation = (expected[0], self.window.is_open());
        let reading = self.sensor.judge(sensed.air_c, expectation, step_s);
        self.doubt = reading.err();
        let Ok(air_c) = reading else {
            // Of a long step nobody can say that no reading came in it: clocks are set.
            self.blind_s += step_s.min(LONGEST_BLIND_STEP_S);
            self.window.nothing_seen(step_s);
            self.hear_heater(sensed.heater_c, step_s);
            return Observed { innovation_k: None, doubt: self.doubt };
        };
        let was_blind = self.blind_s >= FORGET_AFTER_S || step_s >= FORGET_AFTER_S;
        self.blind_s = 0.0;
        self.age_s += step_s.min(LONGEST_BLIND_STEP_S);
        let innovation_k = air_c - expected[0];
        // While the model is a guess, a room that cools faster than it says is no window.
        if self.age_s >= HURRY_S {
            self.window.watch((air_c, innovation_k), sensed.co2_ppm, step_s);
        }
        if was_blind {
            *self = Self { sensor: self.sensor.clone(), ..Self::begin(model, air_c, inputs.outdoor_c) };
        } else if innovation_k.abs() > LOST_K {
            self.state[0] = air_c;
        } else {
            self.correct(model, rated_w, innovation_k, step_s);
        }
        self.hear_heater(sensed.heater_c, step_s);
        Observed { innovation_k: Some(innovation_k), doubt: None }
    }

    fn correct(&mut self, model: &RoomModel, rated_w: f64, innovation_k: f64, step_s: f64) {
        if self.window.is_open() {
            // No model knows what comes in; only from where the air really is can be seen that it is closed again.
            self.state[0] += innovation_k;
            return;
        }
        self.state[0] += over_step(AIR_GAIN, step_s) * innovation_k;
        let hurry = 1.0 + (HURRY - 1.0) * (-self.age_s / HURRY_S).exp();
        let clip_k = CLIP_K * hurry.sqrt();
        let clipped_k = innovation_k.clamp(-clip_k, clip_k);
        self.state[1] += over_step(MASS_GAIN, step_s) * clipped_k;
        let per_kelvin = hurry.sqrt() * DISTURBANCE_GAIN * model.air_j_per_k / GAIN_STEP_S;
        // Several short steps add up to one of five minutes; a long one teaches no more than half an hour.
        let steps = (step_s / GAIN_STEP_S).min(6.0);
        self.disturbance_w = (self.disturbance_w + per_kelvin * clipped_k * steps)
            .clamp(LEAST_DISTURBANCE * rated_w, MOST_DISTURBANCE * rated_w);
    }

    fn hear_heater(&mut self, heater_c: Option<f64>, step_s: f64) {
        if let Some(heater_c) = heater_c.filter(|celsius| (-30.0..=150.0).contains(celsius)) {
            self.state[2] += over_step(HEATER_GAIN, step_s) * (heater_c - self.state[2]);
        }
    }
}

/// A gain that is given for five minutes, over a step of another length.
fn over_step(gain: f64, step_s: f64) -> f64 {
    1.0 - (1.0 - gain).powf(step_s / GAIN_STEP_S)
}
