//! What a room should be over a stretch of time: its week, and over that the overrides in force now.

use registry::Override;
use vocabulary::Timestamp;

use crate::facts::RoomFacts;
use crate::words::Speaker;

/// From an instant on, a setpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Setpoint {
    pub(crate) from: Timestamp,
    pub(crate) degrees: f64,
    pub(crate) is_override: bool,
}

/// The setpoints between two instants, in order; the first holds from the beginning.
pub(crate) fn setpoints(
    facts: &RoomFacts,
    speaker: Speaker,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Setpoint> {
    let mut steps: Vec<Setpoint> = Vec::new();
    for edge in edges(facts, speaker, from, to) {
        let covers = |o: &&Override| o.created_at <= edge && edge < o.wish.until;
        let wish = facts.overrides.iter().filter(covers).min_by_key(|o| o.wish.by);
        let scheduled = || facts.room.schedule.setpoint(speaker.zone, edge).degrees();
        let degrees = wish.map_or_else(scheduled, |o| o.wish.setpoint_c.degrees());
        let is_override = wish.is_some();
        if steps.last().is_none_or(|last| last.degrees != degrees || last.is_override != is_override) {
            steps.push(Setpoint { from: edge, degrees, is_override });
        }
    }
    steps
}

/// The instants at which the setpoint may change.
fn edges(facts: &RoomFacts, speaker: Speaker, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let (first, last) = (speaker.zone.date(from), speaker.zone.date(to));
    let days = (0..=last.days_since(first)).map(|days| first.plus_days(days));
    let of_days = days.flat_map(|day| facts.room.schedule.day(speaker.zone, day).spans);
    let of_overrides = facts.overrides.iter().flat_map(|o| [o.created_at, o.wish.until]);
    let inner = of_days.map(|span| span.from).chain(of_overrides).filter(|edge| *edge > from && *edge < to);
    let mut edges: Vec<Timestamp> = std::iter::once(from).chain(inner).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Building;
    use crate::language::Language;
    use crate::live::LiveSite;
    use crate::trial::{NOW, book};
    use vocabulary::{Celsius, SetpointBy};

    #[test]
    fn an_override_lies_over_the_week_for_its_time() {
        let book = book();
        let zone = book.site.zone;
        let at = |hour: u16| zone.instant(NOW, 0, hour * 60);
        let wish = Override {
            id: 1,
            wish: registry::NewOverride {
                site: book.site.id.clone(),
                room: book.rooms[0].id.clone(),
                setpoint_c: Celsius::from_hundredths(2200),
                until: at(20),
                by: SetpointBy::Manager,
                label: String::new(),
            },
            created_at: at(14),
        };
        let building = Building::join(&book, &LiveSite::default(), &[wish], NOW, NOW);
        let speaker = Speaker { language: Language::English, zone, now: NOW };
        let steps = setpoints(&building.rooms[0], speaker, at(0), zone.instant(NOW, 1, 0));
        let seen: Vec<_> = steps.iter().map(|s| (s.from, s.degrees, s.is_override)).collect();
        let expected =
            [(at(0), 17.0, false), (at(7), 20.5, false), (at(14), 22.0, true), (at(20), 17.0, false)];
        assert_eq!(seen, expected);
    }
}
