//! What was asked of a room at a time that is over: the strongest override that was in force, else the version of its schedule
//! that held then, as far as the mode of the building let it.

use registry::{Clock, HeldMode, HeldSchedule, Override, RegistryError, Site, SiteMode};
use vocabulary::{Celsius, RoomId, Schedule, SetpointBy, Timestamp, Zone};

use crate::app::App;

/// The schedules of a room that held, the newest first. When one was written says nothing about a recording's own time: there
/// the one in force is taken for all of it.
///
/// # Errors
/// When the book cannot be read.
pub(crate) fn held(app: &App, site: &Site, room: &RoomId) -> Result<Vec<HeldSchedule>, RegistryError> {
    let mut held = app.registry.held_schedules(&site.id, room)?;
    if site.clock == Clock::Recorded {
        held.truncate(1);
        held.iter_mut().for_each(|held| held.from = None);
    }
    Ok(held)
}

/// The modes of a building that held, the newest first; of a recording, as with its schedules, the one in force for all of it.
///
/// # Errors
/// When the book cannot be read.
pub(crate) fn held_modes(app: &App, site: &Site) -> Result<Vec<HeldMode>, RegistryError> {
    let mut held = app.registry.held_modes(&site.id)?;
    if site.clock == Clock::Recorded {
        held.truncate(1);
        held.iter_mut().for_each(|held| held.from = None);
    }
    Ok(held)
}

/// What people wrote down for a room.
pub(crate) struct Asked<'a> {
    /// Its schedules, the newest first, as the book gives them; there is always one.
    pub(crate) held: &'a [HeldSchedule],
    /// Its overrides, each with the end it came to.
    pub(crate) overrides: Vec<&'a Override>,
    /// The modes of the building, the newest first.
    pub(crate) modes: &'a [HeldMode],
    /// What the room is to be without people.
    pub(crate) setback_c: Celsius,
    pub(crate) zone: Zone,
}

impl Asked<'_> {
    /// The setpoint at a time, °C.
    pub(crate) fn setpoint_c(&self, at: Timestamp) -> f64 {
        let (wish, mode) = (self.wish(at), self.mode(at));
        let scheduled = || self.schedule(at).map(|schedule| schedule.setpoint(self.zone, at));
        // Nothing was asked of a room without any schedule, which no book has.
        let asked_c = wish.map(|o| o.wish.setpoint_c).or_else(scheduled).map_or(0.0, Celsius::degrees);
        let is_managers = wish.is_some_and(|o| o.wish.by == SetpointBy::Manager);
        if is_managers && mode.yields_to_managers() { asked_c } else { mode.limit_c(asked_c) }
    }

    /// The strongest override that was in force.
    pub(crate) fn wish(&self, at: Timestamp) -> Option<&Override> {
        let in_force = self.overrides.iter().filter(|o| o.created_at <= at && at < o.wish.until);
        in_force.min_by_key(|o| o.wish.by).copied()
    }

    /// Whether its schedule was meant for people: it asked for its highest setpoint, which is more than a setback (a closure asks
    /// for one temperature all day), in a building that was open.
    pub(crate) fn is_for_people(&self, at: Timestamp) -> bool {
        let is_comfort = self.schedule(at).is_some_and(|schedule| {
            let setpoint_c = schedule.setpoint(self.zone, at);
            setpoint_c == schedule.comfort(self.zone, at) && setpoint_c > self.setback_c
        });
        is_comfort && self.mode(at).is_for_people()
    }

    /// What the building was to be.
    fn mode(&self, at: Timestamp) -> SiteMode {
        let held = self.modes.iter().find(|held| held.from.is_none_or(|from| from <= at));
        held.map_or(SiteMode::Comfort, |held| held.mode.at(at))
    }

    /// The schedule that held: the newest that was written by then.
    fn schedule(&self, at: Timestamp) -> Option<&Schedule> {
        let held = self.held.iter().find(|held| held.from.is_none_or(|from| from <= at));
        held.map(|held| &held.schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{NOW, Trial, book};
    use registry::NewOverride;
    use vocabulary::{Celsius, SetpointBy, Week};

    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn the_version_that_held_then_is_asked_and_over_it_the_strongest_override() {
        let book = book();
        let held = |from, degrees: i32| {
            let week = Week::on(&[], vec![], Celsius::from_hundredths(100 * degrees)).unwrap();
            HeldSchedule { from, schedule: Schedule::of(week) }
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
        let held = [held(Some(hour(3)), 19), held(Some(hour(-3)), 18), held(None, 17)];
        let asked = Asked {
            held: &held,
            overrides: wishes.iter().collect(),
            modes: &[],
            setback_c: Celsius::from_hundredths(1600),
            zone: book.site.zone,
        };
        let told: Vec<f64> = [-4, -3, 0, 1, 2, 3].map(|n| asked.setpoint_c(hour(n))).into();
        assert_eq!(told, [17.0, 18.0, 18.0, 21.0, 18.0, 19.0]);
    }

    #[test]
    fn a_closed_room_and_a_closed_building_were_not_for_people_and_what_they_were_held_to_is_known() {
        let book = book();
        let degrees = |whole: i32| Celsius::from_hundredths(100 * whole);
        let hour = |n: i64| NOW.plus_ms(n * HOUR_MS);
        let week = |whole| Schedule::of(Week::on(&[], vec![], degrees(whole)).unwrap());
        let held = [
            HeldSchedule { from: Some(hour(0)), schedule: week(20) },
            HeldSchedule { from: None, schedule: week(15) },
        ];
        let mode = |mode, until| registry::DeclaredMode { mode, reason: None, until };
        let modes = [
            HeldMode { from: Some(hour(4)), mode: mode(SiteMode::Comfort, None) },
            HeldMode { from: Some(hour(1)), mode: mode(SiteMode::Closed, Some(hour(3))) },
        ];
        let (overrides, setback_c, zone) = (Vec::new(), degrees(16), book.site.zone);
        let asked = Asked { held: &held, overrides, modes: &modes, setback_c, zone };
        let told: Vec<_> =
            [-1, 0, 1, 2, 3, 4].map(|n| (asked.setpoint_c(hour(n)), asked.is_for_people(hour(n)))).into();
        let (closed, open) = ((16.0, false), (20.0, true));
        assert_eq!(told, [(15.0, false), open, closed, closed, open, open]);
    }
    #[test]
    fn of_a_recording_the_mode_in_force_held_all_the_time_and_of_a_building_that_lives_from_its_declaration_on()
     {
        for (clock, expected) in [(Clock::Wall, [20.0, 16.0]), (Clock::Recorded, [16.0, 16.0])] {
            let mut book = book();
            book.site.clock = clock;
            let (trial, site) = (Trial::silent(&[book.clone()]), &book.site);
            // Somebody declares it at today's wall clock, years after the recording was made, and changes their mind once.
            for (mode, minutes) in [(SiteMode::Frost, -2), (SiteMode::Closed, -1)] {
                let declared = registry::DeclaredMode { mode, reason: None, until: None };
                trial
                    .app
                    .registry
                    .set_mode(&site.id, &declared, "test", NOW.plus_ms(60_000 * minutes))
                    .unwrap();
            }
            let week = Schedule::of(Week::on(&[], vec![], Celsius::from_hundredths(2000)).unwrap());
            let held = [HeldSchedule { from: None, schedule: week }];
            let modes = held_modes(&trial.app, site).unwrap();
            let (overrides, setback_c, zone) = (Vec::new(), Celsius::from_hundredths(1600), site.zone);
            let asked = Asked { held: &held, overrides, modes: &modes, setback_c, zone };
            let told = [NOW.plus_ms(-9_000 * HOUR_MS), NOW].map(|at| asked.setpoint_c(at));
            assert_eq!(told, expected, "{clock:?}");
        }
    }
}
