//! The queue before the store: what waits, what is being written, and what is tried again.
//!
//! ```text
//! waiting ──256 records or 10 ms──> under way ──durable──> gone
//!    ^                                  │
//!    └────── a second's pause ──────────┘ a failure that passes: nothing of it is on disk
//! ```
//! 4,096 waiting: nothing more is read. 1,024: history is sent away, so that live records never wait for it; it stays with
//! its heater and comes again. Pure: time is given, in milliseconds of any clock that never goes back.

use std::sync::Arc;
use std::time::Duration;

use store::{Arrival, Receipt, StoreError};

/// A commit begins when this many records wait, or when the oldest has waited [`GATHER_MS`].
const GROUP: usize = 256;
const GATHER_MS: u64 = 10;
/// When this many records wait for a commit, nothing more is read.
pub(crate) const QUEUE: usize = 4_096;
/// When this many wait, there is no place for history.
const HISTORY_PLACES: usize = 1_024;
/// After a failure that passes, the next try waits this long.
const PAUSE_MS: u64 = 1_000;

/// Whether the store may take the same batch later: nothing of it is on disk, and it still writes.
fn is_passing(error: &StoreError) -> bool {
    matches!(error, StoreError::NoSpace { .. })
}

/// What became of a commit.
#[derive(Debug)]
pub enum Outcome {
    /// It is on disk.
    Durable {
        /// What was written.
        batch: Arc<Vec<Arrival>>,
        /// For the heaters.
        receipts: Vec<Receipt>,
        /// How long it took.
        took_ms: u64,
        /// How long the store had refused to write before, if it had.
        trouble_ms: Option<u64>,
    },
    /// It is kept and tried again.
    PutOff {
        /// Why.
        error: StoreError,
        /// Whether the try before went well.
        begins: bool,
    },
}

/// Records on their way into the store.
#[derive(Default)]
pub struct Queue {
    waiting: Vec<Arrival>,
    gathering_since_ms: Option<u64>,
    /// What is being written and since when.
    under_way: Option<(Arc<Vec<Arrival>>, u64)>,
    pause_until_ms: Option<u64>,
    trouble_since_ms: Option<u64>,
}

impl Queue {
    /// Takes a record to the others that wait.
    pub fn push(&mut self, arrival: Arrival, now_ms: u64) {
        self.waiting.push(arrival);
        self.gathering_since_ms.get_or_insert(now_ms);
    }

    /// How many wait for the next commit.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether nothing more is to be read.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= QUEUE
    }

    /// Whether there is a place for history.
    #[must_use]
    pub fn takes_history(&self) -> bool {
        self.len() < HISTORY_PLACES
    }

    /// When the next commit may begin; `None` while one is under way or nothing waits.
    #[must_use]
    pub fn due_in(&self, now_ms: u64) -> Option<Duration> {
        let since = self.gathering_since_ms.filter(|_| self.under_way.is_none())?;
        let gathered_ms = if self.len() >= GROUP { since } else { since + GATHER_MS };
        let due_ms = gathered_ms.max(self.pause_until_ms.unwrap_or(0));
        Some(Duration::from_millis(due_ms.saturating_sub(now_ms)))
    }

    /// Begins the commit of all that waits; `None` when it is not due.
    pub fn begin(&mut self, now_ms: u64) -> Option<Arc<Vec<Arrival>>> {
        self.due_in(now_ms).filter(Duration::is_zero)?;
        self.begin_now(now_ms)
    }

    /// The same without waiting for more; `None` while one is under way or nothing waits.
    pub fn begin_now(&mut self, now_ms: u64) -> Option<Arc<Vec<Arrival>>> {
        if self.under_way.is_some() || self.waiting.is_empty() {
            return None;
        }
        let batch = Arc::new(std::mem::replace(&mut self.waiting, Vec::with_capacity(GROUP)));
        self.under_way = Some((Arc::clone(&batch), now_ms));
        self.gathering_since_ms = None;
        self.pause_until_ms = None;
        Some(batch)
    }

    /// Takes the outcome of the commit under way.
    ///
    /// # Errors
    /// The error, when the same batch must not be tried again.
    pub fn end(
        &mut self,
        outcome: Result<Vec<Receipt>, StoreError>,
        now_ms: u64,
    ) -> Result<Outcome, StoreError> {
        let (batch, begun_ms) = self.under_way.take().expect("only what was begun ends");
        match outcome {
            Ok(receipts) => {
                let trouble_ms = self.trouble_since_ms.take().map(|since| now_ms - since);
                Ok(Outcome::Durable { batch, receipts, took_ms: now_ms - begun_ms, trouble_ms })
            }
            Err(error) if is_passing(&error) => {
                // It stays before what came after it.
                let mut batch = Arc::unwrap_or_clone(batch);
                batch.append(&mut self.waiting);
                self.waiting = batch;
                self.gathering_since_ms = Some(begun_ms);
                self.pause_until_ms = Some(now_ms + PAUSE_MS);
                let begins = self.trouble_since_ms.is_none();
                self.trouble_since_ms.get_or_insert(now_ms);
                Ok(Outcome::PutOff { error, begins })
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use vocabulary::{BootId, HeaterId, SiteId};

    pub(crate) fn arrival(seq: u64) -> Arrival {
        Arrival {
            site: SiteId::new("home").unwrap(),
            heater: HeaterId::new("h-1").unwrap(),
            room: None,
            boot: BootId::from_bits(1),
            bn: 1,
            seq,
            low: 1,
            late: false,
            samples: vec![],
        }
    }

    fn passing() -> StoreError {
        StoreError::NoSpace { free: 1, needed: 2 }
    }

    fn seqs(batch: &[Arrival]) -> Vec<u64> {
        batch.iter().map(|arrival| arrival.seq).collect()
    }

    #[test]
    fn a_commit_begins_with_256_records_or_after_10_ms() {
        let mut queue = Queue::default();
        assert_eq!(queue.due_in(0), None);
        queue.push(arrival(1), 100);
        assert_eq!(queue.due_in(103), Some(Duration::from_millis(7)));
        assert!(queue.begin(109).is_none());
        (2..=256).for_each(|seq| queue.push(arrival(seq), 105));
        assert_eq!(queue.begin(105).unwrap().len(), 256);
        queue.push(arrival(257), 106);
        assert!(queue.due_in(1_000).is_none() && queue.begin(1_000).is_none(), "one is under way");
        assert!(matches!(queue.end(Ok(vec![]), 130), Ok(Outcome::Durable { took_ms: 25, .. })));
        assert_eq!(seqs(&queue.begin(130).unwrap()), [257]);
    }

    #[test]
    fn a_failure_that_passes_keeps_the_batch_in_order_and_tries_again_after_a_second() {
        let mut queue = Queue::default();
        queue.push(arrival(1), 0);
        for (at, begins) in [(1_000, true), (3_000, false), (5_000, false)] {
            assert!(queue.begin(at).is_some());
            queue.push(arrival(at), at);
            let outcome = queue.end(Err(passing()), at + 5).unwrap();
            assert!(matches!(outcome, Outcome::PutOff { begins: told, .. } if told == begins), "{outcome:?}");
            assert_eq!(queue.due_in(at + 5), Some(Duration::from_secs(1)));
            assert!(queue.begin(at + 1_004).is_none());
        }
        assert_eq!(seqs(&queue.begin(7_000).unwrap()), [1, 1_000, 3_000, 5_000]);
        let outcome = queue.end(Ok(vec![]), 7_010).unwrap();
        assert!(matches!(outcome, Outcome::Durable { trouble_ms: Some(6_005), .. }), "{outcome:?}");
        queue.push(arrival(9), 7_020);
        queue.begin(7_030).unwrap();
        let outcome = queue.end(Ok(vec![]), 7_040).unwrap();
        assert!(matches!(outcome, Outcome::Durable { trouble_ms: None, .. }), "{outcome:?}");
    }

    #[test]
    fn while_the_store_takes_nothing_the_queue_fills_and_reading_stops() {
        let mut queue = Queue::default();
        let mut now = 0;
        let mut seq = 0;
        while !queue.is_full() {
            now += 5;
            seq += 1;
            queue.push(arrival(seq), now);
            if queue.begin(now).is_some() {
                queue.end(Err(passing()), now).unwrap();
            }
            assert_eq!(queue.takes_history(), seq < HISTORY_PLACES as u64);
        }
        assert_eq!(seqs(&queue.begin(now + PAUSE_MS).unwrap()), (1..=QUEUE as u64).collect::<Vec<_>>());
    }

    #[test]
    fn any_other_failure_ends_it() {
        for error in
            [StoreError::Disk("x".to_owned()), StoreError::Stopped("x".to_owned()), StoreError::NotOwner]
        {
            let mut queue = Queue::default();
            queue.push(arrival(1), 0);
            queue.begin(10).unwrap();
            assert_eq!(queue.end(Err(error.clone()), 20).unwrap_err(), error);
        }
    }
}
