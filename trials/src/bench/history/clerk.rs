//! The other end of [`super::ours`]: a process that judges and stores what comes on its standard input, as ingest does
//! with what comes from the broker, and serves the store's socket.
//!
//! ```text
//!   time topic payload ──> Intake ──> Queue ──> writer thread ──> Store
//!   !order             ─────────────────────────────────────────> one line of JSON on standard output
//! ```

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use ingest::{Intake, Outcome, Queue};
use serde::{Deserialize, Serialize};
use store::{Arrival, Maintenance, Receipt, Retention, Store, StoreError};
use vocabulary::{Tally, Timestamp};

use super::super::BenchError;
use super::super::generator::book;
use super::contender::Log;
use super::ours::values;
use super::question::{Answer, Digest, Question};

/// Nothing is thrown away for its age: the peers do not either.
const FOR_EVER: Retention = {
    let days = 36_500;
    Retention { people_days: days, people_hourly_days: days, plant_days: days, plant_hourly_days: days }
};
/// Rounds of sealing and merging until nothing is due; one that never ends would be a mistake in the store.
const MOST_ROUNDS: usize = 100;

/// What can be ordered.
#[derive(Serialize, Deserialize)]
pub(super) enum Command {
    /// Store everything that came before; tells what is stored.
    Flush,
    /// The same, and seal all of it.
    Seal { now_ms: i64 },
    /// The same, and go on until nothing is due any more.
    Settle { now_ms: i64 },
    /// The same, and answer questions here.
    Ask(Vec<Question>),
}

/// What this process has stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    /// Records that were new.
    pub(super) new: u64,
    /// Records that the intake or the store refused, or had already.
    pub(super) refused: u64,
    /// What is not sealed yet.
    pub(super) log: Log,
}

type Batch = Arc<Vec<Arrival>>;
type Written = Result<Vec<Receipt>, StoreError>;

/// Serves until standard input ends.
///
/// # Errors
/// [`BenchError`] when the store cannot be opened or written, or the input cannot be read.
pub fn serve(history: &Path, heaters: usize) -> Result<(), BenchError> {
    let store = Store::open(history, FOR_EVER)?;
    let _socket = store.serve_socket()?;
    let (batches, to_write) = sync_channel(1);
    let (written, outcomes) = sync_channel(1);
    let writer = {
        let store = store.clone();
        std::thread::spawn(move || write(&store, &to_write, &written))
    };
    let mut intake = Intake::new(Arc::new(Tally::default()));
    intake.set_books(&[book(heaters)]);
    let desk = Desk {
        store,
        intake,
        queue: Queue::default(),
        batches,
        outcomes,
        is_writing: false,
        stored: Stored::default(),
        started: Instant::now(),
    };
    let served = desk.serve(std::io::stdin());
    writer.join().expect("the writer does not panic");
    served
}

struct Desk {
    store: Store,
    intake: Intake,
    queue: Queue,
    batches: SyncSender<Batch>,
    outcomes: Receiver<Written>,
    is_writing: bool,
    stored: Stored,
    started: Instant,
}

impl Desk {
    fn serve(mut self, input: std::io::Stdin) -> Result<(), BenchError> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line).map_err(BenchError::io("standard input"))? > 0 {
            match line.strip_prefix(b"!") {
                Some(order) => self.obey(order)?,
                None => self.hear(&line)?,
            }
            line.clear();
        }
        Ok(())
    }

    /// As ingest does: what comes while a commit is under way waits for the next one, which takes all of it.
    fn hear(&mut self, line: &[u8]) -> Result<(), BenchError> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut parts = line.splitn(3, |byte| *byte == b' ');
        let mut part = || parts.next().unwrap_or_default();
        let (now_ms, topic, payload) = (part(), part(), part());
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        let now = Timestamp::from_ms(text(now_ms).parse().unwrap_or_default());
        match self.intake.admit(text(topic), payload, now) {
            Some(arrival) => self.queue.push(arrival, self.now_ms()),
            None => self.stored.refused += 1,
        }
        if self.queue.is_full() {
            self.finish_commit()?;
        } else if let Ok(outcome) = self.outcomes.try_recv() {
            self.committed(outcome)?;
        }
        let due = self.queue.begin(self.now_ms());
        self.commit(due);
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn commit(&mut self, batch: Option<Batch>) {
        if let Some(batch) = batch {
            self.batches.send(batch).expect("the writer waits for batches");
            self.is_writing = true;
        }
    }

    fn finish_commit(&mut self) -> Result<(), BenchError> {
        let outcome = self.outcomes.recv().expect("the writer answers every batch");
        self.committed(outcome)
    }

    fn committed(&mut self, outcome: Written) -> Result<(), BenchError> {
        self.is_writing = false;
        match self.queue.end(outcome, self.now_ms())? {
            Outcome::Durable { receipts, .. } => {
                for receipt in receipts {
                    self.stored.new += receipt.stored as u64;
                    self.stored.refused += (receipt.duplicates + receipt.no_room) as u64;
                }
                Ok(())
            }
            Outcome::PutOff { error, .. } => Err(error.into()),
        }
    }

    fn obey(&mut self, order: &[u8]) -> Result<(), BenchError> {
        let order: Command = serde_json::from_slice(order)
            .map_err(|error| BenchError::io("an order cannot be read")(error.into()))?;
        let stored = self.flush()?;
        let answer = match order {
            Command::Flush => json(&stored),
            Command::Seal { now_ms } => {
                self.store.seal(Timestamp::from_ms(now_ms))?;
                json(&())
            }
            Command::Settle { now_ms } => {
                self.settle(Timestamp::from_ms(now_ms))?;
                json(&())
            }
            Command::Ask(questions) => {
                let answers = questions.iter().map(|question| self.answer(question));
                json(&answers.collect::<Result<Vec<_>, _>>()?)
            }
        };
        let mut output = std::io::stdout().lock();
        writeln!(output, "{answer}").and_then(|()| output.flush()).map_err(BenchError::io("standard output"))
    }

    fn flush(&mut self) -> Result<Stored, BenchError> {
        loop {
            let waiting = self.queue.begin_now(self.now_ms());
            self.commit(waiting);
            if !self.is_writing {
                break;
            }
            self.finish_commit()?;
        }
        let health = self.store.health()?;
        Ok(Stored { log: Log { entries: health.log_entries, bytes: health.log_bytes }, ..self.stored })
    }

    fn settle(&self, now: Timestamp) -> Result<(), BenchError> {
        for _ in 0..MOST_ROUNDS {
            if self.store.seal(now)? == Maintenance::default() {
                return Ok(());
            }
        }
        Err(BenchError::Server { system: "Hypocaust", what: "its maintenance never ends".to_owned() })
    }

    fn answer(&self, question: &Question) -> Result<Answer, BenchError> {
        let begun = Instant::now();
        let values = values(&self.store, question)?;
        let took = begun.elapsed();
        Ok(Answer { digest: Digest::of(values.into_iter()), took })
    }
}

/// Writes batches one after the other.
fn write(store: &Store, batches: &Receiver<Batch>, written: &SyncSender<Written>) {
    for batch in batches {
        let outcome = store.write(&batch);
        // Free before the outcome is told: the batch then goes where it came from.
        drop(batch);
        // The desk may have ended by an error of its own.
        let _ = written.send(outcome);
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}
