//! A TCP proxy between heaters and broker that can be told to misbehave: networks fail in more ways than by closing.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How the network behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Every byte goes through.
    Fair,
    /// Nothing goes through and nobody is told: both ends believe that the connection stands. What was under way
    /// arrives when the weather is fair again, as TCP would have it.
    HalfOpen,
    /// A few bytes at a time.
    Slow,
    /// No connection stands and none is taken.
    Cut,
    /// For the moment in which connections are reset.
    Resetting,
}

struct Shared {
    weather: Weather,
    connections: Vec<(TcpStream, TcpStream)>,
}

/// The proxy; it ends with the story's process.
pub(crate) struct Proxy {
    runtime: tokio::runtime::Runtime,
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl Proxy {
    /// Listens on a port of its own and passes on to `broker`.
    pub(crate) fn before(broker: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared { weather: Weather::Fair, connections: Vec::new() }));
        let (accepting, broker) = (shared.clone(), broker.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if lock(&accepting).weather == Weather::Cut {
                    continue;
                }
                // A broker that was just killed: the client sees its connection close and comes again.
                let Ok(server) = TcpStream::connect(&broker) else { continue };
                join(&client, &server, &accepting);
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://{}", self.address)
    }

    /// Changes the weather. `Cut` also closes what is open.
    pub(crate) fn set(&self, weather: Weather) {
        let mut shared = lock(&self.shared);
        shared.weather = weather;
        if weather == Weather::Cut {
            for (client, server) in shared.connections.drain(..) {
                let _ = client.shutdown(Shutdown::Both);
                let _ = server.shutdown(Shutdown::Both);
            }
        }
    }

    /// Ends every connection with a reset, as a router does that lost its memory.
    pub(crate) fn reset(&self) {
        self.set(Weather::Resetting);
        let connections = std::mem::take(&mut lock(&self.shared).connections);
        for (client, server) in connections {
            for stream in [client, server] {
                self.runtime.block_on(async { abort(stream) });
            }
        }
        // The carriers let go of their ends.
        std::thread::sleep(Duration::from_millis(200));
        self.set(Weather::Fair);
    }
}

/// Wakes whoever reads and lets the last close send a reset instead of a good-bye.
fn abort(stream: TcpStream) {
    let _ = stream.shutdown(Shutdown::Read);
    if stream.set_nonblocking(true).is_ok()
        && let Ok(stream) = tokio::net::TcpStream::from_std(stream)
    {
        let _ = stream.set_zero_linger();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn join(client: &TcpStream, server: &TcpStream, shared: &Arc<Mutex<Shared>>) {
    let pair = || Some((client.try_clone().ok()?, server.try_clone().ok()?));
    let (Some(up), Some(down), Some(kept)) = (pair(), pair(), pair()) else { return };
    lock(shared).connections.push(kept);
    let (above, below) = (shared.clone(), shared.clone());
    std::thread::spawn(move || carry(up.0, up.1, &above));
    std::thread::spawn(move || carry(down.1, down.0, &below));
}

/// Carries bytes one way until either end closes.
fn carry(mut from: TcpStream, mut to: TcpStream, shared: &Mutex<Shared>) {
    let mut buffer = [0; 4096];
    loop {
        while lock(shared).weather == Weather::HalfOpen {
            std::thread::sleep(Duration::from_millis(20));
        }
        let slow = lock(shared).weather == Weather::Slow;
        let room = if slow { 64 } else { buffer.len() };
        let Ok(count @ 1..) = from.read(&mut buffer[..room]) else { break };
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
        if slow {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    if lock(shared).weather != Weather::Resetting {
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
