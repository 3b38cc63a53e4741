//! What waits for one session's socket: bounded, and what does not fit is counted, never waited for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::packet::Qos;

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
    max_messages: usize,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Queue {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    /// Lost since the session last asked.
    lost: u64,
}

impl Mailbox {
    pub(crate) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self { queue: Mutex::default(), arrived: Notify::new(), max_messages, max_bytes }
    }

    /// Puts a live message in; `false` when it was full and the message is lost to this session.
    pub(crate) fn push(&self, delivery: Delivery) -> bool {
        let mut queue = self.lock();
        let size = delivery.bytes();
        if queue.deliveries.len() >= self.max_messages || queue.bytes + size > self.max_bytes {
            queue.lost += 1;
            return false;
        }
        queue.bytes += size;
        queue.deliveries.push_back(delivery);
        drop(queue);
        self.arrived.notify_one();
        true
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

    /// The oldest message.
    pub(crate) fn pop(&self) -> Option<Delivery> {
        let mut queue = self.lock();
        let delivery = queue.deliveries.pop_front();
        match &delivery {
            Some(delivery) => queue.bytes -= delivery.bytes(),
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
        let mailbox = Mailbox::new(2, 100);
        assert!(mailbox.push(delivery(50)));
        assert!(!mailbox.push(delivery(50)), "over the bytes");
        assert!(mailbox.push(delivery(1)));
        assert!(!mailbox.push(delivery(1)), "over the messages");
        mailbox.push_replay((0..1_000).map(delivery));
        assert_eq!((mailbox.len(), mailbox.take_lost(), mailbox.take_lost()), (1_002, 2, 0));
        while mailbox.pop().is_some() {}
        assert!(mailbox.push(delivery(99)), "its bytes are free again");
    }
}
