//! Learning a room from what was seen of it: once a night, within a few milliseconds.

mod emitter;
mod errors;
mod fit;
mod observer;
mod predictor;
mod record;
#[cfg(test)]
mod tests;

use crate::certainty::Certainty;
use crate::history::{History, QUARTERS_PER_DAY};
use crate::prior::Prior;
use crate::room::Room;
use crate::theta::Theta;
use errors::judge;
use fit::{Fit, Problem};
use record::Record;

pub(crate) use emitter::measured_emitter;
pub use errors::{Errors, HorizonError, errors, residuals_k};

/// A new room is taken only where its errors are smaller by this part: less is luck of the day.
const LEAST_GAIN: f64 = 0.02;

/// What a night of learning gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lesson {
    /// What the days before the last one taught.
    pub room: Room,
    /// Whether it predicts the last day, from which it did not learn, better than what was known before: its errors at
    /// 1 h and at 6 h are both smaller by 2 %, and it does not forget a heat loss that was known. Where not, what was
    /// known stays.
    pub accepted: bool,
    /// Errors of the new room on the last day.
    pub errors: Errors,
    /// Errors on the last day of what was known before.
    pub errors_before: Errors,
}

/// Learns from all days but the last and judges on the last. `None` where the history is too short or too disturbed
/// for either.
///
/// An accepted room is not fitted again with the last day in: the next night does that, and a fit that nobody judged
/// never drives a room.
#[must_use]
pub fn learn(prior: &Prior, known: &Room, history: &History) -> Option<Lesson> {
    let prior = prior.with_measured_emitter(history);
    let record = Record::of(history);
    let last_day = record.slots.len().saturating_sub(QUARTERS_PER_DAY);
    let fit = solve(&prior, known, &record, last_day)?;
    let room = learned(&prior, &fit);
    let (errors, errors_before) = (judge(&record, &room, last_day), judge(&record, known, last_day));
    let accepted = clearly_less(&errors, &errors_before)? && !room.certainty.forgets(&known.certainty);
    Some(Lesson { room, accepted, errors, errors_before })
}

/// The most probable room after the whole history, searched from what is known, without anyone judging it; what is
/// known where the history can teach nothing. One call is one night's work; more calls come closer.
#[must_use]
pub fn fit(prior: &Prior, known: &Room, history: &History) -> Room {
    let record = Record::of(history);
    let until = record.slots.len();
    solve(prior, known, &record, until).map_or(*known, |fit| learned(prior, &fit))
}

fn solve(prior: &Prior, known: &Room, record: &Record, until: usize) -> Option<Fit> {
    let scale = prior.scale();
    let middle = scale.theta(&prior.room)?;
    let start: Theta = scale.theta(known).unwrap_or(middle);
    Problem { record, scale, middle, spread: prior.spread, until }.solve(&start)
}

fn learned(prior: &Prior, fit: &Fit) -> Room {
    let scale = prior.scale();
    Room { certainty: Certainty::of(&scale, &fit.theta, &fit.information), ..scale.room(&fit.theta) }
}

/// `None` where the last day judged no prediction.
fn clearly_less(new: &Errors, old: &Errors) -> Option<bool> {
    let pairs = [(new.one_hour?, old.one_hour?), (new.six_hours?, old.six_hours?)];
    Some(pairs.iter().all(|(new, old)| new.rmse_k < (1.0 - LEAST_GAIN) * old.rmse_k))
}
