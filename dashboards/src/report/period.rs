//! Which time a report is about, and which it is compared with, as its address says.

use vocabulary::{Timestamp, Zone};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The longest period: two years and a week, as every question to history.
pub(crate) const LONGEST_DAYS: i64 = 740;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Day,
    Week,
    Month,
    Year,
    /// Between two dates.
    Own,
}

impl Kind {
    /// All of them, in the order of the page.
    pub(crate) const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Year, Self::Own];

    /// The word in addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::Own => "own",
        }
    }
}

/// What a period is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    /// The time before it.
    Before,
    /// The same time a year before.
    YearBefore,
}

impl Against {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Before, Self::YearBefore];

    /// The word in addresses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::YearBefore => "year",
        }
    }
}

/// What of an address does not make a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PeriodError {
    #[error("period: day, week, month, year or own")]
    Kind,
    #[error("date: a date such as 2026-01-31")]
    Date,
    #[error("from: a date such as 2026-01-31, with to")]
    From,
    #[error("to: a date such as 2026-01-31, with from")]
    To,
    #[error("compare: before or year")]
    Against,
    #[error("from: must not be later than to")]
    Reversed,
    #[error("from: at most 740 days before to")]
    TooLong,
    #[error("date: lies in the future, of which there is no report")]
    Future,
}

impl PeriodError {
    /// The key of its sentence.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Kind | Self::Against => "report-error-choice",
            Self::Date | Self::From | Self::To => "report-error-date",
            Self::Reversed => "report-error-reversed",
            Self::TooLong => "report-error-long",
            Self::Future => "report-error-future",
        }
    }
}

/// A period: whole days in the site's zone, the last one perhaps not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) kind: Kind,
    pub(crate) from: Timestamp,
    /// Where it ends; may lie ahead.
    pub(crate) end: Timestamp,
    /// Until when it is told of: its end, or now.
    pub(crate) to: Timestamp,
    pub(crate) against: Against,
}

/// What an address says of a period: the words of its parameters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) period: Option<&'a str>,
    pub(crate) date: Option<&'a str>,
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
    pub(crate) compare: Option<&'a str>,
}

impl Period {
    /// Reads a period; the week that runs where nothing is said.
    ///
    /// # Errors
    /// [`PeriodError`] names what cannot be.
    pub(crate) fn read(asked: Asked<'_>, zone: Zone, now: Timestamp) -> Result<Self, PeriodError> {
        let kind = match asked.period {
            None => Kind::Week,
            Some(word) => {
                Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(PeriodError::Kind)?
            }
        };
        let against = match asked.compare {
            None => Against::Before,
            Some(word) => {
                Against::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(PeriodError::Against)?
            }
        };
        let date = |text: Option<&str>| text.and_then(|text| read_date(text, zone));
        let (from, end) = if kind == Kind::Own {
            let from = date(asked.from).ok_or(PeriodError::From)?;
            let last = date(asked.to).ok_or(PeriodError::To)?;
            if last < from {
                return Err(PeriodError::Reversed);
            }
            (from, zone.instant(last, 1, 0))
        } else {
            let day = match asked.date {
                Some(_) => date(asked.date).ok_or(PeriodError::Date)?,
                None => now,
            };
            around(kind, day, zone)
        };
        if end.since(from) > LONGEST_DAYS * DAY_MS {
            return Err(PeriodError::TooLong);
        }
        if from >= now {
            return Err(PeriodError::Future);
        }
        Ok(Self { kind, from, end, to: end.min(now), against })
    }

    /// The period to compare with; of one that is not over, as much of it.
    pub(crate) fn compared(self, zone: Zone) -> Self {
        let (from, end) = match (self.against, self.kind) {
            (Against::YearBefore, _) => (year_before(self.from, zone), year_before(self.end, zone)),
            (Against::Before, Kind::Own) => {
                let days = (self.end.since(self.from) + DAY_MS / 2) / DAY_MS;
                (zone.instant(self.from, -days, 0), self.from)
            }
            (Against::Before, kind) => around(kind, self.from.plus_ms(-HOUR_MS), zone),
        };
        let to = if self.to < self.end { from.plus_ms(self.to.since(self.from)).min(end) } else { end };
        Self { from, end, to, ..self }
    }

    /// The date by which the period before or after is asked for.
    pub(crate) fn neighbour(self, zone: Zone, is_after: bool) -> String {
        let at = if is_after { self.end } else { self.from.plus_ms(-HOUR_MS) };
        zone.format(at, "%Y-%m-%d")
    }
}

/// The day, week (from Monday), month or year around an instant.
fn around(kind: Kind, at: Timestamp, zone: Zone) -> (Timestamp, Timestamp) {
    let first = |pattern: &str, at| zone.parse(&zone.format(at, pattern), "%Y-%m-%d").unwrap_or(at);
    match kind {
        Kind::Day | Kind::Own => (zone.instant(at, 0, 0), zone.instant(at, 1, 0)),
        Kind::Week => {
            let weekday = i64::from(zone.local(at).weekday);
            (zone.instant(at, -weekday, 0), zone.instant(at, 7 - weekday, 0))
        }
        Kind::Month => {
            let from = first("%Y-%m-01", at);
            (from, first("%Y-%m-01", zone.instant(from, 32, 0)))
        }
        Kind::Year => {
            let from = first("%Y-01-01", at);
            (from, first("%Y-01-01", zone.instant(from, 370, 0)))
        }
    }
}

/// The same date a year before; of 29 February the day before.
fn year_before(at: Timestamp, zone: Zone) -> Timestamp {
    let (year, month) = zone.month(at);
    let day = zone.format(at, "%d");
    let date = |day: &str| zone.parse(&format!("{:04}-{month:02}-{day}", year - 1), "%Y-%m-%d");
    date(&day).or_else(|| date("28")).unwrap_or(at)
}

fn read_date(text: &str, zone: Zone) -> Option<Timestamp> {
    zone.parse(text.trim(), "%Y-%m-%d").filter(|at| at.is_historic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> Zone {
        "Europe/Paris".parse().unwrap()
    }

    /// Wednesday 21 January 2026, 14:30 in Paris.
    const NOW: Timestamp = Timestamp::from_ms(1_769_002_200_000);

    fn dates(period: Period) -> (String, String) {
        let date = |at| paris().format(at, "%Y-%m-%d %H:%M");
        (date(period.from), date(period.to))
    }

    fn read(kind: &str, date: &str) -> Period {
        Period::read(
            Asked { period: Some(kind), date: Some(date), ..Asked::default() },
            paris(),
            Timestamp::from_ms(NOW.ms() + 400 * DAY_MS),
        )
        .unwrap()
    }

    #[test]
    fn each_kind_has_its_days_and_its_time_before() {
        for (kind, date, expected, before) in [
            ("day", "2026-03-29", ("2026-03-29", "2026-03-30"), ("2026-03-28", "2026-03-29")),
            ("week", "2026-01-21", ("2026-01-19", "2026-01-26"), ("2026-01-12", "2026-01-19")),
            ("month", "2026-03-31", ("2026-03-01", "2026-04-01"), ("2026-02-01", "2026-03-01")),
            ("year", "2025-07-14", ("2025-01-01", "2026-01-01"), ("2024-01-01", "2025-01-01")),
        ] {
            let period = read(kind, date);
            let told = |(from, to): (&str, &str)| (format!("{from} 00:00"), format!("{to} 00:00"));
            assert_eq!(dates(period), told(expected), "{kind}");
            assert_eq!(dates(period.compared(paris())), told(before), "{kind}");
        }
        assert_eq!(read("day", "2026-03-29").to.since(read("day", "2026-03-29").from), 23 * HOUR_MS);
        assert_eq!(read("week", "2026-01-21").neighbour(paris(), false), "2026-01-18");
        assert_eq!(read("week", "2026-01-21").neighbour(paris(), true), "2026-01-26");
    }

    #[test]
    fn a_period_that_runs_ends_now_and_is_compared_with_as_much() {
        let period = Period::read(Asked::default(), paris(), NOW).unwrap();
        assert_eq!(dates(period), ("2026-01-19 00:00".into(), "2026-01-21 14:30".into()));
        assert_eq!(dates(period.compared(paris())), ("2026-01-12 00:00".into(), "2026-01-14 14:30".into()));
    }

    #[test]
    fn a_year_before_has_the_same_dates() {
        let asked = Asked {
            period: Some("own"),
            from: Some("2024-02-29"),
            to: Some("2024-03-10"),
            compare: Some("year"),
            ..Asked::default()
        };
        let period = Period::read(asked, paris(), NOW).unwrap().compared(paris());
        assert_eq!(dates(period), ("2023-02-28 00:00".into(), "2023-03-11 00:00".into()));
        let before = Period::read(Asked { compare: None, ..asked }, paris(), NOW).unwrap().compared(paris());
        assert_eq!(dates(before), ("2024-02-18 00:00".into(), "2024-02-29 00:00".into()));
    }

    #[test]
    fn what_makes_no_period_is_refused_by_name() {
        let own = |from, to| Asked { period: Some("own"), from, to, ..Asked::default() };
        let day = |date| Asked { period: Some("day"), date: Some(date), ..Asked::default() };
        for (asked, error) in [
            (Asked { period: Some("decade"), ..Asked::default() }, PeriodError::Kind),
            (Asked { compare: Some("never"), ..Asked::default() }, PeriodError::Against),
            (day("yesterday"), PeriodError::Date),
            (day("2026-02-30"), PeriodError::Date),
            (day("1890-01-01"), PeriodError::Date),
            (day("+262000-01-01"), PeriodError::Date),
            (own(None, Some("2026-01-02")), PeriodError::From),
            (own(Some("2026-01-02"), Some("")), PeriodError::To),
            (own(Some("2026-01-02"), Some("2026-01-01")), PeriodError::Reversed),
            (own(Some("2020-01-01"), Some("2026-01-01")), PeriodError::TooLong),
            (day("2026-01-22"), PeriodError::Future),
            (own(Some("2190-01-01"), Some("2190-01-05")), PeriodError::Future),
        ] {
            assert_eq!(Period::read(asked, paris(), NOW), Err(error), "{asked:?}");
        }
    }
}
