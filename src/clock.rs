//! The only clock that is read: `main` hands it to the outermost loops.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use vocabulary::{Timestamp, WallClock};

/// The wall clock right now.
pub(crate) fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}

/// The wall clock, to be handed on.
pub(crate) fn wall() -> WallClock {
    Arc::new(now)
}
