//! The two-minute heat test: a heater's room asks for more warmth for two minutes, and afterwards history says whether the heater's
//! power rose.
//!
//! The wish is a manager's override like any other, so the heater gets its power from the controller, within every cap and lease.
//! Nothing is kept of a test but its line in the audit: where power was and went is read from history.

use registry::{AuditEntry, Deed, NewOverride, SiteBook};
use vocabulary::{Celsius, HeaterId, Metric, Mode, SetpointBy, SiteId, Timestamp};

use crate::app::App;
use crate::facts::{HeaterFacts, RoomFacts};
use crate::history::{self, Span};
use crate::visitor::PageError;
use crate::who::Who;
use crate::wish::MANAGER_C;

/// How long a test lasts. A controller decides each 10 s and a lease grows in two of its cycles; a heater may take half a minute
/// to come up.
const LENGTH_MS: i64 = 120_000;
/// The power before is that of this long before.
const BEFORE_MS: i64 = 60_000;
/// A heater reports each 10 s; the last word about a test arrives within this after it.
const AFTER_MS: i64 = 15_000;
/// Readings are put together over this.
const STEP_MS: i64 = 10_000;
/// How much warmer the room is to be, K: more than any controller holds back for a setpoint that is nearly met.
const WARMER_K: f64 = 2.0;
/// Power has risen when it did by this part of the rating, and by more than a meter's noise.
const RISEN: (f64, f64) = (0.1, 20.0);
/// The word in the audit.
const ACTION: &str = "heat_test";

/// Why no test can begin; the ends of the words' keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// It stands in no room, so the controller gives it nothing.
    Unplaced,
    /// Nothing is heard from it.
    Silent,
    /// Its power cannot be changed from here.
    ReportsOnly,
    /// It tripped, or somebody switched it off: nothing may switch it on from afar.
    Off,
    /// A manager's override holds in its room, which a test would end.
    Overridden,
}

impl Hindrance {
    /// The end of the words' key.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unplaced => "unplaced",
            Self::Silent => "silent",
            Self::ReportsOnly => "reports-only",
            Self::Off => "off",
            Self::Overridden => "overridden",
        }
    }
}

/// A test, as the audit and history have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HeatTest {
    pub(crate) began: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) seen: Seen,
}

impl HeatTest {
    /// Whether it still goes on.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.seen, Seen::Running(_))
    }
}

/// What was seen of a test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seen {
    /// It goes on, and this was drawn last.
    Running(Option<f64>),
    /// No power was reported.
    Nothing,
    /// Power rose: before, at most, and within how many seconds it first had.
    Rose { before_w: f64, most_w: f64, within_s: i64 },
    /// It did not: before, and at most.
    Stayed { before_w: f64, most_w: f64 },
}

/// Under which name the audit knows a heater.
fn target(site: &SiteId, heater: &HeaterId) -> String {
    format!("{site}/heater/{heater}")
}

/// The newest test of a heater; what was done before is not looked through beyond some hundred lines.
pub(crate) fn newest(app: &App, book: &SiteBook, heater: &HeaterId) -> Result<Option<Timestamp>, PageError> {
    let lines = app.registry.audit_of(&target(&book.site.id, heater), 200)?;
    let began = |line: AuditEntry| (line.action == ACTION).then_some(line.at);
    Ok(lines.into_iter().find_map(began))
}

/// The newest test of a heater and what was seen of it.
pub(crate) fn read(app: &App, book: &SiteBook, facts: &HeaterFacts) -> Result<Option<HeatTest>, PageError> {
    let Some(began) = newest(app, book, &facts.heater.id)? else { return Ok(None) };
    let ends = began.plus_ms(LENGTH_MS);
    let seen = if app.wall() < ends.plus_ms(AFTER_MS) {
        Seen::Running(facts.drawn_w().filter(|_| !facts.silent))
    } else {
        let powers = powers(app, book, facts, began)?;
        judge(&powers, f64::from(facts.heater.rated_w.whole()), began)
    };
    Ok(Some(HeatTest { began, ends, seen }))
}

/// The means of power from a minute before a test to its end, by when their steps begin.
fn powers(
    app: &App,
    book: &SiteBook,
    facts: &HeaterFacts,
    began: Timestamp,
) -> Result<Vec<(Timestamp, f64)>, PageError> {
    let span =
        Span { from: began.plus_ms(-BEFORE_MS), to: began.plus_ms(LENGTH_MS + AFTER_MS), step_ms: STEP_MS };
    let (site, heater) = (&book.site.id, &facts.heater.id);
    let bins = history::of_heater(&app.store, site, heater, &Metric::PowerW, span)?;
    Ok(bins.iter().map(|bin| (bin.start, bin.mean)).collect())
}

/// Whether power rose. Where nothing was heard before, it rose from nothing.
fn judge(powers: &[(Timestamp, f64)], rated_w: f64, began: Timestamp) -> Seen {
    let before: Vec<f64> = powers.iter().filter(|(at, _)| *at < began).map(|(_, watts)| *watts).collect();
    let during = || powers.iter().filter(|(at, _)| *at >= began);
    let Some(most_w) = during().map(|(_, watts)| *watts).max_by(f64::total_cmp) else {
        return Seen::Nothing;
    };
    let before_w = if before.is_empty() { 0.0 } else { before.iter().sum::<f64>() / before.len() as f64 };
    let risen_w = before_w + (RISEN.0 * rated_w).max(RISEN.1);
    match during().find(|(_, watts)| *watts >= risen_w) {
        Some((at, _)) => Seen::Rose { before_w, most_w, within_s: (at.since(began) + STEP_MS) / 1000 },
        None => Seen::Stayed { before_w, most_w },
    }
}

/// Why a test cannot begin now, where it cannot.
pub(crate) fn hindrance(facts: &HeaterFacts, room: Option<&RoomFacts>) -> Option<Hindrance> {
    let Some(room) = room else { return Some(Hindrance::Unplaced) };
    let is_overridden = room.overrides.iter().any(|one| one.wish.by == SetpointBy::Manager);
    match facts.mode {
        _ if facts.silent => Some(Hindrance::Silent),
        _ if facts.reports_only() => Some(Hindrance::ReportsOnly),
        Some(Mode::Tripped | Mode::LocalOff) => Some(Hindrance::Off),
        _ if is_overridden => Some(Hindrance::Overridden),
        _ => None,
    }
}

/// Begins a test: the room asks for two degrees more until its end, and the audit has the wish and the test.
pub(crate) fn begin(
    app: &App,
    who: &Who,
    book: &SiteBook,
    facts: &HeaterFacts,
    room: &RoomFacts,
) -> Result<(), PageError> {
    let (site, now) = (&book.site.id, app.wall());
    let warm = room.temperature.value.map_or(room.setpoint_c, |c| c.max(room.setpoint_c)) + WARMER_K;
    let setpoint_c = Celsius::new(warm).unwrap_or(MANAGER_C.1).clamp(MANAGER_C.0, MANAGER_C.1);
    let wish = NewOverride {
        site: site.clone(),
        room: room.room.id.clone(),
        setpoint_c,
        until: now.plus_ms(LENGTH_MS),
        by: SetpointBy::Manager,
        label: who.by.to_string(),
    };
    app.registry.add_override(&wish, &who.by, now)?;
    let target = target(site, &facts.heater.id);
    let asked = format!("room {} at {setpoint_c} until {}", room.room.id, wish.until.rfc3339());
    app.registry.audit(now, &Deed { new: &asked, ..Deed::new(&who.by, ACTION, &target) })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: Timestamp = Timestamp::from_ms(1_000_000);

    fn at(second: i64, watts: f64) -> (Timestamp, f64) {
        (BEGAN.plus_ms(second * 1000), watts)
    }

    #[test]
    fn power_rose_where_it_rose_by_more_than_noise_and_a_tenth_of_the_rating() {
        for (powers, rated_w, expected) in [
            (vec![], 750.0, Seen::Nothing),
            (vec![at(-20, 100.0)], 750.0, Seen::Nothing),
            (
                vec![at(-20, 90.0), at(-10, 110.0), at(20, 120.0), at(30, 600.0), at(40, 550.0)],
                750.0,
                Seen::Rose { before_w: 100.0, most_w: 600.0, within_s: 40 },
            ),
            (vec![at(-10, 100.0), at(20, 174.0)], 750.0, Seen::Stayed { before_w: 100.0, most_w: 174.0 }),
            (vec![at(-10, 0.0), at(20, 19.0)], 50.0, Seen::Stayed { before_w: 0.0, most_w: 19.0 }),
            (vec![at(10, 300.0)], 750.0, Seen::Rose { before_w: 0.0, most_w: 300.0, within_s: 20 }),
        ] {
            assert_eq!(judge(&powers, rated_w, BEGAN), expected, "{powers:?}");
        }
    }
}
