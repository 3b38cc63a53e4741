//! Draws that depend on a seed and on what they are for, and on nothing that was drawn before.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Comfort = 1,
    Weather,
    Sun,
    Fault,
}

/// Four even draws from 0..1 for the `slot`th draw of the `place`th thing.
pub(super) fn luck(seed: u64, purpose: Purpose, place: usize, slot: i64) -> [f64; 4] {
    let mut key = [0; 32];
    let words = [seed, purpose as u64, place as u64, slot as u64];
    for (part, word) in key.chunks_exact_mut(8).zip(words) {
        part.copy_from_slice(&word.to_le_bytes());
    }
    let mut chance = ChaCha8Rng::from_seed(key);
    std::array::from_fn(|_| chance.random_range(0.0..1.0))
}

/// A draw from the normal distribution (Box and Muller 1958).
pub(super) fn gaussian(luck: [f64; 4]) -> f64 {
    (-2.0 * (1.0 - luck[0]).ln()).sqrt() * (std::f64::consts::TAU * luck[1]).cos()
}
