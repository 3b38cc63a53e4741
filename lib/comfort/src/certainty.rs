//! How sure a learned room is, and whether it should be asked by a small dither of its setpoint.

use nalgebra::{SMatrix, SVector};
use serde::{Deserialize, Serialize};

use crate::theta::{PARAMETERS, Scale, Theta};

/// A heat loss or time constant less sure than this, one standard deviation of its logarithm, is worth a dither:
/// a plan's preheating time and energy are wrong by about as much, and a fifth is what occupants' habits blur anyway.
const SURE_ENOUGH: f64 = 0.2;
/// Step of the differences, in units of θ.
const DIFFERENCE: f64 = 1e-4;

/// Inverse of a covariance of θ.
pub(crate) type Information = SMatrix<f64, PARAMETERS, PARAMETERS>;

/// Standard deviations of the logarithms of what matters most: 0.1 is about ten percent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Certainty {
    /// Of the heat loss.
    pub heat_loss_spread: f64,
    /// Of the time constant.
    pub time_constant_spread: f64,
}

impl Certainty {
    /// From the covariance of θ by the first derivatives (delta method).
    pub(crate) fn of(scale: &Scale, theta: &Theta, information: &Information) -> Self {
        let at = |theta: &Theta| {
            let model = scale.room(theta).model;
            [model.heat_loss_w_per_k().ln(), model.time_constant_s().ln()]
        };
        let here = at(theta);
        let slope = |of: usize| {
            SVector::<f64, PARAMETERS>::from_fn(|i, _| {
                let mut moved = *theta;
                moved.0[i] += DIFFERENCE;
                (at(&moved)[of] - here[of]) / DIFFERENCE
            })
        };
        let spread = |of: usize| {
            let slope = slope(of);
            // Information that has no inverse knows nothing.
            let variance = information.cholesky().map(|factor| slope.dot(&factor.solve(&slope)));
            variance.filter(|variance| variance.is_finite()).map_or(f64::MAX, f64::sqrt)
        };
        Self { heat_loss_spread: spread(0), time_constant_spread: spread(1) }
    }

    /// Whether to go over from `known` to this would forget the heat loss: it was known better, and is now not known well.
    /// A summer without heating teaches nothing of it and is not to undo what the winter taught.
    pub(crate) fn forgets(&self, known: &Self) -> bool {
        self.heat_loss_spread > SURE_ENOUGH && self.heat_loss_spread > known.heat_loss_spread
    }

    /// Whether a small dither of the setpoint (±0.4 K) is wanted, as the room does not know itself well enough.
    #[must_use]
    pub fn wants_excitation(&self) -> bool {
        self.heat_loss_spread > SURE_ENOUGH || self.time_constant_spread > SURE_ENOUGH
    }
}
