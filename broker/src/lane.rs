//! Who in a lane wants what: from a subscription of the router to the sessions behind it.
//!
//! A lane is one link to the router for all sessions of a kind: platform parts, heaters, building systems. The router
//! brings each message once for every filter of the lane that it matches; here it is handed to the sessions that
//! share the filter. Thousands of heaters so cost the router three links and a dozen filters, whatever they do.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::oneshot;

use crate::counters::{Count, Counters};
use crate::mailbox::{Delivery, Mailbox, Pushed};
use crate::packet::Qos;
use crate::router::Message;
use crate::rules::Grant;
use crate::topics;

/// Which session, unique for the life of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey(pub(crate) u64);

impl SessionKey {
    /// A key that no other session has.
    pub(crate) fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// A session that listens.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) session: SessionKey,
    pub(crate) qos: Qos,
    pub(crate) mailbox: Arc<Mailbox>,
}

impl Listener {
    /// Whether it is this session's, at this QoS.
    fn is(&self, session: SessionKey, qos: Qos) -> bool {
        self.session == session && self.qos == qos
    }
}

/// What the router is to be told after a change of the table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Subscribe(String, usize),
    Unsubscribe(String),
}

/// The filters of a lane and who is behind each.
#[derive(Default)]
pub(crate) struct Table {
    fans: HashMap<usize, Fan>,
    by_filter: HashMap<String, usize>,
    /// Subscriptions in the order in which the router will answer them.
    unanswered: VecDeque<usize>,
    last_subscription: usize,
}

/// One subscription of the router.
struct Fan {
    filter: String,
    /// Sessions that want all of it.
    wide: Vec<Listener>,
    /// Sessions that want one topic of it.
    exact: HashMap<String, Vec<Listener>>,
    in_force: bool,
    /// Told when it is in force.
    waiting: Vec<oneshot::Sender<()>>,
    /// The offset after the last message; `None` before the first.
    next_offset: Option<u64>,
}

impl Table {
    /// Adds a session. Gives what the router is to be told, and what to wait for before saying that it is done.
    pub(crate) fn add(
        &mut self,
        grant: &Grant,
        listener: &Listener,
    ) -> (Vec<Order>, Vec<oneshot::Receiver<()>>) {
        let (mut orders, mut waits) = (Vec::new(), Vec::new());
        for (filter, topic) in targets(grant) {
            let subscription = match self.by_filter.get(&filter) {
                Some(subscription) => *subscription,
                None => {
                    let subscription = self.open(&filter);
                    orders.push(Order::Subscribe(filter, subscription));
                    subscription
                }
            };
            let fan = self.fans.get_mut(&subscription).expect("both maps change together");
            fan.add(topic, listener.clone());
            if !fan.in_force {
                let (tell, told) = oneshot::channel();
                fan.waiting.push(tell);
                waits.push(told);
            }
        }
        (orders, waits)
    }

    /// Gives a session another QoS for a grant that it has.
    pub(crate) fn change_qos(&mut self, grant: &Grant, session: SessionKey, from: Qos, to: Qos) {
        for (filter, topic) in targets(grant) {
            let fan = self.by_filter.get(&filter).and_then(|subscription| self.fans.get_mut(subscription));
            let listeners = fan.and_then(|fan| fan.listeners(topic));
            if let Some(listener) = listeners.and_then(|all| all.iter_mut().find(|one| one.is(session, from)))
            {
                listener.qos = to;
            }
        }
    }

    /// Takes a session out again; grant and QoS are those it has.
    pub(crate) fn remove(&mut self, grant: &Grant, session: SessionKey, qos: Qos) -> Vec<Order> {
        let mut orders = Vec::new();
        for (filter, topic) in targets(grant) {
            let Some(&subscription) = self.by_filter.get(&filter) else { continue };
            let fan = self.fans.get_mut(&subscription).expect("both maps change together");
            fan.remove(topic, session, qos);
            if fan.wide.is_empty() && fan.exact.is_empty() {
                self.fans.remove(&subscription);
                self.by_filter.remove(&filter);
                orders.push(Order::Unsubscribe(filter));
            }
        }
        orders
    }

    /// The router says that its oldest subscription is in force.
    pub(crate) fn answered(&mut self) {
        let subscription = self.unanswered.pop_front();
        if let Some(fan) = subscription.and_then(|subscription| self.fans.get_mut(&subscription)) {
            fan.in_force = true;
            for waiting in fan.waiting.drain(..) {
                // A session that ended meanwhile does not listen.
                let _ = waiting.send(());
            }
        }
    }

    /// Hands a message to everyone behind a subscription; `press` gets the mailboxes that are pressed.
    pub(crate) fn hand_out(
        &mut self,
        subscription: usize,
        offset: u64,
        message: &Message,
        counters: &Counters,
        press: impl Fn(&Arc<Mailbox>),
    ) {
        // Unsubscribed while the message was on its way.
        let Some(fan) = self.fans.get_mut(&subscription) else { return };
        let expected = fan.next_offset.replace(offset + 1).unwrap_or(offset);
        counters.add_many(Count::DroppedRouter, offset.saturating_sub(expected));
        let exact = if fan.exact.is_empty() {
            None
        } else {
            std::str::from_utf8(message.topic()).ok().and_then(|topic| fan.exact.get(topic))
        };
        for listener in fan.wide.iter().chain(exact.into_iter().flatten()) {
            let delivery = Delivery {
                topic: message.topic().clone(),
                payload: message.payload(),
                qos: message.qos().min(listener.qos).min(Qos::AtLeastOnce),
                retained: false,
            };
            match listener.mailbox.push(delivery) {
                Pushed::In => {}
                Pushed::Pressed => press(&listener.mailbox),
                Pushed::Lost => counters.add(Count::DroppedSlowReader),
                Pushed::Overslept => counters.add(Count::DroppedAsleep),
            }
        }
    }

    /// A new router knows nothing: everything is to be subscribed again.
    pub(crate) fn start_over(&mut self) -> Vec<Order> {
        self.unanswered.clear();
        let mut orders = Vec::new();
        for (subscription, fan) in &mut self.fans {
            fan.in_force = false;
            fan.next_offset = None;
            self.unanswered.push_back(*subscription);
            orders.push(Order::Subscribe(fan.filter.clone(), *subscription));
        }
        orders
    }

    fn open(&mut self, filter: &str) -> usize {
        self.last_subscription += 1;
        let subscription = self.last_subscription;
        self.by_filter.insert(filter.to_owned(), subscription);
        self.unanswered.push_back(subscription);
        let fan = Fan {
            filter: filter.to_owned(),
            wide: Vec::new(),
            exact: HashMap::new(),
            in_force: false,
            waiting: Vec::new(),
            next_offset: None,
        };
        self.fans.insert(subscription, fan);
        subscription
    }
}

impl Fan {
    fn add(&mut self, topic: Option<&str>, listener: Listener) {
        let listeners = match topic {
            None => &mut self.wide,
            Some(topic) => self.exact.entry(topic.to_owned()).or_insert_with(|| Vec::with_capacity(1)),
        };
        listeners.push(listener);
    }

    fn listeners(&mut self, topic: Option<&str>) -> Option<&mut Vec<Listener>> {
        match topic {
            None => Some(&mut self.wide),
            Some(topic) => self.exact.get_mut(topic),
        }
    }

    fn remove(&mut self, topic: Option<&str>, session: SessionKey, qos: Qos) {
        let Some(listeners) = self.listeners(topic) else { return };
        // One of them: two filters of a session may stand for the same topic.
        if let Some(at) = listeners.iter().position(|listener| listener.is(session, qos)) {
            listeners.remove(at);
        }
        if let (Some(topic), true) = (topic, listeners.is_empty()) {
            self.exact.remove(topic);
        }
    }
}

/// The router's filters for a grant, each with the one topic that is wanted of it, if it is one.
fn targets(grant: &Grant) -> Vec<(String, Option<&str>)> {
    match grant {
        Grant::Wide(filter) => vec![(filter.clone(), None)],
        Grant::Exact(topics) => {
            topics.iter().map(|topic| (topics::shared_filter(topic), Some(topic.as_str()))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Bounds;

    fn listener(session: u64) -> Listener {
        let mailbox = Arc::new(Mailbox::new(Bounds { messages: 10, bytes: 1_000 }));
        Listener { session: SessionKey(session), qos: Qos::AtLeastOnce, mailbox }
    }

    fn ack_of(heater: &str) -> Grant {
        Grant::Exact(vec![format!("hypocaust/1/s/heater/{heater}/ack")])
    }

    #[test]
    fn many_heaters_share_one_filter_and_each_hears_its_own() {
        let mut table = Table::default();
        let (h1, h2, gateway) = (listener(1), listener(2), listener(3));
        let all = "hypocaust/1/s/heater/+/ack".to_owned();
        assert_eq!(table.add(&ack_of("h1"), &h1).0, [Order::Subscribe(all.clone(), 1)]);
        assert_eq!(table.add(&ack_of("h2"), &h2).0, []);
        assert_eq!(table.add(&Grant::Wide(all.clone()), &gateway).0, []);
        let counters = Counters::new();
        let message = Message::new(b"hypocaust/1/s/heater/h2/ack", b"{}", Qos::ExactlyOnce);
        table.hand_out(1, 0, &message, &counters, |_| ());
        table.hand_out(1, 3, &message, &counters, |_| ());
        assert_eq!([&h1, &h2, &gateway].map(|l| l.mailbox.len()), [0, 2, 2]);
        assert_eq!(h2.mailbox.pop().map(|delivery| delivery.qos), Some(Qos::AtLeastOnce));
        assert_eq!(counters.read(Count::DroppedRouter), 2);

        assert_eq!(table.remove(&ack_of("h1"), h1.session, h1.qos), []);
        assert_eq!(table.remove(&ack_of("h2"), h1.session, h1.qos), [], "of another session: nothing");
        assert_eq!(table.remove(&ack_of("h2"), h2.session, h2.qos), []);
        let last = table.remove(&Grant::Wide(all.clone()), gateway.session, gateway.qos);
        assert_eq!(last, [Order::Unsubscribe(all)]);
    }

    #[test]
    fn a_subscription_is_done_when_the_router_says_so() {
        let mut table = Table::default();
        let (_, mut first) = table.add(&ack_of("h1"), &listener(1));
        let (_, mut second) = table.add(&ack_of("h2"), &listener(2));
        assert!(first[0].try_recv().is_err() && second[0].try_recv().is_err());
        table.answered();
        assert!(first[0].try_recv().is_ok() && second[0].try_recv().is_ok());
        assert_eq!(table.add(&ack_of("h3"), &listener(3)).1.len(), 0);
    }
}
