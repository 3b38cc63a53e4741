//! The promises of delivery.

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

/// A promise of delivery that was broken.
pub type Violation = crate::simulation::Violation<Rule>;
