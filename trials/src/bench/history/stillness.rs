//! Waiting for background work that nobody announces: until a folder's size stands still.

use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Standing still so long counts as done.
const LONG_ENOUGH: Duration = Duration::from_secs(3);
/// What is not done by then is measured as it is.
const LIMIT: Duration = Duration::from_secs(120);

/// Returns when `size` has given the same for a while.
pub(super) fn wait(size: impl Fn() -> u64) {
    let begun = Instant::now();
    let (mut last, mut since) = (size(), Instant::now());
    while since.elapsed() < LONG_ENOUGH && begun.elapsed() < LIMIT {
        std::thread::sleep(LOOK_EVERY);
        let now = size();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}
