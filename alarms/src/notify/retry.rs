//! When a message that could not be sent is tried again. Pure.

/// The wait after the first failure, ms; each further one is four times as long.
const FIRST_MS: i64 = 30_000;
/// After so many failures a message is given up: 30 s, 2 min, 8 min, 32 min and two hours later it is old news.
const MOST_FAILURES: u32 = 5;

/// How long to wait after so many failures, ms; `None` when it is given up. `chance` lies from 0 to 1 and spreads the wait
/// from three quarters to five quarters, so that many houses do not come back to one server at once.
pub(crate) fn again_ms(failures: u32, chance: f64) -> Option<i64> {
    if failures > MOST_FAILURES {
        return None;
    }
    let wait_ms = FIRST_MS * 4_i64.pow(failures.saturating_sub(1));
    Some((wait_ms as f64 * (0.75 + 0.5 * chance.clamp(0.0, 1.0))) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_spread_and_end() {
        let waits: Vec<_> = (1..=6).map(|failures| again_ms(failures, 0.5)).collect();
        let expected = [30_000, 120_000, 480_000, 1_920_000, 7_680_000].map(Some);
        assert_eq!((&waits[..5], waits[5]), (&expected[..], None));
        assert_eq!((again_ms(1, 0.0), again_ms(1, 1.0)), (Some(22_500), Some(37_500)));
        assert_eq!(again_ms(1, f64::MAX), Some(37_500));
    }
}
