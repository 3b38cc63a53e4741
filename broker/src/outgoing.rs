//! What goes to one client: the bytes that wait for its socket, and the QoS 1 messages that wait for its answer.

use std::collections::VecDeque;

use bytes::BytesMut;
use tokio::time::Instant;

use crate::mailbox::{Delivery, Mailbox};
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
    /// Messages that are not acknowledged, oldest first.
    unacknowledged: VecDeque<(u16, Delivery)>,
    /// The ids of those that the client may have seen on an earlier connection: they go first, in their order.
    again: VecDeque<u16>,
    last_id: u16,
    /// Since when something waits without a byte having gone.
    stalled_since: Option<Instant>,
}

impl Outgoing {
    /// Moves messages from the mailbox into the buffer, as far as both bounds allow; gives how many.
    pub(crate) fn fill(&mut self, mailbox: &Mailbox) -> u64 {
        let mut moved = 0;
        while self.has_room() {
            if let Some(id) = self.again.pop_front() {
                moved += u64::from(self.repeat(id));
                continue;
            }
            let Some(message) = mailbox.pop() else { break };
            let id = if message.qos == Qos::AtMostOnce { 0 } else { self.next_id() };
            reply::publish(&mut self.buffer, &message, id, false);
            if id != 0 {
                self.unacknowledged.push_back((id, message));
            }
            moved += 1;
        }
        moved
    }

    /// Whether a message could be written now. The mailbox keeps its order: a full window holds QoS 0 back too.
    pub(crate) fn has_room(&self) -> bool {
        let window_is_open = self.unacknowledged.len() < WINDOW || !self.again.is_empty();
        self.buffer.len() < MESSAGE_BYTES && window_is_open
    }

    /// Whether the client may say more: its answers have room.
    pub(crate) fn may_answer(&self) -> bool {
        self.buffer.len() < ANSWER_BYTES
    }

    /// The client acknowledged a message; in any order, and an unknown id is nothing.
    pub(crate) fn acknowledged(&mut self, id: u16) {
        if let Some(at) = self.position(id) {
            self.unacknowledged.remove(at);
            if self.unacknowledged.is_empty() && self.unacknowledged.capacity() > WINDOW / 4 {
                self.unacknowledged = VecDeque::new();
            }
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

    /// The connection ended: what is not acknowledged is to be sent again on the next one [4.4.0-1].
    pub(crate) fn rest(&mut self) {
        self.buffer = BytesMut::new();
        self.stalled_since = None;
        self.again = self.unacknowledged.iter().map(|(id, _)| *id).collect();
    }

    /// Gives whether it was sent: it may be acknowledged meanwhile.
    fn repeat(&mut self, id: u16) -> bool {
        let Some(at) = self.position(id) else { return false };
        reply::publish(&mut self.buffer, &self.unacknowledged[at].1, id, true);
        true
    }

    fn position(&self, id: u16) -> Option<usize> {
        self.unacknowledged.iter().position(|(waiting, _)| *waiting == id)
    }

    fn next_id(&mut self) -> u16 {
        loop {
            self.last_id = self.last_id.checked_add(1).unwrap_or(1);
            if self.position(self.last_id).is_none() {
                return self.last_id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::mailbox::Bounds;
    use crate::packet::{self, Packet};

    fn mailbox(messages: usize) -> Mailbox {
        let mailbox = Mailbox::new(Bounds { messages: 1_000, bytes: 1_000 });
        for _ in 0..messages {
            mailbox.push(delivery(Qos::AtLeastOnce));
        }
        mailbox
    }

    fn delivery(qos: Qos) -> Delivery {
        let topic = Bytes::from_static(b"a");
        Delivery { topic, payload: Bytes::new(), qos, retained: false }
    }

    fn sent_ids(outgoing: &mut Outgoing) -> Vec<(u16, bool)> {
        let read = |outgoing: &mut Outgoing| {
            let repeated = outgoing.buffer.first().is_some_and(|first| first & 8 != 0);
            match packet::decode(&mut outgoing.buffer, 1_000).unwrap() {
                Some(Packet::Publish(publish)) => Some((publish.id, repeated)),
                _ => None,
            }
        };
        std::iter::from_fn(|| read(outgoing)).collect()
    }

    #[test]
    fn a_window_opens_with_acknowledgements_in_any_order() {
        let mailbox = mailbox(150);
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
        outgoing.unacknowledged.push_back((1, delivery(Qos::AtLeastOnce)));
        assert_eq!([outgoing.next_id(), outgoing.next_id()], [u16::MAX, 2]);
    }

    #[test]
    fn what_was_not_acknowledged_is_sent_again_first_and_in_order() {
        let mailbox = mailbox(102);
        let mut outgoing = Outgoing::default();
        outgoing.fill(&mailbox);
        outgoing.acknowledged(2);
        outgoing.rest();
        outgoing.acknowledged(3);
        outgoing.fill(&mailbox);
        let ids = sent_ids(&mut outgoing);
        let repeated = [1].into_iter().chain(4..=100).map(|id| (id, true));
        assert_eq!(ids, repeated.chain([(101, false), (102, false)]).collect::<Vec<_>>());
    }
}
