//! Draws that depend on a seed and on what they are for, and on nothing that was drawn before.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Two even draws from 0..1 for a room of a building.
pub(super) fn luck(seed: u64, room: usize) -> [f64; 2] {
    let mut key = [0; 32];
    for (part, word) in key.chunks_exact_mut(8).zip([seed, room as u64]) {
        part.copy_from_slice(&word.to_le_bytes());
    }
    let mut chance = ChaCha8Rng::from_seed(key);
    std::array::from_fn(|_| chance.random_range(0.0..1.0))
}
