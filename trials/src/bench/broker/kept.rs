//! Retained messages: how many of those that were acknowledged reach a wildcard.

use std::io;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::contender::Broker;
use super::wire::{Form, PUBACK, PUBLISH, Wire, publish};

/// Published before the first acknowledgement is waited for.
const WINDOW: usize = 100;
/// After this long without another message, no more are expected.
const PATIENCE: Duration = Duration::from_secs(3);

/// What came of it.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Kept {
    pub(super) published: usize,
    pub(super) publish_s: f64,
    pub(super) came: usize,
}

/// Publishes so many, each to a topic of its own, and subscribes to all of them with one wildcard.
pub(super) async fn measure(broker: &Broker, count: usize) -> io::Result<Kept> {
    let begun = Instant::now();
    say(broker, count).await?;
    let publish_s = begun.elapsed().as_secs_f64();
    Ok(Kept { published: count, publish_s, came: heard(broker, count).await? })
}

async fn say(broker: &Broker, count: usize) -> io::Result<()> {
    let mut wire = Wire::open(broker.address).await?;
    wire.hello("controller", None).await?;
    let (mut acknowledged, mut out) = (0, Vec::new());
    for number in 0..count {
        let topic = format!("hypocaust/1/s/room/r{number}/state");
        let id = (number % 60_000) as u16 + 1;
        publish(&mut out, &topic, &super::payload(0), Form { qos: 1, retain: true, id });
        if out.len() > 8 * 1024 {
            wire.stream.write_all(&out).await?;
            out.clear();
        }
        if number + 1 - acknowledged >= WINDOW {
            wire.stream.write_all(&out).await?;
            out.clear();
            acknowledged += acknowledgements(&mut wire).await?;
        }
    }
    wire.stream.write_all(&out).await?;
    while acknowledged < count {
        acknowledged += acknowledgements(&mut wire).await?;
    }
    Ok(())
}

async fn acknowledgements(wire: &mut Wire) -> io::Result<usize> {
    wire.read().await?;
    let mut count = 0;
    while let Some(packet) = wire.packet() {
        count += usize::from(packet.kind == PUBACK);
    }
    Ok(count)
}

/// How many of them a new subscriber gets.
pub(super) async fn heard(broker: &Broker, count: usize) -> io::Result<usize> {
    let mut wire = Wire::open(broker.address).await?;
    wire.hello("pages", None).await?;
    // A message may come right behind the answer, so both are read here.
    wire.subscribe("hypocaust/1/s/room/+/state", 0).await?;
    let mut came = 0;
    loop {
        while let Some(packet) = wire.packet() {
            came += usize::from(packet.kind == PUBLISH);
        }
        if came >= count {
            return Ok(came);
        }
        match timeout(PATIENCE, wire.read()).await {
            Ok(read) => read?,
            Err(_) => return Ok(came),
        }
    }
}
