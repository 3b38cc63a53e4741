//! Aggregates: what the good values of each step come to.

use vocabulary::Timestamp;

use crate::days::day::HOUR_MS;
use crate::days::segment::HourSum;
use crate::error::QuestionError;
use crate::question::{Bin, MAX_BINS};

/// The steps of a question: `[from, to)` cut into pieces of `step_ms`, the last one maybe shorter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    from: i64,
    step_ms: i64,
    count: usize,
}

impl Steps {
    /// Checks a question's times.
    pub(crate) fn new(from: Timestamp, to: Timestamp, step_ms: i64) -> Result<Self, QuestionError> {
        check_order(from, to)?;
        if step_ms <= 0 {
            return Err(QuestionError::Step);
        }
        let span = i128::from(to.ms()) - i128::from(from.ms());
        let count = (span + i128::from(step_ms) - 1) / i128::from(step_ms);
        match usize::try_from(count) {
            Ok(count) if count as u64 <= MAX_BINS => Ok(Self { from: from.ms(), step_ms, count }),
            _ => Err(QuestionError::TooManyBins { max: MAX_BINS }),
        }
    }
}

impl Steps {
    /// Whether every step is made of whole hours, as roll-ups count them.
    pub(crate) const fn are_hours(&self) -> bool {
        self.from.rem_euclid(HOUR_MS) == 0 && self.step_ms.rem_euclid(HOUR_MS) == 0
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }
}

/// `from` may equal `to`, which is no time at all, but not lie after it.
pub(crate) fn check_order(from: Timestamp, to: Timestamp) -> Result<(), QuestionError> {
    if from <= to { Ok(()) } else { Err(QuestionError::Backwards) }
}

/// Bins being filled.
#[derive(Debug)]
pub(crate) struct Bins {
    steps: Steps,
    sums: Vec<Sum>,
    /// The step that was filled last, with its begin and end: values mostly come in order.
    last: (usize, i64, i64),
}

#[derive(Debug, Clone, Copy)]
struct Sum {
    min: f64,
    max: f64,
    /// Infinite where values are so huge that no number is large enough; the mean is finite all the same.
    sum: f64,
    count: u64,
}

impl Sum {
    const NOTHING: Self = Self { min: f64::INFINITY, max: f64::NEG_INFINITY, sum: 0.0, count: 0 };

    fn add(&mut self, HourSum { min, max, sum, count }: HourSum) {
        self.min = self.min.min(min);
        self.max = self.max.max(max);
        self.sum += sum;
        self.count += count;
    }
}

impl Bins {
    pub(crate) fn new(steps: Steps) -> Self {
        Self { steps, sums: vec![Sum::NOTHING; steps.count], last: (0, 0, 0) }
    }

    /// Counts a good value; one outside the steps is none of ours.
    pub(crate) fn add(&mut self, ts: i64, value: f64) {
        self.add_sum(ts, HourSum { min: value, max: value, sum: value, count: 1 });
    }

    /// Counts several good values in the step that holds a time.
    pub(crate) fn add_sum(&mut self, ts: i64, sum: HourSum) {
        let (_, begin, end) = self.last;
        if !(begin..end).contains(&ts) && !self.find(ts) {
            return;
        }
        self.sums[self.last.0].add(sum);
    }

    /// Makes the step that holds a time the last one; false when there is none.
    fn find(&mut self, ts: i64) -> bool {
        let Steps { from, step_ms, count } = self.steps;
        let Some(offset) = ts.checked_sub(from).filter(|offset| *offset >= 0) else { return false };
        let at = (offset / step_ms) as usize;
        if at < count {
            let begin = from + at as i64 * step_ms;
            self.last = (at, begin, begin.saturating_add(step_ms));
        }
        at < count
    }

    /// The bins that hold anything, ascending.
    pub(crate) fn finish(self) -> Vec<Bin> {
        let Steps { from, step_ms, .. } = self.steps;
        let filled = self.sums.into_iter().enumerate().filter(|(_, sum)| sum.count > 0);
        filled
            .map(|(at, Sum { min, max, sum, count })| {
                let start = Timestamp::from_ms(from + at as i64 * step_ms);
                // Neither rounding nor an infinite sum must carry a mean past its own bounds.
                Bin { start, min, max, mean: (sum / count as f64).clamp(min, max), count }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(from: i64, to: i64, step_ms: i64) -> Result<Steps, QuestionError> {
        Steps::new(Timestamp::from_ms(from), Timestamp::from_ms(to), step_ms)
    }

    #[test]
    fn an_absurd_question_is_refused_in_words() {
        let too_many = QuestionError::TooManyBins { max: MAX_BINS };
        for (from, to, step, error) in [
            (1, 0, 1, QuestionError::Backwards),
            (0, 1, 0, QuestionError::Step),
            (0, 1, -5, QuestionError::Step),
            (0, 10_001, 1, too_many),
            (i64::MIN, i64::MAX, 1, too_many),
        ] {
            assert_eq!(steps(from, to, step).err(), Some(error), "{from} {to} {step}");
        }
        assert!(steps(0, 10_000, 1).is_ok());
        assert!(steps(i64::MIN, i64::MAX, i64::MAX).is_ok());
        assert!(steps(5, 5, 1).is_ok());
    }

    #[test]
    fn values_fall_into_the_step_they_belong_to_and_empty_steps_are_left_out() {
        let mut bins = Bins::new(steps(100, 125, 10).unwrap());
        for (ts, value) in [(99, 50.0), (100, 1.0), (109, 3.0), (124, -2.0), (130, 50.0), (i64::MIN, 50.0)] {
            bins.add(ts, value);
        }
        let start = Timestamp::from_ms;
        assert_eq!(
            bins.finish(),
            [
                Bin { start: start(100), min: 1.0, max: 3.0, mean: 2.0, count: 2 },
                Bin { start: start(120), min: -2.0, max: -2.0, mean: -2.0, count: 1 },
            ]
        );
    }

    #[test]
    fn the_mean_of_huge_values_is_finite() {
        let mut bins = Bins::new(steps(0, 1, 1).unwrap());
        (0..9).for_each(|_| bins.add(0, f64::MAX));
        bins.add(0, f64::MIN);
        assert!(bins.finish()[0].mean.is_finite());
    }
}
