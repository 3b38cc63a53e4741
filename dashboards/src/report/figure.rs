//! The figures of a report: their names, units, and what is told of each beside its number.

use vocabulary::Timestamp;

use super::coverage::Sum;

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Energy,
    DegreeDays,
    Corrected,
    Cost,
    Carbon,
    Heat,
    Compute,
    CoreHours,
    Idle,
    Resistor,
    Waste,
    Peak,
    PeakOfCap,
    InBand,
    Cold,
    HeatedMean,
    AboveMean,
    AboveEmptyADay,
    AboveEmptyTwoDays,
    Refund,
}

impl Key {
    /// Its name in JSON, CSV and the keys of its words; what it counts in is its unit.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Energy => "energy",
            Self::DegreeDays => "degree_days",
            Self::Corrected => "corrected_energy",
            Self::Cost => "cost",
            Self::Carbon => "carbon",
            Self::Heat => "heat",
            Self::Compute => "useful_compute",
            Self::CoreHours => "core_hours",
            Self::Idle => "idle_burn",
            Self::Resistor => "resistor",
            Self::Waste => "waste",
            Self::Peak => "peak",
            Self::PeakOfCap => "peak_of_cap",
            Self::InBand => "in_band",
            Self::Cold => "cold",
            Self::HeatedMean => "heated_mean",
            Self::AboveMean => "above_19",
            Self::AboveEmptyADay => "empty_above_16",
            Self::AboveEmptyTwoDays => "empty_above_8",
            Self::Refund => "refund",
        }
    }

    /// The unit of its number, for programs.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Energy | Self::Corrected | Self::Heat | Self::Compute => "kWh",
            Self::Idle | Self::Resistor | Self::Waste => "kWh",
            Self::DegreeDays => "K·d",
            Self::Cost | Self::Refund => "EUR",
            Self::Carbon => "kg",
            Self::CoreHours => "h",
            Self::Peak => "kW",
            Self::PeakOfCap | Self::InBand => "%",
            Self::AboveMean | Self::AboveEmptyADay | Self::AboveEmptyTwoDays => "%",
            Self::Cold => "K·h",
            Self::HeatedMean => "°C",
        }
    }

    /// What is measured for it: the metrics of history, and what else it stands on.
    pub(crate) const fn series(self) -> &'static [&'static str] {
        match self {
            Self::Energy | Self::Heat | Self::Refund => &["energy_wh", "power_w"],
            Self::DegreeDays => &["outdoor_c"],
            Self::Corrected => &["energy_wh", "power_w", "outdoor_c"],
            Self::Cost => &["energy_wh", "power_w", "price_eur_per_kwh"],
            Self::Carbon => &["energy_wh", "power_w", "carbon_g_per_kwh"],
            Self::Compute | Self::Idle | Self::Resistor => {
                &["energy_wh", "power_w", "resistor_w", "cores_busy"]
            }
            Self::CoreHours => &["cores_busy"],
            Self::Waste => &["energy_wh", "power_w", "temperature_c"],
            Self::Peak => &["power_w"],
            Self::PeakOfCap => &["power_w", "cap_w"],
            Self::InBand | Self::Cold => &["temperature_c", "presence", "setpoint_c"],
            Self::HeatedMean | Self::AboveMean => &["temperature_c", "energy_wh", "power_w"],
            Self::AboveEmptyADay | Self::AboveEmptyTwoDays => {
                &["temperature_c", "energy_wh", "power_w", "presence"]
            }
        }
    }
}

/// Why a figure has no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Nobody said what it takes, and it can be declared.
    NotConfigured,
    /// What it stands on was not recorded in this time.
    NotRecorded,
    /// There was nothing to judge: nobody there, no heated hour, no cap.
    NothingToJudge,
    /// The building is under no rules of law.
    NoRules,
    /// It was too mild to compare by degree days.
    TooMild,
}

impl Unknown {
    /// The word in JSON and CSV, and the end of the key of its words.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::NotRecorded => "not_recorded",
            Self::NothingToJudge => "nothing_to_judge",
            Self::NoRules => "no_rules",
            Self::TooMild => "too_mild",
        }
    }
}

/// What else is told of a figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Remark {
    /// So many kilowatt-hours were weighed by what was said of their hour.
    ByHours { kwh: f64 },
    /// So many by what was declared, with its number and source.
    ByDeclared { kwh: f64, per_kwh: f64, source: String },
    /// Meters that began at zero again, and rises that were not counted.
    Meters { resets: u32, jumps: u32 },
    /// When it was.
    At(Timestamp),
    /// So many rooms were judged by their schedule instead of by who was there.
    BySchedule { rooms: usize, of: usize },
    /// Of so many of the hours that were looked at only the mean of the whole hour is kept.
    WholeHours { hours: usize, of: usize },
    /// Over so many hours.
    Over { hours: f64 },
}

/// A figure with its number, or why it has none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) key: Key,
    pub(crate) value: Result<f64, Unknown>,
    /// How much of what it stands on was recorded, 0 to 1; `None` where there was nothing to record.
    pub(crate) coverage: Option<f64>,
    pub(crate) remarks: Vec<Remark>,
}

impl Figure {
    /// A number that is known, or not recorded.
    pub(crate) fn recorded(key: Key, value: Option<f64>, coverage: Option<f64>) -> Self {
        Self::or(key, value, Unknown::NotRecorded, coverage)
    }

    /// A number, or why it is not known.
    pub(crate) fn or(key: Key, value: Option<f64>, unknown: Unknown, coverage: Option<f64>) -> Self {
        // Sums of what was measured are finite; a quotient of tiny numbers need not be.
        let value = value.filter(|value| value.is_finite()).ok_or(unknown);
        Self { key, value, coverage, remarks: Vec::new() }
    }

    /// A sum in thousands.
    pub(crate) fn kilo(key: Key, sum: Sum) -> Self {
        Self::recorded(key, sum.known().map(|value| value / 1000.0), sum.coverage.share())
    }

    /// The same with more told of it.
    pub(crate) fn remark(mut self, remarks: impl IntoIterator<Item = Remark>) -> Self {
        self.remarks.extend(remarks);
        self
    }
}
