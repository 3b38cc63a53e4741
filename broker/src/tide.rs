//! Why a burst is not lost: while a platform part that reads briskly has more than half a mailbox waiting, heaters
//! and guests are held up a little, each message by a tenth of a second at most.
//!
//! What is inside the router at that moment (two marks' worth, see `flow`) must fit into the other half, so a mailbox of
//! fewer than some 5,000 messages is not protected.
//!
//! A part that reads slowly, or not at all, holds nobody up: its mailbox fills and what it misses is counted. Platform
//! parts themselves never wait, for one of them could be the one that is waited for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::mailbox::Mailbox;

/// The longest that one message waits.
const LONGEST_WAIT: Duration = Duration::from_millis(100);

/// The mailboxes that are pressed, if any.
#[derive(Default)]
pub(crate) struct Tide {
    /// Spares everyone the lock while nothing is pressed.
    high: AtomicBool,
    pressed: Mutex<Vec<Arc<Mailbox>>>,
    ebb: watch::Sender<u64>,
}

impl Tide {
    /// A mailbox has more waiting than its reader should be asked to bear.
    pub(crate) fn press(&self, mailbox: &Arc<Mailbox>) {
        let mut pressed = self.pressed.lock().unwrap_or_else(PoisonError::into_inner);
        if !pressed.iter().any(|known| Arc::ptr_eq(known, mailbox)) {
            pressed.push(mailbox.clone());
        }
        self.high.store(true, Ordering::Relaxed);
    }

    /// A reader has taken something.
    pub(crate) fn ease(&self) {
        if self.high.load(Ordering::Relaxed) && !self.still_high() {
            self.ebb.send_modify(|n| *n += 1);
        }
    }

    /// Waits while the tide is high, not for long; gives whether it waited.
    pub(crate) async fn wait(&self) -> bool {
        if !self.high.load(Ordering::Relaxed) {
            return false;
        }
        let mut ebb = self.ebb.subscribe();
        let deadline = Instant::now() + LONGEST_WAIT;
        while self.still_high() {
            if timeout_at(deadline, ebb.changed()).await.is_err() {
                break;
            }
        }
        true
    }

    fn still_high(&self) -> bool {
        let mut pressed = self.pressed.lock().unwrap_or_else(PoisonError::into_inner);
        pressed.retain(|mailbox| mailbox.is_pressed());
        let high = !pressed.is_empty();
        self.high.store(high, Ordering::Relaxed);
        high
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::mailbox::{Bounds, Delivery};
    use crate::packet::Qos;

    fn fill(mailbox: &Mailbox, count: usize) {
        for _ in 0..count {
            let topic = Bytes::from_static(b"t");
            mailbox.push(Delivery { topic, payload: Bytes::new(), qos: Qos::AtMostOnce, retained: false });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_brisk_reader_is_waited_for_and_a_slow_one_is_not() {
        let (tide, mailbox) =
            (Arc::new(Tide::default()), Arc::new(Mailbox::new(Bounds { messages: 1_000, bytes: 1_000_000 })));
        assert!(!tide.wait().await);
        // Brisk: it has taken many.
        fill(&mailbox, 1_000);
        while mailbox.len() > 600 {
            mailbox.pop();
        }
        assert!(mailbox.is_pressed());
        tide.press(&mailbox);
        let waiting = tokio::spawn({
            let tide = tide.clone();
            async move { tide.wait().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        while mailbox.len() > 400 {
            mailbox.pop();
            tide.ease();
        }
        assert!(waiting.await.unwrap() && !tide.wait().await);
        // Slow: it takes none for a while.
        fill(&mailbox, 500);
        tide.press(&mailbox);
        let mut given_up = 0;
        while mailbox.is_pressed() {
            assert!(tide.wait().await);
            given_up += 1;
        }
        assert!((1..20).contains(&given_up), "{given_up}");
        tide.wait().await;
        assert!(!tide.wait().await);
    }
}
