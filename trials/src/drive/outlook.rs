//! Weather and prices of a step, by half hours from now. The format forecasts no prices, so what electricity costs now it
//! is taken to cost all day: heat moved on a guess of tomorrow's price costs more energy and higher peaks for certain.

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

/// The outlook at the local time of a step.
pub(super) fn outlook(step: &Step, local: LocalTime, survived: &mut Survived) -> Outlook {
    let mut now = |value: Option<f64>, range: &RangeInclusive<f64>| {
        let believed = possible(value, range);
        survived.absurd += u64::from(value.is_some() && believed.is_none());
        believed
    };
    let price_eur_per_kwh = now(step.price_eur_per_kwh, &PRICE_EUR_PER_KWH);
    let carbon_g_per_kwh = now(step.carbon_g_per_kwh, &CARBON_G_PER_KWH);
    let into_hour = f64::from(local.minute % 60) / 60.0;
    let half_hour = |index: usize| {
        let after_h = into_hour + 0.5 * index as f64 + 0.25;
        HalfHour {
            outdoor_c: at(&step.outdoor_forecast_c, after_h, &OUTDOOR_C),
            irradiance_w_per_m2: at(&step.irradiance_forecast_w_per_m2, after_h, &IRRADIANCE_W_PER_M2),
            price_eur_per_kwh,
            carbon_g_per_kwh,
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

fn possible(value: Option<f64>, range: &RangeInclusive<f64>) -> Option<f64> {
    value.filter(|value| range.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(minute: u16, step: &Step) -> Outlook {
        outlook(step, LocalTime { weekday: 0, minute, offset_s: 0 }, &mut Survived::default())
    }

    #[test]
    fn half_hours_lie_between_the_middles_of_hours() {
        let step = Step { outdoor_forecast_c: vec![Some(0.0), Some(4.0), None], ..Step::default() };
        let series = |minute| {
            let ahead = heard(minute, &step).ahead;
            ahead.iter().map(|half| half.outdoor_c).collect::<Vec<_>>()
        };
        assert_eq!(series(60)[..6], [Some(0.0), Some(1.0), Some(3.0), Some(4.0), Some(4.0), None]);
        assert_eq!(series(90)[..5], [Some(1.0), Some(3.0), Some(4.0), Some(4.0), None]);
    }

    #[test]
    fn what_no_weather_can_be_is_nothing() {
        let step = Step {
            outdoor_c: Some(1e300),
            irradiance_w_per_m2: Some(f64::NAN),
            outdoor_forecast_c: vec![Some(f64::INFINITY); 24],
            ..Step::default()
        };
        let outlook = heard(0, &step);
        assert_eq!((outlook.outdoor_c, outlook.irradiance_w_per_m2), (None, None));
        assert!(outlook.ahead.iter().all(|half| half.outdoor_c.is_none()));
    }
}
