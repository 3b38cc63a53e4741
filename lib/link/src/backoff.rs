//! How long to wait before the next try: longer each time, and never two clients in step.

use std::time::Duration;

/// The first wait after a connection was lost or refused; thousands of heaters must not come back at once.
const SHORTEST_MS: u64 = 500;
/// The longest wait: a broker that is back is found within this time.
const LONGEST_MS: u64 = 5_000;

/// Waits between 0.5 and 5 s.
#[derive(Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait, `random` being any number.
    pub(crate) fn next(&mut self, random: u64) -> Duration {
        let ceiling = (SHORTEST_MS << (self.failures + 1).min(4)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        Duration::from_millis(SHORTEST_MS + random % (ceiling - SHORTEST_MS))
    }

    /// A connection was made.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_from_half_a_second_to_five_and_starts_anew() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(0), Duration::from_millis(500));
        assert!(backoff.next(u64::MAX) < Duration::from_secs(2));
        for _ in 0..50 {
            let wait = backoff.next(4_499);
            assert!((Duration::from_millis(500)..Duration::from_secs(5)).contains(&wait), "{wait:?}");
        }
        assert_eq!(backoff.next(4_499), Duration::from_millis(4_999));
        backoff.reset();
        assert!(backoff.next(u64::MAX) < Duration::from_secs(1));
    }
}
