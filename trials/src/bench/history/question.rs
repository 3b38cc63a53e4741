//! The questions that every system is asked, and what their answers are held against each other by.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocabulary::Metric;

use super::super::generator::{FIRST_MS, METRICS, Set};

/// An instant is asked about as if it were now: this long after the end of the set.
pub(super) const AFTER_THE_END_MS: i64 = 1_000;
/// Steps of the chart of one metric.
const CHART_STEPS: i64 = 500;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Two means may differ by so much of themselves: systems add up in different orders.
const ROUNDING: f64 = 1e-9;

/// One question. Times are milliseconds; `to` is exclusive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Question {
    /// The newest value of every series of the site.
    LastOfAll { now_ms: i64 },
    /// Every reading of [`ROOM_METRICS`] in a room.
    Room { room: usize, from_ms: i64, to_ms: i64 },
    /// Means of one heater's room temperature.
    Chart { heater: usize, from_ms: i64, to_ms: i64, step_ms: i64 },
    /// Means of the room temperature of all heaters together.
    Building { from_ms: i64, to_ms: i64, step_ms: i64 },
}

/// What a room's page shows.
pub(super) const ROOM_METRICS: [Metric; 6] = [
    Metric::TemperatureC,
    Metric::HumidityPct,
    Metric::Co2Ppm,
    Metric::IlluminanceLux,
    Metric::Presence,
    Metric::PowerW,
];

/// What an answer comes to: how many values, and their sum. It tells whether two systems gave the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Digest {
    pub(super) count: u64,
    pub(super) sum: f64,
}

impl Digest {
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        values
            .fold(Self::default(), |digest, value| Self { count: digest.count + 1, sum: digest.sum + value })
    }

    pub(super) fn agrees_with(self, other: Self) -> bool {
        self.count == other.count && (self.sum - other.sum).abs() <= ROUNDING * self.sum.abs().max(1.0)
    }
}

/// An answer, and how long it took until its last byte was here.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) digest: Digest,
    pub(super) took: Duration,
}

/// The same question asked of different rooms or heaters, and the values that each answer must have.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) questions: Vec<Question>,
    pub(super) values: u64,
}

/// What is asked of the large fleet.
pub(super) fn of_the_fleet(set: Set, times: usize) -> Vec<Shape> {
    let now_ms = set.end_ms() + AFTER_THE_END_MS;
    let values = set.heaters as u64 * METRICS.len() as u64;
    vec![Shape {
        name: "last value of every series",
        questions: vec![Question::LastOfAll { now_ms }; times],
        values,
    }]
}

/// What is asked of the building with a long past.
pub(super) fn of_the_building(set: Set, times: usize) -> Vec<Shape> {
    let (from_ms, to_ms) = (FIRST_MS, set.end_ms());
    let days = (to_ms - from_ms) / DAY_MS;
    let room = |at: usize| {
        let from_ms = from_ms + at as i64 % days * DAY_MS;
        // A step of seven visits all rooms before it comes back.
        Question::Room { room: at * 7 % set.heaters, from_ms, to_ms: from_ms + DAY_MS }
    };
    let step_ms = (to_ms - from_ms) / CHART_STEPS;
    let chart = |at: usize| Question::Chart { heater: at * 7 % set.heaters, from_ms, to_ms, step_ms };
    let building = Question::Building { from_ms, to_ms, step_ms: HOUR_MS };
    vec![
        Shape {
            name: "one room, 6 metrics, 24 h",
            questions: (0..times).map(room).collect(),
            values: (DAY_MS / set.every_ms) as u64 * ROOM_METRICS.len() as u64,
        },
        Shape {
            name: "one metric, all days, 500 points",
            questions: (0..times).map(chart).collect(),
            values: CHART_STEPS as u64,
        },
        Shape {
            name: "building, hourly mean, all days",
            questions: vec![building; times.div_ceil(5)],
            values: ((to_ms - from_ms) / HOUR_MS) as u64,
        },
    ]
}

/// The sum over the newest values of all series, as the generator made them.
pub(super) fn truth_of_last(set: Set) -> Digest {
    let skipped = (set.records() as usize).saturating_sub(set.heaters);
    Digest::of(set.rows().skip(skipped).flat_map(|row| row.values))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: Set = Set { heaters: 50, records_each: 3 * 1_440, every_ms: 60_000, seed: 1 };

    #[test]
    fn answers_agree_within_rounding_and_an_empty_one_never_does() {
        let digest = Digest::of([0.1, 0.2, 0.3].into_iter());
        assert!(digest.agrees_with(Digest::of([0.3, 0.2, 0.1].into_iter())));
        assert!(!digest.agrees_with(Digest::of([0.1, 0.2, 0.3001].into_iter())));
        assert!(!digest.agrees_with(Digest::default()));
    }

    #[test]
    fn charts_divide_the_time_without_rest() {
        for shape in of_the_building(SET, 10) {
            for question in shape.questions {
                if let Question::Chart { from_ms, to_ms, step_ms, .. } = question {
                    assert_eq!((to_ms - from_ms) % step_ms, 0);
                    assert_eq!((to_ms - from_ms) / step_ms, CHART_STEPS);
                }
            }
        }
    }

    #[test]
    fn the_truth_is_the_last_row_of_every_heater() {
        let truth = truth_of_last(Set { records_each: 5, ..SET });
        assert_eq!(truth.count, 50 * 12);
        let sum: f64 =
            Set { records_each: 5, ..SET }.rows().filter(|row| row.seq == 5).flat_map(|row| row.values).sum();
        assert!((truth.sum - sum).abs() < 1e-6);
    }
}
