//! Weather and prices of a step, by half hours from now. Prices are not forecast in the format: each hour is taken to cost
//! what the same hour did a day before, once it has been heard.

use std::ops::RangeInclusive;

use controller::{HALF_HOURS, HalfHour, Outlook};
use vocabulary::LocalTime;

use super::input::Step;
use super::survived::Survived;

/// What weather on earth, prices and grids can be, as for `vocabulary::SiteOutlook`.
const OUTDOOR_C: RangeInclusive<f64> = -60.0..=60.0;
const IRRADIANCE_W_PER_M2: RangeInclusive<f64> = 0.0..=1500.0;
const PRICE_EUR_PER_KWH: RangeInclusive<f64> = -10.0..=10.0;
const CARBON_G_PER_KWH: RangeInclusive<f64> = 0.0..=3000.0;

/// Prices and carbon heard last in each hour of the day.
#[derive(Debug, Clone, Default)]
pub(super) struct Tariff {
    price_eur_per_kwh: [Option<f64>; 24],
    carbon_g_per_kwh: [Option<f64>; 24],
}

/// The outlook at the local time of a step.
pub(super) fn outlook(
    tariff: &mut Tariff,
    step: &Step,
    local: LocalTime,
    survived: &mut Survived,
) -> Outlook {
    let mut now = |value: Option<f64>, range: &RangeInclusive<f64>| {
        let believed = possible(value, range);
        survived.absurd += u64::from(value.is_some() && believed.is_none());
        believed
    };
    let price = now(step.price_eur_per_kwh, &PRICE_EUR_PER_KWH);
    let carbon = now(step.carbon_g_per_kwh, &CARBON_G_PER_KWH);
    let hour = f64::from(local.minute) / 60.0;
    hear(&mut tariff.price_eur_per_kwh, hour, price);
    hear(&mut tariff.carbon_g_per_kwh, hour, carbon);
    let half_hour = |index: usize| {
        let middle_h = hour + 0.5 * index as f64 + 0.25;
        HalfHour {
            outdoor_c: at(&step.outdoor_forecast_c, middle_h - hour.floor(), &OUTDOOR_C),
            irradiance_w_per_m2: at(
                &step.irradiance_forecast_w_per_m2,
                middle_h - hour.floor(),
                &IRRADIANCE_W_PER_M2,
            ),
            price_eur_per_kwh: usual(&tariff.price_eur_per_kwh, middle_h),
            carbon_g_per_kwh: usual(&tariff.carbon_g_per_kwh, middle_h),
        }
    };
    Outlook {
        outdoor_c: now(step.outdoor_c, &OUTDOOR_C),
        irradiance_w_per_m2: now(step.irradiance_w_per_m2, &IRRADIANCE_W_PER_M2),
        ahead: (0..HALF_HOURS).map(half_hour).collect(),
    }
}

/// The forecast so many hours after the clock hour that runs began. A forecast is right in the middle of its hour and goes
/// on straight to the next; where it ends or has a hole there is nothing.
fn at(forecast: &[Option<f64>], after_h: f64, range: &RangeInclusive<f64>) -> Option<f64> {
    let value = |hour: f64| possible(forecast.get(hour as usize).copied().flatten(), range);
    let position = (after_h - 0.5).max(0.0);
    let (before, along) = (position.floor(), position.fract());
    let first = value(before);
    match (first, value(before + 1.0)) {
        (Some(first), Some(second)) => Some(first + along * (second - first)),
        _ => first,
    }
}

fn hear(hours: &mut [Option<f64>; 24], hour: f64, value: Option<f64>) {
    let own = &mut hours[hour as usize % 24];
    *own = value.or(*own);
}

fn usual(hours: &[Option<f64>; 24], hour: f64) -> Option<f64> {
    hours[hour as usize % 24]
}

fn possible(value: Option<f64>, range: &RangeInclusive<f64>) -> Option<f64> {
    value.filter(|value| range.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(tariff: &mut Tariff, minute: u16, step: &Step) -> Outlook {
        outlook(tariff, step, LocalTime { weekday: 0, minute, offset_s: 0 }, &mut Survived::default())
    }

    #[test]
    fn half_hours_lie_between_the_middles_of_hours() {
        let step = Step { outdoor_forecast_c: vec![Some(0.0), Some(4.0), None], ..Step::default() };
        let series = |minute| {
            let ahead = heard(&mut Tariff::default(), minute, &step).ahead;
            ahead.iter().map(|half| half.outdoor_c).collect::<Vec<_>>()
        };
        assert_eq!(series(60)[..6], [Some(0.0), Some(1.0), Some(3.0), Some(4.0), Some(4.0), None]);
        assert_eq!(series(90)[..5], [Some(1.0), Some(3.0), Some(4.0), Some(4.0), None]);
    }

    #[test]
    fn an_hour_costs_what_it_did_the_day_before() {
        let mut tariff = Tariff::default();
        let at = |price| Step { price_eur_per_kwh: Some(price), ..Step::default() };
        heard(&mut tariff, 60, &at(0.1));
        heard(&mut tariff, 120, &at(0.3));
        let outlook = heard(&mut tariff, 60, &at(0.15));
        let prices: Vec<_> = outlook.ahead[..5].iter().map(|half| half.price_eur_per_kwh).collect();
        assert_eq!(prices, [Some(0.15), Some(0.15), Some(0.3), Some(0.3), None]);
    }

    #[test]
    fn what_no_weather_can_be_is_nothing() {
        let step = Step {
            outdoor_c: Some(1e300),
            irradiance_w_per_m2: Some(f64::NAN),
            outdoor_forecast_c: vec![Some(f64::INFINITY); 24],
            ..Step::default()
        };
        let outlook = heard(&mut Tariff::default(), 0, &step);
        assert_eq!((outlook.outdoor_c, outlook.irradiance_w_per_m2), (None, None));
        assert!(outlook.ahead.iter().all(|half| half.outdoor_c.is_none()));
    }
}
