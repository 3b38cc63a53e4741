//! What is lived through: scenarios, who competes in each, and how large it all is.

use super::scenario::{Occupancy, Scenario, Trouble, Weather};

/// A contender by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// B0, hysteresis ±0.5 K.
    Hysteresis,
    /// B1, PI.
    Plain,
    /// B2, PI with the best fixed preheat of this weather.
    Preheated,
    /// B3.
    Foresight,
    /// B4, B2's wishes cut in proportion.
    Proportional,
    /// B5, which takes the place of B3 under a cap.
    JointForesight,
    /// Ours, after some weeks of learning in the weather before.
    Ours,
    /// Ours, from the first line on.
    OursCold,
}

impl Who {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hysteresis => "B0 hysteresis",
            Self::Plain => "B1 PI",
            Self::Preheated => "B2 PI, best preheat",
            Self::Foresight => "B3 foresight",
            Self::Proportional => "B4 proportional cap",
            Self::JointForesight => "B5 joint foresight",
            Self::Ours => "Hypocaust",
            Self::OursCold => "Hypocaust, cold start",
        }
    }
}

/// One scenario and who competes in it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) scenario: Scenario,
    pub(super) who: Vec<Who>,
    /// Whether B2's preheat is searched here; elsewhere it is that of the last search.
    pub(super) searched: bool,
}

/// The whole measurement.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) entries: Vec<Entry>,
    pub(super) buildings: usize,
    /// Fewer preheats are tried for B2.
    pub(super) coarse_search: bool,
    /// Rooms of each, a corridor without a heater among them.
    pub(super) rooms: usize,
    /// Days in which contenders that learn do so before they are judged.
    pub(super) learning_days: usize,
    /// Days in which a building forgets how it began, for those that learn nothing.
    pub(super) settling_days: usize,
    /// Rooms with which the capacity is measured.
    pub(super) capacity_rooms: usize,
}

pub(super) const PEAK: &str = "peak winter";
pub(super) const TYPICAL: &str = "typical winter";
pub(super) const UNKNOWN: &str = "typical winter, unknown occupancy";
pub(super) const CAP_45: &str = "peak winter, cap 0.45";
pub(super) const CAP_50: &str = "peak winter, cap 0.5";
pub(super) const PEAK_PRICE: &str = "typical winter, peak price";
pub(super) const BAD_SENSORS: &str = "typical winter, 10 % bad sensors";

/// What a kilowatt of monthly peak costs where there is such a tariff, €/kW: the fixed part of French tariffs above 36 kVA
/// (TURPE 6, BT > 36 kVA) is about a euro a month.
const PEAK_EUR_PER_KW: f64 = 1.0;

impl Plan {
    /// Everything, or what continuous integration has time for.
    pub(super) fn new(short: bool) -> Self {
        if short { Self::short() } else { Self::full() }
    }

    fn full() -> Self {
        let peak = Scenario::new(PEAK, Weather::PeakWinter);
        let typical = Scenario::new(TYPICAL, Weather::TypicalWinter);
        let mut entries = winter(peak, typical);
        entries.extend([
            contest(typical.with_occupancy(UNKNOWN, Occupancy::Unknown), false),
            contest(Scenario::new("shoulder", Weather::Shoulder), true),
            contest(Scenario::new("summer", Weather::Summer), true),
            Entry {
                scenario: Scenario::new("year", Weather::Year),
                who: vec![Who::Hysteresis, Who::Plain, Who::Preheated, Who::Ours],
                searched: true,
            },
        ]);
        // The unknown occupancy has a search of its own; typical winter's comes before it.
        entries
            .iter_mut()
            .filter(|entry| entry.scenario.name == UNKNOWN)
            .for_each(|entry| entry.searched = true);
        Self {
            entries,
            buildings: 4,
            coarse_search: false,
            rooms: 11,
            learning_days: 21,
            settling_days: 5,
            capacity_rooms: 200,
        }
    }

    fn short() -> Self {
        let peak = Scenario::new(PEAK, Weather::PeakWinter).for_days(5);
        let typical = Scenario::new(TYPICAL, Weather::TypicalWinter).for_days(7);
        let kept = [PEAK, CAP_45, TYPICAL, PEAK_PRICE, BAD_SENSORS];
        let mut entries = winter(peak, typical);
        entries.retain(|entry| kept.contains(&entry.scenario.name));
        Self {
            entries,
            buildings: 2,
            coarse_search: true,
            rooms: 11,
            learning_days: 10,
            settling_days: 3,
            capacity_rooms: 40,
        }
    }
}

/// The winter weeks with all that may happen in them. Each search comes before those who use it.
fn winter(peak: Scenario, typical: Scenario) -> Vec<Entry> {
    let beside = |scenario, who: &[Who]| Entry { scenario, who: who.to_vec(), searched: false };
    let capped = [Who::Proportional, Who::JointForesight, Who::Ours];
    let both = [Who::Preheated, Who::Ours];
    vec![
        contest(peak, true),
        beside(peak.with_cap(CAP_50, 0.5), &capped),
        beside(peak.with_cap(CAP_45, 0.45), &capped),
        contest(typical, true),
        beside(typical.with_peak_price(PEAK_PRICE, PEAK_EUR_PER_KW), &[Who::Ours]),
        beside(typical.with_trouble("typical winter, 48 h without jobs", Trouble::NoJobs), &both),
        beside(typical.with_trouble(BAD_SENSORS, Trouble::BadSensors), &both),
        beside(typical.with_trouble("typical winter, 6 h without platform", Trouble::NoPlatform), &both),
    ]
}

/// All contenders without a cap.
fn contest(scenario: Scenario, searched: bool) -> Entry {
    let who = vec![Who::Hysteresis, Who::Plain, Who::Preheated, Who::Foresight, Who::Ours, Who::OursCold];
    Entry { scenario, who, searched }
}
