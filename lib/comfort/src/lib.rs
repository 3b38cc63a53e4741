//! The mathematics of a comfortable room: a model of it, learning that model, who is in it, and the cheapest way to
//! keep it warm, alone and among others under one cap.
//!
//! Everything here is numbers in, numbers out: no identifiers, no messages, no clock, no files. `docs/control.md` has
//! the equations and their sources.

mod model;
mod optimise;

pub use model::{Emitter, Inputs, RoomModel, State, Step};
pub use optimise::{
    BuildingPlanner, BuildingProblem, BuildingSolution, Cap, Circuits, CircuitsError, Filled, JOINT_ROOMS,
    MAX_STEPS, Method, Peak, Prices, Pull, RoomPlanner, RoomProblem, RoomSolution, Terminal, Wish, fill,
};
