//! Stretches of a day with a setpoint of their own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ScheduleError;
use crate::unit::Celsius;

/// No day has more spans than this: more than a person can read, and a bound for what comes over the wire.
pub const MAX_SPANS: usize = 24;

/// The minutes of a day; also its end.
pub(super) const DAY_MINUTES: u16 = 1440;

/// A time of the day to the minute, from `00:00` to `24:00`, the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayTime(u16);

impl DayTime {
    /// The beginning of a day.
    pub const START: Self = Self(0);
    /// The end of a day.
    pub const END: Self = Self(DAY_MINUTES);

    /// The time `minute` minutes after the day's beginning on paper; `None` beyond 1,440.
    #[must_use]
    pub const fn new(minute: u16) -> Option<Self> {
        if minute <= DAY_MINUTES { Some(Self(minute)) } else { None }
    }

    /// Minutes since the day's beginning, 0 to 1,440.
    #[must_use]
    pub const fn minute(self) -> u16 {
        self.0
    }
}

impl FromStr for DayTime {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let bad = || ScheduleError::Time(text.chars().take(20).collect());
        let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
        let number = |digits: &str| {
            let is_plain = digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|_| is_plain)
        };
        let (hour, minute) = (number(hour).ok_or_else(bad)?, number(minute).ok_or_else(bad)?);
        Self::new(hour * 60 + minute).filter(|_| minute < 60).ok_or_else(bad)
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for DayTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One stretch of a day and its setpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// When it begins.
    pub from: DayTime,
    /// When it ends, after it has begun.
    pub until: DayTime,
    /// What the room should be meanwhile.
    pub setpoint_c: Celsius,
}

/// The spans of one day: in order, none empty, none over another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Span>", into = "Vec<Span>")]
pub struct Spans(Vec<Span>);

impl Spans {
    /// Makes the spans of a day, given in any order. Two that touch with the same setpoint become one.
    ///
    /// # Errors
    /// [`ScheduleError`] when one ends before it begins, two overlap, or there are more than [`MAX_SPANS`].
    pub fn new(mut spans: Vec<Span>) -> Result<Self, ScheduleError> {
        spans.sort_by_key(|span| span.from);
        if let Some(span) = spans.iter().find(|span| span.from >= span.until) {
            return Err(ScheduleError::EndsFirst(span.from, span.until));
        }
        if let Some(pair) = spans.windows(2).find(|pair| pair[0].until > pair[1].from) {
            return Err(ScheduleError::Overlap(pair[1].from));
        }
        spans.dedup_by(|later, earlier| {
            let is_one = earlier.until == later.from && earlier.setpoint_c == later.setpoint_c;
            if is_one {
                earlier.until = later.until;
            }
            is_one
        });
        if spans.len() > MAX_SPANS {
            return Err(ScheduleError::TooMany("spans in a day", MAX_SPANS));
        }
        Ok(Self(spans))
    }

    /// The whole day at one setpoint.
    #[must_use]
    pub fn whole_day(setpoint_c: Celsius) -> Self {
        Self(vec![Span { from: DayTime::START, until: DayTime::END, setpoint_c }])
    }

    /// Spans that are in order already, and as many as there are.
    pub(super) fn ordered(spans: Vec<Span>) -> Self {
        Self(spans)
    }

    /// The spans, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }
}

impl TryFrom<Vec<Span>> for Spans {
    type Error = ScheduleError;
    fn try_from(spans: Vec<Span>) -> Result<Self, ScheduleError> {
        Self::new(spans)
    }
}

impl From<Spans> for Vec<Span> {
    fn from(spans: Spans) -> Self {
        spans.0
    }
}

/// A day as a schedule has it: spans, and what the room should be outside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pattern<'a> {
    pub(super) otherwise_c: Celsius,
    pub(super) spans: &'a [Span],
}

impl Pattern<'_> {
    /// The setpoint at a minute of the day.
    pub(super) fn at(self, minute: u16) -> Celsius {
        let begun = self.spans.partition_point(|span| span.from.0 <= minute);
        let holding = self.spans[..begun].last().filter(|span| minute < span.until.0);
        holding.map_or(self.otherwise_c, |span| span.setpoint_c)
    }

    /// The day from its beginning to its end as `(minute it begins, setpoint)`; neighbours differ.
    pub(super) fn segments(self) -> Vec<(u16, Celsius)> {
        let mut segments: Vec<(u16, Celsius)> = Vec::with_capacity(2 * self.spans.len() + 1);
        let mut add = |minute: u16, setpoint: Celsius| {
            if segments.last().is_none_or(|(_, last)| *last != setpoint) {
                segments.push((minute, setpoint));
            }
        };
        let mut reached = 0;
        for span in self.spans {
            if span.from.0 > reached {
                add(reached, self.otherwise_c);
            }
            add(span.from.0, span.setpoint_c);
            reached = span.until.0;
        }
        if reached < DAY_MINUTES {
            add(reached, self.otherwise_c);
        }
        segments
    }

    /// The highest setpoint of the day.
    pub(super) fn highest(self) -> Celsius {
        let heated = self.spans.iter().map(|span| span.until.0 - span.from.0).sum::<u16>();
        let otherwise = (heated < DAY_MINUTES).then_some(self.otherwise_c);
        let setpoints = self.spans.iter().map(|span| span.setpoint_c).chain(otherwise);
        setpoints.max().unwrap_or(self.otherwise_c)
    }
}
