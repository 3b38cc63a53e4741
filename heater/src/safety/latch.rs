//! What a trip leaves behind, also over a restart: output stays off until the latch lets go.
//!
//! ```text
//! CLEAR ──trip──> TRIPPED ──cooled down──> RETRIED ──an hour without a trip──> CLEAR
//!                                            └──trip──> LOCKED ──manual reset──> CLEAR
//! ```
//! The hour is counted in the time the heater runs. After a restart nobody knows how long it was off, so cool-down and
//! hour begin again: switching a heater off and on gives it no further try.

use serde::{Deserialize, Serialize};
use vocabulary::Alarm;

/// Why a heater switched its output off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripCause {
    /// A part was at its limit.
    Heat,
    /// More was drawn than allowed, and it did not fall.
    Power,
    /// Two sensors of the same heat contradicted each other at high power.
    Sensors,
}

impl TripCause {
    /// The alarm while it keeps the output off.
    #[must_use]
    pub const fn alarm(self) -> Alarm {
        match self {
            Self::Heat => Alarm::TripHeat,
            Self::Power => Alarm::TripPower,
            Self::Sensors => Alarm::TripSensors,
        }
    }
}

/// What is remembered of trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latch {
    /// Nothing happened in the last hour.
    #[default]
    Clear,
    /// Output is off; one automatic retry follows once the heater has cooled down.
    Tripped(TripCause),
    /// Output is on again; a further trip within the hour locks it.
    Retried(TripCause),
    /// Output is off until somebody at the heater resets it.
    Locked(TripCause),
}

impl Latch {
    /// Why output is off; nothing when it is on.
    #[must_use]
    pub fn off_by(self) -> Option<TripCause> {
        match self {
            Self::Tripped(cause) | Self::Locked(cause) => Some(cause),
            Self::Clear | Self::Retried(_) => None,
        }
    }

    /// After a reason to trip. The first cause is kept while output is off: what follows is its consequence.
    #[must_use]
    pub(super) fn tripped(self, cause: TripCause) -> Self {
        match self {
            Self::Clear => Self::Tripped(cause),
            Self::Retried(_) => Self::Locked(cause),
            Self::Tripped(_) | Self::Locked(_) => self,
        }
    }
}
