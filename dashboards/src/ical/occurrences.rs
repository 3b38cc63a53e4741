//! When an event that repeats takes place.
//!
//! Its rule is unfolded as if the wall of its zone were UTC's, and each time then looked up in the zone. So a weekly meeting at 09:00
//! is at 09:00 in summer and winter, and a time that no clock shows is the first after the gap, as everywhere in the house.

use rrule::RRuleSet;
use vocabulary::{Date, Timestamp, Zone};

use super::moment::{Moment, moment};

/// No rule is followed further than this: a daily one for fifty years.
const MAX_STEPS: usize = 20_000;

/// A rule that cannot be followed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadRule;

/// The times of a rule from `start` on that lie before `until`.
pub(super) fn unfold(rule: &str, start: Moment, until: Timestamp) -> Result<Vec<Moment>, BadRule> {
    let rule = in_its_own_wall(rule, start)?;
    let text = format!("DTSTART:{}\nRRULE:{rule}", start.as_if_utc());
    let set: RRuleSet = text.parse().map_err(|_| BadRule)?;
    // Without its own limit the library would look for ever for 30 February.
    let times = set.limit().into_iter().take(MAX_STEPS).map(|wall| {
        let wall = Timestamp::from_ms(wall.timestamp_millis());
        let (date, minute) = (Zone::UTC.date(wall), Zone::UTC.local(wall).minute);
        Moment { date, minute, ..start }
    });
    let found: Vec<Moment> = times.take_while(|time| time.instant() < until).collect();
    // A rule that never comes true is a mistake; of one that is followed no further nobody knows what was to come.
    let is_never = found.is_empty() && start.instant() < until;
    if is_never || found.len() == MAX_STEPS { Err(BadRule) } else { Ok(found) }
}

/// The rule with its end in the wall of the event, and without what is finer than a day: rooms do not heat by the second, and
/// such rules are how a small file asks for a year of work.
fn in_its_own_wall(rule: &str, start: Moment) -> Result<String, BadRule> {
    let mut parts = Vec::new();
    for part in rule.trim().split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or(BadRule)?;
        let (key, value) = (key.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
        match key.as_str() {
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => return Err(BadRule),
            "FREQ" if !matches!(value.as_str(), "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY") => {
                return Err(BadRule);
            }
            "UNTIL" => parts.push(format!("UNTIL={}", end(&value, start).ok_or(BadRule)?)),
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
