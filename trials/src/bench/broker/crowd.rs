//! Many connections at once: at work, idle, and coming and going.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};

use super::super::quantile::quantile;
use super::contender::{Broker, Clients};
use super::wire::{Form, PUBLISH, Wire, puback, publish};

/// Connections that are opened at once.
const AT_ONCE: usize = 50;
/// Connections from one loopback address.
const FROM_ONE_ADDRESS: usize = 1_000;
/// What is on its way at the end may take this long.
const PATIENCE: Duration = Duration::from_secs(5);
/// A broker may put its memory in order before it is looked at.
const SETTLE: Duration = Duration::from_secs(2);

/// Many heaters that each say something a few times a second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crowd {
    pub(super) connections: usize,
    pub(super) per_s: f64,
    pub(super) length: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct AtWork {
    pub(super) sent: usize,
    pub(super) delivered: usize,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) cpu_us: f64,
}

/// Everyone publishes at QoS 1 when it is due; one subscriber measures how long after. `clients`: where credentials are
/// asked for, the subscriber's, and those of the heaters `h0`, `h1` and so on.
pub(super) async fn at_work(
    broker: &Broker,
    crowd: Crowd,
    clients: Option<&[(String, String)]>,
) -> io::Result<AtWork> {
    let mut subscriber = Wire::open(broker.address).await?;
    let (id, secret) = clients.map_or(("subscriber", None), |clients| (&clients[0].0, Some(&*clients[0].1)));
    subscriber.hello(id, secret).await?;
    subscriber.subscribe("hypocaust/1/s/heater/+/record", 1).await?;
    let wires = match clients {
        None => enter(broker.address, crowd.connections, None).await?,
        Some(clients) => enter_known(broker.address, &clients[1..]).await?,
    };
    let before = broker.usage();
    let start = tokio::time::Instant::now() + Duration::from_millis(200);
    let hearing = tokio::spawn(hear(subscriber, start));
    let mut speaking = JoinSet::new();
    for (number, wire) in wires.into_iter().enumerate() {
        speaking.spawn(speak(wire, number, crowd, start));
    }
    let mut sent = 0;
    while let Some(ended) = speaking.join_next().await {
        sent += ended??;
    }
    let times = hearing.await??;
    let cpu_s = broker.usage().cpu_s - before.cpu_s;
    Ok(AtWork {
        sent,
        delivered: times.len(),
        p50_ms: quantile(&times, 0.5),
        p99_ms: quantile(&times, 0.99),
        cpu_us: cpu_s * 1e6 / times.len() as f64,
    })
}

async fn speak(
    mut wire: Wire,
    number: usize,
    crowd: Crowd,
    start: tokio::time::Instant,
) -> io::Result<usize> {
    let every = Duration::from_secs_f64(crowd.connections as f64 / crowd.per_s);
    // Spread evenly, so that the load is the same at every moment.
    let mut due = every.mul_f64(number as f64 / crowd.connections as f64);
    let topic = format!("hypocaust/1/s/heater/h{number}/record");
    let (mut sent, mut out) = (0, Vec::new());
    while due < crowd.length {
        sleep_until(start + due).await;
        // Acknowledgements of before, so that nothing piles up.
        wire.read_now()?;
        while wire.packet().is_some() {}
        let id = (sent % 60_000) as u16 + 1;
        publish(
            &mut out,
            &topic,
            &super::payload(due.as_micros() as u64),
            Form { qos: 1, retain: false, id },
        );
        wire.stream.write_all(&out).await?;
        out.clear();
        sent += 1;
        due += every;
    }
    // The connection stays until what it said is through.
    sleep(PATIENCE / 5).await;
    Ok(sent)
}

/// Times from due to delivered, in milliseconds, until nothing comes any more.
pub(super) async fn hear(mut wire: Wire, start: tokio::time::Instant) -> io::Result<Vec<f64>> {
    let (mut times, mut answers) = (Vec::new(), Vec::new());
    let quiet = |times: &Vec<f64>| if times.is_empty() { PATIENCE } else { PATIENCE / 3 };
    while let Ok(read) = timeout(quiet(&times), wire.read()).await {
        read?;
        let now = start.elapsed();
        while let Some(packet) = wire.packet() {
            if packet.kind == PUBLISH {
                let (id, payload) = packet.message();
                let late = now.saturating_sub(Duration::from_micros(super::stamp(payload)));
                times.push(late.as_secs_f64() * 1e3);
                if id > 0 {
                    puback(&mut answers, id);
                }
            }
        }
        wire.stream.write_all(&answers).await?;
        answers.clear();
    }
    Ok(times)
}

/// What connections cost that say nothing.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Idle {
    pub(super) connections: usize,
    pub(super) kb_each: f64,
    pub(super) memory_mb: f64,
    pub(super) threads: u32,
}

/// Opens connections with one subscription each, and looks at the broker's memory.
pub(super) async fn idle(broker: &Broker, connections: usize) -> io::Result<Idle> {
    sleep(SETTLE).await;
    let before = broker.usage();
    let wires = enter(broker.address, connections, Some("ack")).await?;
    sleep(SETTLE).await;
    let after = broker.usage();
    let threads = broker.threads();
    drop(wires);
    Ok(Idle {
        connections,
        kb_each: (after.memory_mb - before.memory_mb) * 1024.0 / connections as f64,
        memory_mb: after.memory_mb,
        threads,
    })
}

/// Opens anonymous connections, a few at once; `hears`: each subscribes to this of its own.
async fn enter(address: SocketAddr, count: usize, hears: Option<&'static str>) -> io::Result<Vec<Wire>> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut opening = JoinSet::new();
    for _ in 0..AT_ONCE {
        let next = next.clone();
        opening.spawn(async move {
            let mut opened = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return io::Result::Ok(opened);
                }
                let host = 2 + (number / FROM_ONE_ADDRESS) as u8;
                let mut wire = Wire::open_from(host, address).await?;
                wire.hello(&format!("h{number}"), None).await?;
                if let Some(last) = hears {
                    wire.subscribe(&format!("hypocaust/1/s/heater/h{number}/{last}"), 1).await?;
                }
                opened.push(wire);
            }
        });
    }
    let mut wires = Vec::with_capacity(count);
    while let Some(opened) = opening.join_next().await {
        wires.extend(opened??);
    }
    Ok(wires)
}

async fn enter_known(address: SocketAddr, clients: &[(String, String)]) -> io::Result<Vec<Wire>> {
    let mut wires = Vec::with_capacity(clients.len());
    for (id, secret) in clients {
        let mut wire = Wire::open(address).await?;
        wire.hello(id, Some(secret)).await?;
        wires.push(wire);
    }
    Ok(wires)
}

/// Connections that come, say who they are, and go.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Arrivals {
    pub(super) per_s: f64,
    pub(super) threads_before: u32,
    pub(super) threads_most: u32,
}

/// Every client connects with its secret, if it has one, as fast as the broker lets them in.
pub(super) async fn arrivals(broker: &Broker, clients: &Clients, guarded: bool) -> io::Result<Arrivals> {
    let clients = Arc::new(clients.clone());
    // Threads for the registry are started once, and not for each connection.
    come_and_go(broker.address, clients.iter().take(AT_ONCE * 4).cloned().collect(), guarded).await?;
    let threads_before = broker.threads();
    let begun = Instant::now();
    let (address, all) = (broker.address, clients.to_vec());
    let coming = tokio::spawn(come_and_go(address, all, guarded));
    let mut threads_most = threads_before;
    while !coming.is_finished() {
        threads_most = threads_most.max(broker.threads());
        sleep(Duration::from_millis(5)).await;
    }
    coming.await??;
    let per_s = clients.len() as f64 / begun.elapsed().as_secs_f64();
    Ok(Arrivals { per_s, threads_before, threads_most })
}

async fn come_and_go(address: SocketAddr, clients: Clients, guarded: bool) -> io::Result<()> {
    let (clients, next) = (Arc::new(clients), Arc::new(AtomicUsize::new(0)));
    let mut coming = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (clients, next) = (clients.clone(), next.clone());
        coming.spawn(async move {
            while let Some((id, secret)) = clients.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut wire = Wire::open(address).await?;
                wire.hello(id, guarded.then_some(secret)).await?;
            }
            io::Result::Ok(())
        });
    }
    while let Some(ended) = coming.join_next().await {
        ended??;
    }
    Ok(())
}
