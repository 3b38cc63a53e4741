//! How well a room is predicted: errors at 1, 6 and 24 hours, beside those of "it stays as it is".

use serde::{Deserialize, Serialize};

use super::predictor::Pass;
use super::record::{PER_HOUR, Record};
use crate::history::History;
use crate::room::Room;

/// Root mean square errors of predictions of the air temperature with known inputs, each over the predictions that
/// the history can judge; `None` where it can judge none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Errors {
    /// One hour ahead.
    pub one_hour: Option<HorizonError>,
    /// Six hours ahead.
    pub six_hours: Option<HorizonError>,
    /// A day ahead.
    pub day: Option<HorizonError>,
}

impl Errors {
    /// The error so many hours ahead, root mean square, K: straight lines between nothing now and the horizons that were
    /// judged, and as the last of them beyond; nothing where none was.
    #[must_use]
    pub fn rmse_k(&self, ahead_h: f64) -> f64 {
        let judged = [(1.0, &self.one_hour), (6.0, &self.six_hours), (24.0, &self.day)];
        let mut before = (0.0, 0.0);
        for (at_h, error) in judged {
            let Some(error) = error else { continue };
            if ahead_h <= at_h {
                let along = (ahead_h.max(0.0) - before.0) / (at_h - before.0);
                return before.1 + along * (error.rmse_k - before.1);
            }
            before = (at_h, error.rmse_k);
        }
        before.1
    }
}

/// The error at one horizon.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct HorizonError {
    /// Of the room's model, root mean square, K.
    pub rmse_k: f64,
    /// Of the temperature at the start held for ever, on the same predictions, K.
    pub persistence_k: f64,
    /// How many predictions were judged.
    pub count: usize,
}

/// The horizons that are judged, in slots.
const HORIZONS: [usize; 3] = [PER_HOUR, 6 * PER_HOUR, 24 * PER_HOUR];

/// The errors of what is known of a room over its history.
///
/// Every prediction starts from the state of an observer that saw the room until then, and knows the inputs over its
/// horizon, so that the figures judge the model of the room and not the weather forecast.
#[must_use]
pub fn errors(room: &Room, history: &History) -> Errors {
    judge(&Record::of(history), room, 0)
}

/// Measured less predicted air temperature `ahead` slots after the end of each slot, K, predicted there as `errors`
/// does; `None` where that cannot be judged.
#[must_use]
pub fn residuals_k(room: &Room, history: &History, ahead: usize) -> Vec<Option<f64>> {
    let record = Record::of(history);
    let pass = Pass::of(room, &record, &[ahead]);
    (0..record.slots.len())
        .map(|from| record.judges(from, from + ahead).then(|| pass.error_k(from, 0, ahead)))
        .collect()
}

/// The errors of the predictions that end at slot `since` or later.
pub(super) fn judge(record: &Record, room: &Room, since: usize) -> Errors {
    let pass = Pass::of(room, record, &HORIZONS);
    let at = |horizon: usize| {
        let ahead = HORIZONS[horizon];
        let starts = since.saturating_sub(ahead)..record.slots.len().saturating_sub(ahead);
        let (mut squares, mut still, mut count) = (0.0, 0.0, 0);
        for from in starts.filter(|&from| record.judges(from, from + ahead)) {
            squares += pass.error_k(from, horizon, ahead).powi(2);
            still += (record.air(from + ahead) - record.air(from)).powi(2);
            count += 1;
        }
        let mean = |sum: f64| (sum / count as f64).sqrt();
        (count > 0).then(|| HorizonError { rmse_k: mean(squares), persistence_k: mean(still), count })
    };
    Errors { one_hour: at(0), six_hours: at(1), day: at(2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_grow_along_straight_lines_between_what_was_judged() {
        let error = |rmse_k| Some(HorizonError { rmse_k, ..HorizonError::default() });
        let errors = Errors { one_hour: error(0.2), six_hours: error(0.7), day: error(1.6) };
        let at = |ahead_h| (errors.rmse_k(ahead_h) * 1000.0).round() / 1000.0;
        assert_eq!(
            [at(0.5), at(1.0), at(3.5), at(15.0), at(24.0), at(24.5)],
            [0.1, 0.2, 0.45, 1.15, 1.6, 1.6]
        );
        let young = Errors { day: None, ..errors };
        assert!((young.rmse_k(24.0) - 0.7).abs() < 1e-12, "as the last that was judged");
    }
}
