//! The broker beside Debian's Mosquitto: the same clients, messages and machine, in one run; then ours under attack.
//!
//! ```text
//!   this process: publishers, subscribers ──loopback──> broker process (its processor time and memory from /proc)
//!   a child at the lowest priority: attackers ───────────┘
//! ```

mod attacker;
mod contender;
mod crowd;
mod kept;
mod report;
mod siege;
mod throughput;
mod wire;

use std::path::Path;
use std::time::Duration;

pub use attacker::{Attack, attack};
pub use report::Report;

use contender::Broker;
use crowd::Crowd;
use report::Finding;
use throughput::Throughput;

use super::machine::Machine;
use super::quantile::quantile;
use super::scratch::Scratch;
use super::{BenchError, Setting};

/// How much is measured.
struct Plan {
    rounds: usize,
    length: Duration,
    crowd: Crowd,
    idle: usize,
    arrivals: usize,
    retained: [usize; 2],
    siege: siege::Plan,
}

impl Plan {
    fn new(short: bool) -> Self {
        let s = Duration::from_secs;
        let crowd = Crowd { connections: 2_000, per_s: 10_000.0, length: s(if short { 3 } else { 15 }) };
        // Half as many silent ones again as there are places for those that have said nothing.
        let attempts = if short { [1_500, 2_000, 5_000, 1_000] } else { [1_500, 20_000, 1_000_000, 50_000] };
        Self {
            rounds: if short { 1 } else { 3 },
            length: s(if short { 1 } else { 5 }),
            crowd,
            idle: if short { 2_000 } else { 8_000 },
            arrivals: if short { 1_000 } else { 5_000 },
            retained: [1_000, 10_000],
            siege: siege::Plan { length: s(if short { 2 } else { 10 }), attempts },
        }
    }
}

/// Measures everything. Takes minutes. `rules_ns`: what the broker says that its access rules take for a message.
///
/// # Errors
/// [`BenchError`] when something could not be measured. Lost messages are in the report.
pub async fn run(setting: &Setting, rules_ns: f64) -> Result<Report, BenchError> {
    let plan = Plan::new(setting.short);
    let machine = Machine::here((setting.clock)());
    let scratch = Scratch::new()?;
    let folder = scratch.folder("ours")?;
    let mut ours = Finding::of("Hypocaust");
    let mut peer =
        Broker::mosquitto(&scratch.folder("peer")?)?.map(|broker| (Finding::of(broker.name), broker));
    // In fresh processes: memory that is free again is not given back, and would hide what a connection takes.
    idle(setting, &plan, Broker::ours(setting, &folder)?, &mut ours).await?;
    if let Some(broker) = Broker::mosquitto(&scratch.folder("peer-idle")?)?
        && let Some((finding, _)) = &mut peer
    {
        idle(setting, &plan, broker, finding).await?;
    }
    let broker = Broker::ours(setting, &folder)?;
    // In turns, so that whatever else this machine does falls on both.
    for _ in 0..plan.rounds {
        rounds(setting, &plan, &broker, &mut ours).await?;
        if let Some((finding, broker)) = &mut peer {
            rounds(setting, &plan, broker, finding).await?;
        }
    }
    rest(setting, &plan, &broker, &mut ours).await?;
    broker.kill();
    (setting.progress)("after kill -9");
    let broker = Broker::ours(setting, &folder)?;
    let most = plan.retained[1];
    let back = kept::heard(&broker, most).await.map_err(BenchError::io("retained messages after kill -9"))?;
    ours.kept_after_kill = Some(back);
    broker.kill();
    let peer = match peer {
        Some((mut finding, broker)) => {
            rest(setting, &plan, &broker, &mut finding).await?;
            broker.kill();
            Some(finding)
        }
        None => None,
    };

    let folder = scratch.folder("guarded")?;
    let (broker, clients) = Broker::guarded(setting, &folder, siege::WATCHED + plan.arrivals + 1)?;
    (setting.progress)("clients with credentials come and go");
    let arrivals = crowd::arrivals(&broker, &clients[1..].to_vec(), true).await;
    let arrivals = arrivals.map_err(BenchError::io("clients with credentials"))?;
    let (calm, sieges) = siege::measure(setting, &broker, &clients, &folder, &plan.siege).await?;
    broker.kill();
    let panics = [scratch.folder("ours")?, folder].iter().map(|folder| panics(folder)).sum();
    Ok(Report::new(machine, ours, peer, arrivals, (calm, sieges), rules_ns, panics))
}

async fn rounds(
    setting: &Setting,
    plan: &Plan,
    broker: &Broker,
    finding: &mut Finding,
) -> Result<(), BenchError> {
    for (qos, found) in finding.closed_loop.iter_mut().enumerate() {
        (setting.progress)(&format!("{}: QoS {qos}, one publisher and one subscriber", broker.name));
        let measured = throughput::measure(broker, qos as u8, plan.length).await;
        found.push(measured.map_err(BenchError::io(format!("{} at QoS {qos}", broker.name)))?);
    }
    (setting.progress)(&format!("{}: 2,000 connections", broker.name));
    let measured = crowd::at_work(broker, plan.crowd, None).await;
    finding.crowd.push(measured.map_err(BenchError::io(format!("2,000 connections to {}", broker.name)))?);
    Ok(())
}

async fn idle(
    setting: &Setting,
    plan: &Plan,
    broker: Broker,
    finding: &mut Finding,
) -> Result<(), BenchError> {
    (setting.progress)(&format!("{}: idle connections", broker.name));
    let measured = crowd::idle(&broker, plan.idle).await;
    finding.idle = measured.map_err(BenchError::io(format!("idle connections to {}", broker.name)))?;
    broker.kill();
    Ok(())
}

async fn rest(
    setting: &Setting,
    plan: &Plan,
    broker: &Broker,
    finding: &mut Finding,
) -> Result<(), BenchError> {
    let name = broker.name;
    let failed = |what: &str| BenchError::io(format!("{what} of {name}"));
    (setting.progress)(&format!("{name}: connections that come and go"));
    let clients = (0..plan.arrivals).map(|number| (format!("c{number}"), String::new())).collect();
    finding.arrivals =
        crowd::arrivals(broker, &clients, false).await.map_err(failed("connections that come and go"))?;
    for count in plan.retained {
        (setting.progress)(&format!("{name}: {count} retained messages"));
        finding.kept.push(kept::measure(broker, count).await.map_err(failed("retained messages"))?);
    }
    Ok(())
}

/// The middle one of several measurements, by its rate.
fn middle(measured: &[Throughput]) -> Throughput {
    let rates: Vec<f64> = measured.iter().map(|found| found.per_s).collect();
    let middle = quantile(&rates, 0.5);
    measured.iter().copied().find(|found| found.per_s == middle).unwrap_or_default()
}

/// A message as a heater says it: 200 bytes of JSON, with its time in microseconds.
fn payload(stamp_us: u64) -> Vec<u8> {
    let mut text = format!(
        "{{\"v\":1,\"at\":\"{stamp_us:016}\",\"boot\":\"00000000000000a1\",\"seq\":123456,\"samples\":[[\"power\",412.5],[\"core\",61.25]],\"fill\":\""
    );
    while text.len() < 198 {
        text.push('x');
    }
    text.push_str("\"}");
    text.into_bytes()
}

/// The time in a message.
fn stamp(payload: &[u8]) -> u64 {
    let digits = payload.get(13..29).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Panics in a broker's log.
fn panics(folder: &Path) -> usize {
    let log = std::fs::read_to_string(folder.join("broker.log")).unwrap_or_default();
    log.matches("panicked at").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_two_hundred_bytes_and_its_time() {
        let payload = payload(12_345_678);
        assert_eq!((payload.len(), stamp(&payload)), (200, 12_345_678));
        let json: serde_json::Value = serde_json::from_slice(&payload).expect("it is JSON");
        assert_eq!(json["v"], 1);
    }
}
