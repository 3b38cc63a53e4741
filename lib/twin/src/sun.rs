//! Where the sun stands and what it sends on the ground and on the four façades.

use std::f64::consts::TAU;

use crate::plan::Orientation;
use crate::weather::Outdoor;

/// Where a building stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Degrees north of the equator.
    pub latitude_deg: f64,
    /// Degrees east of Greenwich.
    pub longitude_deg: f64,
}

impl Place {
    /// Paris: the embedded weather is that of its region.
    pub const PARIS: Place = Place { latitude_deg: 48.8, longitude_deg: 2.35 };
}

/// Light of sun, sky and ground, W/m², on the ground and on vertical surfaces.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Daylight {
    /// Beam and diffuse light on level ground.
    pub global_horizontal_wm2: f64,
    /// On a wall that looks north.
    pub north_wm2: f64,
    /// On a wall that looks east.
    pub east_wm2: f64,
    /// On a wall that looks south.
    pub south_wm2: f64,
    /// On a wall that looks west.
    pub west_wm2: f64,
}

/// Direction to the sun as a unit vector; `up` is the sine of its height, negative at night.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sun {
    pub(crate) up: f64,
    south: f64,
    west: f64,
}

/// The usual share of light that bare ground throws back.
const GROUND_ALBEDO: f64 = 0.2;
/// Below this the sun is grazing: an hourly mean of beam says nothing about façades then, and the sun is soon
/// gone.
const LOWEST_SUN: f64 = 0.02;

impl Sun {
    /// The sun `year_second` seconds after 1 January 0:00 on a clock `clock_ahead_h` hours ahead of UTC.
    ///
    /// Declination by Cooper (1969), equation of time by Spencer (1971), position by the cosine rules: Duffie
    /// and Beckman, "Solar Engineering of Thermal Processes", equations 1.5.3, 1.6.1, 1.6.2 and 1.6.5. Good
    /// to half a degree.
    pub(crate) fn at(year_second: f64, clock_ahead_h: f64, place: Place) -> Sun {
        let day = year_second / 86_400.0;
        let clock_h = day.rem_euclid(1.0) * 24.0;
        let solar_h = clock_h - clock_ahead_h + place.longitude_deg / 15.0 + equation_of_time_h(day.floor());
        let declination = 23.45f64.to_radians() * (TAU * (285.0 + day.floor()) / 365.0).sin();
        let hour_angle = (15.0 * (solar_h - 12.0)).to_radians();
        let latitude = place.latitude_deg.to_radians();
        Sun {
            up: latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos(),
            south: latitude.sin() * declination.cos() * hour_angle.cos() - latitude.cos() * declination.sin(),
            west: declination.cos() * hour_angle.sin(),
        }
    }
}

impl Daylight {
    /// What falls on the ground and on the façades: the beam by its angle, half the sky (taken as equally
    /// bright, Liu and Jordan 1963) and half the ground.
    pub(crate) fn of(outdoor: &Outdoor, sun: Sun) -> Daylight {
        let beam = if sun.up > LOWEST_SUN { outdoor.direct_normal_wm2 } else { 0.0 };
        let global = beam * sun.up.max(0.0) + outdoor.diffuse_horizontal_wm2;
        let from_all_sides = 0.5 * outdoor.diffuse_horizontal_wm2 + 0.5 * GROUND_ALBEDO * global;
        let wall = |cosine: f64| beam * cosine.max(0.0) + from_all_sides;
        Daylight {
            global_horizontal_wm2: global,
            north_wm2: wall(-sun.south),
            east_wm2: wall(-sun.west),
            south_wm2: wall(sun.south),
            west_wm2: wall(sun.west),
        }
    }

    /// Light on a window that looks that way, W/m²; an inner room has none.
    #[must_use]
    pub fn on(&self, orientation: Orientation) -> f64 {
        match orientation {
            Orientation::North => self.north_wm2,
            Orientation::East => self.east_wm2,
            Orientation::South => self.south_wm2,
            Orientation::West => self.west_wm2,
            Orientation::Inner => 0.0,
        }
    }
}

/// How far a sundial is ahead of mean solar time, in hours; `day` 0 is 1 January.
fn equation_of_time_h(day: f64) -> f64 {
    let b = TAU * day / 365.0;
    let minutes = 229.2
        * (0.000_075 + 0.001_868 * b.cos()
            - 0.032_077 * b.sin()
            - 0.014_615 * (2.0 * b).cos()
            - 0.040_89 * (2.0 * b).sin());
    minutes / 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREENWICH_MERIDIAN: Place = Place { latitude_deg: 48.8, longitude_deg: 0.0 };

    fn height_deg(day: f64, solar_hour: f64) -> f64 {
        let clock_h = solar_hour - equation_of_time_h(day);
        Sun::at(day * 86_400.0 + clock_h * 3600.0, 0.0, GREENWICH_MERIDIAN).up.asin().to_degrees()
    }

    #[test]
    fn noon_heights_are_those_of_the_solstices_and_equinox() {
        for (day, height) in [(171.0, 90.0 - 48.8 + 23.45), (354.0, 90.0 - 48.8 - 23.45), (80.0, 90.0 - 48.8)]
        {
            assert!((height_deg(day, 12.0) - height).abs() < 0.5, "day {day}: {}", height_deg(day, 12.0));
        }
        assert!(height_deg(80.0, 6.0).abs() < 0.5 && height_deg(80.0, 18.0).abs() < 0.5);
    }

    #[test]
    fn the_direction_to_the_sun_has_length_one() {
        for hour in 0..8760 {
            let sun = Sun::at(f64::from(hour) * 3600.0, 1.0, Place::PARIS);
            assert!((sun.up.powi(2) + sun.south.powi(2) + sun.west.powi(2) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_sun_shines_on_the_east_in_the_morning_and_on_the_west_in_the_evening() {
        let clear = Outdoor {
            temperature_c: 10.0,
            dew_point_c: 5.0,
            humidity_pct: 70.0,
            direct_normal_wm2: 800.0,
            diffuse_horizontal_wm2: 100.0,
            sky_temperature_c: 0.0,
            wind_ms: 2.0,
            pressure_pa: 101_325.0,
        };
        let at = |hour: f64| {
            Daylight::of(&clear, Sun::at(80.0 * 86_400.0 + hour * 3600.0, 0.0, GREENWICH_MERIDIAN))
        };
        assert!(at(9.0).east_wm2 > 400.0 && at(9.0).west_wm2 < 120.0);
        assert!(at(15.0).west_wm2 > 400.0 && at(15.0).east_wm2 < 120.0);
        assert!(at(12.0).south_wm2 > 500.0 && at(12.0).north_wm2 < 130.0);
        assert!(at(12.0).global_horizontal_wm2 > at(9.0).global_horizontal_wm2);
    }
}
