//! What others ask for is done at once, and when they ask again and again, once a second: whoever may speak to the
//! controller must not decide how much it works.

/// What is asked for again within this waits for the rest of it, and is then done once. A lowered cap may take twelve
/// seconds to be obeyed.
const PAUSE_MS: u64 = 1_000;

/// One kind of work. Time is the controller's monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    done_ms: Option<u64>,
    is_asked_for: bool,
}

impl Pace {
    /// Somebody asks for it.
    pub(crate) fn ask(&mut self) {
        self.is_asked_for = true;
    }

    /// Whether it is to be done now, which counts as done.
    pub(crate) fn take(&mut self, now_ms: u64) -> bool {
        let may = self.done_ms.is_none_or(|done_ms| now_ms.saturating_sub(done_ms) >= PAUSE_MS);
        let is_due = self.is_asked_for && may;
        if is_due {
            *self = Self { done_ms: Some(now_ms), is_asked_for: false };
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_is_at_once_and_many_more_are_one_a_second_later() {
        let mut pace = Pace::default();
        assert!(!pace.take(5), "nobody asked");
        let mut done = Vec::new();
        for now_ms in (5..2_500).step_by(7) {
            pace.ask();
            if pace.take(now_ms) {
                done.push(now_ms);
            }
        }
        assert_eq!(done, [5, 1_006, 2_007]);
        assert!(!pace.take(3_006) && pace.take(3_007) && !pace.take(9_000), "the last is not forgotten");
    }
}
