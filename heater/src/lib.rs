//! The device side: a heater measures, obeys and reports, and is safe alone.
//!
//! The parts that decide are plain state machines with time passed in: [`Outbox`] keeps records until they are known
//! to be stored (on disk through an [`OutboxFile`]), [`Governor`] judges budgets and knows when a lease ends, [`State`] with
//! [`step`] keeps the heater safe alone, [`Agent`] ties them to a [`Board`].
//! [`run`] is the loop that gives them a clock and a connection.
//!
//! This software is not the safety function: over-temperature and over-current cut-outs stay in the heater's
//! hardware.

mod agent;
mod board;
mod governor;
mod linux;
mod log_disk;
mod outbox;
mod outbox_file;
mod runner;
mod safety;
mod state;
mod world;

pub use agent::{Agent, AgentSettings, Allowance, Instant, Outgoing};
pub use board::{Board, Order, Switch};
pub use governor::{Governor, Lease, Refusal};
pub use linux::LinuxBoard;
pub use outbox::{Birth, LogVersionError, LogWrite, Outbox, OutboxLimits, Recovered};
pub use outbox_file::{OutboxFile, OutboxFileError};
pub use runner::{HeaterError, Member, Pace, run};
pub use safety::{DataSheet, Event, HeatLimits, Latch, Limits, Ramp, SheetError, State, TripCause, step};
pub use state::{HeaterState, StateFile};
pub use world::{TwinBoard, World};
