//! Our own path: records as heaters send them, judged by the intake and written by the store, in a process of its own.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::time::Instant;

use serde::de::DeserializeOwned;
use store::{Place, Selector, Store};
use vocabulary::{BootId, HeaterTopic, Metric, Reading, Record, Sample, Timestamp, Topic};

use super::super::BenchError;
use super::super::generator::{FIRST_MS, METRICS, Row, heater, room, site};
use super::super::process::{Process, Usage};
use super::clerk::{Command as Order, Stored};
use super::contender::{Contender, Log};
use super::question::{Answer, Digest, Question, ROOM_METRICS};

const NAME: &str = "Hypocaust";
/// From a heater to the intake.
const ON_THE_WAY_MS: i64 = 5;
const DEAF: &str = "our store's process takes no more";
/// No room has more readings a day.
const EVERYTHING: usize = 1_000_000;

/// Our store in a process of its own.
pub(super) struct Ours {
    program: PathBuf,
    /// The topic of each heater's records.
    topics: Vec<String>,
    server: Option<Server>,
}

struct Server {
    process: Process,
    orders: BufWriter<ChildStdin>,
    store: Store,
    sent: u64,
}

impl Ours {
    pub(super) fn new(program: &Path, heaters: usize) -> Self {
        let topic = |number| Topic::heater(&site(), &heater(number), HeaterTopic::Record).to_string();
        Self { program: program.to_owned(), topics: (0..heaters).map(topic).collect(), server: None }
    }

    fn server(&mut self) -> Result<&mut Server, BenchError> {
        let not_there = || BenchError::Server { system: NAME, what: "it was not started".to_owned() };
        self.server.as_mut().ok_or_else(not_there)
    }

    fn order<T: DeserializeOwned>(&mut self, order: &Order) -> Result<T, BenchError> {
        let Server { process, orders, .. } = self.server()?;
        let line = serde_json::to_string(order).expect("an order is plain data");
        writeln!(orders, "!{line}").and_then(|()| orders.flush()).map_err(BenchError::io(DEAF))?;
        let answer = process.line()?;
        serde_json::from_str(&answer)
            .map_err(|error| BenchError::Server { system: NAME, what: format!("{error}: {answer}") })
    }

    /// What is in the store now, after everything sent is in it.
    fn stored(&mut self) -> Result<Stored, BenchError> {
        self.order(&Order::Flush)
    }

    /// The answers that the process itself gets, without the way to another one.
    pub(super) fn ask_inside(&mut self, questions: &[Question]) -> Result<Vec<Answer>, BenchError> {
        self.order(&Order::Ask(questions.to_vec()))
    }
}

impl Contender for Ours {
    fn name(&self) -> String {
        format!("{NAME} {}", env!("CARGO_PKG_VERSION"))
    }

    fn start(&mut self, folder: &Path) -> Result<(), BenchError> {
        let history = folder.join("history");
        let mut command = Command::new(&self.program);
        command.args(["bench", "store-child", "--heaters", &self.topics.len().to_string()]);
        command.arg("--history").arg(&history);
        let mut process = Process::start(NAME, &mut command, &folder.join("log"))?;
        let orders = BufWriter::with_capacity(1 << 16, process.stdin());
        let store = Store::connect(&history.join("store.sock"))?;
        self.server = Some(Server { process, orders, store, sent: 0 });
        Ok(())
    }

    fn take(&mut self, rows: &[Row]) -> Result<(), BenchError> {
        let topics = std::mem::take(&mut self.topics);
        let Server { orders, sent: count, .. } = self.server()?;
        *count += rows.len() as u64;
        let sent = rows.iter().try_for_each(|row| {
            write!(orders, "{} {} ", row.at_ms + ON_THE_WAY_MS, topics[row.heater])?;
            orders.write_all(&record(row).encode())?;
            orders.write_all(b"\n")
        });
        self.topics = topics;
        sent.map_err(BenchError::io(DEAF))
    }

    fn day_is_over(&mut self, now_ms: i64) -> Result<(), BenchError> {
        self.order(&Order::Seal { now_ms })
    }

    fn flush(&mut self) -> Result<(), BenchError> {
        let stored = self.stored()?;
        let sent = self.server()?.sent;
        if stored.new == sent {
            return Ok(());
        }
        let what = format!("of {sent} records it stored {} and refused {}", stored.new, stored.refused);
        Err(BenchError::Server { system: NAME, what })
    }

    fn come_to_rest(&self) {
        // What the flush has answered is on disk.
    }

    fn settle(&mut self, now_ms: i64) -> Result<(), BenchError> {
        self.order(&Order::Settle { now_ms })
    }

    fn ask(&mut self, question: &Question) -> Result<Answer, BenchError> {
        let store = &self.server()?.store;
        let begun = Instant::now();
        let values = values(store, question)?;
        let took = begun.elapsed();
        Ok(Answer { digest: Digest::of(values.into_iter()), took })
    }

    fn usage(&self) -> Usage {
        self.server.as_ref().map(|server| server.process.usage()).unwrap_or_default()
    }

    fn log(&mut self) -> Option<Log> {
        self.stored().ok().map(|stored| stored.log)
    }

    fn kill(&mut self) {
        self.server.take().into_iter().for_each(|server| server.process.kill());
    }
}

/// A row as the heater sends it.
fn record(row: &Row) -> Record {
    let sample = |(metric, value): (&Metric, f64)| Sample {
        dt_ms: 0,
        metric: metric.clone(),
        reading: Reading::Value(value),
    };
    Record {
        boot: BootId::from_bits(row.heater as u64 + 1),
        bn: 1,
        seq: row.seq,
        low: row.seq,
        mono_ms: (row.at_ms - FIRST_MS).unsigned_abs(),
        ts: Timestamp::from_ms(row.at_ms),
        late: false,
        samples: METRICS.iter().zip(row.values).map(sample).collect(),
    }
}

/// The values of an answer, here or over the socket.
pub(super) fn values(store: &Store, question: &Question) -> Result<Vec<f64>, BenchError> {
    let at = Timestamp::from_ms;
    let of = |place, metric: &Metric| Selector { site: site(), place, metric: metric.clone() };
    let means = |place, from_ms, to_ms, step_ms| {
        let bins = store.aggregate(&of(place, &Metric::TemperatureC), at(from_ms), at(to_ms), step_ms)?;
        Ok(bins.into_iter().map(|bin| bin.mean).collect())
    };
    match *question {
        Question::LastOfAll { .. } => {
            let lasts = store.last_all(&site(), &Place::Site)?;
            Ok(lasts.into_iter().filter_map(|last| last.reading.known()).collect())
        }
        Question::Room { room: number, from_ms, to_ms } => {
            let mut values = Vec::new();
            for metric in &ROOM_METRICS {
                let place = Place::Room(room(number));
                let points = store.range(&of(place, metric), at(from_ms), at(to_ms), EVERYTHING)?;
                values.extend(points.into_iter().filter_map(|point| point.value));
            }
            Ok(values)
        }
        Question::Chart { heater: number, from_ms, to_ms, step_ms } => {
            means(Place::Heater(heater(number)), from_ms, to_ms, step_ms)
        }
        Question::Building { from_ms, to_ms, step_ms } => means(Place::Site, from_ms, to_ms, step_ms),
    }
}
