//! The map of a recording: which column is the time, the room, and what each sensor measures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use vocabulary::{DisplayName, HeaterId, Metric, RoomId, Timestamp, Watts, Zone};

/// Why a map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The file cannot be read.
    #[error("could not read the map {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not a map.
    #[error("the map {path} is not understood: {why}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        why: String,
    },
}

/// How a recording's columns become sites, rooms, heaters and metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorMap {
    /// Name and zone of the site that is made.
    pub site: SiteMap,
    /// The time column.
    pub time: TimeMap,
    /// The room column.
    pub room: RoomMap,
    /// For files with one reading a line: the columns of sensor and value. Absent for wide files.
    pub long: Option<LongMap>,
    /// The heaters that are made.
    #[serde(default)]
    pub heater: HeaterMap,
    /// What each sensor measures: by column name in wide files, by the sensor column's text in long ones.
    pub sensor: Vec<SensorEntry>,
}

/// Name and zone of the site.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteMap {
    /// Its name for people.
    pub name: DisplayName,
    /// The zone its people lived in, for schedules and pages.
    pub zone: Zone,
}

/// The time column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeMap {
    /// Its name.
    pub column: String,
    /// `epoch_s`, `epoch_ms`, `rfc3339`, or a `strftime` pattern.
    pub format: String,
    /// The zone of the pattern's times.
    #[serde(default = "utc")]
    pub zone: Zone,
}

/// The room column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomMap {
    /// Its name.
    pub column: String,
}

/// The columns of a file with one reading a line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongMap {
    /// The column that names the sensor.
    pub sensor: String,
    /// The column of the value.
    pub value: String,
}

/// The heaters that stand for a recording's sensors.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeaterMap {
    /// Their rated power: what the controller may plan with. No budget leaves a recorded site.
    pub rated_w: u32,
}

impl Default for HeaterMap {
    fn default() -> Self {
        Self { rated_w: 1_000 }
    }
}

/// What one sensor measures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorEntry {
    /// Column name, or the text of the sensor column.
    pub name: String,
    /// The metric it becomes.
    pub metric: Metric,
    /// The heater that reports it; `{room}` stands for the room.
    #[serde(default = "one_heater_a_room")]
    pub heater: String,
    /// Value = recorded × scale + offset.
    #[serde(default = "one")]
    pub scale: f64,
    /// See `scale`.
    #[serde(default)]
    pub offset: f64,
    /// Makes the value 1 where the recorded one is above this, else 0: a motion counter becomes presence.
    pub above: Option<f64>,
}

fn utc() -> Zone {
    Zone::UTC
}

fn one_heater_a_room() -> String {
    "{room}".to_owned()
}

fn one() -> f64 {
    1.0
}

impl SensorMap {
    /// Reads a map.
    ///
    /// # Errors
    /// [`MapError`] when the file cannot be read or is no map; the text names the line.
    pub fn read(path: &Path) -> Result<Self, MapError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| MapError::Read { path: path.to_owned(), source })?;
        let form = |why: String| MapError::Form { path: path.to_owned(), why };
        let map: Self = toml::from_str(&text).map_err(|error| form(error.to_string()))?;
        map.check().map_err(form)?;
        Ok(map)
    }

    fn check(&self) -> Result<(), String> {
        if self.sensor.is_empty() {
            return Err("at least one [[sensor]] is needed".to_owned());
        }
        if self.heater.rated_w > 1_000_000 || Watts::new(self.heater.rated_w).is_err() {
            return Err(format!("rated_w = {} is no power of a heater", self.heater.rated_w));
        }
        let mut series = BTreeSet::new();
        let mut names = BTreeSet::new();
        for sensor in &self.sensor {
            if !names.insert(&sensor.name) {
                return Err(format!("sensor {:?} is named twice", sensor.name));
            }
            if !series.insert((&sensor.heater, &sensor.metric)) {
                return Err(format!("sensor {:?}: its heater has {} already", sensor.name, sensor.metric));
            }
            if !sensor.scale.is_finite() || !sensor.offset.is_finite() {
                return Err(format!("sensor {:?}: scale and offset must be numbers", sensor.name));
            }
            if identifier(&sensor.heater.replace("{room}", "r")).is_none() {
                return Err(format!(
                    "sensor {:?}: heater {:?} makes no identifier",
                    sensor.name, sensor.heater
                ));
            }
        }
        Ok(())
    }

    /// Reads a recorded time; one before 1970 or after 2199 is a unit mistaken, and no time.
    #[must_use]
    pub fn time(&self, text: &str) -> Option<Timestamp> {
        let seconds = |s: f64| Timestamp::from_ms((s * 1000.0).round() as i64);
        let time = match self.time.format.as_str() {
            "epoch_s" => text.parse().ok().map(seconds),
            "epoch_ms" => text.parse().ok().map(Timestamp::from_ms),
            "rfc3339" => Timestamp::parse_rfc3339(text),
            pattern => self.time.zone.parse(text, pattern),
        };
        time.filter(|time| time.is_historic())
    }

    /// The room of a recorded name, as an identifier.
    #[must_use]
    pub fn room(&self, name: &str) -> Option<RoomId> {
        RoomId::new(&identifier(name)?).ok()
    }

    /// The heater that reports sensor `at` in a room.
    #[must_use]
    pub fn heater(&self, at: usize, room: &RoomId) -> Option<HeaterId> {
        HeaterId::new(&identifier(&self.sensor[at].heater.replace("{room}", room.as_str()))?).ok()
    }

    /// The value of sensor `at`.
    #[must_use]
    pub fn value(&self, at: usize, recorded: f64) -> f64 {
        let sensor = &self.sensor[at];
        let value = recorded * sensor.scale + sensor.offset;
        match sensor.above {
            Some(threshold) => f64::from(u8::from(value > threshold)),
            // Scaling makes digits that no sensor had.
            None if sensor.scale != 1.0 || sensor.offset != 0.0 => (value * 1e6).round() / 1e6,
            None => value,
        }
    }
}

/// A recorded name as an identifier: lower case, what is not allowed becomes `-`.
fn identifier(name: &str) -> Option<String> {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = name.trim().chars().map(allowed).take(63).collect();
    let text = text.trim_start_matches('-').to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn map(text: &str) -> Result<SensorMap, String> {
        let map: SensorMap = toml::from_str(text).map_err(|error| error.to_string())?;
        map.check().map(|()| map)
    }

    const WIDE: &str = r#"
        site = { name = "SDH", zone = "America/Los_Angeles" }
        time = { column = "ts", format = "epoch_s" }
        room = { column = "room" }
        sensor = [
            { name = "temp_f", metric = "temperature_c", scale = 0.5555555555555556, offset = -17.77777777777778 },
            { name = "pir", metric = "presence", above = 0.0, heater = "{room}-pir" },
        ]"#;

    #[test]
    fn names_become_identifiers_and_values_their_metric() {
        let map = map(WIDE).unwrap();
        let room = map.room("621A").unwrap();
        assert_eq!(room.as_str(), "621a");
        assert_eq!(map.heater(0, &room).unwrap().as_str(), "621a");
        assert_eq!(map.heater(1, &room).unwrap().as_str(), "621a-pir");
        assert!((map.value(0, 68.0) - 20.0).abs() < 1e-6);
        assert_eq!((map.value(1, 30.0), map.value(1, 0.0)), (1.0, 0.0));
        assert_eq!(map.time("1377273960").unwrap().rfc3339(), "2013-08-23T16:06:00Z");
    }

    #[test]
    fn a_map_that_cannot_work_says_what_is_wrong_with_it() {
        let table = [
            (WIDE.replace("epoch_s\"", "epoch_s\", zon = \"UTC\""), "zon"),
            (WIDE.replace("presence", "Presence"), "not a metric"),
            (WIDE.replace("America/Los_Angeles", "California"), "not a time zone"),
            (WIDE.replace("{room}-pir", "é"), "makes no identifier"),
            (WIDE.replace("above = 0.0", "scale = nan"), "must be numbers"),
        ];
        for (text, expected) in table {
            let error = map(&text).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }
}
