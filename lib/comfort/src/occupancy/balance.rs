//! The Kalman filter of a room's carbon dioxide: its level and the emission behind it.
//!
//! `dC/dt = e − a(C − Cout)`, exact over a step for an emission e that stays the same within it; e itself walks at
//! random, as people come and go.

use serde::{Deserialize, Serialize};

/// Noise of a reading, ppm: the repeatability of nondispersive infrared sensors with what mixing adds.
const READING_NOISE_PPM: f64 = 8.0;
/// What mixing adds between readings, as the variance of a random walk, ppm²/h.
const MIXING_PPM2_PER_H: f64 = 200.0;
/// One person comes or goes about so often, h: stays of some hours.
const ONE_COMES_OR_GOES_H: f64 = 4.0;
/// A filter that begins knows the emission to about so many persons.
const BEGINS_WITHIN_PERSONS: f64 = 2.0;

/// The Kalman filter's estimate of level and emission with its covariance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Estimate {
    pub(super) level_ppm: f64,
    pub(super) emission_ppm_per_h: f64,
    level_variance: f64,
    covariance: f64,
    pub(super) emission_variance: f64,
}

/// The air that comes in: its CO₂ and how often it changes the room's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange {
    pub(super) baseline_ppm: f64,
    pub(super) per_h: f64,
}

impl Estimate {
    /// A first reading, of which nothing but the level is known.
    pub(super) fn at(co2_ppm: f64, person_ppm_per_h: f64) -> Estimate {
        Estimate {
            level_ppm: co2_ppm,
            emission_ppm_per_h: 0.0,
            level_variance: READING_NOISE_PPM.powi(2),
            covariance: 0.0,
            emission_variance: (BEGINS_WITHIN_PERSONS * person_ppm_per_h).powi(2),
        }
    }

    /// The estimate a step later, with nothing read.
    pub(super) fn after(&self, step_h: f64, air: &Exchange, person_ppm_per_h: f64) -> Estimate {
        let keep = (-air.per_h * step_h).exp();
        let gain_h = (1.0 - keep) / air.per_h;
        let Estimate { level_variance: p, covariance: q, emission_variance: r, .. } = *self;
        let walk = step_h / ONE_COMES_OR_GOES_H * person_ppm_per_h.powi(2);
        Estimate {
            level_ppm: air.baseline_ppm
                + keep * (self.level_ppm - air.baseline_ppm)
                + gain_h * self.emission_ppm_per_h,
            emission_ppm_per_h: self.emission_ppm_per_h,
            level_variance: keep * keep * p
                + 2.0 * keep * gain_h * q
                + gain_h * gain_h * r
                + MIXING_PPM2_PER_H * step_h,
            covariance: keep * q + gain_h * r,
            emission_variance: r + walk,
        }
    }

    /// The estimate with a reading heard.
    pub(super) fn corrected(self, co2: f64) -> Estimate {
        let spread = self.level_variance + READING_NOISE_PPM.powi(2);
        let (level_gain, emission_gain) = (self.level_variance / spread, self.covariance / spread);
        let innovation = co2 - self.level_ppm;
        Estimate {
            level_ppm: self.level_ppm + level_gain * innovation,
            emission_ppm_per_h: self.emission_ppm_per_h + emission_gain * innovation,
            level_variance: (1.0 - level_gain) * self.level_variance,
            covariance: (1.0 - level_gain) * self.covariance,
            emission_variance: self.emission_variance - emission_gain * self.covariance,
        }
    }
}
