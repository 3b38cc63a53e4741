//! Counts by reason: what was refused is counted, never silent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A thread-safe set of counters, each named by what it counts and a reason. Both come from the code and not from
/// outside, so their number is bounded.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<(&'static str, &'static str), u64>>);

impl Tally {
    /// Counts one.
    pub fn count(&self, what: &'static str, reason: &'static str) {
        self.add(what, reason, 1);
    }

    /// Counts `n` at once. A counter stays at the largest number instead of beginning again: what is counted may be
    /// declared by somebody else.
    pub fn add(&self, what: &'static str, reason: &'static str, n: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((what, reason)).or_insert(0);
        *count = count.saturating_add(n);
    }

    /// How many were counted under this name and reason.
    #[must_use]
    pub fn of(&self, what: &'static str, reason: &'static str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(what, reason)).copied().unwrap_or(0)
    }

    /// All counters as `(what, reason, count)`, in order.
    #[must_use]
    pub fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(&(what, reason), &n)| (what, reason, n)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_counted_apart() {
        let tally = Tally::default();
        tally.count("refused", "form");
        tally.add("refused", "range", 2);
        tally.count("refused", "range");
        assert_eq!(tally.all(), [("refused", "form", 1), ("refused", "range", 3)]);
        assert_eq!((tally.of("refused", "range"), tally.of("refused", "none")), (3, 0));
    }

    #[test]
    fn no_declaration_makes_a_counter_begin_again() {
        let tally = Tally::default();
        tally.add("records", "declared_lost", u64::MAX);
        tally.add("records", "declared_lost", u64::MAX);
        assert_eq!(tally.of("records", "declared_lost"), u64::MAX);
    }
}
