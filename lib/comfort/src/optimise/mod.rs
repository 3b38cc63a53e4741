//! The cheapest way to keep rooms warm: a plan for each room, and one for all rooms that share a cap.
//!
//! `docs/control/planning.md` has the equations, the reasons for the tuning values and the figures.

mod program;
mod riccati;
mod room;
mod terminal;

pub use program::{MAX_STEPS, Pull, RoomProblem};
pub use room::{RoomPlanner, RoomSolution};
pub use terminal::Terminal;
