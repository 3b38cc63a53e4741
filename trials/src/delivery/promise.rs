//! The promises of delivery, and how a broken one is told.

use std::fmt;

/// What the protocol promises, each of which can be broken alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// What a heater forgot because it was told to is stored, or was declared lost.
    Kept,
    /// An acknowledgement covers only what is on disk or declared lost when it is sent.
    TrueAck,
    /// Ingest takes every record that a heater makes.
    Admitted,
    /// Nothing is stored twice.
    Once,
    /// Every record ever made is stored, held by its heater, or declared lost.
    NoSilentGap,
    /// Only what a heater has given up is declared lost, and the count is right.
    TrueLoss,
    /// When faults have ended every outbox empties in time.
    Drained,
    /// An outbox keeps to its capacity, its window and the rate of history that it was allowed.
    Bounded,
    /// A boot of a device hears at most one acknowledgement a second from one run of ingest.
    AckRate,
    /// What is live is sent before history.
    LiveFirst,
    /// What is sent is called late when it is history, and only then.
    LateFlag,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The promise.
    pub rule: Rule,
    /// Virtual milliseconds since the world began.
    pub at_ms: u64,
    /// What happened, in a sentence.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} broken after {:.3} s: {}", self.rule, self.at_ms as f64 / 1000.0, self.what)
    }
}
