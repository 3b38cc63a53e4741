//! Where B5's models of the rooms come from: the same house some days earlier, under a regulator, and told the truth.

use comfort::{Facts, Heard, Mind, RoomModel, Sensed};

use super::baseline::{Preheat, Regulator};
use super::contender::{Contender, House};
use super::scenario::{STEP_S, STEPS_A_DAY};
use super::tally::Tally;
use super::world::World;

/// As many days as the controller's minds keep to learn from.
const DAYS: usize = 12;
/// A preheat that moves every room each day, so that there is something to learn.
const PREHEAT: Preheat = Preheat { lead_h: 3.0, offset_k: 0.3 };
/// Midnight of the first Monday after 1 January 1970 came so long after it, s.
const A_MONDAY_S: i64 = 4 * 86_400;

/// A model of each zone.
pub(super) fn models(house: &House) -> Vec<RoomModel> {
    let mut world = House { warm_days: DAYS + house.warm_days, ..*house }.world();
    let mut minds: Vec<Mind> = world
        .header()
        .zones
        .iter()
        .zip(&world.zones)
        .map(|((_, rating), zone)| {
            Mind::new(Facts { rated_w: zone.rated_w, floor_m2: rating.floor_m2, volume_m3: rating.volume_m3 })
        })
        .collect();
    let mut regulator = Regulator::new(PREHEAT, None);
    for _ in 0..DAYS * STEPS_A_DAY {
        let watts = regulator.step(&world.line());
        world.advance(&world.by_emitter(&watts), &mut Tally::default());
        hear(&mut minds, &world, &watts);
    }
    let learned = |mind: &mut Mind| {
        mind.study(&[]);
        mind.room().model
    };
    minds.iter_mut().map(learned).collect()
}

fn hear(minds: &mut [Mind], world: &World, watts: &[f64]) {
    let now = world.now();
    let local_s = (now.utc_ms / 1000 + i64::from(now.local_offset_s) - A_MONDAY_S) as f64;
    for (at, (mind, power_w)) in minds.iter_mut().zip(watts).enumerate() {
        let sensed = Sensed {
            air_c: Some(world.air_in(&world.building, at)),
            heater_c: Some(world.case_in(&world.building, at)),
            co2_ppm: None,
        };
        let heard = Heard {
            power_w: Some(*power_w),
            outdoor_c: Some(world.building.outdoor().temperature_c),
            sun_w_per_m2: Some(world.building.daylight().global_horizontal_wm2),
            sensed,
            ..Heard::default()
        };
        mind.live(local_s, STEP_S, &heard);
    }
}
