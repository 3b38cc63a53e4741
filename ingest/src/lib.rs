//! Samples from the link into the store, and the acknowledgements back.
//!
//! ```text
//! record ──> Intake (known heater? in range? believable? whose clock?) ──> queue ──> one commit ──> Acks ──> ack
//! ```
//! The heater forgets a record only by an acknowledgement, and one is sent only after the commit that made the record
//! durable. What is refused is counted by reason.

mod acks;
mod backfill;
mod boots;
mod erasures;
mod intake;
mod judge;
mod lag;
mod queue;
#[cfg(test)]
mod returning_fleet;
mod runner;

pub use acks::Acks;
pub use backfill::Backfill;
pub use intake::Intake;
pub use queue::{Outcome, Queue};
pub use runner::{IngestError, Settings, run};
