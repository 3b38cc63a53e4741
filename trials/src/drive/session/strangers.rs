//! Buildings as others simulate them: one capacity, floors that answer after hours, heaters that are not what their rating
//! says, sensors that are not there. Nothing of the twin is in them.

use super::*;

/// A room of one capacity and one resistance, heated by 1,000 W through a body with a lag.
#[derive(Debug, Clone, Copy)]
struct Stranger {
    loss_w_per_k: f64,
    capacity_j_per_k: f64,
    lag_s: f64,
    /// Heat given per watt that is told.
    heat_per_watt: f64,
    step_s: f64,
    /// Whether anybody says how cold it is outside.
    knows_outdoor: bool,
}

const PLAIN: Stranger = Stranger {
    loss_w_per_k: 25.0,
    capacity_j_per_k: 3.0e6,
    lag_s: 600.0,
    heat_per_watt: 1.0,
    step_s: 300.0,
    knows_outdoor: true,
};

const DAYS: u32 = 10;
/// The days that are judged, after those in which it learns.
const JUDGED_FROM: u32 = 5;
/// Weather in °C: coldest at three in the morning, and four days of change from mild to cold and back.
fn outdoor_c(hour: f64) -> f64 {
    let wave = |length_h: f64| (std::f64::consts::TAU * (hour - 3.0) / length_h).cos();
    3.0 - 4.0 * wave(24.0) - 4.0 * wave(96.0)
}

/// 20 °C from seven to nineteen every day, 16 °C else.
fn low_c(hour: f64) -> f64 {
    if (7.0..19.0).contains(&hour.rem_euclid(24.0)) { 20.0 } else { 16.0 }
}

/// Mean shortfall in the hours of comfort of the judged days, K; warmest air in them, °C; and mean power, W.
fn live(room: Stranger) -> (f64, f64, f64) {
    let rating = ZoneRating { rated_w: Some(1000.0), ..ZoneRating::default() };
    let header =
        Header { zones: vec![("zone".to_owned(), rating)], step_s: Some(room.step_s), ..Header::default() };
    let mut session = Session::new(&header);
    let (mut air_c, mut body_w) = (17.0_f64, 0.0);
    let (mut short_k, mut hours, mut warmest_c, mut joules) = (0.0, 0.0, f64::NEG_INFINITY, 0.0);
    let steps_a_day = (86_400.0 / room.step_s) as u32;
    for step in 0..DAYS * steps_a_day {
        let t_s = f64::from(step) * room.step_s;
        let (hour, since_h) = (t_s / 3600.0 % 24.0, t_s / 3600.0);
        let ahead = |halves: usize| Some(low_c(hour + halves as f64 / 2.0));
        let zone = ZoneStep {
            air_c: Some((100.0 * air_c).round() / 100.0),
            low_c: Some(low_c(hour)),
            high_c: Some(24.0),
            limit_w: Some(1000.0),
            low_forecast_c: (0..48).map(ahead).collect(),
            ..ZoneStep::default()
        };
        let watts = session.step(&Step {
            t_s: Some(t_s),
            hour: Some(hour),
            weekday: Some((t_s / 86_400.0).floor() % 7.0),
            outdoor_c: room.knows_outdoor.then(|| outdoor_c(since_h)),
            outdoor_forecast_c: (0..if room.knows_outdoor { 24 } else { 0 })
                .map(|ahead| Some(outdoor_c(since_h.floor() + 0.5 + f64::from(ahead))))
                .collect(),
            price_eur_per_kwh: Some(0.2),
            zones: vec![("zone".to_owned(), zone)],
            ..Step::default()
        })[0];
        for second in 0..(room.step_s / 30.0) as u32 {
            let since_h = since_h + f64::from(second) * 30.0 / 3600.0;
            body_w += (room.heat_per_watt * watts - body_w) * (30.0 / room.lag_s).min(1.0);
            air_c +=
                30.0 * (body_w - room.loss_w_per_k * (air_c - outdoor_c(since_h))) / room.capacity_j_per_k;
        }
        if step >= JUDGED_FROM * steps_a_day {
            joules += watts * room.step_s;
            if low_c(hour) > 19.0 {
                short_k += (20.0 - air_c).max(0.0);
                hours += 1.0;
                warmest_c = warmest_c.max(air_c);
            }
        }
    }
    (short_k / hours, warmest_c, joules / f64::from(DAYS - JUDGED_FROM) / 86_400.0)
}

#[test]
fn rooms_that_others_simulate_are_kept_warm_and_not_hot() {
    let cases = [
        ("plain", PLAIN),
        ("light", Stranger { capacity_j_per_k: 6.0e5, ..PLAIN }),
        ("heavy", Stranger { capacity_j_per_k: 1.5e7, ..PLAIN }),
        ("half the heat", Stranger { heat_per_watt: 0.6, ..PLAIN }),
        ("twice the heat", Stranger { heat_per_watt: 2.0, ..PLAIN }),
        ("warm floor", Stranger { lag_s: 3.0 * 3600.0, ..PLAIN }),
        ("every minute", Stranger { step_s: 60.0, ..PLAIN }),
        ("every quarter hour", Stranger { step_s: 900.0, ..PLAIN }),
        ("weather unknown", Stranger { knows_outdoor: false, ..PLAIN }),
        ("weather unknown, heavy", Stranger { knows_outdoor: false, capacity_j_per_k: 1.5e7, ..PLAIN }),
        ("weather unknown, light", Stranger { knows_outdoor: false, capacity_j_per_k: 6.0e5, ..PLAIN }),
    ];
    for (name, room) in cases {
        let (short_k, warmest_c, mean_w) = live(room);
        println!("{name}: {short_k:.3} K short, at most {warmest_c:.2} °C, {mean_w:.0} W");
        assert!(short_k < 0.05, "{name}: {short_k} K short");
        assert!(warmest_c < 22.0, "{name}: {warmest_c} °C");
    }
}
