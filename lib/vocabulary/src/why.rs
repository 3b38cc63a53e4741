//! Why a room gets the budget it gets: a code with its numbers. Sentences are made per language where they are shown.

use serde::{Deserialize, Serialize};

use crate::calendar::Timestamp;
use crate::unit::Celsius;

/// The reason behind a budget, on the wire `{"code":"…","values":{…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", content = "values", rename_all = "snake_case")]
pub enum Why {
    /// Colder than the setpoint: heating.
    BelowSetpoint {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// At the setpoint within the dead band: just enough to hold it.
    AtSetpoint {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// Warmer than the setpoint: no heat needed.
    AboveSetpoint {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
    },
    /// The schedule raises the setpoint soon: heating ahead of it.
    Preheating {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be then.
        setpoint_c: Celsius,
        /// When.
        at_ms: Timestamp,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// A cap is shared, the site's or a circuit's: less than wanted.
    SharedCap {
        /// Heat wanted, watts.
        wanted_w: u32,
        /// Heat given, watts.
        heat_w: u32,
        /// The lowest cap that cuts it, watts.
        cap_w: u32,
    },
    /// No room temperature to go by: each heater keeps its own fall-back.
    TemperatureUnknown {
        /// Seconds since the last believable temperature; `None` when there never was one.
        age_s: Option<u64>,
    },
    /// The room's heaters are not connected: each keeps its own fall-back.
    HeatersSilent {
        /// Seconds since the last heartbeat; `None` when there never was one.
        age_s: Option<u64>,
    },
    /// The room's heaters only report and cannot be switched.
    NotControllable {},
    /// The room has no heater.
    NoHeater {},
}

impl Why {
    /// The code on the wire, which is also the key of its sentence.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BelowSetpoint { .. } => "below_setpoint",
            Self::AtSetpoint { .. } => "at_setpoint",
            Self::AboveSetpoint { .. } => "above_setpoint",
            Self::Preheating { .. } => "preheating",
            Self::SharedCap { .. } => "shared_cap",
            Self::TemperatureUnknown { .. } => "temperature_unknown",
            Self::HeatersSilent { .. } => "heaters_silent",
            Self::NotControllable {} => "not_controllable",
            Self::NoHeater {} => "no_heater",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_one_on_the_wire() {
        let all = [
            Why::BelowSetpoint {
                temperature_c: 19.4,
                setpoint_c: Celsius::from_hundredths(2050),
                heat_w: 612,
            },
            Why::AtSetpoint { temperature_c: 20.5, setpoint_c: Celsius::from_hundredths(2050), heat_w: 200 },
            Why::AboveSetpoint { temperature_c: 21.5, setpoint_c: Celsius::from_hundredths(2050) },
            Why::Preheating {
                temperature_c: 17.5,
                setpoint_c: Celsius::from_hundredths(2050),
                at_ms: Timestamp::from_ms(1_763_632_000_000),
                heat_w: 700,
            },
            Why::SharedCap { wanted_w: 600, heat_w: 300, cap_w: 9000 },
            Why::TemperatureUnknown { age_s: None },
            Why::HeatersSilent { age_s: Some(70) },
            Why::NotControllable {},
            Why::NoHeater {},
        ];
        for why in all {
            let json = serde_json::to_value(&why).unwrap();
            assert_eq!(json["code"], why.code());
            assert_eq!(serde_json::from_value::<Why>(json).unwrap(), why);
        }
    }
}
