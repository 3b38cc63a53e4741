//! Who is connected: one session for each credential, and the handles by which a session is told to end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use registry::LiveCredential;
use tokio::sync::watch;
use vocabulary::{CredentialId, Fingerprint};

use crate::counters::Count;
use crate::lane::SessionKey;

/// What a session is told from outside: to end, and as what to count it.
pub(crate) type Orders = Option<Count>;

/// Every live session by its credential.
#[derive(Default)]
pub(crate) struct Directory {
    sessions: Mutex<HashMap<CredentialId, Entry>>,
}

struct Entry {
    key: SessionKey,
    credential: LiveCredential,
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
        credential: LiveCredential,
        device: Option<Fingerprint>,
    ) -> Place {
        let (orders, orders_rx) = watch::channel(None);
        let (ended_tx, ended) = watch::channel(());
        let (directory, id) = (self.clone(), id.clone());
        let place = Place { orders: orders_rx, directory, id: id.clone(), key, _ended: ended_tx };
        let issue = credential.issue;
        let previous = self.lock().insert(id, Entry { key, credential, device, orders, ended });
        if let Some(mut previous) = previous {
            // Whoever came in by an earlier secret is out, even if the check has not found that yet.
            let is_same = previous.credential.issue == issue;
            let end = if is_same { Count::ClosedTakenOver } else { Count::ClosedRevoked };
            previous.orders.send_replace(Some(end));
            while previous.ended.changed().await.is_ok() {}
        }
        place
    }

    /// Every credential that is connected, with the certificate by which it came in.
    pub(crate) fn connected(&self) -> Vec<(CredentialId, Option<Fingerprint>)> {
        self.lock().iter().map(|(id, entry)| (id.clone(), entry.device)).collect()
    }

    /// Applies what the registry says of a credential now: when it is not the one any more by which the session came
    /// in, the session ends.
    pub(crate) fn settle(&self, id: &CredentialId, live: Option<&LiveCredential>) {
        let sessions = self.lock();
        let Some(entry) = sessions.get(id) else { return };
        if live != Some(&entry.credential) {
            entry.orders.send_replace(Some(Count::ClosedRevoked));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CredentialId, Entry>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clerk::ANYONE;

    #[tokio::test]
    async fn the_last_of_several_stays_and_each_waits_for_the_one_before() {
        let directory = Arc::new(Directory::default());
        let id = CredentialId::new("h1").unwrap();
        let first = directory.enter(&id, SessionKey(1), ANYONE, None).await;
        let enter = |key| {
            let (directory, id) = (directory.clone(), id.clone());
            tokio::spawn(async move { directory.enter(&id, SessionKey(key), ANYONE, None).await })
        };
        let second = enter(2);
        while first.orders.borrow().is_none() {
            tokio::task::yield_now().await;
        }
        let third = enter(3);
        assert!(!second.is_finished() && !third.is_finished());
        drop(first);
        let second = second.await.unwrap();
        while second.orders.borrow().is_none() {
            tokio::task::yield_now().await;
        }
        drop(second);
        let third = third.await.unwrap();
        assert!(third.orders.borrow().is_none());
        assert_eq!(directory.connected(), [(id.clone(), None)]);
        directory.settle(&id, None);
        assert_eq!(*third.orders.borrow(), Some(Count::ClosedRevoked));
    }
}
