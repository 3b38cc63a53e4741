//! Clients that mean no good, in a process of their own: `hypocaust bench broker-attacker`.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use super::super::BenchError;
use super::contender::Clients;
use super::wire::{Form, Wire, connect, packet, publish};

/// Attempts under way at once.
const AT_ONCE: u64 = 50;
/// Loopback addresses that they come from: one has too few ports for a million connections.
const ADDRESSES: u64 = 200;

/// Before a silent socket that was closed is opened again: 500 of them are then 2,000 connections a second.
const SILENT_PAUSE: Duration = Duration::from_millis(250);

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    /// So many sockets are open and say nothing; each that is closed is opened again. Without an end.
    Silent,
    /// So many clients with good credentials come and go, 2,000 a second.
    Connects,
    /// So many clients come that nobody knows.
    Unknown,
    /// So many clients with good credentials send packets with a few bytes wrong.
    Mutated,
}

impl Attack {
    /// Every attack.
    pub const ALL: [Self; 4] = [Self::Silent, Self::Connects, Self::Unknown, Self::Mutated];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Connects => "connects",
            Self::Unknown => "unknown",
            Self::Mutated => "mutated",
        }
    }

    /// The attack of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attack| attack.name() == name)
    }
}

/// Attacks a broker `count` times, with the credentials in a file (a name and a secret a line), and gives how often it
/// got that far.
///
/// # Errors
/// [`BenchError::Io`] when the file cannot be read. What the broker does to the attacker is no error.
pub async fn attack(
    attack: Attack,
    address: SocketAddr,
    count: u64,
    clients: &Path,
) -> Result<u64, BenchError> {
    let text = fs::read_to_string(clients);
    let text = text.map_err(BenchError::io(format!("{} cannot be read", clients.display())))?;
    let pair = |line: &str| line.split_once(' ').map(|(id, secret)| (id.to_owned(), secret.to_owned()));
    let clients: Arc<Clients> = Arc::new(text.lines().filter_map(pair).collect());
    if attack == Attack::Silent {
        return Ok(hold_silent(address, count).await);
    }
    let (next, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let begun = tokio::time::Instant::now();
    let mut attackers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (next, done, clients) = (next.clone(), done.clone(), clients.clone());
        attackers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                if attack == Attack::Connects {
                    sleep_until(begun + Duration::from_micros(number * 500)).await;
                }
                let through = once(attack, address, number, &clients).await;
                done.fetch_add(u64::from(through.is_ok()), Ordering::Relaxed);
            }
        });
    }
    while attackers.join_next().await.is_some() {}
    Ok(done.load(Ordering::Relaxed))
}

async fn once(attack: Attack, address: SocketAddr, number: u64, clients: &Clients) -> io::Result<()> {
    let mut wire = Wire::open_from((2 + number % ADDRESSES) as u8, address).await?;
    let (id, secret) = &clients[number as usize % clients.len()];
    match attack {
        Attack::Silent => {}
        Attack::Connects => wire.hello(id, Some(secret)).await?,
        Attack::Unknown => {
            wire.stream.write_all(&connect(&format!("u{number}"), Some(secret))).await?;
            let _ = wire.stream.read_to_end(&mut Vec::new()).await?;
        }
        Attack::Mutated => {
            wire.stream.write_all(&connect(id, Some(secret))).await?;
            wire.stream.write_all(&mutated(number, id)).await?;
            wire.stream.shutdown().await?;
            let _ = wire.stream.read_to_end(&mut Vec::new()).await?;
        }
    }
    Ok(())
}

/// Some packets of a heater, each with a few bytes wrong; the same for the same number.
fn mutated(number: u64, id: &str) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(number);
    // Nobody hears these: what is measured is heard by its own topics alone.
    let topic = format!("hypocaust/1/s/heater/{id}/heartbeat");
    let mut out = Vec::new();
    for _ in 0..10 {
        let mut bytes = Vec::new();
        match random.random_range(0..4) {
            0 => publish(&mut bytes, &topic, &super::payload(0), Form { qos: 1, retain: false, id: 1 }),
            1 => publish(&mut bytes, &topic, &super::payload(0), Form { qos: 2, retain: true, id: 2 }),
            2 => bytes = packet(0x82, b"\0\x01\0\x03a/b\x01"),
            _ => bytes = packet(0x62, &[0, 2]),
        }
        for _ in 0..random.random_range(0..3) {
            let at = random.random_range(0..bytes.len());
            bytes[at] = random.random();
        }
        out.extend(bytes);
    }
    out
}

async fn hold_silent(address: SocketAddr, count: u64) -> u64 {
    let mut holding = JoinSet::new();
    for number in 0..count {
        holding.spawn(async move {
            loop {
                if let Ok(mut wire) = Wire::open_from((2 + number % ADDRESSES) as u8, address).await {
                    let _ = wire.stream.read_u8().await;
                }
                sleep(SILENT_PAUSE).await;
            }
        });
    }
    let begun = Instant::now();
    while holding.join_next().await.is_some() {}
    begun.elapsed().as_secs()
}
