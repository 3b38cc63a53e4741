//! How long history is kept.

use vocabulary::RetentionClass;

/// How many days after a day has ended its history is kept. What arrives later is kept as long from its arrival on,
/// because a recorded building may be replayed years after it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Every reading of what tells of people: presence, CO₂, sound, Wi-Fi clients.
    pub people_days: u32,
    /// Hourly sums of the same.
    pub people_hourly_days: u32,
    /// Every reading of everything else.
    pub plant_days: u32,
    /// Hourly sums of the same.
    pub plant_hourly_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { people_days: 30, people_hourly_days: 365, plant_days: 400, plant_hourly_days: 3_650 }
    }
}

impl Retention {
    /// Days that every reading of a class is kept.
    pub(crate) const fn full_days(&self, class: RetentionClass) -> u32 {
        match class {
            RetentionClass::People => self.people_days,
            RetentionClass::Plant => self.plant_days,
        }
    }

    /// Days that its hourly sums are kept; never fewer.
    pub(crate) fn hourly_days(&self, class: RetentionClass) -> u32 {
        match class {
            RetentionClass::People => self.people_hourly_days.max(self.people_days),
            RetentionClass::Plant => self.plant_hourly_days.max(self.plant_days),
        }
    }
}
