//! Units as types: a temperature cannot be passed as a power, and a value outside what its unit allows cannot be made.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number that its unit does not allow.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{value} is outside {low} to {high} {unit}")]
pub struct OutOfRange {
    value: f64,
    low: f64,
    high: f64,
    unit: &'static str,
}

/// A temperature, held in whole hundredths of a degree so that it signs, compares and travels exactly.
///
/// Range −100 °C to 200 °C: wider than any sensor in the house, narrow enough that nothing overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Celsius(i32);

impl Celsius {
    const LOW: f64 = -100.0;
    const HIGH: f64 = 200.0;

    /// Makes a temperature from degrees, rounded to a hundredth.
    ///
    /// # Errors
    /// [`OutOfRange`] when `degrees` is not finite or is outside −100 to 200.
    pub fn new(degrees: f64) -> Result<Self, OutOfRange> {
        if (Self::LOW..=Self::HIGH).contains(&degrees) {
            return Ok(Self((degrees * 100.0).round() as i32));
        }
        Err(OutOfRange { value: degrees, low: Self::LOW, high: Self::HIGH, unit: "°C" })
    }

    /// Makes a temperature from hundredths of a degree that the caller knows to be in range.
    ///
    /// # Panics
    /// When `hundredths` is outside −10,000 to 20,000: for constants in code only.
    #[must_use]
    pub const fn from_hundredths(hundredths: i32) -> Self {
        assert!(hundredths >= -10_000 && hundredths <= 20_000, "a constant outside the range of Celsius");
        Self(hundredths)
    }

    /// Degrees Celsius.
    #[must_use]
    pub fn degrees(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// Hundredths of a degree Celsius: the form that is signed.
    #[must_use]
    pub const fn hundredths(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Celsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} °C", self.degrees())
    }
}

impl Serialize for Celsius {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.degrees())
    }
}

impl<'de> Deserialize<'de> for Celsius {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Electric power in whole watts, 0 to 10 MW: budgets, ratings and caps. A measured power is a [`crate::Reading`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Watts(u32);

impl Watts {
    const HIGH: u32 = 10_000_000;
    /// No power at all.
    pub const ZERO: Self = Self(0);

    /// Makes a power from whole watts.
    ///
    /// # Errors
    /// [`OutOfRange`] above 10 MW.
    pub fn new(watts: u32) -> Result<Self, OutOfRange> {
        if watts <= Self::HIGH {
            return Ok(Self(watts));
        }
        Err(OutOfRange { value: f64::from(watts), low: 0.0, high: f64::from(Self::HIGH), unit: "W" })
    }

    /// The whole watts not above `watts`; negative and non-finite numbers give zero. Rounding down keeps a sum of
    /// budgets below its cap.
    #[must_use]
    pub fn floor(watts: f64) -> Self {
        // `as` saturates and turns NaN into 0, which is the answer wanted here.
        Self((watts.floor() as u32).min(Self::HIGH))
    }

    /// Whole watts.
    #[must_use]
    pub const fn whole(self) -> u32 {
        self.0
    }

    /// Watts as a real number, for calculations.
    #[must_use]
    pub fn real(self) -> f64 {
        f64::from(self.0)
    }
}

impl<'de> Deserialize<'de> for Watts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u32::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Watts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} W", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_temperature_that_is_not_a_number_cannot_be_made() {
        for bad in [f64::NAN, f64::INFINITY, -100.01, 200.01] {
            assert!(Celsius::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn watts_never_round_up() {
        for (real, whole) in
            [(0.0, 0), (0.99, 0), (429.99, 429), (-3.0, 0), (f64::NAN, 0), (1e12, 10_000_000)]
        {
            assert_eq!(Watts::floor(real).whole(), whole, "{real}");
        }
    }

    proptest! {
        #[test]
        fn a_temperature_survives_the_wire(hundredths in -10_000..=20_000) {
            let celsius = Celsius::from_hundredths(hundredths);
            let json = serde_json::to_string(&celsius).unwrap();
            prop_assert_eq!(serde_json::from_str::<Celsius>(&json).unwrap(), celsius);
        }
    }
}
