//! What is known outside of a building: weather now and as forecast, price and carbon of the hour.

use twin::{Carbon, Forecast, Moment, Season, Tariff};

const HOUR_MS: i64 = 3_600_000;
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

/// Price at a moment, €/kWh: cheaper from 22 to 6.
pub(super) fn price_eur_per_kwh(at: Moment) -> f64 {
    Tariff::FRENCH_OFF_PEAK.eur_per_kwh(at)
}

/// Carbon of electricity at a moment, g/kWh: the Belgian grid as recorded, which is what the twin has.
pub(super) fn carbon_g_per_kwh(at: Moment) -> f64 {
    Carbon::embedded().g_per_kwh(Season::Today, at)
}
