//! The door to history: what heaters measured, kept on disk exactly once, and the questions it answers.
//!
//! ```text
//!   ingest ──write(batch)──> writer ──one transaction, one fsync──> log.redb
//!                              │                                      │ about once an hour
//!                              └──> head: last values, index          └──seal──> day files ──merge──> fewer ──> retired
//!   pages ──last, range, aggregate, grouped, health──> head, then only the blocks and files it points to
//!   other processes ──the same, and backup, over store.sock──┘
//!
//!   data/history/
//!     log.redb                    what is not sealed yet; cursors of boots, names, manifest, last values, what was erased: see
//!                                 `tables`
//!     2026-11-18/003.plant.seg    every reading that one seal, or a merge, found of a day and retention class
//!     2026-11-18/003.plant.roll   the hourly sums of the same
//!     quarantine/                 damaged blocks and files; nothing reads them again
//!     store.sock                  where other processes ask
//! ```
//! [`Store::write`] returns when the batch is durable together with the cursors of its heaters' boots. What a
//! [`Receipt`] covers survives `kill -9` and a power cut, exactly once. This crate is the only one that names redb and influxdb2.
//!
//! Three things change together or not at all: what the manifest names, where the log ends, and what readers see. A file that
//! the manifest does not name is nothing; an entry that the log's mark has passed is nothing.
//!
//! Methods block: call them from a thread that may.

mod answers;
mod arrival;
mod crash_point;
mod days;
mod erasure;
mod error;
mod form;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod influx;
mod log;
mod question;
mod socket;
mod store;

pub use arrival::{Arrival, Receipt, StoredSample};
pub use days::backup::{BackupSummary, restore, verify_backup};
pub use days::maintenance::Maintenance;
pub use days::retention::Retention;
pub use erasure::Erasure;
pub use error::{QuestionError, StoreError};
pub use influx::{InfluxSettings, Trouble};
pub use log::cursor::{Cursor, MAX_RANGES, Offer, Verdict};
pub use question::{Bin, Forwarding, Group, GroupBy, Health, LastValue, MAX_BINS, Place, Point, Selector};
pub use socket::server::SocketServer;
pub use store::Store;
