//! The simulated weather service of the demonstration: it knows the twin's weather of the next day exactly.

use registry::SiteBook;
use twin::Climate;
use vocabulary::{OutlookHour, SiteOutlook, Timestamp};

use super::week::moment;

const HOUR_MS: i64 = 3_600_000;
/// How far it looks.
const AHEAD_H: i64 = 25;
/// What it says holds so long: it speaks every few minutes.
const HOLDS_MS: i64 = 3_600_000;

/// What it says at `now`: the hour that runs and a day more, each as its middle.
pub(super) fn outlook(climate: &Climate, book: &SiteBook, now: Timestamp) -> SiteOutlook {
    let weather = |at| {
        let (outdoor, daylight) = climate.at(moment(book, at));
        (Some(outdoor.temperature_c), Some(daylight.global_horizontal_wm2))
    };
    let this_hour = Timestamp::from_ms(now.ms().div_euclid(HOUR_MS) * HOUR_MS);
    let hours = (0..AHEAD_H).map(|ahead| {
        let from = this_hour.plus_ms(ahead * HOUR_MS);
        let (outdoor_c, irradiance_w_per_m2) = weather(from.plus_ms(HOUR_MS / 2));
        OutlookHour { from, outdoor_c, irradiance_w_per_m2, price_eur_per_kwh: None, carbon_g_per_kwh: None }
    });
    let hours = hours.collect();
    let (outdoor_c, irradiance_w_per_m2) = weather(now);
    SiteOutlook { outdoor_c, irradiance_w_per_m2, hours, until: now.plus_ms(HOLDS_MS) }
}
