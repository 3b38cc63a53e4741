//! rumqttd's router and what is known of its insides; only here is `rumqttd` named.
//!
//! The router runs in a thread of its own and serves a few links: one that publishes for everyone, and one for each
//! lane that listens. It matches topics to filters, keeps a log for each filter and moves what is new to the links
//! that asked for it. What is relied on, each held by a contract test below:
//! - a forwarded message names its subscription by the identifier that was given when subscribing;
//! - topic and payload pass unchanged, so the QoS travels as the payload's first byte (the router overwrites its own);
//! - offsets within one filter's log grow by one, so a jump is a loss with a known size;
//! - what is announced first is taken first, across links too; but a packet that joins a batch which was announced
//!   already is taken with it, so whoever needs an order between links waits for an answer;
//! - when 199 notifications wait, the link is paused until [`LaneRx::wake`]; a wake that was not asked for, or after a
//!   disconnect, ends the router, so both are impossible here;
//! - a link that publishes must not unsubscribe: with both in one batch the router loses sight of the subscription,
//!   delivers twice after the next one, and in a debug build ends; hence links for speaking and links for listening;
//! - the router cannot be stopped, so a replaced one that is still alive stays parked until the process ends.

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::FutureExt;
use rumqttd::local::{LinkBuilder, LinkRx, LinkTx};
use rumqttd::protocol::{self, RetainForwardRule};
use rumqttd::{Forward, Notification, Router, RouterConfig};

use crate::packet::Qos;

/// A filter's log holds between two and three of these; [`crate::flow`] keeps what is on its way below one.
pub(crate) const SEGMENT_BYTES: usize = 512 * 1024;

/// The router ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the router ended")]
pub(crate) struct RouterGone;

/// A message in the form in which it passes the router.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    topic: Bytes,
    /// One byte of QoS, then the payload.
    envelope: Bytes,
}

impl Message {
    /// Copies topic and payload into one allocation of their own, so that nothing keeps a read buffer alive.
    pub(crate) fn new(topic: &[u8], payload: &[u8], qos: Qos) -> Self {
        let mut bytes = BytesMut::with_capacity(topic.len() + 1 + payload.len());
        bytes.put_slice(topic);
        bytes.put_u8(qos as u8);
        bytes.put_slice(payload);
        let bytes = bytes.freeze();
        Self { topic: bytes.slice(..topic.len()), envelope: bytes.slice(topic.len()..) }
    }

    pub(crate) fn topic(&self) -> &Bytes {
        &self.topic
    }

    pub(crate) fn payload(&self) -> Bytes {
        self.envelope.slice(1..)
    }

    pub(crate) fn qos(&self) -> Qos {
        self.envelope.first().and_then(|qos| Qos::from_number(*qos)).unwrap_or(Qos::AtMostOnce)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.topic.len() + self.envelope.len()
    }
}

/// What a lane hears from the router.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A message for the subscription of this number; its offset in that filter's log.
    Message { subscription: usize, offset: u64, message: Message },
    /// The oldest subscription that was not answered is in force.
    Subscribed,
    /// Everything up to the oldest ping that was not answered was taken.
    Pong,
    /// More waits behind a pause: [`LaneRx::wake`] is due.
    Paused,
    /// What carries nothing for us.
    Nothing,
}

/// The link that publishes.
pub(crate) struct Mouth(Feed);

/// The sending half of a lane's link: what it asks for.
pub(crate) struct LaneTx(Feed);

/// The receiving half of a lane's link.
pub(crate) struct LaneRx(LinkRx);

/// Puts packets into a link. Never blocks: the router's channel takes 1,000 events, and at most one for each link is
/// in it, because an event is sent only when the link's buffer was empty.
struct Feed(LinkTx);

/// A router's links.
pub(crate) struct Links {
    pub(crate) mouth: Mouth,
    pub(crate) lanes: Vec<(LaneTx, LaneRx)>,
}

/// Starts a router with links for `lanes` lanes. Blocks for about a millisecond while the router's thread answers.
pub(crate) fn start(lanes: usize) -> Result<Links, RouterGone> {
    let config = RouterConfig {
        max_connections: 1 + lanes,
        max_outgoing_packet_count: 100,
        max_segment_size: SEGMENT_BYTES,
        max_segment_count: 3,
        ..RouterConfig::default()
    };
    let router = Router::new(0, config).spawn();
    let connect = |name: &str| {
        let link = LinkBuilder::new(name, router.clone()).build().map_err(|_| RouterGone)?;
        Ok((Feed(link.0), LaneRx(link.1)))
    };
    let (mouth, _) = connect("mouth")?;
    let lanes = (0..lanes).map(|lane| connect(&format!("lane-{lane}")));
    let lanes = lanes.map(|link| link.map(|(feed, rx)| (LaneTx(feed), rx))).collect::<Result<_, _>>()?;
    Ok(Links { mouth: Mouth(mouth), lanes })
}

impl Mouth {
    pub(crate) fn publish(&mut self, message: &Message) -> Result<(), RouterGone> {
        let publish = protocol::Publish::new(message.topic.clone(), message.envelope.clone(), false);
        self.0.push(protocol::Packet::Publish(publish, None))
    }
}

impl LaneTx {
    /// Asks for a filter at QoS 0: acknowledgements and packet ids are the sessions' own business, so the router's,
    /// which must come back in order, are never used. `subscription` is above 0.
    pub(crate) fn subscribe(&mut self, filter: &str, subscription: usize) -> Result<(), RouterGone> {
        let filter = protocol::Filter {
            path: filter.to_owned(),
            qos: protocol::QoS::AtMostOnce,
            nolocal: false,
            preserve_retain: false,
            retain_forward_rule: RetainForwardRule::Never,
        };
        let properties =
            protocol::SubscribeProperties { id: Some(subscription), user_properties: Vec::new() };
        let subscribe = protocol::Subscribe { pkid: 1, filters: vec![filter] };
        self.0.push(protocol::Packet::Subscribe(subscribe, Some(properties)))
    }

    pub(crate) fn unsubscribe(&mut self, filter: &str) -> Result<(), RouterGone> {
        let unsubscribe = protocol::Unsubscribe { pkid: 1, filters: vec![filter.to_owned()] };
        self.0.push(protocol::Packet::Unsubscribe(unsubscribe, None))
    }

    pub(crate) fn ping(&mut self) -> Result<(), RouterGone> {
        self.0.push(protocol::Packet::PingReq(protocol::PingReq))
    }
}

impl Feed {
    fn push(&mut self, packet: protocol::Packet) -> Result<(), RouterGone> {
        {
            let mut buffer = self.0.buffer();
            if !buffer.is_empty() {
                // An event that the router has not seen yet stands for this packet as well.
                buffer.push_back(packet);
                return Ok(());
            }
        }
        let sent = self.0.send(packet).now_or_never().expect("sending to the router does not wait");
        sent.map(|_| ()).map_err(|_| RouterGone)
    }
}

impl LaneRx {
    pub(crate) async fn next(&mut self) -> Result<Heard, RouterGone> {
        let Some(notification) = self.0.next().await.map_err(|_| RouterGone)? else {
            return Ok(Heard::Nothing);
        };
        Ok(match notification {
            Notification::Forward(forward) => heard(forward),
            Notification::DeviceAck(ack) => match protocol::Packet::from(ack) {
                protocol::Packet::SubAck(..) => Heard::Subscribed,
                protocol::Packet::PingResp(_) => Heard::Pong,
                _ => Heard::Nothing,
            },
            Notification::Unschedule => Heard::Paused,
            _ => Heard::Nothing,
        })
    }

    /// Answers [`Heard::Paused`], once.
    pub(crate) async fn wake(&mut self) -> Result<(), RouterGone> {
        self.0.wake().await.map_err(|_| RouterGone)
    }
}

fn heard(forward: Forward) -> Heard {
    let subscriptions = forward.properties.map(|properties| properties.subscription_identifiers);
    let (Some(&[subscription]), Some((_, offset))) = (subscriptions.as_deref(), forward.cursor) else {
        return Heard::Nothing;
    };
    let message = Message { topic: forward.publish.topic, envelope: forward.publish.payload };
    Heard::Message { subscription, offset, message }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Ends the router as rumqttd's own listener could be ended: by a wake for a link that is gone.
    pub(crate) fn kill(tx: &mut LaneTx, rx: &LaneRx) {
        let disconnect =
            protocol::Disconnect { reason_code: protocol::DisconnectReasonCode::NormalDisconnection };
        tx.0.push(protocol::Packet::Disconnect(disconnect, None)).unwrap();
        rx.0.ready().unwrap();
    }

    fn one_lane() -> (Mouth, LaneTx, LaneRx) {
        let mut links = start(1).unwrap();
        let (tx, rx) = links.lanes.remove(0);
        (links.mouth, tx, rx)
    }

    fn message(n: u32) -> Message {
        Message::new(b"a/b/c", &n.to_be_bytes(), Qos::AtLeastOnce)
    }

    async fn subscribe(tx: &mut LaneTx, rx: &mut LaneRx, filter: &str, subscription: usize) {
        tx.subscribe(filter, subscription).unwrap();
        while !matches!(rx.next().await.unwrap(), Heard::Subscribed) {}
    }

    /// Waits until the router has taken everything and gone one round more.
    async fn two_rounds(tx: &mut LaneTx, rx: &mut LaneRx) {
        for _ in 0..2 {
            tx.ping().unwrap();
            while !matches!(rx.next().await.unwrap(), Heard::Pong) {}
        }
    }

    #[tokio::test]
    async fn a_message_comes_with_its_subscription_its_offset_and_its_qos() {
        let (mut mouth, mut tx, mut rx) = one_lane();
        subscribe(&mut tx, &mut rx, "a/+/c", 7).await;
        subscribe(&mut tx, &mut rx, "a/#", 9).await;
        // Far more than one sweep of the router.
        for n in 0..3_000 {
            mouth.publish(&message(n)).unwrap();
        }
        let mut next = [0_u32; 2];
        while next != [3_000; 2] {
            match rx.next().await.unwrap() {
                Heard::Message { subscription, offset, message } => {
                    let at = usize::from(subscription == 9);
                    assert!(subscription == 7 || subscription == 9);
                    assert_eq!(offset, u64::from(next[at]));
                    assert_eq!(&message.payload()[..], next[at].to_be_bytes());
                    assert_eq!((&message.topic()[..], message.qos()), (&b"a/b/c"[..], Qos::AtLeastOnce));
                    next[at] += 1;
                }
                Heard::Paused => rx.wake().await.unwrap(),
                _ => {}
            }
        }
    }

    #[tokio::test]
    async fn a_link_that_is_not_read_is_paused_and_goes_on_after_a_wake() {
        let mut links = start(2).unwrap();
        let (mut tx, mut rx) = links.lanes.pop().unwrap();
        let (mut other_tx, mut other_rx) = links.lanes.pop().unwrap();
        subscribe(&mut tx, &mut rx, "a/b/c", 1).await;
        for n in 0..1_000 {
            links.mouth.publish(&message(n)).unwrap();
        }
        two_rounds(&mut other_tx, &mut other_rx).await;
        let (mut messages, mut first_pause) = (0, None);
        while messages < 1_000 {
            match rx.next().await.unwrap() {
                Heard::Message { .. } => messages += 1,
                Heard::Paused => {
                    first_pause.get_or_insert(messages);
                    rx.wake().await.unwrap();
                }
                _ => {}
            }
        }
        assert!(first_pause.is_some_and(|after| after < 400), "{first_pause:?}");
    }

    #[tokio::test]
    async fn a_log_that_overflows_shows_as_a_jump_of_offsets() {
        let mut links = start(2).unwrap();
        let (mut tx, mut rx) = links.lanes.pop().unwrap();
        let (mut other_tx, mut other_rx) = links.lanes.pop().unwrap();
        subscribe(&mut tx, &mut rx, "a/b/c", 1).await;
        // Nobody listens while many segments go by.
        let large = Message::new(b"a/b/c", &[0; 8 * 1024], Qos::AtMostOnce);
        let count = 16 * SEGMENT_BYTES / large.bytes();
        for _ in 0..count {
            links.mouth.publish(&large).unwrap();
        }
        two_rounds(&mut other_tx, &mut other_rx).await;
        let (mut received, mut lost, mut expected) = (0, 0, 0);
        while expected < count as u64 {
            match rx.next().await.unwrap() {
                Heard::Message { offset, .. } => {
                    lost += offset - expected;
                    received += 1;
                    expected = offset + 1;
                }
                Heard::Paused => rx.wake().await.unwrap(),
                _ => {}
            }
        }
        assert!(lost > 0);
        assert_eq!(received + lost, count as u64);
    }

    #[tokio::test]
    async fn after_unsubscribing_nothing_comes_and_the_filter_can_be_had_again() {
        let (mut mouth, mut tx, mut rx) = one_lane();
        tx.unsubscribe("never/seen").unwrap();
        for subscription in 1..500 {
            subscribe(&mut tx, &mut rx, "a/b/c", subscription).await;
            for n in 0..3 {
                mouth.publish(&message(n)).unwrap();
            }
            let mut heard = 0;
            while heard < 3 {
                if let Heard::Message { subscription: of, message, .. } = rx.next().await.unwrap() {
                    assert_eq!((of, &message.payload()[..]), (subscription, &u32::to_be_bytes(heard)[..]));
                    heard += 1;
                }
            }
            tx.unsubscribe("a/b/c").unwrap();
            two_rounds(&mut tx, &mut rx).await;
            mouth.publish(&message(99)).unwrap();
        }
    }

    #[tokio::test]
    async fn the_end_of_the_router_is_noticed_by_both_halves() {
        let (_, mut tx, mut rx) = one_lane();
        kill(&mut tx, &rx);
        while rx.next().await.is_ok() {}
        while tx.ping().is_ok() {
            tx.0.0.buffer().clear();
        }
    }
}
