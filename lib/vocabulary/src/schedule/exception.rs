//! Days that are not like their week: a holiday camp, a closure, an inventory on a Sunday.

use serde::{Deserialize, Serialize};

use super::ScheduleError;
use super::spans::{Pattern, Span, Spans};
use super::week::Week;
use crate::calendar::Date;
use crate::id::DisplayName;
use crate::unit::Celsius;

/// No exception is longer than this.
pub const MAX_EXCEPTION_DAYS: i64 = 366;

/// What holds instead of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ExceptionDay {
    /// What the week has on another day, 0 = Monday.
    Like(u8),
    /// One setpoint all day.
    Constant(Celsius),
    /// A day of its own.
    Own {
        /// What the room should be outside its spans.
        otherwise_c: Celsius,
        /// Its spans.
        spans: Spans,
    },
}

/// An exception as it is kept and sent; not yet judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: Date,
    until: Date,
    day: ExceptionDay,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<DisplayName>,
}

/// Days that are not like their week, the first and the last included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct DayException {
    from: Date,
    until: Date,
    day: ExceptionDay,
    note: Option<DisplayName>,
}

impl DayException {
    /// An exception from the day `from` to the day `until`, both included; `note` says to people what it is for.
    ///
    /// # Errors
    /// [`ScheduleError`] when it ends before it begins, is longer than [`MAX_EXCEPTION_DAYS`], or names a day that no week has.
    pub fn new(
        from: Date,
        until: Date,
        day: ExceptionDay,
        note: Option<DisplayName>,
    ) -> Result<Self, ScheduleError> {
        if until < from {
            return Err(ScheduleError::Backwards(from, until));
        }
        if until.days_since(from) >= MAX_EXCEPTION_DAYS {
            return Err(ScheduleError::TooLong(from, until));
        }
        if let ExceptionDay::Like(weekday @ 7..) = day {
            return Err(ScheduleError::OutsideWeek(weekday, 0));
        }
        Ok(Self { from, until, day, note })
    }

    /// Its first day and its last.
    #[must_use]
    pub fn dates(&self) -> (Date, Date) {
        (self.from, self.until)
    }

    /// What holds on its days.
    #[must_use]
    pub fn day(&self) -> &ExceptionDay {
        &self.day
    }

    /// What it is for.
    #[must_use]
    pub fn note(&self) -> Option<&DisplayName> {
        self.note.as_ref()
    }

    /// The setpoints that it brings of its own.
    pub(super) fn setpoints(&self) -> Vec<Celsius> {
        match &self.day {
            ExceptionDay::Like(_) => vec![],
            ExceptionDay::Constant(setpoint) => vec![*setpoint],
            ExceptionDay::Own { otherwise_c, spans } => {
                let spans = spans.as_slice().iter().map(|span: &Span| span.setpoint_c);
                spans.chain([*otherwise_c]).collect()
            }
        }
    }

    pub(super) fn covers(&self, date: Date) -> bool {
        (self.from..=self.until).contains(&date)
    }

    pub(super) fn length_days(&self) -> i64 {
        self.until.days_since(self.from)
    }

    pub(super) fn pattern<'a>(&'a self, week: &'a Week) -> Pattern<'a> {
        match &self.day {
            ExceptionDay::Like(weekday) => week.day(*weekday),
            ExceptionDay::Constant(setpoint) => Pattern { otherwise_c: *setpoint, spans: &[] },
            ExceptionDay::Own { otherwise_c, spans } => {
                Pattern { otherwise_c: *otherwise_c, spans: spans.as_slice() }
            }
        }
    }
}

impl TryFrom<Written> for DayException {
    type Error = ScheduleError;
    fn try_from(written: Written) -> Result<Self, ScheduleError> {
        Self::new(written.from, written.until, written.day, written.note)
    }
}

impl From<DayException> for Written {
    fn from(exception: DayException) -> Self {
        let DayException { from, until, day, note } = exception;
        Self { from, until, day, note }
    }
}
