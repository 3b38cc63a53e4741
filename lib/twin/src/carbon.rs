//! Carbon dioxide of electricity from the grid over a recorded year.

use std::sync::LazyLock;

use crate::embedded;
use crate::moment::Moment;
use crate::season::Season;

/// Carbon dioxide of a kilowatt-hour from the Belgian grid, hourly over a year.
#[derive(Debug)]
pub struct Carbon {
    g_per_kwh: Vec<f64>,
}

const ROWS: usize = 8760;
/// Its clock: Belgian standard time, as that of the weather it belongs to.
const CLOCK_AHEAD_S: i32 = 3600;

static EMBEDDED: LazyLock<Carbon> = LazyLock::new(|| Carbon {
    g_per_kwh: embedded::rows(embedded::EMISSIONS, ["g_per_kwh"], ROWS).into_iter().flatten().collect(),
});

impl Carbon {
    /// The embedded year; parsed once a process.
    #[must_use]
    pub fn embedded() -> &'static Carbon {
        &EMBEDDED
    }

    /// Carbon dioxide of a kilowatt-hour drawn at a moment, g; from the day whose weather `season` shows.
    #[must_use]
    pub fn g_per_kwh(&self, season: Season, moment: Moment) -> f64 {
        let hour = season.weather_second(moment, CLOCK_AHEAD_S) / 3600.0;
        self.g_per_kwh[hour as usize % ROWS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 January 2025, 0:00 in Brussels.
    const NEW_YEAR: Moment = Moment { utc_ms: 1_735_686_000_000, local_offset_s: 3600 };

    #[test]
    fn the_year_begins_with_its_first_row_and_is_that_of_a_grid() {
        let at = |hour: i64| Carbon::embedded().g_per_kwh(Season::Today, NEW_YEAR.later_by(hour * 3_600_000));
        // The first rows, typed here by hand.
        assert_eq!([at(0), at(1), at(2)], [281.9, 262.75, 259.36]);
        let mean = (0..8760).map(at).sum::<f64>() / 8760.0;
        assert!((mean - 198.9).abs() < 0.1, "{mean}");
        assert!((0..8760).all(|hour| (80.0..360.0).contains(&at(hour))));
    }
}
