//! What is told of a room's thoughts: its plan of the day ahead, how sure it is, and what was learned of the room.

use comfort::{Errors, HALF_HOUR_S};
use vocabulary::{RoomForecast, RoomLearned, Timestamp};

use crate::memory::RoomMemory;

/// The forecast that came of a room's thought at `as_of`; `None` where there was none.
pub(crate) fn forecast(known: &RoomMemory, as_of: Timestamp) -> Option<RoomForecast> {
    let thought = known.thought.as_ref()?;
    let is_judged = |errors: &&Errors| errors.one_hour.or(errors.six_hours).or(errors.day).is_some();
    let errors = known.mind.errors().filter(is_judged);
    let model = &known.mind.room().model;
    Some(RoomForecast {
        as_of,
        first_step_s: thought.first_s.round() as u32,
        step_s: HALF_HOUR_S as u32,
        power_w: rounded(&thought.power_w, 1.0),
        air_c: rounded(&thought.air_c, 100.0),
        error_k: errors.map_or_else(Vec::new, |errors| {
            let ahead_h = |k: usize| (thought.first_s + k as f64 * HALF_HOUR_S) / 3600.0;
            (0..thought.air_c.len())
                .map(|k| (errors.rmse_k(ahead_h(k)) * 100.0).round() as f32 / 100.0)
                .collect()
        }),
        low_c: rounded(&thought.low_c, 100.0),
        high_c: rounded(&thought.high_c, 100.0),
        presence: rounded(&thought.presence, 100.0),
        learned: RoomLearned {
            since: known.learned_at,
            time_constant_h: (model.time_constant_s() / 360.0).round() / 10.0,
            heat_loss_w_per_k: (model.heat_loss_w_per_k() * 10.0).round() / 10.0,
            errors_k: errors.map_or([None; 3], horizons_k),
        },
    })
}

/// Errors one, six and twenty-four hours ahead, each where the last days judged it.
fn horizons_k(errors: &Errors) -> [Option<f64>; 3] {
    let horizons = [errors.one_hour, errors.six_hours, errors.day];
    horizons.map(|error| error.map(|error| (error.rmse_k * 1000.0).round() / 1000.0))
}

/// To the nearest of `per_unit` steps a unit: digits that nobody reads would be half of the message.
fn rounded(values: &[f32], per_unit: f32) -> Vec<f32> {
    values.iter().map(|value| (value * per_unit).round() / per_unit).collect()
}
