//! The door to MQTT for the platform's own parts and for heaters; only here is `rumqttc` named.
//!
//! [`open`] starts one task that keeps a connection: it connects, subscribes, waits and tries again for as long as
//! someone holds the [`Link`] or the [`Inbox`]. What goes wrong on the way is an [`Event`], never an error of a
//! call: a part of the platform goes on without its broker and goes back to work when it is there again.
//!
//! The MQTT session is always clean. A message that `publish` took is sent again after a reconnect as long as the
//! process lives, so it may arrive twice; a PUBACK is flow control only, and the promise that something is stored
//! is made by `ack` messages.

mod backoff;
mod endpoint;
mod pump;
mod settings;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{AsyncClient, LastWill, MqttOptions, QoS, Transport};
use tokio::sync::{mpsc, watch};

use endpoint::Endpoint;
use pump::{Phase, Pump};
pub use settings::{Publication, Qos, Settings};

/// The largest message, topic and payload together, that [`Link::publish`] takes. The broker refuses packets above
/// 16 KiB by closing the connection, so what could never pass is refused here.
pub const MAX_MESSAGE_BYTES: usize = 16 * 1024 - 16;

/// Above the limit of any broker we meet: rumqttc stops for good at a packet that is larger.
const MAX_INCOMING_BYTES: usize = 1024 * 1024;
/// Two missed answers in a row, and the connection counts as lost.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long [`Link::close`] gives what is queued.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

/// Why a link could not be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The URL is not one of a broker.
    #[error("{url:?} is not a broker's URL: {why}; use mqtt://host:port or mqtts://host:port")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The certificates that `mqtts` trusts could not be read.
    #[error("could not read the certificates to trust from {path}: {why}")]
    Certificates {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A topic that no message can have.
    #[error("{0:?} is not a topic to publish to")]
    Topic(String),
    /// The message is larger than the broker takes.
    #[error("a message of {0} bytes is larger than the broker takes ({MAX_MESSAGE_BYTES})")]
    TooLarge(usize),
    /// `try_publish` found the queue full.
    #[error("the queue to the broker is full")]
    Full,
    /// The link was closed.
    #[error("the link is closed")]
    Closed,
}

/// What arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Connected, and every subscription is answered. Comes after every reconnect as well. (Retained messages may
    /// come before it from a broker that sends them before its answer.)
    Up {
        /// The filters that the broker refused; also logged.
        refused: Vec<String>,
    },
    /// The connection is lost, or could not be made at first; the link goes on trying. Comes once, not for each try.
    Down {
        /// A sentence for people.
        reason: String,
    },
    /// A message.
    Message {
        /// Where it was published.
        topic: String,
        /// What it says.
        payload: Bytes,
        /// Whether it was kept by the broker and is replayed because of our subscription.
        retained: bool,
    },
}

/// The sending half. Clones share one connection.
#[derive(Clone)]
pub struct Link {
    client: AsyncClient,
    shared: Arc<Shared>,
    ended: watch::Receiver<()>,
}

/// The receiving half.
///
/// It holds at most `Settings::inbox` messages. When it is full, QoS 1 messages are not acknowledged any more, so the
/// broker holds what follows (at most its window is on its way); QoS 0 messages beyond the same number again are
/// dropped, and [`Inbox::dropped`] counts them. Sending goes on meanwhile: whoever reads here may wait in
/// [`Link::publish`] on the same link.
pub struct Inbox {
    events: mpsc::Receiver<Event>,
    shared: Arc<Shared>,
}

/// What both halves hold: when the last of them is gone, the connection ends without a goodbye, so the will is sent.
struct Shared {
    phase: watch::Sender<Phase>,
    dropped: AtomicU64,
}

/// Whether a URL is one of a broker, before anything is opened.
///
/// # Errors
/// [`LinkError::Url`].
pub fn check_url(url: &str) -> Result<(), LinkError> {
    Endpoint::parse(url).map(|_| ())
}

/// Opens a link and starts its task on the current tokio runtime. Returns before anything is connected.
///
/// # Errors
/// [`LinkError::Url`] and [`LinkError::Certificates`].
pub fn open(settings: Settings) -> Result<(Link, Inbox), LinkError> {
    let endpoint = Endpoint::parse(&settings.url)?;
    let transport = if endpoint.tls { tls::transport(settings.ca_file.as_deref())? } else { Transport::Tcp };
    let options = options(&settings, &endpoint, transport);
    let (client, mut eventloop) = AsyncClient::new(options, settings.outbox.max(1));
    eventloop.network_options.set_tcp_nodelay(true);

    let (phase, phase_rx) = watch::channel(Phase::Open);
    let (ended_tx, ended) = watch::channel(());
    let (events_tx, events) = mpsc::channel(settings.inbox.max(1));
    let shared = Arc::new(Shared { phase, dropped: AtomicU64::new(0) });
    let pump = Pump::new(eventloop, client.clone(), events_tx, settings, Arc::downgrade(&shared));
    tokio::spawn(async move {
        pump.run(phase_rx).await;
        drop(ended_tx);
    });
    Ok((Link { client, shared: shared.clone(), ended }, Inbox { events, shared }))
}

fn options(settings: &Settings, endpoint: &Endpoint, transport: Transport) -> MqttOptions {
    let id = settings.client_id.as_str();
    let mut options = MqttOptions::new(id, &endpoint.host, endpoint.port);
    options
        .set_credentials(id, &settings.secret)
        .set_clean_session(true)
        .set_keep_alive(KEEP_ALIVE)
        .set_max_packet_size(MAX_INCOMING_BYTES, 2 * MAX_MESSAGE_BYTES)
        .set_manual_acks(true)
        .set_transport(transport);
    if let Some(will) = &settings.will {
        let qos = will.qos.into();
        options.set_last_will(LastWill::new(&will.topic, will.payload.clone(), qos, will.retain));
    }
    options
}

impl Link {
    /// Queues a message; waits while the queue (`Settings::outbox`) is full, which it is for as long as the broker
    /// is away and the queue was filled.
    ///
    /// # Errors
    /// [`LinkError::Topic`], [`LinkError::TooLarge`], and [`LinkError::Closed`] after `close`.
    pub async fn publish(
        &self,
        topic: impl Into<String>,
        payload: impl Into<Bytes>,
        qos: Qos,
        retain: bool,
    ) -> Result<(), LinkError> {
        let (topic, payload) = checked(topic.into(), payload.into())?;
        self.still_open()?;
        let sent = self.client.publish_bytes(topic, qos.into(), retain, payload).await;
        sent.map_err(|_| LinkError::Closed)
    }

    /// Queues a message if there is room.
    ///
    /// # Errors
    /// As [`Link::publish`], and [`LinkError::Full`].
    pub fn try_publish(
        &self,
        topic: impl Into<String>,
        payload: impl Into<Bytes>,
        qos: Qos,
        retain: bool,
    ) -> Result<(), LinkError> {
        let (topic, payload) = checked(topic.into(), payload.into())?;
        self.still_open()?;
        self.client.try_publish(topic, qos.into(), retain, payload).map_err(|_| LinkError::Full)
    }

    /// Sends what is queued, says goodbye, so the will is not sent, and waits until the broker has read it all; gives up
    /// after two seconds. Without a
    /// connection there is nothing to wait for and what is queued is gone. Every clone is closed with it.
    pub async fn close(&self) {
        self.shared.phase.send_replace(Phase::Closing);
        let mut ended = self.ended.clone();
        let gone = async { while ended.changed().await.is_ok() {} };
        if tokio::time::timeout(CLOSE_LIMIT, gone).await.is_err() {
            self.shared.phase.send_replace(Phase::Closed);
        }
    }

    fn still_open(&self) -> Result<(), LinkError> {
        if *self.shared.phase.borrow() == Phase::Open { Ok(()) } else { Err(LinkError::Closed) }
    }
}

impl Inbox {
    /// The next event, in the order in which it arrived; `None` once the link is closed. Cancel safe.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// The next event if one is here.
    pub fn try_next(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// How many messages were dropped because nobody read: QoS 0 ones beyond the bound, and those still waiting when
    /// a connection broke.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

fn checked(topic: String, payload: Bytes) -> Result<(String, Bytes), LinkError> {
    if topic.is_empty() || topic.contains(['+', '#', '\0']) {
        return Err(LinkError::Topic(topic));
    }
    let size = topic.len() + payload.len();
    if size > MAX_MESSAGE_BYTES { Err(LinkError::TooLarge(size)) } else { Ok((topic, payload)) }
}

impl From<Qos> for QoS {
    fn from(qos: Qos) -> Self {
        match qos {
            Qos::AtMostOnce => Self::AtMostOnce,
            Qos::AtLeastOnce => Self::AtLeastOnce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::CredentialId;

    fn settings(url: &str) -> Settings {
        Settings::new(url, CredentialId::new("ingest").unwrap(), "secret")
    }

    #[tokio::test]
    async fn says_once_that_nobody_is_there_and_closes_at_once() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (link, mut inbox) = open(settings(&format!("mqtt://{unused}"))).unwrap();
        assert!(matches!(inbox.next().await, Some(Event::Down { .. })));
        link.close().await;
        assert_eq!(inbox.next().await, None);
        assert!(matches!(link.publish("a", "b", Qos::AtMostOnce, false).await, Err(LinkError::Closed)));
    }

    #[tokio::test]
    async fn refuses_what_no_broker_would_take() {
        let (link, _inbox) = open(settings("mqtt://127.0.0.1:1")).unwrap();
        for topic in ["", "a/+", "#", "a\0"] {
            assert!(matches!(link.try_publish(topic, "", Qos::AtMostOnce, false), Err(LinkError::Topic(_))));
        }
        let large = vec![0; MAX_MESSAGE_BYTES];
        assert!(matches!(link.try_publish("a", large, Qos::AtMostOnce, false), Err(LinkError::TooLarge(_))));
    }

    #[test]
    fn a_secret_is_never_printed() {
        assert!(!format!("{:?}", settings("mqtt://h")).contains("\"secret\""));
    }
}
