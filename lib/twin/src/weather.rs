//! A year of weather, hourly, between its rows by straight lines: the embedded one of the Paris region (RT2012
//! zone H1a), or any other by file.

use std::sync::{Arc, LazyLock};

use crate::embedded;
use crate::season::WEATHER_CLOCK_S;
use crate::table::{Table, TableError, impossible};

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

/// A year of weather, one row an hour, on a clock of its own.
#[derive(Debug, PartialEq)]
pub struct Weather {
    rows: Vec<Outdoor>,
    clock_ahead_s: i32,
    first_row_s: f64,
}

const ROWS: usize = 8760;
const STEP_S: f64 = 3600.0;
const MID_HOUR_S: f64 = 1800.0;
const STEFAN_BOLTZMANN: f64 = 5.670_374e-8;
const ZERO_C_K: f64 = 273.15;

/// What the eight numbers of a row can be; records mark what is missing by 99, 999 or 9999.
const POSSIBLE: [std::ops::RangeInclusive<f64>; 8] = [
    -70.0..=60.0,
    -80.0..=40.0,
    0.0..=110.0,
    0.0..=1400.0,
    0.0..=1000.0,
    -100.0..=40.0,
    0.0..=60.0,
    50_000.0..=110_000.0,
];

static EMBEDDED: LazyLock<Arc<Weather>> = LazyLock::new(|| {
    let weather = Weather::from_csv(embedded::WEATHER, WEATHER_CLOCK_S, MID_HOUR_S);
    Arc::new(weather.expect("the embedded year is the one it was checked to be"))
});

impl Weather {
    /// The embedded year, each row valid at the middle of its hour on a clock an hour ahead of UTC
    /// (`season.rs`); parsed once a process.
    #[must_use]
    pub fn embedded() -> &'static Arc<Weather> {
        &EMBEDDED
    }

    /// A year of 8,760 hourly rows from comma-separated text with a header, packed by gzip or not:
    /// `t_dry_c`, `t_dew_c`, `dni_wm2`, `dhi_wm2`, `wind_ms`, `p_pa`; `rh_pct` or `rh_frac`; the sky by
    /// `t_sky_c` or by its radiation `ir_horiz_wm2`. The record's clock is `clock_ahead_s` seconds ahead of
    /// UTC, and its first row holds `first_row_s` seconds after 1 January 0:00 on it: 1,800 where rows are
    /// means of their hour, which radiation is in nearly all records.
    ///
    /// # Errors
    /// [`TableError`]: a column is missing or a number cannot be.
    pub fn from_csv(bytes: &[u8], clock_ahead_s: i32, first_row_s: f64) -> Result<Weather, TableError> {
        let table = Table::read(bytes)?;
        let (humidity, percent) = if table.has("rh_pct") { ("rh_pct", 1.0) } else { ("rh_frac", 100.0) };
        let by_radiation = !table.has("t_sky_c");
        let sky = if by_radiation { "ir_horiz_wm2" } else { "t_sky_c" };
        let columns = ["t_dry_c", "t_dew_c", humidity, "dni_wm2", "dhi_wm2", sky, "wind_ms", "p_pa"];
        let mut rows = Vec::with_capacity(ROWS);
        for (at, mut row) in table.rows(columns, ROWS)?.into_iter().enumerate() {
            row[2] *= percent;
            if by_radiation {
                row[5] = (row[5].max(0.0) / STEFAN_BOLTZMANN).powf(0.25) - ZERO_C_K;
            }
            let outside = row.iter().zip(POSSIBLE).position(|(value, possible)| !possible.contains(value));
            if let Some(column) = outside {
                return Err(impossible(at, columns[column], &row[column].to_string()));
            }
            rows.push(Outdoor::from_row(row));
        }
        Ok(Weather { rows, clock_ahead_s, first_row_s })
    }

    /// How far the clock of the record is ahead of UTC, s.
    #[must_use]
    pub fn clock_ahead_s(&self) -> i32 {
        self.clock_ahead_s
    }

    /// The weather `year_second` seconds after the record's 1 January 0:00. The year is a ring: any finite
    /// number will do.
    #[must_use]
    pub fn at(&self, year_second: f64) -> Outdoor {
        let position = (year_second - self.first_row_s) / STEP_S;
        let before = position.floor();
        let row = |index: f64| &self.rows[index.rem_euclid(ROWS as f64) as usize % ROWS];
        row(before).towards(row(before + 1.0), position - before)
    }
}

impl Outdoor {
    fn from_row(
        [temperature_c, dew_point_c, humidity_pct, direct, diffuse, sky_temperature_c, wind_ms, pressure_pa]: [f64; 8],
    ) -> Outdoor {
        Outdoor {
            temperature_c,
            dew_point_c,
            humidity_pct,
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
            assert_eq!(weather.at(MID_HOUR_S + STEP_S * hour as f64), *row, "hour {hour}");
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

    /// A year of one weather, with this in place of its second row.
    fn year(second: &str) -> String {
        let usual = "5,1,80,0,20,300,3,101325";
        let header = "t_dry_c,t_dew_c,rh_pct,dni_wm2,dhi_wm2,ir_horiz_wm2,wind_ms,p_pa";
        let rows = (0..ROWS).map(|row| if row == 1 { second } else { usual });
        std::iter::once(header).chain(rows).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_year_by_file_has_the_sky_of_its_radiation_and_missing_numbers_are_refused() {
        let read = |second: &str| Weather::from_csv(year(second).as_bytes(), 3600, MID_HOUR_S);
        let sound = read("6,1,80,0,20,300,3,101325").unwrap();
        assert_eq!((sound.at(5400.0).temperature_c, sound.at(5400.0).humidity_pct), (6.0, 80.0));
        // σT⁴ = 300 W/m².
        assert!((sound.at(1800.0).sky_temperature_c + 3.45).abs() < 0.05);
        let missing = read("6,1,80,9999,20,300,3,101325").unwrap_err();
        assert_eq!(missing.to_string(), "row 2: dni_wm2 is \"9999\", which cannot be");
        assert!(read("6,1,999,0,20,300,3,101325").is_err() && read("99.9,1,80,0,20,300,3,101325").is_err());
    }
}
