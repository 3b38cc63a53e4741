//! What reaches whoever listens to a room: its readings, where neither a sensor nor a message failed.

use crate::faults::{FaultKind, Faults, Sensor};
use crate::moment::Moment;
use crate::noise::Noise;
use crate::sensor::{Sensed, rounded};

/// One message of a room; a reading that is not there is `None`, and all are where the message was lost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Received {
    /// Air temperature, °C.
    pub temperature_c: Option<f64>,
    /// Relative humidity, 0..=100 %.
    pub humidity_pct: Option<f64>,
    /// Carbon dioxide, ppm.
    pub co2_ppm: Option<f64>,
    /// Light, lux.
    pub illuminance_lux: Option<f64>,
    /// Whether the motion sensor saw somebody this minute.
    pub presence: Option<bool>,
}

/// The faults of a building and what its stuck sensors are stuck at.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    faults: Faults,
    noise: Noise,
    /// The bad sensors in order of room and sensor.
    bad: Vec<Bad>,
}

#[derive(Debug, Clone, Copy)]
struct Bad {
    room: usize,
    sensor: Sensor,
    /// When the episode began in which it was last stuck, ms, and at what.
    stuck: Option<(i64, f64)>,
}

impl Failing {
    pub(crate) fn new(faults: Faults, noise: Noise, rooms: usize) -> Failing {
        let bad = (0..rooms)
            .flat_map(|room| Sensor::ALL.map(|sensor| (room, sensor)))
            .filter(|&(room, sensor)| faults.is_bad(noise, room, sensor))
            .map(|(room, sensor)| Bad { room, sensor, stuck: None })
            .collect();
        Failing { faults, noise, bad }
    }

    /// What is wrong with a sensor now.
    pub(crate) fn kind(&self, room: usize, sensor: Sensor, now: Moment) -> Option<FaultKind> {
        self.faults.episode(self.noise, room, sensor, now).map(|episode| episode.kind)
    }

    /// Sensors that begin to be stuck keep what they say now; `sense` gives the readings of a room.
    pub(crate) fn freeze(&mut self, now: Moment, sense: impl Fn(usize) -> Sensed) {
        for Bad { room, sensor, stuck } in &mut self.bad {
            let Some(episode) = self.faults.episode(self.noise, *room, *sensor, now) else { continue };
            let known = stuck.is_some_and(|(from_ms, _)| from_ms == episode.from_ms);
            if episode.kind == FaultKind::Stuck && !known {
                *stuck = Some((episode.from_ms, value_of(*sensor, &sense(*room))));
            }
        }
    }

    /// What arrives of the readings of a room.
    pub(crate) fn receive(&self, room: usize, sensed: &Sensed, now: Moment) -> Received {
        if self.faults.loses_message(self.noise, room, now) {
            return Received::default();
        }
        let reading = |sensor| self.reading(room, sensor, sensed, now);
        Received {
            temperature_c: reading(Sensor::Temperature).map(|celsius| rounded(celsius, 100.0)),
            humidity_pct: Some(sensed.humidity_pct),
            co2_ppm: reading(Sensor::Co2).map(|ppm| rounded(ppm.max(0.0), 1.0)),
            illuminance_lux: reading(Sensor::Light).map(|lux| rounded(lux.max(0.0), 1.0)),
            presence: reading(Sensor::Motion).map(|seen| seen > 0.5),
        }
    }

    fn reading(&self, room: usize, sensor: Sensor, sensed: &Sensed, now: Moment) -> Option<f64> {
        let value = value_of(sensor, sensed);
        match self.faults.episode(self.noise, room, sensor, now) {
            None => Some(value),
            Some(episode) => {
                let frozen = self.frozen(room, sensor).unwrap_or(value);
                episode.distort(value, frozen, self.noise, (room, sensor), now)
            }
        }
    }

    fn frozen(&self, room: usize, sensor: Sensor) -> Option<f64> {
        let at = self.bad.binary_search_by_key(&(room, sensor), |bad| (bad.room, bad.sensor)).ok()?;
        self.bad[at].stuck.map(|(_, value)| value)
    }
}

fn value_of(sensor: Sensor, sensed: &Sensed) -> f64 {
    match sensor {
        Sensor::Temperature => sensed.temperature_c,
        Sensor::Co2 => sensed.co2_ppm,
        Sensor::Light => sensed.illuminance_lux,
        Sensor::Motion => f64::from(u8::from(sensed.presence)),
    }
}
