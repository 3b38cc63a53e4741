//! The cheapest way to keep rooms warm: a plan for each room, and one for all rooms that share a cap.
//!
//! `docs/control/planning.md` has the equations, the reasons for the tuning values and the figures.

mod agree;
mod building;
mod circuits;
mod fill;
mod interior;
mod joint;
mod program;
mod riccati;
mod room;
mod terminal;

pub use building::{BuildingPlanner, BuildingProblem, BuildingSolution, JOINT_ROOMS, Method, Peak, Prices};
pub use circuits::{Cap, Circuits, CircuitsError};
pub use fill::{Filled, Wish, fill};
pub use program::{MAX_STEPS, Pull, RoomProblem};
pub use room::{RoomPlanner, RoomSolution};
pub use terminal::Terminal;
