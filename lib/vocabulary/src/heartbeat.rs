//! A heartbeat: every 10 s a heater says that it is alive, what it obeys and what it draws.

use serde::{Deserialize, Deserializer, Serialize};

use crate::id::{BootId, DisplayName};
use crate::payload::Payload;

/// The state of a heater, as drawn in `docs/architecture.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Sensors are being read for the first time.
    Boot,
    /// No live lease: own thermostat at setback, within `fallback_w`.
    Fallback,
    /// A live lease is obeyed.
    Leased,
    /// A sensor is lost, of the room or of the heater's own heat: small fixed duty.
    FallbackBlind,
    /// Too warm inside: power is being taken back.
    Derated,
    /// Output off, latched.
    Tripped,
    /// Switched off at the heater; nothing but frost overrides that.
    LocalOff,
}

impl Mode {
    /// Every mode, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::Boot,
        Self::Fallback,
        Self::Leased,
        Self::FallbackBlind,
        Self::Derated,
        Self::Tripped,
        Self::LocalOff,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Fallback => "fallback",
            Self::Leased => "leased",
            Self::FallbackBlind => "fallback_blind",
            Self::Derated => "derated",
            Self::Tripped => "tripped",
            Self::LocalOff => "local_off",
        }
    }
}

/// What a heater obeys and draws.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The heater's run.
    pub boot: BootId,
    /// Counts heartbeats of this boot: the nonce that a budget answers.
    pub n: u64,
    /// The heater's monotonic clock.
    pub mono_ms: u64,
    /// Epoch of the newest budget accepted; 0 when none was.
    pub epoch: u64,
    /// Sequence number of the newest budget accepted.
    pub seq: u64,
    /// Watts allowed right now, by lease or by fall-back.
    pub budget_w: u32,
    /// Watts drawn right now.
    pub drawn_w: u32,
    /// Seconds left of the lease; 0 when there is none.
    pub lease_left_s: u32,
    /// The heater's state.
    pub mode: Mode,
    /// What the heater's own PI at the setpoint would take.
    pub wanted_w: u32,
    /// Whether this heater can switch its power at all.
    pub controllable: bool,
    /// What a person should look at: of our own heaters each an [`Alarm`](crate::Alarm).
    #[serde(default)]
    pub alarms: Vec<String>,
    /// Powers at which all that is on in it computes and nothing waits, watts, ascending; empty where it does not know any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps_w: Vec<u32>,
    /// The software it runs, with its version; empty where it does not say.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "text_or_nothing")]
    pub firmware: String,
    /// Whether it knows the words of [`Maintenance`](crate::Maintenance): no others are told them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", deserialize_with = "true_or_nothing")]
    pub maintainable: bool,
}

/// What a heater of another maker may mean by the same name is nothing that its heartbeat is refused for.
fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let said = serde_json::Value::deserialize(deserializer)?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

fn true_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(serde_json::Value::deserialize(deserializer)? == serde_json::Value::Bool(true))
}

impl Payload for Heartbeat {}

impl Heartbeat {
    /// No heater has more steps.
    pub const MAX_STEPS: usize = 64;

    /// Its steps where they can be such: above zero, ascending, not too many. Otherwise none, as if it had not said any.
    #[must_use]
    pub fn steps(&self) -> &[u32] {
        let steps_w = self.steps_w.as_slice();
        let is_stair = steps_w.first().is_none_or(|first_w| *first_w > 0)
            && steps_w.windows(2).all(|pair| pair[0] < pair[1]);
        if is_stair && steps_w.len() <= Self::MAX_STEPS { steps_w } else { &[] }
    }

    /// The software it runs, where that can be shown; otherwise none, as if it had not said any.
    #[must_use]
    pub fn firmware(&self) -> Option<DisplayName> {
        DisplayName::new(&self.firmware).ok()
    }
}

/// The retained status: for display only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaterStatus {
    /// The heater is connected.
    Online,
    /// The broker lost the heater, or it said good-bye.
    Offline,
}

impl HeaterStatus {
    /// The payload: plain text, so that any MQTT tool reads it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }

    /// Reads the payload; anything but `online` is taken as offline.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        if bytes == b"online" { Self::Online } else { Self::Offline }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_heartbeat_survives_the_wire(bits: u64, n: u64, mono_ms: u64, epoch: u64, seq: u64, budget_w: u32, drawn_w: u32, wanted_w: u32, controllable: bool, steps_w: Vec<u32>) {
            let heartbeat = Heartbeat {
                boot: BootId::from_bits(bits), n, mono_ms, epoch, seq, budget_w, drawn_w, lease_left_s: 48,
                mode: Mode::FallbackBlind, wanted_w, controllable, alarms: vec!["sensor_silent".to_owned()],
                steps_w, firmware: "hypocaust 1".to_owned(), maintainable: controllable,
            };
            prop_assert_eq!(Heartbeat::decode(&heartbeat.encode()).unwrap(), heartbeat);
        }
    }

    #[test]
    fn a_version_that_cannot_be_shown_is_none() {
        let plain = r#"{"boot":"0000000000009f3a","n":1,"mono_ms":1,"epoch":0,"seq":0,"budget_w":0,"drawn_w":0,"lease_left_s":0,"mode":"leased","wanted_w":0,"controllable":true,"firmware":"FW"}"#;
        let firmware = |text: &str| {
            let heartbeat = Heartbeat::decode(plain.replace("FW", text).as_bytes()).unwrap();
            heartbeat.firmware().map(|name| name.to_string())
        };
        assert_eq!(firmware("boiler 2.1"), Some("boiler 2.1".to_owned()));
        for odd in ["null", "7", "{}"] {
            let odd =
                format!("{},\"maintainable\":1}}", plain.replace("\"FW\"", odd).strip_suffix('}').unwrap());
            let heartbeat = Heartbeat::decode(odd.as_bytes()).unwrap();
            assert_eq!((heartbeat.firmware(), heartbeat.maintainable), (None, false), "{odd}");
        }
        assert_eq!((firmware(""), firmware("a\\u0007"), firmware(&"x".repeat(65))), (None, None, None));
    }

    #[test]
    fn steps_that_cannot_be_are_none_and_a_heater_that_states_none_says_nothing_of_them() {
        let plain = r#"{"boot":"0000000000009f3a","n":1,"mono_ms":1,"epoch":0,"seq":0,"budget_w":0,"drawn_w":0,"lease_left_s":0,"mode":"leased","wanted_w":0,"controllable":true,"alarms":[]}"#;
        let mut heartbeat = Heartbeat::decode(plain.as_bytes()).unwrap();
        assert!(
            heartbeat.steps().is_empty()
                && !String::from_utf8(heartbeat.encode()).unwrap().contains("steps_w")
        );
        for (steps_w, is_stair) in [
            (vec![95, 190, 285], true),
            (vec![0, 95], false),
            (vec![95, 95], false),
            (vec![190, 95], false),
            ((1..=64).collect(), true),
            ((1..=65).collect(), false),
        ] {
            heartbeat.steps_w = steps_w.clone();
            assert_eq!(heartbeat.steps(), if is_stair { steps_w.as_slice() } else { &[] });
        }
    }
}
