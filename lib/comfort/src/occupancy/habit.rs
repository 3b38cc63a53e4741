//! The room's habit: how likely somebody is in it, for each hour of the week.
//!
//! Each of 168 hours remembers the mean of the filter's own probability over some weeks. While an hour has few weeks it
//! leans on the same hour of days like it (working days, or weekend), and those on a weak prior.

use serde::{Deserialize, Serialize};

use super::When;

/// Weeks that an hour remembers: long enough to average chance, short enough to follow a term or a season.
const MEMORY_WEEKS: u8 = 8;
/// The days like it count as this many weeks of the hour's own...
const SIMILAR_DAYS_WEIGHT: f64 = 1.0;
/// ...and the prior as this many days of those.
const PRIOR_WEIGHT: f64 = 1.0;
/// The prior, flat enough to be wrong without harm: rooms are somewhat likelier used in the working day.
const PRIOR_WORKING_DAY: f64 = 0.4;
const PRIOR_ELSE: f64 = 0.2;
/// The habit is never certain: tomorrow may be a holiday, or a feast.
const BOUNDS: (f64, f64) = (0.01, 0.97);
/// An hour counts when at least this share of it was observed.
const HOUR_OBSERVED: f64 = 0.5;
/// One, in thousandths.
const ONE: f64 = 1_000.0;

/// How likely somebody is in the room, by the hour of the week.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Habit {
    /// Mean probability of each hour of each day, Monday first, in thousandths: half the room of a float, and short
    /// in JSON.
    mean: [[u16; 24]; 7],
    /// Weeks behind each mean, up to the memory.
    weeks: [[u8; 24]; 7],
    running: Running,
}

/// The hour that runs: probability times hours, and hours observed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Running {
    hour_of_week: u8,
    present_h: f64,
    observed_h: f64,
}

impl Habit {
    /// The probability that somebody is in the room at this hour of an ordinary week.
    pub(super) fn at(&self, hour_of_week: f64) -> f64 {
        let (day, hour) = cell(hour_of_week);
        let days = if day < 5 { 0..5 } else { 5..7 };
        let (mut sum, mut count) = (PRIOR_WEIGHT * prior(day, hour), PRIOR_WEIGHT);
        for like in days {
            // A day like it counts once, however many weeks it has seen: one Monday in eight weeks is still a Monday.
            let weight = f64::from(self.weeks[like][hour]).min(2.0);
            sum += weight * f64::from(self.mean[like][hour]) / ONE;
            count += weight;
        }
        let own = f64::from(self.weeks[day][hour]);
        let probability = (own * f64::from(self.mean[day][hour]) / ONE + SIMILAR_DAYS_WEIGHT * sum / count)
            / (own + SIMILAR_DAYS_WEIGHT);
        probability.clamp(BOUNDS.0, BOUNDS.1)
    }

    /// Learns from a step in which the sensors said something.
    pub(super) fn learn(&mut self, probability: f64, when: &When) {
        let hour_of_week = when.hour_of_week as u8;
        if hour_of_week != self.running.hour_of_week {
            self.keep();
            self.running = Running { hour_of_week, ..Running::default() };
        }
        let step_h = when.step_h().min(1.0);
        self.running.present_h += probability * step_h;
        self.running.observed_h += step_h;
    }

    /// Puts the hour that ran into the habit.
    fn keep(&mut self) {
        let Running { hour_of_week, present_h, observed_h } = self.running;
        if observed_h < HOUR_OBSERVED {
            return;
        }
        let (day, hour) = cell(f64::from(hour_of_week));
        let weeks = (self.weeks[day][hour] + 1).min(MEMORY_WEEKS);
        let before = f64::from(self.mean[day][hour]) / ONE;
        let mean = before + (present_h / observed_h - before) / f64::from(weeks);
        self.mean[day][hour] = (ONE * mean.clamp(0.0, 1.0)).round() as u16;
        self.weeks[day][hour] = weeks;
    }
}

fn cell(hour_of_week: f64) -> (usize, usize) {
    let hour = (hour_of_week as usize).min(167);
    (hour / 24, hour % 24)
}

fn prior(day: usize, hour: usize) -> f64 {
    if day < 5 && (8..18).contains(&hour) { PRIOR_WORKING_DAY } else { PRIOR_ELSE }
}
