//! The twin against answers known from elsewhere: closed formulae, balances, and what any cellar dweller
//! knows.

mod house;

use house::{HOUR_S, MONDAY, live, of, sealed, steady};
use twin::{Building, EmitterPlan, Fabric, Orientation, RoomPlan, RoomUse};

fn in_steady(rooms: Vec<RoomPlan>, emitters: Vec<EmitterPlan>, outdoor_c: f64) -> Building {
    Building::in_climate(of(rooms, emitters), 1, steady(outdoor_c), MONDAY).expect("the plan is sound")
}

/// Air to outdoors at rest: glass, beside the chain through surfaces and core.
fn steady_ua(fabric: &Fabric) -> f64 {
    let chain =
        1.0 / fabric.air_mass_w_per_k + 1.0 / fabric.mass_core_w_per_k + 1.0 / fabric.core_outdoor_w_per_k;
    fabric.air_outdoor_w_per_k + 1.0 / chain
}

#[test]
fn a_sealed_room_settles_where_its_losses_are_its_power() {
    let room = sealed(0);
    let emitter = EmitterPlan { radiant_share: 0.0, ..EmitterPlan::typical(0, 500.0) };
    let expected_c = 4.0 + 200.0 / steady_ua(&room.fabric);
    let mut building = in_steady(vec![room], vec![emitter], 4.0);
    live(&mut building, 120.0 * 24.0 * HOUR_S, HOUR_S, |_| 200.0);
    assert!((building.room(0).air_c - expected_c).abs() < 0.01, "{} {expected_c}", building.room(0).air_c);
    assert!((building.emitter(0).case_c - building.room(0).air_c - 35.0 * 200.0 / 500.0).abs() < 0.01);
    assert!((building.emitter(0).heat_w - 200.0).abs() < 0.1);
}

#[test]
fn radiant_heat_leaves_the_surfaces_warmer_and_more_of_it_is_lost_through_the_wall() {
    let air_c = |radiant_share| {
        let emitter = EmitterPlan { radiant_share, ..EmitterPlan::typical(0, 500.0) };
        let mut building = in_steady(vec![sealed(0)], vec![emitter], 4.0);
        live(&mut building, 60.0 * 24.0 * HOUR_S, HOUR_S, |_| 300.0);
        (building.room(0).air_c, building.room(0).mass_c)
    };
    let (convective, radiant) = (air_c(0.0), air_c(1.0));
    assert!(radiant.0 < convective.0 && radiant.1 - radiant.0 > convective.1 - convective.0);
}

/// The smallest decay rate of the three nodes, 1/s: the least λ with det(K − λC) = 0, where K is the matrix
/// of conductances.
fn slowest_rate(fabric: &Fabric) -> f64 {
    let (am, mc, co) = (fabric.air_mass_w_per_k, fabric.mass_core_w_per_k, fabric.core_outdoor_w_per_k);
    let determinant = |rate: f64| {
        let air = fabric.air_outdoor_w_per_k + am - rate * fabric.air_j_per_k;
        let mass = am + mc - rate * fabric.mass_j_per_k;
        let core = mc + co - rate * fabric.core_j_per_k;
        air * (mass * core - mc * mc) - am * am * core
    };
    let mut low = 0.0;
    let mut high = 1e-9;
    while determinant(high) > 0.0 {
        high *= 1.01;
    }
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if determinant(middle) > 0.0 { low = middle } else { high = middle }
    }
    low
}

#[test]
fn a_room_left_alone_cools_with_the_time_constant_of_its_matrix() {
    let room = sealed(0);
    let rate = slowest_rate(&room.fabric);
    let mut building = in_steady(vec![room], vec![], 0.0);
    live(&mut building, 4.0 * 24.0 * HOUR_S, 60.0, |_| 0.0);
    let before = building.room(0).air_c;
    live(&mut building, 24.0 * HOUR_S, 60.0, |_| 0.0);
    let measured = (before / building.room(0).air_c).ln() / (24.0 * HOUR_S);
    assert!(
        (measured / rate - 1.0).abs() < 0.002,
        "1/{:.0} h against 1/{:.0} h",
        1.0 / measured / 3600.0,
        1.0 / rate / 3600.0
    );
}

#[test]
fn an_emitter_gives_63_percent_of_its_power_after_its_lag() {
    for lag_s in [600.0, 1500.0] {
        let emitter = EmitterPlan { lag_s, ..EmitterPlan::typical(0, 500.0) };
        // A hall so large that its temperature stands still.
        let hall = RoomPlan {
            windows_open: false,
            ..RoomPlan::typical(5000.0, Orientation::Inner, RoomUse::Storage)
        };
        let mut building = in_steady(vec![hall], vec![emitter], 19.0);
        live(&mut building, lag_s, 10.0, |_| 500.0);
        let share = building.emitter(0).heat_w / 500.0;
        assert!((share - 0.632).abs() < 0.02, "{share} after {lag_s} s");
    }
}

#[test]
fn chips_run_hotter_than_the_case_while_they_compute_and_not_long_after() {
    let mut building = in_steady(vec![sealed(0)], vec![EmitterPlan::typical(0, 500.0)], 4.0);
    live(&mut building, 4.0 * HOUR_S, 60.0, |_| 500.0);
    let busy = building.emitter(0);
    assert!((busy.chip_c - busy.case_c - 25.0).abs() < 0.5, "{busy:?}");
    live(&mut building, 300.0, 60.0, |_| 0.0);
    assert!(building.emitter(0).chip_c - building.emitter(0).case_c < 1.0);
}

#[test]
fn carbon_dioxide_settles_at_the_closed_formula() {
    let room = RoomPlan { ventilation_m3_per_h: 50.0, ..sealed(2) };
    let mut building = in_steady(vec![room], vec![], 4.0);
    live(&mut building, 12.0 * HOUR_S, 300.0, |_| 0.0);
    // C = C_out + G/Q, with 18 L/h of each person into 50 m³/h.
    let expected = 425.0 + 2.0 * 0.018 / 50.0 * 1e6;
    assert!((building.room(0).co2_ppm - expected).abs() < 1.0, "{}", building.room(0).co2_ppm);
}

#[test]
fn carbon_dioxide_in_a_sealed_room_rises_by_what_is_breathed_out() {
    let mut building = in_steady(vec![sealed(1)], vec![], 4.0);
    let before = building.room(0).co2_ppm;
    live(&mut building, HOUR_S, 60.0, |_| 0.0);
    let expected = 0.018 / (15.0 * 2.7) * 1e6;
    assert!((building.room(0).co2_ppm - before - expected).abs() < 0.01);
}

#[test]
fn people_make_the_air_damper_and_ventilation_in_the_cold_makes_it_drier() {
    let humidity = |people, ventilation_m3_per_h| {
        let mut building = in_steady(vec![RoomPlan { ventilation_m3_per_h, ..sealed(people) }], vec![], 0.0);
        live(&mut building, 6.0 * HOUR_S, 60.0, |_| 0.0);
        let room = building.room(0);
        // Compared at one temperature: the share of saturation at 20 °C, by the ratio of Magnus pressures.
        let pressure = |celsius: f64| (17.625 * celsius / (celsius + 243.04)).exp();
        room.humidity_pct * pressure(room.air_c) / pressure(20.0)
    };
    assert!(humidity(2, 20.0) > humidity(0, 20.0) + 5.0);
    assert!(humidity(2, 60.0) < humidity(2, 20.0) - 5.0);
}

#[test]
fn a_warm_neighbour_warms_its_neighbour() {
    let air_c = |neighbours: Vec<(usize, f64)>| {
        let rooms = vec![RoomPlan { neighbours, ..sealed(0) }, sealed(0)];
        let mut building = in_steady(rooms, vec![EmitterPlan::typical(0, 700.0)], 2.0);
        live(&mut building, 48.0 * HOUR_S, 60.0, |_| 700.0);
        (building.room(0).air_c, building.room(1).air_c)
    };
    let (alone, beside) = (air_c(vec![]), air_c(vec![(1, 25.0)]));
    assert!(beside.1 > alone.1 + 2.0, "{alone:?} {beside:?}");
    assert!(beside.0 < alone.0 - 2.0, "the heat came from somewhere: {alone:?} {beside:?}");
}

#[test]
fn rooms_with_an_open_door_between_them_stay_calm_and_steps_of_five_minutes_are_near_those_of_one_second() {
    // A wall, an open door, a double door.
    for conductance in [20.0, 100.0, 300.0] {
        let end = |dt_s| {
            let rooms = vec![RoomPlan { neighbours: vec![(1, conductance)], ..sealed(0) }, sealed(0)];
            let mut building = in_steady(rooms, vec![EmitterPlan::typical(0, 700.0)], 2.0);
            let on = |seconds: f64| if seconds % 7200.0 < 3600.0 { 700.0 } else { 0.0 };
            live(&mut building, 20.5 * HOUR_S, dt_s, on);
            (building.room(0).air_c, building.room(1).air_c)
        };
        let (fine, coarse) = (end(1.0), end(300.0));
        let error_k = (fine.0 - coarse.0).abs().max((fine.1 - coarse.1).abs());
        println!("{conductance} W/K: {error_k:.3} K");
        assert!(error_k < 0.05, "{conductance} W/K: {error_k} K");
    }
}

#[test]
fn neighbours_at_rest_pass_on_what_one_of_them_cannot_lose() {
    // Room 1 loses nothing itself but through room 0, so all the heat of room 1 leaves by room 0.
    let mut tight = sealed(0);
    tight.window_area_m2 = 0.0;
    tight.fabric = Fabric { core_outdoor_w_per_k: 0.0, air_outdoor_w_per_k: 0.0, ..tight.fabric };
    let rooms = vec![sealed(0), RoomPlan { neighbours: vec![(0, 10.0)], ..tight }];
    let emitter = EmitterPlan { radiant_share: 0.0, ..EmitterPlan::typical(1, 200.0) };
    let expected_c = 4.0 + 100.0 / steady_ua(&rooms[0].fabric);
    let mut building = in_steady(rooms, vec![emitter], 4.0);
    live(&mut building, 200.0 * 24.0 * HOUR_S, HOUR_S, |_| 100.0);
    assert!((building.room(0).air_c - expected_c).abs() < 0.02, "{} {expected_c}", building.room(0).air_c);
    assert!((building.room(1).air_c - expected_c - 10.0).abs() < 0.02);
}

#[test]
fn more_wind_and_cold_outside_means_a_colder_room() {
    let leaky = RoomPlan { infiltration_per_h: 0.6, ..sealed(0) };
    let air_c = |room: &RoomPlan, outdoor_c| {
        let mut building = in_steady(vec![room.clone()], vec![EmitterPlan::typical(0, 500.0)], outdoor_c);
        live(&mut building, 48.0 * HOUR_S, 60.0, |_| 300.0);
        building.room(0).air_c
    };
    assert!(air_c(&leaky, 0.0) < air_c(&sealed(0), 0.0) - 0.5);
    assert!(air_c(&leaky, -5.0) < air_c(&leaky, 0.0) - 1.0);
}
