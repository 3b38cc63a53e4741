//! Questions to a room that is not well known: somewhat warmer for two hours, or not, as a coin says.
//!
//! ±0.4 K of dither would be colder than asked for half of the time. Here it is only ever warmer, and only in hours that are
//! planned without people: nobody is cold for it, whether or not a sensor sees them, and the band's upper end and the law
//! hold as before. What it costs is a fifth of a kelvin in those hours, until the room is known.

use comfort::{HALF_HOURS, Mind};
use vocabulary::{RoomId, Timestamp};

/// Eight times the noise of a thermometer, and less than people notice (control design: ±0.4 K).
const WARMER_K: f64 = 0.4;
/// Longer than heaters lag (10 to 25 min) and air follows, shorter than walls do: what tells them apart.
const COIN_MS: i64 = 2 * 3_600_000;
const HALF_HOUR_MS: i64 = 1_800_000;

/// How much warmer a room is to be in each half hour of the day ahead, K; nothing where it is known well enough.
pub(crate) fn dither_k(room: &RoomId, mind: &Mind, now: Timestamp) -> [f64; HALF_HOURS] {
    if !mind.room().certainty.wants_excitation() {
        return [0.0; HALF_HOURS];
    }
    let at = |half: usize| now.plus_ms(half as i64 * HALF_HOUR_MS).ms().div_euclid(COIN_MS);
    std::array::from_fn(|half| if coin(room, at(half)) { WARMER_K } else { 0.0 })
}

/// The same coin for the same room and time, and unlike those of its neighbours: rooms that are all asked at once answer for
/// each other. FNV-1a (Fowler, Noll, Vo 1991) over the name, then the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn coin(room: &RoomId, slot: i64) -> bool {
    let name = room.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut bits = name ^ slot.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_fair_the_same_each_time_and_unlike_those_next_door() {
        let rooms = ["101", "102", "103"].map(|id| RoomId::new(id).unwrap());
        let tossed = rooms.each_ref().map(|room| (0..2_000).map(|slot| coin(room, slot)).collect::<Vec<_>>());
        for (index, coins) in tossed.iter().enumerate() {
            let heads = coins.iter().filter(|head| **head).count();
            assert!((900..1_100).contains(&heads), "{heads}");
            let next = &tossed[(index + 1) % 3];
            let alike = coins.iter().zip(next).filter(|(one, other)| one == other).count();
            assert!((900..1_100).contains(&alike), "{alike}");
            let turns = coins.windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert!((900..1_100).contains(&turns), "{turns}");
        }
        assert_eq!(coin(&rooms[0], 7), coin(&rooms[0], 7));
    }
}
