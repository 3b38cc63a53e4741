//! How sure a learned room is, and whether it should be asked by a small dither of its setpoint.

use nalgebra::SVector;
use serde::{Deserialize, Serialize};

use super::fit::Fit;
use crate::theta::{PARAMETERS, Scale, Theta};

/// A heat loss or time constant less sure than this, one standard deviation of its logarithm, is worth a dither:
/// a plan's preheating time and energy are wrong by about as much, and a fifth is what occupants' habits blur anyway.
const SURE_ENOUGH: f64 = 0.2;
/// Step of the differences, in units of θ.
const DIFFERENCE: f64 = 1e-4;

/// Standard deviations of the logarithms of what matters most: 0.1 is about ten percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Certainty {
    /// Of the heat loss.
    pub heat_loss_spread: f64,
    /// Of the time constant.
    pub time_constant_spread: f64,
}

impl Certainty {
    /// From the covariance of θ by the first derivatives (delta method).
    pub(super) fn of(scale: &Scale, fit: &Fit) -> Self {
        let at = |theta: &Theta| {
            let model = scale.room(theta).model;
            [model.heat_loss_w_per_k().ln(), model.time_constant_s().ln()]
        };
        let here = at(&fit.theta);
        let slope = |of: usize| {
            SVector::<f64, PARAMETERS>::from_fn(|i, _| {
                let mut moved = fit.theta;
                moved.0[i] += DIFFERENCE;
                (at(&moved)[of] - here[of]) / DIFFERENCE
            })
        };
        let spread = |of: usize| {
            let slope = slope(of);
            // Information that has no inverse knows nothing.
            let variance = fit.information.cholesky().map(|factor| slope.dot(&factor.solve(&slope)));
            variance.filter(|variance| variance.is_finite()).map_or(f64::MAX, f64::sqrt)
        };
        Self { heat_loss_spread: spread(0), time_constant_spread: spread(1) }
    }

    /// Whether a small dither of the setpoint (±0.4 K) is wanted, as the room does not know itself well enough.
    #[must_use]
    pub fn wants_excitation(&self) -> bool {
        self.heat_loss_spread > SURE_ENOUGH || self.time_constant_spread > SURE_ENOUGH
    }
}
