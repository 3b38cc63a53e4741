//! What the good values of an hour come to, exactly where they are decimals.

use crate::days::segment::table::{Column, Table};
use crate::days::segment::values;
use crate::form::cell::POWERS_OF_TEN;

const HOUR_MS: i64 = 3_600_000;

/// What the good values of one hour come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HourSum {
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Exact where the values are decimals of at most five places. The largest finite number where the true sum is
    /// larger: only values that no sensor measures come to that.
    pub(crate) sum: f64,
    /// At least one.
    pub(crate) count: u64,
}

impl HourSum {
    /// Of the values of an hour; nothing of no values.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let min = values.iter().copied().min_by(f64::total_cmp)?;
        let max = values.iter().copied().max_by(f64::total_cmp)?;
        Some(Self { min, max, sum: sum(values), count: values.len() as u64 })
    }

    /// Of the values of both.
    pub(crate) fn with(self, other: Self) -> Self {
        let min = if self.min.total_cmp(&other.min).is_le() { self.min } else { other.min };
        let max = if self.max.total_cmp(&other.max).is_ge() { self.max } else { other.max };
        Self { min, max, sum: sum(&[self.sum, other.sum]), count: self.count.saturating_add(other.count) }
    }
}

fn sum(values: &[f64]) -> f64 {
    let sum = match values::decimals(values) {
        Some((places, mantissas)) => {
            let whole: i128 = mantissas.into_iter().map(i128::from).sum();
            whole as f64 / POWERS_OF_TEN[places]
        }
        None => values.iter().sum(),
    };
    sum.clamp(f64::MIN, f64::MAX)
}

/// The hours of a column, ascending: each with its number since the epoch.
pub(crate) fn hours(table: &Table, column: &Column) -> Vec<(i64, HourSum)> {
    let mut hours = Vec::new();
    let mut good: Vec<f64> = Vec::new();
    let mut current = None;
    for (&row, measurement) in column.rows.iter().zip(&column.measurements) {
        let hour = table.times[row as usize].div_euclid(HOUR_MS);
        if current != Some(hour) {
            hours.extend(current.zip(HourSum::of(&good)));
            good.clear();
            current = Some(hour);
        }
        good.extend(measurement.good());
    }
    hours.extend(current.zip(HourSum::of(&good)));
    hours
}

/// When an hour begins. The first hour that a time can lie in begins where time does.
pub(crate) const fn hour_start_ms(hour: i64) -> i64 {
    hour.saturating_mul(HOUR_MS)
}
