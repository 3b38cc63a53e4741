//! The task behind a link: it turns rumqttc's event loop into [`Event`]s and keeps the connection.
//!
//! ```text
//! DOWN --ConnAck--> SUBSCRIBING --all SUBACKs--> UP --error--> DOWN (waits 0.5..5 s, then tries again)
//! ```

use std::collections::VecDeque;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnAck, ConnectReturnCode, ConnectionError, EventLoop, Outgoing, Packet, Publish, QoS,
    Request, SubAck, Subscribe, SubscribeFilter, SubscribeReasonCode,
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, info, warn};

use crate::backoff::Backoff;
use crate::{Event, Qos, Settings, Shared};

/// Filters in one SUBSCRIBE, by their bytes: well below the broker's packet limit.
const SUBSCRIBE_BYTES: usize = 8 * 1024;

/// What the holders of the link want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// Send what is queued, then DISCONNECT.
    Closing,
    /// Time is up.
    Closed,
}

pub(crate) struct Pump {
    eventloop: EventLoop,
    delivery: Delivery,
    url: String,
    id: String,
    subscriptions: Vec<(String, Qos)>,
    state: State,
    /// Whether an outage was logged whose end was not.
    was_lost: bool,
    /// Filters whose SUBACK has not come, in the order in which they were sent.
    unanswered: VecDeque<Vec<String>>,
    refused: Vec<String>,
    /// Publishes that were taken but not acknowledged when the connection broke.
    unsent: VecDeque<Request>,
    backoff: Backoff,
    goodbye_queued: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// `told`: whether the outage was said and logged.
    Down {
        told: bool,
    },
    Subscribing,
    Up,
}

impl Pump {
    pub(crate) fn new(
        eventloop: EventLoop,
        client: AsyncClient,
        inbox: mpsc::Sender<Event>,
        settings: Settings,
        shared: Weak<Shared>,
    ) -> Self {
        Self {
            eventloop,
            delivery: Delivery { inbox, client, shared, waiting: VecDeque::new(), owed: VecDeque::new() },
            url: settings.url,
            id: settings.client_id.to_string(),
            subscriptions: settings.subscriptions,
            state: State::Down { told: false },
            was_lost: false,
            unanswered: VecDeque::new(),
            refused: Vec::new(),
            unsent: VecDeque::new(),
            backoff: Backoff::default(),
            goodbye_queued: false,
        }
    }

    /// Runs until the link is closed or nobody holds it any more.
    pub(crate) async fn run(mut self, mut phase: watch::Receiver<Phase>) {
        let mut said_goodbye = false;
        loop {
            let polled = {
                // Pinned and never dropped half-way: a cancelled poll could lose a packet it had taken.
                let poll = self.eventloop.poll();
                tokio::pin!(poll);
                loop {
                    tokio::select! {
                        polled = &mut poll => break polled,
                        () = self.delivery.step(), if self.delivery.has_work() => {}
                        changed = phase.changed() => {
                            let over = changed.is_err() || *phase.borrow() == Phase::Closed;
                            if over || matches!(self.state, State::Down { .. }) {
                                return;
                            }
                            self.goodbye_queued = self.delivery.client.try_disconnect().is_ok();
                        }
                    }
                }
            };
            match polled {
                Ok(rumqttc::Event::Outgoing(Outgoing::Disconnect)) => said_goodbye = true,
                Ok(event) => self.apply(event),
                // A socket that is closed with something unread in it is reset, and the broker would lose what it has not
                // read yet: so it is the broker that closes.
                Err(_) if said_goodbye => return,
                Err(error) => {
                    self.lose(&error);
                    if *phase.borrow() != Phase::Open || !self.pause(&mut phase).await {
                        return;
                    }
                }
            }
            self.delivery.acknowledge();
            if *phase.borrow() == Phase::Closing && !self.goodbye_queued {
                self.goodbye_queued = self.delivery.client.try_disconnect().is_ok();
            }
        }
    }

    fn apply(&mut self, event: rumqttc::Event) {
        match event {
            rumqttc::Event::Incoming(Packet::ConnAck(ack)) => self.connected(&ack),
            rumqttc::Event::Incoming(Packet::SubAck(ack)) => self.answered(&ack),
            rumqttc::Event::Incoming(Packet::Publish(publish)) => self.delivery.take(publish),
            _ => {}
        }
    }

    /// rumqttc neither subscribes again nor keeps what was unacknowledged when the session is a new one: both here.
    fn connected(&mut self, _ack: &ConnAck) {
        self.backoff.reset();
        self.state = State::Subscribing;
        self.refused.clear();
        self.unanswered.clear();
        for filters in chunks(&self.subscriptions) {
            let filters = filters.iter().map(|(path, qos)| SubscribeFilter::new(path.clone(), (*qos).into()));
            let subscribe = Subscribe::new_many(filters);
            self.unanswered.push_back(subscribe.filters.iter().map(|f| f.path.clone()).collect());
            self.eventloop.pending.push_back(Request::Subscribe(subscribe));
        }
        self.eventloop.pending.append(&mut self.unsent);
        self.up_when_answered();
    }

    fn answered(&mut self, ack: &SubAck) {
        let filters = self.unanswered.pop_front().unwrap_or_default();
        for (filter, code) in filters.into_iter().zip(&ack.return_codes) {
            if *code == SubscribeReasonCode::Failure {
                warn!(broker = self.url, client = self.id, filter, "the broker refused a subscription");
                self.refused.push(filter);
            }
        }
        self.up_when_answered();
    }

    fn up_when_answered(&mut self) {
        if self.state == State::Subscribing && self.unanswered.is_empty() {
            self.state = State::Up;
            // A first connection is nothing to tell of; one that comes back after an outage is.
            if std::mem::take(&mut self.was_lost) {
                info!(broker = self.url, client = self.id, "connected to the broker again");
            }
            self.delivery.tell(Event::Up { refused: std::mem::take(&mut self.refused) });
        }
    }

    fn lose(&mut self, error: &ConnectionError) {
        let reason = sentence(error);
        let kept = std::mem::take(&mut self.eventloop.pending);
        let collided = self.eventloop.state.collision.take().map(Request::Publish);
        self.unsent.extend(kept.into_iter().chain(collided).filter_map(fresh));
        self.delivery.forget();
        if self.state == (State::Down { told: true }) {
            debug!(broker = self.url, client = self.id, reason, "still no connection to the broker");
            return;
        }
        self.state = State::Down { told: true };
        self.was_lost = true;
        if let ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) = error
        {
            warn!(
                broker = self.url,
                client = self.id,
                "the broker refused the credential; make a new secret with `hypocaust credential add`"
            );
        } else {
            warn!(broker = self.url, client = self.id, reason, "no connection to the broker; trying again");
        }
        self.delivery.tell(Event::Down { reason });
    }

    /// Waits before the next try, and delivers meanwhile; `false` when the link is to end instead.
    async fn pause(&mut self, phase: &mut watch::Receiver<Phase>) -> bool {
        let mut random = [0; 8];
        // Without randomness all clients wait alike: slower to come back together, never wrong.
        let _ = getrandom::fill(&mut random);
        let wait: Duration = self.backoff.next(u64::from_ne_bytes(random));
        let sleep = tokio::time::sleep(wait);
        tokio::pin!(sleep);
        loop {
            tokio::select! {
                () = &mut sleep => return true,
                () = self.delivery.step(), if self.delivery.has_work() => {}
                _ = phase.changed() => return false,
            }
        }
    }
}

/// What has arrived and waits for the reader, and the acknowledgements that go with it.
struct Delivery {
    inbox: mpsc::Sender<Event>,
    client: AsyncClient,
    shared: Weak<Shared>,
    waiting: VecDeque<(Event, Option<u16>)>,
    /// Packet ids to acknowledge, in the order in which the messages came.
    owed: VecDeque<u16>,
}

impl Delivery {
    fn has_work(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Hands the oldest waiting event over when the inbox has room. Cancel safe.
    async fn step(&mut self) {
        let ack = {
            let room = self.inbox.reserve().await;
            let (event, ack) = self.waiting.pop_front().expect("asked only when something waits");
            // Without a reader the message is nobody's: acknowledged and gone.
            if let Ok(room) = room {
                room.send(event);
            }
            ack
        };
        self.owed.extend(ack);
        self.acknowledge();
    }

    /// Queues the acknowledgements owed. When rumqttc's queue is full of publishes the rest follows after the next
    /// poll, which is what empties it.
    fn acknowledge(&mut self) {
        while let Some(&id) = self.owed.front() {
            let mut publish = Publish::new("", QoS::AtLeastOnce, Vec::new());
            publish.pkid = id;
            if self.client.try_ack(&publish).is_err() {
                return;
            }
            self.owed.pop_front();
        }
    }

    fn take(&mut self, publish: Publish) {
        let ack = (publish.qos != QoS::AtMostOnce).then_some(publish.pkid);
        if ack.is_none() && self.waiting.len() >= self.inbox.max_capacity() {
            self.count_dropped(1);
            return;
        }
        let event =
            Event::Message { topic: publish.topic, payload: publish.payload, retained: publish.retain };
        self.waiting.push_back((event, ack));
    }

    fn tell(&mut self, event: Event) {
        self.waiting.push_back((event, None));
    }

    /// The connection broke: acknowledgements are void, and unacknowledged messages are not ours to hand over. An
    /// `Up` that nobody saw goes as well, so that a reader who sleeps through a night of outages finds one event.
    fn forget(&mut self) {
        self.owed.clear();
        let before = self.waiting.len();
        self.waiting.retain(|(event, _)| !matches!(event, Event::Message { .. }));
        self.count_dropped(before - self.waiting.len());
        if let (true, Some((Event::Up { .. }, _))) = (self.waiting.len() > 1, self.waiting.back()) {
            self.waiting.truncate(self.waiting.len() - 2);
        }
    }

    fn count_dropped(&self, messages: usize) {
        if let Some(shared) = self.shared.upgrade() {
            shared.dropped.fetch_add(messages as u64, Ordering::Relaxed);
        }
    }
}

/// Subscriptions in groups that fit into one packet.
fn chunks(subscriptions: &[(String, Qos)]) -> impl Iterator<Item = &[(String, Qos)]> {
    let mut rest = subscriptions;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest.iter().take_while(|(filter, _)| {
            bytes += filter.len() + 3;
            bytes <= SUBSCRIBE_BYTES
        });
        // A single filter that is longer goes alone, for the broker to refuse.
        let count = fits.count().max(1).min(rest.len());
        let (chunk, after) = rest.split_at(count);
        rest = after;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// A publish of a broken connection, ready for the next one; anything else died with it.
fn fresh(request: Request) -> Option<Request> {
    match request {
        Request::Publish(mut publish) => {
            publish.pkid = 0;
            Some(Request::Publish(publish))
        }
        _ => None,
    }
}

fn sentence(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ConnectionRefused(code) => format!("the broker refused the connection ({code:?})"),
        ConnectionError::NetworkTimeout => "the broker did not answer in time".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_split_to_fit_a_packet_and_none_is_lost() {
        let filters: Vec<_> = (0..1_024).map(|n| (format!("{n:0>100}"), Qos::AtLeastOnce)).collect();
        let split: Vec<_> = chunks(&filters).collect();
        assert!(split.len() > 1 && split.iter().all(|chunk| chunk.len() * 103 <= SUBSCRIBE_BYTES));
        assert_eq!(split.concat().len(), filters.len());
        assert_eq!(chunks(&[("a".repeat(60_000), Qos::AtMostOnce)]).count(), 1);
        assert_eq!(chunks(&[]).count(), 0);
    }
}
