//! What a room should be over a stretch of time: the schedules that held in it, and over them the overrides that were in force.

use registry::{HeldMode, HeldSchedule, Override, Room, Site};
use vocabulary::{Celsius, Timestamp, Zone};

use crate::app::App;
use crate::asked::{Asked, held, held_modes};
use crate::visitor::PageError;

/// From an instant on, a setpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Setpoint {
    pub(crate) from: Timestamp,
    pub(crate) degrees: f64,
    pub(crate) is_override: bool,
}

/// What was asked of a room from one instant to another, and is asked of it if nobody asks for anything else.
pub(crate) struct RoomAsked {
    held: Vec<HeldSchedule>,
    /// Those of the room alone, each with the end it came to.
    pub(crate) overrides: Vec<Override>,
    modes: Vec<HeldMode>,
    setback_c: Celsius,
    zone: Zone,
    from: Timestamp,
    to: Timestamp,
}

impl RoomAsked {
    /// Reads it from the book.
    pub(crate) fn read(
        app: &App,
        site: &Site,
        room: &Room,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Self, PageError> {
        let held = held(app, site, &room.id)?;
        let mut overrides = app.registry.overrides_between(&site.id, from, to)?;
        overrides.retain(|o| o.wish.room == room.id);
        let modes = held_modes(app, site)?;
        Ok(Self { held, overrides, modes, setback_c: room.setback_c, zone: site.zone, from, to })
    }

    /// The setpoints in order; the first holds from the beginning.
    pub(crate) fn setpoints(&self) -> Vec<Setpoint> {
        let asked = Asked {
            held: &self.held,
            overrides: self.overrides.iter().collect(),
            modes: &self.modes,
            setback_c: self.setback_c,
            zone: self.zone,
        };
        let mut steps: Vec<Setpoint> = Vec::new();
        for edge in self.edges() {
            let (degrees, is_override) = (asked.setpoint_c(edge), asked.wish(edge).is_some());
            if steps.last().is_none_or(|last| last.degrees != degrees || last.is_override != is_override) {
                steps.push(Setpoint { from: edge, degrees, is_override });
            }
        }
        steps
    }

    /// The instants at which the setpoint may change.
    fn edges(&self) -> Vec<Timestamp> {
        let mut edges = vec![self.from];
        edges.extend(self.overrides.iter().flat_map(|o| [o.created_at, o.wish.until]));
        edges.extend(self.modes.iter().flat_map(|held| held.from.into_iter().chain(held.mode.until)));
        let mut end = self.to;
        for held in &self.held {
            let begin = held.from.unwrap_or(self.from).max(self.from);
            if begin < end {
                edges.push(begin);
                edges.extend(self.edges_of(held, begin, end));
            }
            end = end.min(begin);
        }
        edges.retain(|edge| *edge >= self.from && *edge < self.to);
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Those of one schedule while it held.
    fn edges_of(&self, held: &HeldSchedule, begin: Timestamp, end: Timestamp) -> Vec<Timestamp> {
        let (first, last) = (self.zone.date(begin), self.zone.date(end));
        let days = (0..=last.days_since(first)).map(|days| first.plus_days(days));
        let edges = days.flat_map(|day| held.schedule.day(self.zone, day).spans).map(|span| span.from);
        edges.filter(|edge| (begin..end).contains(edge)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{NOW, Trial, book};
    use registry::{NewOverride, ScheduleEdit};
    use vocabulary::{Celsius, DayException, ExceptionDay, HolidayCalendar, SetpointBy, WeekSchedule};

    const BY: &str = "person/anna";

    fn at(days: i64, hour: u16) -> Timestamp {
        book().site.zone.instant(NOW, days, hour * 60)
    }

    fn told(trial: &Trial, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, f64, bool)> {
        let book = book();
        let asked = RoomAsked::read(&trial.app, &book.site, &book.rooms[0], (from, to)).unwrap();
        asked.setpoints().iter().map(|s| (s.from, s.degrees, s.is_override)).collect()
    }

    fn write(trial: &Trial, schedule: vocabulary::Schedule, now: Timestamp) {
        let book = book();
        let edit = ScheduleEdit { room: book.rooms[0].id.clone(), schedule, seen: None };
        trial.app.registry.edit_schedules(&book.site.id, &[edit], (BY, ""), now).unwrap();
    }

    #[test]
    fn an_override_lies_over_the_week_for_its_time() {
        let trial = Trial::silent(&[book()]);
        let wish = NewOverride {
            site: book().site.id,
            room: book().rooms[0].id.clone(),
            setpoint_c: Celsius::from_hundredths(2200),
            until: at(0, 20),
            by: SetpointBy::Manager,
            label: String::new(),
        };
        trial.app.registry.add_override(&wish, BY, at(0, 14)).unwrap();
        let expected = [
            (at(0, 0), 17.0, false),
            (at(0, 7), 20.5, false),
            (at(0, 14), 22.0, true),
            (at(0, 20), 17.0, false),
        ];
        assert_eq!(told(&trial, at(0, 0), at(1, 0)), expected);
    }

    #[test]
    fn the_past_has_the_schedules_and_holidays_of_its_time_and_what_comes_has_those_of_now() {
        let trial = Trial::silent(&[book()]);
        let (registry, site) = (&trial.app.registry, book().site.id);
        // Until two days ago the described week, then 18 °C all day, and today away for a day.
        let mut constant: vocabulary::Schedule =
            WeekSchedule::constant(Celsius::from_hundredths(1800)).into();
        write(&trial, constant.clone(), at(-2, 12));
        let today = book().site.zone.date(NOW);
        let away = ExceptionDay::Constant(Celsius::from_hundredths(1400));
        constant.exceptions = vec![DayException::new(today, today, away, None).unwrap()];
        write(&trial, constant, at(0, 9));
        // Thursday 1 January was a holiday, kept when it came; the calendar was given up since.
        registry.set_holidays(&site, HolidayCalendar::France, BY, at(-30, 0)).unwrap();
        registry.set_holidays(&site, HolidayCalendar::None, BY, at(-10, 0)).unwrap();

        assert_eq!(
            told(&trial, at(-20, 0), at(-19, 0)),
            [(at(-20, 0), 17.0, false)],
            "a holiday is like a Sunday"
        );
        let expected = [
            (at(-2, 0), 17.0, false),
            (at(-2, 7), 20.5, false),
            (at(-2, 12), 18.0, false),
            (at(0, 9), 14.0, false),
            (at(1, 0), 18.0, false),
        ];
        assert_eq!(told(&trial, at(-2, 0), at(2, 0)), expected);
    }
}
