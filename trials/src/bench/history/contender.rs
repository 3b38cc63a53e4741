//! A system under measurement: what each of the three can be told to do.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::BenchError;
use super::super::generator::Row;
use super::super::process::Usage;
use super::question::{Answer, Question};

/// What waits to be brought into the form in which it stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Log {
    /// Of ours: one per heater and commit.
    pub(super) entries: u64,
    /// Its file, what is free in it included.
    pub(super) bytes: u64,
}

/// A store of history with a server of its own in front of it.
pub(super) trait Contender {
    /// Its name and version.
    fn name(&self) -> String;

    /// Starts its server on a folder; it may hold history already. Returns before it answers.
    fn start(&mut self, folder: &Path) -> Result<(), BenchError>;

    /// Formats rows as its clients do and sends them.
    fn take(&mut self, rows: &[Row]) -> Result<(), BenchError>;

    /// A day of the samples is over: what it does by itself now and then, it may do now.
    fn day_is_over(&mut self, now_ms: i64) -> Result<(), BenchError>;

    /// Returns when everything sent is stored and can be asked for.
    fn flush(&mut self) -> Result<(), BenchError>;

    /// Returns when all of that survives `kill -9`.
    fn come_to_rest(&self);

    /// Brings its files into the form in which they stay. Its server may be started anew for that.
    fn settle(&mut self, now_ms: i64) -> Result<(), BenchError>;

    /// Answers a question as it does for another process.
    fn ask(&mut self, question: &Question) -> Result<Answer, BenchError>;

    /// What its server has used since it was started.
    fn usage(&self) -> Usage;

    /// Its log, where it can tell.
    fn log(&mut self) -> Option<Log>;

    /// `kill -9` of its server.
    fn kill(&mut self);
}
