//! The last message of each topic that was published to be kept. rumqttd's own are not used: it replays at most 200
//! of them and forgets one at any empty message.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::counters::{Count, Counters};
use crate::mailbox::{Delivery, Mailbox};
use crate::packet::Qos;
use crate::rules::Grant;
use crate::shelf::{Kept as OnShelf, Line, Shelf, Written};
use crate::topics;

/// What is kept, in memory and on the shelf.
pub(crate) struct Retained {
    kept: Mutex<BTreeMap<Bytes, Kept>>,
    max: usize,
    shelf: Shelf,
    counters: Counters,
}

struct Kept {
    payload: Bytes,
    qos: Qos,
}

impl Retained {
    /// Begins with what is on the shelf.
    pub(crate) fn new(max: usize, stock: BTreeMap<Bytes, OnShelf>, shelf: Shelf, counters: Counters) -> Self {
        let kept = stock.into_iter().map(|(topic, OnShelf { payload, qos })| {
            (topic, Kept { payload, qos: Qos::from_number(qos).unwrap_or(Qos::AtMostOnce) })
        });
        let kept: BTreeMap<_, _> = kept.collect();
        counters.set(Count::Retained, kept.len() as u64);
        Self { kept: Mutex::new(kept), max, shelf, counters }
    }

    /// Keeps a message, or forgets the topic's when the payload is empty, and does `publish` before anyone can
    /// subscribe in between: whoever subscribes gets the message kept, or live, or both, never an older one last.
    /// What is given back besides says when it is certain to be kept.
    pub(crate) fn keep<T>(
        &self,
        topic: &Bytes,
        payload: &Bytes,
        qos: Qos,
        publish: impl FnOnce() -> T,
    ) -> (T, Written) {
        let mut kept = self.lock();
        // Given to the shelf while locked, so that it has the same order.
        let written = self.change(&mut kept, topic, payload, qos);
        self.counters.set(Count::Retained, kept.len() as u64);
        (publish(), written)
    }

    fn change(&self, kept: &mut BTreeMap<Bytes, Kept>, topic: &Bytes, payload: &Bytes, qos: Qos) -> Written {
        if payload.is_empty() {
            let gone = kept.remove_entry(topic);
            return gone.map_or(Written::NOTHING, |(topic, _)| self.shelf.put(Line::Forget { topic }));
        }
        let known = kept.get_key_value(topic);
        if known.is_some_and(|(_, message)| message.payload == *payload && message.qos == qos) {
            return Written::NOTHING;
        }
        if known.is_none() && kept.len() >= self.max {
            self.counters.add(Count::RetainedRefused);
            return Written::NOTHING;
        }
        // A copy, so that the topic does not hold the first message's memory for ever.
        let topic = known.map_or_else(|| Bytes::copy_from_slice(topic), |(topic, _)| topic.clone());
        kept.insert(topic.clone(), Kept { payload: payload.clone(), qos });
        self.shelf.put(Line::Keep { topic, payload: payload.clone(), qos: qos as u8 })
    }

    /// Puts everything kept below a grant into a mailbox.
    pub(crate) fn replay(&self, grant: &Grant, qos: Qos, mailbox: &Mailbox) {
        let kept = self.lock();
        let delivery = |topic: &Bytes, message: &Kept| Delivery {
            topic: topic.clone(),
            payload: message.payload.clone(),
            qos: message.qos.min(qos),
            retained: true,
        };
        match grant {
            Grant::Exact(topics) => {
                let found = topics.iter().filter_map(|topic| kept.get_key_value(topic.as_bytes()));
                mailbox.push_replay(found.map(|(topic, message)| delivery(topic, message)));
            }
            Grant::Wide(filter) => {
                let prefix = filter.split(['+', '#']).next().unwrap_or_default().as_bytes();
                let from = kept.range::<[u8], _>((Bound::Included(prefix), Bound::Unbounded));
                let below = from.take_while(|(topic, _)| topic.starts_with(prefix)).filter(|(topic, _)| {
                    std::str::from_utf8(topic).is_ok_and(|topic| topics::matches(filter, topic))
                });
                mailbox.push_replay(below.map(|(topic, message)| delivery(topic, message)));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Bytes, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Bounds;

    fn keep(retained: &Retained, topic: &str, payload: &str) {
        let (topic, payload) = (Bytes::from(topic.to_owned()), Bytes::from(payload.to_owned()));
        retained.keep(&topic, &payload, Qos::AtLeastOnce, || ()).1.by_itself();
    }

    fn replayed(retained: &Retained, grant: &Grant) -> Vec<String> {
        let mailbox = Mailbox::new(Bounds { messages: 0, bytes: 0 });
        retained.replay(grant, Qos::AtMostOnce, &mailbox);
        let deliveries = std::iter::from_fn(|| mailbox.pop());
        deliveries.map(|d| String::from_utf8_lossy(&d.topic).into_owned()).collect()
    }

    #[test]
    fn the_last_message_is_kept_until_an_empty_one_is_to_be_kept() {
        let counters = Counters::new();
        let retained = Retained::new(3, BTreeMap::new(), Shelf::none(), counters.clone());
        keep(&retained, "a/x/s", "1");
        keep(&retained, "a/y/s", "1");
        keep(&retained, "ab/x/s", "1");
        keep(&retained, "one/too/many", "1");
        keep(&retained, "a/y/s", "");
        assert_eq!(replayed(&retained, &Grant::Wide("a/+/s".to_owned())), ["a/x/s"]);
        assert_eq!(replayed(&retained, &Grant::Wide("+/x/s".to_owned())), ["a/x/s", "ab/x/s"]);
        let exact = Grant::Exact(vec!["a/x/s".to_owned(), "a/y/s".to_owned()]);
        assert_eq!(replayed(&retained, &exact), ["a/x/s"]);
        assert_eq!((counters.read(Count::Retained), counters.read(Count::RetainedRefused)), (2, 1));
    }
}
