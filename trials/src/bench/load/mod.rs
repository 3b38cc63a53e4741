//! The real program under load: broker and ingest as processes of their own, and the records of 2,000 heaters behind
//! eight gateways, from the moment each is due to its acknowledgement.
//!
//! ```text
//!   steady ──> steady and back-fill ──> peak ──> every record of every heater is in the store exactly once
//!   a million records in the log ──> steady ──> kill -9 of ingest ──> first acknowledgement ──> the same check
//! ```
//! The load runs on the same machine, and its processor time is told but not counted.

mod audit;
mod gateway;
mod outbox;
mod phase;
mod platform;
mod report;
mod schedule;

pub use report::Report;

use std::time::Duration;

use phase::Field;
use platform::Platform;
use report::{Phase, Restart};
use schedule::Load;

use super::generator::FLEET_HEATERS;
use super::machine::Machine;
use super::scratch::Scratch;
use super::{BenchError, Setting};

/// Connections that the heaters share.
const GATEWAYS: usize = 8;
const _: () = assert!(FLEET_HEATERS.is_multiple_of(GATEWAYS), "every gateway has as many heaters");
/// A heater's live record.
const LIVE_EVERY: Duration = Duration::from_secs(10);
/// Heaters that come back with history to send, and at which rate each: 2,000 records a second in all.
const RETURNING: usize = 100;
const BACKFILL_PER_S: f64 = 20.0;
/// At the peak all heaters send live records at this rate: 5,000 a second.
const PEAK_EVERY: Duration = Duration::from_millis(400);

/// Measures everything. Takes minutes.
///
/// # Errors
/// [`BenchError`] when something could not be measured. Lost and doubled records are in the report.
pub async fn run(setting: &Setting) -> Result<Report, BenchError> {
    let length = Duration::from_secs(if setting.short { 15 } else { 60 });
    let in_log = if setting.short { 100_000 } else { 1_000_000 };
    let machine = Machine::here((setting.clock)());
    let scratch = Scratch::new()?;
    let steady = Load { live_every: LIVE_EVERY, returning: 0, backfill_per_s: 0.0 };
    let backfill = Load { returning: RETURNING, backfill_per_s: BACKFILL_PER_S, ..steady };
    let peak = Load { live_every: PEAK_EVERY, ..steady };

    let platform = Platform::start(setting, &scratch.folder("load")?, GATEWAYS)?;
    let mut field = Field::enter(setting, platform, GATEWAYS).await?;
    let mut phases: Vec<Phase> = Vec::new();
    for (name, load) in [
        ("steady: 200 records/s", steady),
        ("steady and back-fill: 200 + 2,000 records/s", backfill),
        ("peak: 5,000 records/s", peak),
    ] {
        (setting.progress)(name);
        phases.push(field.play(name, load, length).await?);
    }
    (setting.progress)("looking for every record in the store");
    let mut wrong = field.audit()?;
    field.leave().await;

    let folder = scratch.folder("restart")?;
    (setting.progress)("filling the log");
    platform::fill_log(&folder, in_log, (setting.clock)())?;
    let platform = Platform::start(setting, &folder, GATEWAYS)?;
    let mut field = Field::enter(setting, platform, GATEWAYS).await?;
    (setting.progress)("kill -9 of ingest");
    let restart: Restart = field.restart(steady, length / 5, length / 2).await?;
    wrong.extend(field.audit()?);
    field.leave().await;
    Ok(Report::new(machine, length, phases, restart, wrong))
}
