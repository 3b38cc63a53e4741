//! A heartbeat: every 10 s a heater says that it is alive, what it obeys and what it draws.

use serde::{Deserialize, Serialize};

use crate::id::BootId;
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
}

impl Payload for Heartbeat {}

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
        fn a_heartbeat_survives_the_wire(bits: u64, n: u64, mono_ms: u64, epoch: u64, seq: u64, budget_w: u32, drawn_w: u32, wanted_w: u32, controllable: bool) {
            let heartbeat = Heartbeat {
                boot: BootId::from_bits(bits), n, mono_ms, epoch, seq, budget_w, drawn_w, lease_left_s: 48,
                mode: Mode::FallbackBlind, wanted_w, controllable, alarms: vec!["sensor_silent".to_owned()],
            };
            prop_assert_eq!(Heartbeat::decode(&heartbeat.encode()).unwrap(), heartbeat);
        }
    }
}
