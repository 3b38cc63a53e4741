//! The other end of [`super::ours`]: a process that judges and stores what comes on its standard input, as ingest does
//! with what comes from the broker, and serves the store's socket.
//!
//! ```text
//!   time topic payload ──> Intake ──256──> writer thread ──> Store
//!   !order             ──────────────────> one line of JSON on standard output
//! ```

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use ingest::Intake;
use serde::{Deserialize, Serialize};
use store::{Arrival, Maintenance, Retention, Store};
use vocabulary::{Tally, Timestamp};

use super::super::BenchError;
use super::super::generator::book;
use super::contender::Log;
use super::ours::values;
use super::question::{Answer, Digest, Question};

/// Records in one commit, as in ingest under load.
const GROUP: usize = 256;
/// Nothing is thrown away for its age: the peers do not either.
const FOR_EVER: Retention = {
    let days = 36_500;
    Retention { people_days: days, people_hourly_days: days, plant_days: days, plant_hourly_days: days }
};
/// Rounds of sealing and merging until nothing is due; one that never ends would be a mistake in the store.
const MOST_ROUNDS: usize = 100;
/// Commits that may wait; then nothing more is read.
const WAITING: usize = 2;

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

enum Work {
    Batch(Vec<Arrival>),
    Count(SyncSender<Stored>),
}

/// Serves until standard input ends.
///
/// # Errors
/// [`BenchError`] when the store cannot be opened or written, or the input cannot be read.
pub fn serve(history: &Path, heaters: usize) -> Result<(), BenchError> {
    let store = Store::open(history, FOR_EVER)?;
    let _socket = store.serve_socket()?;
    let (work, inbox) = sync_channel(WAITING);
    let writer = {
        let store = store.clone();
        std::thread::spawn(move || write(&store, &inbox))
    };
    let tally = Arc::new(Tally::default());
    let mut intake = Intake::new(tally);
    intake.set_books(&[book(heaters)]);
    let served =
        Desk { store, intake, work, batch: Vec::with_capacity(GROUP), refused: 0 }.serve(std::io::stdin());
    // What stopped the writer is the better reason.
    writer.join().expect("the writer does not panic").and(served)
}

struct Desk {
    store: Store,
    intake: Intake,
    work: SyncSender<Work>,
    batch: Vec<Arrival>,
    refused: u64,
}

impl Desk {
    fn serve(mut self, input: std::io::Stdin) -> Result<(), BenchError> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line).map_err(BenchError::io("standard input"))? > 0 {
            match line.strip_prefix(b"!") {
                Some(order) => self.obey(order)?,
                None => self.hear(&line),
            }
            line.clear();
        }
        Ok(())
    }

    fn hear(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut parts = line.splitn(3, |byte| *byte == b' ');
        let mut part = || parts.next().unwrap_or_default();
        let (now_ms, topic, payload) = (part(), part(), part());
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        let now = Timestamp::from_ms(text(now_ms).parse().unwrap_or_default());
        match self.intake.admit(text(topic), payload, now) {
            Some(arrival) => self.batch.push(arrival),
            None => self.refused += 1,
        }
        if self.batch.len() >= GROUP {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(GROUP));
        // The writer ends early only by an error, which is told when it is joined.
        let _ = self.work.send(Work::Batch(batch));
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
        self.pass_on();
        let (reply, stored) = sync_channel(1);
        let _ = self.work.send(Work::Count(reply));
        let gone =
            |_| BenchError::Server { system: "Hypocaust", what: "nothing is stored any more".to_owned() };
        let stored = stored.recv().map_err(gone)?;
        let health = self.store.health()?;
        Ok(Stored {
            refused: stored.refused + self.refused,
            log: Log { entries: health.log_entries, bytes: health.log_bytes },
            ..stored
        })
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

/// Writes batches one after the other, and counts by their receipts.
fn write(store: &Store, inbox: &Receiver<Work>) -> Result<(), BenchError> {
    let mut stored = Stored::default();
    for work in inbox {
        match work {
            Work::Batch(batch) => {
                for receipt in store.write(batch)? {
                    stored.new += receipt.stored as u64;
                    stored.refused += (receipt.duplicates + receipt.no_room) as u64;
                }
            }
            // Who asked may be gone, and then nobody needs to know.
            Work::Count(reply) => _ = reply.send(stored),
        }
    }
    Ok(())
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data is JSON")
}
