//! Whether more is drawn than allowed, once the hardware had time to follow.

use std::collections::VecDeque;

/// Meters err and fans start: so much more than allowed is no offence.
const TOLERATED_SHARE: f64 = 1.1;
/// As [`TOLERATED_SHARE`], watts.
const TOLERATED_W: f64 = 50.0;

/// What was allowed of late.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overdraw {
    /// `(since, watts)`, the newest last. The oldest was still in force when the time to settle began.
    allowed: VecDeque<(u64, f64)>,
}

impl Overdraw {
    /// Remembers what is allowed from now on.
    pub(crate) fn allow(&mut self, allowed_w: f64, now_ms: u64) {
        if self.allowed.back().is_none_or(|(_, before_w)| *before_w != allowed_w) {
            self.allowed.push_back((now_ms, allowed_w));
        }
    }

    /// Whether this power is more than the most that was allowed within the last `settle_s`. Measured so, an allowance that
    /// falls with every look gives the hardware no more time than one that fell once.
    pub(crate) fn is_over(&mut self, drawn_w: f64, settle_s: u32, now_ms: u64) -> bool {
        let settling_since_ms = now_ms.saturating_sub(u64::from(settle_s) * 1000);
        while self.allowed.get(1).is_some_and(|(since_ms, _)| *since_ms <= settling_since_ms) {
            self.allowed.pop_front();
        }
        let allowed_w = self.allowed.iter().map(|(_, allowed_w)| *allowed_w).reduce(f64::max);
        allowed_w.is_some_and(|allowed_w| drawn_w > TOLERATED_SHARE * allowed_w + TOLERATED_W)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_has_its_time_to_settle_after_the_allowance_fell() {
        let mut overdraw = Overdraw::default();
        assert!(!overdraw.is_over(500.0, 5, 0), "nothing was allowed or forbidden yet");
        overdraw.allow(500.0, 0);
        overdraw.allow(100.0, 10_000);
        assert!(!overdraw.is_over(600.0, 5, 14_999));
        assert!(overdraw.is_over(601.0, 5, 14_999));
        assert!(!overdraw.is_over(160.0, 5, 15_000));
        assert!(overdraw.is_over(161.0, 5, 15_000));
    }

    #[test]
    fn an_allowance_that_falls_with_every_look_gives_no_more_time() {
        let mut overdraw = Overdraw::default();
        let first_over = (0..20_u64).find(|second| {
            overdraw.allow(500.0 - 25.0 * *second as f64, second * 1000);
            overdraw.is_over(500.0, 5, second * 1000)
        });
        // 500 W is over what was allowed 5 s before once that was less than 409 W: 400 W at 4 s.
        assert_eq!(first_over, Some(9));
        assert!(overdraw.allowed.len() <= 6, "{:?}", overdraw.allowed);
    }
}
