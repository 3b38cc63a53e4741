//! The loop: reads the link, commits in groups, acknowledges what is durable.
//!
//! ```text
//! link ──> queue (at most 4,096; full = stop reading) ──10 ms or 256 records──> one commit at a time ──> acks
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use link::{Event, Inbox, Link, LinkError, Qos};
use registry::{Registry, RegistryError};
use store::{Arrival, Receipt, Store, StoreError};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep};
use vocabulary::{HeaterTopic, Tally, Topic, WallClock, filter};

use crate::acks::Acks;
use crate::erasures::Erasures;
use crate::intake::Intake;
use crate::lag;
use crate::queue::{Outcome, QUEUE, Queue};

/// How often acknowledgements that had to wait are looked at.
const ACK_EVERY: Duration = Duration::from_millis(50);
/// How often the book is looked at for changes.
const BOOK_EVERY: Duration = Duration::from_millis(500);

/// Why ingest ended.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The link could not be opened.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// History could not be written: the process must end and must not try the same batch again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The book could not be read at the start.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// What ingest needs.
pub struct Settings {
    /// A service credential.
    pub link: link::Settings,
    /// Names this run, so that heaters send again what the one before may not have stored.
    pub run: String,
}

/// Runs until `shutdown` turns true, then commits and acknowledges what it has. `serving` says whether the broker
/// hears it.
///
/// # Errors
/// [`IngestError`]; a broker that is away is no error.
pub async fn run(
    settings: Settings,
    registry: Registry,
    store: Store,
    tally: Arc<Tally>,
    clock: WallClock,
    serving: watch::Sender<bool>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), IngestError> {
    let mut desk = Desk::open(settings, registry, store, tally, clock)?;
    let mut ack_tick = ticks(ACK_EVERY);
    let mut book_tick = ticks(BOOK_EVERY);
    loop {
        let due_in = desk.queue.due_in(desk.now_ms());
        tokio::select! {
            event = desk.inbox.next(), if !desk.queue.is_full() => match event {
                Some(Event::Message { topic, payload, .. }) => desk.hear(&topic, &payload),
                Some(Event::Up { .. }) => _ = serving.send_replace(true),
                Some(Event::Down { .. }) => _ = serving.send_replace(false),
                None => break,
            },
            () = sleep(due_in.unwrap_or_default()), if due_in.is_some() => desk.begin_commit(),
            outcome = finished(&mut desk.commit) => {
                desk.committed(outcome)?;
            }
            _ = ack_tick.tick() => desk.acknowledge(),
            _ = book_tick.tick() => desk.read_book().await,
            () = stopped(&mut shutdown) => break,
        }
    }
    desk.finish().await
}

/// Waits until it is told to stop. What was told is not held on to: it would lock whoever tells it.
async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

fn ticks(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

type Commit = JoinHandle<Result<Vec<Receipt>, StoreError>>;

/// The receipts of the commit under way; waits for ever when there is none.
async fn finished(commit: &mut Option<Commit>) -> Result<Vec<Receipt>, StoreError> {
    match commit {
        Some(running) => {
            let receipts = running.await.unwrap_or_else(|panic| Err(StoreError::Disk(panic.to_string())));
            *commit = None;
            receipts
        }
        None => std::future::pending().await,
    }
}

struct Desk {
    link: Link,
    inbox: Inbox,
    registry: Registry,
    revision: u64,
    store: Store,
    tally: Arc<Tally>,
    clock: WallClock,
    intake: Intake,
    acks: Acks,
    queue: Queue,
    commit: Option<Commit>,
    erasures: Erasures,
    started: Instant,
}

impl Desk {
    fn open(
        settings: Settings,
        registry: Registry,
        store: Store,
        tally: Arc<Tally>,
        clock: WallClock,
    ) -> Result<Self, IngestError> {
        let mut intake = Intake::new(tally.clone());
        let revision = registry.revision()?;
        intake.set_books(&registry.books()?);
        let link = link::Settings { inbox: QUEUE, outbox: 2 * QUEUE, ..settings.link };
        let (link, inbox) =
            link::open(link.subscribe(filter::heaters(HeaterTopic::Record), Qos::AtLeastOnce))?;
        let erasures = Erasures::new(registry.clone(), store.clone(), clock.clone());
        Ok(Self {
            link,
            inbox,
            registry,
            revision,
            store,
            tally,
            clock,
            intake,
            acks: Acks::new(settings.run),
            queue: Queue::default(),
            commit: None,
            erasures,
            started: Instant::now(),
        })
    }

    fn hear(&mut self, topic: &str, payload: &[u8]) {
        let Some(arrival) = self.intake.admit(topic, payload, (self.clock)()) else { return };
        let now_ms = self.now_ms();
        if arrival.late {
            if !self.queue.takes_history() {
                // It stays with its heater, unacknowledged, and comes again: what happens now goes before it.
                self.tally.count("records", "put_off");
                self.acks.backfill().felt(0, self.queue.len(), now_ms);
                return;
            }
            self.acks.backfill().heard(&arrival.site, &arrival.heater, now_ms);
        }
        self.tally.count("records", "admitted");
        self.tally.add("samples", "admitted", arrival.samples.len() as u64);
        self.queue.push(arrival, now_ms);
        self.begin_commit();
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// Begins the next commit, if it is due.
    fn begin_commit(&mut self) {
        if let Some(batch) = self.queue.begin(self.now_ms()) {
            self.commit = Some(self.write(batch));
        }
    }

    fn write(&self, batch: Arc<Vec<Arrival>>) -> Commit {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.write(&batch))
    }

    /// Takes what became of a commit; says whether it is on disk.
    fn committed(&mut self, outcome: Result<Vec<Receipt>, StoreError>) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        match self.queue.end(outcome, now_ms)? {
            Outcome::Durable { batch, receipts, took_ms, trouble_ms } => {
                if let Some(duration_ms) = trouble_ms {
                    tracing::info!(duration_ms, "history is written again");
                }
                self.acks.backfill().felt(took_ms, self.queue.len(), now_ms);
                lag::count(&batch, (self.clock)(), &self.tally);
                self.durable(receipts);
                Ok(true)
            }
            Outcome::PutOff { error, begins } => {
                if begins {
                    tracing::warn!(%error, "history cannot be written now: records wait, nothing is acknowledged, each second it is tried again");
                }
                self.tally.count("commits", "put_off");
                Ok(false)
            }
        }
    }

    fn durable(&mut self, receipts: Vec<Receipt>) {
        for receipt in &receipts {
            self.tally.add("records", "stored", receipt.stored as u64);
            self.tally.add("records", "duplicate", receipt.duplicates as u64);
            self.tally.add("records", "declared_lost", receipt.lost);
            self.tally.add("records", "no_room", receipt.no_room as u64);
            self.tally.add("records", "forgotten", receipt.forgotten as u64);
        }
        self.acks.add(receipts);
        self.acknowledge();
    }

    fn acknowledge(&mut self) {
        if self.acks.is_empty() {
            return;
        }
        for (site, heater, payload) in self.acks.due(self.now_ms()) {
            let topic = Topic::heater(&site, &heater, HeaterTopic::Ack).to_string();
            // An acknowledgement that does not go out is asked for again: the heater resends, and duplicates are
            // acknowledged.
            if self.link.try_publish(topic, payload, Qos::AtLeastOnce, false).is_err() {
                self.tally.count("acks", "no_room");
            }
        }
    }

    async fn read_book(&mut self) {
        let changed = self.registry.revision().and_then(|revision| {
            if revision != self.revision {
                self.intake.set_books(&self.registry.books()?);
                self.revision = revision;
                self.erasures.book_changed();
            }
            Ok(())
        });
        if let Err(error) = changed {
            tracing::warn!(%error, "the book could not be read again; the intake goes on with what it knew");
        }
        self.erasures.tick(self.started.elapsed().as_millis() as u64).await;
    }

    /// Commits and acknowledges what is there. What the store cannot take now stays with the heaters.
    async fn finish(mut self) -> Result<(), IngestError> {
        let mut goes_on = true;
        while goes_on {
            if self.commit.is_none() {
                let Some(batch) = self.queue.begin_now(self.now_ms()) else { break };
                self.commit = Some(self.write(batch));
            }
            let outcome = finished(&mut self.commit).await;
            goes_on = self.committed(outcome)?;
        }
        self.link.close().await;
        Ok(())
    }
}
