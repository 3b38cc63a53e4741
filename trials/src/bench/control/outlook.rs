//! What is known of the hours to come: weather with a forecast's error, price and carbon of the hour.

use twin::{Climate, Clock, Moment};

use super::chance::{Purpose, gaussian, luck};

const HOUR_MS: i64 = 3_600_000;
/// A new forecast is made every six hours, as the large weather models are.
const ISSUED_EVERY_MS: i64 = 6 * HOUR_MS;
/// Error of a temperature forecast a day ahead, K: that of present models at single stations.
const ERROR_AFTER_A_DAY_K: f64 = 1.5;
/// Error of a forecast of irradiance a day ahead, as a share: clouds are known worse than air.
const SUN_ERROR_AFTER_A_DAY: f64 = 0.3;
/// French regulated tariff, 6 kVA with off-peak hours, February 2025, €/kWh.
const PEAK_EUR: f64 = 0.2146;
const OFF_PEAK_EUR: f64 = 0.1696;

/// Temperature, °C, and global horizontal irradiance, W/m², at a moment.
pub(super) fn weather(climate: &Climate, at: Moment) -> (f64, f64) {
    let (outdoor, daylight) = climate.at(at);
    (outdoor.temperature_c, daylight.global_horizontal_wm2)
}

/// The forecast at `now` of 24 clock hours, the running one first: each as it will be in its middle, with an error that
/// grows with the root of the time ahead and is the same for all hours of one issue.
pub(super) fn forecast(climate: &Climate, seed: u64, now: Moment) -> [Vec<f64>; 2] {
    let issue = now.utc_ms.div_euclid(ISSUED_EVERY_MS);
    let warmer = gaussian(luck(seed, Purpose::Weather, 0, issue));
    let brighter = gaussian(luck(seed, Purpose::Sun, 0, issue));
    let local_ms = now.utc_ms + 1000 * i64::from(now.local_offset_s);
    let first = now.later_by(-local_ms.rem_euclid(HOUR_MS) + HOUR_MS / 2);
    let hours = (0..24).map(|hour| {
        let (outdoor_c, sun) = weather(climate, first.later_by(hour * HOUR_MS));
        let ahead = (hour as f64 / 24.0).sqrt();
        let light = (1.0 + SUN_ERROR_AFTER_A_DAY * ahead * brighter).clamp(0.0, 2.0);
        (outdoor_c + ERROR_AFTER_A_DAY_K * ahead * warmer, sun * light)
    });
    let (outdoor_c, sun) = hours.unzip();
    [outdoor_c, sun]
}

/// Price in an hour, €/kWh: off-peak from 22 to 6.
pub(super) fn price_eur_per_kwh(clock: Clock) -> f64 {
    if (6.0..22.0).contains(&clock.hour()) { PEAK_EUR } else { OFF_PEAK_EUR }
}

/// Carbon of electricity in an hour, g/kWh: the size and daily shape of the French mix, made and not measured.
pub(super) fn carbon_g_per_kwh(clock: Clock) -> f64 {
    45.0 - 20.0 * (std::f64::consts::TAU * (clock.hour() - 1.0) / 12.0).cos() * 0.5
        + 5.0 * f64::from(clock.weekday() < 5)
}
