//! Buildings that no one tuned anything for: rooms of all sizes, façades, weights and uses, drawn from a seed.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use twin::{BuildingPlan, EmitterPlan, Orientation, Place, RoomPlan, RoomUse};

/// Conductance of a partition wall with its door, W/K.
const PARTITION_W_PER_K: f64 = 12.0;
/// The design day of the Paris region, °C (NF EN 12831).
const DESIGN_OUTDOOR_C: f64 = -7.0;

/// A building of so many rooms with a heater in each.
pub(super) fn building(seed: u64, rooms: usize) -> BuildingPlan {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut plans: Vec<RoomPlan> = (0..rooms).map(|_| room(&mut chance)).collect();
    for (before, plan) in plans.iter_mut().skip(1).enumerate() {
        plan.neighbours.push((before, PARTITION_W_PER_K));
    }
    let emitters = plans.iter().enumerate().map(|(at, plan)| emitter(&mut chance, at, plan)).collect();
    BuildingPlan { rooms: plans, emitters, place: Place::PARIS, start_c: 18.0 }
}

fn room(chance: &mut ChaCha8Rng) -> RoomPlan {
    let area_m2 = chance.random_range(10.0..40.0_f64);
    let seats = (area_m2 / 8.0) as u32;
    let usage = match chance.random_range(0..10) {
        0..5 => RoomUse::Office { share_of_count: f64::from(seats) / 1000.0, capacity: seats },
        5..7 => RoomUse::Meeting { capacity: (area_m2 / 2.5) as u32 },
        _ => RoomUse::Dwelling { people: chance.random_range(1..4) },
    };
    let sides = [Orientation::North, Orientation::East, Orientation::South, Orientation::West];
    let mut plan = RoomPlan::typical(area_m2, sides[chance.random_range(0..4)], usage);
    let fabric = &mut plan.fabric;
    // From light partitions to bare concrete, from new façades to those of the 1970s.
    for capacity in [&mut fabric.air_j_per_k, &mut fabric.mass_j_per_k, &mut fabric.core_j_per_k] {
        *capacity *= chance.random_range(0.6..1.7);
    }
    for loss in [&mut fabric.core_outdoor_w_per_k, &mut fabric.air_outdoor_w_per_k] {
        *loss *= chance.random_range(0.5..2.0);
    }
    plan.infiltration_per_h = chance.random_range(0.1..0.6);
    plan
}

/// A heater for the design day with 20 to 100 % as much again, in steps of 50 W.
fn emitter(chance: &mut ChaCha8Rng, room: usize, plan: &RoomPlan) -> EmitterPlan {
    const AIR_WH_PER_M3_K: f64 = 0.34;
    let air_m3_per_h = plan.infiltration_per_h * plan.volume_m3 + plan.ventilation_m3_per_h;
    let fabric = &plan.fabric;
    let loss_w_per_k =
        fabric.air_outdoor_w_per_k + fabric.core_outdoor_w_per_k + AIR_WH_PER_M3_K * air_m3_per_h;
    let needed_w = loss_w_per_k * (20.0 - DESIGN_OUTDOOR_C) * chance.random_range(1.2..2.0);
    let mut emitter = EmitterPlan::typical(room, (needed_w / 50.0).ceil() * 50.0);
    emitter.lag_s = chance.random_range(600.0..1_500.0);
    emitter.radiant_share = chance.random_range(0.15..0.5);
    emitter
}
