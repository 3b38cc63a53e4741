//! The one control law of the house: a PI regulator of a room's temperature with back-calculated anti-windup.
//!
//! The controller runs it per room, and every heater runs it for itself, so that what a heater says it would want is
//! comparable with what it is given. Gains: `docs/decisions/0002-pi-gains.md`.

use serde::{Deserialize, Serialize};

/// Proportional gain, share of the power range per kelvin.
const KP_PER_K: f64 = 0.6;
/// Integral time: the slow pole of a furnished room under a radiator, seconds.
const TI_S: f64 = 90.0 * 60.0;
/// Tracking time of the anti-windup, seconds.
const TT_S: f64 = 30.0 * 60.0;
/// A longer step than this tells of a pause, not of control; the integral does not run through it.
const MAX_STEP_S: f64 = 900.0;

/// The regulator's memory: its integral as a share of the power range.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pi {
    integral: f64,
}

impl Pi {
    /// The power wanted, watts in 0 to `range_w`, for a room `error_k` below its setpoint.
    #[must_use]
    pub fn wanted_w(&self, error_k: f64, range_w: f64) -> f64 {
        (self.raw(error_k).clamp(0.0, 1.0)) * range_w
    }

    /// Learns from a step of `dt_s` in which the room was `error_k` below its setpoint and really got `given_w` of
    /// `range_w`: what was wanted and not given is taken back out of the integral, so it never winds up.
    pub fn advance(&mut self, error_k: f64, given_w: f64, range_w: f64, dt_s: f64) {
        if range_w <= 0.0 {
            return;
        }
        let dt_s = dt_s.clamp(0.0, MAX_STEP_S);
        let saturation = given_w / range_w - self.raw(error_k);
        let step = KP_PER_K * error_k / TI_S * dt_s + saturation * (dt_s / TT_S).min(1.0);
        self.integral = (self.integral + step).clamp(-1.0, 1.0);
    }

    fn raw(&self, error_k: f64) -> f64 {
        KP_PER_K * error_k + self.integral
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A room that loses 30 W/K, stores 0.5 kWh/K and is heated by up to 1 kW; gives its temperature after a day.
    fn day_of_a_room(setpoint: f64, outdoor: f64, limit_w: f64) -> (f64, Pi) {
        let (mut pi, mut room) = (Pi::default(), outdoor);
        for _ in 0..24 * 60 {
            let wanted = pi.wanted_w(setpoint - room, 1000.0);
            let given = wanted.min(limit_w);
            pi.advance(setpoint - room, given, 1000.0, 60.0);
            room += (given - 30.0 * (room - outdoor)) * 60.0 / 1.8e6;
        }
        (room, pi)
    }

    #[test]
    fn a_room_settles_at_its_setpoint_without_an_offset() {
        let (room, _) = day_of_a_room(20.0, 5.0, 1000.0);
        assert!((room - 20.0).abs() < 0.1, "{room}");
    }

    #[test]
    fn a_day_at_its_limit_does_not_wind_it_up() {
        let (room, mut pi) = day_of_a_room(20.0, 0.0, 300.0);
        assert!(room < 12.0, "300 W cannot hold this room: {room}");
        // The room is suddenly warm: the regulator must let go within its tracking time, not after hours.
        for _ in 0..30 {
            let wanted = pi.wanted_w(-0.5, 1000.0);
            pi.advance(-0.5, wanted, 1000.0, 60.0);
        }
        assert!(pi.wanted_w(-0.5, 1000.0) < 300.0, "{}", pi.wanted_w(-0.5, 1000.0));
    }

    proptest! {
        #[test]
        fn whatever_happened_the_power_stays_in_its_range(
            steps in proptest::collection::vec((-100.0..100.0_f64, 0.0..2_000.0_f64, 0.0..100_000.0_f64), 1..50),
        ) {
            let mut pi = Pi::default();
            for (error, given, dt) in steps {
                pi.advance(error, given, 1000.0, dt);
                let wanted = pi.wanted_w(error, 1000.0);
                prop_assert!((0.0..=1000.0).contains(&wanted));
            }
        }
    }
}
