//! What kind of world a seed is: how large, how bad the network, and which misfortunes strike how often. Each seed
//! has its own mixture, so that rare meetings of two misfortunes are not drowned by all the others.

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;

/// From here on nothing breaks any more.
pub(super) const FAULTS_END_MS: u64 = 8 * 60_000;

/// What may strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    HeaterCrash,
    PowerBlink,
    HeaterPartition,
    HeaterDeaf,
    HeaterClock,
    SensorLost,
    Trip,
    SwitchedOff,
    ControllerKill,
    ControllerFreeze,
    ControllerPartition,
    ControllerClock,
    SecondStart,
    Takeover,
    BadHour,
    SameEpoch,
    BrokerRestart,
    Replay,
    Unplug,
    BookCap,
    Rewiring,
    Removal,
    Liar,
}

impl Fault {
    const ALL: [Self; 23] = [
        Self::HeaterCrash,
        Self::PowerBlink,
        Self::HeaterPartition,
        Self::HeaterDeaf,
        Self::HeaterClock,
        Self::SensorLost,
        Self::Trip,
        Self::SwitchedOff,
        Self::ControllerKill,
        Self::ControllerFreeze,
        Self::ControllerPartition,
        Self::ControllerClock,
        Self::SecondStart,
        Self::Takeover,
        Self::BadHour,
        Self::SameEpoch,
        Self::BrokerRestart,
        Self::Replay,
        Self::Unplug,
        Self::BookCap,
        Self::Rewiring,
        Self::Removal,
        Self::Liar,
    ];

    /// The share of worlds in which it strikes.
    const fn probability(self) -> f64 {
        match self {
            // Two controllers on one epoch break what the cap rests on: few worlds, for the alarm alone.
            Self::SameEpoch => 0.04,
            Self::Takeover => 0.4,
            Self::BadHour => 0.3,
            _ => 0.25,
        }
    }
}

/// The circumstances of one simulated world.
pub(super) struct Climate {
    pub(super) heaters: usize,
    /// Nothing breaks at all.
    pub(super) is_calm: bool,
    /// Chances that a message is lost, doubled, or late by up to minutes.
    pub(super) loss: f64,
    pub(super) doubling: f64,
    pub(super) slowness: f64,
    /// Chance that a broken path still holds what was under way, and lets it through later.
    pub(super) holding: f64,
    /// Chance that a budget was retained and meets a heater that connects.
    pub(super) retaining: f64,
    /// The longest that a controller takes to hear, and to speak.
    pub(super) controller_ms: u64,
    /// Time between a room's changes of mind.
    pub(super) demand_every_ms: u64,
    /// Time between limits from outside.
    pub(super) limit_every_ms: u64,
    /// When what strikes.
    pub(super) faults: Vec<(u64, Fault)>,
}

impl Climate {
    pub(super) fn draw(random: &mut ChaCha8Rng) -> Self {
        let is_calm = random.random_bool(0.08);
        let mut network = |choices: &[f64]| {
            let chosen = pick(random, choices);
            if is_calm { 0.0 } else { chosen }
        };
        let (loss, doubling) = (network(&[0.0, 0.02, 0.1, 0.3]), network(&[0.0, 0.05, 0.3]));
        let (slowness, holding, retaining) =
            (network(&[0.0, 0.02, 0.2]), network(&[0.0, 0.5, 1.0]), network(&[0.0, 0.5]));
        Self {
            heaters: pick(random, &[2, 2, 3, 3, 4, 6]),
            is_calm,
            loss,
            doubling,
            slowness,
            holding,
            retaining,
            controller_ms: if is_calm { 20 } else { pick(random, &[20, 20, 500, 8_000]) },
            demand_every_ms: pick(random, &[20_000, 40_000, 100_000, 300_000]),
            limit_every_ms: pick(random, &[90_000, 240_000, u64::MAX]),
            faults: if is_calm { Vec::new() } else { draw_faults(random) },
        }
    }
}

pub(super) fn pick<T: Copy>(random: &mut ChaCha8Rng, choices: &[T]) -> T {
    *choices.choose(random).expect("there is something to choose from")
}

/// What strikes in a world does so every minute to every five minutes.
fn draw_faults(random: &mut ChaCha8Rng) -> Vec<(u64, Fault)> {
    let mut faults = Vec::new();
    for fault in Fault::ALL {
        if !random.random_bool(fault.probability()) {
            continue;
        }
        // What ends for good or bears no repetition strikes once.
        if matches!(fault, Fault::Unplug | Fault::SameEpoch | Fault::BadHour | Fault::Liar) {
            faults.push((random.random_range(20_000..FAULTS_END_MS - 90_000), fault));
            continue;
        }
        let pause_ms = random.random_range(45_000..300_000);
        let mut at_ms = random.random_range(0..pause_ms);
        while at_ms < FAULTS_END_MS {
            faults.push((at_ms, fault));
            at_ms += random.random_range(1_000..2 * pause_ms);
        }
    }
    faults
}
