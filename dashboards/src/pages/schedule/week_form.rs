//! The week as a form: seven days of rows, each a span. It is read as it was entered, so that a form that is refused comes
//! back with everything in it.

use vocabulary::{Celsius, DayTime, ScheduleError, Span, Spans, Week};

use crate::language::Language;
use crate::visitor::pairs;
use crate::wish::read_setpoint;

/// A form may not grow a page without end.
const MAX_ROWS: usize = vocabulary::MAX_SPANS + 1;

/// One span as it was entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SpanRow {
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) setpoint: String,
}

impl SpanRow {
    fn is_blank(&self) -> bool {
        self.from.is_empty() && self.until.is_empty()
    }
}

/// A day of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DayRows {
    pub(crate) name: String,
    /// Its spans, and a blank row to add one.
    pub(crate) rows: Vec<SpanRow>,
}

/// The whole form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WeekForm {
    pub(crate) otherwise: String,
    pub(crate) why: String,
    pub(crate) days: Vec<DayRows>,
}

/// What is wrong with a form of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WeekError {
    /// The temperature outside all spans does not read.
    Otherwise,
    /// A row of this day does not read.
    Row(usize),
    /// The spans of this day cannot be.
    Day(usize, ScheduleError),
}

impl WeekForm {
    /// The form that shows a week.
    pub(crate) fn of(week: &Week, l: Language) -> Self {
        let number = |celsius: Celsius| l.number(celsius.degrees(), decimals(celsius));
        let row = |span: &Span| SpanRow {
            from: span.from.to_string(),
            until: clock(span.until),
            setpoint: number(span.setpoint_c),
        };
        let day = |(day, spans): (usize, &Spans)| DayRows {
            name: day_name(day, l),
            rows: with_blank(spans.as_slice().iter().map(row).collect()),
        };
        Self {
            otherwise: number(week.otherwise_c),
            why: String::new(),
            days: week.days.iter().enumerate().map(day).collect(),
        }
    }

    /// The form as somebody filled it in.
    pub(crate) fn read(body: &str, l: Language) -> Self {
        let pairs = pairs(body);
        let all = |name: &str| {
            let found = pairs.iter().filter(|(key, _)| key == name).take(MAX_ROWS);
            found.map(|(_, value)| value.trim().chars().take(16).collect::<String>()).collect::<Vec<_>>()
        };
        let one = |name: &str, longest: usize| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.trim().chars().take(longest).collect()).unwrap_or_default()
        };
        let day = |day: usize| {
            let columns = ["from", "until", "setpoint"].map(|name| all(&format!("{name}-{day}")));
            let [froms, untils, setpoints] = columns;
            let rows = froms.into_iter().zip(untils).zip(setpoints);
            let rows = rows.map(|((from, until), setpoint)| SpanRow { from, until, setpoint });
            let filled = rows.filter(|row| !row.is_blank()).collect();
            DayRows { name: day_name(day, l), rows: with_blank(filled) }
        };
        Self { otherwise: one("otherwise", 16), why: one("why", 200), days: (0..7).map(day).collect() }
    }

    /// The week that the form says.
    pub(crate) fn week(&self) -> Result<Week, WeekError> {
        let otherwise_c = read_setpoint(&self.otherwise).map_err(|_| WeekError::Otherwise)?;
        let mut days: [Spans; 7] = Default::default();
        for (index, (day, rows)) in days.iter_mut().zip(&self.days).enumerate() {
            let filled = rows.rows.iter().filter(|row| !row.is_blank());
            let spans: Option<Vec<Span>> =
                filled.map(|row| read_span(&row.from, &row.until, &row.setpoint)).collect();
            let spans = spans.ok_or(WeekError::Row(index))?;
            *day = Spans::new(spans).map_err(|error| WeekError::Day(index, error))?;
        }
        Ok(Week { otherwise_c, days })
    }
}

/// A span as forms have it. No field of a browser says 24:00, so a span until 00:00 is one until the end of its day.
pub(crate) fn read_span(from: &str, until: &str, setpoint: &str) -> Option<Span> {
    let until = until.parse().ok().map(|until| if until == DayTime::START { DayTime::END } else { until })?;
    Some(Span { from: from.parse().ok()?, until, setpoint_c: read_setpoint(setpoint).ok()? })
}

fn clock(time: DayTime) -> String {
    if time == DayTime::END { DayTime::START } else { time }.to_string()
}

/// As many decimals as a setpoint has.
fn decimals(celsius: Celsius) -> usize {
    if celsius.hundredths() % 10 == 0 { 1 } else { 2 }
}

fn day_name(day: usize, l: Language) -> String {
    l.say(&format!("day-{day}"))
}

fn with_blank(mut rows: Vec<SpanRow>) -> Vec<SpanRow> {
    rows.push(SpanRow::default());
    rows
}
