//! The platform's parts as processes of their own, on a folder of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use registry::{Registry, Role};
use store::{Arrival, Retention, Store, StoredSample};
use vocabulary::{BootId, CredentialId, Quality, Reading, Timestamp};

use super::super::generator::{FLEET_HEATERS, METRICS, Row, Set, book, heater, room, site};
use super::super::process::{Process, Usage};
use super::super::{BenchError, Setting};

/// Records in one commit while the log is filled: one of each heater, so that each is an entry of the log.
const GROUP: usize = FLEET_HEATERS;
const DAY_MS: i64 = 24 * 3_600_000;

/// Broker and ingest, running.
pub(super) struct Platform {
    program: PathBuf,
    folder: PathBuf,
    broker: Process,
    ingest: Option<Process>,
    pub(super) url: String,
    /// A credential and its secret for each gateway.
    pub(super) credentials: Vec<(CredentialId, String)>,
}

impl Platform {
    /// Writes the building's book, and starts both.
    pub(super) fn start(setting: &Setting, folder: &Path, gateways: usize) -> Result<Self, BenchError> {
        let registry = Registry::open(&folder.join("registry.db"))?;
        registry.put_site(&book(FLEET_HEATERS))?;
        let each = FLEET_HEATERS / gateways;
        let wanted: Vec<(CredentialId, Role)> = (0..gateways)
            .map(|number| {
                let id = CredentialId::new(&format!("gateway-{number}")).expect("a short identifier");
                let heaters = (number * each..(number + 1) * each).map(heater).collect();
                (id, Role::Gateway { site: site(), heaters: std::sync::Arc::new(heaters) })
            })
            .collect();
        let secrets = registry.issue_credentials(&wanted, (setting.clock)())?;
        let credentials = wanted.into_iter().map(|(id, _)| id).zip(secrets).collect();
        let broker = part(&setting.program, "broker", folder, "127.0.0.1:0")?;
        let ready = broker.line()?;
        let url = ready.split_whitespace().last().unwrap_or_default().to_owned();
        let (program, folder) = (setting.program.clone(), folder.to_owned());
        let mut platform = Self { program, folder, broker, ingest: None, url, credentials };
        platform.start_ingest()?;
        platform.ingest_is_ready()?;
        Ok(platform)
    }

    /// `kill -9` of ingest.
    pub(super) fn kill_ingest(&mut self) {
        self.ingest.take().into_iter().for_each(Process::kill);
    }

    /// Starts ingest; it serves some time after.
    pub(super) fn start_ingest(&mut self) -> Result<(), BenchError> {
        let address = self.url.trim_start_matches("mqtt://");
        self.ingest = Some(part(&self.program, "ingest", &self.folder, address)?);
        Ok(())
    }

    fn ingest_is_ready(&self) -> Result<(), BenchError> {
        self.ingest.iter().try_for_each(|process| process.line().map(|_| ()))
    }

    /// The history, asked as another process asks it.
    pub(super) fn history(&self) -> Result<Store, BenchError> {
        Ok(Store::connect(&self.folder.join("history/store.sock"))?)
    }

    /// What broker and ingest have used so far.
    pub(super) fn usage(&self) -> [Usage; 2] {
        [self.broker.usage(), self.ingest.as_ref().map(Process::usage).unwrap_or_default()]
    }
}

fn part(program: &Path, name: &'static str, folder: &Path, address: &str) -> Result<Process, BenchError> {
    let mut command = Command::new(program);
    command.args([name, "--mqtt", address, "--data"]).arg(folder);
    Process::start(name, &mut command, &folder.join(format!("{name}.log")))
}

/// Writes records of the whole fleet, as ingest would have, and leaves all of them in the log. They are three days old,
/// so they are not mistaken for what is sent.
pub(super) fn fill_log(folder: &Path, records: u64, now: Timestamp) -> Result<(), BenchError> {
    let history = folder.join("history");
    let store = Store::open(&history, Retention::default())?;
    let records_each = records / FLEET_HEATERS as u64;
    let set = Set { heaters: FLEET_HEATERS, records_each, every_ms: 10_000, seed: 3 };
    let shift_ms = now.ms() - 3 * DAY_MS - set.end_ms();
    let mut rows = set.rows();
    loop {
        let batch: Vec<Arrival> = rows.by_ref().take(GROUP).map(|row| arrival(&row, shift_ms)).collect();
        if batch.is_empty() {
            return Ok(());
        }
        store.write(&batch)?;
    }
}

fn arrival(row: &Row, shift_ms: i64) -> Arrival {
    let ts = Timestamp::from_ms(row.at_ms + shift_ms);
    let samples = METRICS.iter().zip(row.values).map(|(metric, value)| StoredSample {
        ts,
        metric: metric.clone(),
        reading: Reading::Value(value),
        quality: Quality::Good,
    });
    Arrival {
        site: site(),
        heater: heater(row.heater),
        room: Some(room(row.heater)),
        boot: BootId::from_bits(row.heater as u64 + 1),
        bn: 1,
        seq: row.seq,
        low: row.seq,
        late: false,
        samples: samples.collect(),
    }
}
