//! When an event that repeats takes place.
//!
//! Its rule is unfolded as if the wall of its zone were UTC's, and each time then looked up in the zone. So a weekly meeting at 09:00
//! is at 09:00 in summer and winter, and a time that no clock shows is the first after the gap, as everywhere in the house.

use rrule::RRuleSet;
use vocabulary::{Date, Timestamp, Zone};

use super::moment::{Moment, moment};

/// No rule is followed further than this: a daily one for fifty years.
const MAX_STEPS: usize = 20_000;
/// A longer rule is not followed: each of its parts is looked at for each day.
const MAX_LENGTH: usize = 400;
/// So many steps a whole calendar may take, a day of a part of a rule each: two hundred rules of a daily meeting for ten years.
/// It is about a second on a small machine.
const STEPS: u64 = 50_000_000;
/// What a time that is found costs, in steps.
const FOUND_STEPS: u64 = 50;
/// The days that the library goes through before it gives up a rule that never comes true: until the year 9999.
const NEVER_DAYS: u64 = 8_000 * 366;
const DAY_MS: i64 = 24 * 3_600_000;

/// Why the times of a rule are not had.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It cannot be followed.
    BadRule,
    /// The calendar asks for more work than any needs.
    Spent,
}

/// What is left of the steps that a calendar may take.
#[derive(Debug)]
pub(super) struct Steps(u64);

impl Steps {
    pub(super) const ALL: Self = Self(STEPS);

    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Refusal> {
        self.0 = self.0.checked_sub(steps).ok_or(Refusal::Spent)?;
        Ok(())
    }
}

/// The times of a rule from `start` on that lie before `until`.
pub(super) fn unfold(
    rule: &str,
    start: Moment,
    until: Timestamp,
    steps: &mut Steps,
) -> Result<Vec<Moment>, Refusal> {
    if rule.len() > MAX_LENGTH {
        return Err(Refusal::BadRule);
    }
    // The library cannot be stopped inside a step, so what a rule takes at least is paid before.
    let parts = 1 + rule.matches(',').count() as u64;
    let days = until.since(start.instant()).max(0) / DAY_MS + 1;
    steps.spend(parts * days.unsigned_abs())?;
    let rule = in_its_own_wall(rule, start)?;
    let text = format!("DTSTART:{}\nRRULE:{rule}", start.as_if_utc());
    let set: RRuleSet = text.parse().map_err(|_| Refusal::BadRule)?;
    // Without its own limit the library would look for ever for 30 February.
    let times = set.limit().into_iter().take(MAX_STEPS).map(|wall| {
        let wall = Timestamp::from_ms(wall.timestamp_millis());
        let (date, minute) = (Zone::UTC.date(wall), Zone::UTC.local(wall).minute);
        Moment { date, minute, ..start }
    });
    let found: Vec<Moment> = times.take_while(|time| time.instant() < until).collect();
    // A rule that never comes true is a mistake; of one that is followed no further nobody knows what was to come.
    let is_never = found.is_empty() && start.instant() < until;
    steps.spend(FOUND_STEPS * found.len() as u64 + if is_never { parts * NEVER_DAYS } else { 0 })?;
    if is_never || found.len() == MAX_STEPS { Err(Refusal::BadRule) } else { Ok(found) }
}

/// The rule with its end in the wall of the event, and without what is finer than a day: rooms do not heat by the second, and
/// such rules are how a small file asks for a year of work.
fn in_its_own_wall(rule: &str, start: Moment) -> Result<String, Refusal> {
    let mut parts = Vec::new();
    for part in rule.trim().split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or(Refusal::BadRule)?;
        let (key, value) = (key.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
        match key.as_str() {
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => return Err(Refusal::BadRule),
            "FREQ" if !matches!(value.as_str(), "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY") => {
                return Err(Refusal::BadRule);
            }
            "UNTIL" => parts.push(format!("UNTIL={}", end(&value, start).ok_or(Refusal::BadRule)?)),
            _ => parts.push(format!("{key}={value}")),
        }
    }
    Ok(parts.join(";"))
}

/// The last time of a rule. A day is meant whole, whatever the standard says: so programs write it.
fn end(value: &str, start: Moment) -> Option<String> {
    let end = moment(value, start.zone)?;
    let last_minute = |date: Date| Moment { date, minute: 1439, ..start };
    let end = if end.is_day || start.is_day { last_minute(end.date) } else { end.seen_from(start.zone) };
    // A rule that ends before it begins has its first time alone; the library would refuse it.
    let is_over = end.instant() < start.instant();
    Some(if is_over { start } else { end }.as_if_utc())
}
