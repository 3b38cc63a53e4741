//! A weather forecast as a service gives it: near the truth soon, further from it later, and wrong in the same
//! way for hours.

use crate::climate::Climate;
use crate::moment::Moment;
use crate::noise::{Noise, Purpose};
use crate::sun::Daylight;
use crate::weather::Outdoor;

/// A seeded forecast of a [`Climate`].
#[derive(Debug, Clone)]
pub struct Forecast {
    climate: Climate,
    noise: Noise,
    error: f64,
}

/// Weather services compute anew this often; between two runs the forecast does not change.
const RUN_MS: i64 = 6 * HOUR_MS;
/// Errors of a run hold about as long as the fronts it has too early or too late.
const WANDER_MS: i64 = 6 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
/// Standard error of air temperature at once, and its growth with the square root of lead, K and K/√h: 0.5 K
/// at first, 1.5 K after a day, 2.2 K after three. Published verifications of 2 m temperature by European
/// services lie around this.
const AT_ONCE_K: f64 = 0.5;
const GROWTH_K: f64 = 0.2;
/// The same for sunshine, as a share of it: a tenth at first, four tenths after a day (day-ahead forecasts of
/// hourly irradiance have a relative error of a third to a half in middle Europe).
const SUN_AT_ONCE: f64 = 0.1;
const SUN_GROWTH: f64 = 0.06;
const SUN_WORST: f64 = 0.5;

impl Forecast {
    /// A forecast with `error` times the usual errors: 1 is usual, 0 is perfect.
    #[must_use]
    pub fn new(climate: Climate, seed: u64, error: f64) -> Forecast {
        Forecast { climate, noise: Noise::new(seed), error }
    }

    /// What can be read at `now` of the weather and the light at `moment`. Of the past it tells the truth.
    #[must_use]
    pub fn at(&self, now: Moment, moment: Moment) -> (Outdoor, Daylight) {
        let (truth, daylight) = self.climate.at(moment);
        let run_ms = now.utc_ms.div_euclid(RUN_MS) * RUN_MS;
        let lead_h = (moment.utc_ms - run_ms) as f64 / HOUR_MS as f64;
        if self.error == 0.0 || moment.utc_ms <= now.utc_ms {
            return (truth, daylight);
        }
        let warmer_k = self.error
            * (AT_ONCE_K + GROWTH_K * lead_h.sqrt())
            * self.wander(Purpose::ForecastTemperature, run_ms, moment);
        let sun_error = self.error * (SUN_AT_ONCE + SUN_GROWTH * lead_h.sqrt()).min(SUN_WORST);
        let brighter = 1.0 + sun_error * self.wander(Purpose::ForecastSun, run_ms, moment);
        let outdoor = Outdoor {
            temperature_c: truth.temperature_c + warmer_k,
            dew_point_c: truth.dew_point_c.min(truth.temperature_c + warmer_k),
            direct_normal_wm2: truth.direct_normal_wm2 * brighter.clamp(0.0, 2.0),
            ..truth
        };
        (outdoor, self.climate.daylight(&outdoor, moment))
    }

    /// Half of the variance is common to all runs, half is each run's own.
    fn wander(&self, purpose: Purpose, run_ms: i64, moment: Moment) -> f64 {
        let run = run_ms.div_euclid(RUN_MS) as usize;
        let common = self.noise.slow(purpose, 0, moment.utc_ms, WANDER_MS);
        let own = self.noise.slow(purpose, run.wrapping_add(1), moment.utc_ms, WANDER_MS);
        (common + own) * std::f64::consts::FRAC_1_SQRT_2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::season::Season;
    use crate::sun::Place;

    /// Monday 6 January 2025, 0:00 in Paris.
    const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

    fn climate() -> Climate {
        Climate::recorded(Season::Today, Place::PARIS)
    }

    /// Root of the mean squared error of temperature so many hours ahead, K.
    fn error_k(forecast: &Forecast, lead_h: i64) -> f64 {
        let errors = (0..2000).map(|run| {
            let now = MONDAY.later_by(run * 4 * HOUR_MS);
            let then = now.later_by(lead_h * HOUR_MS);
            forecast.at(now, then).0.temperature_c - climate().at(then).0.temperature_c
        });
        (errors.map(|error| error * error).sum::<f64>() / 2000.0).sqrt()
    }

    #[test]
    fn errors_grow_with_the_lead_and_are_those_of_real_forecasts() {
        let forecast = Forecast::new(climate(), 1, 1.0);
        let (soon, day, three_days) = (error_k(&forecast, 2), error_k(&forecast, 24), error_k(&forecast, 72));
        assert!((0.6..1.2).contains(&soon), "{soon}");
        assert!((1.3..1.8).contains(&day), "{day}");
        assert!((2.0..2.6).contains(&three_days), "{three_days}");
    }

    #[test]
    fn without_error_it_is_the_truth_and_of_the_past_always() {
        let (perfect, usual) = (Forecast::new(climate(), 1, 0.0), Forecast::new(climate(), 1, 1.0));
        let noon = MONDAY.later_by(12 * HOUR_MS);
        assert_eq!(perfect.at(MONDAY, noon), climate().at(noon));
        assert_eq!(usual.at(noon, MONDAY), climate().at(MONDAY));
        assert_ne!(usual.at(MONDAY, noon), climate().at(noon));
    }

    #[test]
    fn it_stays_the_same_until_the_next_run_and_the_sun_never_shines_at_night() {
        let forecast = Forecast::new(climate(), 2, 1.0);
        let noon = MONDAY.later_by(36 * HOUR_MS);
        assert_eq!(
            forecast.at(MONDAY.later_by(HOUR_MS), noon),
            forecast.at(MONDAY.later_by(2 * HOUR_MS), noon)
        );
        let later = MONDAY.later_by(8 * HOUR_MS);
        assert_ne!(forecast.at(MONDAY, noon).0.temperature_c, forecast.at(later, noon).0.temperature_c);
        for hour in 0..2000 {
            let moment = MONDAY.later_by(hour * HOUR_MS);
            let (truth, predicted) = (climate().at(moment).1, forecast.at(MONDAY, moment).1);
            assert!(predicted.global_horizontal_wm2 >= 0.0);
            assert!(truth.global_horizontal_wm2 > 0.0 || predicted.global_horizontal_wm2 == 0.0);
        }
    }
}
