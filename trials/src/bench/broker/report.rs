//! What was found, for programs (JSON) and for people (tables).

use std::fmt;

use serde::Serialize;

use super::super::goal::{Bound, Goal};
use super::super::machine::Machine;
use super::super::quantile::quantile;
use super::super::table::{Table, digits};
use super::crowd::{Arrivals, AtWork, Idle};
use super::kept::Kept;
use super::middle;
use super::siege::{Calm, Siege};
use super::throughput::Throughput;

/// Attacked, the others may hear this much later.
const SIEGE: f64 = 1.5;
/// … or this much, when that is more: below it, what else the machine does decides.
const NOTICED_MS: f64 = 2.0;
const MEMORY_MB: f64 = 400.0;
/// Those that wait for the registry come and go, a few at a time, however many clients there are.
const MORE_THREADS: f64 = 16.0;

/// What was found of one broker.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    name: &'static str,
    /// At QoS 0 and 1, a figure each round.
    pub(super) closed_loop: [Vec<Throughput>; 2],
    pub(super) crowd: Vec<AtWork>,
    pub(super) idle: Idle,
    pub(super) arrivals: Arrivals,
    pub(super) kept: Vec<Kept>,
    pub(super) kept_after_kill: Option<usize>,
}

impl Finding {
    pub(super) fn of(name: &'static str) -> Self {
        Self {
            name,
            closed_loop: Default::default(),
            crowd: Vec::new(),
            idle: Idle::default(),
            arrivals: Arrivals::default(),
            kept: Vec::new(),
            kept_after_kill: None,
        }
    }

    /// The middle round.
    fn crowd(&self) -> AtWork {
        let late: Vec<f64> = self.crowd.iter().map(|found| found.p99_ms).collect();
        let middle = quantile(&late, 0.5);
        self.crowd.iter().copied().find(|found| found.p99_ms == middle).unwrap_or_default()
    }

    fn cells(&self) -> Vec<String> {
        let through = |qos: usize| middle(&self.closed_loop[qos]);
        let crowd = self.crowd();
        let mut cells: Vec<String> = [0, 1]
            .map(|qos| format!("{} ({})", digits(through(qos).per_s), digits(through(qos).cpu_us)))
            .into();
        cells.push(format!("{} of {}", crowd.delivered, crowd.sent));
        cells.push(format!("{} · {} ({})", digits(crowd.p50_ms), digits(crowd.p99_ms), digits(crowd.cpu_us)));
        cells.push(format!(
            "{} ({} MB, {} threads)",
            digits(self.idle.kb_each),
            digits(self.idle.memory_mb),
            self.idle.threads
        ));
        cells.push(digits(self.arrivals.per_s));
        cells.extend(self.kept.iter().map(|kept| {
            format!("{} of {} (published in {} s)", kept.came, kept.published, digits(kept.publish_s))
        }));
        cells.push(self.kept_after_kill.map_or("–".to_owned(), |kept| kept.to_string()));
        cells
    }
}

const ROWS: [&str; 9] = [
    "QoS 0 closed loop, messages/s (µs CPU each)",
    "QoS 1 closed loop, messages/s (µs CPU each)",
    "2,000 connections at 10,000/s, QoS 1: delivered",
    "… p50 · p99 ms (µs CPU each)",
    "idle connections, KB each (all, threads)",
    "connections/s, without credentials",
    "1,000 retained to one wildcard",
    "10,000 retained to one wildcard",
    "… after kill -9",
];

/// What was found.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    ours: Finding,
    /// None when Mosquitto is not installed.
    peer: Option<Finding>,
    /// Of ours, with credentials.
    arrivals: Arrivals,
    calm: Calm,
    sieges: Vec<Siege>,
    rules_ns: f64,
    goals: Vec<Goal>,
    /// Messages lost, panics; nothing that is slow.
    wrong: Vec<String>,
}

impl Report {
    pub(super) fn new(
        machine: Machine,
        ours: Finding,
        peer: Option<Finding>,
        arrivals: Arrivals,
        (calm, sieges): (Calm, Vec<Siege>),
        rules_ns: f64,
        panics: usize,
    ) -> Self {
        let wrong = wrong(&ours, &calm, &sieges, panics);
        let mut goals = Vec::new();
        if let Some(peer) = &peer {
            for (qos, least) in [(0, 1.0), (1, 1.2)] {
                let [ours, theirs] = [&ours, peer].map(|finding| middle(&finding.closed_loop[qos]).per_s);
                let what = format!("QoS {qos} closed loop, messages/s");
                goals.push(Goal::new(&what, Some(peer.name), Bound::AtLeast(least), ours / theirs));
            }
        }
        let mut alone = |what: &str, bound, measured| goals.push(Goal::new(what, None, bound, measured));
        alone("2,000 connections at 10,000/s, p99 ms", Bound::AtMost(10.0), ours.crowd().p99_ms);
        alone("KB for an idle connection", Bound::AtMost(48.0), ours.idle.kb_each);
        alone("MB with idle connections", Bound::AtMost(MEMORY_MB), ours.idle.memory_mb);
        alone("connections/s with credentials", Bound::AtLeast(500.0), arrivals.per_s);
        let more_threads = f64::from(arrivals.threads_most - arrivals.threads_before);
        alone("more threads while they come", Bound::AtMost(MORE_THREADS), more_threads);
        alone("access rules, ns for a message", Bound::AtMost(1_000.0), rules_ns);
        for siege in &sieges {
            let mut judge = |what: &str, most, measured| {
                alone(&format!("{what} while attacked ({})", siege.attack), Bound::AtMost(most), measured);
            };
            judge("others' p50 ms", SIEGE * calm.p50_ms(), siege.during.p50_ms);
            judge("others' p99 ms", (SIEGE * calm.p99_ms()).max(NOTICED_MS), siege.during.p99_ms);
            judge("returns of a heater that failed", 0.0, siege.returns.failed as f64);
        }
        Self { machine, ours, peer, arrivals, calm, sieges, rules_ns, goals, wrong }
    }

    /// What is wrong: messages that were lost, and panics.
    #[must_use]
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// Everything, in one JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a report is numbers and text")
    }
}

fn wrong(ours: &Finding, calm: &Calm, sieges: &[Siege], panics: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    for (qos, found) in ours.closed_loop.iter().enumerate() {
        let lost: u64 = found.iter().map(|found| found.lost).sum();
        check(lost == 0, format!("{lost} messages of QoS {qos} were lost"));
    }
    for found in ours.crowd.iter().chain(&calm.windows).chain(sieges.iter().map(|siege| &siege.during)) {
        check(found.delivered == found.sent, format!("{} of {} were delivered", found.delivered, found.sent));
    }
    for kept in &ours.kept {
        check(kept.came == kept.published, format!("{} of {} retained came", kept.came, kept.published));
    }
    let last = ours.kept.last().map(|kept| kept.published);
    check(
        ours.kept_after_kill == last,
        format!("after kill -9 {:?} retained of {last:?}", ours.kept_after_kill),
    );
    check(panics == 0, format!("{panics} panics"));
    wrong
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.machine)?;
        let peer = self.peer.as_ref().map(Finding::cells);
        let mut table =
            Table::new(["", "Hypocaust", self.peer.as_ref().map_or("", |peer| peer.name)].into_iter());
        for (at, (row, ours)) in ROWS.iter().zip(self.ours.cells()).enumerate() {
            let theirs = peer.as_ref().map_or(String::new(), |cells| cells[at].clone());
            table.row([(*row).to_owned(), ours, theirs].into_iter());
        }
        writeln!(f, "{table}")?;
        if peer.is_none() {
            writeln!(f, "Mosquitto is not installed: nothing is measured beside it\n")?;
        }
        let mut table = Table::new(
            [
                "attack",
                "attempts",
                "others, p50 · p99 ms",
                "a heater comes back, p99 ms",
                "memory before · most, MB",
            ]
            .into_iter(),
        );
        let times = |p50_ms, p99_ms| format!("{} · {}", digits(p50_ms), digits(p99_ms));
        let calm = times(self.calm.p50_ms(), self.calm.p99_ms());
        table.row(["none", "", &calm, "", ""].map(str::to_owned).into_iter());
        for siege in &self.sieges {
            let memory = format!("{} · {}", digits(siege.memory_before_mb), digits(siege.peak_mb));
            let during = times(siege.during.p50_ms, siege.during.p99_ms);
            let back = siege.returns;
            let back =
                format!("{} ({} of {} failed)", digits(back.p99_ms), back.failed, back.came + back.failed);
            table
                .row([siege.attack.to_owned(), siege.attempts.to_string(), during, back, memory].into_iter());
        }
        writeln!(f, "{table}")?;
        for goal in &self.goals {
            writeln!(f, "{goal}")?;
        }
        for wrong in &self.wrong {
            writeln!(f, "WRONG: {wrong}")?;
        }
        Ok(())
    }
}
