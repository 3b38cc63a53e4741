//! Roll-ups: what the hours of every series come to, chunk by chunk of one metric.
//!
//! ```text
//!   chunk: at most 4,096 hours of one metric, ascending by (heater, hour); as many entries in each column
//!     heaters, hours since the epoch      columns of whole numbers
//!     minima, maxima, sums                columns of values
//!     counts                              a column of whole numbers
//!   entry of the directory, ascending by (metric, first heater): metric (4), hours (4), first heater (4),
//!     last heater (4), offset (8), length (4) and crc32 (4) of the chunk
//! ```

use crate::days::segment::file::{Block, Magic, part};
use crate::days::segment::{HourSum, integers, values};
use crate::form::bytes::{Damaged, Reader, Writer};

/// The first bytes of a roll-up.
pub(crate) const MAGIC: Magic = b"hyporol";
/// No chunk has more hours: a day of 170 heaters.
pub(crate) const MAX_HOURS: usize = 4_096;
pub(crate) const ENTRY_BYTES: usize = 32;

/// One hour of one heater.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hour {
    pub(crate) heater: u32,
    /// Since the epoch.
    pub(crate) hour: i64,
    pub(crate) sum: HourSum,
}

/// Where a chunk lies and which heaters it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) metric: u32,
    pub(crate) hours: u32,
    pub(crate) first_heater: u32,
    pub(crate) last_heater: u32,
    pub(crate) block: Block,
}

impl Entry {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for number in [self.metric, self.hours, self.first_heater, self.last_heater] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.block.offset.to_le_bytes());
        out.extend_from_slice(&self.block.length.to_le_bytes());
        out.extend_from_slice(&self.block.crc.to_le_bytes());
    }

    /// Reads an entry of [`ENTRY_BYTES`].
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let four = |at| u32::from_le_bytes(part(bytes, at));
        let block = Block { offset: u64::from_le_bytes(part(bytes, 16)), length: four(24), crc: four(28) };
        Self { metric: four(0), hours: four(4), first_heater: four(8), last_heater: four(12), block }
    }
}

/// Makes a chunk of some hours.
pub(crate) fn encode(hours: &[Hour]) -> Vec<u8> {
    let mut out = Writer::default();
    let mut whole = |number: fn(&Hour) -> i64| {
        integers::write(&hours.iter().map(number).collect::<Vec<_>>(), &mut out);
    };
    whole(|hour| i64::from(hour.heater));
    whole(|hour| hour.hour);
    whole(|hour| hour.sum.count as i64);
    let mut measured = |value: fn(&Hour) -> f64| {
        values::write(&hours.iter().map(value).collect::<Vec<_>>(), &mut out);
    };
    measured(|hour| hour.sum.min);
    measured(|hour| hour.sum.max);
    measured(|hour| hour.sum.sum);
    out.into_bytes()
}

/// Reads a chunk of so many hours.
///
/// # Errors
/// [`Damaged`] when the bytes are no such chunk.
pub(crate) fn decode(hours: u32, bytes: &[u8]) -> Result<Vec<Hour>, Damaged> {
    let length = usize::try_from(hours).ok().filter(|hours| *hours <= MAX_HOURS).ok_or(Damaged)?;
    let from = &mut Reader::new(bytes);
    let heaters = integers::read(length, from)?;
    let numbers = integers::read(length, from)?;
    let counts = integers::read(length, from)?;
    let minima = values::read(length, from)?;
    let maxima = values::read(length, from)?;
    let sums = values::read(length, from)?;
    let hour = |at: usize| {
        let heater = u32::try_from(heaters[at]).map_err(|_| Damaged)?;
        let sum = HourSum { min: minima[at], max: maxima[at], sum: sums[at], count: counts[at] as u64 };
        Ok(Hour { heater, hour: numbers[at], sum })
    };
    (0..length).map(hour).collect()
}
