//! Everything that is known of one room: its model, its people, its daily round and how to observe it.

use serde::{Deserialize, Serialize};

use crate::certainty::Certainty;
use crate::history::QUARTERS_PER_DAY;
use crate::model::RoomModel;

/// What is learned of a room; before learning, what its prior says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Room {
    /// The model that plans are made with.
    pub model: RoomModel,
    /// Heat of people and what they switch on at presence 1, W.
    pub presence_w: f64,
    /// Heat that comes and goes every day and that nothing else explains.
    pub daily: DailyGain,
    /// How far the observer follows what it sees.
    pub gains: ObserverGains,
    /// How sure all this is.
    pub certainty: Certainty,
}

/// Unknown heat by time of day: two waves of mean zero, in W.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DailyGain {
    /// Cosine and sine of the day, then of the half day, W; the day begins at the midnight of the history's clock.
    pub waves_w: [f64; 4],
}

/// Shares of an innovation that the observer of the quarter hours believes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ObserverGains {
    /// Of the air temperature, 0..1.
    pub air: f64,
    /// Of the mass temperature, K/K.
    pub mass: f64,
    /// Of the passing disturbance, in parts of the heat that alone would explain the innovation in a quarter hour.
    pub passing: f64,
    /// Of the lasting disturbance, in the same parts.
    pub lasting: f64,
}

impl DailyGain {
    /// The heat in a quarter hour of the day, W.
    #[must_use]
    pub fn at_slot_w(&self, slot_of_day: usize) -> f64 {
        let slot = (slot_of_day % QUARTERS_PER_DAY) as f64;
        let (sine, cosine) = (std::f64::consts::TAU * slot / QUARTERS_PER_DAY as f64).sin_cos();
        let [day_cosine, day_sine, half_cosine, half_sine] = self.waves_w;
        // Of the doubled angle.
        let (double_sine, double_cosine) = (2.0 * sine * cosine, cosine * cosine - sine * sine);
        day_cosine * cosine + day_sine * sine + half_cosine * double_cosine + half_sine * double_sine
    }
}
