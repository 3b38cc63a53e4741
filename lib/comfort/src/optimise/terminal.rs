//! What the heat in a room is worth when the horizon ends.

use crate::model::{RoomModel, State};

/// The worth of each state at the end of the horizon, in cost per kelvin.
///
/// From the end on let the air be held at its lower bound. With `η = Uam/(Uam+Umo)`, the share of the mass's heat that
/// returns to the air, and `s = (1−φ) + φη`, the share of a watt that serves the room, the sum
/// `E = Ca·Ta + η·Cm·Tm + s·Ch·Th` obeys
///
/// `dE/dt = s·u + Uao(To−Ta) + ηUmo(To−Ta) + (gA+ηgM)S + q + d`
///
/// in which neither Tm nor Th is left. Hence `∫u dt` from the end on is exactly linear in E, and a kelvin is worth
/// `[Ca, η·Cm, s·Ch]/s` joules of the heater: this is no estimate, as long as the room needs heat at all.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Terminal {
    /// Cost saved by one kelvin more in Ta, Tm and Th.
    pub worth_per_k: State,
}

impl Terminal {
    /// The worth of heat that replaces the heater's at `cost_per_j`.
    #[must_use]
    pub fn of(model: &RoomModel, cost_per_j: f64) -> Self {
        let (inner, outer) = (model.air_mass_w_per_k, model.mass_outdoor_w_per_k);
        let returned = if inner + outer > 0.0 { inner / (inner + outer) } else { 1.0 };
        let radiant = model.emitter.radiant_share;
        let served = (1.0 - radiant) + radiant * returned;
        let heater_j_per_k = model.emitter.lag_s * model.emitter.conductance_w_per_k;
        if served <= 0.0 {
            return Self::default();
        }
        let joules =
            State::new(model.air_j_per_k / served, returned * model.mass_j_per_k / served, heater_j_per_k);
        Self { worth_per_k: joules * cost_per_j }
    }

    /// The worth of heat at the end of a plan whose watt costs `cost_per_w` in each step of `step_s` seconds.
    ///
    /// A joule kept replaces one bought later, at a price that is not known; the mean of the plan stands for it. It is
    /// never worth more than a joule costs in the last step, or the plan would hoard there; never less than nothing,
    /// or heat that pays for itself would empty the room; and it is worth something only as far as the room will need
    /// heat: `need_share` is the share of steps (0..=1) in which holding the lower bound takes power.
    #[must_use]
    pub fn after(model: &RoomModel, cost_per_w: &[f64], step_s: f64, need_share: f64) -> Self {
        let Some(last) = cost_per_w.last() else { return Self::default() };
        let mean = cost_per_w.iter().sum::<f64>() / cost_per_w.len() as f64;
        Self::of(model, mean.min(*last).max(0.0) / step_s * need_share.clamp(0.0, 1.0))
    }
}
