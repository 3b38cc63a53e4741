//! VictoriaMetrics, single node, as Debian brings it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::super::BenchError;
use super::super::generator::Row;
use super::super::process::{Process, Usage};
use super::super::scratch::bytes_on_disk;
use super::contender::{Contender, Log};
use super::http::{Http, free_port};
use super::line_protocol;
use super::question::{Answer, Digest, Question, ROOM_METRICS};
use super::{package_version, stillness};

const PROGRAM: &str = "victoria-metrics";
const NAME: &str = "VictoriaMetrics";
/// Names of new series are written out some seconds after they came; killed 6 s after them, 1.79 had lost every one of them
/// with all of its samples, and killed 12 s after them none.
const INDEX_WRITTEN_AFTER: Duration = Duration::from_secs(15);

/// VictoriaMetrics in a process of its own.
pub(super) struct Victoria {
    server: Option<(Process, Http)>,
    folder: PathBuf,
    version: String,
    lines: String,
}

impl Victoria {
    /// `None` when it is not installed.
    pub(super) fn installed() -> Option<Self> {
        // Debian's build does not know its own version.
        Command::new(PROGRAM).arg("-version").output().ok()?;
        Some(Self {
            server: None,
            folder: PathBuf::new(),
            version: package_version(PROGRAM),
            lines: String::new(),
        })
    }

    fn http(&self) -> Result<&Http, BenchError> {
        let not_there = || BenchError::Server { system: NAME, what: "it was not started".to_owned() };
        self.server.as_ref().map(|(_, http)| http).ok_or_else(not_there)
    }

    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<(Vec<u8>, Duration), BenchError> {
        let begun = Instant::now();
        let body = self.http()?.get(path, parameters)?;
        Ok((body, begun.elapsed()))
    }

    /// Values at regular instants. A window ends at the instant asked for, and holds its end but not its beginning.
    fn windows(&self, query: &str, from_ms: i64, to_ms: i64, step_ms: i64) -> Result<Answer, BenchError> {
        let (start, end, step) = (seconds(from_ms + step_ms), seconds(to_ms), seconds(step_ms));
        let parameters =
            [("query", query), ("start", &start), ("end", &end), ("step", &step), ("nocache", "1")];
        let (body, took) = self.get("/api/v1/query_range", &parameters)?;
        let answer: Response<Matrix> = self.parse(&body)?;
        let values = answer.data.result.iter().flat_map(|series| &series.values);
        Ok(Answer { digest: Digest::of(values.map(|(_, value)| number(value))), took })
    }

    fn parse<'a, T: Deserialize<'a>>(&self, body: &'a [u8]) -> Result<T, BenchError> {
        serde_json::from_slice(body)
            .map_err(|error| BenchError::Server { system: NAME, what: error.to_string() })
    }
}

impl Contender for Victoria {
    fn name(&self) -> String {
        format!("{NAME} {}", self.version)
    }

    fn start(&mut self, folder: &Path) -> Result<(), BenchError> {
        let port = free_port()?;
        let data = folder.join("data");
        let mut command = Command::new(PROGRAM);
        command
            .arg(format!("-storageDataPath={}", data.display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            .args(["-retentionPeriod=100y", "-dedup.minScrapeInterval=0s", "-loggerLevel=WARN"]);
        let process = Process::start(NAME, &mut command, &folder.join("log"))?;
        self.server = Some((process, Http::new(NAME, port)));
        self.folder = data;
        Ok(())
    }

    fn take(&mut self, rows: &[Row]) -> Result<(), BenchError> {
        line_protocol::write(&mut self.lines, rows);
        self.http()?.post("/write", &[("precision", "ms")], self.lines.as_bytes())?;
        Ok(())
    }

    fn day_is_over(&mut self, _now_ms: i64) -> Result<(), BenchError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BenchError> {
        self.get("/internal/force_flush", &[]).map(|_| ())
    }

    fn come_to_rest(&self) {
        std::thread::sleep(INDEX_WRITTEN_AFTER);
    }

    fn settle(&mut self, _now_ms: i64) -> Result<(), BenchError> {
        self.get("/internal/force_merge", &[])?;
        stillness::wait(|| bytes_on_disk(&self.folder));
        Ok(())
    }

    fn ask(&mut self, question: &Question) -> Result<Answer, BenchError> {
        match *question {
            Question::LastOfAll { now_ms } => {
                let time = seconds(now_ms);
                let parameters = [("query", r#"{__name__=~"heater_.*"}"#), ("time", &time), ("nocache", "1")];
                let (body, took) = self.get("/api/v1/query", &parameters)?;
                let answer: Response<Vector> = self.parse(&body)?;
                let values = answer.data.result.iter().map(|series| number(&series.value.1));
                Ok(Answer { digest: Digest::of(values), took })
            }
            Question::Room { room, from_ms, to_ms } => {
                let metrics = ROOM_METRICS.each_ref().map(vocabulary::Metric::as_str).join("|");
                let matching = format!(r#"{{__name__=~"heater_({metrics})",room="r-{room:04}"}}"#);
                let (start, end) = (seconds(from_ms), seconds(to_ms - 1));
                let parameters = [("match[]", matching.as_str()), ("start", &start), ("end", &end)];
                let (body, took) = self.get("/api/v1/export", &parameters)?;
                let mut values = Vec::new();
                for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    values.extend(self.parse::<Exported>(line)?.values);
                }
                Ok(Answer { digest: Digest::of(values.into_iter()), took })
            }
            Question::Chart { heater, from_ms, to_ms, step_ms } => {
                let query =
                    format!(r#"avg_over_time(heater_temperature_c{{heater="h-{heater:04}"}}[{step_ms}ms])"#);
                self.windows(&query, from_ms, to_ms, step_ms)
            }
            Question::Building { from_ms, to_ms, step_ms } => {
                let query =
                    format!(r#"avg(avg_over_time(heater_temperature_c{{site="bench"}}[{step_ms}ms]))"#);
                self.windows(&query, from_ms, to_ms, step_ms)
            }
        }
    }

    fn usage(&self) -> Usage {
        self.server.as_ref().map(|(process, _)| process.usage()).unwrap_or_default()
    }

    fn log(&mut self) -> Option<Log> {
        None
    }

    fn kill(&mut self) {
        self.server.take().into_iter().for_each(|(process, _)| process.kill());
    }
}

#[derive(Deserialize)]
struct Response<T> {
    data: T,
}

#[derive(Deserialize)]
struct Vector {
    result: Vec<Instantaneous>,
}

#[derive(Deserialize)]
struct Instantaneous {
    value: (f64, String),
}

#[derive(Deserialize)]
struct Matrix {
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    values: Vec<(f64, String)>,
}

#[derive(Deserialize)]
struct Exported {
    values: Vec<f64>,
}

/// A time as this API takes it.
fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// A number travels as text. One that cannot be read spoils the sum, so that the answer agrees with no other.
fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_milliseconds() {
        assert_eq!(seconds(1_767_225_600_007), "1767225600.007");
        assert_eq!(seconds(518_400), "518.400");
    }
}
