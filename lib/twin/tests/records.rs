//! What the embedded records hold and what the seasons make of them.

mod house;

use house::MONDAY;
use twin::{Building, Climate, Moment, OfficeCounts, Place, ResidentialPattern, Season, Weather};

const DAY_MS: i64 = 86_400_000;
const QUARTER_MS: i64 = 900_000;

fn day(days_after_monday: i64) -> Moment {
    MONDAY.later_by(days_after_monday * DAY_MS)
}

/// Person-hours in the recorded office on a local day, as a season maps it.
fn person_hours(season: Season, midnight: Moment) -> f64 {
    (0..96)
        .map(|quarter| {
            OfficeCounts::embedded().at(season.office_second(midnight.later_by(quarter * QUARTER_MS))) / 4.0
        })
        .sum()
}

/// Person-hours on a day of the record itself.
fn recorded_person_hours(day: i32) -> f64 {
    (0..96).map(|quarter| OfficeCounts::embedded().at(f64::from(day * 96 + quarter) * 900.0) / 4.0).sum()
}

#[test]
fn the_office_record_begins_on_a_tuesday_and_knows_the_danish_holidays_of_2018() {
    let mean_of_weekday =
        |first: i32| (0..52).map(|week| recorded_person_hours(week * 7 + first)).sum::<f64>() / 52.0;
    for (first, is_weekend) in
        [(0, false), (1, false), (2, false), (3, false), (4, true), (5, true), (6, false)]
    {
        assert_eq!(mean_of_weekday(first) < 1000.0, is_weekend, "days {first}, {}, …", first + 7);
    }
    for holiday in [90, 115, 128, 139, 154] {
        assert!(recorded_person_hours(holiday) < 1200.0, "day {holiday}");
        assert!(recorded_person_hours(holiday + 7) > 1900.0, "day {} is no holiday", holiday + 7);
    }
}

#[test]
fn every_working_day_of_the_winter_office_is_a_teaching_day() {
    for days in 0..84 {
        let hours = person_hours(Season::Winter, day(days));
        let weekend = day(days).local().weekday() >= 5;
        assert!(if weekend { hours < 1500.0 } else { hours > 1900.0 }, "day {days}: {hours} person-hours");
    }
}

#[test]
fn a_winter_office_fills_at_eight_changes_classes_at_noon_and_empties_by_four() {
    let mean_at = |hour: f64| {
        let of = |days| {
            OfficeCounts::embedded()
                .at(Season::Winter.office_second(day(days).later_by((hour * 3.6e6) as i64)))
        };
        (0..84).filter(|&days| day(days).local().weekday() < 4).map(of).sum::<f64>() / 48.0
    };
    let fullest = mean_at(12.25);
    assert!(mean_at(7.0) < 0.1 * fullest && mean_at(8.25) > 0.5 * fullest);
    assert!(fullest > 1.03 * mean_at(11.75) && fullest > mean_at(13.0));
    assert!(mean_at(16.5) < 0.4 * fullest && mean_at(22.0) < 0.05 * fullest);
}

#[test]
fn weekends_have_fewer_office_people_than_weekdays_under_both_seasons() {
    for season in [Season::Winter, Season::Today] {
        let (mut weekdays, mut weekends) = (0.0, 0.0);
        for days in 0..728 {
            let hours = person_hours(season, day(days));
            if day(days).local().weekday() < 5 { weekdays += hours / 5.0 } else { weekends += hours / 2.0 }
        }
        assert!(weekends < 0.2 * weekdays, "{season:?}: {weekends} {weekdays}");
    }
}

#[test]
fn the_dwelling_record_begins_on_a_monday_with_weekends_and_wednesday_afternoons_at_home() {
    let pattern = ResidentialPattern::embedded();
    let at_home = |day: usize, hour: usize| pattern.hour(day * 24 + hour).occupancy_rate > 0.0;
    for week in 0..12 {
        let home_at_noon: Vec<usize> = (0..7).filter(|day| at_home(week * 7 + day, 12)).collect();
        let home_at_three: Vec<usize> = (0..7).filter(|day| at_home(week * 7 + day, 15)).collect();
        assert_eq!((home_at_noon, home_at_three), (vec![5, 6], vec![2, 5, 6]), "week {week}");
    }
    assert!((217..231).chain(357..364).all(|day| !at_home(day, 3)));
}

#[test]
fn any_week_of_winter_has_an_outdoor_mean_below_12_degrees() {
    let climate = Climate::recorded(Season::Winter, Place::PARIS);
    for first_day in (-400..400).chain(20_000..20_100) {
        let hours =
            (0..168).map(|hour| climate.at(day(first_day).later_by(hour * DAY_MS / 24)).0.temperature_c);
        let mean = hours.sum::<f64>() / 168.0;
        assert!((-10.0..12.0).contains(&mean), "week from day {first_day}: {mean} °C");
    }
}

#[test]
fn today_is_warm_in_july_and_cold_in_january() {
    let climate = Climate::recorded(Season::Today, Place::PARIS);
    let mean_from = |first_day: i64| {
        (0..720)
            .map(|hour| climate.at(day(first_day).later_by(hour * DAY_MS / 24)).0.temperature_c)
            .sum::<f64>()
            / 720.0
    };
    assert!(mean_from(180) > 15.0 && mean_from(0) < 8.0);
}

#[test]
fn winter_goes_on_over_midnight_within_its_twelve_weeks_and_weather_is_within_bounds_always() {
    let climate = Climate::recorded(Season::Winter, Place::PARIS);
    for hour in 0..24 * 84 {
        let (outdoor, daylight) = climate.at(day(0).later_by(hour * DAY_MS / 24));
        assert!(
            (-20.0..25.0).contains(&outdoor.temperature_c) && (0.0..=100.0).contains(&outdoor.humidity_pct)
        );
        assert!((0.0..1000.0).contains(&daylight.south_wm2) && daylight.north_wm2 >= 0.0);
    }
}

#[test]
fn a_south_window_gets_more_winter_light_than_a_north_window() {
    let climate = Climate::recorded(Season::Winter, Place::PARIS);
    let light: Vec<_> = (0..24 * 84).map(|hour| climate.at(day(0).later_by(hour * DAY_MS / 24)).1).collect();
    let sum = |of: fn(&twin::Daylight) -> f64| light.iter().map(of).sum::<f64>();
    assert!(sum(|light| light.south_wm2) > 1.8 * sum(|light| light.north_wm2));
    let (east, west) = (sum(|light| light.east_wm2), sum(|light| light.west_wm2));
    assert!((0.6..1.7).contains(&(east / west)), "{east} {west}");
}

#[test]
fn the_building_has_the_weather_of_its_climate_from_the_start() {
    let building = Building::new(house::mixed(4), 1, Season::Winter, MONDAY).unwrap();
    assert_eq!(building.outdoor(), Climate::recorded(Season::Winter, Place::PARIS).at(MONDAY).0);
    assert_eq!(building.outdoor(), Weather::embedded().at(Season::Winter.weather_second(MONDAY, 3600)));
}
