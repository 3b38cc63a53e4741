//! Heating degree days by the method of the COSTIC, base 18 °C: how cold it was, as French heating contracts count it.
//!
//! Of each day the lowest and highest outdoor temperature, `Tn` and `Tx`, against the base `S`:
//! ```text
//! Tx ≤ S            S − (Tn + Tx) / 2
//! Tn < S < Tx       (S − Tn) · (0.08 + 0.42 · (S − Tn) / (Tx − Tn))
//! S ≤ Tn            0
//! ```
//! Source: COSTIC, "Les degrés-jours unifiés", the method that the French guide to public heating contracts (2007)
//! recommends. It takes extremes from 18 h to 18 h and 6 h to 6 h UTC at a station; here they are those of the hourly means
//! of a civil day in the site's zone.

use super::coverage::Sum;

/// The base, °C.
pub(crate) const BASE_C: f64 = 18.0;
/// A day of which less than this is known has no extremes worth the name.
const LEAST_HOURS: usize = 18;

/// The degree days of one day.
fn of_day(lowest_c: f64, highest_c: f64) -> f64 {
    let below = BASE_C - lowest_c;
    if highest_c <= BASE_C {
        BASE_C - f64::midpoint(lowest_c, highest_c)
    } else if below > 0.0 {
        below * (0.08 + 0.42 * below / (highest_c - lowest_c))
    } else {
        0.0
    }
}

/// The degree days of a period of days, each with the temperatures of its hours, °C; a day begun counts by its hours.
pub(crate) fn degree_days(days: &[&[Option<f64>]]) -> Sum {
    let mut sum = Sum::default();
    for hours in days {
        let known: Vec<f64> = hours.iter().copied().flatten().collect();
        // A day on which the clocks change is a whole one with 23 hours, or 25.
        let part = if hours.len() >= 23 { 1.0 } else { hours.len() as f64 / 24.0 };
        let is_known = known.len() * 24 >= LEAST_HOURS * hours.len() && !known.is_empty();
        let lowest_c = known.iter().copied().fold(f64::INFINITY, f64::min);
        let highest_c = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        sum.add(is_known.then(|| of_day(lowest_c, highest_c) * part), part);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_cases_of_the_method_are_these() {
        for (lowest_c, highest_c, expected) in [
            (2.0, 8.0, 13.0),
            (-5.0, 3.0, 19.0),
            (10.0, 18.0, 4.0),
            // (18 − 10)·(0.08 + 0.42·8/12)
            (10.0, 22.0, 2.88),
            // (18 − 16)·(0.08 + 0.42·2/10)
            (16.0, 26.0, 0.328),
            (18.0, 30.0, 0.0),
            (19.0, 30.0, 0.0),
        ] {
            assert!((of_day(lowest_c, highest_c) - expected).abs() < 1e-9, "{lowest_c} {highest_c}");
        }
    }

    /// formation.xpair.com, course "Exemples de tables de DJ": Lille, 11 to 20 December 2003, 123 degree days in ten
    /// days at a mean of 5.7 °C.
    #[test]
    fn ten_days_at_5_7_degrees_are_123_degree_days() {
        let day = vec![Some(5.7); 24];
        let sum = degree_days(&[day.as_slice(); 10]);
        assert!((sum.value - 123.0).abs() < 1e-9 && sum.coverage.share() == Some(1.0), "{sum:?}");
    }

    #[test]
    fn a_day_with_too_few_hours_is_missing_and_one_begun_counts_by_its_hours() {
        let mut holes = vec![Some(8.0); 24];
        holes[..7].fill(None);
        let whole = vec![Some(8.0); 24];
        let sum = degree_days(&[&holes, &whole]);
        assert_eq!((sum.value, sum.coverage.share()), (10.0, Some(0.5)));
        assert_eq!(degree_days(&[&whole[..12]]).value, 5.0);
        assert_eq!(
            (degree_days(&[&[Some(8.0); 25]]).value, degree_days(&[&[Some(8.0); 23]]).value),
            (10.0, 10.0)
        );
        assert_eq!(degree_days(&[&[]]).known(), None);
    }
}
