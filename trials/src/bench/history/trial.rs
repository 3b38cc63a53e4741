//! What every system goes through, one after the other.
//!
//! ```text
//!   fleet:     all samples ──> kill -9 with everything in the log ──> reopen ──> settle ──> questions ──> kill -9 ──> reopen
//!   building:  all samples, day by day ──> settle ──> questions
//! ```

use std::path::Path;
use std::time::{Duration, Instant};

use super::super::generator::{FIRST_MS, Row, Set};
use super::super::process::thread_cpu_s;
use super::super::scratch::{Scratch, bytes_on_disk};
use super::super::{BenchError, Setting};
use super::contender::{Contender, Log};
use super::ours::Ours;
use super::question::{self, AFTER_THE_END_MS, Question, Shape};
use super::report::{Asked, Finding, Intake, Reopened};

/// Rows that are formatted and sent together; one request of a peer.
const CHUNK: usize = 10_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// How often a server that was started again is asked whether it answers.
const ASK_EVERY: Duration = Duration::from_millis(2);
/// One that answers wrongly for so long has lost something.
const REOPEN_LIMIT: Duration = Duration::from_secs(60);

/// How much is measured.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(super) struct Plan {
    pub(super) fleet: Set,
    pub(super) building: Set,
    /// How often each question is asked; the heaviest a fifth of it.
    pub(super) times: usize,
}

pub(super) struct Trial<'a> {
    pub(super) plan: Plan,
    pub(super) setting: &'a Setting,
    pub(super) scratch: &'a Scratch,
}

impl Trial<'_> {
    /// A peer, over HTTP.
    pub(super) fn of_peer(&self, peer: &mut impl Contender) -> Result<Finding, BenchError> {
        let (mut finding, mut asked) = self.of_fleet(peer)?;
        let (building, more) = self.of_building(peer)?;
        asked.extend(more);
        peer.kill();
        finding.building = building;
        finding.asked = asked;
        Ok(finding)
    }

    /// Our own store, which is asked from inside as well.
    pub(super) fn of_ours(&self, make: &dyn Fn(&Path, usize) -> Ours) -> Result<Finding, BenchError> {
        let plan = self.plan;
        let new = |set: Set| make(&self.setting.program, set.heaters);
        let mut ours = new(plan.fleet);
        let (mut finding, mut asked) = self.of_fleet(&mut ours)?;
        finding.asked_inside = ask_inside(&mut ours, question::of_the_fleet(plan.fleet, plan.times))?;
        ours.kill();
        let mut ours = new(plan.building);
        let (building, more) = self.of_building(&mut ours)?;
        asked.extend(more);
        finding
            .asked_inside
            .extend(ask_inside(&mut ours, question::of_the_building(plan.building, plan.times))?);
        finding.building = building;
        finding.asked = asked;
        Ok(finding)
    }

    fn of_fleet(&self, system: &mut impl Contender) -> Result<(Finding, Vec<Asked>), BenchError> {
        let set = self.plan.fleet;
        let folder = self.scratch.folder(&format!("{}-fleet", folder_name(&system.name())))?;
        self.say(&format!("{}: {} samples of the fleet", system.name(), set.samples()));
        let mut intake = self.feed(system, set, &folder)?;
        let log = system.log();
        system.come_to_rest();
        let in_log = self.reopen(system, &folder, log)?;
        self.settle(system, set, &folder, &mut intake)?;
        let asked = self.ask(system, question::of_the_fleet(set, self.plan.times))?;
        let settled = self.reopen(system, &folder, None)?;
        let finding = Finding::of_fleet(system.name(), intake, in_log, settled);
        Ok((finding, asked))
    }

    fn of_building(&self, system: &mut impl Contender) -> Result<(Intake, Vec<Asked>), BenchError> {
        let set = self.plan.building;
        system.kill();
        let folder = self.scratch.folder(&format!("{}-building", folder_name(&system.name())))?;
        self.say(&format!("{}: {} samples of the building", system.name(), set.samples()));
        let mut intake = self.feed(system, set, &folder)?;
        self.settle(system, set, &folder, &mut intake)?;
        Ok((intake, self.ask(system, question::of_the_building(set, self.plan.times))?))
    }

    /// Sends a whole set and waits until it is stored.
    fn feed(&self, system: &mut impl Contender, set: Set, folder: &Path) -> Result<Intake, BenchError> {
        system.start(folder)?;
        wait_until_up(system)?;
        let at_start = system.usage();
        let mut rows = set.rows();
        let mut chunk: Vec<Row> = Vec::with_capacity(CHUNK);
        let (begun, mut client_cpu_s, mut day) = (Instant::now(), 0.0, 0);
        loop {
            chunk.clear();
            chunk.extend(rows.by_ref().take(CHUNK));
            let Some(last) = chunk.last() else { break };
            let before_s = thread_cpu_s();
            system.take(&chunk)?;
            client_cpu_s += thread_cpu_s() - before_s;
            if (last.at_ms - FIRST_MS) / DAY_MS > day {
                day = (last.at_ms - FIRST_MS) / DAY_MS;
                system.day_is_over(last.at_ms)?;
            }
        }
        system.flush()?;
        let usage = system.usage();
        Ok(Intake {
            samples: set.samples(),
            wall_s: begun.elapsed().as_secs_f64(),
            client_cpu_s,
            server_cpu_s: usage.cpu_s - at_start.cpu_s,
            peak_mb: usage.peak_mb,
            ..Intake::default()
        })
    }

    fn settle(
        &self,
        system: &mut impl Contender,
        set: Set,
        folder: &Path,
        intake: &mut Intake,
    ) -> Result<(), BenchError> {
        self.say(&format!("{}: compaction", system.name()));
        let before = system.usage();
        system.settle(set.end_ms() + 2 * DAY_MS)?;
        let after = system.usage();
        intake.settle_cpu_s = after.cpu_s - before.cpu_s;
        intake.peak_mb = intake.peak_mb.max(after.peak_mb);
        intake.log = system.log();
        intake.bytes = bytes_on_disk(folder);
        Ok(())
    }

    /// `kill -9`, and the time from the new start to the first answer in which nothing is missing.
    fn reopen(
        &self,
        system: &mut impl Contender,
        folder: &Path,
        log: Option<Log>,
    ) -> Result<Reopened, BenchError> {
        self.say(&format!("{}: kill -9 and reopen", system.name()));
        let truth = question::truth_of_last(self.plan.fleet);
        let question = Question::LastOfAll { now_ms: self.plan.fleet.end_ms() + AFTER_THE_END_MS };
        system.kill();
        let begun = Instant::now();
        system.start(folder)?;
        let mut lost_nothing = false;
        while !lost_nothing && begun.elapsed() < REOPEN_LIMIT {
            std::thread::sleep(ASK_EVERY);
            lost_nothing = system.ask(&question).is_ok_and(|answer| answer.digest.agrees_with(truth));
        }
        Ok(Reopened { seconds: begun.elapsed().as_secs_f64(), lost_nothing, log })
    }

    fn ask(&self, system: &mut impl Contender, shapes: Vec<Shape>) -> Result<Vec<Asked>, BenchError> {
        let ask_one = |shape: Shape| {
            self.say(&format!("{}: {}", system.name(), shape.name));
            let answers = shape.questions.iter().map(|question| system.ask(question));
            let answers = answers.collect::<Result<Vec<_>, _>>()?;
            Ok(Asked::new(&shape, &answers))
        };
        shapes.into_iter().map(ask_one).collect()
    }

    fn say(&self, what: &str) {
        (self.setting.progress)(what);
    }
}

fn ask_inside(ours: &mut Ours, shapes: Vec<Shape>) -> Result<Vec<Asked>, BenchError> {
    let ask_one = |shape: Shape| {
        let answers = ours.ask_inside(&shape.questions)?;
        Ok(Asked::new(&shape, &answers))
    };
    shapes.into_iter().map(ask_one).collect()
}

/// Returns when a server answers anything at all.
fn wait_until_up(system: &mut impl Contender) -> Result<(), BenchError> {
    let begun = Instant::now();
    while let Err(error) = system.ask(&Question::LastOfAll { now_ms: FIRST_MS }) {
        if begun.elapsed() > REOPEN_LIMIT {
            return Err(error);
        }
        std::thread::sleep(ASK_EVERY);
    }
    Ok(())
}

/// The first word of a name, for a folder.
fn folder_name(name: &str) -> String {
    name.split(' ').next().unwrap_or_default().to_lowercase()
}
