//! Random, plausible buildings, so that whoever heats them is judged on many and not on one.
//!
//! Ranges are those of the building stock, not of any measured building: U-values from uninsulated masonry
//! with old double glazing to the passive house (TABULA, "National scientific report France", 2012), classes
//! of mass of EN ISO 13790 table 12, heaters sized by the standard heat load (EN 12831) times a margin.

use crate::air::AIR_J_PER_M3_K;
use crate::construction::Construction;
use crate::machine::Machine;
use crate::noise::{Noise, Purpose};
use crate::plan::{BuildingPlan, EmitterPlan, Orientation, RoomPlan, RoomUse};
use crate::sun::Place;

/// Rooms of a floor: two rows of at most six along a corridor.
const ROOMS_A_ROW: usize = 6;
const ROOMS_A_FLOOR: usize = 2 * ROOMS_A_ROW + 1;
/// The design day of EN 12831 in the Paris region, and the room it is to keep warm.
const DESIGN_OUTDOOR_C: f64 = -7.0;
const DESIGN_ROOM_C: f64 = 20.0;
/// No smaller computing heater is made, and none larger: what needs more gets several.
const SMALLEST_EMITTER_W: f64 = 250.0;
const LARGEST_EMITTER_W: f64 = 1500.0;

/// What kind of building it is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Offices,
    School,
    Dwellings,
    Mixed,
}

/// What all rooms of a building share.
struct Whole {
    kind: Kind,
    construction: Construction,
    /// The way the windows of its two rows look.
    faces: [Orientation; 2],
    partition_w_per_m2k: f64,
    slab_w_per_m2k: f64,
    roof_w_per_m2k: f64,
    /// Least and greatest power of its heaters, as shares of the heat load of their rooms.
    margin: (f64, f64),
}

/// Draws in a row for one room, or for the whole building.
struct Dice {
    noise: Noise,
    who: usize,
    thrown: i64,
}

impl BuildingPlan {
    /// A random building of exactly `rooms` rooms, always the same for a seed: floors of two rows of rooms
    /// along an unheated corridor, one kind of construction (light to heavy, old to new), uses that go
    /// together, in each room but corridors one heater or several that in all have 1.1 to 2.0 times the
    /// standard heat load. At Paris; put it elsewhere by its `place`.
    #[must_use]
    pub fn random(seed: u64, rooms: usize) -> BuildingPlan {
        let noise = Noise::new(seed);
        let whole = Whole::throw(&mut Dice { noise, who: usize::MAX, thrown: 0 });
        let floors = rooms.div_ceil(ROOMS_A_FLOOR);
        let mut plan =
            BuildingPlan { rooms: Vec::new(), emitters: Vec::new(), place: Place::PARIS, start_c: 19.0 };
        for at in 0..rooms {
            let mut dice = Dice { noise, who: at, thrown: 0 };
            let mut room = whole.room(at, rooms, &mut dice);
            if at / ROOMS_A_FLOOR + 1 == floors {
                room.fabric.core_outdoor_w_per_k += whole.roof_w_per_m2k * room.area_m2;
            }
            if room.usage != RoomUse::Corridor {
                plan.emitters.extend(heaters(at, &room, whole.margin, &mut dice));
            }
            plan.rooms.push(room);
        }
        plan
    }
}

impl RoomPlan {
    /// Heat lost to outdoors at rest for each kelvin, W/K: through glass, walls and the air let in by
    /// ventilation and leaks, the latter at 3 m/s of wind and 20 K. What neighbours take is not in it.
    #[must_use]
    pub fn loss_w_per_k(&self) -> f64 {
        let fabric = &self.fabric;
        let chain = 1.0 / fabric.air_mass_w_per_k
            + 1.0 / fabric.mass_core_w_per_k
            + 1.0 / fabric.core_outdoor_w_per_k;
        let air_m3_per_h = self.ventilation_m3_per_h + self.infiltration_per_h * self.volume_m3;
        fabric.air_outdoor_w_per_k + 1.0 / chain + AIR_J_PER_M3_K * air_m3_per_h / 3600.0
    }
}

impl Whole {
    fn throw(dice: &mut Dice) -> Whole {
        let kind = dice.one_of(&[Kind::Offices, Kind::School, Kind::Dwellings, Kind::Mixed]);
        let faces = dice.one_of(&[
            [Orientation::South, Orientation::North],
            [Orientation::East, Orientation::West],
            [Orientation::North, Orientation::South],
        ]);
        // One draw for insulation as a whole: old walls come with old windows, leaks and thermal bridges.
        let age = dice.between(0.0, 1.0);
        let by_age = |new: f64, old: f64| new * (old / new).powf(age);
        let construction = Construction {
            wall_w_per_m2k: by_age(0.15, 1.4) * dice.between(0.8, 1.25),
            window_w_per_m2k: by_age(0.9, 3.2) * dice.between(0.9, 1.1),
            bridges_w_per_m2k: by_age(0.05, 0.35) * dice.between(0.7, 1.3),
            glazing: dice.between(0.12, 0.30),
            structure_j_per_m2k: dice.one_of(&[110_000.0, 165_000.0, 260_000.0]) * dice.between(0.85, 1.15),
            infiltration_per_h: by_age(0.08, 0.7) * dice.between(0.7, 1.3),
            height_m: dice.between(2.4, 3.2),
        };
        let least = dice.between(1.1, 1.5);
        Whole {
            kind,
            construction,
            faces,
            partition_w_per_m2k: dice.between(1.0, 2.5),
            slab_w_per_m2k: dice.between(0.5, 2.0),
            roof_w_per_m2k: by_age(0.12, 1.0),
            margin: (least, dice.between(least, 2.0)),
        }
    }

    /// Room `at` of `rooms`: the first of each floor is its corridor, then one row and the other.
    fn room(&self, at: usize, rooms: usize, dice: &mut Dice) -> RoomPlan {
        let on_floor = at % ROOMS_A_FLOOR;
        let corridor = at - on_floor;
        // A building of a room or two has no corridor.
        let has_corridor = rooms - corridor > 2;
        if on_floor == 0 && has_corridor {
            let mut room =
                self.construction.room(dice.between(15.0, 50.0), Orientation::Inner, RoomUse::Corridor);
            room.neighbours = self.slab_below(at, room.area_m2);
            return room;
        }
        let (usage, area_m2) = self.kind.usage(dice);
        let face = self.faces[usize::from(on_floor > ROOMS_A_ROW)];
        let mut room = self.construction.room(area_m2, face, usage);
        let partition = self.partition_w_per_m2k * area_m2.sqrt() * self.construction.height_m;
        room.neighbours = self.slab_below(at, area_m2);
        if has_corridor {
            room.neighbours.push((corridor, partition));
        }
        if on_floor > 1 && on_floor != ROOMS_A_ROW + 1 {
            room.neighbours.push((at - 1, partition));
        }
        room
    }

    /// The room below, for all but the ground floor.
    fn slab_below(&self, at: usize, area_m2: f64) -> Vec<(usize, f64)> {
        at.checked_sub(ROOMS_A_FLOOR)
            .map(|below| (below, self.slab_w_per_m2k * area_m2))
            .into_iter()
            .collect()
    }
}

impl Kind {
    /// A use that goes with the kind, and a floor area that goes with the use, m².
    fn usage(self, dice: &mut Dice) -> (RoomUse, f64) {
        let kind = match self {
            Kind::Mixed => dice.one_of(&[Kind::Offices, Kind::School, Kind::Dwellings]),
            pure => pure,
        };
        let luck = dice.between(0.0, 1.0);
        match kind {
            Kind::School if luck < 0.8 => desks(dice, 20.0, 32.0, 2.0),
            Kind::Dwellings if luck < 0.95 => {
                let people = dice.between(1.0, 5.0) as u32;
                (RoomUse::Dwelling { people }, dice.between(14.0, 24.0) + 5.0 * f64::from(people))
            }
            _ if luck < 0.7 => desks(dice, 1.0, 6.0, 9.0),
            _ if luck < 0.9 => {
                let seats = dice.between(4.0, 16.0).floor();
                (RoomUse::Meeting { capacity: seats as u32 }, 2.2 * seats + 6.0)
            }
            _ => (RoomUse::Storage, dice.between(8.0, 25.0)),
        }
    }
}

/// A room of desks with seats from `fewest` to below `most`, and its area at `m2_a_seat`, m². The record's
/// building has some 1,000 people at its fullest, so a share of 0.0008 a seat fills eight seats in ten.
fn desks(dice: &mut Dice, fewest: f64, most: f64, m2_a_seat: f64) -> (RoomUse, f64) {
    let seats = dice.between(fewest, most).floor();
    let share_of_count = 0.0008 * seats * dice.between(0.6, 1.2);
    let area_m2 = m2_a_seat * seats * dice.between(0.85, 1.3) + 4.0;
    (RoomUse::Office { share_of_count, capacity: seats as u32 }, area_m2)
}

/// The heaters of a room, of one make, sized by its heat load.
fn heaters(room: usize, plan: &RoomPlan, margin: (f64, f64), dice: &mut Dice) -> Vec<EmitterPlan> {
    let load_w = plan.loss_w_per_k() * (DESIGN_ROOM_C - DESIGN_OUTDOOR_C);
    let sized_w = load_w * dice.between(margin.0, margin.1);
    let count = (sized_w / LARGEST_EMITTER_W).ceil().max(1.0);
    let rated_w = (sized_w / count).max(SMALLEST_EMITTER_W);
    let emitter = EmitterPlan {
        lag_s: dice.between(600.0, 1500.0),
        radiant_share: dice.between(0.15, 0.5),
        case_excess_k: dice.between(25.0, 45.0),
        chip_excess_k: dice.between(15.0, 35.0),
        machine: machine(rated_w, dice),
        ..EmitterPlan::typical(room, rated_w)
    };
    vec![emitter; count as usize]
}

/// Processors of 60 to 150 W that in all have the rated power, idle at an eighth to two fifths of it, with a
/// resistor as strong, half as strong, or none.
fn machine(rated_w: f64, dice: &mut Dice) -> Machine {
    let processors = (rated_w / dice.between(60.0, 150.0)).round().max(1.0);
    let full_w = rated_w / processors;
    Machine {
        processors: processors as u32,
        cores_per_processor: dice.one_of(&[4, 8, 16]),
        full_w,
        idle_w: full_w * dice.between(0.125, 0.4),
        waiting: 1,
        resistor_w: rated_w * dice.one_of(&[0.0, 0.5, 1.0]),
    }
}

impl Dice {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.thrown += 1;
        low + (high - low) * self.noise.uniform(Purpose::Variety, self.who, self.thrown)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.between(0.0, choices.len() as f64) as usize]
    }
}

#[cfg(test)]
mod tests;
