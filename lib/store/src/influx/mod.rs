//! The second home of history: InfluxDB 2, with our own log as the durable place in front of it.
//!
//! ```text
//!   write ──one transaction, one fsync──> journal (log.redb) ──acknowledged
//!                                            │ in the order of commits
//!                                        forwarder ──lines──> InfluxDB 2
//!                                            │ stored, or set aside in dead-letter.lines
//!                                            └──drops it from the journal
//!   last ──> memory      range, aggregate, grouped ──> InfluxDB, and what still waits in the journal
//! ```
//! A line that is sent again has the same tags and time and so overwrites itself. This is the only place that names
//! `influxdb2` and its `reqwest`.

mod client;
mod dead_letter;
mod erase;
mod examination;
#[cfg(test)]
#[path = "../../tests/influx_fixture/mod.rs"]
mod fake;
mod field;
mod figures;
mod flux;
mod forward;
mod forwarder;
mod home;
mod inherited;
pub(crate) mod line;
mod lines;
mod outcome;
mod parcel;
mod row;
mod settings;
mod waiting;
mod wake;
#[cfg(test)]
mod wire_story;

pub(crate) use home::{Influx, check};
pub use outcome::Trouble;
pub use settings::InfluxSettings;
