//! Several parts of the house in one process: the demonstration building with its week in virtual time, and recorded
//! sensor files played as heaters. Everything simulated here says so where people see it. Beside them the measurements of
//! history and of the real program under load.

pub mod bench;
pub mod delivery;
pub mod demonstration;
pub mod drive;
pub mod leases;
pub mod replay;
pub mod simulation;
