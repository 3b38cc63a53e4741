//! InfluxDB 1.6, as Debian brings it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::Deserialize;

use super::super::BenchError;
use super::super::generator::{METRICS, Row};
use super::super::process::{Process, Usage};
use super::super::scratch::bytes_on_disk;
use super::contender::{Contender, Log};
use super::http::{Http, free_port};
use super::line_protocol;
use super::question::{Answer, Digest, Question, ROOM_METRICS};
use super::{package_version, stillness};

const PROGRAM: &str = "influxd";
const NAME: &str = "InfluxDB";
/// A last value is looked for so far back, as VictoriaMetrics does by itself.
const LOOK_BACK_MS: i64 = 300_000;

/// When idle shards are written out of the log and compacted.
#[derive(Clone, Copy)]
enum Compaction {
    /// After 10 minutes and 4 hours: its defaults.
    Usual,
    /// After a second: to see at once what the usual comes to.
    Soon,
}

/// InfluxDB in a process of its own.
pub(super) struct Influx {
    server: Option<(Process, Http)>,
    folder: PathBuf,
    version: String,
    lines: String,
    /// Of the servers that were ended to be started anew.
    earlier: Usage,
}

impl Influx {
    /// `None` when it is not installed.
    pub(super) fn installed() -> Option<Self> {
        Command::new(PROGRAM).arg("version").output().ok()?;
        let (version, earlier) = (package_version("influxdb"), Usage::default());
        Some(Self { server: None, folder: PathBuf::new(), version, lines: String::new(), earlier })
    }

    fn start_with(&mut self, compaction: Compaction) -> Result<(), BenchError> {
        let (port, inner_port) = (free_port()?, free_port()?);
        let file = self.folder.join("influxdb.toml");
        std::fs::write(&file, configuration(&self.folder, port, inner_port, compaction))
            .map_err(BenchError::io(format!("{} cannot be written", file.display())))?;
        let mut command = Command::new(PROGRAM);
        command.arg("-config").arg(&file);
        let process = Process::start(NAME, &mut command, &self.folder.join("log"))?;
        self.server = Some((process, Http::new(NAME, port)));
        Ok(())
    }

    fn http(&self) -> Result<&Http, BenchError> {
        let not_there = || BenchError::Server { system: NAME, what: "it was not started".to_owned() };
        self.server.as_ref().map(|(_, http)| http).ok_or_else(not_there)
    }

    /// Returns when it answers.
    fn wait_until_up(&self) -> Result<(), BenchError> {
        let begun = Instant::now();
        while let Err(error) = self.http()?.get("/ping", &[]) {
            if begun.elapsed().as_secs() > 60 {
                return Err(error);
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Ok(())
    }

    fn select(&self, query: &str) -> Result<Answer, BenchError> {
        let begun = Instant::now();
        let body = self.http()?.get("/query", &[("db", "bench"), ("epoch", "ms"), ("q", query)])?;
        let took = begun.elapsed();
        let answer: Response = serde_json::from_slice(&body)
            .map_err(|error| BenchError::Server { system: NAME, what: error.to_string() })?;
        let series = answer.results.into_iter().flat_map(|result| result.series);
        // The first column is the time.
        let values = series.flat_map(|series| series.values).flat_map(|row| row.into_iter().skip(1));
        Ok(Answer { digest: Digest::of(values.flatten()), took })
    }
}

impl Contender for Influx {
    fn name(&self) -> String {
        format!("{NAME} {}", self.version)
    }

    fn start(&mut self, folder: &Path) -> Result<(), BenchError> {
        folder.clone_into(&mut self.folder);
        self.earlier = Usage::default();
        self.start_with(Compaction::Usual)?;
        if !folder.join("data/bench").exists() {
            self.wait_until_up()?;
            self.http()?.post("/query", &[("q", "CREATE DATABASE bench")], b"")?;
        }
        Ok(())
    }

    fn take(&mut self, rows: &[Row]) -> Result<(), BenchError> {
        line_protocol::write(&mut self.lines, rows);
        self.http()?.post("/write", &[("db", "bench"), ("precision", "ms")], self.lines.as_bytes())?;
        Ok(())
    }

    fn day_is_over(&mut self, _now_ms: i64) -> Result<(), BenchError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BenchError> {
        // An answered write can be asked for.
        Ok(())
    }

    fn come_to_rest(&self) {
        // An answered write is in its log.
    }

    fn settle(&mut self, _now_ms: i64) -> Result<(), BenchError> {
        let before = self.usage();
        if let Some((process, _)) = self.server.take() {
            process.terminate()?;
        }
        self.earlier = before;
        self.start_with(Compaction::Soon)?;
        self.wait_until_up()?;
        stillness::wait(|| bytes_on_disk(&self.folder));
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Answer, BenchError> {
        let query = match *question {
            Question::LastOfAll { now_ms } => {
                let lasts = METRICS.each_ref().map(|metric| format!("last({metric})")).join(", ");
                let from_ms = now_ms - LOOK_BACK_MS;
                format!("SELECT {lasts} FROM heater WHERE time >= {from_ms}ms GROUP BY heater, room, site")
            }
            Question::Room { room, from_ms, to_ms } => {
                let metrics = ROOM_METRICS.each_ref().map(vocabulary::Metric::as_str).join(", ");
                format!(
                    "SELECT {metrics} FROM heater WHERE room = 'r-{room:04}' AND time >= {from_ms}ms AND time < {to_ms}ms"
                )
            }
            Question::Chart { heater, from_ms, to_ms, step_ms } => {
                means(&format!("heater = 'h-{heater:04}'"), from_ms, to_ms, step_ms)
            }
            Question::Building { from_ms, to_ms, step_ms } => {
                means("site = 'bench'", from_ms, to_ms, step_ms)
            }
        };
        self.select(&query)
    }

    fn usage(&self) -> Usage {
        let now = self.server.as_ref().map(|(process, _)| process.usage()).unwrap_or_default();
        Usage {
            cpu_s: self.earlier.cpu_s + now.cpu_s,
            memory_mb: now.memory_mb,
            peak_mb: now.peak_mb.max(self.earlier.peak_mb),
        }
    }

    fn log(&mut self) -> Option<Log> {
        None
    }

    fn kill(&mut self) {
        self.server.take().into_iter().for_each(|(process, _)| process.kill());
    }
}

/// Means in steps that are counted from `from_ms`.
fn means(place: &str, from_ms: i64, to_ms: i64, step_ms: i64) -> String {
    let offset_ms = from_ms.rem_euclid(step_ms);
    format!(
        "SELECT mean(temperature_c) FROM heater WHERE {place} AND time >= {from_ms}ms AND time < {to_ms}ms \
         GROUP BY time({step_ms}ms, {offset_ms}ms) fill(none)"
    )
}

/// Its defaults, in a folder of its own, on loopback alone, and without what it would tell of itself.
fn configuration(folder: &Path, port: u16, inner_port: u16, compaction: Compaction) -> String {
    let (write_out, compact) = match compaction {
        Compaction::Usual => ("10m", "4h"),
        Compaction::Soon => ("1s", "1s"),
    };
    let folder = folder.display();
    format!(
        r#"
reporting-disabled = true
bind-address = "127.0.0.1:{inner_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
cache-snapshot-write-cold-duration = "{write_out}"
compact-full-write-cold-duration = "{compact}"
[monitor]
store-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
"#
    )
}

#[derive(Deserialize)]
struct Response {
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(default)]
    series: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    values: Vec<Vec<Option<f64>>>,
}
