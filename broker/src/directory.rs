//! Who is connected: one session for each credential, and the handles by which a session is told to end or to change
//! its rules.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use registry::Role;
use tokio::sync::watch;
use vocabulary::{CredentialId, Fingerprint};

use crate::counters::Count;
use crate::lane::SessionKey;

/// What a session is told from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    /// End, and count it as this.
    pub(crate) end: Option<Count>,
    /// The credential's role is now this one.
    pub(crate) role: Option<Role>,
}

/// Every live session by its credential.
#[derive(Default)]
pub(crate) struct Directory {
    sessions: Mutex<HashMap<CredentialId, Entry>>,
}

struct Entry {
    key: SessionKey,
    role: Role,
    /// The certificate by which it came in, when it was one.
    device: Option<Fingerprint>,
    orders: watch::Sender<Orders>,
    /// Closes when the session has ended, its will published and its subscriptions gone.
    ended: watch::Receiver<()>,
}

/// A session's own place in the directory. Dropping it, in whatever way the session ends, gives the place up and
/// lets the one who waits for it in.
pub(crate) struct Place {
    pub(crate) orders: watch::Receiver<Orders>,
    directory: Arc<Directory>,
    id: CredentialId,
    key: SessionKey,
    _ended: watch::Sender<()>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut sessions = self.directory.lock();
        // Another may have taken the place.
        if sessions.get(&self.id).is_some_and(|entry| entry.key == self.key) {
            sessions.remove(&self.id);
        }
    }
}

impl Directory {
    /// Enters a session. One that is there under the same credential is told to end, and this waits until it has, so
    /// its will comes before anything that the new session says. Of several who come at once, the last one stays.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        id: &CredentialId,
        key: SessionKey,
        role: Role,
        device: Option<Fingerprint>,
    ) -> Place {
        let (orders, orders_rx) = watch::channel(Orders::default());
        let (ended_tx, ended) = watch::channel(());
        let (directory, id) = (self.clone(), id.clone());
        let place = Place { orders: orders_rx, directory, id: id.clone(), key, _ended: ended_tx };
        let previous = self.lock().insert(id, Entry { key, role, device, orders, ended });
        if let Some(mut previous) = previous {
            previous.orders.send_modify(|orders| orders.end = Some(Count::ClosedTakenOver));
            while previous.ended.changed().await.is_ok() {}
        }
        place
    }

    /// Every credential that is connected, with the certificate by which it came in.
    pub(crate) fn connected(&self) -> Vec<(CredentialId, Option<Fingerprint>)> {
        self.lock().iter().map(|(id, entry)| (id.clone(), entry.device)).collect()
    }

    /// Applies what the registry says of a credential now: `None` ends its session, a changed role changes its rules.
    pub(crate) fn settle(&self, id: &CredentialId, role: Option<Role>) {
        let mut sessions = self.lock();
        let Some(entry) = sessions.get_mut(id) else { return };
        match role {
            None => entry.orders.send_modify(|orders| orders.end = Some(Count::ClosedRevoked)),
            Some(role) if role != entry.role => {
                entry.role = role.clone();
                entry.orders.send_modify(|orders| orders.role = Some(role));
            }
            Some(_) => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CredentialId, Entry>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_of_several_stays_and_each_waits_for_the_one_before() {
        let directory = Arc::new(Directory::default());
        let id = CredentialId::new("h1").unwrap();
        let first = directory.enter(&id, SessionKey(1), Role::Service, None).await;
        let enter = |key| {
            let (directory, id) = (directory.clone(), id.clone());
            tokio::spawn(async move { directory.enter(&id, SessionKey(key), Role::Service, None).await })
        };
        let second = enter(2);
        while first.orders.borrow().end.is_none() {
            tokio::task::yield_now().await;
        }
        let third = enter(3);
        assert!(!second.is_finished() && !third.is_finished());
        drop(first);
        let second = second.await.unwrap();
        while second.orders.borrow().end.is_none() {
            tokio::task::yield_now().await;
        }
        drop(second);
        let third = third.await.unwrap();
        assert!(third.orders.borrow().end.is_none());
        assert_eq!(directory.connected(), [(id.clone(), None)]);
        directory.settle(&id, None);
        assert_eq!(third.orders.borrow().end, Some(Count::ClosedRevoked));
    }
}
