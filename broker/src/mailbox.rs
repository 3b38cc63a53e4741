//! What waits for one session's socket: bounded, and what does not fit is counted, never waited for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::packet::Qos;

/// A reader is brisk who takes at least [`BRISK_MESSAGES`] in this time.
const BRISK_TIME: Duration = Duration::from_millis(500);
/// Five hundred messages a second: more than twice what 2,000 heaters say.
const BRISK_MESSAGES: u64 = 250;

/// One message on its way to one session. Topic and payload are shared by all who receive it.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) topic: Bytes,
    pub(crate) payload: Bytes,
    /// The lower of published and subscribed.
    pub(crate) qos: Qos,
    /// Whether it is a replay of what was kept.
    pub(crate) retained: bool,
}

impl Delivery {
    fn bytes(&self) -> usize {
        self.topic.len() + self.payload.len()
    }
}

/// The queue between the lanes and a session.
#[derive(Debug)]
pub(crate) struct Mailbox {
    queue: Mutex<Queue>,
    arrived: Notify,
    max: Bounds,
}

/// What a mailbox holds at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

#[derive(Debug)]
struct Queue {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    /// While nobody reads because the client is away: these bounds in place of the usual ones.
    asleep: Option<Bounds>,
    /// Lost since the session last asked.
    lost: u64,
    /// Taken since `measured`.
    taken: u64,
    measured: Instant,
    brisk: bool,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pushed {
    In,
    /// It is in, but much is waiting before a brisk reader.
    Pressed,
    /// The mailbox was full: it is lost to this session.
    Lost,
    /// The same, of a client that is away.
    Overslept,
}

impl Mailbox {
    pub(crate) fn new(max: Bounds) -> Self {
        let queue = Queue {
            deliveries: VecDeque::new(),
            bytes: 0,
            asleep: None,
            lost: 0,
            taken: 0,
            measured: Instant::now(),
            brisk: true,
        };
        Self { queue: Mutex::new(queue), arrived: Notify::new(), max }
    }

    /// Puts a live message in. For a client that is away only QoS 1 is kept, as the standard asks; the rest passes it
    /// by and is no loss.
    pub(crate) fn push(&self, delivery: Delivery) -> Pushed {
        let mut queue = self.lock();
        let size = delivery.bytes();
        if queue.asleep.is_some() && delivery.qos == Qos::AtMostOnce {
            return Pushed::In;
        }
        let max = queue.asleep.unwrap_or(self.max);
        if queue.deliveries.len() >= max.messages || queue.bytes + size > max.bytes {
            queue.lost += 1;
            return if queue.asleep.is_some() { Pushed::Overslept } else { Pushed::Lost };
        }
        queue.bytes += size;
        queue.deliveries.push_back(delivery);
        let pressed = self.presses(&mut queue);
        drop(queue);
        self.arrived.notify_one();
        if pressed { Pushed::Pressed } else { Pushed::In }
    }

    /// Whether more than half is waiting before a reader who takes it briskly.
    pub(crate) fn is_pressed(&self) -> bool {
        self.presses(&mut self.lock())
    }

    fn presses(&self, queue: &mut Queue) -> bool {
        let is_calm = queue.deliveries.len() <= self.max.messages / 2 && queue.bytes <= self.max.bytes / 2;
        if is_calm || queue.asleep.is_some() {
            return false;
        }
        let now = Instant::now();
        if now.duration_since(queue.measured) >= BRISK_TIME {
            queue.brisk = queue.taken >= BRISK_MESSAGES;
            queue.taken = 0;
            queue.measured = now;
        }
        queue.brisk
    }

    /// Puts a replay in, all of it: the retained messages are bounded where they are kept.
    pub(crate) fn push_replay(&self, deliveries: impl Iterator<Item = Delivery>) {
        let mut queue = self.lock();
        for delivery in deliveries {
            queue.bytes += delivery.bytes();
            queue.deliveries.push_back(delivery);
        }
        drop(queue);
        self.arrived.notify_one();
    }

    /// The client is away: what is QoS 0 goes, and from now on these bounds hold.
    pub(crate) fn fall_asleep(&self, max: Bounds) {
        let mut queue = self.lock();
        queue.asleep = Some(max);
        queue.deliveries.retain(|delivery| delivery.qos > Qos::AtMostOnce);
        queue.deliveries.shrink_to_fit();
        queue.bytes = queue.deliveries.iter().map(Delivery::bytes).sum();
    }

    /// The client is back.
    pub(crate) fn wake(&self) {
        let mut queue = self.lock();
        queue.asleep = None;
        queue.brisk = true;
        queue.measured = Instant::now();
    }

    /// The oldest message.
    pub(crate) fn pop(&self) -> Option<Delivery> {
        let mut queue = self.lock();
        let delivery = queue.deliveries.pop_front();
        match &delivery {
            Some(delivery) => {
                queue.bytes -= delivery.bytes();
                queue.taken += 1;
            }
            // A burst must not keep its memory for the rest of a quiet connection's life.
            None if queue.deliveries.capacity() > 64 => queue.deliveries = VecDeque::new(),
            None => {}
        }
        delivery
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().deliveries.len()
    }

    /// How many messages were lost since the last call.
    pub(crate) fn take_lost(&self) -> u64 {
        std::mem::take(&mut self.lock().lost)
    }

    /// Resolves when something has arrived since the last time. Cancel safe.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(size: usize) -> Delivery {
        let payload = Bytes::from(vec![0; size]);
        Delivery { topic: Bytes::from_static(b"t"), payload, qos: Qos::AtMostOnce, retained: false }
    }

    #[test]
    fn what_does_not_fit_is_counted_and_a_replay_always_fits() {
        let mailbox = Mailbox::new(Bounds { messages: 2, bytes: 100 });
        assert_eq!(mailbox.push(delivery(40)), Pushed::In);
        assert_eq!(mailbox.push(delivery(60)), Pushed::Lost, "over the bytes");
        assert_eq!(mailbox.push(delivery(1)), Pushed::Pressed);
        assert_eq!(mailbox.push(delivery(1)), Pushed::Lost, "over the messages");
        mailbox.push_replay((0..1_000).map(delivery));
        assert_eq!((mailbox.len(), mailbox.take_lost(), mailbox.take_lost()), (1_002, 2, 0));
        while mailbox.pop().is_some() {}
        assert_ne!(mailbox.push(delivery(99)), Pushed::Lost, "its bytes are free again");
    }
    #[test]
    fn while_its_client_is_away_only_quality_1_is_kept_and_within_other_bounds() {
        let mailbox = Mailbox::new(Bounds { messages: 10, bytes: 1_000 });
        let sure = || Delivery { qos: Qos::AtLeastOnce, ..delivery(10) };
        mailbox.push(delivery(10));
        mailbox.push(sure());
        mailbox.fall_asleep(Bounds { messages: 2, bytes: 100 });
        let pushed = [delivery(10), sure(), sure()].map(|delivery| mailbox.push(delivery));
        assert_eq!(pushed, [Pushed::In, Pushed::In, Pushed::Overslept]);
        assert_eq!((mailbox.len(), mailbox.take_lost()), (2, 1));
        mailbox.wake();
        assert_eq!(mailbox.push(delivery(10)), Pushed::In);
        assert_eq!(mailbox.len(), 3);
    }
}
