//! Decides who may draw how much: the building as last heard in, leases on power out.
//!
//! ```text
//! records, heartbeats ──> Image ──> Snapshot ──┐
//! book, overrides ───────────────> Site ───────┼──> plan ──> Plan ──> Grants ──> signed budgets
//! Memory ──────────────────────────────────────┘      └──> Memory      room and site states
//! ```
//! [`plan`] is pure: the same function runs live, in the demonstration's week and in the benchmarks. [`SiteController`]
//! is the state machine around it, with time passed in; [`run`] gives it a clock and a connection.

mod band;
mod caps;
mod desk;
mod excite;
mod forecast;
mod grants;
mod headroom;
mod image;
mod instructions;
mod key;
mod limits;
mod memory;
mod mode;
mod occupancy;
mod outlook;
mod pace;
mod plan;
mod rules;
mod runner;
mod site;
mod steps;
mod study;
mod supply;
mod think;
mod together;
mod why;

pub use comfort::HALF_HOURS;
pub use desk::{Asked, Moment, Publication, SiteController};
pub use grants::{Grants, Wish};
pub use image::{HeaterView, Image, RoomView, Snapshot};
pub use key::{KeyError, controller_key};
pub use memory::Memory;
pub use outlook::{HalfHour, Outlook};
pub use plan::{HeaterPlan, Plan, RoomPlan, plan};
pub use runner::{ControllerError, LEASE_TTL_S, run};
pub use site::{GivenBand, Site, SiteCircuit, SiteHeater, SiteRoom};
pub use steps::{Steps, share_out};
