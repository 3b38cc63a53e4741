//! What a building is made of, as plain values: rooms, what they are used for, and the heat emitters in them.

use crate::construction::Construction;
use crate::machine::Machine;
use crate::sun::Place;

/// A building to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildingPlan {
    /// The rooms; everything else names them by their place in this list.
    pub rooms: Vec<RoomPlan>,
    /// The heat emitters, each in one room; a room may have none or several.
    pub emitters: Vec<EmitterPlan>,
    /// Where the building stands, for the sun.
    pub place: Place,
    /// The temperature near which the rooms begin, °C: each within half a kelvin of it, its walls settled to
    /// it.
    pub start_c: f64,
}

/// One room.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomPlan {
    /// Floor area, m².
    pub area_m2: f64,
    /// Volume of air, m³.
    pub volume_m3: f64,
    /// Which way its window looks.
    pub orientation: Orientation,
    /// Area of the windows with their frames, m².
    pub window_area_m2: f64,
    /// Whether people open the windows.
    pub windows_open: bool,
    /// Capacities and conductances of air, surfaces and walls.
    pub fabric: Fabric,
    /// Air changes per hour through leaks, at 3 m/s of wind and 20 K between inside and outside.
    pub infiltration_per_h: f64,
    /// Outdoor air by mechanical ventilation, m³/h, always on, without heat recovery.
    pub ventilation_m3_per_h: f64,
    /// Conductance of partition walls and doors to other rooms, (room, W/K). Each pair of rooms is named
    /// once, by either.
    pub neighbours: Vec<(usize, f64)>,
    /// Who is in it and when.
    pub usage: RoomUse,
}

/// Which way a window looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// Away from the sun.
    North,
    /// To the morning sun.
    East,
    /// To the noon sun.
    South,
    /// To the evening sun.
    West,
    /// No façade.
    Inner,
}

/// Three capacities in a chain: air – surfaces – core of the walls – outdoors, and the air's own way out
/// through glass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fabric {
    /// Air and furniture, J/K.
    pub air_j_per_k: f64,
    /// Inner surfaces, the first centimetres, J/K.
    pub mass_j_per_k: f64,
    /// Walls and slabs behind them, J/K.
    pub core_j_per_k: f64,
    /// Air to surfaces, W/K.
    pub air_mass_w_per_k: f64,
    /// Surfaces to core, W/K.
    pub mass_core_w_per_k: f64,
    /// Core to outdoors, W/K.
    pub core_outdoor_w_per_k: f64,
    /// Air to outdoors through glass and thermal bridges, W/K. Moving air comes on top.
    pub air_outdoor_w_per_k: f64,
}

/// What a room is used for, which decides who is in it and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RoomUse {
    /// Desks or a class room: a share of the people counted in OU44 (up to 1,204), never more than the
    /// capacity.
    Office {
        /// People here per person in the recorded building: 0.01 is up to 12 people.
        share_of_count: f64,
        /// Seats.
        capacity: u32,
    },
    /// Meetings of an hour now and then while the building is busy.
    Meeting {
        /// Seats.
        capacity: u32,
    },
    /// A home: each dweller follows the RT2012 pattern, some minutes early or late.
    Dwelling {
        /// Who lives there.
        people: u32,
    },
    /// People pass.
    Corridor,
    /// Somebody fetches something, rarely.
    Storage,
    /// Always the same number of people, awake: a ward, a guard's room, an experiment, or nobody at all.
    Constant {
        /// How many.
        people: u32,
    },
}

/// A heat emitter: electric power becomes heat in its body and reaches the room later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmitterPlan {
    /// The room it stands in.
    pub room: usize,
    /// Rated power, W. More than this cannot be drawn.
    pub rated_w: f64,
    /// Time constant of its body, s: 600 to 1,500 for heaters with computers in them.
    pub lag_s: f64,
    /// Share of its heat that goes to surfaces as radiation, 0..=1.
    pub radiant_share: f64,
    /// How much warmer than the room its case is at rated power, K.
    pub case_excess_k: f64,
    /// How much warmer than the case the chips are at rated power, K.
    pub chip_excess_k: f64,
    /// The computing inside, which decides what is drawn where watts are asked ([`Machine::draw`]); the
    /// building itself draws what it is told to.
    pub machine: Machine,
}

impl RoomPlan {
    /// A room of a French building of the 1990s, of usual height, with one façade unless it is an inner room;
    /// no neighbours yet. Capacities after EN ISO 52016-1 and EN ISO 13790, U-values 0.5 (wall) and 1.8
    /// (window) W/m²K.
    #[must_use]
    pub fn typical(area_m2: f64, orientation: Orientation, usage: RoomUse) -> RoomPlan {
        Construction::OF_THE_1990S.room(area_m2, orientation, usage)
    }
}

impl RoomUse {
    /// Mean outdoor air for a room of this use: 25 m³/h a person (French rule for offices) for half the seats
    /// at desks and three in ten around a meeting table, at least 0.5 m³/h per m² everywhere.
    pub(crate) fn design_ventilation_m3_per_h(self, area_m2: f64) -> f64 {
        let seats = match self {
            RoomUse::Office { capacity, .. } => 0.5 * f64::from(capacity),
            RoomUse::Meeting { capacity } => 0.3 * f64::from(capacity),
            RoomUse::Dwelling { people } | RoomUse::Constant { people } => f64::from(people),
            RoomUse::Corridor | RoomUse::Storage => 0.0,
        };
        (25.0 * seats).max(0.5 * area_m2)
    }
}

impl EmitterPlan {
    /// A computing heater: a quarter of an hour of lag, a third of its heat radiant, case 35 K and chips 60 K
    /// above the room, and a typical [`Machine`].
    #[must_use]
    pub fn typical(room: usize, rated_w: f64) -> EmitterPlan {
        EmitterPlan {
            room,
            rated_w,
            lag_s: 900.0,
            radiant_share: 0.35,
            case_excess_k: 35.0,
            chip_excess_k: 25.0,
            machine: Machine::typical(rated_w),
        }
    }

    /// Conductance from case to room, W/K.
    pub(crate) fn conductance_w_per_k(&self) -> f64 {
        self.rated_w / self.case_excess_k
    }

    /// Capacity of the body, J/K: its time constant is capacity over conductance.
    pub(crate) fn capacity_j_per_k(&self) -> f64 {
        self.lag_s * self.conductance_w_per_k()
    }
}
