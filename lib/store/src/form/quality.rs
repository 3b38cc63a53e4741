//! Qualities as stored numbers. These numbers are on disks: one that was given is never given to anything else.

use vocabulary::{Fault, Quality, Reading, Suspicion};

/// The stored number of a quality.
pub(crate) const fn code(quality: Quality) -> u8 {
    match quality {
        Quality::Good => 0,
        Quality::Suspect(Suspicion::Jump) => 1,
        Quality::Suspect(Suspicion::Stuck) => 2,
        Quality::Suspect(Suspicion::BelowOutdoorAir) => 3,
        Quality::Missing(Fault::Silent) => 16,
        Quality::Missing(Fault::Garbled) => 17,
        Quality::Missing(Fault::Broken) => 18,
        Quality::Missing(Fault::Absent) => 19,
    }
}

/// The quality of a stored number; `None` for a number that was never given.
pub(crate) const fn from_code(code: u8) -> Option<Quality> {
    Some(match code {
        0 => Quality::Good,
        1 => Quality::Suspect(Suspicion::Jump),
        2 => Quality::Suspect(Suspicion::Stuck),
        3 => Quality::Suspect(Suspicion::BelowOutdoorAir),
        16 => Quality::Missing(Fault::Silent),
        17 => Quality::Missing(Fault::Garbled),
        18 => Quality::Missing(Fault::Broken),
        19 => Quality::Missing(Fault::Absent),
        _ => return None,
    })
}

/// A measurement as it is stored: the value exists exactly when the quality is not `Missing`, and is finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measurement {
    pub(crate) value: Option<f64>,
    pub(crate) quality: Quality,
}

impl Measurement {
    /// Brings a reading and what is thought of it together. Where the two contradict each other the reading is
    /// taken as missing, so that no doubtful number is ever counted.
    pub(crate) fn new(reading: Reading, quality: Quality) -> Self {
        match (reading, quality) {
            (Reading::Missing(fault), _) | (Reading::Value(_), Quality::Missing(fault)) => {
                Self::missing(fault)
            }
            (Reading::Value(value), _) if !value.is_finite() => Self::missing(Fault::Garbled),
            (Reading::Value(value), quality) => Self { value: Some(value), quality },
        }
    }

    const fn missing(fault: Fault) -> Self {
        Self { value: None, quality: Quality::Missing(fault) }
    }

    /// The value, where it may be counted.
    pub(crate) fn good(self) -> Option<f64> {
        if self.quality == Quality::Good { self.value } else { None }
    }

    /// The reading it came from.
    pub(crate) fn reading(self) -> Reading {
        match (self.value, self.quality) {
            (Some(value), _) => Reading::Value(value),
            (None, Quality::Missing(fault)) => Reading::Missing(fault),
            (None, _) => Reading::Missing(Fault::Garbled),
        }
    }
}

/// A quality over the socket: its stored number.
pub(crate) mod wire {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use vocabulary::Quality;

    pub(crate) fn serialize<S: Serializer>(quality: &Quality, serializer: S) -> Result<S::Ok, S::Error> {
        super::code(*quality).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Quality, D::Error> {
        super::from_code(u8::deserialize(deserializer)?).ok_or_else(|| serde::de::Error::custom("no quality"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_number_means_one_quality() {
        let known: Vec<u8> = (0..=255).filter(|&number| from_code(number).is_some()).collect();
        assert_eq!(known, [0, 1, 2, 3, 16, 17, 18, 19]);
        for number in known {
            assert_eq!(from_code(number).map(code), Some(number));
        }
    }

    #[test]
    fn a_reading_and_a_quality_that_contradict_each_other_are_taken_as_missing() {
        let broken = Quality::Missing(Fault::Broken);
        let table = [
            (Reading::Value(1.0), Quality::Good, Some(1.0), Quality::Good),
            (Reading::Value(1.0), broken, None, broken),
            (Reading::Missing(Fault::Broken), Quality::Good, None, broken),
            (Reading::Value(f64::NAN), Quality::Good, None, Quality::Missing(Fault::Garbled)),
        ];
        for (reading, quality, value, stored) in table {
            assert_eq!(Measurement::new(reading, quality), Measurement { value, quality: stored });
        }
    }
}
