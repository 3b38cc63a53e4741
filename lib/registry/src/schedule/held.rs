//! What a room was to be in the past: each version of its schedule for the time it was in force, with the public holidays that
//! the site kept then. The book keeps today's calendar alone; when it was changed stands in the audit.

use vocabulary::{HolidayCalendar, RoomId, Schedule, SiteId, Timestamp};

use super::holidays_target;
use crate::book::holidays;
use crate::{Registry, RegistryError};

/// More changes of the calendar than this are not gone back over.
const MAX_CALENDARS: usize = 100;

/// A schedule that held, and since when.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldSchedule {
    /// When it began to hold; `None` for what held before anything that the book remembers.
    pub from: Option<Timestamp>,
    /// The schedule, with the holidays of its time.
    pub schedule: Schedule,
}

/// A calendar and since when it was kept.
type Kept = (Option<Timestamp>, HolidayCalendar);

impl Registry {
    /// The schedules of a room, the one that holds now first, back to one that held from the beginning: there is always one.
    /// Of a time before all versions that are kept the oldest is taken.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such room, others when the book cannot be read.
    pub fn held_schedules(&self, site: &SiteId, room: &RoomId) -> Result<Vec<HeldSchedule>, RegistryError> {
        let versions = self.schedule_versions(site, room)?;
        let calendars = self.kept_calendars(site)?;
        let written = versions.iter().map_while(|version| version.at);
        let mut begins: Vec<Timestamp> = written.chain(calendars.iter().filter_map(|kept| kept.0)).collect();
        begins.sort_unstable();
        begins.dedup();
        let held = begins.into_iter().rev().map(Some).chain([None]).filter_map(|from| {
            let by_then =
                |began: Option<Timestamp>| began.is_none_or(|began| from.is_some_and(|from| began <= from));
            let version = versions.iter().find(|version| by_then(version.at)).or(versions.last())?;
            let (_, holidays) = calendars.iter().find(|kept| by_then(kept.0)).or(calendars.last())?;
            Some(HeldSchedule {
                from,
                schedule: Schedule { holidays: *holidays, ..version.schedule.clone() },
            })
        });
        Ok(held.collect())
    }

    /// The calendars of a site, the newest first; the oldest was kept from the beginning.
    fn kept_calendars(&self, site: &SiteId) -> Result<Vec<Kept>, RegistryError> {
        let changes = self.audit_of(&holidays_target(site), MAX_CALENDARS)?;
        let oldest = match changes.last() {
            Some(first) => holidays(&first.old)?,
            None => self.holidays(site)?,
        };
        let kept = changes.iter().map(|line| Ok((Some(line.at), holidays(&line.new)?)));
        kept.chain([Ok((None, oldest))]).collect()
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::{Celsius, WeekSchedule};

    use super::*;
    use crate::ScheduleEdit;
    use crate::book::tests::two_rooms;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_ms(ms)
    }

    #[test]
    fn each_version_held_for_its_time_with_the_holidays_of_that_time() {
        let registry = Registry::in_memory().unwrap();
        let book = two_rooms();
        registry.put_site(&book).unwrap();
        let (site, room) = (&book.site.id, &book.rooms[1].id);
        let write = |degrees: i32, now| {
            let schedule = WeekSchedule::constant(Celsius::from_hundredths(100 * degrees)).into();
            let edit = ScheduleEdit { room: room.clone(), schedule, seen: None };
            registry.edit_schedules(site, &[edit], ("person/anna", ""), now).unwrap();
        };
        let keep = |calendar, now| registry.set_holidays(site, calendar, "person/anna", now).unwrap();
        let told = || -> Vec<_> {
            let held = registry.held_schedules(site, room).unwrap();
            let highest = |held: &HeldSchedule| held.schedule.week.highest().degrees();
            held.iter().map(|held| (held.from, highest(held), held.schedule.holidays)).collect()
        };
        let (none, france) = (HolidayCalendar::None, HolidayCalendar::France);
        let described = book.rooms[1].schedule.week.highest().degrees();
        assert_eq!(told(), [(None, described, none)], "as described");

        write(18, at(10));
        keep(france, at(20));
        write(19, at(30));
        keep(none, at(40));
        let expected = [
            (Some(at(40)), 19.0, none),
            (Some(at(30)), 19.0, france),
            (Some(at(20)), 18.0, france),
            (Some(at(10)), 18.0, none),
            (None, described, none),
        ];
        assert_eq!(told(), expected);
    }
}
