//! Public holidays, computed.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;

/// Whose public holidays a building keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayCalendar {
    /// None: each day is like its week.
    #[default]
    None,
    /// France: the eleven of the Code du travail, L3133-1.
    France,
    /// France with the two that Moselle, Bas-Rhin and Haut-Rhin have besides: Code du travail, L3134-13.
    AlsaceMoselle,
}

impl HolidayCalendar {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::France, Self::AlsaceMoselle];

    /// The word in the book and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::France => "france",
            Self::AlsaceMoselle => "alsace_moselle",
        }
    }

    /// The public holiday of a day, where it is one.
    #[must_use]
    pub fn holiday(self, date: Date) -> Option<Holiday> {
        if self == Self::None {
            return None;
        }
        let is_local = |holiday: &Holiday| matches!(holiday, Holiday::GoodFriday | Holiday::SaintStephen);
        Holiday::of(date).filter(|holiday| self == Self::AlsaceMoselle || !is_local(holiday))
    }
}

/// A public holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holiday {
    /// 1 January.
    NewYear,
    /// Two days before Easter Sunday.
    GoodFriday,
    /// The day after Easter Sunday.
    EasterMonday,
    /// 1 May.
    LabourDay,
    /// 8 May.
    VictoryDay,
    /// 39 days after Easter Sunday.
    Ascension,
    /// 50 days after Easter Sunday.
    WhitMonday,
    /// 14 July.
    NationalDay,
    /// 15 August.
    Assumption,
    /// 1 November.
    AllSaints,
    /// 11 November.
    Armistice,
    /// 25 December.
    Christmas,
    /// 26 December.
    SaintStephen,
}

impl Holiday {
    /// The word under which catalogues know its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewYear => "new-year",
            Self::GoodFriday => "good-friday",
            Self::EasterMonday => "easter-monday",
            Self::LabourDay => "labour-day",
            Self::VictoryDay => "victory-day",
            Self::Ascension => "ascension",
            Self::WhitMonday => "whit-monday",
            Self::NationalDay => "national-day",
            Self::Assumption => "assumption",
            Self::AllSaints => "all-saints",
            Self::Armistice => "armistice",
            Self::Christmas => "christmas",
            Self::SaintStephen => "saint-stephen",
        }
    }

    /// The holiday of a day in any part of France. Where two fall together, as Labour Day and Ascension did in 2008, the one
    /// with a fixed day is named.
    fn of(date: Date) -> Option<Self> {
        let fixed = match date.month_day() {
            (1, 1) => Some(Self::NewYear),
            (5, 1) => Some(Self::LabourDay),
            (5, 8) => Some(Self::VictoryDay),
            (7, 14) => Some(Self::NationalDay),
            (8, 15) => Some(Self::Assumption),
            (11, 1) => Some(Self::AllSaints),
            (11, 11) => Some(Self::Armistice),
            (12, 25) => Some(Self::Christmas),
            (12, 26) => Some(Self::SaintStephen),
            _ => None,
        };
        let moving = || match date.days_since(easter(date.year())?) {
            -2 => Some(Self::GoodFriday),
            1 => Some(Self::EasterMonday),
            39 => Some(Self::Ascension),
            50 => Some(Self::WhitMonday),
            _ => None,
        };
        fixed.or_else(moving)
    }
}

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm of 1876 (Meeus, Astronomical Algorithms, 1991, ch. 8).
fn easter(year: i32) -> Option<Date> {
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let lunar = (8 * century + 13) / 25;
    let epact = (19 * golden + century - century / 4 - lunar + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * sunday) / 451;
    let days = epact + sunday - 7 * late + 114;
    Date::new(year, (days / 31).unsigned_abs(), (days % 31 + 1).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_on_the_sundays_that_the_almanac_gives() {
        // IMCCE, Dates de Pâques.
        for (year, day) in [
            (1998, "1998-04-12"),
            (2000, "2000-04-23"),
            (2008, "2008-03-23"),
            (2011, "2011-04-24"),
            (2019, "2019-04-21"),
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter(year).unwrap().to_string(), day);
        }
        assert!((1970..2200).all(|year| easter(year).is_some_and(|day| day.weekday() == 6)));
    }

    #[test]
    fn france_has_eleven_public_holidays_and_alsace_moselle_thirteen() {
        let of = |calendar: HolidayCalendar, year| {
            let first = Date::new(year, 1, 1).unwrap();
            let days = (0..365).map(|days| first.plus_days(days));
            days.filter(|day| calendar.holiday(*day).is_some()).map(|d| d.to_string()).collect::<Vec<_>>()
        };
        let france = [
            "2026-01-01",
            "2026-04-06",
            "2026-05-01",
            "2026-05-08",
            "2026-05-14",
            "2026-05-25",
            "2026-07-14",
            "2026-08-15",
            "2026-11-01",
            "2026-11-11",
            "2026-12-25",
        ];
        assert_eq!(of(HolidayCalendar::France, 2026), france);
        assert_eq!(of(HolidayCalendar::AlsaceMoselle, 2026).len(), 13);
        assert_eq!(of(HolidayCalendar::None, 2026).len(), 0);
        let words = serde_json::to_value(HolidayCalendar::ALL).unwrap();
        assert_eq!(words, serde_json::json!(HolidayCalendar::ALL.map(HolidayCalendar::as_str)));
    }
}
