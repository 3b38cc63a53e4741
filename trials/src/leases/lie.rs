//! What somebody says who has a heater's credential: heartbeats are believed by their sender alone, so they may claim any
//! boot, epoch and number. Claims that would have the controller forget its own grants are left out: what a heater draws that
//! its thief controls is no promise of leases.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use vocabulary::{BootId, Heartbeat};

/// Beyond every number that a controller comes to within a world.
const FAR: u64 = 1_000_000;

/// The heartbeat with a lie in it.
pub(super) fn lied(random: &mut ChaCha8Rng, truth: &Heartbeat) -> Heartbeat {
    let mut lie = Heartbeat { lease_left_s: 0, ..truth.clone() };
    match random.random_range(0..8) {
        0..5 => lie.seq = truth.seq + FAR + random.random_range(0..FAR),
        5 => lie.seq = u64::MAX - random.random_range(0..4),
        6 => lie.epoch = truth.epoch + random.random_range(1..FAR),
        _ => lie.boot = BootId::from_bits(random.random()),
    }
    lie
}
