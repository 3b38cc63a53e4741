//! What was asked of a room at a time that is over: the strongest override that was in force, else the version of its schedule
//! that held then.

use registry::{Override, ScheduleVersion};
use vocabulary::{Schedule, Timestamp, Zone};

/// What people wrote down for a room.
pub(crate) struct Asked<'a> {
    /// The versions of its schedule, the newest first, as the book gives them; there is always one.
    pub(crate) versions: &'a [ScheduleVersion],
    /// Its overrides, each with the end it came to.
    pub(crate) overrides: Vec<&'a Override>,
    pub(crate) zone: Zone,
}

impl Asked<'_> {
    /// The setpoint at a time, °C.
    pub(crate) fn setpoint_c(&self, at: Timestamp) -> f64 {
        let in_force = self.overrides.iter().filter(|o| o.created_at <= at && at < o.wish.until);
        let strongest = in_force.min_by_key(|o| o.wish.by).map(|o| o.wish.setpoint_c);
        let scheduled = || self.schedule(at).map(|schedule| schedule.setpoint(self.zone, at));
        // Nothing was asked of a room without any schedule, which no book has.
        strongest.or_else(scheduled).map_or(0.0, vocabulary::Celsius::degrees)
    }

    /// Whether its schedule was meant for people: it asked for its highest setpoint.
    pub(crate) fn is_for_people(&self, at: Timestamp) -> bool {
        self.schedule(at)
            .is_some_and(|schedule| schedule.setpoint(self.zone, at) == schedule.comfort(self.zone, at))
    }

    /// The version that held: the newest that was written by then. Of a time before all that are kept the oldest stands.
    fn schedule(&self, at: Timestamp) -> Option<&Schedule> {
        let held = self.versions.iter().find(|version| version.at.is_none_or(|written| written <= at));
        held.or(self.versions.last()).map(|version| &version.schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{NOW, book};
    use registry::NewOverride;
    use vocabulary::{Celsius, SetpointBy, Week};

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn the_version_that_held_then_is_asked_and_over_it_the_strongest_override() {
        let book = book();
        let version = |number, at, degrees: i32| {
            let week = Week::on(&[], vec![], Celsius::from_hundredths(100 * degrees)).unwrap();
            let (who, why) = (String::new(), String::new());
            ScheduleVersion { number, at, who, why, schedule: Schedule::of(week) }
        };
        let hour = |n: i64| NOW.plus_ms(n * HOUR_MS);
        let wish = |by, degrees: i32| Override {
            id: 1,
            wish: NewOverride {
                site: book.site.id.clone(),
                room: book.rooms[0].id.clone(),
                setpoint_c: Celsius::from_hundredths(100 * degrees),
                until: hour(2),
                by,
                label: String::new(),
            },
            created_at: hour(1),
        };
        let wishes = [wish(SetpointBy::Tenant, 22), wish(SetpointBy::Manager, 21)];
        let versions = [version(3, Some(hour(3)), 19), version(2, Some(hour(-3)), 18), version(1, None, 17)];
        let asked = Asked { versions: &versions, overrides: wishes.iter().collect(), zone: book.site.zone };
        let told: Vec<f64> = [-4, -3, 0, 1, 2, 3].map(|n| asked.setpoint_c(hour(n))).into();
        assert_eq!(told, [17.0, 18.0, 18.0, 21.0, 18.0, 19.0]);
        let kept = Asked { versions: &versions[..1], ..asked };
        assert_eq!(kept.setpoint_c(hour(-9)), 19.0, "before all that is kept the oldest stands");
    }
}
