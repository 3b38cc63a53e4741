//! The usual unknown heat of each hour of the week: people, machines, the neighbours' heating.

use serde::{Deserialize, Serialize};

/// Hours in a week, of which 0 begins on Monday at midnight.
pub const HOURS_OF_WEEK: usize = 168;

/// What a new observation counts in the average of its hour: a month of weeks is forgotten by a third.
const NEW: f64 = 0.03;
/// What is seen now still holds after this long to 1/e; then the habit of the hour takes over.
const PRESENT_HOLDS_S: f64 = 2.0 * 3600.0;
/// A cell is trusted by so much of its observations (in five-minute steps): half after a third of an hour, nine tenths
/// after three weeks.
const HALF_TRUST: f64 = 4.0;
const STEP_S: f64 = 300.0;

/// Exponential averages of the disturbance by hour of the week, and how much each has seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisturbanceProfile {
    mean_w: Vec<f32>,
    seen: Vec<f32>,
}

impl Default for DisturbanceProfile {
    fn default() -> Self {
        Self { mean_w: vec![0.0; HOURS_OF_WEEK], seen: vec![0.0; HOURS_OF_WEEK] }
    }
}

impl DisturbanceProfile {
    /// Learns that at `hour_of_week` (0..168) the unknown heat was `disturbance_w` for `step_s` seconds.
    pub fn learn(&mut self, hour_of_week: f64, disturbance_w: f64, step_s: f64) {
        let cell = cell(hour_of_week);
        let steps = (step_s / STEP_S).min(12.0);
        let seen = f64::from(self.seen[cell]);
        // The first observations are averaged plainly: an exponential average from nothing would take a month.
        let share = (1.0 - (1.0 - NEW).powf(steps)).max(steps / (seen + steps));
        let mean_w = f64::from(self.mean_w[cell]);
        self.mean_w[cell] = (mean_w + share * (disturbance_w - mean_w)) as f32;
        self.seen[cell] = (seen + steps).min(1e6) as f32;
    }

    /// The unknown heat to be expected `ahead_s` seconds after `hour_of_week`, where `now_w` is believed now.
    #[must_use]
    pub fn expect_w(&self, hour_of_week: f64, now_w: f64, ahead_s: f64) -> f64 {
        let present = (-ahead_s / PRESENT_HOLDS_S).exp();
        present * now_w + (1.0 - present) * self.habit_w(hour_of_week + ahead_s / 3600.0)
    }

    /// The habit of an hour; of one that was seen little, what the same hour of other days was like.
    fn habit_w(&self, hour_of_week: f64) -> f64 {
        let cell = cell(hour_of_week);
        let trust = |cell: usize| f64::from(self.seen[cell]) / (f64::from(self.seen[cell]) + HALF_TRUST);
        let same_hour = (0..7).map(|day| day * 24 + cell % 24).filter(|&other| other != cell);
        let (weight, sum) = same_hour.fold((0.0, 0.0), |(weight, sum), other| {
            (weight + trust(other), sum + trust(other) * f64::from(self.mean_w[other]))
        });
        let others_w = if weight > 0.0 { sum / weight.max(1.0) } else { 0.0 };
        trust(cell) * f64::from(self.mean_w[cell]) + (1.0 - trust(cell)) * others_w
    }
}

fn cell(hour_of_week: f64) -> usize {
    (hour_of_week.rem_euclid(HOURS_OF_WEEK as f64) as usize).min(HOURS_OF_WEEK - 1)
}
