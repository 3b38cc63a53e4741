//! The weather of other places, from recorded files that are not part of the project.

mod house;
mod recordings;

use std::sync::Arc;

use house::MONDAY;
use recordings::recording;
use twin::{Building, BuildingPlan, Climate, Forecast, Place, Season, Weather};

/// A file of `weather/`, its clock, the moment of its first row and where it was recorded.
struct Station {
    file: &'static str,
    clock_ahead_s: i32,
    first_row_s: f64,
    place: Place,
}

const fn station(
    file: &'static str,
    clock_ahead_s: i32,
    first_row_s: f64,
    latitude_deg: f64,
    longitude_deg: f64,
) -> Station {
    Station { file, clock_ahead_s, first_row_s, place: Place { latitude_deg, longitude_deg } }
}

/// The reference stations of RT2012 zones H1c, H2c and H3 are Mâcon, Agen and Nice; their clock is that of
/// H1a. The rows of Brussels hold what was measured an hour and a half before their stamp, by its light.
const STATIONS: [Station; 6] = [
    station("rt2012_h1c.csv.gz", 3600, 1800.0, 46.3, 4.8),
    station("rt2012_h2c.csv.gz", 3600, 1800.0, 44.2, 0.6),
    station("rt2012_h3.csv.gz", 3600, 1800.0, 43.65, 7.2),
    station("brussels_boptest.csv.gz", 3600, -5400.0, 50.9, 4.5),
    station("denver_tmy3.csv.gz", -25_200, 1800.0, 39.8, -104.9),
    station("lyon_bron_tmyx_2004_2018.csv.gz", 3600, 1800.0, 45.7, 4.9),
];

fn weather(station: &Station) -> Option<Arc<Weather>> {
    let bytes = recording(&format!("weather/{}", station.file))?;
    let weather = Weather::from_csv(&bytes, station.clock_ahead_s, station.first_row_s);
    Some(Arc::new(weather.expect(station.file)))
}

#[test]
fn the_beam_of_every_station_is_there_while_its_sun_is_up_and_nowhere_else() {
    for station in &STATIONS {
        let Some(weather) = weather(station) else { continue };
        let climate = Climate::of(weather, Season::Today, station.place);
        let (mut fallen, mut all, mut south, mut north) = (0.0, 0.0, 0.0, 0.0);
        for hour in 0..8760 {
            let (outdoor, daylight) = climate.at(MONDAY.later_by(hour * 3_600_000 + 1_800_000));
            // What the sun's height makes of the beam is all that the horizontal has beyond the diffuse.
            let beam_down = daylight.global_horizontal_wm2 - outdoor.diffuse_horizontal_wm2;
            all += outdoor.direct_normal_wm2;
            fallen += if beam_down > 0.0 { outdoor.direct_normal_wm2 } else { 0.0 };
            south += daylight.south_wm2;
            north += daylight.north_wm2;
        }
        println!("{}: {:.4} of the beam while the sun is up", station.file, fallen / all);
        // In the first minutes after sunrise the sun is too low to be counted.
        assert!(fallen / all > 0.985, "{}: {}", station.file, fallen / all);
        assert!(south > 1.4 * north, "{}: {south} {north}", station.file);
    }
}

#[test]
fn means_of_the_year_and_of_january_are_those_of_the_places() {
    // °C over the year and in January, from published climate normals, within the years' variety of 1.5 and 3 K.
    let normals = [(11.8, 3.0), (13.5, 5.5), (16.0, 9.3), (10.5, 3.3), (10.3, -0.5), (12.8, 3.5)];
    for (station, (year_c, january_c)) in STATIONS.iter().zip(normals) {
        let Some(weather) = weather(station) else { continue };
        let mean = |hours: i32| {
            (0..hours).map(|hour| weather.at(f64::from(hour) * 3600.0).temperature_c).sum::<f64>()
                / f64::from(hours)
        };
        let (year, january) = (mean(8760), mean(744));
        println!("{}: {year:.1} °C, January {january:.1} °C", station.file);
        assert!((year - year_c).abs() < 1.5 && (january - january_c).abs() < 3.0, "{}", station.file);
    }
}

#[test]
fn a_building_lives_a_week_in_every_weather_and_its_forecast_is_near() {
    for station in &STATIONS {
        let Some(weather) = weather(station) else { continue };
        let climate = Climate::of(weather, Season::Today, station.place);
        let forecast = Forecast::new(climate.clone(), 1, 1.0);
        let plan = BuildingPlan { place: station.place, ..BuildingPlan::random(2, 20) };
        let rooms: Vec<(usize, f64)> = plan.emitters.iter().map(|of| (of.room, of.rated_w)).collect();
        let mut building = Building::in_climate(plan, 2, climate, MONDAY).unwrap();
        for step in 1..=7 * 288 {
            let power_w: Vec<f64> = rooms
                .iter()
                .map(|&(room, rated_w)| rated_w * (20.5 - building.room(room).air_c).clamp(0.0, 1.0))
                .collect();
            let now = MONDAY.later_by(step * 300_000);
            building.step(now, 300.0, &power_w);
            assert_eq!(forecast.at(now, now).0, building.outdoor());
        }
        for &(room, _) in &rooms {
            assert!((14.0..30.0).contains(&building.room(room).air_c), "{}", station.file);
        }
    }
}
