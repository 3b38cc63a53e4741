//! A seeded simulation of leases: the real controller, with its ledger and its plan, and the real heater agents in a
//! world of two controllers, crashes, partitions, jumping clocks and delayed and replayed messages, in virtual time.
//!
//! ```text
//!  Folder (lock, epoch) ──> SiteController ──signed budgets──> network ──> Agent ──> Room
//!                             │     ^                (loses, doubles, delays,        │
//!                             │     └──heartbeats, records── replays) <──────────────┤
//!                             └──issued──> Oracle <──sent, drawn─────────────────────┘
//! ```
//! Everything comes from the seed: the same seed gives the same world, event by event. A [`Mutant`] breaks one rule of
//! the protocol in the wiring, to see that the [`Oracle`](oracle) cries.

mod building;
mod climate;
mod coverage;
mod device;
mod faults;
mod folder;
mod judge;
mod lie;
mod life;
mod mutant;
mod note;
mod office;
mod oracle;
mod promise;
mod room;
mod run;
mod traffic;
mod world;

pub use coverage::{Coverage, Seen};
pub use mutant::Mutant;
pub use promise::{Rule, Violation};

/// What became of one simulated world.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Where its chance came from.
    pub seed: u64,
    /// The first promise that was broken.
    pub violation: Option<Violation>,
    /// What it went through.
    pub coverage: Coverage,
    /// A hash of everything that happened: the same for the same seed.
    pub trace: u64,
    /// In a world without faults the share of what was wanted and fitted that was drawn.
    pub useful_share: Option<f64>,
    /// In a world without faults the longest that more was drawn than a cap that had been lowered, milliseconds.
    pub slowest_cut_ms: Option<u64>,
    /// The last events, one a line, oldest first.
    pub last_events: Vec<String>,
}

/// Lives through the world of a seed, with one rule of the protocol broken if asked for, until all power is back after
/// all faults or a promise is broken.
#[must_use]
pub fn simulate(seed: u64, mutant: Option<Mutant>) -> Outcome {
    let mut world = world::World::new(seed, mutant);
    world.run();
    Outcome {
        seed,
        useful_share: world.useful_share(),
        slowest_cut_ms: world.verdict.slowest_cut_ms,
        violation: world.oracle.violation,
        coverage: world.coverage,
        trace: world.trace.hash(),
        last_events: world.trace.lines(),
    }
}

/// The last events of a seed's world and what was broken in it, to be read.
#[must_use]
pub fn explain(seed: u64, mutant: Option<Mutant>) -> String {
    let outcome = simulate(seed, mutant);
    let end =
        outcome.violation.map_or_else(|| "no promise was broken".to_owned(), |broken| broken.to_string());
    format!("seed {seed}\n{}\n{end}", outcome.last_events.join("\n"))
}
