//! Hot water that households draw: the tapping profile M of the European regulation, each household a little
//! early or late.

use crate::moment::Moment;
use crate::noise::{Noise, Purpose};

/// Hot water drawn by some households.
#[derive(Debug, Clone, Copy)]
pub struct Tapping {
    noise: Noise,
    households: usize,
}

/// Profile M of regulation (EU) 814/2013, annex III, table 1: 5.845 kWh a day, (minute of the day, Wh).
const PROFILE_M: [(i64, f64); 23] = [
    (420, 105.0),
    (425, 1400.0),
    (450, 105.0),
    (481, 105.0),
    (495, 105.0),
    (510, 105.0),
    (525, 105.0),
    (540, 105.0),
    (570, 105.0),
    (630, 105.0),
    (690, 105.0),
    (705, 105.0),
    (765, 315.0),
    (870, 105.0),
    (930, 105.0),
    (990, 105.0),
    (1080, 105.0),
    (1095, 105.0),
    (1110, 105.0),
    (1140, 105.0),
    (1230, 735.0),
    (1275, 105.0),
    (1290, 1400.0),
];

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 1440 * MINUTE_MS;
/// How far a household is early or late on a day, as a standard deviation; at most three times that.
const EARLY_OR_LATE_MIN: f64 = 25.0;
/// How much more or less than the profile it draws on a day, as the deviation of a logarithm.
const SCATTER: f64 = 0.3;

impl Tapping {
    /// So many households, always the same for a seed.
    #[must_use]
    pub fn new(seed: u64, households: usize) -> Tapping {
        Tapping { noise: Noise::new(seed), households }
    }

    /// Heat wanted with the water, above the mains, by draws that begin from `from` until before `to`, kWh.
    #[must_use]
    pub fn wanted_kwh(&self, from: Moment, to: Moment) -> f64 {
        let local_ms = |moment: Moment| moment.utc_ms + i64::from(from.local_offset_s) * 1000;
        let (from_ms, to_ms) = (local_ms(from), local_ms(to));
        // A draw of the day before may be late, one of the day after early.
        let days = from_ms.div_euclid(DAY_MS) - 1..=to_ms.div_euclid(DAY_MS) + 1;
        let draws = days.flat_map(|day| (0..self.households).map(move |household| (day, household)));
        draws.map(|(day, household)| self.of_day(day, household, from_ms..to_ms)).sum()
    }

    fn of_day(&self, day: i64, household: usize, span_ms: std::ops::Range<i64>) -> f64 {
        let draw = |purpose| self.noise.gaussian(purpose, household, day).clamp(-3.0, 3.0);
        let late_ms = (EARLY_OR_LATE_MIN * draw(Purpose::TappingLate) * MINUTE_MS as f64) as i64;
        // Log-normal of mean one.
        let much = (SCATTER * draw(Purpose::TappingMuch) - 0.5 * SCATTER * SCATTER).exp();
        let begins_ms = |minute: i64| day * DAY_MS + minute * MINUTE_MS + late_ms;
        let drawn = PROFILE_M.iter().filter(|(minute, _)| span_ms.contains(&begins_ms(*minute)));
        much * drawn.map(|(_, wh)| wh / 1000.0).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 6 January 2025, 0:00 in Paris.
    const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

    #[test]
    fn the_profile_is_the_one_of_the_regulation() {
        let sum_wh: f64 = PROFILE_M.iter().map(|(_, wh)| wh).sum();
        assert!((sum_wh - 5845.0).abs() < 1e-9);
    }

    #[test]
    fn households_draw_the_profile_in_the_mean_in_steps_of_any_length() {
        let tapping = Tapping::new(6, 30);
        let end = MONDAY.later_by(28 * DAY_MS);
        let whole = tapping.wanted_kwh(MONDAY, end);
        assert!((whole / (28.0 * 30.0 * 5.845) - 1.0).abs() < 0.04, "{whole}");
        let steps = (0..28 * 288).map(|step| {
            let from = MONDAY.later_by(step * 5 * MINUTE_MS);
            tapping.wanted_kwh(from, from.later_by(5 * MINUTE_MS))
        });
        assert!((steps.sum::<f64>() - whole).abs() < 1e-9 * whole);
        let night = tapping.wanted_kwh(MONDAY.later_by(60 * MINUTE_MS), MONDAY.later_by(300 * MINUTE_MS));
        assert_eq!(night, 0.0);
    }
}
