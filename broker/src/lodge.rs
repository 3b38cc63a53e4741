//! Sessions whose clients are away: they hear on, within bounds, until their client comes back, asks for a clean one,
//! or is away for too long.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use registry::{LiveCredential, RegistryError};
use tokio::time::Instant;
use tracing::{info, warn};
use vocabulary::{CredentialId, Timestamp};

use crate::clerk::Clerk;
use crate::counters::{Count, Counters};
use crate::hub::Hub;
use crate::mailbox::Bounds;
use crate::packet::Qos;
use crate::settings::Limits;
use crate::shelf::{KeptSession, Line, Shelf, Written};
use crate::stay::Stay;

/// Every session without a connection.
pub(crate) struct Lodge {
    asleep: Mutex<HashMap<CredentialId, Sleeper>>,
    shelf: Shelf,
    limits: Limits,
    counters: Counters,
}

struct Sleeper {
    stay: Stay,
    /// How long its client had been away before a restart, by the wall clock: nothing else goes on over one.
    away_before: Duration,
    /// Since when in this process. A wall clock that is set, for the first time or anew, ends nobody's session.
    since: Instant,
}

impl Sleeper {
    fn away(&self, now: Instant) -> Duration {
        self.away_before + now.duration_since(self.since)
    }
}

impl Lodge {
    pub(crate) fn new(shelf: Shelf, limits: Limits, counters: Counters) -> Self {
        Self { asleep: Mutex::default(), shelf, limits, counters }
    }

    /// Lets the sessions in that were kept over a restart and whose credentials are still the same. What waited for
    /// them in memory is gone.
    pub(crate) async fn furnish(
        &self,
        kept: BTreeMap<String, KeptSession>,
        clerk: &Clerk,
        hub: &Arc<Hub>,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let ids = kept.keys().filter_map(|client| CredentialId::new(client).ok()).collect();
        let mut live = clerk.live(ids).await?;
        for (client, session) in kept {
            let id = CredentialId::new(&client).ok();
            let live = id.and_then(|id| live.remove_entry(&id));
            // One that was laid down by an older program does not say by which secret it was made.
            let is_same =
                |live: &LiveCredential| session.issue.is_none_or(|issue| live.issue.number() == issue);
            let Some((id, credential)) = live.filter(|(_, live)| is_same(live)) else {
                self.shelf.put(Line::Close { client }).by_itself();
                self.counters.add(Count::SessionsRevoked);
                continue;
            };
            let rules = clerk.rules(&credential.role);
            let mut stay = Stay::new(id, credential, &rules, hub.clone(), &self.limits);
            for (filter, qos) in session.filters {
                let qos = Qos::from_number(qos).unwrap_or(Qos::AtMostOnce);
                if let Err(count) = stay.subscriptions.add(&rules, &filter, qos).await {
                    self.counters.add(count);
                }
            }
            let left = session.left_ms.map_or(now, Timestamp::from_ms);
            self.lay_down(stay, Duration::from_millis(u64::try_from(now.since(left)).unwrap_or(0)));
        }
        Ok(())
    }

    /// A client's connection ended and its session is to be kept.
    pub(crate) fn rest(&self, mut stay: Stay, now: Timestamp) {
        stay.outgoing.rest();
        self.shelf.put(Line::Left { client: stay.id.to_string(), at_ms: now.ms() }).by_itself();
        self.lay_down(stay, Duration::ZERO);
    }

    fn lay_down(&self, stay: Stay, away_before: Duration) {
        let since = Instant::now();
        stay.mailbox
            .fall_asleep(Bounds { messages: self.limits.asleep_messages, bytes: self.limits.asleep_bytes });
        let mut asleep = self.lock();
        if asleep.len() >= self.limits.asleep_sessions {
            let oldest =
                asleep.iter().max_by_key(|(_, sleeper)| sleeper.away(since)).map(|(id, _)| id.clone());
            if let Some(oldest) = oldest {
                self.end(&mut asleep, &oldest, Count::SessionsTooMany);
            }
        }
        asleep.insert(stay.id.clone(), Sleeper { stay, away_before, since });
        self.counters.set(Count::SessionsAsleep, asleep.len() as u64);
    }

    /// A client is back, or here for the first time, and wants a session that is kept: its own if there is one. What
    /// is given back besides says when it is certain to be kept.
    pub(crate) fn wake(&self, id: &CredentialId, credential: &LiveCredential) -> (Option<Stay>, Written) {
        let mut asleep = self.lock();
        if asleep.get(id).is_some_and(|sleeper| sleeper.stay.credential != *credential) {
            self.end(&mut asleep, id, Count::SessionsRevoked);
        }
        let stay = asleep.remove(id).map(|sleeper| sleeper.stay);
        self.counters.set(Count::SessionsAsleep, asleep.len() as u64);
        let client = id.to_string();
        if let Some(stay) = &stay {
            self.counters.add(Count::SessionsResumed);
            let lost = stay.mailbox.take_lost();
            if lost > 0 {
                warn!(client, messages = lost, "messages were dropped while a client was away");
            }
            stay.mailbox.wake();
        } else {
            // One of before that could not be let in must not be added to.
            self.shelf.put(Line::Close { client: client.clone() }).by_itself();
        }
        self.shelf.put(Line::Open { client: client.clone() }).by_itself();
        (stay, self.shelf.put(Line::Issue { client, issue: credential.issue.number() }))
    }

    /// A session is over.
    pub(crate) fn close(&self, id: &CredentialId, why: Count) {
        self.end(&mut self.lock(), id, why);
    }

    /// Ends the sessions whose clients have been away for too long.
    pub(crate) fn expire(&self, now: Instant) {
        let mut asleep = self.lock();
        let tired = asleep.iter().filter(|(_, sleeper)| sleeper.away(now) > self.limits.asleep_time);
        let tired: Vec<_> = tired.map(|(id, _)| id.clone()).collect();
        for id in tired {
            info!(client = %id, "a session ended: its client has been away for too long");
            self.end(&mut asleep, &id, Count::SessionsExpired);
        }
    }

    /// Every credential with a session here.
    pub(crate) fn clients(&self) -> Vec<CredentialId> {
        self.lock().keys().cloned().collect()
    }

    /// Applies what the registry says of a credential now: the session of one that was revoked, or issued anew, ends.
    pub(crate) fn settle(&self, id: &CredentialId, live: Option<&LiveCredential>) {
        let mut asleep = self.lock();
        if asleep.get(id).is_some_and(|sleeper| live != Some(&sleeper.stay.credential)) {
            self.end(&mut asleep, id, Count::SessionsRevoked);
        }
    }

    fn end(&self, asleep: &mut HashMap<CredentialId, Sleeper>, id: &CredentialId, why: Count) {
        if asleep.remove(id).is_some() {
            self.counters.add(why);
            self.counters.set(Count::SessionsAsleep, asleep.len() as u64);
            self.shelf.put(Line::Close { client: id.to_string() }).by_itself();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CredentialId, Sleeper>> {
        self.asleep.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
