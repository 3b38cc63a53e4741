//! A seeded simulation of delivery: the real outbox, intake, cursors and acknowledgements in a world that loses,
//! doubles, delays and reorders messages, kills every process, cuts power and fills disks, in virtual time.
//!
//! ```text
//!  Outbox ──record──> network ──> broker ──> Intake ──> batch ──> Cursor ──> disk
//!    │  ^             (loses, doubles,     (forgets what it                    │
//!    │  └───────────── reorders) <──────── acknowledged) <────── Acks <────────┘
//!    └──made, dropped, forgotten──> Oracle <──stored, declared lost, told──────┘
//! ```
//! Everything comes from the seed: the same seed gives the same world, event by event. A [`Mutant`] breaks one rule of
//! the protocol in the wiring, to see that the [`Oracle`](oracle) cries.

mod climate;
mod coverage;
mod desk;
mod device;
mod faults;
mod heaters;
mod ledger;
mod log;
mod mutant;
mod note;
mod oracle;
mod promise;
mod reboot;
mod server;
mod storage;
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
    /// How long after the last fault and the last measurement all outboxes were empty, in virtual milliseconds.
    pub drained_ms: Option<u64>,
    /// The last events, one a line, oldest first.
    pub last_events: Vec<String>,
}

/// Lives through the world of a seed, with one rule of the protocol broken if asked for, until every outbox is empty
/// after all faults or a promise is broken.
#[must_use]
pub fn simulate(seed: u64, mutant: Option<Mutant>) -> Outcome {
    let mut world = world::World::new(seed, mutant);
    world.run();
    Outcome {
        seed,
        violation: world.oracle.violation,
        coverage: world.coverage,
        trace: world.trace.hash(),
        drained_ms: world.drained_at_ms,
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
