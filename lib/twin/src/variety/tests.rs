use super::*;
use crate::building::Building;
use crate::moment::Moment;
use crate::season::Season;

/// Monday 6 January 2025, 0:00 in Paris.
const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

#[test]
fn the_same_seed_is_the_same_building_and_another_seed_another() {
    assert_eq!(BuildingPlan::random(3, 40), BuildingPlan::random(3, 40));
    assert_ne!(BuildingPlan::random(3, 40), BuildingPlan::random(4, 40));
}

#[test]
fn every_building_of_any_size_can_be_simulated() {
    for rooms in [0, 1, 2, 3, 13, 14, 15, 16, 100] {
        for seed in 0..30 {
            let plan = BuildingPlan::random(seed, rooms);
            assert_eq!(plan.rooms.len(), rooms);
            assert_eq!(plan.check(), Ok(()), "seed {seed}, {rooms} rooms");
            let heated = plan.rooms.iter().filter(|room| room.usage != RoomUse::Corridor).count();
            assert!(plan.emitters.len() >= heated, "seed {seed}, {rooms} rooms");
        }
    }
}

/// Rated power of all heaters of a room, W.
fn rated_w(plan: &BuildingPlan, room: usize) -> f64 {
    plan.emitters.iter().filter(|emitter| emitter.room == room).map(|emitter| emitter.rated_w).sum()
}

#[test]
fn heaters_have_the_standard_heat_load_and_a_margin_or_are_the_smallest_made() {
    for seed in 0..100 {
        let plan = BuildingPlan::random(seed, 27);
        for (at, room) in plan.rooms.iter().enumerate().filter(|(_, room)| room.usage != RoomUse::Corridor) {
            let margin = rated_w(&plan, at) / (27.0 * room.loss_w_per_k());
            let smallest = rated_w(&plan, at) == SMALLEST_EMITTER_W;
            assert!(smallest || (1.099..2.001).contains(&margin), "seed {seed}, room {at}: {margin}");
        }
    }
}

#[test]
fn old_and_new_light_and_heavy_buildings_all_come() {
    let of = |value: fn(&RoomPlan) -> f64| {
        let mut values: Vec<f64> = (0..200)
            .map(|seed| {
                let plan = BuildingPlan::random(seed, 14);
                value(&plan.rooms[1]) / plan.rooms[1].area_m2
            })
            .collect();
        values.sort_by(f64::total_cmp);
        (values[10], values[190])
    };
    let loss = of(RoomPlan::loss_w_per_k);
    let capacity = of(|room| room.fabric.mass_j_per_k + room.fabric.core_j_per_k);
    assert!(loss.0 < 1.2 && loss.1 > 2.5 && loss.1 < 8.0, "{loss:?} W/K per m²");
    assert!(capacity.0 < 120e3 && capacity.1 > 240e3, "{capacity:?} J/K per m²");
}

#[test]
fn a_thermostat_keeps_every_heated_room_of_every_building_warm_in_winter() {
    for seed in 0..12 {
        let plan = BuildingPlan::random(seed, 27);
        let rooms: Vec<(usize, f64)> = plan.emitters.iter().map(|of| (of.room, of.rated_w)).collect();
        let mut building = Building::new(plan, seed, Season::Winter, MONDAY).unwrap();
        for step in 1..=4 * 288 {
            let power_w: Vec<f64> = rooms
                .iter()
                .map(|&(room, rated_w)| rated_w * (20.5 - building.room(room).air_c).clamp(0.0, 1.0))
                .collect();
            building.step(MONDAY.later_by(step * 300_000), 300.0, &power_w);
        }
        for &(room, _) in &rooms {
            let state = building.room(room);
            assert!(
                (18.0..27.0).contains(&state.air_c) || state.window_open,
                "seed {seed}, room {room}: {state:?}"
            );
        }
    }
}
