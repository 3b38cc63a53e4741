//! The model of a room: two capacities and a heater with a lag, in continuous time and exactly in steps.
//!
//! ```text
//!              heater Th ──(1−φ)·Uh──┐             ┌── Uao ── outdoors To
//!   u watts ──> Ch │                 air Ta ───────┤
//!                  └──────φ·Uh────── │ Uam         gA·S + q + d
//!                                    mass Tm ── Umo ── outdoors To
//!                                     gM·S
//! ```
//! `Ca dTa/dt = Uao(To−Ta) + Uam(Tm−Ta) + (1−φ)Uh(Th−Ta) + gA·S + q + d`
//! `Cm dTm/dt = Uam(Ta−Tm) + Umo(To−Tm) + φUh(Th−Ta) + gM·S`
//! `Ch dTh/dt = Uh(Ta−Th) + u`

use nalgebra::{Matrix3, Matrix3x4, SMatrix, Vector3, Vector4};
use serde::{Deserialize, Serialize};

/// Temperatures of air, mass and heater, °C, in this order.
pub type State = Vector3<f64>;

/// What a room is made of, as far as its temperature goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RoomModel {
    /// Capacity of air and what follows it at once, Ca, J/K.
    pub air_j_per_k: f64,
    /// Capacity of walls, floor and furniture, Cm, J/K.
    pub mass_j_per_k: f64,
    /// Air to outdoors, Uao, W/K.
    pub air_outdoor_w_per_k: f64,
    /// Air to mass, Uam, W/K.
    pub air_mass_w_per_k: f64,
    /// Mass to outdoors, Umo, W/K.
    pub mass_outdoor_w_per_k: f64,
    /// Sun that warms the air per unit of irradiance S, gA, m² where S is in W/m².
    pub air_solar_m2: f64,
    /// Sun that warms the mass, gM, m².
    pub mass_solar_m2: f64,
    /// Constant inner gain, q, W.
    pub inner_gain_w: f64,
    /// The heater.
    pub emitter: Emitter,
}

/// How a heater passes its power on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Emitter {
    /// Heater to room, Uh, W/K: rated power over the excess temperature at rated power.
    pub conductance_w_per_k: f64,
    /// Time constant, s: Ch = lag · Uh.
    pub lag_s: f64,
    /// Share φ of the heat that goes to the mass by radiation, 0..=1.
    pub radiant_share: f64,
}

/// What acts on a room during a step; constant within it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Inputs {
    /// Electric power of the heater, u, W.
    pub power_w: f64,
    /// Outdoor temperature, To, °C.
    pub outdoor_c: f64,
    /// Irradiance or what stands for it, S, in the unit for which the model was learned (W/m²).
    pub sun_w_per_m2: f64,
    /// Heat to the air that the model does not know of, d, W.
    pub disturbance_w: f64,
}

/// A room's model over one step of fixed length: `x⁺ = A·x + B·[u, To, S, q+d]`, exact for inputs constant within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// A: what remains of the state.
    pub decay: Matrix3<f64>,
    /// B: what each input adds, in the order u, To, S, q + d.
    pub gain: Matrix3x4<f64>,
    inner_gain_w: f64,
}

impl RoomModel {
    /// The model over steps of `step_s` seconds, by the exponential of the matrix of states and inputs (Van Loan 1978).
    #[must_use]
    pub fn over(&self, step_s: f64) -> Step {
        let (states, inputs) = self.rates();
        let mut both = SMatrix::<f64, 7, 7>::zeros();
        both.fixed_view_mut::<3, 3>(0, 0).copy_from(&(states * step_s));
        both.fixed_view_mut::<3, 4>(0, 3).copy_from(&(inputs * step_s));
        let exponential = both.exp();
        Step {
            decay: exponential.fixed_view::<3, 3>(0, 0).into_owned(),
            gain: exponential.fixed_view::<3, 4>(0, 3).into_owned(),
            inner_gain_w: self.inner_gain_w,
        }
    }

    /// Heat lost to outdoors per kelvin in the steady state, W/K: the air's own way and the way through the mass.
    #[must_use]
    pub fn heat_loss_w_per_k(&self) -> f64 {
        let (inner, outer) = (self.air_mass_w_per_k, self.mass_outdoor_w_per_k);
        let through_mass = if inner + outer > 0.0 { inner * outer / (inner + outer) } else { 0.0 };
        self.air_outdoor_w_per_k + through_mass
    }

    /// Capacity over heat loss, s: how long the whole room takes to cool to 1/e without heat.
    #[must_use]
    pub fn time_constant_s(&self) -> f64 {
        (self.air_j_per_k + self.mass_j_per_k) / self.heat_loss_w_per_k()
    }

    /// d/dt of the states by the states, 1/s, and by the inputs.
    fn rates(&self) -> (Matrix3<f64>, Matrix3x4<f64>) {
        let Emitter { conductance_w_per_k: uh, lag_s, radiant_share: phi } = self.emitter;
        let (uao, uam, umo) = (self.air_outdoor_w_per_k, self.air_mass_w_per_k, self.mass_outdoor_w_per_k);
        let (ca, cm, ch) = (self.air_j_per_k, self.mass_j_per_k, lag_s * uh);
        let states = Matrix3::new(
            -(uao + uam + (1.0 - phi) * uh) / ca,
            uam / ca,
            (1.0 - phi) * uh / ca,
            (uam - phi * uh) / cm,
            -(uam + umo) / cm,
            phi * uh / cm,
            uh / ch,
            0.0,
            -uh / ch,
        );
        let inputs = Matrix3x4::new(
            0.0,
            uao / ca,
            self.air_solar_m2 / ca,
            1.0 / ca, //
            0.0,
            umo / cm,
            self.mass_solar_m2 / cm,
            0.0, //
            1.0 / ch,
            0.0,
            0.0,
            0.0,
        );
        (states, inputs)
    }
}

impl Step {
    /// The state one step later.
    #[must_use]
    pub fn after(&self, state: &State, inputs: &Inputs) -> State {
        self.decay * state + self.gain * self.vector(inputs)
    }

    /// What everything but the heater's power adds in one step.
    #[must_use]
    pub fn drift(&self, inputs: &Inputs) -> State {
        self.gain * self.vector(&Inputs { power_w: 0.0, ..*inputs })
    }

    /// The state one step later without the heater, where everything else adds `drift`.
    #[must_use]
    pub fn coast(&self, state: &State, drift: &State) -> State {
        self.decay * state + drift
    }

    /// What a watt of the heater adds in one step, K.
    #[must_use]
    pub fn per_watt(&self) -> State {
        self.gain.column(0).into_owned()
    }

    fn vector(&self, inputs: &Inputs) -> Vector4<f64> {
        let gain_w = self.inner_gain_w + inputs.disturbance_w;
        Vector4::new(inputs.power_w, inputs.outdoor_c, inputs.sun_w_per_m2, gain_w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An office of 18 m².
    const ROOM: RoomModel = RoomModel {
        air_j_per_k: 4.0e5,
        mass_j_per_k: 3.5e6,
        air_outdoor_w_per_k: 18.0,
        air_mass_w_per_k: 200.0,
        mass_outdoor_w_per_k: 6.0,
        air_solar_m2: 0.2,
        mass_solar_m2: 0.8,
        inner_gain_w: 30.0,
        emitter: Emitter { conductance_w_per_k: 20.0, lag_s: 900.0, radiant_share: 0.35 },
    };
    const INPUTS: Inputs =
        Inputs { power_w: 500.0, outdoor_c: 3.0, sun_w_per_m2: 100.0, disturbance_w: -20.0 };

    #[test]
    fn a_long_step_ends_where_many_short_ones_do() {
        let start = State::new(18.0, 17.0, 25.0);
        let hour = ROOM.over(3600.0).after(&start, &INPUTS);
        let short = ROOM.over(10.0);
        let many = (0..360).fold(start, |state, _| short.after(&state, &INPUTS));
        assert!((hour - many).norm() < 1e-9, "{hour} {many}");
    }

    #[test]
    fn a_short_step_follows_the_heat_balances_written_out() {
        let (state, dt) = (State::new(18.0, 17.0, 25.0), 1e-3);
        let rate = (ROOM.over(dt).after(&state, &INPUTS) - state) / dt;
        let air =
            (18.0 * (3.0 - 18.0) + 200.0 * (17.0 - 18.0) + 0.65 * 20.0 * 7.0 + 20.0 + 30.0 - 20.0) / 4.0e5;
        let mass = (200.0 * (18.0 - 17.0) + 6.0 * (3.0 - 17.0) + 0.35 * 20.0 * 7.0 + 80.0) / 3.5e6;
        let heater = (20.0 * (18.0 - 25.0) + 500.0) / (900.0 * 20.0);
        assert!((rate - State::new(air, mass, heater)).norm() < 1e-6, "{rate}");
    }

    #[test]
    fn at_rest_the_heat_put_in_is_the_heat_lost() {
        let day = ROOM.over(1e7);
        let rest = day.after(&State::zeros(), &Inputs { sun_w_per_m2: 0.0, ..INPUTS });
        let shares_to_mass = 0.35 * 500.0;
        let lost = 18.0 * (rest[0] - 3.0) + 6.0 * (rest[1] - 3.0);
        assert!((lost - (500.0 + 30.0 - 20.0)).abs() < 1e-6, "{lost}");
        assert!((200.0 * (rest[1] - rest[0]) + 6.0 * (rest[1] - 3.0) - shares_to_mass).abs() < 1e-6);
        assert!((ROOM.heat_loss_w_per_k() - (18.0 + 1200.0 / 206.0)).abs() < 1e-12);
    }
}
