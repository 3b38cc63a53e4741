//! Bytes with a checksum before them: a version byte, the crc32 of key and rest (little-endian), the rest.
//!
//! Redb checks its pages only after a crash; these are checked whenever they are read. The key under which they lie counts
//! too, so that a block with a damaged key is never taken for another heater's.

use crate::form::bytes::Damaged;

/// Length of what stands before the rest.
const HEAD: usize = 5;

/// Puts version and checksum before `body`, which is to lie under `key`.
pub(crate) fn seal(version: u8, key: &[u64], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.push(version);
    bytes.extend_from_slice(&sum(key, body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The body, if it is of this version and as it was sealed under this key.
pub(crate) fn open<'a>(version: u8, key: &[u64], bytes: &'a [u8]) -> Result<&'a [u8], Damaged> {
    let (head, body) = bytes.split_first_chunk::<HEAD>().ok_or(Damaged)?;
    let [found, sum @ ..] = *head;
    let whole = found == version && u32::from_le_bytes(sum) == self::sum(key, body);
    whole.then_some(body).ok_or(Damaged)
}

fn sum(key: &[u64], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    key.iter().for_each(|number| hasher.update(&number.to_le_bytes()));
    hasher.update(body);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_every_missing_byte_and_another_key_is_noticed() {
        let bytes = seal(2, &[7], b"history");
        assert_eq!(open(2, &[7], &bytes), Ok(b"history".as_slice()));
        for length in 0..bytes.len() {
            assert_eq!(open(2, &[7], &bytes[..length]), Err(Damaged));
        }
        assert_eq!(open(2, &[8], &bytes), Err(Damaged));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(2, &[7], &flipped), Err(Damaged), "bit {bit}");
        }
    }
}
