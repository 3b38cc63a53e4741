//! A few heaters go on speaking while others attack the broker; how much later is what they say heard, and does one that
//! comes back get in?

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::super::process::Process;
use super::super::quantile::quantile;
use super::super::{BenchError, Setting};
use super::attacker::Attack;
use super::contender::{Broker, Clients};
use super::crowd::{AtWork, Crowd};
use super::wire::Wire;

/// The heaters that are watched: ten messages a second each.
pub(super) const WATCHED: usize = 50;
const PER_S: f64 = 500.0;
/// Windows of calm before the first attack. One alone may meet whatever else the machine does: their middle is what
/// every attack is held against.
const CALM_WINDOWS: usize = 5;
/// A heater that comes back does so this often, each time from nothing.
const RETURN_PAUSE: Duration = Duration::from_millis(100);
/// Whoever is not in by then is out.
const RETURN_TIME: Duration = Duration::from_secs(5);
/// An attack is under way after this.
const HEAD_START: Duration = Duration::from_millis(500);

/// One attack and what it did to the others.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Siege {
    pub(super) attack: &'static str,
    pub(super) attempts: u64,
    /// What the watched heaters said while it went on.
    pub(super) during: AtWork,
    pub(super) returns: Returns,
    pub(super) memory_before_mb: f64,
    /// The most there ever was.
    pub(super) peak_mb: f64,
}

/// One heater that came again and again meanwhile.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Returns {
    pub(super) came: usize,
    pub(super) failed: usize,
    pub(super) p99_ms: f64,
}

/// The others while nobody attacks.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Calm {
    pub(super) windows: Vec<AtWork>,
}

impl Calm {
    /// Of the middle window, for each figure.
    pub(super) fn p50_ms(&self) -> f64 {
        self.middle(|window| window.p50_ms)
    }

    /// The same.
    pub(super) fn p99_ms(&self) -> f64 {
        self.middle(|window| window.p99_ms)
    }

    fn middle(&self, figure: impl Fn(&AtWork) -> f64) -> f64 {
        quantile(&self.windows.iter().map(figure).collect::<Vec<_>>(), 0.5)
    }
}

/// How long each part is watched, and how many times each attack is tried.
pub(super) struct Plan {
    pub(super) length: Duration,
    pub(super) attempts: [u64; 4],
}

/// Calm, and then one attack after the other on a broker with credentials; `clients`: the service, the watched heaters,
/// those whose credentials the attackers have, and the one that comes back.
pub(super) async fn measure(
    setting: &Setting,
    broker: &Broker,
    clients: &Clients,
    folder: &Path,
    plan: &Plan,
) -> Result<(Calm, Vec<Siege>), BenchError> {
    let (friends, others) = clients.split_at(1 + WATCHED);
    let (returning, others) = others.split_last().expect("more clients than are watched");
    let file = folder.join("attackers");
    let lines: String = others.iter().map(|(id, secret)| format!("{id} {secret}\n")).collect();
    fs::write(&file, lines).map_err(BenchError::io("the attackers' file cannot be written"))?;
    let crowd = Crowd { connections: WATCHED, per_s: PER_S, length: plan.length };
    let watch = async || super::crowd::at_work(broker, crowd, Some(friends)).await;
    let failed = || BenchError::io("a watched heater was cut off");
    (setting.progress)("before any attack");
    let mut windows = Vec::new();
    for _ in 0..CALM_WINDOWS {
        windows.push(watch().await.map_err(failed())?);
    }
    let mut found = Vec::new();
    for (attack, count) in Attack::ALL.into_iter().zip(plan.attempts) {
        (setting.progress)(&format!("attack: {}", attack.name()));
        let memory_before_mb = broker.usage().memory_mb;
        let mut attacker = start(setting, broker, attack, count, &file)?;
        tokio::time::sleep(HEAD_START).await;
        let is_over = AtomicBool::new(false);
        let watched = async {
            let during = watch().await;
            is_over.store(true, Ordering::Relaxed);
            during
        };
        let (during, returns) = tokio::join!(watched, come_back(broker, returning, &is_over));
        let during = during.map_err(failed())?;
        let attempts =
            if attack == Attack::Silent { count } else { attacker.line()?.trim().parse().unwrap_or(0) };
        drop(attacker.stdin());
        attacker.kill();
        let peak_mb = broker.usage().peak_mb;
        found.push(Siege { attack: attack.name(), attempts, during, returns, memory_before_mb, peak_mb });
    }
    Ok((Calm { windows }, found))
}

/// A known heater connects, again and again, until it is over.
async fn come_back(broker: &Broker, (id, secret): &(String, String), is_over: &AtomicBool) -> Returns {
    let (mut times, mut failed) = (Vec::new(), 0);
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let come = async { Wire::open(broker.address).await?.hello(id, Some(secret)).await };
        match timeout(RETURN_TIME, come).await {
            Ok(Ok(())) => times.push(begun.elapsed().as_secs_f64() * 1e3),
            Ok(Err(_)) | Err(_) => failed += 1,
        }
        sleep(RETURN_PAUSE).await;
    }
    Returns { came: times.len(), failed, p99_ms: quantile(&times, 0.99) }
}

/// At the lowest priority: real attackers do not use the broker's own processors.
fn start(
    setting: &Setting,
    broker: &Broker,
    attack: Attack,
    count: u64,
    clients: &Path,
) -> Result<Process, BenchError> {
    let mut command = Command::new("nice");
    command.args(["-n", "19"]).arg(&setting.program).args(["bench", "broker-attacker", attack.name()]);
    command.args([broker.address.to_string(), count.to_string()]).arg(clients);
    Process::start("attacker", &mut command, &clients.with_extension("log"))
}
