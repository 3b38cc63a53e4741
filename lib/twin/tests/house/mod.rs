//! Buildings and moments the tests share.
#![allow(dead_code, reason = "each test binary uses some of these")]

use twin::{
    Building, BuildingPlan, Climate, EmitterPlan, Moment, Orientation, Outdoor, Place, RoomPlan, RoomUse,
    Season,
};

/// Monday 6 January 2025, 0:00 in Paris.
pub(crate) const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

pub(crate) const HOUR_S: f64 = 3600.0;

pub(crate) fn after(seconds: f64) -> Moment {
    MONDAY.later_by((seconds * 1000.0).round() as i64)
}

/// Dry, still, dark air of one temperature.
pub(crate) fn steady(temperature_c: f64) -> Climate {
    let outdoor = Outdoor {
        temperature_c,
        dew_point_c: temperature_c - 3.0,
        humidity_pct: 80.0,
        direct_normal_wm2: 0.0,
        diffuse_horizontal_wm2: 0.0,
        sky_temperature_c: temperature_c - 10.0,
        wind_ms: 3.0,
        pressure_pa: 101_325.0,
    };
    Climate::steady(Season::Winter, outdoor)
}

/// A room with no air from outside and always `people` people in it, who leave the window alone.
pub(crate) fn sealed(people: u32) -> RoomPlan {
    RoomPlan {
        windows_open: false,
        infiltration_per_h: 0.0,
        ventilation_m3_per_h: 0.0,
        ..RoomPlan::typical(15.0, Orientation::South, RoomUse::Constant { people })
    }
}

pub(crate) fn of(rooms: Vec<RoomPlan>, emitters: Vec<EmitterPlan>) -> BuildingPlan {
    BuildingPlan { rooms, emitters, place: Place::PARIS, start_c: 19.0 }
}

/// Offices, meeting rooms, dwellings, a store and a corridor, `count` rooms in a row, each but the corridor
/// with an emitter.
pub(crate) fn mixed(count: usize) -> BuildingPlan {
    let uses = [
        RoomUse::Office { share_of_count: 0.003, capacity: 4 },
        RoomUse::Office { share_of_count: 0.001, capacity: 2 },
        RoomUse::Meeting { capacity: 8 },
        RoomUse::Dwelling { people: 2 },
        RoomUse::Storage,
    ];
    let faces = [Orientation::South, Orientation::North, Orientation::East, Orientation::West];
    let mut rooms: Vec<RoomPlan> = (1..count)
        .map(|at| RoomPlan {
            neighbours: vec![(0, 15.0)],
            ..RoomPlan::typical(12.0 + at as f64 % 4.0 * 5.0, faces[at % 4], uses[at % 5])
        })
        .collect();
    rooms.insert(0, RoomPlan::typical(40.0, Orientation::Inner, RoomUse::Corridor));
    let emitters = (1..count).map(|room| EmitterPlan::typical(room, 750.0)).collect();
    of(rooms, emitters)
}

/// Steps of `dt_s` from MONDAY on, all emitters at the power of `power_w(seconds since MONDAY)`.
pub(crate) fn live(building: &mut Building, seconds: f64, dt_s: f64, power_w: impl Fn(f64) -> f64) {
    let from_s = (building.now().utc_ms - MONDAY.utc_ms) as f64 / 1000.0;
    for step in 0..(seconds / dt_s).round() as u32 {
        let begin_s = from_s + f64::from(step) * dt_s;
        let power = vec![power_w(begin_s); building.emitters()];
        building.step(after(begin_s + dt_s), dt_s, &power);
    }
}
