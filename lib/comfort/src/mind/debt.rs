//! What a room is owed: the degree-hours it was lately below its bound. A room that was cold yesterday comes first today, so
//! that a shared cap is not always paid for by the same rooms.

use serde::{Deserialize, Serialize};

/// After so long a cold hour is forgotten to 1/e: people plan and complain by the week, and EN 15251:2007 (annex G) judges
/// comfort by weeks too.
const FORGOTTEN_S: f64 = 7.0 * 86_400.0;
/// So much in that time makes the next cold count double, K·h: EN 15251 lets an office be beyond its category for 3 % of its
/// time, which of fifty hours a week at two thirds of a kelvin is one kelvin-hour.
const DOUBLES_KH: f64 = 1.0;
/// No debt makes cold count more than so many times as usual: a room that cannot be kept warm is not to starve all others.
const MOST_TIMES: f64 = 5.0;
/// A room further below its bound is not occupied as asked or its thermometer lies; and of a longer step nobody knows, K and s.
const MOST_K: f64 = 3.0;
const LONGEST_STEP_S: f64 = 3600.0;

/// Degree-hours lately missed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Debt {
    kelvin_hours: f64,
}

impl Debt {
    /// Adds `step_s` seconds at `above_k` above the bound.
    pub(super) fn add(&mut self, above_k: f64, step_s: f64) {
        let missed_k = (-above_k).clamp(0.0, MOST_K);
        let kept = self.kelvin_hours * (-step_s / FORGOTTEN_S).exp();
        self.kelvin_hours = kept + missed_k * step_s.min(LONGEST_STEP_S) / 3600.0;
    }

    /// How many times as usual a kelvin below the bound counts.
    pub(super) fn times(self) -> f64 {
        (1.0 + self.kelvin_hours / DOUBLES_KH).min(MOST_TIMES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kelvin_hour_doubles_what_cold_counts_and_a_week_forgets_it() {
        let mut debt = Debt::default();
        (0..12).for_each(|_| debt.add(-1.0, 300.0));
        assert!((debt.times() - 2.0).abs() < 0.01, "{}", debt.times());
        (0..7 * 288).for_each(|_| debt.add(0.5, 300.0));
        assert!((debt.times() - 1.37).abs() < 0.01, "{}", debt.times());
    }

    #[test]
    fn no_room_is_owed_without_end() {
        let mut debt = Debt::default();
        (0..100_000).for_each(|_| debt.add(-1e9, 300.0));
        assert_eq!(debt.times(), MOST_TIMES);
    }
}
