//! The front door: accepts connections within the limits, hears who they are, and gives each a session.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use registry::Registry;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{error, warn};
use vocabulary::WallClock;

use crate::clerk::Clerk;
use crate::counters::{Count, Counters};
use crate::directory::Directory;
use crate::greeting::{self, Refusal};
use crate::hub::Hub;
use crate::lane::SessionKey;
use crate::lodge::Lodge;
use crate::retained::Retained;
use crate::router::LaneRx;
use crate::session::Session;
use crate::settings::{Limits, Settings};
use crate::shelf::{KeptSession, Shelf, ShelfError, Stock};

/// Connections that the system may hold for us between two accepts.
const BACKLOG: u32 = 1_024;
/// When the system has no more file handles, the next accept would fail at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
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
    listener: TcpListener,
    address: SocketAddr,
    limits: Limits,
    counters: Counters,
    hub: Arc<Hub>,
    receivers: Vec<LaneRx>,
    shelf: Shelf,
    sessions: BTreeMap<String, KeptSession>,
    conformance: bool,
}

/// Takes the port and starts the router, so that a port in use is known before anything says `ready`.
///
/// # Errors
/// [`BrokerError`]: the port, the folder, or the router.
pub async fn bind(settings: Settings) -> Result<Door, BrokerError> {
    let address = settings.listen;
    if settings.conformance && !address.ip().is_loopback() {
        return Err(BrokerError::OpenToOthers(address));
    }
    let listener = listen(address).map_err(|source| BrokerError::Listen { address, source })?;
    let address = listener.local_addr().map_err(|source| BrokerError::Listen { address, source })?;
    let counters = Counters::new();
    let limits = settings.limits;
    let (shelf, Stock { retained, sessions }) = match &settings.folder {
        Some(folder) => Shelf::open(folder, &counters)?,
        None => (Shelf::none(), Stock::default()),
    };
    let retained = Retained::new(limits.retained, retained, shelf.clone(), counters.clone());
    let (hub, receivers) = Hub::start(retained, &counters).await.map_err(|_| BrokerError::Router)?;
    Ok(Door {
        listener,
        address,
        limits,
        counters,
        hub,
        receivers,
        shelf,
        sessions,
        conformance: settings.conformance,
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it: a peer that vanished without a word is noticed even with keep-alive 0.
    socket.set_keepalive(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Door {
    /// Where clients find the broker.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The broker's numbers, to be read while it runs.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Serves until `stop` is true; then accepts nothing more, publishes nothing more (no wills either), gives
    /// sessions about a second for what is already written, and returns when the audit and all that is kept are on
    /// disk. `clock` stamps the audit, and tells how long clients have been away.
    pub async fn run(self, registry: Registry, clock: WallClock, mut stop: watch::Receiver<bool>) {
        let (clerk, writer) = Clerk::start(registry, clock.clone(), self.counters.clone(), self.conformance);
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
            _ = accept(&self.listener, &house, &mut guests, &sessions_stop) => {}
            _ = keep_rules_current(&house) => {}
        }
        drop(self.listener);
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

async fn accept(
    listener: &TcpListener,
    house: &Arc<House>,
    guests: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> Infallible {
    let crowd = Arc::new(Crowd::default());
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match crowd.enter(peer.ip(), &house.limits) {
                    Ok(ticket) => {
                        let key = SessionKey::new();
                        guests.spawn(welcome(house.clone(), key, stream, ticket, stop.clone()));
                    }
                    Err(count) => house.counters.add(count),
                },
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
async fn welcome(
    house: Arc<House>,
    key: SessionKey,
    stream: TcpStream,
    _ticket: Ticket,
    stop: watch::Receiver<bool>,
) {
    // Small packets must not wait for one another; without it the connection still works.
    let _ = stream.set_nodelay(true);
    greet(house, key, stream, stop).await;
}

async fn greet<S>(house: Arc<House>, key: SessionKey, mut stream: S, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let mut input = BytesMut::new();
    let heard = timeout(
        house.limits.connect_time,
        greeting::receive(&mut stream, &mut input, &house.clerk, &house.limits),
    );
    let heard = tokio::select! {
        heard = heard => heard.unwrap_or_else(|_| Err(Refusal::silent(Count::RefusedSlow))),
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
    let place = house.directory.enter(&guest.id, key, guest.role.clone()).await;
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
    loop {
        ticks.tick().await;
        house.lodge.expire((house.clock)());
        let revision = match house.clerk.revision().await {
            Ok(revision) => Some(revision),
            Err(error) => {
                warn!(%error, "the registry could not be read; live connections keep their rules");
                continue;
            }
        };
        // Once more a round after each change: a client may have been on its way in when the change was looked at.
        if revision == settled && before == settled {
            continue;
        }
        before = settled;
        match house.clerk.settle(house.directory.clone(), house.lodge.clone()).await {
            Ok(()) => settled = revision,
            Err(error) => warn!(%error, "the registry could not be read; live connections keep their rules"),
        }
    }
}

/// How many are in, altogether and by address.
#[derive(Default)]
struct Crowd {
    all: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// One who is in; dropping it makes room.
struct Ticket {
    crowd: Arc<Crowd>,
    address: IpAddr,
}

impl Crowd {
    fn enter(self: &Arc<Self>, address: IpAddr, limits: &Limits) -> Result<Ticket, Count> {
        let address = address.to_canonical();
        if self.all.load(Ordering::Relaxed) >= limits.connections {
            return Err(Count::RefusedFull);
        }
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let here = by_address.entry(address).or_default();
        if *here >= limits.connections_per_address {
            return Err(Count::RefusedAddress);
        }
        *here += 1;
        self.all.fetch_add(1, Ordering::Relaxed);
        Ok(Ticket { crowd: self.clone(), address })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.crowd.all.fetch_sub(1, Ordering::Relaxed);
        let mut by_address = self.crowd.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                by_address.remove(&self.address);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_bounded_by_address_and_altogether() {
        let crowd = Arc::new(Crowd::default());
        let limits = Limits { connections: 3, connections_per_address: 2, ..Limits::default() };
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        let enter = |ip| crowd.enter(ip, &limits).map_err(|count| count as usize);
        let (a, _b) = (enter(one).ok().unwrap(), enter(mapped).ok().unwrap());
        assert_eq!(enter(one).err(), Some(Count::RefusedAddress as usize));
        let _c = enter(other).ok().unwrap();
        assert_eq!(enter(other).err(), Some(Count::RefusedFull as usize));
        drop(a);
        assert!(enter(one).is_ok());
    }
}
