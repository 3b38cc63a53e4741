//! What is measured: the metrics of the contract, each with its unit in its name and the range a sensor can mean.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not a metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a metric: use a-z, 0-9 and _, at most 40 characters, beginning with a letter")]
pub struct MetricError(String);

/// How long a metric's history may be kept: what tells of people is kept shorter than what tells of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RetentionClass {
    /// Presence, CO₂, sound, Wi-Fi clients: these tell who is where.
    People,
    /// Everything else.
    Plant,
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident $name:literal $low:literal ..= $high:literal $class:ident;)*) => {
        /// One measured quantity; the unit is the last part of the name.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Metric {
            $($(#[$doc])* $variant,)*
            /// A further metric that a site has registered.
            Registered(Arc<str>),
        }

        impl Metric {
            /// The metrics of the contract, in the order of their declaration.
            pub const STANDARD: &[Metric] = &[$(Metric::$variant),*];

            /// The name on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Registered(name) => name,
                }
            }

            /// The values a working sensor can mean; anything else is refused as `range`. A power has a bound of its
            /// own besides, twice the heater's rated power.
            #[must_use]
            pub fn range(&self) -> RangeInclusive<f64> {
                match self {
                    $(Self::$variant => $low..=$high,)*
                    Self::Registered(_) => f64::MIN..=f64::MAX,
                }
            }

            /// The retention class. A registered metric is taken as the plant's.
            #[must_use]
            pub fn class(&self) -> RetentionClass {
                match self {
                    $(Self::$variant => RetentionClass::$class,)*
                    Self::Registered(_) => RetentionClass::Plant,
                }
            }

            fn standard(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

metrics! {
    /// Room air temperature.
    TemperatureC "temperature_c" -30.0..=60.0 Plant;
    /// Relative humidity of the room air.
    HumidityPct "humidity_pct" 0.0..=100.0 Plant;
    /// CO₂ of the room air.
    Co2Ppm "co2_ppm" 0.0..=40_000.0 People;
    /// Volatile organic compounds.
    VocPpb "voc_ppb" 0.0..=1_000_000.0 Plant;
    /// Fine particles.
    Pm25Ugm3 "pm25_ugm3" 0.0..=10_000.0 Plant;
    /// Light.
    IlluminanceLux "illuminance_lux" 0.0..=200_000.0 Plant;
    /// Sound level, A-weighted.
    SoundDba "sound_dba" 0.0..=160.0 People;
    /// Someone is there (1) or not (0).
    Presence "presence" 0.0..=1.0 People;
    /// Electric power drawn.
    PowerW "power_w" 0.0..=10_000_000.0 Plant;
    /// Electricity meter, monotonic.
    EnergyWh "energy_wh" 0.0..=1e15 Plant;
    /// Part of the power that goes through the resistor and computes nothing.
    ResistorW "resistor_w" 0.0..=10_000_000.0 Plant;
    /// Processor load.
    LoadPct "load_pct" 0.0..=100.0 Plant;
    /// Cores at work.
    CoresBusy "cores_busy" 0.0..=1_000_000.0 Plant;
    /// Jobs running.
    JobsRunning "jobs_running" 0.0..=1_000_000.0 Plant;
    /// Temperature of the processors.
    ChipTemperatureC "chip_temperature_c" -30.0..=150.0 Plant;
    /// Temperature of the casing.
    CaseTemperatureC "case_temperature_c" -30.0..=150.0 Plant;
    /// Fan speed.
    FanRpm "fan_rpm" 0.0..=100_000.0 Plant;
    /// Wi-Fi clients, where the heater is a hotspot.
    WifiClients "wifi_clients" 0.0..=100_000.0 People;
    /// Uplink rate.
    LinkUpMbps "link_up_mbps" 0.0..=1_000_000.0 Plant;
    /// Water at the top of the tank.
    TankTopC "tank_top_c" -30.0..=150.0 Plant;
    /// Water at the bottom of the tank.
    TankBottomC "tank_bottom_c" -30.0..=150.0 Plant;
    /// Water drawn.
    FlowLpm "flow_lpm" 0.0..=10_000.0 Plant;
    /// Cold water entering.
    InletC "inlet_c" -30.0..=150.0 Plant;
    /// Hot water leaving.
    OutletC "outlet_c" -30.0..=150.0 Plant;
}

impl Metric {
    /// Whether the value is in the metric's range; presence is 0 or 1 and nothing between.
    #[must_use]
    pub fn allows(&self, value: f64) -> bool {
        value.is_finite()
            && self.range().contains(&value)
            && (*self != Self::Presence || value == 0.0 || value == 1.0)
    }

    /// Whether this metric is an electric power, bounded by what the heater is rated for.
    #[must_use]
    pub fn is_power(&self) -> bool {
        matches!(self, Self::PowerW | Self::ResistorW)
    }
}

impl FromStr for Metric {
    type Err = MetricError;
    fn from_str(name: &str) -> Result<Self, MetricError> {
        if let Some(metric) = Self::standard(name) {
            return Ok(metric);
        }
        let fits = matches!(name.len(), 1..=40)
            && name.as_bytes()[0].is_ascii_lowercase()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits {
            Ok(Self::Registered(name.into()))
        } else {
            Err(MetricError(name.chars().take(60).collect()))
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standard_name_reads_back_as_itself() {
        for metric in Metric::STANDARD {
            assert_eq!(metric.as_str().parse::<Metric>().unwrap(), *metric);
        }
    }

    #[test]
    fn sentinels_of_broken_sensors_are_out_of_range() {
        for (metric, value) in [
            (Metric::TemperatureC, 85.0),
            (Metric::TemperatureC, -127.0),
            (Metric::TemperatureC, 65_535.0),
            (Metric::Co2Ppm, 65_535.0),
            (Metric::HumidityPct, 100.1),
            (Metric::Presence, 0.5),
            (Metric::PowerW, -1.0),
            (Metric::PowerW, f64::NAN),
        ] {
            assert!(!metric.allows(value), "{metric} {value}");
        }
    }

    #[test]
    fn a_metric_name_cannot_smuggle_a_query() {
        for bad in ["", "1abc", "a b", "a\"", "a,b=c", "É", &"a".repeat(41)] {
            assert!(bad.parse::<Metric>().is_err(), "{bad:?}");
        }
    }
}
