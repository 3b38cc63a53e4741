//! The two occupancy records: people counted in a teaching building, and the conventional dwelling.

use std::sync::LazyLock;

use crate::embedded;

/// People in the whole building OU44 (Odense, 2018) every 15 minutes of a year; 0 to 1,204.
#[derive(Debug)]
pub struct OfficeCounts {
    people: Vec<f64>,
}

/// One hour of the conventional dwelling of RT2012.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResidentialHour {
    /// 1 = at home and awake, 0.7 = at home asleep, 0 = away.
    pub occupancy_rate: f64,
    /// Heat of appliances: 1 while in use, 0.2 otherwise.
    pub internal_gains_rate: f64,
    /// Whether lamps may be on.
    pub lighting: bool,
}

/// A year of the conventional dwelling, one row an hour.
#[derive(Debug)]
pub struct ResidentialPattern {
    hours: Vec<ResidentialHour>,
}

/// 365 days of 96 quarters, and the midnight after.
const COUNT_ROWS: usize = 35_041;
const COUNT_STEP_S: f64 = 900.0;
const HOUR_ROWS: usize = 8760;

static COUNTS: LazyLock<OfficeCounts> = LazyLock::new(|| OfficeCounts {
    people: embedded::rows(embedded::OFFICE_COUNTS, ["occupants"], COUNT_ROWS)
        .into_iter()
        .flatten()
        .collect(),
});

static PATTERN: LazyLock<ResidentialPattern> = LazyLock::new(|| ResidentialPattern {
    hours: embedded::rows(
        embedded::RESIDENTIAL_PATTERN,
        ["occupancy_rate", "internal_gains_rate", "lighting"],
        HOUR_ROWS,
    )
    .into_iter()
    .map(|[occupancy_rate, internal_gains_rate, lighting]| ResidentialHour {
        occupancy_rate,
        internal_gains_rate,
        lighting: lighting > 0.5,
    })
    .collect(),
});

impl OfficeCounts {
    /// The embedded record; parsed once a process.
    #[must_use]
    pub fn embedded() -> &'static OfficeCounts {
        &COUNTS
    }

    /// People in the building `record_second` seconds after the first row, on the record's own clock (see
    /// [`Season::office_second`](crate::Season::office_second)); straight lines between rows, the end rows
    /// beyond them.
    #[must_use]
    pub fn at(&self, record_second: f64) -> f64 {
        let position = (record_second / COUNT_STEP_S).clamp(0.0, (COUNT_ROWS - 1) as f64);
        let before = position as usize;
        let after = (before + 1).min(COUNT_ROWS - 1);
        self.people[before] + (self.people[after] - self.people[before]) * (position - before as f64)
    }
}

impl ResidentialPattern {
    /// The embedded record; parsed once a process.
    #[must_use]
    pub fn embedded() -> &'static ResidentialPattern {
        &PATTERN
    }

    /// One hour of the year, row 0 = 1 January 0:00 to 1:00; the year is a ring.
    #[must_use]
    pub fn hour(&self, row: usize) -> ResidentialHour {
        self.hours[row % HOUR_ROWS]
    }
}
