//! Replay: recorded sensor files played as heaters over MQTT, into a site of their own whose clock is the recording's.
//!
//! ```text
//! FILE + MAP ──> Rows ──> Grouper (records of one heater) ──> outbox per heater ──> one gateway link ──> broker
//! ```
//! Times stay as recorded. The bus sets the pace when it is slower than asked for: nothing is dropped, because every
//! record waits in its outbox until it is known to be stored. Playing a file again stores nothing twice: boot and
//! sequence numbers follow from the file.

mod book;
mod group;
mod map;
mod player;
mod rows;

pub use book::{Cast, CastError, Print, survey};
pub use map::{MapError, SensorMap};
pub use player::{ReplayError, ReplaySummary, Stage, play};
pub use rows::{RowError, Rows};
