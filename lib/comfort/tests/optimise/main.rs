//! The optimiser against an independent solver, and against what it replaces.
#![allow(clippy::unwrap_used, reason = "tests say what failed by panicking")]

mod building;
mod fill;
mod oracle;
mod room;
mod rooms;
mod sharing;
