//! Takes connections in, so many and no more, and gives each its time: silent and slow sockets must not use up the files
//! that the broker and the store in this process need as well.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::Layer as _;

use crate::crowd::{Crowd, Ticket};
use patient::Patient;
use vocabulary::Network;

mod patient;

/// After a failure that is the machine's (no file left), the next connection is waited for this long.
const PAUSE: Duration = Duration::from_secs(1);

/// How many connections, and how long each may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Altogether.
    pub(crate) connections: usize,
    /// From one address, or one /64 of IPv6.
    pub(crate) connections_per_address: usize,
    /// The head of a request is there within this of the connection, or of the answer before it.
    pub(crate) head_within: Duration,
    /// Whoever takes nothing of an answer for this long is put out.
    pub(crate) taken_within: Duration,
    /// Connections that do not end by themselves after a stop was asked for are closed after this.
    pub(crate) drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // A quarter of the files that a process commonly may have open (1,024 at least, on machines of today far more).
            connections: 512,
            // An office behind one address: ten browsers with six connections each.
            connections_per_address: 64,
            head_within: Duration::from_secs(10),
            // A phone between two cells stands still for some seconds; the broker gives its readers ten.
            taken_within: Duration::from_secs(20),
            drain: Duration::from_secs(2),
        }
    }
}

/// What became of connections that were not served to their end.
#[derive(Debug, Default)]
pub(crate) struct PutOut {
    /// Refused, because there were too many.
    pub(crate) refused: AtomicU64,
    /// Closed, because nothing of an answer was taken.
    pub(crate) stalled: AtomicU64,
}

/// Serves until `shutdown` becomes true. Where a proxy stands before the server, `has_proxy`, all the world comes from
/// this machine, and only others are counted by address.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    has_proxy: bool,
    put_out: Arc<PutOut>,
    mut shutdown: watch::Receiver<bool>,
) {
    let crowd = Crowd::new(limits.connections, limits.connections_per_address);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopped(&mut shutdown) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let from = (!(has_proxy && peer.ip().is_loopback())).then(|| Network::of(peer.ip()));
                    match crowd.enter(from) {
                        Some(ticket) => {
                            let patient = Patient::new(stream, limits.taken_within, put_out.clone());
                            let answering = answer(patient, peer, router.clone(), limits, shutdown.clone());
                            connections.spawn(hold(ticket, answering));
                        }
                        // Closed before anything was read: there is nothing to answer.
                        None => {
                            put_out.refused.fetch_add(1, Ordering::Relaxed);
                            tracing::debug!(%peer, "a connection too many was refused");
                        }
                    }
                }
                Err(error) if is_its_own(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection could be taken");
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    // What is still open then is closed with the set.
    _ = timeout(limits.drain, async { while connections.join_next().await.is_some() {} }).await;
}

async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // The sender gone means the same as a stop.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// The ticket is held as long as the connection lasts.
async fn hold(_ticket: Ticket<Network>, connection: impl Future<Output = ()>) {
    connection.await;
}

/// Whether the connection failed, and not the machine.
fn is_its_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers what comes over one connection, until it ends or a stop is asked for: then the answer that is under way is the
/// last.
async fn answer(
    stream: Patient<TcpStream>,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
    mut shutdown: watch::Receiver<bool>,
) {
    let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(router));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head_within);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut shutdown) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection broke off");
    }
}

#[cfg(test)]
mod tests;
