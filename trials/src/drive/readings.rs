//! What a zone's sensors say, judged by the rules by which a heater's records are judged. What is not believed is lost.

use vocabulary::{Metric, Plausibility, Quality, Reading, Timestamp};

use super::input::ZoneStep;
use super::survived::Survived;

/// What is believed of a zone's readings.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Readings {
    pub(super) air_c: Option<f64>,
    pub(super) humidity_pct: Option<f64>,
    pub(super) co2_ppm: Option<f64>,
    pub(super) illuminance_lux: Option<f64>,
    pub(super) motion: Option<bool>,
    pub(super) heater_c: Option<f64>,
}

/// Judges the readings of one zone at `now`.
pub(super) fn judge(
    memory: &mut Plausibility,
    zone: &ZoneStep,
    now: Timestamp,
    survived: &mut Survived,
) -> Readings {
    survived.lost += u64::from(zone.air_c.is_none());
    let mut believed = |metric: Metric, value: Option<f64>| {
        let value = value?;
        if !metric.allows(value) {
            survived.absurd += 1;
            return None;
        }
        match memory.judge(&metric, Reading::value(value), now) {
            Quality::Good => Some(value),
            Quality::Suspect(_) | Quality::Missing(_) => {
                survived.suspect += 1;
                None
            }
        }
    };
    Readings {
        air_c: believed(Metric::TemperatureC, zone.air_c),
        humidity_pct: believed(Metric::HumidityPct, zone.humidity_pct),
        co2_ppm: believed(Metric::Co2Ppm, zone.co2_ppm),
        illuminance_lux: believed(Metric::IlluminanceLux, zone.illuminance_lux),
        motion: believed(Metric::Presence, zone.motion).map(|motion| motion == 1.0),
        heater_c: believed(Metric::CaseTemperatureC, zone.heater_c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_and_what_leaps_is_lost_and_counted() {
        let (mut memory, mut survived) = (Plausibility::default(), Survived::default());
        let mut hear = |minute: i64, air_c: Option<f64>, survived: &mut Survived| {
            let zone = ZoneStep { air_c, motion: Some(0.5), ..ZoneStep::default() };
            judge(&mut memory, &zone, Timestamp::from_ms(60_000 * minute), survived)
        };
        assert_eq!(hear(0, Some(20.0), &mut survived).air_c, Some(20.0));
        assert_eq!(hear(1, Some(35.0), &mut survived).air_c, None);
        assert_eq!(hear(2, Some(f64::INFINITY), &mut survived).air_c, None);
        assert_eq!(hear(3, None, &mut survived).motion, None);
        assert_eq!((survived.suspect, survived.absurd, survived.lost), (1, 5, 1));
    }
}
