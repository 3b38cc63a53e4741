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

/// Those that the short form has time for.
const IN_SHORT: [&str; 5] = [PEAK, CAP_45, TYPICAL, PEAK_PRICE, BAD_SENSORS];

/// What a kilowatt of monthly peak costs where there is such a tariff, €/kW: the fixed part of French tariffs above 36 kVA
/// (TURPE 6, BT > 36 kVA) is about a euro a month.
const PEAK_EUR_PER_KW: f64 = 1.0;

impl Plan {
    /// Everything, or what continuous integration has time for; of either `only` the scenario of that name, where there
    /// is one.
    pub(super) fn new(short: bool, only: Option<&str>) -> Self {
        let mut plan = if short { Self::short() } else { Self::full() };
        match only {
            Some(name) => plan.keep_only(name),
            None if short => plan.entries.retain(|entry| IN_SHORT.contains(&entry.scenario.name)),
            None => {}
        }
        plan
    }

    /// One scenario, with a search for B2 of its own.
    fn keep_only(&mut self, name: &str) {
        self.entries.retain(|entry| entry.scenario.name == name);
        let needs_search = |who: &Who| matches!(who, Who::Preheated | Who::Proportional);
        self.entries.iter_mut().for_each(|entry| entry.searched = entry.who.iter().any(needs_search));
    }

    fn full() -> Self {
        let peak = Scenario::new(PEAK, Weather::PeakWinter);
        let typical = Scenario::new(TYPICAL, Weather::TypicalWinter);
        let mut entries = winter(peak, typical);
        entries.extend([
            contest(Scenario::new("shoulder", Weather::Shoulder), true),
            contest(Scenario::new("summer", Weather::Summer), true),
            Entry {
                scenario: Scenario::new("year", Weather::Year),
                who: vec![Who::Hysteresis, Who::Plain, Who::Preheated, Who::Ours],
                searched: true,
            },
        ]);
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
        let mut plan = Self::full();
        for entry in &mut plan.entries {
            entry.scenario = entry.scenario.for_days(days_in_short(&entry.scenario));
        }
        Self {
            buildings: 2,
            coarse_search: true,
            learning_days: 10,
            settling_days: 3,
            capacity_rooms: 40,
            ..plan
        }
    }
}

/// Days of a scenario in the short form: what goes wrong in the second week needs that week.
fn days_in_short(scenario: &Scenario) -> usize {
    match (scenario.trouble, scenario.weather) {
        (Trouble::NoJobs | Trouble::NoPlatform, _) => scenario.days,
        (_, Weather::PeakWinter) => 5,
        _ => 7,
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
        contest(typical.with_occupancy(UNKNOWN, Occupancy::Unknown), true),
    ]
}

/// All contenders without a cap.
fn contest(scenario: Scenario, searched: bool) -> Entry {
    let who = vec![Who::Hysteresis, Who::Plain, Who::Preheated, Who::Foresight, Who::Ours, Who::OursCold];
    Entry { scenario, who, searched }
}
