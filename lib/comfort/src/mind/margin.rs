//! The margin above the lower bound at which a room is kept, learned from how often the room really falls below it.

use serde::{Deserialize, Serialize};

/// Of the time in which the bound is what holds the room, it may be below by anything for this share. At 0.20 €/kWh and 25 W/K a
/// tenth of a kelvin more costs half a cent an hour, and a tenth of a kelvin too little for an hour counts five: thermometers,
/// people and doors make a few hundredths of a kelvin of scatter that nobody feels.
const BELOW_SHARE: f64 = 0.03;
/// How fast the margin follows, K per hour spent below the bound.
const RISES_K_PER_H: f64 = 0.05;
/// Nobody is kept warmer than this above what was asked, K.
const MOST_K: f64 = 0.4;
/// A room this far above its bound is held there by something else, one this far below lacks power: neither teaches
/// anything about margins, K.
const HELD_WITHIN_K: f64 = 0.5;

/// A margin in kelvins.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Margin {
    kelvins: f64,
}

impl Margin {
    pub(super) fn kelvins(self) -> f64 {
        self.kelvins
    }

    /// Learns from `step_s` seconds at `above_k` above the bound. The two rates balance where the room is below for
    /// exactly the share that it may be (stochastic approximation of a quantile, Robbins and Monro 1951).
    pub(super) fn learn(&mut self, above_k: f64, step_s: f64) {
        let hours = (step_s / 3600.0).min(1.0);
        if above_k.abs() >= HELD_WITHIN_K {
            return;
        }
        let change = RISES_K_PER_H * if above_k < 0.0 { 1.0 - BELOW_SHARE } else { -BELOW_SHARE };
        self.kelvins = (self.kelvins + change * hours).clamp(0.0, MOST_K);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_rises_until_the_room_is_below_for_no_more_than_its_share() {
        let mut margin = Margin::default();
        // Scatter of ±0.2 K around the margin, evenly: below the bound for three in a hundred where the margin is 0.188 K.
        for step in 0..200_000_u32 {
            let scatter_k = f64::from(step.wrapping_mul(2_654_435_761) >> 16) / 65_536.0 * 0.4 - 0.2;
            margin.learn(margin.kelvins() + scatter_k, 300.0);
        }
        assert!((margin.kelvins() - 0.188).abs() < 0.01, "{}", margin.kelvins());
    }

    #[test]
    fn a_room_that_the_sun_keeps_warm_or_that_lacks_power_teaches_nothing() {
        let mut margin = Margin { kelvins: 0.2 };
        (0..10_000).for_each(|_| margin.learn(2.0, 300.0));
        (0..10_000).for_each(|_| margin.learn(-2.0, 300.0));
        assert_eq!(margin.kelvins(), 0.2);
    }
}
