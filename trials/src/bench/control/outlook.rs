//! What is known outside of a building: weather now and as forecast, price and carbon of the hour.

use twin::{Clock, Forecast, Moment};

const HOUR_MS: i64 = 3_600_000;
/// French regulated tariff, 6 kVA with off-peak hours, February 2025, €/kWh.
const PEAK_EUR: f64 = 0.2146;
const OFF_PEAK_EUR: f64 = 0.1696;

/// Outdoor air, °C, and global horizontal irradiance, W/m², of 24 clock hours as they are known at `now`, the running one
/// first: each as in its middle.
pub(super) fn hours(forecast: &Forecast, now: Moment) -> [Vec<f64>; 2] {
    let local_ms = now.utc_ms + 1000 * i64::from(now.local_offset_s);
    let first = now.later_by(-local_ms.rem_euclid(HOUR_MS) + HOUR_MS / 2);
    let hours = (0..24).map(|hour| {
        let (outdoor, daylight) = forecast.at(now, first.later_by(hour * HOUR_MS));
        (outdoor.temperature_c, daylight.global_horizontal_wm2)
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
    let twice_a_day = (std::f64::consts::TAU * (clock.hour() - 1.0) / 12.0).cos();
    45.0 - 10.0 * twice_a_day + if clock.weekday() < 5 { 5.0 } else { 0.0 }
}
