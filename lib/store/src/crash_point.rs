//! Moments at which a test may kill the process. Without the feature `crash-points` there is nothing here.

/// Ends the process without any tidying when `HYPOCAUST_CRASH_AT` names this point: `name`, or `name:3` for the third
/// time it is reached.
#[cfg(feature = "crash-points")]
pub(crate) fn reach(name: &str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static REACHED: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("HYPOCAUST_CRASH_AT") else { return };
    let (point, time) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if point == name && REACHED.fetch_add(1, Ordering::Relaxed) + 1 == time.parse().unwrap_or(1) {
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub(crate) const fn reach(_name: &str) {}
