//! Where the broker listens: TCP, and TCP with TLS beside it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use identity::{ServerSettings, ServerSide};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use vocabulary::WallClock;

use crate::door::BrokerError;
use crate::enrolment::Tries;
use crate::settings::TlsSettings;
use crate::tls::Secure;

/// Connections that the system may hold for us between two accepts.
const BACKLOG: u32 = 1_024;

/// The ports, taken.
pub(crate) struct Listeners {
    plain: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<TlsListener>,
}

pub(crate) struct TlsListener {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) secure: Arc<Secure>,
}

impl Listeners {
    /// Takes the ports.
    pub(crate) fn bind(
        plain: SocketAddr,
        tls: Option<TlsSettings>,
        clock: &WallClock,
    ) -> Result<Self, BrokerError> {
        let (plain, address) = take(plain)?;
        let tls = tls.map(|tls| bind_tls(tls, clock)).transpose()?;
        Ok(Self { plain, address, tls })
    }

    /// The next connection, and what it needs for TLS when it came to that listener.
    pub(crate) async fn next(&self) -> (io::Result<(TcpStream, SocketAddr)>, Option<Arc<Secure>>) {
        let Some(tls) = &self.tls else { return (self.plain.accept().await, None) };
        tokio::select! {
            accepted = self.plain.accept() => (accepted, None),
            accepted = tls.listener.accept() => (accepted, Some(tls.secure.clone())),
        }
    }
}

fn bind_tls(settings: TlsSettings, clock: &WallClock) -> Result<TlsListener, BrokerError> {
    let (listener, address) = take(settings.listen)?;
    let TlsSettings { folder, files, names, controller_key, .. } = settings;
    let server = ServerSettings { folder, files, names, listen: address.ip() };
    let side = ServerSide::open(server, clock.clone())?;
    let secure = Arc::new(Secure { side, controller_key, tries: Tries::default() });
    Ok(TlsListener { listener, address, secure })
}

/// A listener, and where it really listens.
fn take(address: SocketAddr) -> Result<(TcpListener, SocketAddr), BrokerError> {
    let refuse = |source| BrokerError::Listen { address, source };
    let listener = listen(address).map_err(refuse)?;
    let found = listener.local_addr().map_err(refuse)?;
    Ok((listener, found))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it: a peer that vanished without a word is noticed even with keep-alive 0.
    socket.set_keepalive(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
