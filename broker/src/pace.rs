//! How fast a client may speak. One that is faster is read from more slowly: nothing is dropped, its own socket fills,
//! and nobody else notices.
//!
//! Two buckets, of messages and of bytes, that fill at the client's rate and hold some seconds' worth of it. A client may
//! go on while both have something in them, so a large packet is let in whole and paid for afterwards.

use std::time::Duration;

use tokio::time::Instant;

/// What a client may say in a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub(crate) messages: f64,
    pub(crate) bytes: f64,
    /// How many seconds' worth may come at once.
    pub(crate) burst_s: f64,
}

/// One client's buckets.
#[derive(Debug)]
pub(crate) struct Pace {
    /// `None`: as fast as it likes.
    rate: Option<Rate>,
    messages_left: f64,
    bytes_left: f64,
    filled_at: Instant,
    held_until: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(rate: Option<Rate>, now: Instant) -> Self {
        let (messages_left, bytes_left) = rate.map_or((0.0, 0.0), Rate::burst);
        Self { rate, messages_left, bytes_left, filled_at: now, held_until: None }
    }

    /// Something was read; gives whether the client is held from now on. The clock is only asked when a bucket is empty.
    pub(crate) fn spend(&mut self, messages: u32, bytes: usize, now: impl FnOnce() -> Instant) -> bool {
        let Some(rate) = self.rate else { return false };
        self.messages_left -= f64::from(messages);
        self.bytes_left -= bytes as f64;
        if self.messages_left >= 0.0 && self.bytes_left >= 0.0 {
            return false;
        }
        let now = now();
        self.fill(rate, now);
        let missing_s = (-self.messages_left / rate.messages).max(-self.bytes_left / rate.bytes);
        if missing_s > 0.0 {
            self.held_until = Some(now + Duration::from_secs_f64(missing_s));
        }
        missing_s > 0.0
    }

    /// Until when nothing is to be read from the client.
    pub(crate) fn held_until(&self) -> Option<Instant> {
        self.held_until
    }

    /// Lets the client go on if its time has come; gives whether it may.
    pub(crate) fn may_go(&mut self, now: impl FnOnce() -> Instant) -> bool {
        if self.held_until.is_some_and(|until| now() >= until) {
            self.held_until = None;
        }
        self.held_until.is_none()
    }

    fn fill(&mut self, rate: Rate, now: Instant) {
        let passed_s = now.duration_since(self.filled_at).as_secs_f64();
        self.filled_at = now;
        let (most_messages, most_bytes) = rate.burst();
        self.messages_left = (self.messages_left + passed_s * rate.messages).min(most_messages);
        self.bytes_left = (self.bytes_left + passed_s * rate.bytes).min(most_bytes);
    }
}

impl Rate {
    /// Messages and bytes of a full bucket.
    fn burst(self) -> (f64, f64) {
        (self.messages * self.burst_s, self.bytes * self.burst_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { messages: 10.0, bytes: 1_000.0, burst_s: 2.0 };

    /// How many packets pass within some seconds when the client has any number of them.
    fn passed(mut pace: Pace, start: Instant, seconds: u64, bytes: usize) -> u32 {
        let mut passed = 0;
        for ms in 0..seconds * 1_000 {
            let now = start + Duration::from_millis(ms);
            while pace.may_go(|| now) {
                pace.spend(1, bytes, || now);
                passed += 1;
                assert!(passed < 1_000_000, "without any bound");
            }
        }
        passed
    }

    #[test]
    fn a_client_that_never_ends_gets_a_burst_and_then_its_rate() {
        let start = Instant::now();
        let at_rate = |rate, bytes| passed(Pace::new(Some(rate), start), start, 10, bytes);
        assert!((119..=121).contains(&at_rate(RATE, 10)), "{}", at_rate(RATE, 10));
        assert!((24..=26).contains(&at_rate(RATE, 500)), "{}", at_rate(RATE, 500));
    }

    #[test]
    fn whoever_keeps_to_its_rate_is_never_held() {
        let start = Instant::now();
        let mut pace = Pace::new(Some(RATE), start);
        for n in 0..1_000 {
            let now = start + Duration::from_millis(100 * n);
            assert!(!pace.spend(1, 100, || now) && pace.may_go(|| now), "{n}");
        }
        let mut free = Pace::new(None, start);
        assert!((0..1_000_000).all(|_| !free.spend(1, 1_000_000, || start)));
    }

    #[test]
    fn a_packet_larger_than_a_bucket_is_let_in_and_paid_for() {
        let start = Instant::now();
        let mut pace = Pace::new(Some(RATE), start);
        assert!(pace.spend(1, 12_000, || start));
        assert_eq!(pace.held_until(), Some(start + Duration::from_secs(10)));
        assert!(!pace.may_go(|| start + Duration::from_secs(9)));
        assert!(pace.may_go(|| start + Duration::from_secs(10)));
    }
}
