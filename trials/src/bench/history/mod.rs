//! History beside its peers: the same samples in the same order, in one run, to our store, to VictoriaMetrics and to
//! InfluxDB, each in a process of its own; then the same questions, whose answers must agree.
//!
//! ```text
//!   generator ──rows──> format and send (client) ──> server process ──> files
//!                       └── processor time of both counts ──┘
//! ```

mod clerk;
mod contender;
mod goals;
mod http;
mod influx;
mod line_protocol;
mod ours;
mod question;
mod report;
mod stillness;
mod trial;
mod victoria;

pub use clerk::serve;
pub use report::Report;

use contender::Contender;
use influx::Influx;
use ours::Ours;
use report::{Finding, Presence};
use trial::{Plan, Trial};
use victoria::Victoria;

use super::generator::{FLEET_HEATERS, Set};
use super::machine::Machine;
use super::scratch::Scratch;
use super::{BenchError, Setting};

/// The large fleet: a record each 10 s, all of it in the log when the process is killed.
const FLEET: Set = Set { heaters: FLEET_HEATERS, records_each: 512, every_ms: 10_000, seed: 1 };
/// The building with a long past: 50 rooms, 30 days, a record a minute.
const BUILDING: Set = Set { heaters: 50, records_each: 30 * 1_440, every_ms: 60_000, seed: 2 };

/// Measures everything. Takes minutes.
///
/// # Errors
/// [`BenchError`] when something could not be measured. Wrong answers are in the report.
pub fn run(setting: &Setting) -> Result<Report, BenchError> {
    let plan = if setting.short {
        Plan {
            fleet: Set { records_each: 50, ..FLEET },
            building: Set { records_each: 3 * 1_440, ..BUILDING },
            times: 10,
        }
    } else {
        Plan { fleet: FLEET, building: BUILDING, times: 100 }
    };
    let machine = Machine::here((setting.clock)());
    let scratch = Scratch::new()?;
    let trial = Trial { plan, setting, scratch: &scratch };
    let ours = trial.of_ours(&Ours::new)?;
    let victoria = one(&trial, "VictoriaMetrics", Victoria::installed())?;
    let influx = one(&trial, "InfluxDB", Influx::installed())?;
    Ok(Report::new(machine, plan, ours, [victoria, influx]))
}

fn one(trial: &Trial<'_>, name: &'static str, peer: Option<impl Contender>) -> Result<Presence, BenchError> {
    match peer {
        Some(mut peer) => trial.of_peer(&mut peer).map(|found: Finding| Presence::Measured(Box::new(found))),
        None => Ok(Presence::Skipped(name)),
    }
}

/// The version of an installed Debian package, up to its first sign that is no part of a number.
fn package_version(package: &str) -> String {
    let output = std::process::Command::new("dpkg-query").args(["-W", "-f=${Version}", package]).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let number = said.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap_or_default();
    if number.is_empty() { "of an unknown version".to_owned() } else { number.to_owned() }
}
