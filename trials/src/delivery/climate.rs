//! What kind of world a seed is: how large, how bad the network, and which misfortunes strike how often. Each seed
//! has its own mixture, so that rare meetings of two misfortunes are not drowned by all the others.

use heater::OutboxLimits;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

/// From here on nothing breaks any more.
pub(super) const FAULTS_END_MS: u64 = 8 * 60_000;
/// What is broken is whole again this long after, and every outbox must be empty.
pub(super) const DRAINED_WITHIN_MS: u64 = 5 * 60_000;

/// What may strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    HeaterKill,
    HeaterCut,
    HeaterStop,
    HeaterDisk,
    Partition,
    IngestKill,
    IngestPartition,
    BrokerCrash,
    ServerCut,
    DiskFull,
}

impl Fault {
    const ALL: [Self; 10] = [
        Self::HeaterKill,
        Self::HeaterCut,
        Self::HeaterStop,
        Self::HeaterDisk,
        Self::Partition,
        Self::IngestKill,
        Self::IngestPartition,
        Self::BrokerCrash,
        Self::ServerCut,
        Self::DiskFull,
    ];
}

/// The circumstances of one simulated world.
pub(super) struct Climate {
    pub(super) heaters: u64,
    pub(super) record_every_ms: u64,
    /// When heaters stop to measure.
    pub(super) measured_until_ms: u64,
    pub(super) limits: OutboxLimits,
    /// Chances that a message is lost, doubled, or late by seconds.
    pub(super) loss: f64,
    pub(super) doubling: f64,
    pub(super) slowness: f64,
    /// Chance that a link still holds what was under way when it broke, and sends it after.
    pub(super) holding: f64,
    /// The broker loses what does not fit.
    pub(super) mailbox: usize,
    /// Whether the broker keeps ingest's messages while ingest is away.
    pub(super) session_kept: bool,
    /// The longest that each half of a commit takes: the write, and its fsync.
    pub(super) commit_ms: u64,
    /// The longest that a heater's disk takes.
    pub(super) heater_disk_ms: u64,
    /// Disks are full, and paths broken, this much longer.
    pub(super) patience: u64,
    /// When what strikes.
    pub(super) faults: Vec<(u64, Fault)>,
}

impl Climate {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        // Now and then a crowd, so that the queue before the store fills.
        let is_crowd = random.random_bool(0.03);
        let crowd = |few, many| if is_crowd { many } else { few };
        Self {
            heaters: crowd(random.random_range(1..=3), 24),
            record_every_ms: crowd(pick(random, &[1_000, 2_000, 5_000, 10_000]), 1_000),
            measured_until_ms: FAULTS_END_MS - 60_000 + random.random_range(0..120_000),
            limits: OutboxLimits {
                capacity: crowd(pick(random, &[16, 48, 150, 400]), 400) as usize,
                window: crowd(pick(random, &[4, 32, 160]), 160) as usize,
                ..OutboxLimits::default()
            },
            loss: pick(random, &[0.0, 0.02, 0.1, 0.5]),
            doubling: pick(random, &[0.0, 0.05, 0.3]),
            slowness: pick(random, &[0.0, 0.02, 0.2]),
            holding: pick(random, &[0.0, 0.5, 1.0]),
            mailbox: pick(random, &[8, 16_384]),
            session_kept: random.random(),
            commit_ms: pick(random, &[2, 30, 2_000]),
            heater_disk_ms: pick(random, &[5, 200, 2_000]),
            patience: crowd(pick(random, &[1, 1, 1, 5]), 5),
            faults: draw_faults(random),
        }
    }
}

fn pick<T: Copy>(random: &mut ChaCha8Rng, choices: &[T]) -> T {
    *choices.choose(random).expect("there is something to choose from")
}

/// Each kind strikes in half of all worlds, there every half minute to every five minutes.
fn draw_faults(random: &mut ChaCha8Rng) -> Vec<(u64, Fault)> {
    let mut faults = Vec::new();
    for fault in Fault::ALL {
        if random.random() {
            continue;
        }
        let pause_ms = random.random_range(30_000..300_000);
        let mut at_ms = random.random_range(0..pause_ms);
        while at_ms < FAULTS_END_MS {
            faults.push((at_ms, fault));
            at_ms += random.random_range(1_000..2 * pause_ms);
        }
    }
    faults
}
