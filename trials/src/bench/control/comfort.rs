//! What is asked of a room, by its use: bounds for every moment, and when it counts.

use twin::{Clock, RoomUse};

/// The upper bound of every band: the bands of this project end here (`docs/decisions/0007-the-band-ends-at-24.md`).
pub(super) const HIGH_C: f64 = 24.0;

/// The comfort of one room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comfort {
    /// Lower bound while occupied, °C.
    pub(super) occupied_c: f64,
    /// Lower bound otherwise, °C.
    pub(super) vacant_c: f64,
    hours: Hours,
}

/// When a schedule expects people: up to two spans of a day in local hours.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Hours {
    weekday: [(f64, f64); 2],
    weekend: [(f64, f64); 2],
}

const NEVER: (f64, f64) = (0.0, 0.0);

impl Comfort {
    /// By use; `luck`, two even draws from 0..1, moves hours by up to an hour and the bound by up to a kelvin, so that not
    /// all rooms ask the same at once.
    pub(super) fn of(usage: RoomUse, luck: [f64; 2]) -> Self {
        let later_h = (4.0 * (2.0 * luck[0] - 1.0)).round() / 4.0;
        let occupied_c = 20.0 + (2.0 * (2.0 * luck[1] - 1.0)).round() / 2.0;
        let span = |from: f64, to: f64| (from + later_h, to + later_h);
        let (vacant_c, hours) = match usage {
            RoomUse::Office { .. } => {
                (16.0, Hours { weekday: [span(8.0, 18.5), NEVER], weekend: [NEVER, NEVER] })
            }
            RoomUse::Meeting { .. } => {
                (16.0, Hours { weekday: [span(8.5, 18.0), NEVER], weekend: [NEVER, NEVER] })
            }
            RoomUse::Dwelling { .. } => {
                let day = [span(7.0, 22.5), NEVER];
                (17.0, Hours { weekday: [span(6.5, 8.5), span(17.0, 22.5)], weekend: day })
            }
            RoomUse::Constant { people: 1.. } => {
                (occupied_c, Hours { weekday: [(0.0, 24.0), NEVER], weekend: [(0.0, 24.0), NEVER] })
            }
            RoomUse::Corridor | RoomUse::Storage | RoomUse::Constant { .. } => {
                (16.0, Hours { weekday: [NEVER; 2], weekend: [NEVER; 2] })
            }
        };
        Self { occupied_c, vacant_c, hours }
    }

    /// Whether the schedule expects people.
    pub(super) fn is_scheduled(&self, clock: Clock) -> bool {
        let spans = if clock.weekday() < 5 { self.hours.weekday } else { self.hours.weekend };
        spans.iter().any(|(from, to)| (*from..*to).contains(&clock.hour()))
    }

    /// The lower bound, °C.
    pub(super) fn low_c(&self, occupied: bool) -> f64 {
        if occupied { self.occupied_c } else { self.vacant_c }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_office_is_asked_for_on_weekdays_and_a_home_in_the_evening() {
        let at = |unix_day: i64, hour: f64| Clock { unix_day, second_of_day: 3600.0 * hour };
        // Day 4 was a Monday, day 2 a Saturday.
        let office = Comfort::of(RoomUse::Office { share_of_count: 0.01, capacity: 4 }, [0.5, 0.5]);
        let asked =
            [at(4, 7.9), at(4, 8.0), at(4, 18.5), at(2, 12.0)].map(|clock| office.is_scheduled(clock));
        assert_eq!(asked, [false, true, false, false]);
        let home = Comfort::of(RoomUse::Dwelling { people: 2 }, [0.5, 0.5]);
        assert_eq!(
            [at(4, 12.0), at(4, 20.0), at(2, 12.0)].map(|clock| home.is_scheduled(clock)),
            [false, true, true]
        );
        assert_eq!((home.low_c(true), home.low_c(false)), (20.0, 17.0));
    }
}
