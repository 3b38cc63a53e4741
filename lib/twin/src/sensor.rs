//! What the sensors in a room would read: the truth with noise and a resolution, drawn anew every second.

use crate::moment::Moment;
use crate::noise::{Noise, Purpose};
use crate::people::Crowd;
use crate::room::RoomState;

/// One set of readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensed {
    /// Air temperature, °C; noise 0.03 K, resolution 0.01 K.
    pub temperature_c: f64,
    /// Relative humidity, 0..=100 %; noise 0.4 %, resolution 0.1 %.
    pub humidity_pct: f64,
    /// Carbon dioxide, ppm; noise 8 ppm and 0.5 %, resolution 1 ppm.
    pub co2_ppm: f64,
    /// Light, lux, not negative; noise 2 %, resolution 1 lux.
    pub illuminance_lux: f64,
    /// Whether the motion sensor saw somebody this minute: it misses one quiet person in seven, nearly all
    /// sleepers, and is fooled one minute in five hundred.
    pub presence: bool,
    /// Volatile organic compounds, ppb; goes with people's breath. Noise 6 %, resolution 1 ppb.
    pub voc_ppb: f64,
    /// Sound level, dB(A); fans and people. Noise 1 dB, resolution 0.1 dB.
    pub sound_dba: f64,
}

const MISSES_ONE_PERSON: f64 = 0.15;
const SEES_A_SLEEPER: f64 = 0.03;
const FOOLED: f64 = 0.002;

/// The readings in room `room` at a moment.
pub(crate) fn sense(room: usize, state: &RoomState, crowd: &Crowd, moment: Moment, noise: Noise) -> Sensed {
    let second = moment.utc_ms.div_euclid(1000);
    let draw = |purpose| noise.bell(purpose, room, second);
    let co2_noise = (8.0 + 0.005 * state.co2_ppm) * draw(Purpose::SensedCo2);
    let voc_ppb = 70.0 + 0.5 * (state.co2_ppm - 425.0).max(0.0);
    Sensed {
        temperature_c: rounded(state.air_c + 0.03 * draw(Purpose::SensedTemperature), 100.0),
        humidity_pct: rounded(state.humidity_pct + 0.4 * draw(Purpose::SensedHumidity), 10.0)
            .clamp(0.0, 100.0),
        co2_ppm: rounded(state.co2_ppm + co2_noise, 1.0),
        illuminance_lux: rounded(state.illuminance_lux * (1.0 + 0.02 * draw(Purpose::SensedLight)), 1.0)
            .max(0.0),
        presence: noise.uniform(Purpose::Motion, room, moment.utc_ms.div_euclid(60_000))
            < chance_of_motion(crowd),
        voc_ppb: rounded(voc_ppb * (1.0 + 0.06 * draw(Purpose::SensedVoc)), 1.0),
        sound_dba: rounded(sound_dba(crowd) + draw(Purpose::SensedSound), 10.0),
    }
}

fn chance_of_motion(crowd: &Crowd) -> f64 {
    match (crowd.people, crowd.stirring) {
        (0, _) => FOOLED,
        (_, false) => SEES_A_SLEEPER,
        (people, true) => 1.0 - MISSES_ONE_PERSON.powf(f64::from(people)),
    }
}

/// 30 dB(A) of fans and street; every stirring person adds the energy of a quiet voice now and then, 44
/// dB(A).
fn sound_dba(crowd: &Crowd) -> f64 {
    let voices = if crowd.stirring { f64::from(crowd.people) } else { 0.0 };
    10.0 * (10f64.powf(3.0) + voices * 10f64.powf(4.4)).log10()
}

/// To the nearest of `per_unit` steps a unit, without a negative zero.
pub(crate) fn rounded(value: f64, per_unit: f64) -> f64 {
    (value * per_unit).round() / per_unit + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: RoomState = RoomState {
        air_c: 20.0,
        mass_c: 19.5,
        core_c: 18.0,
        humidity_pct: 40.0,
        co2_ppm: 800.0,
        illuminance_lux: 0.0,
        people: 0,
        window_open: false,
    };

    #[test]
    fn readings_scatter_around_the_truth_in_steps_of_their_resolution() {
        let readings: Vec<f64> = (0..5000)
            .map(|second| {
                let moment = Moment { utc_ms: second * 1000, local_offset_s: 0 };
                sense(3, &TRUTH, &Crowd::default(), moment, Noise::new(9)).temperature_c
            })
            .collect();
        let mean = readings.iter().sum::<f64>() / readings.len() as f64;
        assert!((mean - 20.0).abs() < 0.003, "{mean}");
        assert!(readings.iter().all(|reading| (reading * 100.0 - (reading * 100.0).round()).abs() < 1e-9));
        assert!(readings.iter().any(|reading| (reading - 20.0).abs() > 0.05));
        assert!(readings.iter().all(|reading| (reading - 20.0).abs() < 0.2));
    }

    #[test]
    fn motion_is_seen_with_people_and_hardly_ever_without() {
        let seen = |crowd: Crowd| {
            (0..2000)
                .filter(|minute| {
                    let moment = Moment { utc_ms: minute * 60_000, local_offset_s: 0 };
                    sense(0, &TRUTH, &crowd, moment, Noise::new(9)).presence
                })
                .count()
        };
        assert!(seen(Crowd { people: 2, stirring: true, ..Crowd::default() }) > 1900);
        assert!(seen(Crowd { people: 2, stirring: false, ..Crowd::default() }) < 120);
        assert!(seen(Crowd::default()) < 20);
    }
}
