use super::*;
use crate::moment::Moment;
use crate::tapping::Tapping;
use proptest::prelude::*;

fn tank(start_c: f64) -> Tank {
    Tank::new(TankPlan::typical(300.0), start_c).unwrap()
}

#[test]
fn left_alone_it_cools_as_its_standing_loss_says() {
    let mut tank = tank(60.0);
    tank.step(86_400.0, 0.0, 0.0);
    // Capacity of 300 l over the loss: a time constant of nine days and a quarter.
    let tau_s = 300.0 * WATER_J_PER_L_K / tank.plan.loss_w_per_k;
    let expected_c = 20.0 + 40.0 * (-86_400.0 / tau_s).exp();
    assert!((tank.outlet_c() - expected_c).abs() < 1e-6, "{} {expected_c}", tank.outlet_c());
    assert!((tank.tally().lost_kwh * 1000.0 / 24.0 - 59.0).abs() < 4.0, "W: {}", tank.tally().lost_kwh);
}

#[test]
fn a_draw_takes_from_the_top_and_leaves_it_hot_while_the_bottom_is_cold() {
    let mut tank = tank(60.0);
    tank.step(300.0, 0.0, 5.0);
    let layers = tank.layers_c();
    assert!(layers[0] > 59.0 && layers[9] < 20.0, "{layers:?}");
    assert!(layers.windows(2).all(|pair| pair[0] >= pair[1]), "{layers:?}");
    assert!((tank.tally().tapped_kwh - 5.0).abs() < 1e-9);
}

#[test]
fn what_is_wanted_of_a_cold_tank_is_unmet() {
    let mut tank = tank(60.0);
    for _ in 0..10 {
        tank.step(300.0, 0.0, 3.0);
    }
    let tally = tank.tally();
    assert!((tally.tapped_kwh + tally.unmet_kwh - 30.0).abs() < 1e-9, "{tally:?}");
    assert!(tally.unmet_kwh > 12.0 && tank.outlet_c() < 40.0, "{tally:?}");
}

#[test]
fn an_hour_at_sixty_disinfects_once_and_a_shorter_time_does_not() {
    let mut tank = tank(59.0);
    while tank.layers_c()[9] < 60.0 {
        tank.step(60.0, 1500.0, 0.0);
    }
    tank.step(3000.0, 1500.0, 0.0);
    assert_eq!(tank.tally().disinfections, 0);
    tank.step(3600.0, 1500.0, 0.0);
    assert_eq!((tank.tally().disinfections, tank.since_disinfection_s()), (1, 0.0));
    tank.step(60.0, 0.0, 4.0);
    tank.step(3600.0, 0.0, 0.0);
    assert_eq!((tank.tally().disinfections, tank.since_disinfection_s()), (1, 3660.0));
}

#[test]
fn at_the_safety_limit_it_takes_up_only_what_it_loses() {
    let mut tank = tank(84.0);
    for _ in 0..200 {
        tank.step(300.0, 3000.0, 0.0);
    }
    assert!((84.9..85.0 + 1e-9).contains(&tank.outlet_c()));
    let taken_w = tank.step(300.0, 3000.0, 0.0);
    assert!((taken_w - tank.plan.loss_w_per_k * 65.0).abs() < 2.0, "{taken_w}");
}

#[test]
fn a_compute_boiler_of_a_kilowatt_serves_three_households_for_a_week() {
    let monday = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };
    let tapping = Tapping::new(9, 3);
    let mut tank = tank(55.0);
    for step in 0..7 * 288 {
        let from = monday.later_by(step * 300_000);
        let heat_w = if tank.layers_c()[9] < 62.0 { 1200.0 } else { 0.0 };
        tank.step(300.0, heat_w, tapping.wanted_kwh(from, from.later_by(300_000)));
    }
    let tally = tank.tally();
    assert!(tally.unmet_kwh < 0.01 * tally.tapped_kwh, "{tally:?}");
    assert!(tally.disinfections >= 1, "{tally:?}");
}

#[test]
fn plans_that_cannot_be_are_refused() {
    for plan in [
        TankPlan { layers: 1, ..TankPlan::typical(300.0) },
        TankPlan { volume_l: 0.0, ..TankPlan::typical(300.0) },
        TankPlan { loss_w_per_k: f64::NAN, ..TankPlan::typical(300.0) },
        TankPlan { room_c: f64::INFINITY, ..TankPlan::typical(300.0) },
    ] {
        assert!(Tank::new(plan, 50.0).is_err(), "{plan:?}");
    }
}

proptest! {
    #[test]
    fn heat_put_in_is_heat_stored_drawn_and_lost(
        start_c in 5.0f64..80.0,
        steps in prop::collection::vec((1.0f64..4000.0, 0.0f64..6000.0, 0.0f64..8.0), 1..60),
    ) {
        let mut tank = tank(start_c);
        let before_kwh = tank.stored_kwh();
        for (dt_s, heat_w, wanted_kwh) in steps {
            let taken_w = tank.step(dt_s, heat_w, wanted_kwh);
            prop_assert!((0.0..=heat_w * (1.0 + 1e-9)).contains(&taken_w));
            let layers = tank.layers_c();
            prop_assert!(layers.windows(2).all(|pair| pair[0] >= pair[1] - 1e-9), "{layers:?}");
            prop_assert!(layers.iter().all(|celsius| (5.0..=85.0 + 1e-9).contains(celsius)), "{layers:?}");
        }
        let tally = tank.tally();
        let balance = tally.heated_kwh - tally.tapped_kwh - tally.lost_kwh - (tank.stored_kwh() - before_kwh);
        prop_assert!(balance.abs() < 1e-8 * (1.0 + tally.heated_kwh + tally.tapped_kwh), "{balance} kWh of {tally:?}");
    }
}
