//! When which heater has a record to send.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Each heater's live records.
    pub(super) live_every: Duration,
    /// Of all heaters, those that send history beside.
    pub(super) returning: usize,
    /// History of each of those.
    pub(super) backfill_per_s: f64,
}

/// One record that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    /// When it was due, however late it is sent.
    pub(super) at: Instant,
    /// The heater, by its place in the gateway.
    pub(super) heater: usize,
    /// History sent again.
    pub(super) late: bool,
}

/// What falls due at one gateway, spread evenly.
pub(super) struct Schedule {
    load: Load,
    next: BinaryHeap<Reverse<Due>>,
}

impl Schedule {
    /// For a gateway with so many heaters, of which `returning` send history.
    pub(super) fn new(load: Load, heaters: usize, returning: usize, begun: Instant) -> Self {
        let first = |heater: usize, of: usize, every: Duration, late| {
            Reverse(Due { at: begun + every.mul_f64(heater as f64 / of as f64), heater, late })
        };
        let live = (0..heaters).map(|heater| first(heater, heaters, load.live_every, false));
        let late = (0..returning).map(|heater| first(heater, returning, load.backfill_every(), true));
        Self { load, next: live.chain(late).collect() }
    }

    /// The next record that is due by `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Due> {
        let Reverse(due) = *self.next.peek().filter(|Reverse(due)| due.at <= now)?;
        let every = if due.late { self.load.backfill_every() } else { self.load.live_every };
        self.next.pop();
        self.next.push(Reverse(Due { at: due.at + every, ..due }));
        Some(due)
    }
}

impl Load {
    fn backfill_every(self) -> Duration {
        Duration::from_secs_f64(1.0 / self.backfill_per_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_comes_as_often_as_asked() {
        let begun = Instant::now();
        let load = Load { live_every: Duration::from_secs(10), returning: 2, backfill_per_s: 20.0 };
        let mut schedule = Schedule::new(load, 5, 2, begun);
        let due: Vec<Due> =
            std::iter::from_fn(|| schedule.pop(begun + Duration::from_millis(19_999))).collect();
        assert!(due.is_sorted());
        for heater in 0..5 {
            let count = |late| due.iter().filter(|due| due.heater == heater && due.late == late).count();
            assert_eq!((count(false), count(true)), (2, if heater < 2 { 400 } else { 0 }));
        }
    }
}
