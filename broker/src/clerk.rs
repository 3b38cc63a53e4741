//! The broker's errands to the registry: who is this, is the credential still good, write this down. The registry
//! waits for a disk, so every errand runs on a blocking thread, a few at a time.

use std::collections::HashMap;
use std::sync::Arc;

use registry::{Deed, Issue, LiveCredential, Registry, RegistryError, Role};
use tokio::sync::{Semaphore, mpsc};
use tracing::error;
use vocabulary::{CredentialId, Fingerprint, Timestamp, WallClock};

use crate::acquaintances::Acquaintances;
use crate::counters::{Count, Counters};
use crate::directory::Directory;
use crate::lodge::Lodge;
use crate::rules::Rules;

/// Checks of a secret at one time: each takes some 50 µs behind the registry's one lock, more threads gain nothing.
const CHECKS_AT_ONCE: usize = 4;
/// Lines that wait to be written; when it is full, the building system that asks waits.
const WAITING_LINES: usize = 1_024;
/// What of a payload is written down.
const DETAIL_BYTES: usize = 200;

/// What everybody has who is not asked for a credential.
pub(crate) const ANYONE: LiveCredential =
    LiveCredential { role: Role::Service, issue: Issue::from_number(0) };

/// How a client proves who it is.
pub(crate) enum Proof {
    /// By the credential's secret.
    Secret(String),
    /// By holding the key of a certificate, which TLS has checked.
    Certificate(Fingerprint),
}

/// Runs errands; clones share the queue.
#[derive(Clone)]
pub(crate) struct Clerk {
    registry: Registry,
    /// Asks nobody: see [`crate::conformance`].
    lets_anyone_in: bool,
    clock: WallClock,
    acquaintances: Arc<Acquaintances>,
    checks: Arc<Semaphore>,
    lines: mpsc::Sender<Line>,
}

struct Line {
    who: String,
    action: String,
    target: String,
    detail: String,
}

impl Clerk {
    /// Starts the task that writes the audit; it ends when the last clone is gone and all is written.
    pub(crate) fn start(
        registry: Registry,
        clock: WallClock,
        counters: Counters,
        lets_anyone_in: bool,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (lines, waiting) = mpsc::channel(WAITING_LINES);
        let writer = tokio::spawn(write_down(registry.clone(), clock.clone(), waiting, counters));
        (
            Self {
                registry,
                lets_anyone_in,
                clock,
                acquaintances: Arc::default(),
                checks: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
                lines,
            },
            writer,
        )
    }

    /// The house's time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The credential of whoever proves to be this one.
    pub(crate) async fn authenticate(
        &self,
        id: &CredentialId,
        proof: Proof,
    ) -> Result<Option<LiveCredential>, RegistryError> {
        if !self.acquaintances.include(id, &self.registry).await? {
            return Ok(None);
        }
        let (id, now) = (id.clone(), self.now());
        self.errand(move |registry| match proof {
            Proof::Secret(secret) => registry.authenticate(&id, &secret),
            Proof::Certificate(fingerprint) => registry.authenticate_certificate(&id, &fingerprint, now),
        })
        .await
    }

    /// Something that is asked from outside, and therefore waits its turn.
    pub(crate) async fn errand<T: Send + 'static>(
        &self,
        errand: impl FnOnce(Registry) -> T + Send + 'static,
    ) -> T {
        let _turn = self.checks.acquire().await.expect("the semaphore is never closed");
        let registry = self.registry.clone();
        blocking(move || errand(registry)).await
    }

    /// Writes down that someone asked for something. Waits when very much is to be written.
    pub(crate) async fn audit(&self, who: &CredentialId, action: &str, target: &str, payload: &[u8]) {
        let detail = String::from_utf8_lossy(&payload[..payload.len().min(DETAIL_BYTES)]).into_owned();
        let (who, action, target) = (who.to_string(), action.to_owned(), target.to_owned());
        // The writer outlives every session.
        let _ = self.lines.send(Line { who, action, target, detail }).await;
    }

    /// A number that changes with the registry's rules.
    pub(crate) async fn revision(&self) -> Result<u64, RegistryError> {
        let registry = self.registry.clone();
        blocking(move || registry.revision()).await
    }

    /// Whether nobody is asked for a credential.
    pub(crate) fn lets_anyone_in(&self) -> bool {
        self.lets_anyone_in
    }

    /// What a role allows.
    pub(crate) fn rules(&self, role: &Role) -> Rules {
        if self.lets_anyone_in { Rules::none() } else { Rules::new(role) }
    }

    /// Those credentials that are good.
    pub(crate) async fn live(
        &self,
        ids: Vec<CredentialId>,
    ) -> Result<HashMap<CredentialId, LiveCredential>, RegistryError> {
        if self.lets_anyone_in {
            return Ok(ids.into_iter().map(|id| (id, ANYONE)).collect());
        }
        let registry = self.registry.clone();
        blocking(move || {
            let live = ids.into_iter().map(|id| Ok(registry.live_credential(&id)?.map(|live| (id, live))));
            live.filter_map(Result::transpose).collect()
        })
        .await
    }

    /// Whether a credential is at this moment what it was when a client came in by it; a registry that cannot be read
    /// says no.
    pub(crate) async fn still_holds(
        &self,
        id: &CredentialId,
        credential: &LiveCredential,
        certificate: Option<Fingerprint>,
    ) -> bool {
        let (id, now) = (id.clone(), self.now());
        let live = self.errand(move |registry| live(&registry, &id, certificate, now));
        self.lets_anyone_in || live.await.is_ok_and(|live| live.as_ref() == Some(credential))
    }

    /// Looks again at every session's credential: the session of one that was revoked, or issued anew, ends.
    pub(crate) async fn settle(
        &self,
        directory: Arc<Directory>,
        lodge: Arc<Lodge>,
    ) -> Result<(), RegistryError> {
        if self.lets_anyone_in {
            return Ok(());
        }
        let (registry, now) = (self.registry.clone(), self.now());
        blocking(move || {
            for (id, device) in directory.connected() {
                directory.settle(&id, live(&registry, &id, device, now)?.as_ref());
            }
            for id in lodge.clients() {
                lodge.settle(&id, registry.live_credential(&id)?.as_ref());
            }
            Ok(())
        })
        .await
    }
}

fn live(
    registry: &Registry,
    id: &CredentialId,
    certificate: Option<Fingerprint>,
    now: Timestamp,
) -> Result<Option<LiveCredential>, RegistryError> {
    match certificate {
        None => registry.live_credential(id),
        Some(certificate) => registry.live_by_certificate(id, &certificate, now),
    }
}

async fn write_down(
    registry: Registry,
    clock: WallClock,
    mut waiting: mpsc::Receiver<Line>,
    counters: Counters,
) {
    while let Some(Line { who, action, target, detail }) = waiting.recv().await {
        let registry = registry.clone();
        let now = clock();
        let write = move || {
            let asked = Deed { new: &detail, ..Deed::new(&who, &action, &target) };
            registry.audit(now, &asked)
        };
        let written = blocking(write).await;
        if let Err(error) = written {
            counters.add(Count::AuditFailed);
            error!(%error, "a request of a building system could not be written to the audit");
        }
    }
}

pub(crate) async fn blocking<T: Send + 'static>(errand: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(errand).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
