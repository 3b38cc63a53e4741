//! How the forwarder sleeps: until there is something new, or for a pause, and never past the end.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Shared by the one who sleeps and those who wake.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    news: bool,
    stopping: bool,
}

impl Wake {
    /// There is something new.
    pub(crate) fn tell(&self) {
        self.state().news = true;
        self.changed.notify_all();
    }

    /// It ends.
    pub(crate) fn stop(&self) {
        self.state().stopping = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.state().stopping
    }

    /// Sleeps until there is something new, at most this long.
    pub(crate) fn wait_for_news(&self, most: Duration) {
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.state(), most, |state| !state.news && !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        state.news = false;
    }

    /// Sleeps this long, whatever is new.
    pub(crate) fn pause(&self, time: Duration) {
        let guard = self.changed.wait_timeout_while(self.state(), time, |state| !state.stopping);
        drop(guard.unwrap_or_else(PoisonError::into_inner));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_that_came_before_are_not_slept_over_and_the_end_ends_every_pause() {
        let wake = Wake::default();
        wake.tell();
        wake.wait_for_news(Duration::from_secs(3_600));
        wake.stop();
        wake.wait_for_news(Duration::from_secs(3_600));
        wake.pause(Duration::from_secs(3_600));
        assert!(wake.is_stopping());
    }
}
