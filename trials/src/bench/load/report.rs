//! What was found under load, for programs (JSON) and for people (a table).

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::super::machine::Machine;
use super::super::process::Usage;
use super::super::quantile::quantile;
use super::super::table::{Table, digits};
use super::gateway::Heard;
use super::phase::cpu_s;

/// Floors of the design.
const ACK_P50_MS: f64 = 100.0;
const ACK_P99_MS: f64 = 1_000.0;
const RESTART_S: f64 = 2.0;
const MEMORY_MB: f64 = 300.0;

/// Times from due to acknowledged.
#[derive(Debug, Clone, Copy, Serialize)]
struct Times {
    records: usize,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
}

impl Times {
    fn of(times: &[f64]) -> Option<Self> {
        let at = |q| quantile(times, q);
        let (p50_ms, p99_ms, longest_ms) = (at(0.5), at(0.99), at(1.0));
        (!times.is_empty()).then_some(Self { records: times.len(), p50_ms, p99_ms, longest_ms })
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} · {}", digits(self.p50_ms), digits(self.p99_ms), digits(self.longest_ms))
    }
}

/// What one process used in one phase.
#[derive(Debug, Clone, Copy, Serialize)]
struct Part {
    name: &'static str,
    /// Cores that it kept busy.
    cores: f64,
    memory_before_mb: f64,
    memory_after_mb: f64,
    peak_mb: f64,
}

/// One load and what came of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Phase {
    name: &'static str,
    seconds: f64,
    records: u64,
    records_per_s: f64,
    live: Option<Times>,
    late: Option<Times>,
    sent_again: u64,
    parts: [Part; 2],
}

impl Phase {
    /// `usage`: of broker and ingest, before and after.
    pub(super) fn new(
        name: &'static str,
        length: Duration,
        records: u64,
        heard: &Heard,
        [before, after]: [[Usage; 2]; 2],
    ) -> Self {
        let seconds = length.as_secs_f64();
        let part = |name, at: usize| Part {
            name,
            cores: cpu_s([before[at], after[at]]) / seconds,
            memory_before_mb: before[at].memory_mb,
            memory_after_mb: after[at].memory_mb,
            peak_mb: after[at].peak_mb,
        };
        Self {
            name,
            seconds,
            records,
            records_per_s: records as f64 / seconds,
            live: Times::of(&heard.live_ms),
            late: Times::of(&heard.late_ms),
            sent_again: heard.again,
            parts: [part("broker", 0), part("ingest", 1)],
        }
    }

    fn peak_mb(&self) -> f64 {
        self.parts.iter().map(|part| part.peak_mb).sum()
    }
}

/// What became of a `kill -9` of ingest.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Restart {
    pub(super) records_in_log: u64,
    /// From the start of the new process; none when none came.
    pub(super) to_first_ack_s: Option<f64>,
    pub(super) sent_again: u64,
    pub(super) peak_mb: f64,
}

#[derive(Debug, Clone, Serialize)]
struct Floor {
    what: String,
    measured: f64,
    below: f64,
    met: bool,
}

/// What was found under load.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    seconds_each: u64,
    phases: Vec<Phase>,
    restart: Restart,
    floors: Vec<Floor>,
    /// Records lost or doubled; nothing that is slow.
    wrong: Vec<String>,
}

impl Report {
    pub(super) fn new(
        machine: Machine,
        length: Duration,
        phases: Vec<Phase>,
        restart: Restart,
        wrong: Vec<String>,
    ) -> Self {
        let floors = floors(&phases, restart);
        Self { machine, seconds_each: length.as_secs(), phases, restart, floors, wrong }
    }

    /// What is wrong, as opposed to slow: each a sentence.
    #[must_use]
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// All of it as one JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("figures and names are JSON")
    }
}

/// The first two phases are judged by their live records, all by their memory. At the peak every heater sends more often
/// than it is answered (once a second), so its times tell of that and are not judged.
fn floors(phases: &[Phase], restart: Restart) -> Vec<Floor> {
    let mut floors = Vec::new();
    let mut floor = |what: String, measured: f64, below: f64| {
        floors.push(Floor { what, measured, below, met: measured < below });
    };
    for phase in phases.iter().take(2) {
        let (p50_ms, p99_ms) = phase.live.map_or((f64::NAN, f64::NAN), |live| (live.p50_ms, live.p99_ms));
        floor(format!("{}: live record to acknowledgement, p50, ms", phase.name), p50_ms, ACK_P50_MS);
        floor(format!("{}: live record to acknowledgement, p99, ms", phase.name), p99_ms, ACK_P99_MS);
    }
    let memory = phases.iter().map(Phase::peak_mb).fold(0.0, f64::max);
    floor("peak memory of broker and ingest, MB".to_owned(), memory, MEMORY_MB);
    let what =
        format!("kill -9 to first acknowledgement with {} records in the log, s", restart.records_in_log);
    floor(what, restart.to_first_ack_s.unwrap_or(f64::NAN), RESTART_S);
    floors
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "broker and ingest under load · {}", self.machine)?;
        writeln!(
            f,
            "2,000 heaters behind 8 gateways, records of 12 samples, {} s each\n",
            self.seconds_each
        )?;
        writeln!(f, "{}", self.table())?;
        let Restart { records_in_log, to_first_ack_s, sent_again, peak_mb } = self.restart;
        writeln!(
            f,
            "kill -9 of ingest under the steady load, {records_in_log} records in the log: {} s to the first acknowledgement, {sent_again} records sent again, then at most {} MB",
            digits(to_first_ack_s.unwrap_or(f64::NAN)),
            digits(peak_mb)
        )?;
        for Floor { what, measured, below, met } in &self.floors {
            let verdict = if *met { "met" } else { "missed" };
            writeln!(f, "{verdict:<8} {what}: {} (below {below})", digits(*measured))?;
        }
        f.write_str(NOTES)?;
        match self.wrong.as_slice() {
            [] => {
                writeln!(f, "every record of every heater is in the store exactly once, and was acknowledged")
            }
            wrong => wrong.iter().try_for_each(|what| writeln!(f, "WRONG: {what}")),
        }
    }
}

const NOTES: &str = "\
Times run from the moment a record is due to its acknowledgement in the gateway's hands. A heater is answered at once, and
then at most once a second, so what it sends more often waits for the next answer; the back-fill comes from 100 returning
heaters with 20 records a second each. The load is made on the same machine.
";

impl Report {
    fn table(&self) -> Table {
        let mut table = Table::new(std::iter::once("").chain(self.phases.iter().map(|phase| phase.name)));
        let mut row = |what: String, figure: &dyn Fn(&Phase) -> String| {
            table.row(std::iter::once(what).chain(self.phases.iter().map(figure)));
        };
        let times = |times: Option<Times>| times.map_or("–".to_owned(), |times| times.to_string());
        row("records".to_owned(), &|p| digits(p.records as f64));
        row("records a second".to_owned(), &|p| digits(p.records_per_s));
        row("live: p50 · p99 · longest, ms".to_owned(), &|p| times(p.live));
        row("history: p50 · p99 · longest, ms".to_owned(), &|p| times(p.late));
        row("sent again".to_owned(), &|p| p.sent_again.to_string());
        for (at, name) in ["broker", "ingest"].into_iter().enumerate() {
            row(format!("{name}: cores"), &|p| digits(p.parts[at].cores));
            row(format!("{name}: memory before · after · peak, MB"), &|p| {
                let Part { memory_before_mb, memory_after_mb, peak_mb, .. } = p.parts[at];
                format!("{} · {} · {}", digits(memory_before_mb), digits(memory_after_mb), digits(peak_mb))
            });
        }
        table
    }
}
