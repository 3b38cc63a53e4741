//! The compute work that reaches the site: how many watts of it there are, and what is expected of the hours
//! to come.
//!
//! Both are pure functions of seed and time. They share shape and wander, and part where a forecast would:
//! the further ahead, the less it knows of the wander, and some shortages come unannounced.

use crate::moment::{Clock, Moment};
use crate::noise::{Noise, Purpose};

/// A seeded source of compute work for one site.
#[derive(Debug, Clone, Copy)]
pub struct WorkSupply {
    noise: Noise,
    nominal_w: f64,
}

/// Work expected in one span of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkBlock {
    /// Beginning, milliseconds since 1970 UTC.
    pub from_ms: i64,
    /// End, exclusive.
    pub to_ms: i64,
    /// Mean power of the work, W.
    pub watts: f64,
}

/// A time in which little work arrives.
#[derive(Debug, Clone, Copy)]
struct Shortage {
    from_ms: i64,
    to_ms: i64,
    /// What remains of the work, 0..1.
    remaining: f64,
    announced: bool,
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const WANDER: f64 = 0.08;
const WANDER_PERIOD_MS: i64 = 4 * HOUR_MS;
/// How long what is known of the wander now is worth something.
const WANDER_MEMORY_H: f64 = 3.0;
const FORECAST_ERROR: f64 = 0.03;
/// One day in eight has a shortage of one to six hours.
const SHORTAGE_CHANCE: f64 = 0.125;
const LONGEST_SHORTAGE_H: f64 = 6.0;

impl WorkSupply {
    /// A supply that is `nominal_w` watts at its fullest regular hours; a nominal that is negative or no
    /// number is none.
    #[must_use]
    pub fn new(seed: u64, nominal_w: f64) -> WorkSupply {
        WorkSupply { noise: Noise::new(seed), nominal_w: nominal_w.max(0.0) }
    }

    /// Power of the work there is at a moment, W, not negative.
    #[must_use]
    pub fn available_w(&self, moment: Moment) -> f64 {
        let wander = 1.0 + WANDER * self.wander(moment.utc_ms);
        let remaining = self.shortage_at(moment.utc_ms).map_or(1.0, |shortage| shortage.remaining);
        (self.nominal_w * shape(moment.local()) * wander * remaining).max(0.0)
    }

    /// What can be known at `moment` of the next `hours` clock hours, the running one first: one block an
    /// hour, without gaps.
    #[must_use]
    pub fn expected(&self, moment: Moment, hours: usize) -> Vec<WorkBlock> {
        let first_ms = moment.utc_ms.div_euclid(HOUR_MS) * HOUR_MS;
        (0..hours).map(|ahead| self.expected_block(moment, first_ms + ahead as i64 * HOUR_MS)).collect()
    }

    fn expected_block(&self, moment: Moment, from_ms: i64) -> WorkBlock {
        let middle = moment.later_by(from_ms + HOUR_MS / 2 - moment.utc_ms);
        let lead_h = (middle.utc_ms - moment.utc_ms).max(0) as f64 / HOUR_MS as f64;
        let wander = 1.0 + WANDER * self.wander(moment.utc_ms) * (-lead_h / WANDER_MEMORY_H).exp();
        let error = 1.0
            + FORECAST_ERROR
                * self.noise.gaussian(Purpose::ForecastError, 0, issue_and_hour(moment, from_ms));
        let remaining = match self.shortage_at(middle.utc_ms) {
            Some(known) if known.announced || known.from_ms <= moment.utc_ms => known.remaining,
            _ => 1.0,
        };
        let watts = (self.nominal_w * shape(middle.local()) * wander * error * remaining).max(0.0);
        WorkBlock { from_ms, to_ms: from_ms + HOUR_MS, watts }
    }

    fn wander(&self, utc_ms: i64) -> f64 {
        self.noise.slow(Purpose::WorkLevel, 0, utc_ms, WANDER_PERIOD_MS).clamp(-3.0, 3.0)
    }

    /// The shortage at a time, if any: one that began today, or one of yesterday that still lasts.
    fn shortage_at(&self, utc_ms: i64) -> Option<Shortage> {
        let today = utc_ms.div_euclid(DAY_MS);
        [today, today - 1]
            .into_iter()
            .filter_map(|day| self.shortage_of(day))
            .find(|shortage| (shortage.from_ms..shortage.to_ms).contains(&utc_ms))
    }

    fn shortage_of(&self, day: i64) -> Option<Shortage> {
        let draw = |purpose| self.noise.uniform(purpose, 0, day);
        if draw(Purpose::Shortage) >= SHORTAGE_CHANCE {
            return None;
        }
        let from_ms = day * DAY_MS + (draw(Purpose::ShortageStart) * DAY_MS as f64) as i64;
        let length_h = 1.0 + (LONGEST_SHORTAGE_H - 1.0) * draw(Purpose::ShortageLength);
        Some(Shortage {
            from_ms,
            to_ms: from_ms + (length_h * HOUR_MS as f64) as i64,
            remaining: 0.1 + 0.4 * draw(Purpose::ShortageDepth),
            announced: draw(Purpose::ShortageAnnounced) < 0.5,
        })
    }
}

/// The regular day and week, as a share of nominal: full in office hours when customers send work, 0.8 at
/// night when batches run, 0.7 at weekends.
fn shape(clock: Clock) -> f64 {
    let floor = if clock.weekday() < 5 { 0.8 } else { 0.7 };
    let rest = if clock.weekday() < 5 { 0.2 } else { 0.05 };
    let hour = clock.hour();
    let rising = ((hour - 7.0) / 3.0).clamp(0.0, 1.0);
    let falling = ((21.0 - hour) / 3.0).clamp(0.0, 1.0);
    floor + rest * rising.min(falling)
}

/// One number for a forecast issued in this hour for that hour, so that asking twice in an hour gives the
/// same answer.
fn issue_and_hour(moment: Moment, from_ms: i64) -> i64 {
    moment.utc_ms.div_euclid(HOUR_MS).wrapping_mul(1_000_003).wrapping_add(from_ms.div_euclid(HOUR_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 6 January 2025, 0:00 in Paris.
    const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

    fn hours(count: i64) -> impl Iterator<Item = Moment> {
        (0..count).map(|hour| MONDAY.later_by(hour * HOUR_MS))
    }

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let values: Vec<f64> = values.collect();
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn the_same_seed_brings_the_same_work_in_any_order_and_another_seed_other_work() {
        let (supply, again, other) =
            (WorkSupply::new(1, 1e4), WorkSupply::new(1, 1e4), WorkSupply::new(2, 1e4));
        let forward: Vec<u64> = hours(500).map(|moment| supply.available_w(moment).to_bits()).collect();
        let mut backward: Vec<u64> = hours(500)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .map(|moment| again.available_w(moment).to_bits())
            .collect();
        backward.reverse();
        assert_eq!(forward, backward);
        assert!(hours(500).all(|moment| supply.available_w(moment) != other.available_w(moment)));
    }

    #[test]
    fn work_is_never_negative_nor_far_above_nominal() {
        let supply = WorkSupply::new(3, 1e4);
        assert!(hours(20_000).all(|moment| (0.0..=1.3e4).contains(&supply.available_w(moment))));
    }

    #[test]
    fn there_is_more_work_in_office_hours_than_at_weekends() {
        let supply = WorkSupply::new(3, 1e4);
        let of = |weekend: bool| {
            mean(
                hours(24 * 7 * 20)
                    .filter(|moment| {
                        (moment.local().weekday() > 4) == weekend
                            && (11.0..18.0).contains(&moment.local().hour())
                    })
                    .map(|moment| supply.available_w(moment)),
            )
        };
        assert!(of(false) > 1.15 * of(true), "{} {}", of(false), of(true));
    }

    #[test]
    fn shortages_come_now_and_then_and_pass() {
        let supply = WorkSupply::new(4, 1e4);
        let short = hours(24 * 365).filter(|moment| supply.available_w(*moment) < 0.52 * 1e4).count();
        assert!((24..400).contains(&short), "{short} hours of shortage in a year");
    }

    #[test]
    fn the_forecast_is_close_at_once_and_looser_later_but_never_exact() {
        let supply = WorkSupply::new(5, 1e4);
        let error_at = |ahead: usize| {
            mean(hours(24 * 100).filter_map(|moment| {
                let block = supply.expected(moment, ahead + 1)[ahead];
                let comes = supply.available_w(moment.later_by(block.from_ms + HOUR_MS / 2 - moment.utc_ms));
                (comes > 0.55e4).then(|| (block.watts - comes).abs() / 1e4)
            }))
        };
        let (soon, late) = (error_at(0), error_at(12));
        assert!(soon > 0.005 && soon < late && late < 0.12, "{soon} {late}");
    }

    #[test]
    fn some_shortages_are_announced_and_some_come_as_a_surprise() {
        let supply = WorkSupply::new(4, 1e4);
        let mut expected_of_shortages = Vec::new();
        for day in 0..2000 {
            if let Some(shortage) = supply.shortage_of(MONDAY.utc_ms.div_euclid(DAY_MS) + day) {
                let four_hours_before =
                    Moment { utc_ms: shortage.from_ms - 4 * HOUR_MS, local_offset_s: 3600 };
                // The first hour whose middle lies within the shortage, four or five hours ahead.
                let blocks = supply.expected(four_hours_before, 7);
                let block = blocks.iter().find(|block| block.from_ms + HOUR_MS / 2 >= shortage.from_ms);
                expected_of_shortages.push((shortage.announced, block.map_or(0.0, |block| block.watts)));
            }
        }
        let mean_if = |announced| {
            mean(expected_of_shortages.iter().filter(|known| known.0 == announced).map(|&(_, watts)| watts))
        };
        assert!(mean_if(true) < 0.4e4 && mean_if(false) > 0.7e4, "{} {}", mean_if(true), mean_if(false));
        let surprises = expected_of_shortages.iter().filter(|known| !known.0).count() as f64;
        assert!((0.3..0.7).contains(&(surprises / expected_of_shortages.len() as f64)));
    }

    #[test]
    fn the_forecast_has_one_block_an_hour_without_gaps() {
        let blocks = WorkSupply::new(5, 1e4).expected(MONDAY.later_by(1_234_567), 48);
        assert_eq!(blocks.len(), 48);
        assert_eq!(blocks[0].from_ms, MONDAY.utc_ms);
        assert!(blocks.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms));
    }
}
