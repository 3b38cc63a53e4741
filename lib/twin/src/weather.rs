//! The weather of a conventional year at the Paris region (RT2012 zone H1a), hourly, between its rows by
//! straight lines.

use std::sync::LazyLock;

use crate::embedded;

/// The air and the sky outside at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outdoor {
    /// Air temperature, °C.
    pub temperature_c: f64,
    /// Dew point, °C; the record has it up to 0.3 K above the air temperature in fog.
    pub dew_point_c: f64,
    /// Relative humidity, 0..=100 %.
    pub humidity_pct: f64,
    /// Beam of the sun on a surface facing it, W/m².
    pub direct_normal_wm2: f64,
    /// Diffuse light of the sky on the ground, W/m².
    pub diffuse_horizontal_wm2: f64,
    /// Radiant temperature of the sky, °C.
    pub sky_temperature_c: f64,
    /// Wind speed, m/s.
    pub wind_ms: f64,
    /// Air pressure, Pa; constant in this record.
    pub pressure_pa: f64,
}

/// A year of weather, one row an hour, each valid at the middle of its hour on the record's clock, UTC + 1 h
/// (`season.rs`).
#[derive(Debug)]
pub struct Weather {
    rows: Vec<Outdoor>,
}

const ROWS: usize = 8760;
const STEP_S: f64 = 3600.0;
const FIRST_STAMP_S: f64 = 1800.0;

static EMBEDDED: LazyLock<Weather> = LazyLock::new(|| Weather {
    rows: embedded::rows(
        embedded::WEATHER,
        ["t_dry_c", "t_dew_c", "rh_frac", "dni_wm2", "dhi_wm2", "t_sky_c", "wind_ms", "p_pa"],
        ROWS,
    )
    .into_iter()
    .map(Outdoor::from_row)
    .collect(),
});

impl Weather {
    /// The embedded year; parsed once a process.
    #[must_use]
    pub fn embedded() -> &'static Weather {
        &EMBEDDED
    }

    /// The weather `year_second` seconds after the record's 1 January 0:00. The year is a ring: any finite
    /// number will do.
    #[must_use]
    pub fn at(&self, year_second: f64) -> Outdoor {
        let position = (year_second - FIRST_STAMP_S) / STEP_S;
        let before = position.floor();
        let row = |index: f64| &self.rows[index.rem_euclid(ROWS as f64) as usize % ROWS];
        row(before).towards(row(before + 1.0), position - before)
    }
}

impl Outdoor {
    fn from_row(
        [temperature_c, dew_point_c, humidity, direct, diffuse, sky_temperature_c, wind_ms, pressure_pa]: [f64; 8],
    ) -> Outdoor {
        Outdoor {
            temperature_c,
            dew_point_c,
            humidity_pct: humidity * 100.0,
            direct_normal_wm2: direct,
            diffuse_horizontal_wm2: diffuse,
            sky_temperature_c,
            wind_ms,
            pressure_pa,
        }
    }

    fn towards(&self, next: &Outdoor, along: f64) -> Outdoor {
        let blend = |from: f64, to: f64| from + (to - from) * along;
        Outdoor {
            temperature_c: blend(self.temperature_c, next.temperature_c),
            dew_point_c: blend(self.dew_point_c, next.dew_point_c),
            humidity_pct: blend(self.humidity_pct, next.humidity_pct),
            direct_normal_wm2: blend(self.direct_normal_wm2, next.direct_normal_wm2),
            diffuse_horizontal_wm2: blend(self.diffuse_horizontal_wm2, next.diffuse_horizontal_wm2),
            sky_temperature_c: blend(self.sky_temperature_c, next.sky_temperature_c),
            wind_ms: blend(self.wind_ms, next.wind_ms),
            pressure_pa: blend(self.pressure_pa, next.pressure_pa),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_hits_every_recorded_row_exactly() {
        let weather = Weather::embedded();
        for (hour, row) in weather.rows.iter().enumerate() {
            assert_eq!(weather.at(FIRST_STAMP_S + STEP_S * hour as f64), *row, "hour {hour}");
        }
        // The first and the last row of the file, typed here by hand.
        assert_eq!(weather.at(1800.0).temperature_c, 4.615);
        assert_eq!(weather.at(31_534_200.0).temperature_c, 4.345);
    }

    #[test]
    fn between_two_rows_it_is_a_straight_line_also_over_new_year() {
        let weather = Weather::embedded();
        let at_midnight = (4.345 + 4.615) / 2.0;
        for second in [0.0, 31_536_000.0, -31_536_000.0] {
            assert!((weather.at(second).temperature_c - at_midnight).abs() < 1e-9, "{second}");
        }
    }
}
