//! What a room's controller expects and plans for the day ahead, and what it has learned of the room.

use serde::{Deserialize, Serialize};

use crate::calendar::Timestamp;
use crate::payload::Payload;

/// A room's plan for the day ahead, retained. All series have one value a step, the first step begins at `as_of`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomForecast {
    /// When this was thought.
    #[serde(rename = "as_of_ms")]
    pub as_of: Timestamp,
    /// Length of the first step: it ends on a half hour of the clock.
    pub first_step_s: u32,
    /// Length of every other step.
    pub step_s: u32,
    /// Heat planned, watts.
    pub power_w: Vec<f32>,
    /// Air expected at the end of each step, °C.
    pub air_c: Vec<f32>,
    /// How far the air is usually from what was expected so far ahead, K: one standard deviation. Empty
    /// while too little was seen.
    pub error_k: Vec<f32>,
    /// Not colder than this during each step, °C: what is planned for.
    pub low_c: Vec<f32>,
    /// Not warmer than this during each step, °C.
    pub high_c: Vec<f32>,
    /// The probability that somebody is there, 0..=1.
    pub presence: Vec<f32>,
    /// What was learned of the room.
    pub learned: RoomLearned,
}

/// What a controller has learned of a room.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RoomLearned {
    /// When the model in use was learned; `None` while it is a guess from the heater's rating and the room's size.
    #[serde(rename = "since_ms")]
    pub since: Option<Timestamp>,
    /// How long the room takes to cool to 1/e without heat, hours.
    pub time_constant_h: f64,
    /// Heat lost to outdoors per kelvin, W/K.
    pub heat_loss_w_per_k: f64,
    /// How far predictions were off over the last days, one, six and twenty-four hours ahead: root mean square, K.
    /// `None` where too little was seen to judge that far.
    pub errors_k: [Option<f64>; 3],
}

impl Payload for RoomForecast {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_survives_the_wire() {
        let forecast = RoomForecast {
            as_of: Timestamp::from_ms(5),
            first_step_s: 600,
            step_s: 1800,
            power_w: vec![200.0, 0.0],
            air_c: vec![19.5, 19.25],
            error_k: vec![0.25, 0.5],
            low_c: vec![19.0, 17.0],
            high_c: vec![22.0, 22.0],
            presence: vec![0.5, 0.125],
            learned: RoomLearned {
                since: None,
                time_constant_h: 61.5,
                heat_loss_w_per_k: 24.0,
                errors_k: [Some(0.1), Some(0.3), None],
            },
        };
        assert_eq!(RoomForecast::decode(&forecast.encode()).unwrap(), forecast);
    }
}
