//! The gateways and the platform together, through one load after the other.

use std::ops::Range;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::super::generator::{FLEET_HEATERS, Set};
use super::super::process::Usage;
use super::super::{BenchError, Setting};
use super::audit;
use super::gateway::{Gateway, Heard};
use super::platform::Platform;
use super::report::{Phase, Restart};
use super::schedule::Load;

/// What the heaters measure is made up like everywhere; how much of it is up to the load.
const SET: Set = Set { heaters: FLEET_HEATERS, records_each: u64::MAX, every_ms: 10_000, seed: 4 };

/// A platform with its gateways.
pub(super) struct Field {
    platform: Platform,
    gateways: Vec<Gateway>,
    /// Nothing of this measurement is older.
    begun: vocabulary::Timestamp,
}

impl Field {
    /// Connects the gateways.
    pub(super) async fn enter(
        setting: &Setting,
        platform: Platform,
        gateways: usize,
    ) -> Result<Self, BenchError> {
        let each = FLEET_HEATERS / gateways;
        let mut connected = Vec::new();
        for (number, credential) in platform.credentials.iter().cloned().enumerate() {
            let numbers: Range<usize> = number * each..(number + 1) * each;
            let mut gateway = Gateway::open(&platform.url, credential, numbers, SET, setting.clock.clone())?;
            gateway.connected().await?;
            connected.push(gateway);
        }
        Ok(Self { platform, gateways: connected, begun: (setting.clock)() })
    }

    /// One load for so long, and until all of it is acknowledged.
    pub(super) async fn play(
        &mut self,
        name: &'static str,
        load: Load,
        length: Duration,
    ) -> Result<Phase, BenchError> {
        let before = self.platform.usage();
        let made = self.made();
        let running = self.send_out(load, length);
        tokio::time::sleep(length).await;
        let after = self.platform.usage();
        let heard = self.bring_home(running).await;
        Ok(Phase::new(name, length, self.made() - made, &heard, [before, after]))
    }

    /// A steady load, in the middle of which ingest is killed and started again.
    pub(super) async fn restart(
        &mut self,
        load: Load,
        before: Duration,
        after: Duration,
    ) -> Result<Restart, BenchError> {
        let in_log = self.platform.history()?.health()?.log_entries;
        let running = self.send_out(load, before + after);
        tokio::time::sleep(before).await;
        self.platform.kill_ingest();
        let started = Instant::now();
        self.platform.start_ingest()?;
        let heard = self.bring_home(running).await;
        let [_, usage] = self.platform.usage();
        // The later run is the new one: what the killed one had said was heard before.
        let first_heard = heard.runs.values().max().copied();
        let to_first_ack = first_heard.and_then(|at| at.checked_duration_since(started));
        Ok(Restart {
            records_in_log: in_log,
            to_first_ack_s: to_first_ack.map(|took| took.as_secs_f64()),
            sent_again: heard.again,
            peak_mb: usage.peak_mb,
        })
    }

    /// What the store has too little or too much of.
    pub(super) fn audit(&self) -> Result<Vec<String>, BenchError> {
        let made = self.gateways.iter().flat_map(Gateway::made);
        audit::audit(&self.platform.history()?, self.begun, made)
    }

    /// Ends all of it, the gateways first.
    pub(super) async fn leave(self) {
        for gateway in &self.gateways {
            gateway.close().await;
        }
    }

    fn made(&self) -> u64 {
        self.gateways.iter().flat_map(Gateway::made).map(|(_, made, _)| made).sum()
    }

    fn send_out(&mut self, load: Load, length: Duration) -> JoinSet<(Gateway, Heard)> {
        let gateways = std::mem::take(&mut self.gateways);
        let of_all = gateways.len();
        let mut running = JoinSet::new();
        for (number, gateway) in gateways.into_iter().enumerate() {
            let returning = load.returning / of_all + usize::from(number < load.returning % of_all);
            running.spawn(gateway.serve(load, returning, length));
        }
        running
    }

    async fn bring_home(&mut self, running: JoinSet<(Gateway, Heard)>) -> Heard {
        let mut all = Heard::default();
        for (gateway, heard) in running.join_all().await {
            self.gateways.push(gateway);
            all.live_ms.extend(heard.live_ms);
            all.late_ms.extend(heard.late_ms);
            all.again += heard.again;
            for (run, at) in heard.runs {
                let first = all.runs.entry(run).or_insert(at);
                *first = at.min(*first);
            }
        }
        all
    }
}

/// Processor time between two looks at the same processes.
pub(super) fn cpu_s([before, after]: [Usage; 2]) -> f64 {
    after.cpu_s - before.cpu_s
}
