//! Days of history: they are days of UTC, counted from 1970-01-01.

/// Length of a day.
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;
/// Length of an hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// The day in which a time falls.
pub(crate) const fn of(ts: i64) -> i64 {
    ts.div_euclid(DAY_MS)
}

/// When a day ends, which is when the next one begins; the end of time where that is later.
pub(crate) const fn end_ms(day: i64) -> i64 {
    day.saturating_add(1).saturating_mul(DAY_MS)
}

/// The last time of a day.
pub(crate) const fn last_ms(day: i64) -> i64 {
    day.saturating_mul(DAY_MS).saturating_add(DAY_MS - 1)
}

/// The name of a day, as in `2026-11-18`.
///
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`. The calendar of the
/// vocabulary ends long before the last time that a record can carry, and a folder needs a name for every day.
pub(crate) fn name(day: i64) -> String {
    let shifted = i128::from(day) + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_names_people_give_them() {
        for (ts, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400_000, "2000-02-29"),
            (1_763_632_000_123, "2025-11-20"),
            (4_102_444_800_000, "2100-01-01"),
            (i64::MIN, "-292275055-05-16"),
            (i64::MAX, "292278994-08-17"),
        ] {
            assert_eq!(name(of(ts)), expected);
        }
    }
}
