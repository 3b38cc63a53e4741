//! The scenarios: which weather, what is asked of the rooms, and what goes wrong.

use serde::Serialize;
use twin::Moment;

/// Seconds between two decisions.
pub(super) const STEP_S: f64 = 300.0;
/// Decisions a day.
pub(super) const STEPS_A_DAY: usize = 288;
const DAY_MS: i64 = 86_400_000;

/// A stretch of the recorded year (RT2012 H1a, Paris region), lived through in 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Weather {
    /// The coldest fortnight of the record.
    PeakWinter,
    /// A fortnight of the heating season with the mean of the whole season, October to April.
    TypicalWinter,
    /// A fortnight in spring with cold mornings and warm afternoons.
    Shoulder,
    /// The warmest fortnight.
    Summer,
    /// All of it.
    Year,
}

/// Who tells the controller when a room is occupied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Occupancy {
    /// The bounds follow a schedule that is told a day ahead.
    Scheduled,
    /// The lower bound holds while people are there; the controller has sensors and no schedule.
    Unknown,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trouble {
    Nothing,
    /// One in ten sensors is bad: in every four days it has hours or days in which it is stuck, off, silent or noisy.
    BadSensors,
    /// For 48 hours there is no work: heaters can draw their resistor's half.
    NoJobs,
    /// For six hours of a cold morning nobody answers: heaters hold a setback by themselves.
    NoPlatform,
}

/// One scenario.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) weather: Weather,
    pub(super) days: usize,
    pub(super) occupancy: Occupancy,
    pub(super) trouble: Trouble,
    /// The site's cap as a share of the rated power of all heaters.
    pub(super) cap_share: Option<f64>,
    /// Price of the month's highest power, €/kW.
    pub(super) peak_eur_per_kw: f64,
}

impl Scenario {
    pub(super) const fn new(name: &'static str, weather: Weather) -> Self {
        Self {
            name,
            weather,
            days: weather.days(),
            occupancy: Occupancy::Scheduled,
            trouble: Trouble::Nothing,
            cap_share: None,
            peak_eur_per_kw: 0.0,
        }
    }

    pub(super) const fn for_days(self, days: usize) -> Self {
        Self { days, ..self }
    }

    pub(super) const fn with_occupancy(self, name: &'static str, occupancy: Occupancy) -> Self {
        Self { name, occupancy, ..self }
    }

    pub(super) const fn with_trouble(self, name: &'static str, trouble: Trouble) -> Self {
        Self { name, trouble, ..self }
    }

    pub(super) const fn with_cap(self, name: &'static str, share: f64) -> Self {
        Self { name, cap_share: Some(share), ..self }
    }

    pub(super) const fn with_peak_price(self, name: &'static str, eur_per_kw: f64) -> Self {
        Self { name, peak_eur_per_kw: eur_per_kw, ..self }
    }

    /// When the judged time begins.
    pub(super) fn start(&self) -> Moment {
        // Monday, 30 December 2024, 0:00 on the record's clock. Summer time is left out: it would move every bound of the
        // year by an hour twice and tell nothing of control.
        Moment { utc_ms: 1_735_513_200_000 + self.weather.first_day() * DAY_MS, local_offset_s: 3600 }
    }

    pub(super) const fn steps(&self) -> usize {
        self.days * STEPS_A_DAY
    }

    /// Whether the controller is silent in this step of the judged time.
    pub(super) fn is_without_platform(&self, step: usize) -> bool {
        // The second Tuesday, 3:00 to 9:00: the morning is when control matters.
        let from = 8 * STEPS_A_DAY + 3 * 12;
        self.trouble == Trouble::NoPlatform && (from..from + 6 * 12).contains(&step)
    }

    /// Whether there is no work in this step of the judged time.
    pub(super) fn is_without_jobs(&self, step: usize) -> bool {
        // Tuesday and Wednesday of the second week.
        let from = 8 * STEPS_A_DAY;
        self.trouble == Trouble::NoJobs && (from..from + 2 * STEPS_A_DAY).contains(&step)
    }
}

impl Weather {
    const fn days(self) -> usize {
        match self {
            Self::Year => 364,
            _ => 14,
        }
    }

    /// The Monday on which it begins, days after 30 December 2024. A test holds what is said of them against the record.
    const fn first_day(self) -> i64 {
        match self {
            Self::PeakWinter => 14,
            Self::TypicalWinter => 315,
            Self::Shoulder => 105,
            Self::Summer => 210,
            Self::Year => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use twin::{Climate, Place, Season};

    /// Mean outdoor temperature of the fortnight that begins so many days after 30 December.
    fn mean_c(first_day: i64) -> f64 {
        let climate = Climate::recorded(Season::Today, Place::PARIS);
        let start = Scenario::new("", Weather::Year).start();
        let hours = (0..14 * 24).map(|hour| start.later_by(first_day * DAY_MS + hour * 3_600_000));
        hours.map(|at| climate.at(at).0.temperature_c).sum::<f64>() / (14.0 * 24.0)
    }

    #[test]
    fn the_fortnights_are_what_they_are_called() {
        let mondays: Vec<(i64, f64)> = (0..50).map(|week| (7 * week, mean_c(7 * week))).collect();
        let by = |a: &&(i64, f64), b: &&(i64, f64)| a.1.total_cmp(&b.1);
        let (coldest, warmest) = (mondays.iter().min_by(by).unwrap().0, mondays.iter().max_by(by).unwrap().0);
        assert_eq!((coldest, warmest), (Weather::PeakWinter.first_day(), Weather::Summer.first_day()));
        let season: Vec<f64> =
            mondays.iter().filter(|(day, _)| *day < 120 || *day >= 273).map(|(_, mean)| *mean).collect();
        let mean = season.iter().sum::<f64>() / season.len() as f64;
        assert!((mean_c(Weather::TypicalWinter.first_day()) - mean).abs() < 0.6, "{mean}");
        assert!((9.0..13.0).contains(&mean_c(Weather::Shoulder.first_day())));
    }
}
