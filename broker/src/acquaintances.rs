//! Which names the registry knows, so that strangers are turned away without asking it.
//!
//! A million unknown names would each take their turn at the registry's one lock, before those who are known and before
//! everybody else who reads the book. So the names are kept here. One that is not among them may have been added a
//! moment ago: it waits for the next look at the book's revision, which all strangers of these milliseconds share.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use registry::{Registry, RegistryError};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};
use vocabulary::CredentialId;

use crate::clerk::blocking;

/// Between two looks. 200 a second take less than a hundredth of a processor, however many strangers there are, and
/// nobody whose credential was just made notices 5 ms.
const LOOK_PAUSE: Duration = Duration::from_millis(5);

/// The names of all live credentials, as they were at the last look.
#[derive(Default)]
pub(crate) struct Acquaintances {
    names: RwLock<HashSet<CredentialId>>,
    look: Mutex<Look>,
}

#[derive(Default)]
struct Look {
    /// When the last one began.
    begun: Option<Instant>,
    /// The book's revision that the names are of.
    revision: Option<u64>,
}

impl Acquaintances {
    /// Whether there is a live credential of this name, or was one at the last look.
    pub(crate) async fn include(
        &self,
        id: &CredentialId,
        registry: &Registry,
    ) -> Result<bool, RegistryError> {
        if self.has(id) {
            return Ok(true);
        }
        let asked = Instant::now();
        let mut look = self.look.lock().await;
        if look.begun.is_none_or(|begun| begun < asked) {
            self.look_again(&mut look, registry).await?;
        }
        Ok(self.has(id))
    }

    async fn look_again(&self, look: &mut Look, registry: &Registry) -> Result<(), RegistryError> {
        if let Some(begun) = look.begun {
            sleep_until(begun + LOOK_PAUSE).await;
        }
        let begun = Instant::now();
        let (registry, known) = (registry.clone(), look.revision);
        let found = blocking(move || {
            // First the revision: names of a later one are read again at the next look, and none is missed.
            let revision = registry.revision()?;
            let names = (known != Some(revision)).then(|| registry.live_names()).transpose()?;
            Ok::<_, RegistryError>((revision, names))
        });
        let (revision, names) = found.await?;
        if let Some(names) = names {
            *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
        }
        *look = Look { begun: Some(begun), revision: Some(revision) };
        Ok(())
    }

    fn has(&self, id: &CredentialId) -> bool {
        self.names.read().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use registry::Role;
    use vocabulary::Timestamp;

    use super::*;

    fn id(text: &str) -> CredentialId {
        CredentialId::new(text).unwrap()
    }

    #[tokio::test]
    async fn who_was_added_a_moment_ago_is_known_and_who_was_revoked_is_forgotten() {
        let registry = Registry::in_memory().unwrap();
        let known = Acquaintances::default();
        for name in ["a", "b", "c"] {
            assert!(!known.include(&id(name), &registry).await.unwrap());
            registry.issue_credential(&id(name), &Role::Service, Timestamp::from_ms(0)).unwrap();
            assert!(known.include(&id(name), &registry).await.unwrap(), "{name}");
        }
        registry.revoke_credential(&id("a"), "test", Timestamp::from_ms(0)).unwrap();
        assert!(!known.include(&id("stranger"), &registry).await.unwrap());
        assert!(!known.include(&id("a"), &registry).await.unwrap());
        assert!(known.include(&id("b"), &registry).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_who_come_together_share_a_look() {
        let registry = Registry::in_memory().unwrap();
        let known = Acquaintances::default();
        let begun = Instant::now();
        let names: Vec<_> = (0..1_000).map(|number| id(&format!("stranger-{number}"))).collect();
        let found = join_all(names.iter().map(|name| known.include(name, &registry))).await;
        assert!(found.into_iter().all(|found| !found.unwrap()));
        assert!(begun.elapsed() <= 2 * LOOK_PAUSE, "{:?}", begun.elapsed());
    }
}
