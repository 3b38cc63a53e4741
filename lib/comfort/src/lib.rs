//! The mathematics of a comfortable room: a model of it, learning that model, who is in it, and the cheapest way to
//! keep it warm, alone and among others under one cap.
//!
//! Everything here is numbers in, numbers out: no identifiers, no messages, no clock, no files. `docs/control.md` has
//! the equations and their sources.

mod certainty;
mod history;
mod learn;
mod mind;
mod model;
mod observe;
mod occupancy;
mod optimise;
mod prior;
mod room;
mod theta;

pub use certainty::Certainty;
pub use history::{History, Observation, QUARTER_S, QUARTERS_PER_DAY, Quarter};
pub use learn::{Errors, HorizonError, Lesson, errors, fit, learn, residuals_k};
pub use mind::{Day, Draft, Facts, Heard, Mind};
pub use model::{Emitter, Inputs, RoomModel, State, Step};
pub use observe::{Belief, DisturbanceProfile, Doubt, HOURS_OF_WEEK, Observed, Sensed};
pub use occupancy::{Expected, Occupancy, Senses, When};
pub use optimise::{
    BuildingPlanner, BuildingProblem, BuildingSolution, Cap, Circuits, CircuitsError, Filled, JOINT_ROOMS,
    MAX_STEPS, Method, Peak, Prices, Pull, RoomPlanner, RoomProblem, RoomSolution, Terminal, Wish, fill,
};
pub use prior::Prior;
pub use room::{DailyGain, ObserverGains, Room};

/// Half hours in the day that is looked ahead: the horizon of plans and of forecasts.
pub const HALF_HOURS: usize = 48;
/// Length of one of them, s.
pub const HALF_HOUR_S: f64 = 1800.0;
