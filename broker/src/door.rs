//! The front door: accepts connections within the limits, hears who they are, and gives each a session.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use identity::IdentityError;
use registry::Registry;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout, timeout_at};
use tracing::{error, warn};
use vocabulary::{Fingerprint, WallClock};

use crate::clerk::Clerk;
use crate::counters::{Count, Counters};
use crate::crowd::{Crowd, PutOut, Ticket};
use crate::directory::Directory;
use crate::greeting::{self, Refusal};
use crate::hub::Hub;
use crate::lane::SessionKey;
use crate::listeners::Listeners;
use crate::lodge::Lodge;
use crate::retained::Retained;
use crate::router::LaneRx;
use crate::session::Session;
use crate::settings::{Limits, Settings};
use crate::shelf::{KeptSession, Shelf, ShelfError, Stock};
use crate::tls::{self, Secure};

/// When the system has no more file handles, the next accept would fail at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Live connections are looked at again after this many checks though the registry's rules have not changed: a
/// certificate's end changes none.
const SETTLE_EVERY: u32 = 6;
/// What sessions have for their last words when the broker stops.
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// Why the broker could not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The address cannot be listened on.
    #[error("could not listen for MQTT on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Whoever may come in without a credential must be on this machine.
    #[error("a broker for conformance lets anyone in: it listens on a loopback address only, not on {0}")]
    OpenToOthers(SocketAddr),
    /// What the broker keeps cannot be read or written.
    #[error("the broker's folder: {0}")]
    Shelf(#[from] ShelfError),
    /// The router's thread did not start.
    #[error("could not start the broker's router")]
    Router,
    /// There is no certificate to show.
    #[error("TLS: {0}")]
    Identity(#[from] IdentityError),
}

/// What every session needs.
pub(crate) struct House {
    pub(crate) hub: Arc<Hub>,
    pub(crate) clerk: Clerk,
    pub(crate) directory: Arc<Directory>,
    pub(crate) lodge: Arc<Lodge>,
    pub(crate) shelf: Shelf,
    pub(crate) clock: WallClock,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
}

/// A broker that listens and has not opened yet: clients that come wait in the system's queue.
pub struct Door {
    listeners: Listeners,
    clock: WallClock,
    limits: Limits,
    counters: Counters,
    hub: Arc<Hub>,
    receivers: Vec<LaneRx>,
    shelf: Shelf,
    sessions: BTreeMap<String, KeptSession>,
    conformance: bool,
}

/// Takes the ports and starts the router, so that a port in use is known before anything says `ready`. `clock` judges
/// certificates and stamps the audit.
///
/// # Errors
/// [`BrokerError`]: a port, a certificate, the folder, or the router.
pub async fn bind(settings: Settings, clock: WallClock) -> Result<Door, BrokerError> {
    if settings.conformance && !settings.listen.ip().is_loopback() {
        return Err(BrokerError::OpenToOthers(settings.listen));
    }
    let listeners = Listeners::bind(settings.listen, settings.tls, &clock)?;
    let counters = Counters::new();
    let limits = settings.limits;
    let (shelf, Stock { retained, sessions }) = match &settings.folder {
        Some(folder) => Shelf::open(folder, &counters)?,
        None => (Shelf::none(), Stock::default()),
    };
    let retained = Retained::new(limits.retained, retained, shelf.clone(), counters.clone());
    let (hub, receivers) = Hub::start(retained, &counters).await.map_err(|_| BrokerError::Router)?;
    Ok(Door {
        listeners,
        clock,
        limits,
        counters,
        hub,
        receivers,
        shelf,
        sessions,
        conformance: settings.conformance,
    })
}

impl Door {
    /// Where clients find the broker.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.listeners.address
    }

    /// Where clients find it with TLS, if they do.
    #[must_use]
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.listeners.tls.as_ref().map(|tls| tls.address)
    }

    /// The broker's numbers, to be read while it runs.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Serves until `stop` is true; then accepts nothing more, publishes nothing more (no wills either), gives
    /// sessions about a second for what is already written, and returns when the audit and all that is kept are on
    /// disk.
    pub async fn run(self, registry: Registry, mut stop: watch::Receiver<bool>) {
        let clock = self.clock;
        let secure = self.listeners.tls.as_ref().map(|tls| tls.secure.clone());
        let (clerk, writer) = Clerk::start(registry, clock.clone(), self.counters.clone(), self.conformance);
        if let Some(secure) = &secure {
            name_authority(&clerk, secure).await;
        }
        let supervisor = tokio::spawn(self.hub.clone().supervise(self.receivers));
        let lodge = Lodge::new(self.shelf.clone(), self.limits.clone(), self.counters.clone());
        if let Err(error) = lodge.furnish(self.sessions, &clerk, &self.hub, clock()).await {
            error!(%error, "the registry could not be read; sessions of before are not let in");
        }
        let house = Arc::new(House {
            hub: self.hub,
            clerk,
            directory: Arc::new(Directory::default()),
            lodge: Arc::new(lodge),
            shelf: self.shelf,
            clock,
            limits: self.limits,
            counters: self.counters,
        });
        let mut guests = JoinSet::new();
        let sessions_stop = stop.clone();
        tokio::select! {
            () = asked(&mut stop) => {}
            _ = accept(&self.listeners, &house, &mut guests, &sessions_stop) => {}
            _ = keep_rules_current(&house) => {}
            _ = keep_certificates_current(secure, house.limits.credential_check) => {}
        }
        drop(self.listeners);
        let gone = async { while guests.join_next().await.is_some() {} };
        let _ = timeout(STOP_LIMIT, gone).await;
        guests.shutdown().await;
        supervisor.abort();
        house.shelf.close().await;
        drop(house);
        // The last clone of the clerk went with the house: the writer ends when all is written.
        let _ = writer.await;
    }
}

/// One-time codes are made by whoever has the registry, and name the authority.
async fn name_authority(clerk: &Clerk, secure: &Secure) {
    let fingerprint = secure.side.authority().fingerprint();
    if let Err(error) = clerk.errand(move |registry| registry.set_authority(&fingerprint)).await {
        error!(%error, "the authority could not be kept in the registry: no codes can be made for heaters");
    }
}

async fn accept(
    listeners: &Listeners,
    house: &Arc<House>,
    guests: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> Infallible {
    let crowd = Arc::new(Crowd::default());
    loop {
        tokio::select! {
            (accepted, secure) = listeners.next() => match accepted {
                Ok((stream, peer)) => {
                    let place = crowd.enter(peer.ip(), &house.limits);
                    let (house, stop) = (house.clone(), stop.clone());
                    match secure {
                        None => guests.spawn(welcome(house, stream, place, stop)),
                        Some(secure) => guests.spawn(tls::welcome(house, secure, stream, place, stop)),
                    };
                }
                Err(error) => {
                    warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(ended) = guests.join_next() => {
                if let Err(error) = ended && error.is_panic() {
                    house.counters.add(Count::ClosedPanic);
                    error!(%error, "a session panicked; the others go on");
                }
            }
        }
    }
}

/// One connection, from the first byte to the last.
async fn welcome(house: Arc<House>, stream: TcpStream, place: (Ticket, PutOut), stop: watch::Receiver<bool>) {
    // Small packets must not wait for one another; without it the connection still works.
    let _ = stream.set_nodelay(true);
    let by = Instant::now() + house.limits.connect_time;
    greet(house, stream, place, None, by, stop).await;
}

/// A connection that can speak MQTT: until `by` it has said who it is. `device` is the certificate it has shown.
pub(crate) async fn greet<S>(
    house: Arc<House>,
    mut stream: S,
    (mut ticket, mut put_out): (Ticket, PutOut),
    device: Option<Fingerprint>,
    by: Instant,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let mut input = BytesMut::new();
    let House { clerk, limits, .. } = &*house;
    let heard = greeting::receive(&mut stream, &mut input, &mut ticket, device, clerk, limits);
    let heard = tokio::select! {
        heard = timeout_at(by, heard) => heard.unwrap_or_else(|_| Err(Refusal::silent(Count::RefusedSlow))),
        () = put_out.told() => Err(Refusal::silent(Count::RefusedCrowded)),
        () = asked(&mut stop) => return,
    };
    let guest = match heard {
        Ok(guest) => guest,
        Err(refusal) => {
            house.counters.add(refusal.count);
            // A short answer fits any socket; whoever does not take it goes without.
            let _ = timeout(house.limits.connect_time, async {
                stream.write_all(&refusal.answer).await?;
                stream.shutdown().await
            })
            .await;
            return;
        }
    };
    let key = SessionKey::new();
    let place = house.directory.enter(&guest.id, key, guest.credential.clone(), guest.device).await;
    let _here = Here::new(house.counters.clone());
    Session::begin(house, guest, stream, input).await.run(place, stop).await;
}

/// Resolves when the house stops, or when whoever could have said so is gone.
pub(crate) async fn asked(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Looks at live sessions' credentials again whenever the registry's rules have changed.
async fn keep_rules_current(house: &House) -> Infallible {
    let mut ticks = interval(house.limits.credential_check);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut settled = None;
    let mut before = None;
    let mut settled_at = Instant::now();
    loop {
        ticks.tick().await;
        house.lodge.expire(Instant::now());
        let revision = match house.clerk.revision().await {
            Ok(revision) => Some(revision),
            Err(error) => {
                warn!(%error, "the registry could not be read; live connections keep their rules");
                continue;
            }
        };
        // Once more a round after each change: a client may have been on its way in when the change was looked at.
        if revision == settled
            && before == settled
            && settled_at.elapsed() < SETTLE_EVERY * house.limits.credential_check
        {
            continue;
        }
        before = settled;
        match house.clerk.settle(house.directory.clone(), house.lodge.clone()).await {
            Ok(()) => (settled, settled_at) = (revision, Instant::now()),
            Err(error) => warn!(%error, "the registry could not be read; live connections keep their rules"),
        }
    }
}

/// Reads certificate files again that have changed, and renews what ends.
async fn keep_certificates_current(secure: Option<Arc<Secure>>, every: Duration) -> Infallible {
    let Some(secure) = secure else { return std::future::pending().await };
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let secure = secure.clone();
        if let Err(panic) = tokio::task::spawn_blocking(move || secure.side.refresh()).await {
            error!(%panic, "looking after the certificates failed");
        }
    }
}

/// Counts a session while it lives.
struct Here(Counters);

impl Here {
    fn new(counters: Counters) -> Self {
        counters.add(Count::Connections);
        counters.add(Count::ConnectionsTotal);
        Self(counters)
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.0.subtract(Count::Connections);
    }
}
