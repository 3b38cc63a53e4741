//! The mathematics of a comfortable room: a model of it, learning that model, who is in it, and the cheapest way to
//! keep it warm, alone and among others under one cap.
//!
//! Everything here is numbers in, numbers out: no identifiers, no messages, no clock, no files. `docs/control.md` has
//! the equations and their sources.

mod model;
mod observe;

pub use model::{Emitter, Inputs, RoomModel, State, Step};
pub use observe::{Belief, DisturbanceProfile, Doubt, HOURS_OF_WEEK, Observed, Sensed};
