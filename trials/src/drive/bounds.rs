//! The comfort that is asked for, made whole: bounds that are missing are the last that were known, forecasts that end
//! early go on as they end. A band that is upside down is the controller's to set right.

use controller::{GivenBand, HALF_HOURS};
use vocabulary::Metric;

use super::input::ZoneStep;
use super::survived::Survived;

/// The bounds known last, °C.
#[derive(Debug, Clone)]
pub(super) struct LastBounds {
    low_c: f64,
    high_c: f64,
}

impl Default for LastBounds {
    /// Of a zone of which nothing was ever asked: the mean temperature that French law allows for heating (Code de
    /// l'énergie, R241-26), and the one at which the bands of this project end.
    fn default() -> Self {
        Self { low_c: 19.0, high_c: 24.0 }
    }
}

impl LastBounds {
    /// The band of a step.
    pub(super) fn complete(&mut self, zone: &ZoneStep, survived: &mut Survived) -> GivenBand {
        let mut now = |said: Option<f64>, forecast: &[Option<f64>], known: f64| match believable(said) {
            Some(bound) => bound,
            None => {
                survived.lost += 1;
                believable(forecast.first().copied().flatten()).unwrap_or(known)
            }
        };
        self.low_c = now(zone.low_c, &zone.low_forecast_c, self.low_c);
        self.high_c = now(zone.high_c, &zone.high_forecast_c, self.high_c);
        GivenBand {
            low_c: ahead(self.low_c, &zone.low_forecast_c),
            high_c: ahead(self.high_c, &zone.high_forecast_c),
            vacant_low_c: believable(zone.low_vacant_c),
        }
    }
}

/// Whether a forecast covers the next day without holes.
pub(super) fn is_whole(forecast: &[Option<f64>], length: usize) -> bool {
    forecast.len() >= length && forecast[..length].iter().all(|value| value.is_some_and(f64::is_finite))
}

/// The bound now and then as forecast; a hole is as what is before it.
fn ahead(now_c: f64, forecast: &[Option<f64>]) -> Vec<f64> {
    let mut known = now_c;
    let later = (1..HALF_HOURS).map(|at| {
        known = believable(forecast.get(at).copied().flatten()).unwrap_or(known);
        known
    });
    std::iter::once(now_c).chain(later).collect()
}

fn believable(bound_c: Option<f64>) -> Option<f64> {
    bound_c.filter(|bound| Metric::TemperatureC.allows(*bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_that_ends_early_goes_on_as_it_ends_and_a_lost_bound_is_the_last_known() {
        let (mut last, mut survived) = (LastBounds::default(), Survived::default());
        let zone = ZoneStep {
            low_c: Some(20.0),
            high_c: Some(23.0),
            low_forecast_c: vec![Some(20.0), None, Some(17.0), Some(1e300)],
            ..ZoneStep::default()
        };
        let comfort = last.complete(&zone, &mut survived);
        assert_eq!(comfort.low_c[..4], [20.0, 20.0, 17.0, 17.0]);
        assert_eq!((comfort.low_c.len(), comfort.low_c[47], comfort.high_c[47]), (48, 17.0, 23.0));
        assert_eq!(survived.lost, 0);
        let comfort = last.complete(&ZoneStep::default(), &mut survived);
        assert_eq!((comfort.low_c[0], comfort.high_c[0], survived.lost), (20.0, 23.0, 2));
    }
}
