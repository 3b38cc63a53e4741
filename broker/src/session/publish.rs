//! What a client says: judged, passed on, acknowledged.

use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;
use tracing::warn;

use super::Session;
use crate::counters::Count;
use crate::greeting;
use crate::packet::{Publish, Qos};
use crate::reply;
use crate::router::Message;
use crate::rules::AUDITED_MESSAGES;
use crate::stay::Stay;
use crate::topics;

/// QoS 2 messages whose PUBREL has not come; a client that leaves more behind is broken.
const MAX_UNRELEASED: usize = 1_024;

impl<S: AsyncRead + AsyncWrite + Send> Session<S> {
    pub(super) async fn publish(&mut self, publish: Publish) -> Result<(), Count> {
        self.house.counters.add(Count::MessagesIn);
        let repeated = publish.qos == Qos::ExactlyOnce && !self.stay.unreleased.insert(publish.id);
        if self.stay.unreleased.len() > MAX_UNRELEASED {
            return Err(Count::ClosedProtocol);
        }
        if !repeated {
            let topic = std::str::from_utf8(&publish.topic).map_err(|_| Count::ClosedMalformed)?;
            match self.denial(topic, &publish) {
                None => {
                    self.pay_for_audit(topic);
                    if self.pass_on(topic, &publish.payload, publish.qos, publish.retain).await {
                        self.catch_up();
                    }
                }
                Some(count) => self.deny(count, topic)?,
            }
        }
        match publish.qos {
            Qos::AtMostOnce => {}
            Qos::AtLeastOnce => reply::puback(&mut self.stay.outgoing.buffer, publish.id),
            Qos::ExactlyOnce => reply::pubrec(&mut self.stay.outgoing.buffer, publish.id),
        }
        Ok(())
    }

    fn denial(&self, topic: &str, publish: &Publish) -> Option<Count> {
        if !self.rules.is_name(topic) {
            Some(Count::DeniedTopic)
        } else if !self.rules.may_publish(topic) {
            Some(Count::DeniedRole)
        } else if publish.payload.len() > self.house.limits.payload_bytes {
            Some(Count::DeniedOversized)
        } else {
            None
        }
    }

    /// A denied message is counted, acknowledged by the caller and gone; too many of them end the session.
    fn deny(&mut self, count: Count, topic: &str) -> Result<(), Count> {
        self.house.counters.add(count);
        self.denied += 1;
        if self.denied == 1 {
            let topic: String = topic.chars().take(100).collect();
            warn!(client = %self.stay.id, topic, reason = ?count, "a message was denied; further ones are only counted");
        }
        if self.denied > self.house.limits.denied_publishes { Err(Count::ClosedDenied) } else { Ok(()) }
    }

    /// What is written to the audit costs more than one message, of which one is paid.
    fn pay_for_audit(&mut self, topic: &str) {
        let extra = if self.rules.audited(topic).is_some() { AUDITED_MESSAGES - 1 } else { 0 };
        if extra > 0 && self.pace.spend(extra, 0, Instant::now) {
            self.house.counters.add(Count::Held);
        }
    }

    /// What was read may be many messages, each held up a little: what waits for this client goes on meanwhile.
    fn catch_up(&mut self) {
        self.fill();
        if !self.stay.outgoing.buffer.is_empty() {
            // Tried once; an error shows again in the loop.
            let written = self.writer.write_buf(&mut self.stay.outgoing.buffer).now_or_never();
            if matches!(written, Some(Ok(1..))) {
                self.stay.outgoing.progress();
            }
        }
    }

    /// Gives whether it was held up.
    async fn pass_on(&self, topic: &str, payload: &[u8], qos: Qos, retain: bool) -> bool {
        if let Some(action) = self.rules.audited(topic) {
            self.house.clerk.audit(&self.stay.id, action, audit_target(topic), payload).await;
        }
        let message = Message::new(topic.as_bytes(), payload, qos);
        self.house.hub.publish(self.lane, &message, retain && self.rules.may_be_kept(topic)).await
    }

    async fn may_still_wish(&self) -> bool {
        let Stay { id, credential, .. } = &self.stay;
        self.house.clerk.still_holds(id, credential, self.device).await
    }

    /// Says the will of a client that went without a good-bye. That a heater is gone is said whatever became of its
    /// credential; anything else might be a wish, and nobody has one whose credential does not hold any more.
    pub(super) async fn leave_will(&mut self) {
        if let Some(will) = self.will.take()
            && greeting::may_leave(&will, &self.rules, &self.house.limits)
            && (topics::is_status(&will.topic) || self.may_still_wish().await)
        {
            self.pass_on(&will.topic, &will.payload, will.qos, will.retain).await;
        }
    }
}

/// What the audit says a request was about: `{site}/room/{room}` or `{site}/site`, as the pages name it too.
fn audit_target(topic: &str) -> &str {
    let target = topic.strip_prefix("hypocaust/1/").unwrap_or(topic);
    target.rsplit_once('/').map_or(target, |(target, _action)| target)
}
