//! Time as the twin is given it: a point in time and the local clock there, by integer calendar arithmetic.

/// A point in time, and how far the local clock is ahead of UTC there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    pub utc_ms: i64,
    /// Local clock minus UTC, in seconds: 3,600 for Paris in winter.
    pub local_offset_s: i32,
}

/// A day and a time of day on some clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// Days since 1970-01-01 on this clock; negative before.
    pub unix_day: i64,
    /// Seconds since midnight, 0 ≤ second < 86,400.
    pub second_of_day: f64,
}

const DAY_MS: i64 = 86_400_000;

impl Moment {
    /// The same local clock, `ms` milliseconds later (earlier if negative).
    #[must_use]
    pub fn later_by(self, ms: i64) -> Moment {
        Moment { utc_ms: self.utc_ms + ms, ..self }
    }

    /// What the local clock shows.
    #[must_use]
    pub fn local(self) -> Clock {
        self.on_clock(self.local_offset_s)
    }

    /// What a clock shows that is `offset_s` seconds ahead of UTC.
    #[must_use]
    pub fn on_clock(self, offset_s: i32) -> Clock {
        let ms = self.utc_ms + i64::from(offset_s) * 1000;
        Clock { unix_day: ms.div_euclid(DAY_MS), second_of_day: ms.rem_euclid(DAY_MS) as f64 / 1000.0 }
    }
}

impl Clock {
    /// Day of the week, 0 = Monday … 6 = Sunday. Day 0, 1970-01-01, was a Thursday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        (self.unix_day + 3).rem_euclid(7) as u8
    }

    /// Hours since midnight, 0 ≤ hour < 24.
    #[must_use]
    pub fn hour(self) -> f64 {
        self.second_of_day / 3600.0
    }

    /// Day of a year of 365 days, 0 = 1 January … 364 = 31 December. 29 February is lived as a second 28
    /// February, so that every other date keeps its place in records of a common year.
    #[must_use]
    pub fn day_of_common_year(self) -> i64 {
        const DAYS_BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let (month, day) = month_and_day(self.unix_day);
        let day = if (month, day) == (2, 29) { 28 } else { day };
        DAYS_BEFORE_MONTH[month as usize - 1] + day - 1
    }
}

/// Month 1..=12 and day 1..=31 of a day count, in the Gregorian calendar (H. Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms", `civil_from_days`): years begin in March, so the leap day comes last, in
/// cycles of 400 years.
fn month_and_day(unix_day: i64) -> (i64, i64) {
    const DAYS_FROM_YEAR_0_MARCH_TO_1970: i64 = 719_468;
    const DAYS_IN_400_YEARS: i64 = 146_097;
    let day_of_era = (unix_day + DAYS_FROM_YEAR_0_MARCH_TO_1970).rem_euclid(DAYS_IN_400_YEARS);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    (if months_since_march < 10 { months_since_march + 3 } else { months_since_march - 9 }, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon(unix_day: i64) -> Clock {
        Clock { unix_day, second_of_day: 43_200.0 }
    }

    #[test]
    fn known_dates_have_their_weekday_and_place_in_the_year() {
        // (days since 1970, weekday, day of a common year): 1970-01-01, 2000-02-29, 2024-12-31, 2025-03-01,
        // 1969-12-31.
        for (day, weekday, of_year) in
            [(0, 3, 0), (11_016, 1, 58), (20_088, 1, 364), (20_148, 5, 59), (-1, 2, 364)]
        {
            assert_eq!(
                (noon(day).weekday(), noon(day).day_of_common_year()),
                (weekday, of_year),
                "day {day}"
            );
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        for day in -80_000..80_000 {
            let (today, tomorrow) = (noon(day).day_of_common_year(), noon(day + 1).day_of_common_year());
            assert!(tomorrow == (today + 1) % 365 || (today == 58 && tomorrow == 58), "day {day}");
        }
    }

    #[test]
    fn the_local_clock_may_already_be_in_tomorrow() {
        let moment = Moment { utc_ms: DAY_MS - 1_800_000, local_offset_s: 3600 };
        assert_eq!(moment.local(), Clock { unix_day: 1, second_of_day: 1800.0 });
        assert_eq!(moment.on_clock(0).unix_day, 0);
    }
}
