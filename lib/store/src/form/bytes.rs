//! Numbers to bytes and back, one postcard varint after another.

/// The bytes do not say what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// Bytes being written.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A varint. By hand, because there are some in every sample: postcard's writer takes the vector apart for each.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A zigzag varint: short for small numbers of either sign.
    pub(crate) fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    /// Eight bytes as they are, for numbers that are random.
    pub(crate) fn eight(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Bytes as they are.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes being read.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes are left: no count in them can honestly be larger.
    pub(crate) const fn remaining(&self) -> usize {
        self.0.len()
    }

    /// All bytes that are left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damaged> {
        let (&first, rest) = self.0.split_first().ok_or(Damaged)?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Damaged> {
        self.take()
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Damaged> {
        self.take()
    }

    pub(crate) fn eight(&mut self) -> Result<u64, Damaged> {
        let (first, rest) = self.0.split_first_chunk().ok_or(Damaged)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*first))
    }

    /// A count of things that take at least one byte each.
    pub(crate) fn count(&mut self) -> Result<usize, Damaged> {
        let count = usize::try_from(self.number()?).map_err(|_| Damaged)?;
        if count <= self.remaining() { Ok(count) } else { Err(Damaged) }
    }

    fn take<T: serde::Deserialize<'a>>(&mut self) -> Result<T, Damaged> {
        let (value, rest) = postcard::take_from_bytes(self.0).map_err(|_| Damaged)?;
        self.0 = rest;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_written_as_postcard_writes_them(number: u64, bits in 0..64_u32) {
            for number in [number, number >> bits, u64::MAX, 0] {
                let mut out = Writer::default();
                out.number(number);
                out.signed(number as i64);
                let expected = postcard::to_stdvec(&(number, number as i64)).unwrap();
                prop_assert_eq!(out.into_bytes(), expected);
            }
        }
    }
}
