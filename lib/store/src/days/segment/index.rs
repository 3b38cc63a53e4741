//! The index of one heater: its chunks and where their columns lie.
//!
//! ```text
//!   heater, offset of the first column, number of chunks
//!   chunks, one after another in the order of time:
//!     rows, ts_min as the difference from the chunk before, ts_max - ts_min
//!     length and crc32 of the column of times, then of the origins
//!     metrics: count, then (difference from the one before, length, crc32) each
//! ```
//! The columns lie in this order without gaps.

use crate::days::segment::file::Block;
use crate::form::bytes::{Damaged, Reader, Writer};

/// No chunk has more rows. A day at one record in ten seconds makes two.
pub(crate) const MAX_ROWS: usize = 8_192;

/// One chunk of a heater.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) rows: usize,
    pub(crate) ts_min: i64,
    pub(crate) ts_max: i64,
    pub(crate) times: Block,
    pub(crate) origins: Block,
    /// Ascending by metric.
    pub(crate) metrics: Vec<(u32, Block)>,
}

impl Chunk {
    /// The column of a metric.
    pub(crate) fn metric(&self, metric: u32) -> Option<Block> {
        let at = self.metrics.binary_search_by_key(&metric, |(metric, _)| *metric).ok()?;
        Some(self.metrics[at].1)
    }

    /// Whether it has the metric, or anything when none is asked for.
    pub(crate) fn answers(&self, metric: Option<u32>) -> bool {
        metric.is_none_or(|metric| self.metric(metric).is_some())
    }
}

/// Makes the index of a heater.
pub(crate) fn encode(heater: u32, chunks: &[Chunk]) -> Vec<u8> {
    let mut out = Writer::default();
    out.number(u64::from(heater));
    out.number(chunks.first().map_or(0, |chunk| chunk.times.offset));
    out.number(chunks.len() as u64);
    let mut ts = 0;
    for chunk in chunks {
        out.number(chunk.rows as u64);
        out.signed(chunk.ts_min.wrapping_sub(ts));
        out.number(chunk.ts_max.wrapping_sub(chunk.ts_min) as u64);
        ts = chunk.ts_min;
        write_block(chunk.times, &mut out);
        write_block(chunk.origins, &mut out);
        out.number(chunk.metrics.len() as u64);
        let mut before = 0;
        for &(metric, block) in &chunk.metrics {
            out.number(u64::from(metric - before));
            before = metric;
            write_block(block, &mut out);
        }
    }
    out.into_bytes()
}

fn write_block(block: Block, out: &mut Writer) {
    out.number(u64::from(block.length));
    out.number(u64::from(block.crc));
}

/// Reads the index of this heater.
///
/// # Errors
/// [`Damaged`] when the bytes are no index of this heater.
pub(crate) fn decode(heater: u32, bytes: &[u8]) -> Result<Vec<Chunk>, Damaged> {
    let from = &mut Reader::new(bytes);
    if from.number()? != u64::from(heater) {
        return Err(Damaged);
    }
    let mut place = Place { offset: from.number()?, ts: 0 };
    let count = from.count()?;
    let chunks = (0..count).map(|_| read_chunk(from, &mut place)).collect::<Result<_, _>>()?;
    if from.is_empty() { Ok(chunks) } else { Err(Damaged) }
}

/// What the chunk before left behind.
struct Place {
    offset: u64,
    ts: i64,
}

fn read_chunk(from: &mut Reader<'_>, place: &mut Place) -> Result<Chunk, Damaged> {
    let rows = usize::try_from(from.number()?).ok().filter(|rows| *rows <= MAX_ROWS).ok_or(Damaged)?;
    place.ts = place.ts.wrapping_add(from.signed()?);
    let (ts_min, ts_max) = (place.ts, place.ts.wrapping_add(from.number()? as i64));
    let times = read_block(from, place)?;
    let origins = read_block(from, place)?;
    let mut metrics: Vec<(u32, Block)> = Vec::new();
    for _ in 0..from.count()? {
        let above = u32::try_from(from.number()?).map_err(|_| Damaged)?;
        let before = metrics.last().map_or(0, |(metric, _)| *metric);
        let metric = before.checked_add(above).ok_or(Damaged)?;
        metrics.push((metric, read_block(from, place)?));
    }
    Ok(Chunk { rows, ts_min, ts_max, times, origins, metrics })
}

fn read_block(from: &mut Reader<'_>, place: &mut Place) -> Result<Block, Damaged> {
    let length = u32::try_from(from.number()?).map_err(|_| Damaged)?;
    let crc = u32::try_from(from.number()?).map_err(|_| Damaged)?;
    let block = Block { offset: place.offset, length, crc };
    place.offset = place.offset.checked_add(u64::from(length)).ok_or(Damaged)?;
    Ok(block)
}
