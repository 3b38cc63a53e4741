//! The margin above the lower bound at which a room is kept, learned from how often the room really falls below it.

use serde::{Deserialize, Serialize};

use super::need::{Bound, COLD_EUR_PER_K_H};

/// The share of the time in which a room may be below a bound that holds it there is where a little more margin costs as
/// much as it spares: heat loss · price of heat, against 0.5 € for each kelvin and hour below (the newsvendor's quantile). It
/// stays between these: no price makes a room colder than one hour in twenty, and none warmer than one in two hundred.
const BELOW_SHARE: std::ops::RangeInclusive<f64> = 0.005..=0.05;
/// How fast the margin follows, K per hour spent below the bound.
const RISES_K_PER_H: f64 = 0.05;
/// Nobody is kept warmer than this above what was asked, K.
const MOST_K: f64 = 0.4;
/// A room this far above its bound is held there by something else: it teaches nothing about margins, K.
const HELD_ABOVE_K: f64 = 0.5;
/// One this far below lacks power, or its bound has just risen, K. Less is what airing does to a room, and that a margin helps
/// against as well.
const HELD_BELOW_K: f64 = 1.5;

/// A bound so far below the highest is a setback, K.
const SETBACK_K: f64 = 1.0;
/// How fast the highest bound is forgotten: a kelvin a week, so that a holiday's setback stays one.
const FORGOTTEN_K_PER_S: f64 = 1.0 / (7.0 * 86_400.0);
/// A bound that weighs less, because hardly anybody comes, is meant to be missed a little and teaches nothing.
const LEAST_SHARE: f64 = 0.5;

/// What a room begins with at the bound of hours with people: thermometers and guessed models are off by about as much, K.
const FIRST_K: f64 = 0.1;

/// A margin in kelvins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Margin {
    kelvins: f64,
}

/// The margins of a room, at the bound of hours with people and at setbacks: nights are quiet and need less.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Margins {
    comfort: Margin,
    setback: Margin,
    /// The highest bound that was asked for lately, °C.
    highest_c: Option<f64>,
}

impl Default for Margins {
    fn default() -> Self {
        Self { comfort: Margin { kelvins: FIRST_K }, setback: Margin { kelvins: 0.0 }, highest_c: None }
    }
}

/// The share of the time in which a room may be below its bound, by what a kelvin of its heat loss costs an hour, euro.
pub(super) fn below_share(loss_eur_per_k_h: f64) -> f64 {
    (loss_eur_per_k_h / COLD_EUR_PER_K_H).clamp(*BELOW_SHARE.start(), *BELOW_SHARE.end())
}

impl Margins {
    /// The bound of hours with people, of a day that asks for `low_c`, °C.
    pub(super) fn comfort_c(&self, low_c: &[f64]) -> f64 {
        low_c.iter().copied().chain(self.highest_c).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The margin at a bound, K.
    pub(super) fn kelvins(&self, low_c: f64, comfort_c: f64) -> f64 {
        if is_setback(low_c, comfort_c) { self.setback.kelvins } else { self.comfort.kelvins }
    }

    /// Learns from `step_s` seconds in which the air was at `air_c` and `bound` was asked for, of a room that may be below
    /// for `below_share` of the time.
    pub(super) fn learn(
        &mut self,
        air_c: f64,
        (bound, comfort_c): (Bound, f64),
        below_share: f64,
        step_s: f64,
    ) {
        self.highest_c = Some(comfort_c - FORGOTTEN_K_PER_S * step_s);
        if bound.share < LEAST_SHARE {
            return;
        }
        let is_setback = is_setback(bound.low_c, comfort_c);
        let margin = if is_setback { &mut self.setback } else { &mut self.comfort };
        margin.learn(air_c - bound.low_c, below_share, step_s);
    }
}

fn is_setback(low_c: f64, comfort_c: f64) -> bool {
    low_c < comfort_c - SETBACK_K
}

impl Margin {
    /// Learns from `step_s` seconds at `above_k` above the bound. The two rates balance where the room is below for
    /// exactly the share that it may be (stochastic approximation of a quantile, Robbins and Monro 1951).
    fn learn(&mut self, above_k: f64, below_share: f64, step_s: f64) {
        let hours = (step_s / 3600.0).min(1.0);
        if !(-HELD_BELOW_K..HELD_ABOVE_K).contains(&above_k) {
            return;
        }
        let change = RISES_K_PER_H * if above_k < 0.0 { 1.0 - below_share } else { -below_share };
        self.kelvins = (self.kelvins + change * hours).clamp(0.0, MOST_K);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_rises_until_the_room_is_below_for_no_more_than_its_share() {
        let mut margin = Margin { kelvins: 0.0 };
        // Scatter of ±0.2 K around the margin, evenly: below the bound for three in a hundred where the margin is 0.188 K.
        for step in 0..200_000_u32 {
            let scatter_k = f64::from(step.wrapping_mul(2_654_435_761) >> 16) / 65_536.0 * 0.4 - 0.2;
            margin.learn(margin.kelvins + scatter_k, 0.03, 300.0);
        }
        assert!((margin.kelvins - 0.188).abs() < 0.01, "{}", margin.kelvins);
    }

    #[test]
    fn a_room_may_be_below_its_bound_where_warmth_costs_more_than_the_cold() {
        // 25 W/K at 0.20 €/kWh lose half a cent an hour and kelvin: a hundredth of 0.5 €.
        assert!((below_share(0.005) - 0.01).abs() < 1e-12);
        assert_eq!([below_share(-1.0), below_share(f64::INFINITY)], [0.005, 0.05]);
    }

    #[test]
    fn nights_and_days_learn_apart_and_what_hardly_weighs_teaches_nothing() {
        let mut margins = Margins::default();
        let bound = |low_c, share| Bound { low_c, share, vacant: false };
        for _ in 0..288 {
            let comfort_c = margins.comfort_c(&[16.0, 20.0]);
            margins.learn(19.9, (bound(20.0, 1.0), comfort_c), 0.03, 300.0);
            margins.learn(16.1, (bound(16.0, 1.0), comfort_c), 0.03, 300.0);
        }
        let by_day_k = margins.kelvins(20.0, 20.0);
        assert!(by_day_k > 0.3 && margins.kelvins(16.0, 20.0) == 0.0, "{margins:?}");
        margins.learn(20.4, (bound(20.0, 0.1), 20.0), 0.03, 3600.0);
        assert_eq!(margins.kelvins(20.0, 20.0), by_day_k);
        assert!(margins.comfort_c(&[16.0]) > 19.9, "a weekend's setback stays one: {margins:?}");
    }

    #[test]
    fn a_room_that_the_sun_keeps_warm_or_that_lacks_power_teaches_nothing() {
        let mut margin = Margin { kelvins: 0.2 };
        (0..10_000).for_each(|_| margin.learn(2.0, 0.03, 300.0));
        (0..10_000).for_each(|_| margin.learn(-2.0, 0.03, 300.0));
        assert_eq!(margin.kelvins, 0.2);
    }
}
