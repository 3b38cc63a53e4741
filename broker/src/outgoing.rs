//! What goes to one client: the bytes that wait for its socket, and the QoS 1 messages that wait for its answer.

use std::collections::VecDeque;

use bytes::BytesMut;
use tokio::time::Instant;

use crate::mailbox::Mailbox;
use crate::packet::Qos;
use crate::reply;

/// QoS 1 messages on their way at once; the next ones wait in the mailbox.
const WINDOW: usize = 100;
/// Messages are written into the buffer up to here, so that there is always room for answers.
const MESSAGE_BYTES: usize = 16 * 1024;
/// A client that does not take its answers is not read from any more.
const ANSWER_BYTES: usize = 64 * 1024;
/// An idle connection keeps no more than this.
const IDLE_BYTES: usize = 1024;

/// The outgoing side of a session.
#[derive(Default)]
pub(crate) struct Outgoing {
    pub(crate) buffer: BytesMut,
    /// Packet ids that are not acknowledged, oldest first.
    unacknowledged: VecDeque<u16>,
    last_id: u16,
    /// Since when something waits without a byte having gone.
    stalled_since: Option<Instant>,
}

impl Outgoing {
    /// Moves messages from the mailbox into the buffer, as far as both bounds allow; gives how many.
    pub(crate) fn fill(&mut self, mailbox: &Mailbox) -> u64 {
        let mut moved = 0;
        while self.has_room() {
            let Some(message) = mailbox.pop() else { break };
            let id = if message.qos == Qos::AtMostOnce { 0 } else { self.next_id() };
            let (topic, payload) = (&message.topic, &message.payload);
            reply::publish(&mut self.buffer, topic, payload, message.qos, message.retained, id);
            moved += 1;
        }
        moved
    }

    /// Whether a message could be written now. The mailbox keeps its order: a full window holds QoS 0 back too.
    pub(crate) fn has_room(&self) -> bool {
        self.buffer.len() < MESSAGE_BYTES && self.unacknowledged.len() < WINDOW
    }

    /// Whether the client may say more: its answers have room.
    pub(crate) fn may_answer(&self) -> bool {
        self.buffer.len() < ANSWER_BYTES
    }

    /// The client acknowledged a message; in any order, and an unknown id is nothing.
    pub(crate) fn acknowledged(&mut self, id: u16) {
        if let Some(at) = self.unacknowledged.iter().position(|waiting| *waiting == id) {
            self.unacknowledged.remove(at);
        }
    }

    /// Some bytes went out.
    pub(crate) fn progress(&mut self) {
        self.stalled_since = None;
        if self.buffer.is_empty() && self.buffer.capacity() > IDLE_BYTES {
            self.buffer = BytesMut::new();
        }
    }

    /// Since when nothing went although something waits.
    pub(crate) fn stalled_since(&mut self, now: Instant) -> Option<Instant> {
        if self.buffer.is_empty() { None } else { Some(*self.stalled_since.get_or_insert(now)) }
    }

    fn next_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if !self.unacknowledged.contains(&self.last_id) {
                self.unacknowledged.push_back(self.last_id);
                return self.last_id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::mailbox::Delivery;

    fn delivery(qos: Qos) -> Delivery {
        let topic = Bytes::from_static(b"a");
        Delivery { topic, payload: Bytes::new(), qos, retained: false }
    }

    #[test]
    fn a_window_opens_with_acknowledgements_in_any_order() {
        let mailbox = Mailbox::new(1_000, 1_000);
        for _ in 0..150 {
            mailbox.push(delivery(Qos::AtLeastOnce));
        }
        let mut outgoing = Outgoing::default();
        assert_eq!((outgoing.fill(&mailbox), outgoing.fill(&mailbox)), (100, 0));
        for id in (31..=60).rev().chain([31, 999]) {
            outgoing.acknowledged(id);
        }
        assert_eq!(outgoing.fill(&mailbox), 30);
        assert_eq!(mailbox.len(), 20);
    }

    #[test]
    fn a_packet_id_in_use_is_not_given_again() {
        let mut outgoing = Outgoing { last_id: u16::MAX - 1, ..Outgoing::default() };
        outgoing.unacknowledged.push_back(1);
        assert_eq!([outgoing.next_id(), outgoing.next_id()], [u16::MAX, 2]);
    }
}
