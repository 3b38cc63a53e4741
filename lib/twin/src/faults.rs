//! Sensors that fail and messages that are lost, seeded and off unless asked for.
//!
//! A bad sensor is not bad all the time: in every four days it has one episode of six hours to nearly four
//! days in which it sticks, jumps, drifts, falls silent or is noisy, another one each time. On average half
//! of the bad sensors are in one.

use crate::moment::Moment;
use crate::noise::{Noise, Purpose};

/// How much goes wrong; [`Faults::default`] is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    /// Share of the sensors of each kind that are bad, 0..=1.
    pub bad_sensors: f64,
    /// Share of the messages that are lost one by one, 0..=1. A room sends one message in five minutes.
    pub lost_messages: f64,
    /// Share of the days on which a room is not heard for a while, ten minutes to three hours, 0..=1.
    pub days_with_outage: f64,
}

/// The sensors that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensor {
    /// Air temperature.
    Temperature,
    /// Carbon dioxide.
    Co2,
    /// Light at desk height.
    Light,
    /// Presence.
    Motion,
}

/// What is wrong with a sensor in an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It says what it said when the episode began.
    Stuck,
    /// It is off by 2 to 6 K, 300 to 900 ppm or 200 to 600 lux; motion is seen always, or never.
    Offset,
    /// It leaves the truth by 0.05 to 0.25 K, 8 to 38 ppm or 5 to 25 lux an hour; motion is seen always in
    /// the end, or never.
    Drift,
    /// It says nothing.
    Silent,
    /// It scatters by 1 to 3 K, 150 to 450 ppm or 100 to 300 lux; motion comes and goes by chance.
    Noisy,
}

/// A time in which a sensor is wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Episode {
    pub(crate) kind: FaultKind,
    pub(crate) from_ms: i64,
    until_ms: i64,
    /// How wrong, −1..=1; the sign is that of offset and drift.
    size: f64,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// One episode of a bad sensor in each of these.
const SPAN_MS: i64 = 4 * DAY_MS;
/// Shortest and longest episode, hours.
const EPISODE_H: (f64, f64) = (6.0, 90.0);
const MESSAGE_MS: i64 = 5 * MINUTE_MS;
/// Shortest and longest outage, minutes: a gateway that restarts, a cable someone has to find.
const OUTAGE_MIN: (f64, f64) = (10.0, 180.0);
/// Offset, drift an hour and scatter of the least and the worst episode, in units of the sensor.
const OFFSETS: (f64, f64) = (2.0, 6.0);
const DRIFTS_PER_H: (f64, f64) = (0.05, 0.25);
const SCATTERS: (f64, f64) = (1.0, 3.0);

impl Sensor {
    /// All of them.
    pub const ALL: [Sensor; 4] = [Sensor::Temperature, Sensor::Co2, Sensor::Light, Sensor::Motion];

    /// What is a gross error of this sensor: 1 K, 150 ppm, 100 lux, or the difference between somebody and
    /// nobody.
    fn unit(self) -> f64 {
        match self {
            Sensor::Temperature | Sensor::Motion => 1.0,
            Sensor::Co2 => 150.0,
            Sensor::Light => 100.0,
        }
    }
}

impl Faults {
    /// Whether this sensor is among the bad ones.
    pub(crate) fn is_bad(&self, noise: Noise, room: usize, sensor: Sensor) -> bool {
        noise.uniform(Purpose::BadSensor, index(room, sensor), 0) < self.bad_sensors
    }

    /// The episode a sensor is in, if it is a bad one and in one.
    pub(crate) fn episode(&self, noise: Noise, room: usize, sensor: Sensor, now: Moment) -> Option<Episode> {
        if !self.is_bad(noise, room, sensor) {
            return None;
        }
        let index = index(room, sensor);
        // Spans of different sensors begin at different times, so that not all fail at once.
        let phase_ms = (noise.uniform(Purpose::FaultPhase, index, 0) * SPAN_MS as f64) as i64;
        let span = (now.utc_ms - phase_ms).div_euclid(SPAN_MS);
        let draw = |purpose| noise.uniform(purpose, index, span);
        let length_ms = (between(EPISODE_H, draw(Purpose::FaultLength)) * HOUR_MS as f64) as i64;
        let free_ms = (SPAN_MS - length_ms) as f64;
        let from_ms = span * SPAN_MS + phase_ms + (draw(Purpose::FaultStart) * free_ms) as i64;
        let kinds =
            [FaultKind::Stuck, FaultKind::Offset, FaultKind::Drift, FaultKind::Silent, FaultKind::Noisy];
        let episode = Episode {
            kind: kinds[(draw(Purpose::FaultKind) * kinds.len() as f64) as usize],
            from_ms,
            until_ms: from_ms + length_ms,
            size: 2.0 * draw(Purpose::FaultSize) - 1.0,
        };
        (episode.from_ms..episode.until_ms).contains(&now.utc_ms).then_some(episode)
    }

    /// Whether the message of a room at this time does not arrive.
    pub(crate) fn loses_message(&self, noise: Noise, room: usize, now: Moment) -> bool {
        let slot = now.utc_ms.div_euclid(MESSAGE_MS);
        noise.uniform(Purpose::MessageLost, room, slot) < self.lost_messages
            || self.in_outage(noise, room, now.utc_ms)
    }

    /// An outage lies within its day.
    fn in_outage(&self, noise: Noise, room: usize, utc_ms: i64) -> bool {
        let day = utc_ms.div_euclid(DAY_MS);
        let draw = |purpose| noise.uniform(purpose, room, day);
        if draw(Purpose::Outage) >= self.days_with_outage {
            return false;
        }
        let length_ms = (between(OUTAGE_MIN, draw(Purpose::OutageLength)) * MINUTE_MS as f64) as i64;
        let begin_ms = (draw(Purpose::OutageStart) * (DAY_MS - length_ms) as f64) as i64;
        (begin_ms..begin_ms + length_ms).contains(&utc_ms.rem_euclid(DAY_MS))
    }
}

impl Episode {
    /// What the sensor says where it would have said `value`; `frozen` is what it said as the episode began.
    pub(crate) fn distort(
        &self,
        value: f64,
        frozen: f64,
        noise: Noise,
        (room, sensor): (usize, Sensor),
        now: Moment,
    ) -> Option<f64> {
        let error = |range| between(range, self.size.abs()).copysign(self.size) * sensor.unit();
        match self.kind {
            FaultKind::Silent => None,
            FaultKind::Stuck => Some(frozen),
            FaultKind::Offset => Some(value + error(OFFSETS)),
            FaultKind::Drift => {
                let hours = (now.utc_ms - self.from_ms) as f64 / HOUR_MS as f64;
                Some(value + error(DRIFTS_PER_H) * hours)
            }
            FaultKind::Noisy => {
                let second = now.utc_ms.div_euclid(1000);
                let draw = noise.gaussian(Purpose::FaultNoise, index(room, sensor), second);
                Some(value + error(SCATTERS) * draw)
            }
        }
    }
}

fn index(room: usize, sensor: Sensor) -> usize {
    room * Sensor::ALL.len() + sensor as usize
}

fn between((low, high): (f64, f64), along: f64) -> f64 {
    low + (high - low) * along
}

#[cfg(test)]
mod tests;
