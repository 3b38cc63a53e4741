//! How a broken promise is told.

use std::fmt;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation<Rule> {
    /// The promise.
    pub rule: Rule,
    /// Virtual milliseconds since the world began.
    pub at_ms: u64,
    /// What happened, in a sentence.
    pub what: String,
}

impl<Rule: fmt::Debug> fmt::Display for Violation<Rule> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} broken after {:.3} s: {}", self.rule, self.at_ms as f64 / 1000.0, self.what)
    }
}
