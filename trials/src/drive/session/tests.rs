use proptest::prelude::*;

use super::*;

fn header(zones: usize, cap_w: Option<f64>) -> Header {
    let rating = ZoneRating { rated_w: Some(500.0), floor_m2: Some(15.0), volume_m3: Some(40.0) };
    let zones = (0..zones).map(|n| (format!("zone {n}"), rating)).collect();
    Header { zones, step_s: Some(300.0), cap_w, peak_eur_per_kw: None }
}

/// A sound step of so many cold zones, `number` steps after a Monday's midnight.
fn step(number: u32, zones: usize, air_c: f64) -> Step {
    let zone = ZoneStep {
        air_c: Some(air_c),
        low_c: Some(20.0),
        high_c: Some(24.0),
        limit_w: Some(500.0),
        low_forecast_c: vec![Some(20.0); 48],
        high_forecast_c: vec![Some(24.0); 48],
        ..ZoneStep::default()
    };
    let hours = f64::from(number) / 12.0;
    Step {
        t_s: Some(300.0 * f64::from(number)),
        hour: Some(hours % 24.0),
        weekday: Some((hours / 24.0).floor() % 7.0),
        outdoor_c: Some(2.0),
        irradiance_w_per_m2: Some(0.0),
        outdoor_forecast_c: vec![Some(2.0); 24],
        irradiance_forecast_w_per_m2: vec![Some(0.0); 24],
        price_eur_per_kwh: Some(0.2),
        zones: (0..zones).map(|n| (format!("zone {n}"), zone.clone())).collect(),
        ..Step::default()
    }
}

#[test]
fn a_cold_zone_is_heated_and_a_hot_one_is_not() {
    let mut session = Session::new(&header(2, None));
    for number in 0..36 {
        let mut both = step(number, 2, 17.0);
        both.zones[1].1.air_c = Some(26.0 + 0.01 * f64::from(number % 3));
        let watts = session.step(&both);
        assert!(watts[0] > 100.0 && watts[1] == 0.0, "{watts:?}");
    }
}

#[test]
fn a_cap_of_zero_is_kept_and_counted() {
    let mut session = Session::new(&header(3, Some(0.0)));
    assert_eq!(session.step(&step(0, 3, 15.0)), [0.0; 3]);
    assert_eq!(session.survived().zero_caps, 1);
}

#[test]
fn zones_come_and_go() {
    let mut session = Session::new(&header(1, None));
    assert_eq!(session.step(&step(0, 3, 15.0)).len(), 3);
    assert_eq!(session.survived().new_zones, 2);
    assert!(session.step(&step(1, 0, 15.0)).is_empty());
    assert_eq!(session.survived().vanished_zones, 3);
    assert_eq!(session.step(&step(2, 2, 15.0)).len(), 2);
}

#[test]
fn an_unrated_zone_is_rated_by_its_limits() {
    let mut session = Session::new(&Header::default());
    let mut with_limit = |number, limit_w| {
        let mut alone = step(number, 1, 10.0);
        alone.zones[0].1.limit_w = limit_w;
        session.step(&alone)[0]
    };
    assert_eq!(with_limit(0, None), 0.0);
    assert_eq!(with_limit(1, Some(-5.0)), 0.0);
    assert!((1.0..=300.0).contains(&with_limit(2, Some(300.0))));
    assert!((1.0..=300.0).contains(&with_limit(3, Some(f64::INFINITY))));
}

#[test]
fn the_same_steps_give_the_same_watts() {
    let run = || {
        let mut session = Session::new(&header(5, Some(1_200.0)));
        let each = (0..100).map(|number| session.step(&step(number, 5, 18.0 + f64::from(number % 7) / 9.0)));
        each.collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

/// Numbers as a broken simulator sends them.
fn junk() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        Just(None),
        Just(Some(f64::INFINITY)),
        Just(Some(f64::NAN)),
        Just(Some(-1e300)),
        Just(Some(1e18)),
        Just(Some(0.0)),
        (-50.0..3_000.0_f64).prop_map(Some),
        (15.0..25.0_f64).prop_map(Some),
    ]
}

fn junk_zone() -> impl Strategy<Value = ZoneStep> {
    let series = || prop::collection::vec(junk(), 0..60);
    (prop::collection::vec(junk(), 10), series(), series()).prop_map(|(values, low, high)| ZoneStep {
        air_c: values[0],
        humidity_pct: values[1],
        co2_ppm: values[2],
        illuminance_lux: values[3],
        motion: values[4],
        heater_c: values[5],
        low_c: values[6],
        high_c: values[7],
        low_vacant_c: values[8],
        limit_w: values[9],
        low_forecast_c: low,
        high_forecast_c: high,
    })
}

fn junk_step() -> impl Strategy<Value = Step> {
    let series = || prop::collection::vec(junk(), 0..30);
    let zones = prop::collection::btree_map(0..6_u8, junk_zone(), 0..6);
    let cap = prop_oneof![Just(None), Just(Some(0.0)), (0.0..3_000.0_f64).prop_map(Some)];
    (prop::collection::vec(junk(), 8), series(), series(), cap, zones).prop_map(
        |(values, outdoor, sun, cap_w, zones)| Step {
            t_s: values[0],
            hour: values[1],
            weekday: values[2],
            outdoor_c: values[3],
            irradiance_w_per_m2: values[4],
            outdoor_forecast_c: outdoor,
            irradiance_forecast_w_per_m2: sun,
            price_eur_per_kwh: values[5],
            carbon_g_per_kwh: values[6],
            cap_w,
            work_w: values[7],
            zones: zones.into_iter().map(|(n, zone)| (format!("zone {n}"), zone)).collect(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_said_every_zone_has_one_sound_answer(
        cap in prop_oneof![Just(None), (0.0..3_000.0_f64).prop_map(Some)],
        steps in prop::collection::vec(junk_step(), 1..12),
    ) {
        let mut session = Session::new(&header(4, cap));
        for step in &steps {
            let watts = session.step(step);
            prop_assert_eq!(watts.len(), step.zones.len());
            for (watts, (_, zone)) in watts.iter().zip(&step.zones) {
                let most = zone.limit_w.filter(|limit| limit.is_finite()).map_or(f64::MAX, |limit| limit.max(0.0));
                prop_assert!(watts.is_finite() && *watts >= 0.0 && *watts <= most, "{} of {:?}", watts, zone.limit_w);
            }
            let most = step.cap_w.or(cap).unwrap_or(f64::MAX);
            prop_assert!(watts.iter().sum::<f64>() <= most);
        }
    }
}
