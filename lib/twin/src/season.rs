//! Which day of the records a real moment lives: always winter, or the same date.
//!
//! A mapping is a pure function of the moment, so a restarted twin goes on in the same record day. What the
//! records hold was found by looking (and is kept true by the tests of `tests/records.rs`):
//!
//! - **RT2012 weather**: its description says solar time, the rows say otherwise. By month the middle of the
//!   diffuse light lies at 12.6 h (November) to 13.1 h (February), which is 13 h less 8 min less the equation
//!   of time within 0.1 h (May: 0.25): the clock is UTC + 1 h at 2° E. Rows are mid-hour; 1 January and 31
//!   December join without a step (4.6 and 4.3 °C).
//! - **OU44 counts**: days 4, 5, 11, 12, … hold 270 person-hours where others hold 3,500: weekends, so day 0
//!   is a Tuesday. Easter Monday (day 90), Great Prayer Day (115), Ascension (128), Whit Monday (139) and
//!   Constitution Day (154) fit 2018 with day 0 = 2 January, and no other year near. The building fills, and
//!   changes classes at noon, two hours early on the record's clock until the night of 25 March (day 82),
//!   three hours early after it, also in November: the clock is behind by as much. No twelve weeks in a row
//!   are free of holidays; the autumn term without its break is: 3 September – 14 October (days 244–285) and
//!   22 October – 2 December (days 293–334).
//! - **RT2012 dwelling**: a week that repeats; days 5 and 6 are spent at home and so is the afternoon of day
//!   2, the French Wednesday: day 0 is a Monday. Away: days 217–230 and 357–363.

use crate::moment::{Clock, Moment};

/// How real dates are mapped to days of the embedded records. The weekday is always the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Season {
    /// Every date is a day of the same twelve weeks of heating season (weather of 26 November – 17 February,
    /// an office in term). Every 84 days the weather starts again, with a step of a few kelvin at that
    /// midnight.
    #[default]
    Winter,
    /// The real day of the year; occupancy moved by up to three days so that the weekday is right.
    Today,
}

const DAY_S: f64 = 86_400.0;
const YEAR_DAYS: i64 = 365;
const WINDOW_DAYS: i64 = 84;
/// 5 January 1970: weeks of the window are counted from a Monday.
const A_MONDAY: i64 = 4;

/// The clock of the weather record, seconds ahead of UTC.
pub(crate) const WEATHER_CLOCK_S: i32 = 3600;
/// 26 November. In these twelve weeks and over their seam no seven days have a mean above 9.4 °C.
const WEATHER_WINDOW_START: i64 = 329;

const OFFICE_WINDOW_START: i64 = 244;
const OFFICE_DAYS_BEFORE_BREAK: i64 = 42;
const OFFICE_BREAK_DAYS: i64 = 7;
const OFFICE_FIRST_DATE: i64 = 1;
const OFFICE_FIRST_WEEKDAY: i64 = 1;
const OFFICE_CLOCK_CHANGE_DAY: i64 = 82;

const DWELLING_FIRST_WEEKDAY: i64 = 0;

impl Season {
    /// Seconds since 1 January 0:00 on the clock of a weather record, 0..31,536,000;
    /// [`clock_ahead_s`](crate::Weather::clock_ahead_s) is the record's.
    #[must_use]
    pub fn weather_second(self, moment: Moment, clock_ahead_s: i32) -> f64 {
        let clock = moment.on_clock(clock_ahead_s);
        let day = match self {
            Season::Winter => (WEATHER_WINDOW_START + day_of_window(clock)) % YEAR_DAYS,
            Season::Today => clock.day_of_common_year(),
        };
        day as f64 * DAY_S + clock.second_of_day
    }

    /// Seconds since the first row of the OU44 counts; slightly negative in the first night of the year.
    #[must_use]
    pub fn office_second(self, moment: Moment) -> f64 {
        let clock = moment.local();
        let day = match self {
            Season::Winter => teaching_day(day_of_window(clock)),
            Season::Today => {
                same_weekday(clock.day_of_common_year() - OFFICE_FIRST_DATE, clock, OFFICE_FIRST_WEEKDAY)
            }
        };
        let clock_behind_s = if day < OFFICE_CLOCK_CHANGE_DAY { 7_200.0 } else { 10_800.0 };
        day as f64 * DAY_S + clock.second_of_day - clock_behind_s
    }

    /// The row of the residential pattern, 0..8,760.
    #[must_use]
    pub fn residential_hour(self, moment: Moment) -> usize {
        let clock = moment.local();
        let day = match self {
            Season::Winter => day_of_window(clock),
            Season::Today => same_weekday(clock.day_of_common_year(), clock, DWELLING_FIRST_WEEKDAY),
        };
        day as usize * 24 + clock.hour() as usize
    }
}

/// Which of the window's 84 days this is, 0..84; day 0 is a Monday.
fn day_of_window(clock: Clock) -> i64 {
    (clock.unix_day - A_MONDAY).rem_euclid(WINDOW_DAYS)
}

fn teaching_day(day_of_window: i64) -> i64 {
    let past_break = if day_of_window < OFFICE_DAYS_BEFORE_BREAK { 0 } else { OFFICE_BREAK_DAYS };
    OFFICE_WINDOW_START + day_of_window + past_break
}

/// The record day nearest to `day` with the weekday of `clock`, in a record of 365 days that begins on
/// `first_weekday`.
fn same_weekday(day: i64, clock: Clock, first_weekday: i64) -> i64 {
    let ahead = (i64::from(clock.weekday()) - day - first_weekday).rem_euclid(7);
    let nearest = day + if ahead <= 3 { ahead } else { ahead - 7 };
    match nearest {
        before_start if before_start < 0 => before_start + 7,
        past_end if past_end >= YEAR_DAYS => past_end - 7,
        inside => inside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon(unix_day: i64) -> Moment {
        Moment { utc_ms: unix_day * 86_400_000 + 43_200_000, local_offset_s: 0 }
    }

    #[test]
    fn occupancy_keeps_the_real_weekday_under_both_seasons() {
        for unix_day in 18_000..22_000 {
            let weekday = i64::from(noon(unix_day).local().weekday());
            for season in [Season::Winter, Season::Today] {
                let office_day = (season.office_second(noon(unix_day)) / DAY_S) as i64;
                let dwelling_day = season.residential_hour(noon(unix_day)) as i64 / 24;
                assert_eq!((office_day + OFFICE_FIRST_WEEKDAY) % 7, weekday, "{season:?} office {unix_day}");
                assert_eq!(dwelling_day % 7, weekday, "{season:?} dwelling {unix_day}");
                assert!((0..YEAR_DAYS).contains(&office_day) && (0..YEAR_DAYS).contains(&dwelling_day));
            }
        }
    }

    #[test]
    fn winter_never_shows_the_break_of_the_term_or_a_holiday_at_home() {
        let office_days: Vec<i64> = (0..WINDOW_DAYS).map(teaching_day).collect();
        assert!(office_days.iter().all(|day| (244..286).contains(day) || (293..335).contains(day)));
        assert!((0..500).all(|day| Season::Winter.residential_hour(noon(day)) < 217 * 24));
    }

    #[test]
    fn today_is_the_same_date_in_the_weather_record() {
        // 2025-07-14T11:00Z is noon of day 194 on the record's clock.
        let moment = Moment { utc_ms: 1_752_490_800_000, local_offset_s: 7200 };
        assert_eq!(Season::Today.weather_second(moment, WEATHER_CLOCK_S), 194.0 * DAY_S + 43_200.0);
    }
}
