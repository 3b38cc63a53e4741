//! What needs attention: problems found in the facts, ranked by what they do to people.
//!
//! Pure. Sentences are made where they are shown; here are kinds and numbers.

use std::collections::BTreeMap;

use vocabulary::{Alarm, HeaterId, Metric, Mode, RoomId, SetpointBy, SiteAlarm, Timestamp, Why};

use crate::facts::{Building, HeaterFacts, RoomFacts, Trust};

/// More problems of one kind than this are shown as one.
const FLOOD: usize = 3;
/// A heater's governor may be on its way back into a lease for this long.
const FALLBACK_PATIENCE_MS: i64 = 60_000;
/// A meter runs ahead of a budget that just shrank for this long.
const OVER_PATIENCE_MS: i64 = 30_000;
/// In a quarter of an hour an open window takes at least this from a room, and this part of its CO₂.
const WINDOW: (f64, f64) = (-0.6, -60.0);
/// A room that gained this much over its trend is on its way.
const WARMING_K: f64 = 0.15;

/// What a problem does to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Good to know.
    Note,
    /// Somebody may soon be cold, or we cannot tell.
    Soon,
    /// Somebody is cold, or something is not safe.
    Urgent,
}

impl Severity {
    /// The end of the word's key, and the class of its colour.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Soon => "soon",
            Self::Urgent => "urgent",
        }
    }
}

/// Why a room is likely too cold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColdCause {
    Window,
    HeaterSilent,
    Tripped,
    OnFallback,
    SharedCap,
    /// Somebody limited a heater of it, or lets it take no work.
    HeldBack,
    Warming,
    FullPower,
    NoHeater,
    Unknown,
}

impl ColdCause {
    /// The end of the sentence's key.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::HeaterSilent => "silent",
            Self::Tripped => "tripped",
            Self::OnFallback => "fallback",
            Self::SharedCap => "cap",
            Self::HeldBack => "held",
            Self::Warming => "warming",
            Self::FullPower => "full",
            Self::NoHeater => "no-heater",
            Self::Unknown => "unknown",
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ProblemKind {
    /// Somebody sits in a room below its setpoint.
    RoomCold { below_k: f64, cause: ColdCause },
    /// A room's temperature is not known.
    TemperatureUnknown,
    /// A sensor that is not believed, or that says itself that it is broken.
    SensorDoubtful { metric: Metric, suspect: bool },
    /// A heater is not heard.
    HeaterSilent,
    /// Several heaters are not heard.
    HeatersSilent { count: usize },
    /// A heater is off, latched.
    HeaterTripped {
        /// Whether it waits for somebody's reset.
        needs_reset: bool,
    },
    /// A heater is switched off by hand.
    HeaterOff,
    /// A heater takes its power back because it is too warm inside.
    HeaterDerated,
    /// A heater keeps its own fall-back.
    HeaterOnFallback,
    /// Several heaters keep their own fall-back.
    HeatersOnFallback { count: usize },
    /// A heater draws more than it may.
    BudgetNotObeyed { drawn_w: u32, budget_w: u32 },
    /// The site's cap holds rooms back.
    CapActive { cap_w: u32, rooms: usize, until: Option<Timestamp> },
    /// The cap is lower than what heaters may draw by themselves.
    CapBelowFallback { cap_w: u32 },
    /// Another controller with the same key is at work.
    SecondController { told_by: Vec<HeaterId> },
    /// No work source speaks.
    WorkUnknown,
    /// Somebody asked for another setpoint.
    OverrideActive { setpoint_c: f64, by: SetpointBy, until: Timestamp },
}

/// Where to go about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Room(RoomId, String),
    Heater(HeaterId, String),
    Heaters,
    Rooms,
    Site,
}

/// One thing that needs attention.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    pub(crate) severity: Severity,
    pub(crate) kind: ProblemKind,
    pub(crate) place: Place,
    pub(crate) since: Option<Timestamp>,
}

/// Every problem of a building, worst first.
pub(crate) fn problems(building: &Building) -> Vec<Problem> {
    let mut found = Vec::new();
    if !building.is_heard {
        return found;
    }
    for room in &building.rooms {
        found.extend(of_room(building, room));
    }
    for heater in &building.heaters {
        found.extend(of_heater(building, heater));
    }
    found.extend(of_site(building));
    let mut found = gather_floods(found);
    found.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| weight(&b.kind).total_cmp(&weight(&a.kind)))
    });
    found
}

/// Within a severity: people before plant, colder before cold.
fn weight(kind: &ProblemKind) -> f64 {
    match kind {
        ProblemKind::RoomCold { below_k, .. } => 100.0 + below_k,
        ProblemKind::HeaterTripped { .. } | ProblemKind::BudgetNotObeyed { .. } => 90.0,
        ProblemKind::SecondController { .. } => 85.0,
        ProblemKind::TemperatureUnknown => 80.0,
        ProblemKind::HeatersSilent { .. } | ProblemKind::HeatersOnFallback { .. } => 75.0,
        ProblemKind::HeaterSilent => 70.0,
        ProblemKind::HeaterDerated | ProblemKind::HeaterOff => 60.0,
        ProblemKind::HeaterOnFallback => 55.0,
        ProblemKind::CapBelowFallback { .. } => 50.0,
        ProblemKind::CapActive { .. } => 45.0,
        ProblemKind::SensorDoubtful { .. } => 40.0,
        ProblemKind::WorkUnknown => 20.0,
        ProblemKind::OverrideActive { .. } => 10.0,
    }
}

fn of_room(building: &Building, room: &RoomFacts) -> Vec<Problem> {
    let problem = |severity, kind, since| Problem {
        severity,
        kind,
        place: Place::Room(room.room.id.clone(), room.room.name.to_string()),
        since,
    };
    let mut found = Vec::new();
    if let (Some(since), Some(k)) = (room.cold_since, room.deviation()) {
        let kind = ProblemKind::RoomCold { below_k: -k, cause: cold_cause(building, room) };
        found.push(problem(Severity::Urgent, kind, Some(since)));
    }
    let has_heater = building.heaters_of(&room.room.id).next().is_some();
    if room.temperature.value.is_none() && has_heater && room.as_of.is_some() {
        let age = match room.why {
            Some(Why::TemperatureUnknown { age_s: Some(age_s) } | Why::TemperatureBelieved { age_s, .. }) => {
                i64::try_from(age_s).ok()
            }
            _ => None,
        };
        let since = age.map(|age_s| building.now.plus_ms(-age_s.saturating_mul(1000)));
        found.push(problem(Severity::Soon, ProblemKind::TemperatureUnknown, since));
    }
    for wish in &room.overrides {
        let kind = ProblemKind::OverrideActive {
            setpoint_c: wish.wish.setpoint_c.degrees(),
            by: wish.wish.by,
            until: wish.wish.until,
        };
        found.push(problem(Severity::Note, kind, Some(wish.created_at)));
    }
    found
}

/// The first cause that the facts speak for.
fn cold_cause(building: &Building, room: &RoomFacts) -> ColdCause {
    let heaters: Vec<_> = building.heaters_of(&room.room.id).collect();
    let steered = heaters.iter().filter(|h| !h.reports_only());
    let any_mode = |modes: &[Mode]| steered.clone().any(|h| h.mode.is_some_and(|m| modes.contains(&m)));
    let (warmed, co2_moved) = room.moved();
    if heaters.is_empty() {
        ColdCause::NoHeater
    } else if heaters.iter().all(|h| h.silent) {
        ColdCause::HeaterSilent
    } else if any_mode(&[Mode::Tripped, Mode::LocalOff]) {
        ColdCause::Tripped
    } else if matches!(room.why, Some(Why::WindowOpen { .. }))
        || warmed.is_some_and(|k| k <= WINDOW.0) && co2_moved.is_some_and(|ppm| ppm <= WINDOW.1)
    {
        ColdCause::Window
    } else if any_mode(&[Mode::Fallback, Mode::FallbackBlind]) {
        ColdCause::OnFallback
    } else if matches!(room.why, Some(Why::SharedCap { .. })) {
        ColdCause::SharedCap
    } else if heaters.iter().any(|h| h.instructions.limit.is_some() || h.instructions.drain.is_some()) {
        ColdCause::HeldBack
    } else if warmed.is_some_and(|k| k >= WARMING_K) {
        ColdCause::Warming
    } else if room.drawn_w.is_some_and(|w| f64::from(w) >= 0.9 * f64::from(room.rated_w)) {
        ColdCause::FullPower
    } else {
        ColdCause::Unknown
    }
}

fn of_heater(building: &Building, facts: &HeaterFacts) -> Vec<Problem> {
    let problem = |severity, kind, since| Problem {
        severity,
        kind,
        place: Place::Heater(facts.heater.id.clone(), facts.heater.name.to_string()),
        since,
    };
    if facts.silent {
        return vec![problem(Severity::Soon, ProblemKind::HeaterSilent, facts.seen_at)];
    }
    let mut found = Vec::new();
    // A room without temperature is a problem of its own, and these would only say it again.
    let room = facts.heater.room.as_ref().and_then(|room| building.room(room));
    let is_room_blind = room.is_some_and(|room| room.temperature.value.is_none());
    let lasted = |since: Option<Timestamp>, ms| since.is_some_and(|since| building.wall.since(since) >= ms);
    match facts.mode {
        Some(Mode::Tripped) => {
            let kind = ProblemKind::HeaterTripped { needs_reset: facts.says(Alarm::NeedsReset) };
            found.push(problem(Severity::Urgent, kind, facts.mode_since));
        }
        Some(Mode::LocalOff) => found.push(problem(Severity::Soon, ProblemKind::HeaterOff, facts.mode_since)),
        Some(Mode::Derated) => {
            found.push(problem(Severity::Soon, ProblemKind::HeaterDerated, facts.mode_since));
        }
        // Nobody gives a lease to a heater that only reports.
        Some(Mode::Fallback | Mode::FallbackBlind) if facts.reports_only() => {}
        Some(Mode::FallbackBlind) if is_room_blind => {}
        Some(Mode::Fallback | Mode::FallbackBlind) if lasted(facts.mode_since, FALLBACK_PATIENCE_MS) => {
            found.push(problem(Severity::Soon, ProblemKind::HeaterOnFallback, facts.mode_since));
        }
        _ => {}
    }
    if let Some(beat) = &facts.heartbeat
        && lasted(facts.over_since, OVER_PATIENCE_MS)
    {
        let kind = ProblemKind::BudgetNotObeyed { drawn_w: beat.drawn_w, budget_w: beat.budget_w };
        found.push(problem(Severity::Urgent, kind, facts.over_since));
    }
    let doubtful = facts.values.iter().filter(|s| matches!(s.value.trust, Trust::Suspect | Trust::Missing));
    for sensed in doubtful {
        let is_temperature = sensed.metric == Metric::TemperatureC;
        if is_temperature && is_room_blind {
            continue;
        }
        let suspect = sensed.value.trust == Trust::Suspect;
        let kind = ProblemKind::SensorDoubtful { metric: sensed.metric.clone(), suspect };
        let severity = if is_temperature { Severity::Soon } else { Severity::Note };
        found.push(problem(severity, kind, Some(sensed.since)));
    }
    found
}

fn of_site(building: &Building) -> Vec<Problem> {
    let problem = |severity, kind, place| Problem { severity, kind, place, since: None };
    let Some(state) = &building.state else { return Vec::new() };
    let mut found = Vec::new();
    // Rooms held by each cap: the site's, or a circuit's below it.
    let mut held_by = BTreeMap::<u32, usize>::new();
    for room in &building.rooms {
        if let Some(Why::SharedCap { cap_w, .. }) = room.why {
            *held_by.entry(cap_w).or_default() += 1;
        }
    }
    if let Some(cap_w) = state.cap_w {
        let held = held_by.remove(&cap_w).unwrap_or(0);
        if held > 0 || state.cap_until.is_some() {
            let kind = ProblemKind::CapActive { cap_w, rooms: held, until: state.cap_until };
            let severity = if held > 0 { Severity::Soon } else { Severity::Note };
            found.push(problem(severity, kind, Place::Rooms));
        }
        if state.cap_below_fallback {
            found.push(problem(Severity::Soon, ProblemKind::CapBelowFallback { cap_w }, Place::Heaters));
        }
    }
    for (cap_w, rooms) in held_by {
        let kind = ProblemKind::CapActive { cap_w, rooms, until: None };
        found.push(problem(Severity::Soon, kind, Place::Rooms));
    }
    if state.alarms.contains(&SiteAlarm::SecondController) {
        let told_by = state.second_controller_told_by.clone();
        found.push(problem(Severity::Urgent, ProblemKind::SecondController { told_by }, Place::Site));
    }
    if state.work_available_w.is_none() {
        found.push(problem(Severity::Note, ProblemKind::WorkUnknown, Place::Site));
    }
    found
}

/// Sixty silent heaters are one problem, not sixty.
fn gather_floods(found: Vec<Problem>) -> Vec<Problem> {
    let silent = gather(found, &ProblemKind::HeaterSilent, |count| ProblemKind::HeatersSilent { count });
    gather(silent, &ProblemKind::HeaterOnFallback, |count| ProblemKind::HeatersOnFallback { count })
}

/// Puts one problem in the place of all of a kind, where there are too many of them.
fn gather(found: Vec<Problem>, kind: &ProblemKind, together: fn(usize) -> ProblemKind) -> Vec<Problem> {
    let (of_kind, mut rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|problem| problem.kind == *kind);
    if of_kind.len() <= FLOOD {
        rest.extend(of_kind);
        return rest;
    }
    rest.push(Problem {
        severity: Severity::Urgent,
        kind: together(of_kind.len()),
        place: Place::Heaters,
        since: of_kind.iter().filter_map(|problem| problem.since).min(),
    });
    rest
}

#[cfg(test)]
mod tests;
