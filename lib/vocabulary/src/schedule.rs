//! A week of setpoints: what a room should be at each hour of the week, until someone asks otherwise.

use serde::{Deserialize, Serialize};

use crate::calendar::{LocalTime, Timestamp, Zone};
use crate::unit::Celsius;

/// Why a schedule cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A week without a single setpoint.
    #[error("a schedule needs at least one change")]
    Empty,
    /// A change at a time that no week has.
    #[error("a change on day {0} at minute {1} is outside the week (days 0 to 6, minutes 0 to 1439)")]
    OutsideWeek(u8, u16),
    /// Two changes at the same time.
    #[error("two changes on day {0} at minute {1}")]
    Twice(u8, u16),
}

/// One change of setpoint: day of the week (0 = Monday), minute of the day, setpoint from then on.
type Change = (u8, u16, Celsius);

/// A week of setpoint changes in local time, in order; the last change of the week holds until the first of the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Change>", into = "Vec<Change>")]
pub struct WeekSchedule(Vec<Change>);

impl WeekSchedule {
    /// Makes a schedule from `(weekday, minute, setpoint)` in any order; weekday 0 = Monday.
    ///
    /// # Errors
    /// [`ScheduleError`] when there is no change, one outside the week, or two at the same time.
    pub fn new(mut changes: Vec<Change>) -> Result<Self, ScheduleError> {
        changes.sort_by_key(|&(day, minute, _)| (day, minute));
        if changes.is_empty() {
            return Err(ScheduleError::Empty);
        }
        if let Some(&(day, minute, _)) = changes.iter().find(|c| c.0 > 6 || c.1 > 1439) {
            return Err(ScheduleError::OutsideWeek(day, minute));
        }
        if let Some(pair) = changes.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1)) {
            return Err(ScheduleError::Twice(pair[0].0, pair[0].1));
        }
        Ok(Self(changes))
    }

    /// One setpoint for the whole week.
    #[must_use]
    pub fn constant(setpoint: Celsius) -> Self {
        Self(vec![(0, 0, setpoint)])
    }

    /// The same comfort hours on the given days and a setback otherwise: `(from, until)` in minutes of the day.
    ///
    /// # Errors
    /// [`ScheduleError`] as for [`WeekSchedule::new`].
    pub fn daily(
        days: &[u8],
        hours: (u16, u16),
        comfort: Celsius,
        setback: Celsius,
    ) -> Result<Self, ScheduleError> {
        let changes = days.iter().flat_map(|&day| [(day, hours.0, comfort), (day, hours.1, setback)]);
        Self::new(changes.collect())
    }

    /// The changes in order of the week.
    #[must_use]
    pub fn changes(&self) -> &[(u8, u16, Celsius)] {
        &self.0
    }

    /// The setpoint at a time of the week.
    #[must_use]
    pub fn setpoint(&self, local: LocalTime) -> Celsius {
        self.0[self.change_in_force(local)].2
    }

    /// When the setpoint changes next after `now`; `None` when it never does.
    #[must_use]
    pub fn next_change(&self, now: Timestamp, zone: Zone) -> Option<(Timestamp, Celsius)> {
        let local = zone.local(now);
        let in_force = self.change_in_force(local);
        let current = self.0[in_force].2;
        (1..=self.0.len())
            .map(|step| self.0[(in_force + step) % self.0.len()])
            .find(|change| change.2 != current)
            .map(|(day, minute, setpoint)| {
                let today = (local.weekday, local.minute);
                let ahead = (i64::from(day) - i64::from(local.weekday)).rem_euclid(7);
                let days = if ahead == 0 && (day, minute) <= today { 7 } else { ahead };
                (zone.instant(now, days, minute), setpoint)
            })
    }

    fn change_in_force(&self, local: LocalTime) -> usize {
        let until_now =
            self.0.partition_point(|&(day, minute, _)| (day, minute) <= (local.weekday, local.minute));
        until_now.checked_sub(1).unwrap_or(self.0.len() - 1)
    }
}

impl TryFrom<Vec<Change>> for WeekSchedule {
    type Error = ScheduleError;
    fn try_from(changes: Vec<Change>) -> Result<Self, ScheduleError> {
        Self::new(changes)
    }
}

impl From<WeekSchedule> for Vec<Change> {
    fn from(schedule: WeekSchedule) -> Self {
        schedule.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMFORT: Celsius = Celsius::from_hundredths(2050);
    const SETBACK: Celsius = Celsius::from_hundredths(1700);

    fn office() -> WeekSchedule {
        WeekSchedule::daily(&[0, 1, 2, 3, 4], (7 * 60, 19 * 60), COMFORT, SETBACK).unwrap()
    }

    fn local(weekday: u8, hour: u16) -> LocalTime {
        LocalTime { weekday, minute: hour * 60, offset_s: 3600 }
    }

    #[test]
    fn the_last_change_of_the_week_holds_over_the_weekend() {
        for (day, hour, expected) in
            [(0, 6, SETBACK), (0, 7, COMFORT), (4, 18, COMFORT), (4, 19, SETBACK), (6, 12, SETBACK)]
        {
            assert_eq!(office().setpoint(local(day, hour)), expected, "day {day} {hour}:00");
        }
    }

    #[test]
    fn the_next_change_is_found_over_the_weekend() {
        let paris: Zone = "Europe/Paris".parse().unwrap();
        let friday_evening = Timestamp::parse_rfc3339("2026-01-23T18:30:00Z").unwrap();
        let (when, setpoint) = office().next_change(friday_evening, paris).unwrap();
        assert_eq!((when.rfc3339().as_str(), setpoint), ("2026-01-26T06:00:00Z", COMFORT));
    }

    #[test]
    fn a_constant_week_never_changes() {
        let now = Timestamp::from_ms(0);
        assert_eq!(WeekSchedule::constant(COMFORT).next_change(now, Zone::UTC), None);
    }

    #[test]
    fn impossible_weeks_are_refused() {
        assert_eq!(WeekSchedule::new(vec![]), Err(ScheduleError::Empty));
        assert_eq!(WeekSchedule::new(vec![(7, 0, COMFORT)]), Err(ScheduleError::OutsideWeek(7, 0)));
        assert_eq!(
            WeekSchedule::new(vec![(1, 5, COMFORT), (1, 5, SETBACK)]),
            Err(ScheduleError::Twice(1, 5))
        );
    }
}
