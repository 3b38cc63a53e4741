//! A broker for one test, with an empty registry.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use broker::{Counters, Limits, Settings};
use registry::{Registry, Role};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vocabulary::{CredentialId, HeaterId, RoomId, SiteId, Timestamp};

use crate::raw::Raw;

/// Nothing here takes this long on any machine; a test that waits for it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) registry: Registry,
    pub(crate) counters: Counters,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

/// Limits for tests that say much in a short time, and do not wait long for a change of the rules.
pub(crate) fn hasty() -> Limits {
    Limits {
        credential_check: Duration::from_millis(20),
        messages_per_s: 10_000_000,
        bytes_per_s: u32::MAX,
        ..Limits::default()
    }
}

/// A clock that stands still: only the audit's lines bear its time.
pub(crate) fn clock() -> vocabulary::WallClock {
    std::sync::Arc::new(|| vocabulary::Timestamp::from_ms(1_763_632_000_000))
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(hasty()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::on(None, Registry::in_memory().unwrap(), limits).await
    }

    /// A broker that keeps what it is to keep in a folder.
    pub(crate) async fn on(folder: Option<&Path>, registry: Registry, limits: Limits) -> Self {
        Self::on_at(folder, registry, limits, clock()().ms()).await
    }

    /// The same at another time, in milliseconds since 1970.
    pub(crate) async fn on_at(folder: Option<&Path>, registry: Registry, limits: Limits, ms: i64) -> Self {
        Self::by(Arc::new(move || Timestamp::from_ms(ms)), folder, registry, limits).await
    }

    /// The same by any clock.
    pub(crate) async fn by(
        clock: vocabulary::WallClock,
        folder: Option<&Path>,
        registry: Registry,
        limits: Limits,
    ) -> Self {
        let mut settings = Settings::new("127.0.0.1:0".parse().unwrap());
        settings.limits = limits;
        settings.folder = folder.map(Path::to_owned);
        let door = broker::bind(settings, clock).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let (address, counters) = (door.local_addr(), door.counters());
        let running = tokio::spawn(door.run(registry.clone(), stopped));
        Self { address, registry, counters, stop, running }
    }

    /// Makes a credential and gives its secret.
    pub(crate) fn admit(&self, id: &str, role: &Role) -> String {
        let id = CredentialId::new(id).unwrap();
        self.registry.issue_credential(&id, role, Timestamp::from_ms(0)).unwrap()
    }

    pub(crate) fn revoke(&self, id: &str) {
        let id = CredentialId::new(id).unwrap();
        assert!(self.registry.revoke_credential(&id, "test", Timestamp::from_ms(0)).unwrap());
    }

    /// A link's settings for a new credential.
    pub(crate) fn link(&self, id: &str, role: &Role) -> link::Settings {
        let secret = self.admit(id, role);
        link::Settings::new(format!("mqtt://{}", self.address), CredentialId::new(id).unwrap(), secret)
    }

    /// A raw connection with a new credential.
    pub(crate) async fn raw(&self, id: &str, role: &Role) -> Raw {
        let secret = self.admit(id, role);
        let mut raw = Raw::connect(self.address).await;
        raw.send(&crate::raw::connect(id, &secret, 0)).await;
        raw.accepted().await;
        raw
    }

    pub(crate) fn counted(&self, name: &str, reason: &str) -> u64 {
        self.counters.value(name, Some(reason))
    }

    pub(crate) async fn close(self) {
        self.stop.send_replace(true);
        tokio::time::timeout(PATIENCE, self.running).await.expect("stops in time").unwrap();
    }
}

/// A platform part that listens to its own messages: as long as it hears them, the broker is usable.
pub(crate) struct Witness {
    raw: Raw,
    said: u32,
}

impl Witness {
    pub(crate) async fn enter(house: &House) -> Self {
        let mut raw = house.raw("witness", &Role::Service).await;
        raw.subscribe("hypocaust/1/witness/site/state", 0).await;
        Self { raw, said: 0 }
    }

    /// Says something and hears it.
    pub(crate) async fn check(&mut self, after: &str) {
        self.said += 1;
        let said = self.said.to_string();
        let topic = "hypocaust/1/witness/site/state";
        self.raw.send(&crate::raw::publish(topic, said.as_bytes(), 0, false, 0)).await;
        let heard = tokio::time::timeout(PATIENCE, self.raw.message()).await;
        assert_eq!(heard.unwrap_or_else(|_| panic!("unusable after: {after}")).payload, said.as_bytes());
    }
}

pub(crate) fn site() -> SiteId {
    SiteId::new("s").unwrap()
}

pub(crate) fn heater(id: &str) -> Role {
    Role::Heater { site: site(), heater: HeaterId::new(id).unwrap() }
}

pub(crate) fn gateway(heaters: &[&str]) -> Role {
    let heaters: BTreeSet<_> = heaters.iter().map(|id| HeaterId::new(id).unwrap()).collect();
    Role::Gateway { site: site(), heaters: Arc::new(heaters) }
}

pub(crate) fn observer(rooms: &[&str]) -> Role {
    let rooms: BTreeSet<_> = rooms.iter().map(|id| RoomId::new(id).unwrap()).collect();
    Role::Observer { site: site(), rooms: Arc::new(rooms) }
}
