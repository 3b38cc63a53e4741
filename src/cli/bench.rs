//! `bench`.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use trials::bench::broker::Attack;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// History beside VictoriaMetrics and InfluxDB, with the same samples in the same run.
    Store(Measure),
    /// The real program under the load of 2,000 heaters.
    Ingest(Measure),
    /// The broker beside Mosquitto, with the same clients in the same run; then under attack.
    Broker(Measure),
    /// The controller beside thermostats, tuned preheat and perfect foresight, in simulated buildings.
    Control(Control),
    /// Delivery in simulated worlds that lose, double and delay messages, kill processes and cut power.
    Delivery(Worlds),
    /// Leases in simulated worlds with two controllers, crashes, partitions, clocks that jump, late and replayed budgets.
    Leases(Worlds),
    /// Clients that mean no good, for `bench broker`.
    #[command(hide = true)]
    BrokerAttacker(BrokerAttacker),
    /// The process that `bench store` measures.
    #[command(hide = true)]
    StoreChild(StoreChild),
}

/// Which simulated worlds are lived through.
#[derive(Args)]
pub(crate) struct Worlds {
    /// How many worlds; each has a seed of its own.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// The first seed: a world that broke a promise is lived through again.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) first: u64,
}

impl Worlds {
    /// Their seeds.
    pub(crate) fn range(&self) -> RangeInclusive<u64> {
        self.first..=self.first.saturating_add(self.seeds - 1)
    }
}

/// How a measurement is made and told.
#[derive(Args)]
pub(crate) struct Measure {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    /// A quick look: less load, less time.
    #[arg(long)]
    pub(crate) short: bool,
}

/// How the controller is measured.
#[derive(Args)]
pub(crate) struct Control {
    #[command(flatten)]
    pub(crate) measure: Measure,
    /// Write the Pareto plot, energy against kelvin-hours, to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Chance of buildings, people and forecasts: same seed, same figures.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Live through this scenario alone, by its name in the table.
    #[arg(long, value_name = "SCENARIO", value_parser = scenario)]
    pub(crate) only: Option<&'static str>,
}

/// What the attacking process is told.
#[derive(Args)]
pub(crate) struct BrokerAttacker {
    /// What it does.
    #[arg(value_parser = attack)]
    pub(crate) attack: Attack,
    /// The broker.
    pub(crate) address: SocketAddr,
    /// How often.
    pub(crate) count: u64,
    /// Names and secrets that it has.
    pub(crate) clients: PathBuf,
}

/// What the measured process is told.
#[derive(Args)]
pub(crate) struct StoreChild {
    /// The folder of its history.
    #[arg(long)]
    pub(crate) history: PathBuf,
    /// The heaters of the building.
    #[arg(long)]
    pub(crate) heaters: usize,
}

fn scenario(name: &str) -> Result<&'static str, String> {
    let names = trials::bench::control::scenarios();
    let known = names.iter().find(|known| **known == name).copied();
    known.ok_or_else(|| format!("{name:?} is none of: {}", names.join("; ")))
}

fn attack(name: &str) -> Result<Attack, String> {
    Attack::from_name(name).ok_or_else(|| format!("{name:?} is no attack"))
}
