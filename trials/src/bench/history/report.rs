//! What was found, for programs (JSON) and for people (a table).

use std::fmt;

use serde::Serialize;

use super::super::goal::Goal;
use super::super::machine::Machine;
use super::super::quantile::quantile;
use super::super::table::{Table, digits};
use super::contender::Log;
use super::goals::goals;
use super::question::{Answer, Digest, Shape};
use super::trial::Plan;

/// How one system took a set of samples.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Intake {
    pub(super) samples: u64,
    /// From the first sample to the last one stored, making them up included.
    pub(super) wall_s: f64,
    /// Formatting and sending.
    pub(super) client_cpu_s: f64,
    /// The server, until the last sample was stored. Sealing during the intake is in it.
    pub(super) server_cpu_s: f64,
    /// The server, for bringing its files into the form in which they stay.
    pub(super) settle_cpu_s: f64,
    pub(super) peak_mb: f64,
    /// After compaction, as `du` counts.
    pub(super) bytes: u64,
    /// What of it is the log's.
    pub(super) log: Option<Log>,
}

impl Intake {
    pub(super) fn per_cpu_second(&self) -> f64 {
        self.samples as f64 / (self.client_cpu_s + self.server_cpu_s)
    }

    /// The same with the work of settling counted.
    pub(super) fn per_cpu_second_settled(&self) -> f64 {
        self.samples as f64 / (self.client_cpu_s + self.server_cpu_s + self.settle_cpu_s)
    }

    pub(super) fn bytes_per_sample(&self) -> f64 {
        self.bytes as f64 / self.samples as f64
    }
}

/// A start after `kill -9`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Reopened {
    pub(super) seconds: f64,
    pub(super) lost_nothing: bool,
    /// What was in the log when it was killed.
    pub(super) log: Option<Log>,
}

/// One shape of question and how long its answers took.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Asked {
    pub(super) name: &'static str,
    pub(super) times: usize,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Of every answer, in the order of the questions.
    #[serde(skip)]
    digests: Vec<Digest>,
    /// What every answer must count.
    #[serde(skip)]
    values: u64,
}

impl Asked {
    pub(super) fn new(shape: &Shape, answers: &[Answer]) -> Self {
        let times: Vec<f64> = answers.iter().map(|answer| answer.took.as_secs_f64() * 1000.0).collect();
        Self {
            name: shape.name,
            times: answers.len(),
            p50_ms: quantile(&times, 0.5),
            p99_ms: quantile(&times, 0.99),
            digests: answers.iter().map(|answer| answer.digest).collect(),
            values: shape.values,
        }
    }
}

/// Everything found about one system.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    pub(super) name: String,
    pub(super) fleet: Intake,
    pub(super) building: Intake,
    /// After a kill with everything where the system puts it first.
    pub(super) reopened_from_log: Reopened,
    /// After a kill when all was settled.
    pub(super) reopened_settled: Reopened,
    /// By another process: over HTTP, or over the store's socket.
    pub(super) asked: Vec<Asked>,
    /// In the process that holds the history; ours alone.
    pub(super) asked_inside: Vec<Asked>,
}

impl Finding {
    pub(super) fn of_fleet(name: String, fleet: Intake, from_log: Reopened, settled: Reopened) -> Self {
        Self {
            name,
            fleet,
            building: Intake::default(),
            reopened_from_log: from_log,
            reopened_settled: settled,
            asked: Vec::new(),
            asked_inside: Vec::new(),
        }
    }
}

/// A peer that was measured, or is not there.
pub(super) enum Presence {
    Measured(Box<Finding>),
    Skipped(&'static str),
}

/// What was found about all systems.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    plan: Plan,
    systems: Vec<Finding>,
    skipped: Vec<&'static str>,
    goals: Vec<Goal>,
    /// Answers that are wrong or differ between systems; nothing that is slow.
    wrong: Vec<String>,
}

impl Report {
    pub(super) fn new(machine: Machine, plan: Plan, ours: Finding, peers: [Presence; 2]) -> Self {
        let goals = goals(&ours, &peers);
        let (mut systems, mut skipped) = (vec![ours], Vec::new());
        for peer in peers {
            match peer {
                Presence::Measured(finding) => systems.push(*finding),
                Presence::Skipped(name) => skipped.push(name),
            }
        }
        let wrong = wrong(&systems);
        Self { machine, plan, systems, skipped, goals, wrong }
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

/// Every answer must count what was asked for and agree with the first system's, and a kill must have lost nothing.
fn wrong(systems: &[Finding]) -> Vec<String> {
    let mut wrong = Vec::new();
    for system in systems {
        for (when, reopened) in
            [("from its log", system.reopened_from_log), ("when settled", system.reopened_settled)]
        {
            if !reopened.lost_nothing {
                wrong.push(format!("{} lost a last value by kill -9, {when}", system.name));
            }
        }
        let inside = system.asked_inside.iter().zip(&systems[0].asked);
        for (asked, first) in system.asked.iter().zip(&systems[0].asked).chain(inside) {
            let pairs = || asked.digests.iter().zip(&first.digests);
            let bad = pairs().filter(|(own, first)| own.count != asked.values || !own.agrees_with(**first));
            let bad: Vec<_> = bad.collect();
            if let Some((own, first)) = bad.first() {
                wrong.push(format!(
                    "{}: {} of {} answers to {:?} are wrong or differ, such as {own:?} where {first:?} was found first and {} values are right",
                    system.name, bad.len(), asked.times, asked.name, asked.values
                ));
            }
        }
    }
    wrong
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, plan, .. } = self;
        writeln!(f, "history beside its peers · {machine}")?;
        for (name, set) in [("fleet", plan.fleet), ("building", plan.building)] {
            writeln!(
                f,
                "{name}: {} heaters × {} records × 12 metrics = {} samples, a record each {} s and 0 to 2 ms",
                set.heaters,
                set.records_each,
                set.samples(),
                set.every_ms / 1000
            )?;
        }
        writeln!(f, "\n{}", self.table())?;
        for name in &self.skipped {
            writeln!(f, "{name}: skipped: not installed (benches/peers installs it)")?;
        }
        for goal in &self.goals {
            writeln!(f, "{goal}")?;
        }
        f.write_str(NOTES)?;
        match self.wrong.as_slice() {
            [] => writeln!(f, "all answers agree; nothing was lost by kill -9"),
            wrong => wrong.iter().try_for_each(|what| writeln!(f, "WRONG: {what}")),
        }
    }
}

const NOTES: &str = "\
Counted as processor time: formatting and sending in the client, and all of the server (/proc), until the last sample is
stored; making the samples up is not. Ours takes JSON records over a pipe, as the broker hands them to ingest, commits in
groups of 256 with an fsync each, and seals after each day of the building's samples; the peers take line protocol
over HTTP, 10,000 records a request, with their default settings. No system's broker, agent or gateway is counted.
Disk is what `du` counts after sealing, a forced merge (VictoriaMetrics), or a full compaction (InfluxDB).
Questions are asked by another process: over the store's socket, or over HTTP until the last byte of the answer;
VictoriaMetrics without its cache of results. In brackets: the same inside our own process.
Before kill -9 VictoriaMetrics is given 15 s to write out the names of its series; killed sooner, it loses them.
";

impl Report {
    fn table(&self) -> Table {
        let mut table = Table::new(std::iter::once("").chain(self.systems.iter().map(|s| s.name.as_str())));
        let mut row = |what: &str, figure: &dyn Fn(&Finding) -> String| {
            table.row(std::iter::once(what.to_owned()).chain(self.systems.iter().map(figure)));
        };
        for (name, intake) in [("fleet", of_fleet as fn(&Finding) -> Intake), ("building", of_building)] {
            row(&format!("{name}: samples per CPU-second"), &|s| digits(intake(s).per_cpu_second()));
            row(&format!("{name}: the same with compaction"), &|s| {
                digits(intake(s).per_cpu_second_settled())
            });
            row(&format!("{name}: CPU of client + server + compaction, s"), &|s| {
                let Intake { client_cpu_s, server_cpu_s, settle_cpu_s, .. } = intake(s);
                format!("{client_cpu_s:.1} + {server_cpu_s:.1} + {settle_cpu_s:.1}")
            });
            row(&format!("{name}: wall, s"), &|s| digits(intake(s).wall_s));
            row(&format!("{name}: bytes per sample on disk"), &|s| {
                let Intake { bytes, samples, log, .. } = intake(s);
                let log = log.map(|log| format!(" (log {})", digits(log.bytes as f64 / samples as f64)));
                format!("{}{}", digits(bytes as f64 / samples as f64), log.unwrap_or_default())
            });
            row(&format!("{name}: peak memory, MB"), &|s| digits(intake(s).peak_mb));
        }
        row("reopen after kill -9, nothing settled, s", &|s| {
            let Reopened { seconds, log, .. } = s.reopened_from_log;
            let in_log = log.map(|log| format!(" ({} records in the log)", log.entries));
            format!("{}{}", digits(seconds), in_log.unwrap_or_default())
        });
        row("reopen after kill -9, all settled, s", &|s| digits(s.reopened_settled.seconds));
        for (at, Asked { name, times, .. }) in self.systems[0].asked.iter().enumerate() {
            row(&format!("{name}: p50 · p99 of {times}, ms"), &|s| {
                let asked = |asked: &Asked| format!("{} · {}", digits(asked.p50_ms), digits(asked.p99_ms));
                let inside = s.asked_inside.get(at).map(|inside| format!(" ({})", asked(inside)));
                format!("{}{}", s.asked.get(at).map(asked).unwrap_or_default(), inside.unwrap_or_default())
            });
        }
        table
    }
}

fn of_fleet(finding: &Finding) -> Intake {
    finding.fleet
}

fn of_building(finding: &Finding) -> Intake {
    finding.building
}
