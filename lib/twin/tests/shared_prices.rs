//! The seeded market beside the French one it was shaped after, which is not part of the project.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod recordings;

use recordings::recording;
use twin::{Market, Moment, Series, Tariff};

const HOUR_MS: i64 = 3_600_000;
/// 1 January 2012 and 2015, 0:00 UTC.
const RECORD_MS: i64 = 1_325_376_000_000;
const FROM_MS: i64 = 1_420_070_400_000;
const HOURS: i64 = 4 * 8766;

/// Means by hour of the day, weekday and month beside the mean of all, and the deviation beside the mean.
fn profile(price: impl Fn(Moment) -> f64) -> (Vec<f64>, f64) {
    let moments = (0..HOURS).map(|hour| Moment { utc_ms: FROM_MS + hour * HOUR_MS, local_offset_s: 3600 });
    let prices: Vec<(Moment, f64)> = moments.map(|moment| (moment, price(moment))).collect();
    let mean = prices.iter().map(|(_, price)| price).sum::<f64>() / HOURS as f64;
    let mean_of = |of: &dyn Fn(Moment) -> bool| {
        let chosen: Vec<f64> =
            prices.iter().filter(|(moment, _)| of(*moment)).map(|(_, price)| *price).collect();
        chosen.iter().sum::<f64>() / chosen.len() as f64 / mean
    };
    let mut profile: Vec<f64> =
        (0..24).map(|hour| mean_of(&|moment| moment.local().hour() as usize == hour)).collect();
    profile.extend((0..7).map(|weekday| mean_of(&|moment| moment.local().weekday() == weekday)));
    profile.extend(
        (0..12).map(|month| mean_of(&|moment| moment.local().day_of_common_year() * 12 / 365 == month)),
    );
    let variance = prices.iter().map(|(_, price)| (price - mean).powi(2)).sum::<f64>() / HOURS as f64;
    (profile, variance.sqrt() / mean)
}

#[test]
fn the_market_is_shaped_like_the_french_one() {
    let Some(bytes) = recording("electricity/fr_day_ahead_2012_2018.csv.gz") else { return };
    let record = Series::from_csv(&bytes, "price_eur_mwh", RECORD_MS, 3600).unwrap();
    let market = Tariff::Dynamic(Market::new(1, 0.043, 0.0));
    let (recorded, recorded_scatter) = profile(|moment| record.at(moment));
    let (made, made_scatter) = profile(|moment| market.eur_per_kwh(moment));
    println!("seed 1\nrecorded {recorded:.2?} {recorded_scatter:.2}\nmade {made:.2?} {made_scatter:.2}");
    for (at, (recorded, made)) in recorded.iter().zip(&made).enumerate() {
        assert!((recorded - made).abs() < 0.12, "place {at}: {recorded} {made}");
    }
    assert!((recorded_scatter - made_scatter).abs() < 0.12, "{recorded_scatter} {made_scatter}");
}

#[test]
fn french_carbon_of_2022_can_be_read() {
    let Some(bytes) = recording("electricity/fr_carbon_intensity_2022.csv.gz") else { return };
    let carbon = Series::from_csv(&bytes, "ci_lca_g_kwh", 1_640_995_200_000, 3600).unwrap();
    let first = carbon.at(Moment { utc_ms: 1_640_995_200_000, local_offset_s: 3600 });
    assert_eq!(first, 43.84);
}
