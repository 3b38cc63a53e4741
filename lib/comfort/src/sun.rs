//! The sun a room sees, hour by hour, learned from light in the room against irradiance outside.
//!
//! A window looks one way: in the morning a room to the east sees more than the horizontal plane, in the afternoon
//! less. Where light is measured, its ratio to the irradiance is learned for each hour of the day; the sun on the
//! room is then `S = ratio[hour] · irradiance`.
//!
//! Lamps only ever add light and are either on or off while the sun goes up and down. So the light of an hour is
//! compared with a floor below which it seldom falls, and the ratio follows a low quantile: an hour in which lamps
//! burn on most days is believed on the days on which they do not.

use serde::{Deserialize, Serialize};

/// Hours of the day.
const HOURS: usize = 24;
/// The quantile of the ratio that is followed: lamps may burn on two of three days.
const QUANTILE: f64 = 0.3;
/// Step of the ratio's logarithm per hour of sun seen: an hour of the day that is off by a factor of two has settled
/// after one to two weeks.
const STEP_PER_HOUR: f64 = 0.25;
/// Below this irradiance the sun decides nothing and lamps decide all, W/m².
const LEAST_SUN_W_PER_M2: f64 = 50.0;
/// An hour counts from this many hours of sun seen; before, it is as its day.
const SETTLED_H: f64 = 3.0;
/// The ratio of an hour stays within a factor of four of the day's: glass and a wall's orientation give no more.
const MOST: f64 = 4.0;

/// A learned shape of a room's sun over the day. The clock is any that always means the same, best without summer time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SunShape {
    hours: [Hour; HOURS],
}

/// What is known of one hour of the day.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Hour {
    /// Logarithm of the low quantile of light over irradiance.
    log_ratio: f64,
    /// How long sun was seen in this hour, h; it stops counting when the hour has settled long since.
    seen_h: f64,
    /// Mean irradiance of those times, W/m²: the weight of the hour in the day.
    sun_w_per_m2: f64,
}

impl Default for SunShape {
    fn default() -> Self {
        Self { hours: [Hour::default(); HOURS] }
    }
}

impl SunShape {
    /// Takes in the light in the room, lux or any unit that is proportional to it, over `length_s` seconds of the
    /// hour of the day `hour` (0..24), while the irradiance outside was `sun_w_per_m2`. Where somebody may be there
    /// the caller leaves it out, as then lamps may burn; where that is unknown it is taken all the same.
    pub fn see(&mut self, hour: usize, length_s: f64, light: f64, sun_w_per_m2: f64) {
        let sound = length_s > 0.0 && light > 0.0 && light.is_finite() && sun_w_per_m2.is_finite();
        if !sound || sun_w_per_m2 < LEAST_SUN_W_PER_M2 {
            return;
        }
        let hours = (length_s / 3600.0).min(1.0);
        let log_ratio = (light / sun_w_per_m2).ln();
        let seen = &mut self.hours[hour % HOURS];
        if seen.seen_h == 0.0 {
            seen.log_ratio = log_ratio;
        }
        // Stochastic approximation of a quantile (Robbins and Monro 1951): steps up and down balance where the ratio
        // is below the estimate for just that part of the time.
        let step = STEP_PER_HOUR * hours;
        seen.log_ratio += if log_ratio > seen.log_ratio { step * QUANTILE } else { step * (QUANTILE - 1.0) };
        let weight = hours / (seen.seen_h + hours);
        seen.sun_w_per_m2 += weight * (sun_w_per_m2 - seen.sun_w_per_m2);
        seen.seen_h = (seen.seen_h + hours).min(10.0 * SETTLED_H);
    }

    /// The room's sun over the irradiance in an hour of the day: 1 on the average of the day's irradiance, and 1
    /// everywhere until something was learned.
    #[must_use]
    pub fn ratio(&self, hour: usize) -> f64 {
        let hour = &self.hours[hour % HOURS];
        let settled = || self.hours.iter().filter(|hour| hour.is_settled());
        let weight: f64 = settled().map(|hour| hour.sun_w_per_m2).sum();
        if weight <= 0.0 || !hour.is_settled() {
            return 1.0;
        }
        let mean = settled().map(|hour| hour.sun_w_per_m2 * hour.log_ratio.exp()).sum::<f64>() / weight;
        let ratio = hour.log_ratio.exp() / mean;
        if ratio.is_finite() { ratio.clamp(1.0 / MOST, MOST) } else { 1.0 }
    }

    /// The sun on the room, W/m².
    #[must_use]
    pub fn sun_w_per_m2(&self, hour: usize, irradiance_w_per_m2: f64) -> f64 {
        self.ratio(hour) * irradiance_w_per_m2
    }
}

impl Hour {
    fn is_settled(&self) -> bool {
        self.seen_h >= SETTLED_H
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Irradiance on the plane, and what a window to the east sees of it.
    fn sky(hour: f64, cloud: f64) -> (f64, f64) {
        let height = ((hour - 12.0) / 8.0 * std::f64::consts::FRAC_PI_2).cos().max(0.0);
        let east = if hour < 12.0 { 1.6 } else { 0.5 };
        (800.0 * cloud * height, 800.0 * cloud * height * east)
    }

    /// Days of a room to the east; `lamps` says whether they burn.
    fn days(count: usize, lamps: impl Fn(usize, f64) -> bool) -> SunShape {
        let mut shape = SunShape::default();
        for step in 0..count * 288 {
            let (day, hour) = (step / 288, (step % 288) as f64 / 12.0);
            let (sun, seen) = sky(hour, [0.3, 1.0, 0.6, 0.9][day % 4]);
            let lamp_lux = if lamps(day, hour) { 400.0 } else { 0.0 };
            shape.see(hour as usize, 300.0, 1.5 * seen + lamp_lux, sun);
        }
        shape
    }

    #[test]
    fn nothing_seen_is_a_flat_day() {
        assert!((0..24).all(|hour| SunShape::default().ratio(hour) == 1.0));
    }

    #[test]
    fn a_room_to_the_east_sees_its_morning() {
        let shape = days(20, |_, _| false);
        let (morning, afternoon) = (shape.ratio(9), shape.ratio(15));
        println!("{morning} {afternoon}");
        assert!((morning / afternoon / 3.2).ln().abs() < 0.15);
        assert!((shape.sun_w_per_m2(9, 200.0) - 200.0 * morning).abs() < 1e-12);
        assert_eq!(shape.ratio(2), 1.0, "at night nothing is known, and nothing matters");
    }

    #[test]
    fn lamps_on_most_working_days_do_not_fool_it() {
        let dark = days(28, |_, _| false);
        let lit = days(28, |day, hour| day % 7 < 4 && (13.0..18.0).contains(&hour));
        for hour in [8, 10, 14, 16] {
            let off = (lit.ratio(hour) / dark.ratio(hour)).ln().abs();
            assert!(off < 0.25, "{hour} h: {} with lamps, {} without", lit.ratio(hour), dark.ratio(hour));
        }
    }

    #[test]
    fn it_is_kept_and_comes_back_alike() {
        let shape = days(5, |_, _| false);
        let text = serde_json::to_string(&shape).unwrap();
        assert_eq!(serde_json::from_str::<SunShape>(&text).unwrap(), shape);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn whatever_is_seen_ratios_stay_within_their_bounds(
            seen in prop::collection::vec((any::<usize>(), any::<f64>(), any::<f64>(), any::<f64>()), 0..200)
        ) {
            let mut shape = SunShape::default();
            for (hour, length_s, light, sun) in seen {
                shape.see(hour, length_s, light, sun);
                shape.see(hour % 3, 1e4, light.abs(), sun.abs());
            }
            for hour in 0..24 {
                prop_assert!((0.25..=4.0).contains(&shape.ratio(hour)));
            }
        }
    }
}
