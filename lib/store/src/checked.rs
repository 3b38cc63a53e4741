//! Bytes with a checksum before them: a version byte, the crc32 of the rest (little-endian), the rest.
//!
//! Redb checks its pages only after a crash; these are checked whenever they are read.

use crate::bytes::Damaged;

/// Length of what stands before the rest.
const HEAD: usize = 5;

/// Puts version and checksum before `body`.
pub(crate) fn seal(version: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + body.len());
    bytes.push(version);
    bytes.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// The body, if it is of this version and as it was sealed.
pub(crate) fn open(version: u8, bytes: &[u8]) -> Result<&[u8], Damaged> {
    let (head, body) = bytes.split_first_chunk::<HEAD>().ok_or(Damaged)?;
    let [found, sum @ ..] = *head;
    let whole = found == version && u32::from_le_bytes(sum) == crc32fast::hash(body);
    whole.then_some(body).ok_or(Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_missing_byte_is_noticed() {
        let bytes = seal(2, b"history");
        assert_eq!(open(2, &bytes), Ok(b"history".as_slice()));
        for length in 0..bytes.len() {
            assert_eq!(open(2, &bytes[..length]), Err(Damaged));
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(2, &flipped), Err(Damaged), "bit {bit}");
        }
    }
}
