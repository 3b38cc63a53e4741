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
use crate::topics;

/// What is kept, in memory.
pub(crate) struct Retained {
    kept: Mutex<BTreeMap<Bytes, Kept>>,
    max: usize,
    counters: Counters,
}

struct Kept {
    payload: Bytes,
    qos: Qos,
}

impl Retained {
    pub(crate) fn new(max: usize, counters: Counters) -> Self {
        Self { kept: Mutex::default(), max, counters }
    }

    /// Keeps a message, or forgets the topic's when the payload is empty, and does `publish` before anyone can
    /// subscribe in between: whoever subscribes gets the message kept, or live, or both, never an older one last.
    pub(crate) fn keep<T>(&self, topic: &Bytes, payload: &Bytes, qos: Qos, publish: impl FnOnce() -> T) -> T {
        let mut kept = self.lock();
        if payload.is_empty() {
            kept.remove(topic);
        } else if kept.len() < self.max || kept.contains_key(topic) {
            kept.insert(topic.clone(), Kept { payload: payload.clone(), qos });
        } else {
            self.counters.add(Count::RetainedRefused);
        }
        self.counters.set(Count::Retained, kept.len() as u64);
        publish()
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

    fn keep(retained: &Retained, topic: &str, payload: &str) {
        let (topic, payload) = (Bytes::from(topic.to_owned()), Bytes::from(payload.to_owned()));
        retained.keep(&topic, &payload, Qos::AtLeastOnce, || ());
    }

    fn replayed(retained: &Retained, grant: &Grant) -> Vec<String> {
        let mailbox = Mailbox::new(0, 0);
        retained.replay(grant, Qos::AtMostOnce, &mailbox);
        let deliveries = std::iter::from_fn(|| mailbox.pop());
        deliveries.map(|d| String::from_utf8_lossy(&d.topic).into_owned()).collect()
    }

    #[test]
    fn the_last_message_is_kept_until_an_empty_one_is_to_be_kept() {
        let counters = Counters::new();
        let retained = Retained::new(3, counters.clone());
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
