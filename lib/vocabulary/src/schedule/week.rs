//! The week that a schedule repeats.

use serde::{Deserialize, Serialize};

use super::spans::{DAY_MINUTES, DayTime, Pattern, Span, Spans};
use super::{ScheduleError, WeekSchedule};
use crate::unit::Celsius;

/// A week: each day's spans, and the setpoint outside them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Week {
    /// What the room should be outside all spans.
    pub otherwise_c: Celsius,
    /// The spans of each day, Monday first.
    pub days: [Spans; 7],
}

impl Week {
    /// The same spans on each of the given days (0 = Monday).
    ///
    /// # Errors
    /// [`ScheduleError`] as for [`Spans::new`].
    pub fn on(days: &[u8], spans: Vec<Span>, otherwise_c: Celsius) -> Result<Self, ScheduleError> {
        let spans = Spans::new(spans)?;
        let day = |day: usize| if days.contains(&(day as u8)) { spans.clone() } else { Spans::default() };
        Ok(Self { otherwise_c, days: std::array::from_fn(day) })
    }

    /// The week as a list of changes, the form of the API's `schedule`: the same setpoints at the same times.
    #[must_use]
    pub fn changes(&self) -> WeekSchedule {
        let mut changes: Vec<(u8, u16, Celsius)> = Vec::new();
        for day in 0..7 {
            for (minute, setpoint) in self.day(day).segments() {
                if changes.last().is_none_or(|(_, _, last)| *last != setpoint) {
                    changes.push((day, minute, setpoint));
                }
            }
        }
        // The week is a ring: what Monday begins with may have begun on Sunday.
        if changes.len() > 1 && changes[0].2 == changes[changes.len() - 1].2 {
            changes.remove(0);
        }
        WeekSchedule::new(changes).expect("minutes of days of a week, each once")
    }

    /// The highest setpoint of the week.
    #[must_use]
    pub fn highest(&self) -> Celsius {
        (0..7).map(|day| self.day(day).highest()).max().unwrap_or(self.otherwise_c)
    }

    /// A day of the week, 0 = Monday.
    pub(super) fn day(&self, weekday: u8) -> Pattern<'_> {
        let spans = self.days[usize::from(weekday % 7)].as_slice();
        Pattern { otherwise_c: self.otherwise_c, spans }
    }
}

impl From<&WeekSchedule> for Week {
    /// The same setpoints at the same times; the lowest of them is what holds outside all spans.
    fn from(schedule: &WeekSchedule) -> Self {
        let changes = schedule.changes();
        let otherwise_c = changes.iter().map(|change| change.2).min().expect("a schedule has a change");
        let mut in_force = changes[changes.len() - 1].2;
        let days = std::array::from_fn(|day| {
            let mut edges = vec![(0, in_force)];
            edges.extend(changes.iter().filter(|change| usize::from(change.0) == day).map(|c| (c.1, c.2)));
            in_force = edges[edges.len() - 1].1;
            let ends = edges.iter().skip(1).map(|(minute, _)| *minute).chain([DAY_MINUTES]);
            let spans = edges.iter().zip(ends).map(|(&(from, setpoint_c), until)| {
                let time = |minute| DayTime::new(minute).expect("a change is within its day");
                Span { from: time(from), until: time(until), setpoint_c }
            });
            let heated = spans.filter(|span| span.setpoint_c != otherwise_c && span.from < span.until);
            // A description may have more changes in a day than people may write on a page.
            Spans::ordered(heated.collect())
        });
        Self { otherwise_c, days }
    }
}
