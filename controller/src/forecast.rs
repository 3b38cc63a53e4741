//! What is told of a room's thoughts: its plan of the day ahead, how sure it is, and what was learned of the room.

use comfort::{Errors, HALF_HOUR_S, HorizonError};
use vocabulary::{RoomForecast, RoomLearned, Timestamp};

use crate::memory::RoomMemory;

/// The forecast that came of a room's thought at `as_of`; `None` where there was none.
pub(crate) fn forecast(known: &RoomMemory, as_of: Timestamp) -> Option<RoomForecast> {
    let thought = known.thought.as_ref()?;
    let errors_k = known.mind.errors().and_then(horizons_k);
    let model = &known.mind.room().model;
    Some(RoomForecast {
        as_of,
        first_step_s: thought.first_s.round() as u32,
        step_s: HALF_HOUR_S as u32,
        power_w: rounded(&thought.power_w, 1.0),
        air_c: rounded(&thought.air_c, 100.0),
        error_k: errors_k.map_or_else(Vec::new, |errors_k| {
            let ahead_h = |k: usize| (thought.first_s + k as f64 * HALF_HOUR_S) / 3600.0;
            (0..thought.air_c.len())
                .map(|k| (error_k(&errors_k, ahead_h(k)) * 100.0).round() as f32 / 100.0)
                .collect()
        }),
        low_c: rounded(&thought.low_c, 100.0),
        high_c: rounded(&thought.high_c, 100.0),
        presence: rounded(&thought.presence, 100.0),
        learned: RoomLearned {
            since: known.learned_at,
            time_constant_h: (model.time_constant_s() / 360.0).round() / 10.0,
            heat_loss_w_per_k: (model.heat_loss_w_per_k() * 10.0).round() / 10.0,
            errors_k: errors_k.map(|errors| errors.map(|error| (error * 1000.0).round() / 1000.0)),
        },
    })
}

/// Errors one, six and twenty-four hours ahead, where the last day judged all three.
fn horizons_k(errors: &Errors) -> Option<[f64; 3]> {
    let rmse_k = |error: &HorizonError| error.rmse_k;
    let [hour, six, day] =
        [&errors.one_hour, &errors.six_hours, &errors.day].map(|error| error.as_ref().map(rmse_k));
    Some([hour?, six?, day?])
}

/// The error so far ahead: straight lines between nothing now and the three horizons, and as the last beyond.
fn error_k(errors_k: &[f64; 3], ahead_h: f64) -> f64 {
    let known = [(0.0, 0.0), (1.0, errors_k[0]), (6.0, errors_k[1]), (24.0, errors_k[2])];
    let piece = known.windows(2).find(|pair| ahead_h <= pair[1].0);
    piece.map_or(errors_k[2], |pair| {
        let ((from_h, from_k), (to_h, to_k)) = (pair[0], pair[1]);
        from_k + (to_k - from_k) * (ahead_h - from_h) / (to_h - from_h)
    })
}

/// To the nearest of `per_unit` steps a unit: digits that nobody reads would be half of the message.
fn rounded(values: &[f32], per_unit: f32) -> Vec<f32> {
    values.iter().map(|value| (value * per_unit).round() / per_unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_grow_along_straight_lines_between_what_was_judged() {
        let errors_k = [0.2, 0.7, 1.6];
        let at = |ahead_h| (error_k(&errors_k, ahead_h) * 1000.0).round() / 1000.0;
        assert_eq!(
            [at(0.5), at(1.0), at(3.5), at(15.0), at(24.0), at(24.5)],
            [0.1, 0.2, 0.45, 1.15, 1.6, 1.6]
        );
    }
}
