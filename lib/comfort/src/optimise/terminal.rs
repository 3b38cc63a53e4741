//! What the heat in a room is worth when the horizon ends.

use crate::model::{Inputs, RoomModel, State};

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
        let returned = returned(model);
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

    /// The worth of heat at the end of a plan over steps of `step_s` seconds.
    ///
    /// A joule kept replaces one bought later, at a price that is not known; the mean of the plan stands for it. It is
    /// never worth more than a joule costs in the last step, or the plan would hoard there; never less than nothing,
    /// or heat that pays for itself would empty the room; and it is worth something only as far as the room will need
    /// heat: the share of the steps in which holding the lower bound takes power stands for that.
    #[must_use]
    pub fn after(
        model: &RoomModel,
        forecast: &[Inputs],
        low_c: &[f64],
        cost_per_w: &[f64],
        step_s: f64,
    ) -> Self {
        let (Some(last), steps) = (cost_per_w.last(), forecast.len().min(low_c.len())) else {
            return Self::default();
        };
        let needing =
            forecast.iter().zip(low_c).filter(|(inputs, low)| holding_w(model, inputs, **low) > 0.0);
        let need_share = needing.count() as f64 / steps.max(1) as f64;
        let mean = cost_per_w.iter().sum::<f64>() / cost_per_w.len() as f64;
        Self::of(model, mean.min(*last).max(0.0) / step_s * need_share)
    }
}

/// Heat that must reach the air to hold it at `air_c` at rest, W: `−dE/dt` without the heater.
fn holding_w(model: &RoomModel, inputs: &Inputs, air_c: f64) -> f64 {
    let returned = returned(model);
    let sun_m2 = model.air_solar_m2 + returned * model.mass_solar_m2;
    let gains_w = sun_m2 * inputs.sun_w_per_m2 + model.inner_gain_w + inputs.disturbance_w;
    (model.air_outdoor_w_per_k + returned * model.mass_outdoor_w_per_k) * (air_c - inputs.outdoor_c) - gains_w
}

/// η: the share of the mass's heat that returns to the air.
fn returned(model: &RoomModel) -> f64 {
    let (inner, outer) = (model.air_mass_w_per_k, model.mass_outdoor_w_per_k);
    if inner + outer > 0.0 { inner / (inner + outer) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Emitter;

    const ROOM: RoomModel = RoomModel {
        air_j_per_k: 4.0e5,
        mass_j_per_k: 3.5e6,
        air_outdoor_w_per_k: 18.0,
        air_mass_w_per_k: 100.0,
        mass_outdoor_w_per_k: 30.0,
        air_solar_m2: 0.2,
        mass_solar_m2: 0.8,
        inner_gain_w: 30.0,
        emitter: Emitter { conductance_w_per_k: 20.0, lag_s: 120.0, radiant_share: 0.35 },
    };
    const WEATHER: Inputs = Inputs { power_w: 0.0, outdoor_c: 3.0, sun_w_per_m2: 50.0, disturbance_w: 0.0 };

    /// Joules that the heater takes to hold the air at 20 °C for ten days, minute by minute.
    fn joules_to_hold(start: State) -> f64 {
        let (step, mut state, mut joules) = (ROOM.over(60.0), start, 0.0);
        for _ in 0..10 * 1440 {
            let [air_c, mass_c, heater_c] = [state[0], state[1], state[2]];
            // What must reach the air to bring it to its bound in five minutes, the heater's temperature that gives
            // it, and the power that brings the heater there within the minute.
            let others_w = 18.0 * (3.0 - air_c) + 100.0 * (mass_c - air_c) + 0.2 * 50.0 + 30.0;
            let wanted_w = ROOM.air_j_per_k / 300.0 * (20.0 - air_c) - others_w;
            let goal_c = air_c + wanted_w / (0.65 * 20.0);
            let power_w = 20.0 * (heater_c - air_c) + 120.0 * 20.0 / 60.0 * (goal_c - heater_c);
            state = step.after(&state, &Inputs { power_w, ..WEATHER });
            joules += power_w * 60.0;
        }
        assert!((state[0] - 20.0).abs() < 0.01, "{state}");
        joules
    }

    #[test]
    fn a_kelvin_more_saves_just_what_it_is_worth() {
        let worth = Terminal::of(&ROOM, 1.0).worth_per_k;
        let rest = State::new(20.0, 17.0, 35.0);
        let base = joules_to_hold(rest);
        for i in 1..3 {
            let mut warmer = rest;
            warmer[i] += 1.0;
            let saved = base - joules_to_hold(warmer);
            assert!((saved / worth[i] - 1.0).abs() < 0.02, "state {i}: {saved} {}", worth[i]);
        }
    }

    #[test]
    fn heat_is_worth_nothing_where_none_will_be_needed_or_it_pays_for_itself() {
        let summer = Inputs { outdoor_c: 28.0, ..WEATHER };
        assert_eq!(Terminal::after(&ROOM, &[summer; 4], &[19.0; 4], &[1e-4; 4], 1800.0), Terminal::default());
        assert_eq!(
            Terminal::after(&ROOM, &[WEATHER; 4], &[19.0; 4], &[-1e-4; 4], 1800.0),
            Terminal::default()
        );
        let winter = Terminal::after(&ROOM, &[WEATHER; 4], &[19.0; 4], &[1e-4; 4], 1800.0);
        assert_eq!(winter, Terminal::of(&ROOM, 1e-4 / 1800.0));
        let half = Terminal::after(&ROOM, &[WEATHER, summer], &[19.0; 2], &[1e-4; 2], 1800.0);
        assert_eq!(half.worth_per_k, winter.worth_per_k * 0.5);
    }
}
