//! A few heaters go on speaking while others attack the broker; how much later is what they say heard?

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Serialize;

use super::super::process::Process;
use super::super::{BenchError, Setting};
use super::attacker::Attack;
use super::contender::{Broker, Clients};
use super::crowd::{AtWork, Crowd};

/// The heaters that are watched: ten messages a second each.
pub(super) const WATCHED: usize = 50;
const PER_S: f64 = 500.0;
/// An attack is under way after this.
const HEAD_START: Duration = Duration::from_millis(500);

/// One attack and what it did to the others.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Siege {
    pub(super) attack: &'static str,
    pub(super) attempts: u64,
    /// What the watched heaters said right before it, and while it went on.
    pub(super) before: AtWork,
    pub(super) during: AtWork,
    pub(super) memory_before_mb: f64,
    /// The most there ever was.
    pub(super) peak_mb: f64,
}

/// How long each part is watched, and how many times each attack is tried.
pub(super) struct Plan {
    pub(super) length: Duration,
    pub(super) attempts: [u64; 4],
}

/// One attack after the other on a broker with credentials; `clients`: the service, the watched heaters, then those
/// whose credentials the attackers have.
pub(super) async fn measure(
    setting: &Setting,
    broker: &Broker,
    clients: &Clients,
    folder: &Path,
    plan: &Plan,
) -> Result<Vec<Siege>, BenchError> {
    let (friends, others) = clients.split_at(1 + WATCHED);
    let file = folder.join("attackers");
    let lines: String = others.iter().map(|(id, secret)| format!("{id} {secret}\n")).collect();
    fs::write(&file, lines).map_err(BenchError::io("the attackers' file cannot be written"))?;
    let crowd = Crowd { connections: WATCHED, per_s: PER_S, length: plan.length };
    let watch = async || super::crowd::at_work(broker, crowd, Some(friends)).await;
    let failed = || BenchError::io("a watched heater was cut off");
    let mut found = Vec::new();
    for (attack, count) in Attack::ALL.into_iter().zip(plan.attempts) {
        (setting.progress)(&format!("attack: {}", attack.name()));
        let before = watch().await.map_err(failed())?;
        let memory_before_mb = broker.usage().memory_mb;
        let mut attacker = start(setting, broker, attack, count, &file)?;
        tokio::time::sleep(HEAD_START).await;
        let during = watch().await.map_err(failed())?;
        let attempts =
            if attack == Attack::Silent { count } else { attacker.line()?.trim().parse().unwrap_or(0) };
        drop(attacker.stdin());
        attacker.kill();
        let peak_mb = broker.usage().peak_mb;
        found.push(Siege { attack: attack.name(), attempts, before, during, memory_before_mb, peak_mb });
    }
    Ok(found)
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
