//! Which readings in range are still not to be believed: those that jump, that stand still for a day or while the power
//! changes, that no air has.
//!
//! ```text
//!   first value ──> believed
//!   believed ──faster than 5 K/min──────────> jump   (compared with the last believed value, so a real change is believed soon)
//!   casing ──exactly 85.0 °C out of nowhere─> jump   (what its sensor says before it has measured)
//!   believed ──same for 24 h────────────────> stuck  (until the value moves)
//!   temperature ──same for 30 min while the power changed by more than 30 %──> stuck
//!   CO₂ < 300 ppm ──────────────────────────> below_outdoor_air
//! ```

use std::collections::HashMap;

use crate::calendar::Timestamp;
use crate::metric::Metric;
use crate::reading::{Quality, Reading};

/// A believed value older than this is lost: control does not act on it, and no page shows it as a room's.
pub const LOST_AFTER_MS: i64 = 5 * 60_000;

/// What a room is at `now`: the mean of the newest believed value of each of its heaters, each with when it was measured. `None`
/// when all are lost.
pub fn believed_mean(values: impl Iterator<Item = (f64, Timestamp)>, now: Timestamp) -> Option<f64> {
    let known = values.filter(|(_, at)| now.since(*at) < LOST_AFTER_MS);
    let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), (value, _)| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Why a value in range is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suspicion {
    /// The room temperature changed faster than 5 K a minute, or a casing is at its sensor's power-on value at once.
    Jump,
    /// The value has not moved for 24 hours, or for half an hour in which the power did.
    Stuck,
    /// Less CO₂ than outdoor air has.
    BelowOutdoorAir,
}

impl Suspicion {
    /// Every suspicion, for tables of counters.
    pub const ALL: [Self; 3] = [Self::Jump, Self::Stuck, Self::BelowOutdoorAir];

    /// The quality word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jump => "suspect:jump",
            Self::Stuck => "suspect:stuck",
            Self::BelowOutdoorAir => "suspect:below_outdoor_air",
        }
    }
}

/// No room's air warms or cools faster than this by itself.
const MAX_SLEW_K_PER_MIN: f64 = 5.0;
/// Two readings close in time may differ by noise: at least this much is always allowed.
const ALWAYS_ALLOWED_STEP_K: f64 = 1.0;
/// A sensor of air that rests this long is broken; motion and light may rest.
const STUCK_AFTER_MS: i64 = 24 * 3_600_000;
/// A temperature that rests this long while the power changes is no measurement.
const STUCK_UNDER_POWER_AFTER_MS: i64 = 30 * 60_000;
/// By how much power must have changed for that: of its highest, and in watts, because an idle meter wanders.
const CHANGED_SHARE: f64 = 0.3;
const CHANGED_W: f64 = 50.0;
/// What a DS18B20, the usual sensor of casings, says between power-on and its first measurement (Maxim data sheet, 2018).
const POWER_ON_C: f64 = 85.0;
/// Outdoor air has above 400 ppm; a sensor well below has lost its zero.
const OUTDOOR_CO2_FLOOR_PPM: f64 = 300.0;

#[derive(Debug, Clone, Copy)]
struct Trace {
    believed: f64,
    believed_at: Timestamp,
    last: f64,
    unchanged_since: Timestamp,
    /// The lowest and the highest power since then.
    power_w: Option<(f64, f64)>,
    heard_at: Timestamp,
}

/// The memory of one heater's sensors: what was believed last of each metric.
#[derive(Debug, Clone, Default)]
pub struct Plausibility {
    traces: HashMap<Metric, Trace>,
    /// The newest power and when it was measured.
    power_w: Option<(f64, Timestamp)>,
}

impl Plausibility {
    /// Judges one reading measured at `at` and remembers it. A reading older than the newest heard is judged by
    /// its own value alone, because history sent late says nothing of how the sensor moves now.
    pub fn judge(&mut self, metric: &Metric, reading: Reading, at: Timestamp) -> Quality {
        match reading {
            Reading::Missing(fault) => Quality::Missing(fault),
            Reading::Value(value) => match self.suspicion(metric, value, at) {
                Some(suspicion) => Quality::Suspect(suspicion),
                None => Quality::Good,
            },
        }
    }

    fn suspicion(&mut self, metric: &Metric, value: f64, at: Timestamp) -> Option<Suspicion> {
        if *metric == Metric::PowerW {
            self.hear_power(value, at);
        }
        if !is_temperature(metric) && *metric != Metric::Co2Ppm {
            return None;
        }
        let of_motion = self.motion(metric, value, at);
        if *metric == Metric::Co2Ppm && value < OUTDOOR_CO2_FLOOR_PPM {
            return Some(Suspicion::BelowOutdoorAir);
        }
        of_motion
    }

    fn hear_power(&mut self, power_w: f64, at: Timestamp) {
        if self.power_w.is_some_and(|(_, newest)| at < newest) {
            return;
        }
        self.power_w = Some((power_w, at));
        for trace in self.traces.values_mut() {
            let (lowest, highest) = trace.power_w.unwrap_or((power_w, power_w));
            trace.power_w = Some((lowest.min(power_w), highest.max(power_w)));
        }
    }

    /// How the value moved since what was believed before.
    fn motion(&mut self, metric: &Metric, value: f64, at: Timestamp) -> Option<Suspicion> {
        let is_power_on_value = *metric == Metric::CaseTemperatureC && value == POWER_ON_C;
        let power_w = self.power_w.map(|(power_w, _)| (power_w, power_w));
        let Some(trace) = self.traces.get_mut(metric) else {
            if is_power_on_value {
                return Some(Suspicion::Jump);
            }
            let first = Trace {
                believed: value,
                believed_at: at,
                last: value,
                unchanged_since: at,
                power_w,
                heard_at: at,
            };
            self.traces.insert(metric.clone(), first);
            return None;
        };
        if at <= trace.heard_at {
            return None;
        }
        trace.heard_at = at;
        if value != trace.last {
            trace.last = value;
            trace.unchanged_since = at;
            trace.power_w = power_w;
        }
        if trace.is_stuck(metric, at) {
            return Some(Suspicion::Stuck);
        }
        let minutes = (at.ms() - trace.believed_at.ms()) as f64 / 60_000.0;
        let allowed = (MAX_SLEW_K_PER_MIN * minutes).max(ALWAYS_ALLOWED_STEP_K);
        let may_jump = *metric != Metric::TemperatureC && !is_power_on_value;
        if !may_jump && (value - trace.believed).abs() > allowed {
            return Some(Suspicion::Jump);
        }
        trace.believed = value;
        trace.believed_at = at;
        None
    }
}

impl Trace {
    fn is_stuck(&self, metric: &Metric, at: Timestamp) -> bool {
        let rested_ms = at.ms() - self.unchanged_since.ms();
        let power_moved = self.power_w.is_some_and(|(lowest, highest)| {
            highest - lowest > CHANGED_SHARE * highest && highest - lowest >= CHANGED_W
        });
        let under_power = is_temperature(metric) && power_moved;
        rested_ms >= STUCK_AFTER_MS || under_power && rested_ms >= STUCK_UNDER_POWER_AFTER_MS
    }
}

/// The temperatures that the heater's power moves.
fn is_temperature(metric: &Metric) -> bool {
    matches!(metric, Metric::TemperatureC | Metric::CaseTemperatureC | Metric::ChipTemperatureC)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn judge(memory: &mut Plausibility, metric: &Metric, value: f64, minute: i64) -> Quality {
        memory.judge(metric, Reading::value(value), Timestamp::from_ms(minute * MINUTE))
    }

    #[test]
    fn a_spike_is_suspect_and_what_follows_it_is_not() {
        let mut memory = Plausibility::default();
        let metric = Metric::TemperatureC;
        assert_eq!(judge(&mut memory, &metric, 20.0, 0), Quality::Good);
        assert_eq!(judge(&mut memory, &metric, 45.0, 1), Quality::Suspect(Suspicion::Jump));
        assert_eq!(judge(&mut memory, &metric, 20.1, 2), Quality::Good);
    }

    #[test]
    fn a_change_that_stays_is_believed_once_it_could_be_real() {
        let mut memory = Plausibility::default();
        let metric = Metric::TemperatureC;
        judge(&mut memory, &metric, 20.0, 0);
        assert_eq!(judge(&mut memory, &metric, 32.0, 1), Quality::Suspect(Suspicion::Jump));
        assert_eq!(judge(&mut memory, &metric, 32.0, 2), Quality::Suspect(Suspicion::Jump));
        assert_eq!(judge(&mut memory, &metric, 32.0, 3), Quality::Good);
    }

    #[test]
    fn a_sensor_that_rests_for_a_day_is_stuck_until_it_moves() {
        let mut memory = Plausibility::default();
        for minute in (0..24 * 60).step_by(10) {
            assert_eq!(judge(&mut memory, &Metric::Co2Ppm, 640.0, minute), Quality::Good);
        }
        assert_eq!(judge(&mut memory, &Metric::Co2Ppm, 640.0, 24 * 60), Quality::Suspect(Suspicion::Stuck));
        assert_eq!(judge(&mut memory, &Metric::Co2Ppm, 641.0, 24 * 60 + 1), Quality::Good);
    }

    #[test]
    fn a_temperature_that_rests_while_the_power_changes_is_stuck_until_it_moves() {
        for metric in [Metric::TemperatureC, Metric::CaseTemperatureC, Metric::ChipTemperatureC] {
            let after = |powers: [f64; 2]| {
                let mut memory = Plausibility::default();
                judge(&mut memory, &Metric::PowerW, powers[0], 0);
                judge(&mut memory, &metric, 40.0, 0);
                judge(&mut memory, &Metric::PowerW, powers[1], 10);
                assert_eq!(judge(&mut memory, &metric, 40.0, 29), Quality::Good);
                (judge(&mut memory, &metric, 40.0, 30), judge(&mut memory, &metric, 40.1, 31))
            };
            for powers in [[700.0, 489.0], [0.0, 500.0], [489.0, 700.0]] {
                let stuck = Quality::Suspect(Suspicion::Stuck);
                assert_eq!(after(powers), (stuck, Quality::Good), "{metric} under {powers:?} W");
            }
            for powers in [[500.0, 500.0], [700.0, 491.0], [10.0, 59.0]] {
                assert_eq!(after(powers), (Quality::Good, Quality::Good), "{metric} under {powers:?} W");
            }
        }
    }

    #[test]
    fn co2_may_rest_while_the_power_changes() {
        let mut memory = Plausibility::default();
        judge(&mut memory, &Metric::PowerW, 0.0, 0);
        judge(&mut memory, &Metric::Co2Ppm, 420.0, 0);
        judge(&mut memory, &Metric::PowerW, 900.0, 10);
        assert_eq!(judge(&mut memory, &Metric::Co2Ppm, 420.0, 60), Quality::Good);
    }

    #[test]
    fn the_power_on_value_of_a_casing_sensor_is_believed_only_where_it_could_be_real() {
        let (mut memory, metric) = (Plausibility::default(), Metric::CaseTemperatureC);
        let jump = Quality::Suspect(Suspicion::Jump);
        assert_eq!(judge(&mut memory, &metric, 85.0, 0), jump, "the first of all");
        assert_eq!(judge(&mut memory, &metric, 40.0, 1), Quality::Good);
        assert_eq!(judge(&mut memory, &metric, 85.0, 2), jump);
        assert_eq!(judge(&mut memory, &metric, 84.0, 3), Quality::Good, "casings may be fast");
        assert_eq!(judge(&mut memory, &metric, 85.0, 4), Quality::Good);
        assert_eq!(
            judge(&mut memory, &Metric::ChipTemperatureC, 85.0, 0),
            Quality::Good,
            "chips say what they are"
        );
    }

    #[test]
    fn presence_and_light_may_rest() {
        let mut memory = Plausibility::default();
        judge(&mut memory, &Metric::Presence, 0.0, 0);
        assert_eq!(judge(&mut memory, &Metric::Presence, 0.0, 3 * 24 * 60), Quality::Good);
    }

    #[test]
    fn no_room_has_less_co2_than_the_air_outside() {
        let mut memory = Plausibility::default();
        assert_eq!(
            judge(&mut memory, &Metric::Co2Ppm, 299.0, 0),
            Quality::Suspect(Suspicion::BelowOutdoorAir)
        );
        assert_eq!(judge(&mut memory, &Metric::Co2Ppm, 300.0, 1), Quality::Good);
    }

    #[test]
    fn late_history_does_not_disturb_the_present() {
        let mut memory = Plausibility::default();
        judge(&mut memory, &Metric::TemperatureC, 20.0, 10);
        assert_eq!(judge(&mut memory, &Metric::TemperatureC, 5.0, 1), Quality::Good);
        assert_eq!(judge(&mut memory, &Metric::TemperatureC, 20.1, 11), Quality::Good);
    }
}
