//! What a sensor said: a value, or the reason why there is none. A missing reading is never `-1`, `NaN` or zero.

use std::fmt;
use std::str::FromStr;

use crate::plausibility::Suspicion;

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The sensor does not answer.
    Silent,
    /// The sensor answers nonsense.
    Garbled,
    /// The sensor says itself that it is broken.
    Broken,
    /// The heater has no such sensor.
    Absent,
}

impl Fault {
    /// The reason on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "fault:silent",
            Self::Garbled => "fault:garbled",
            Self::Broken => "fault:broken",
            Self::Absent => "fault:absent",
        }
    }
}

impl FromStr for Fault {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Silent, Self::Garbled, Self::Broken, Self::Absent]
            .into_iter()
            .find(|fault| fault.as_str() == text)
            .ok_or(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value, or the reason why there is none. Values are finite by construction: make them with [`Reading::value`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// What was measured, in the unit of its metric; finite.
    Value(f64),
    /// Why nothing was measured.
    Missing(Fault),
}

impl Reading {
    /// A reading of this value; one that is not finite becomes [`Fault::Garbled`].
    #[must_use]
    pub fn value(value: f64) -> Self {
        if value.is_finite() { Self::Value(value) } else { Self::Missing(Fault::Garbled) }
    }

    /// The value, where there is one.
    #[must_use]
    pub fn known(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing(_) => None,
        }
    }
}

/// What is thought of a stored reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// A value to act on.
    Good,
    /// A value that is kept but that control does not use.
    Suspect(Suspicion),
    /// No value, and why.
    Missing(Fault),
}

impl Quality {
    /// The word that travels beside the value: `good`, `suspect:…` or `fault:…`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Suspect(suspicion) => suspicion.as_str(),
            Self::Missing(fault) => fault.as_str(),
        }
    }
}
