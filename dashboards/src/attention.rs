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
mod tests {
    use super::*;
    use crate::live::LiveSite;
    use crate::trial;
    use registry::SiteBook;
    use vocabulary::{BootId, Heartbeat, RoomState, SiteState};

    const MINUTE_MS: i64 = 60_000;

    fn beat(mode: Mode, drawn_w: u32) -> Heartbeat {
        Heartbeat {
            boot: BootId::from_bits(7),
            n: 1,
            mono_ms: 1,
            epoch: 1,
            seq: 1,
            budget_w: 400,
            drawn_w,
            lease_left_s: 50,
            mode,
            wanted_w: 500,
            controllable: true,
            alarms: Vec::new(),
            steps_w: Vec::new(),
            firmware: String::new(),
            maintainable: true,
        }
    }

    fn found(book: &SiteBook, live: &LiveSite, minute: i64) -> Vec<ProblemKind> {
        let now = trial::NOW.plus_ms(minute * MINUTE_MS);
        let building = Building::join(book, live, &[], now, now);
        problems(&building).into_iter().map(|problem| problem.kind).collect()
    }

    /// A room heard each minute, its temperature and CO₂ given by the minute.
    fn heard(minutes: i64, of: impl Fn(i64) -> (f64, f64)) -> LiveSite {
        let book = trial::book();
        let mut live = LiveSite::default();
        for minute in 0..=minutes {
            let at = trial::NOW.plus_ms(minute * MINUTE_MS);
            let (temperature_c, co2_ppm) = of(minute);
            let state = RoomState {
                as_of: at,
                temperature_c: Some(temperature_c),
                co2_ppm: Some(co2_ppm),
                ..trial::room_state(at)
            };
            live.hear_room(&book.rooms[0].id, state);
            for heater in &book.heaters {
                live.hear_heartbeat(&heater.id, beat(Mode::Leased, 400), at);
            }
        }
        live
    }

    #[test]
    fn a_room_that_loses_heat_and_co2_together_has_an_open_window() {
        let live = heard(15, |minute| (20.4 - 0.1 * minute as f64, 900.0 - 20.0 * minute as f64));
        let kinds = found(&trial::book(), &live, 15);
        assert!(matches!(kinds[0], ProblemKind::RoomCold { cause: ColdCause::Window, .. }), "{kinds:?}");
    }

    #[test]
    fn a_cold_room_that_gains_heat_is_warming_up() {
        let live = heard(10, |minute| (18.0 + 0.05 * minute as f64, 600.0));
        let kinds = found(&trial::book(), &live, 10);
        assert!(matches!(kinds[0], ProblemKind::RoomCold { cause: ColdCause::Warming, .. }), "{kinds:?}");
    }

    #[test]
    fn a_cold_room_whose_heater_somebody_holds_back_says_so() {
        let live = heard(10, |_| (18.0, 600.0));
        let now = trial::NOW.plus_ms(10 * MINUTE_MS);
        let reason = vocabulary::DisplayName::new("Fan").unwrap();
        let drain = Some(registry::Hold { reason, until: Some(now.plus_ms(1)) });
        let told = registry::Instructions { drain, ..Default::default() };
        let of = trial::book().heaters[0].id.clone();
        let cause = |wall: Timestamp| {
            let building = Building::join(&trial::book(), &live, &[], now, wall);
            problems(&building.instructed([(of.clone(), told.clone())].into())).remove(0).kind
        };
        assert!(matches!(cause(now), ProblemKind::RoomCold { cause: ColdCause::HeldBack, .. }));
        let ended = cause(now.plus_ms(1));
        assert!(!matches!(ended, ProblemKind::RoomCold { cause: ColdCause::HeldBack, .. }), "{ended:?}");
    }

    #[test]
    fn a_heater_that_draws_more_than_it_may_is_urgent_after_its_patience() {
        let book = trial::book();
        let mut live = heard(0, |_| (20.5, 600.0));
        for second in 0..=40 {
            let at = trial::NOW.plus_ms(second * 1000);
            live.hear_heartbeat(&book.heaters[0].id, beat(Mode::Leased, 700), at);
        }
        assert_eq!(found(&book, &live, 1), [ProblemKind::BudgetNotObeyed { drawn_w: 700, budget_w: 400 }]);
    }

    #[test]
    fn a_heater_that_only_reports_is_not_missed_by_its_lease() {
        let book = trial::book();
        let mut live = heard(0, |_| (20.5, 600.0));
        for second in 0..=120 {
            let mode = Mode::Fallback;
            let reporting = Heartbeat { controllable: false, lease_left_s: 0, ..beat(mode, 0) };
            live.hear_heartbeat(&book.heaters[0].id, reporting, trial::NOW.plus_ms(second * 1000));
        }
        assert_eq!(found(&book, &live, 1), []);
        let now = trial::NOW.plus_ms(MINUTE_MS);
        let building = Building::join(&book, &live, &[], now, now);
        assert_eq!(building.heaters[0].state_word(), "reports");
        assert_eq!(building.heaters[0].drawn_w(), None, "no meter, no power");
    }

    #[test]
    fn a_circuit_that_holds_rooms_is_a_problem_beside_the_sites_cap() {
        let book = trial::book();
        let mut live = heard(0, |_| (20.5, 600.0));
        for (room, cap_w) in book.rooms.iter().zip([9000, 450, 450]) {
            let why = Why::SharedCap { wanted_w: 700, heat_w: 400, cap_w };
            live.hear_room(&room.id, RoomState { why, ..trial::room_state(trial::NOW) });
        }
        live.hear_state(SiteState { cap_w: Some(9000), ..trial::site_state(vec![]) });
        let caps = found(&book, &live, 0).into_iter().filter_map(|kind| match kind {
            ProblemKind::CapActive { cap_w, rooms, until: None } => Some((cap_w, rooms)),
            _ => None,
        });
        assert_eq!(caps.collect::<Vec<_>>(), [(9000, 1), (450, 2)]);
    }

    #[test]
    fn a_second_controller_is_urgent() {
        let mut live = heard(0, |_| (20.5, 600.0));
        let told_by = vec![HeaterId::new("h-101").unwrap()];
        live.hear_state(SiteState {
            second_controller_told_by: told_by.clone(),
            ..trial::site_state(vec![SiteAlarm::SecondController])
        });
        let building = Building::join(&trial::book(), &live, &[], trial::NOW, trial::NOW);
        let first = problems(&building).into_iter().next().unwrap();
        assert_eq!(
            (first.kind, first.severity),
            (ProblemKind::SecondController { told_by }, Severity::Urgent)
        );
    }

    #[test]
    fn many_silent_heaters_are_one_problem() {
        let mut book = trial::book();
        let first = book.heaters[0].clone();
        for n in 0..60 {
            book.heaters
                .push(registry::Heater { id: HeaterId::new(&format!("x-{n}")).unwrap(), ..first.clone() });
        }
        let live = heard(0, |_| (20.5, 600.0));
        assert_eq!(found(&book, &live, 0), [ProblemKind::HeatersSilent { count: 60 }]);
    }

    #[test]
    fn nothing_is_wrong_with_a_building_that_is_warm_or_was_never_heard() {
        let live = heard(5, |_| (20.4, 600.0));
        assert_eq!(found(&trial::book(), &live, 5), []);
        assert_eq!(found(&trial::book(), &LiveSite::default(), 0), []);
    }
}
