//! Whether a window stands open: the air cools faster than anything else explains, and breath leaves with it.

use serde::{Deserialize, Serialize};

/// With CO₂ falling beside it, so much colder than expected in one step is a window, K.
const COLDER_WITH_CO2_K: f64 = -0.3;
/// Without CO₂ to ask, twice that.
const COLDER_ALONE_K: f64 = -0.6;
/// And it has really cooled by this within five minutes, K. A room that is slower than its model, or whose heater gives less than
/// it says, is always colder than expected while it is heated; taken for a window, it would not be heated, and that not learned.
const COOLED_K: f64 = -0.25;
/// CO₂ that falls by this share of what is above outdoor air within five minutes leaves through more than any ventilation
/// (2 air changes an hour take 15 %).
const CO2_FALLS: f64 = 0.2;
const OUTDOOR_CO2_PPM: f64 = 425.0;
/// Below this above outdoor air CO₂ tells nothing of windows.
const CO2_TELLS_PPM: f64 = 100.0;
/// Where the room does again what a closed one would, but for this much, the window is closed: half of what tells an open
/// one, K in five minutes. Airing takes minutes, and a room that is not heated for a quarter of an hour after it is cold.
const CLOSED_WITHIN_K: f64 = -0.15;
/// A window is believed open for this long after it was last noticed, s: who airs a room does it for some minutes.
const HOLDS_S: f64 = 900.0;
/// And for no longer than this: after it a cold room is a cold room.
const LONGEST_S: f64 = 1800.0;
/// Before it is believed anew, s.
const REST_S: f64 = 1800.0;

/// What is remembered of a window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct WindowWatch {
    air_c: Option<f64>,
    co2_ppm: Option<f64>,
    open_for_s: f64,
    holds_s: f64,
    rest_s: f64,
}

impl WindowWatch {
    pub(super) fn is_open(&self) -> bool {
        self.holds_s > 0.0
    }

    /// How long it has been open, s.
    pub(super) fn open_for_s(&self) -> f64 {
        self.open_for_s
    }

    /// Sees a step at whose end the air is at `air_c`, `innovation_k` warmer than expected.
    pub(super) fn watch(&mut self, (air_c, innovation_k): (f64, f64), co2_ppm: Option<f64>, step_s: f64) {
        let warmed_k = self.air_c.replace(air_c).map_or(0.0, |before_c| air_c - before_c);
        let before_ppm = std::mem::replace(&mut self.co2_ppm, co2_ppm);
        let five_minutes = (step_s / 300.0).min(3.0);
        let colder = match (before_ppm, co2_ppm) {
            (Some(before), Some(now)) if before > OUTDOOR_CO2_PPM + CO2_TELLS_PPM => {
                innovation_k < COLDER_WITH_CO2_K
                    && (before - now) > CO2_FALLS * five_minutes * (before - OUTDOOR_CO2_PPM)
            }
            _ => innovation_k < COLDER_ALONE_K,
        };
        self.pass(step_s);
        if self.is_open() && innovation_k > CLOSED_WITHIN_K * five_minutes {
            *self = Self { air_c: self.air_c, co2_ppm, ..Self::default() };
        }
        let noticed = colder && warmed_k < COOLED_K * five_minutes;
        if noticed && self.rest_s <= 0.0 && self.open_for_s < LONGEST_S {
            self.holds_s = HOLDS_S;
        }
    }

    /// Time passes without a reading.
    pub(super) fn nothing_seen(&mut self, step_s: f64) {
        self.air_c = None;
        self.pass(step_s);
    }

    fn pass(&mut self, step_s: f64) {
        self.rest_s = (self.rest_s - step_s).max(0.0);
        if !self.is_open() {
            return;
        }
        self.open_for_s += step_s;
        self.holds_s -= step_s;
        if self.holds_s <= 0.0 || self.open_for_s >= LONGEST_S {
            let Self { air_c, co2_ppm, .. } = *self;
            *self = Self { air_c, co2_ppm, rest_s: REST_S, ..Self::default() };
        }
    }
}
