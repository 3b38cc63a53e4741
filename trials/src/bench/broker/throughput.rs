//! One publisher, one subscriber, a window of messages between them: as fast as the broker goes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::contender::Broker;
use super::wire::{Form, PUBACK, PUBLISH, Wire, puback, publish};

/// Messages on their way at once.
const WINDOW: u64 = 100;
const TOPIC: &str = "hypocaust/1/s/heater/h/record";
/// What is on its way at the end may take this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of it.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Throughput {
    pub(super) per_s: f64,
    /// Processor time of the broker for each message.
    pub(super) cpu_us: f64,
    pub(super) lost: u64,
}

/// How far both ends are.
#[derive(Default)]
struct Progress {
    delivered: AtomicU64,
    acknowledged: AtomicU64,
    moved: Notify,
}

impl Progress {
    /// Messages that are through altogether.
    fn done(&self, qos: u8) -> u64 {
        let delivered = self.delivered.load(Ordering::Acquire);
        if qos == 0 { delivered } else { delivered.min(self.acknowledged.load(Ordering::Acquire)) }
    }

    fn add(&self, to: &AtomicU64, count: u64) {
        if count > 0 {
            to.fetch_add(count, Ordering::AcqRel);
            self.moved.notify_one();
        }
    }
}

/// Publishes for so long.
pub(super) async fn measure(broker: &Broker, qos: u8, length: Duration) -> io::Result<Throughput> {
    let progress = Arc::new(Progress::default());
    let mut subscriber = Wire::open(broker.address).await?;
    subscriber.hello("subscriber", None).await?;
    subscriber.subscribe(TOPIC, qos).await?;
    let hearing = tokio::spawn(hear(subscriber, progress.clone()));
    let before = broker.usage();
    let begun = Instant::now();
    let sent = speak(broker.address, qos, length, &progress).await?;
    let (passed, after) = (begun.elapsed(), broker.usage());
    hearing.abort();
    let done = progress.done(qos);
    Ok(Throughput {
        per_s: done as f64 / passed.as_secs_f64(),
        cpu_us: (after.cpu_s - before.cpu_s) * 1e6 / done as f64,
        lost: sent - done,
    })
}

async fn hear(mut wire: Wire, progress: Arc<Progress>) -> io::Result<()> {
    let mut answers = Vec::new();
    loop {
        wire.read().await?;
        let mut count = 0;
        while let Some(packet) = wire.packet() {
            if packet.kind == PUBLISH {
                count += 1;
                if packet.qos == 1 {
                    puback(&mut answers, packet.message().0);
                }
            }
        }
        progress.add(&progress.delivered, count);
        wire.stream.write_all(&answers).await?;
        answers.clear();
    }
}

/// Gives how many were sent.
async fn speak(address: SocketAddr, qos: u8, length: Duration, progress: &Progress) -> io::Result<u64> {
    let mut wire = Wire::open(address).await?;
    wire.hello("publisher", None).await?;
    let payload = super::payload(0);
    let (mut sent, mut out) = (0, Vec::new());
    let begun = Instant::now();
    while begun.elapsed() < length {
        let room = WINDOW - (sent - progress.done(qos));
        for _ in 0..room {
            let id = (sent % 60_000) as u16 + 1;
            publish(&mut out, TOPIC, &payload, Form { qos, retain: false, id });
            sent += 1;
        }
        wire.stream.write_all(&out).await?;
        out.clear();
        wait(&mut wire, qos, progress).await?;
    }
    let through = async {
        while progress.done(qos) < sent {
            wait(&mut wire, qos, progress).await?;
        }
        io::Result::Ok(())
    };
    timeout(PATIENCE, through).await.unwrap_or(Ok(()))?;
    Ok(sent)
}

/// Waits until either end is further.
async fn wait(wire: &mut Wire, qos: u8, progress: &Progress) -> io::Result<()> {
    tokio::select! {
        () = progress.moved.notified() => Ok(()),
        read = wire.read(), if qos > 0 => {
            read?;
            let mut count = 0;
            while let Some(packet) = wire.packet() {
                count += u64::from(packet.kind == PUBACK);
            }
            progress.acknowledged.fetch_add(count, Ordering::AcqRel);
            Ok(())
        }
    }
}
