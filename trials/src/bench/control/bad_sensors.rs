//! Sensors that fail: for spans of six hours one in ten is lost, stuck, off or absurd. Which and how is a matter of the
//! seed; no two sensors fail together but by chance.

use super::chance::{Purpose, luck};
use super::scenario::STEPS_A_DAY;
use crate::drive::ZoneStep;

/// One sensor in so many is bad at any time (scenario "10 % bad sensors").
const BAD_SHARE: f64 = 0.1;
/// For how long: a quarter of a day.
const SPAN_STEPS: i64 = STEPS_A_DAY as i64 / 4;

/// What each sensor said when its present span began: a stuck one goes on saying it.
#[derive(Debug, Clone, Default)]
pub(super) struct BadSensors {
    at_start: Vec<[Option<f64>; 6]>,
    span: Option<i64>,
}

impl BadSensors {
    /// Spoils the readings of all zones in a step.
    pub(super) fn spoil(&mut self, seed: u64, step: i64, zones: &mut [(String, ZoneStep)]) {
        let span = step.div_euclid(SPAN_STEPS);
        if self.span != Some(span) {
            self.span = Some(span);
            self.at_start =
                zones.iter_mut().map(|(_, zone)| sensors(zone).map(|(value, _)| *value)).collect();
        }
        for (place, ((_, zone), at_start)) in zones.iter_mut().zip(&self.at_start).enumerate() {
            for (kind, ((value, off_by), stuck)) in sensors(zone).into_iter().zip(at_start).enumerate() {
                let [bad, how, size, _] = luck(seed, Purpose::Fault, 6 * place + kind, span);
                if bad < BAD_SHARE {
                    *value = fault(*value, *stuck, off_by, how, size);
                }
            }
        }
    }
}

/// Each sensor with what it may be off by: three kelvin and its like.
fn sensors(zone: &mut ZoneStep) -> [(&mut Option<f64>, f64); 6] {
    [
        (&mut zone.air_c, 3.0),
        (&mut zone.humidity_pct, 20.0),
        (&mut zone.co2_ppm, 600.0),
        (&mut zone.illuminance_lux, 500.0),
        (&mut zone.motion, 1.0),
        (&mut zone.heater_c, 10.0),
    ]
}

fn fault(value: Option<f64>, stuck: Option<f64>, off_by: f64, how: f64, size: f64) -> Option<f64> {
    match (4.0 * how) as u32 {
        0 => None,
        1 => stuck,
        2 => value.map(|value| value + off_by * (2.0 * size - 1.0)),
        // What broken wires and buses say.
        _ => Some(if size < 0.5 { -127.0 } else { 65_535.0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_in_ten_is_bad() {
        let good = ZoneStep {
            air_c: Some(20.0),
            humidity_pct: Some(40.0),
            co2_ppm: Some(500.0),
            illuminance_lux: Some(100.0),
            motion: Some(1.0),
            heater_c: Some(30.0),
            ..ZoneStep::default()
        };
        let (mut bad, mut all) = (0, 0);
        let mut faults = BadSensors::default();
        for step in 0..20_000 {
            let mut now = good.clone();
            now.air_c = Some(20.0 + 0.001 * f64::from(step));
            let mut zones = vec![("a".to_owned(), now.clone())];
            faults.spoil(7, i64::from(step), &mut zones);
            all += 1;
            bad += u32::from(zones[0].1.air_c != now.air_c);
        }
        let share = f64::from(bad) / f64::from(all);
        assert!((0.06..0.14).contains(&share), "{share}");
    }
}
