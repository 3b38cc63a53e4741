//! One client from its CONNACK to its end.
//!
//! ```text
//! socket ──input──> packet ──apply──> hub, answers ─┐
//! mailbox ─────────────────────fill────────────────>┴─outgoing──> socket
//! ```
//!
//! One loop owns everything. It reads and writes at the same time, so a client that is itself stuck in writing is not
//! waited for; what it waits for are the registry's audit, the lanes and the tide, each of them short.

mod publish;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use registry::LiveCredential;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, warn};
use vocabulary::{CredentialId, Fingerprint};

use crate::counters::Count;
use crate::directory::{Orders, Place};
use crate::door::{self, House};
use crate::greeting::Guest;
use crate::hub::Lane;
use crate::pace::Pace;
use crate::packet::{self, Packet, PacketError, Qos, Will};
use crate::reply::{self, ConnectCode};
use crate::rules::Rules;
use crate::shelf::{Line, Written};
use crate::stay::Stay;

/// Bytes to make room for before reading; most packets of this house fit.
const READ_BYTES: usize = 4 * 1024;
/// A session without any deadline looks at its clock this often.
const NO_DEADLINE: Duration = Duration::from_secs(3_600);
/// How long the last bytes may take when the broker stops.
const LAST_WORDS: Duration = Duration::from_millis(500);

pub(crate) struct Session<S> {
    house: Arc<House>,
    lane: Lane,
    rules: Rules,
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    input: BytesMut,
    stay: Stay,
    /// Whether it is kept when the connection ends.
    is_kept: bool,
    pace: Pace,
    denied: u32,
    lost: u64,
    will: Option<Will>,
    /// The certificate by which the client came in, when it was one.
    device: Option<Fingerprint>,
    /// One and a half times what the client promised [3.1.2.10]; `None` when it promised nothing.
    silence_allowed: Option<Duration>,
    last_heard: Instant,
}

impl<S: AsyncRead + AsyncWrite + Send> Session<S> {
    /// Answers the CONNECT of whoever may come in: with the session that was kept for it, or with a new one.
    pub(crate) async fn begin(house: Arc<House>, guest: Guest, stream: S, input: BytesMut) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let Guest { id, credential, will, clean_session, keep_alive_s, device } = guest;
        let (rules, lane) = (house.clerk.rules(&credential.role), Lane::of(&credential.role));
        let kept = if clean_session { None } else { wake(&house, &id, &credential).await };
        if clean_session {
            house.lodge.close(&id, Count::SessionsCleaned);
        }
        let is_present = kept.is_some();
        let new = || Stay::new(id, credential, &rules, house.hub.clone(), &house.limits);
        let pace = Pace::new(rules.rate(&house.limits), Instant::now());
        let mut stay = kept.unwrap_or_else(new);
        reply::connack(&mut stay.outgoing.buffer, ConnectCode::Accepted, is_present);
        let promised = Duration::from_secs(keep_alive_s.into());
        Self {
            lane,
            rules,
            reader,
            writer,
            input,
            stay,
            is_kept: !clean_session,
            pace,
            denied: 0,
            lost: 0,
            will,
            device,
            silence_allowed: (!promised.is_zero()).then(|| promised * 3 / 2),
            last_heard: Instant::now(),
            house,
        }
    }

    /// Serves the client until one of the two ends it. `place` is given up last: then the will is published, and
    /// nobody hears for this session any more unless it is kept.
    pub(crate) async fn run(mut self, mut place: Place, mut stop: watch::Receiver<bool>) {
        debug!(client = %self.stay.id, "a client connected");
        let Err(end) = self.serve(&mut place.orders, &mut stop).await;
        self.house.counters.add(end);
        debug!(client = %self.stay.id, ?end, "a client's connection ended");
        if !self.is_kept {
            self.stay.subscriptions.clear();
        }
        self.note_losses();
        match end {
            Count::ClosedByClient => {}
            Count::ClosedShutdown => {
                let last_words = self.writer.write_all(&self.stay.outgoing.buffer);
                let _ = timeout(LAST_WORDS, last_words).await;
            }
            _ => self.leave_will().await,
        }
        if self.is_kept {
            let (id, now) = (self.stay.id.clone(), (self.house.clock)());
            self.house.lodge.rest(self.stay, now);
            if end == Count::ClosedRevoked {
                self.house.lodge.close(&id, Count::SessionsRevoked);
            }
        }
        // A client that is gone needs no goodbye.
        let _ = timeout(LAST_WORDS, self.writer.shutdown()).await;
    }

    /// Ends with what is to be counted.
    async fn serve(
        &mut self,
        orders: &mut watch::Receiver<Orders>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<std::convert::Infallible, Count> {
        let timer = sleep_until(self.deadline());
        tokio::pin!(timer);
        loop {
            while self.pace.may_go(Instant::now)
                && let Some(packet) = self.next_packet()?
            {
                self.apply(packet).await?;
            }
            self.fill();
            let deadline = self.deadline();
            if deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
            }
            self.input.reserve(READ_BYTES);
            tokio::select! {
                biased;
                changed = orders.changed() => {
                    changed.map_err(|_| Count::ClosedShutdown)?;
                    if let Some(end) = *orders.borrow_and_update() {
                        return Err(end);
                    }
                }
                () = door::asked(stop) => return Err(Count::ClosedShutdown),
                written = self.writer.write_buf(&mut self.stay.outgoing.buffer), if !self.stay.outgoing.buffer.is_empty() => {
                    written.map_err(|_| Count::ClosedLost)?;
                    self.stay.outgoing.progress();
                }
                read = self.reader.read_buf(&mut self.input), if self.may_read() => {
                    if read.map_err(|_| Count::ClosedLost)? == 0 {
                        return Err(Count::ClosedLost);
                    }
                }
                () = self.stay.mailbox.arrived(), if self.stay.outgoing.has_room() => {}
                () = &mut timer => {
                    self.check_clock()?;
                    timer.as_mut().reset(self.deadline());
                }
            }
        }
    }

    fn fill(&mut self) {
        let sent = self.stay.outgoing.fill(&self.stay.mailbox);
        if sent > 0 {
            self.house.counters.add_many(Count::MessagesOut, sent);
            self.house.hub.ease(self.lane);
        }
    }

    fn may_read(&self) -> bool {
        self.stay.outgoing.may_answer() && self.pace.held_until().is_none()
    }

    fn next_packet(&mut self) -> Result<Option<Packet>, Count> {
        let before = self.input.len();
        let packet = packet::decode(&mut self.input, self.house.limits.packet_bytes);
        let packet = packet.map_err(|error| match error {
            PacketError::Oversized(_) => Count::ClosedOversized,
            // Only a CONNECT has a version, and a second one is as wrong in any.
            PacketError::Malformed | PacketError::Version(_) => Count::ClosedMalformed,
        })?;
        if let Some(packet) = &packet {
            self.last_heard = Instant::now();
            // Acknowledgements are as many as the messages that were sent: only their bytes count.
            let messages = u32::from(!matches!(packet, Packet::PubAck(_)));
            if self.pace.spend(messages, before - self.input.len(), || self.last_heard) {
                self.house.counters.add(Count::Held);
            }
        }
        Ok(packet)
    }

    async fn apply(&mut self, packet: Packet) -> Result<(), Count> {
        match packet {
            Packet::Publish(publish) => self.publish(publish).await?,
            Packet::PubAck(id) => self.stay.outgoing.acknowledged(id),
            Packet::PubRel(id) => {
                self.stay.unreleased.remove(&id);
                reply::pubcomp(&mut self.stay.outgoing.buffer, id);
            }
            Packet::Subscribe { id, filters } => self.subscribe(id, filters).await?,
            Packet::Unsubscribe { id, filters } => {
                let mut written = Written::NOTHING;
                for filter in filters {
                    if self.stay.subscriptions.remove(&filter) && self.is_kept {
                        let client = self.stay.id.to_string();
                        written = self.house.shelf.put(Line::Unsubscribe { client, filter });
                    }
                }
                written.wait().await;
                reply::unsuback(&mut self.stay.outgoing.buffer, id);
            }
            Packet::PingReq => reply::pingresp(&mut self.stay.outgoing.buffer),
            Packet::Disconnect => return Err(Count::ClosedByClient),
            // A second CONNECT, or the answer to a QoS 2 message that is never sent from here.
            Packet::Connect(_) | Packet::PubRec(_) | Packet::PubComp(_) => return Err(Count::ClosedProtocol),
        }
        Ok(())
    }

    async fn subscribe(&mut self, id: u16, filters: Vec<(String, Qos)>) -> Result<(), Count> {
        let limits = &self.house.limits;
        if self.stay.mailbox.len() > limits.queue_messages + limits.retained {
            // Asks for the retained messages again and again without reading them.
            return Err(Count::ClosedStalled);
        }
        let mut codes = Vec::with_capacity(filters.len());
        let mut granted = Vec::with_capacity(filters.len());
        let mut written = Written::NOTHING;
        for (filter, qos) in filters {
            match self.stay.subscriptions.add(&self.rules, &filter, qos).await {
                Ok(()) => {
                    codes.push(qos.min(Qos::AtLeastOnce) as u8);
                    if self.is_kept {
                        let (client, filter) = (self.stay.id.to_string(), filter.clone());
                        written = self.house.shelf.put(Line::Subscribe { client, filter, qos: qos as u8 });
                    }
                    granted.push(filter);
                }
                Err(count) => {
                    self.house.counters.add(count);
                    let filter: String = filter.chars().take(100).collect();
                    debug!(client = %self.stay.id, filter, reason = ?count, "a filter was denied");
                    codes.push(reply::REFUSED_FILTER);
                }
            }
        }
        // What is acknowledged is kept; lines are written in order, so the last one stands for all.
        written.wait().await;
        reply::suback(&mut self.stay.outgoing.buffer, id, &codes);
        // A filter that stands in the packet many times brings what is kept once.
        granted.sort();
        granted.dedup();
        for filter in granted {
            self.stay.subscriptions.replay(&filter);
        }
        Ok(())
    }

    fn deadline(&mut self) -> Instant {
        let now = Instant::now();
        let stalled = self.stay.outgoing.stalled_since(now).map(|since| since + self.house.limits.write_time);
        let deadlines = [self.silent_at(), stalled, self.pace.held_until()];
        deadlines.into_iter().flatten().min().unwrap_or(now + NO_DEADLINE)
    }

    /// When the client has broken its promise to speak. Nobody is silent who is not listened to.
    fn silent_at(&self) -> Option<Instant> {
        let heard = self.pace.held_until().map_or(self.last_heard, |until| until.max(self.last_heard));
        self.silence_allowed.map(|allowed| heard + allowed)
    }

    fn check_clock(&mut self) -> Result<(), Count> {
        let now = Instant::now();
        self.note_losses();
        if self.silent_at().is_some_and(|silent| now >= silent) {
            return Err(Count::ClosedKeepAlive);
        }
        let write_time = self.house.limits.write_time;
        let stalled = self.stay.outgoing.stalled_since(now).is_some_and(|since| now >= since + write_time);
        if stalled { Err(Count::ClosedStalled) } else { Ok(()) }
    }

    fn note_losses(&mut self) {
        let lost = self.stay.mailbox.take_lost();
        if lost > 0 && self.lost == 0 {
            warn!(client = %self.stay.id, messages = lost, "a client reads too slowly; messages are dropped for it and counted");
        }
        self.lost += lost;
    }
}

/// The session that was kept for a client; `None` when there is none, and then the shelf knows that there is one from
/// now on.
async fn wake(house: &House, id: &CredentialId, credential: &LiveCredential) -> Option<Stay> {
    let (kept, written) = house.lodge.wake(id, credential);
    written.wait().await;
    kept
}
