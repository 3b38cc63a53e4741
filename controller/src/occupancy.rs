//! Whether a room counts as empty: its own sensors, or a building system that knows better.

use vocabulary::{RoomOccupancy, Timestamp};

/// A room without any sign of people for this long counts as empty. Motion sensors miss people who sit still; half an
/// hour without a single movement is rare while someone works.
const EMPTY_AFTER_MS: i64 = 45 * 60_000;
/// How long a count of people holds when it does not say.
const PEOPLE_HOLD_MS: i64 = 30 * 60_000;

/// What a building system has said of a room.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) occupancy: RoomOccupancy,
    pub(crate) at: Timestamp,
}

impl Told {
    /// People said to be there at `now`; `None` when nothing that was said covers it.
    pub(crate) fn people(&self, now: Timestamp) -> Option<u32> {
        let until = self.occupancy.until.unwrap_or(self.at.plus_ms(PEOPLE_HOLD_MS));
        let counted = self.occupancy.people.filter(|_| now < until);
        let expected = || {
            let covering = self.occupancy.expected.iter().find(|(from, to, _)| (*from..*to).contains(&now));
            covering.map(|(_, _, people)| *people)
        };
        counted.or_else(expected)
    }
}

/// Whether a room counts as empty, given when presence was last sensed. Without a sensor nobody is thought away.
pub(crate) fn is_empty(
    sensed: Option<bool>,
    last_present: Option<Timestamp>,
    told: Option<u32>,
    now: Timestamp,
) -> bool {
    match (told, sensed, last_present) {
        (Some(people), _, _) => people == 0,
        (None, Some(false), Some(last)) => now.since(last) >= EMPTY_AFTER_MS,
        (None, Some(false), None) => true,
        (None, _, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(100_000_000);

    #[test]
    fn a_room_is_empty_only_after_a_while_without_a_movement() {
        let last = |minutes: i64| Some(NOW.plus_ms(-minutes * 60_000));
        assert!(!is_empty(Some(false), last(44), None, NOW));
        assert!(is_empty(Some(false), last(45), None, NOW));
        assert!(!is_empty(Some(true), last(0), None, NOW));
        assert!(!is_empty(None, None, None, NOW), "no sensor: nobody is thought away");
    }

    #[test]
    fn what_a_building_system_says_counts_more_and_ends() {
        let told = Told {
            occupancy: RoomOccupancy {
                people: Some(0),
                until: None,
                expected: vec![(NOW, NOW.plus_ms(9_000_000), 4)],
            },
            at: NOW,
        };
        assert_eq!(told.people(NOW), Some(0));
        assert!(is_empty(Some(true), Some(NOW), told.people(NOW), NOW));
        assert_eq!(
            told.people(NOW.plus_ms(PEOPLE_HOLD_MS)),
            Some(4),
            "the count has ended, the expectation holds"
        );
        assert_eq!(told.people(NOW.plus_ms(9_000_000)), None);
    }
}
