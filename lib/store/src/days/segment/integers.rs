//! A column of whole numbers in as few bytes as their course needs. How many there are is known from elsewhere.
//!
//! ```text
//!   kind: one byte, then
//!     0     constant   the number
//!     1     steady     the first number, the step            times and seq of a heater that misses nothing
//!     2     plain      each number as the difference from the one before        when there are few
//!     3…6   packed     the smallest number, then what is above it as a pco file header, chunk and page
//!                      of 8, 16, 32 or 64 bits wide numbers
//! ```
//! Numbers are zigzag varints. pco's own tables take some forty bytes a column, the narrower the numbers the less.

use pco::data_types::Number;
use pco::errors::PcoResult;
use pco::wrapped::{FileCompressor, FileDecompressor};
use pco::{ChunkConfig, DeltaSpec, ModeSpec};

use crate::form::bytes::{Damaged, Reader, Writer};

const CONSTANT: u8 = 0;
const STEADY: u8 = 1;
const PLAIN: u8 = 2;
const PACKED_8: u8 = 3;
const PACKED_16: u8 = 4;
const PACKED_32: u8 = 5;
const PACKED_64: u8 = 6;

/// Up to so many numbers may be shorter without pco's tables.
const FEW: usize = 128;
/// Above this pco spends twice the time on one or two percent.
const LEVEL: usize = 4;

/// Writes a column; nothing at all when it is empty.
pub(crate) fn write(numbers: &[i64], out: &mut Writer) {
    let [first, rest @ ..] = numbers else { return };
    let step = rest.first().map_or(0, |second| second.wrapping_sub(*first));
    if numbers.windows(2).any(|pair| pair[1].wrapping_sub(pair[0]) != step) {
        return write_uneven(numbers, out);
    }
    if step == 0 {
        out.byte(CONSTANT);
        out.signed(*first);
    } else {
        out.byte(STEADY);
        out.signed(*first);
        out.signed(step);
    }
}

fn write_uneven(numbers: &[i64], out: &mut Writer) {
    let packed = pack(numbers);
    if numbers.len() > FEW {
        return out.append(&packed);
    }
    let plain = plain(numbers);
    out.append(if plain.len() < packed.len() { &plain } else { &packed });
}

fn plain(numbers: &[i64]) -> Vec<u8> {
    let mut out = Writer::default();
    out.byte(PLAIN);
    let mut before = 0;
    for &number in numbers {
        out.signed(number.wrapping_sub(before));
        before = number;
    }
    out.into_bytes()
}

fn pack(numbers: &[i64]) -> Vec<u8> {
    let (smallest, largest) =
        numbers.iter().fold((i64::MAX, i64::MIN), |(low, high), &number| (low.min(number), high.max(number)));
    let above = |number: i64| number.wrapping_sub(smallest) as u64;
    let kind = match above(largest) {
        0..=0xff => PACKED_8,
        0x100..=0xffff => PACKED_16,
        0x1_0000..=0xffff_ffff => PACKED_32,
        _ => PACKED_64,
    };
    let mut head = Writer::default();
    head.byte(kind);
    head.signed(smallest);
    let head = head.into_bytes();
    let config = config(numbers);
    let packed = match kind {
        PACKED_8 => compress(numbers, |number| above(number) as u8, &config, head),
        PACKED_16 => compress(numbers, |number| above(number) as u16, &config, head),
        PACKED_32 => compress(numbers, |number| above(number) as u32, &config, head),
        _ => compress(numbers, above, &config, head),
    };
    packed.expect("pco takes any numbers and a vector takes any bytes")
}

fn config(numbers: &[i64]) -> ChunkConfig {
    let delta = if is_noise(numbers) { DeltaSpec::NoOp } else { DeltaSpec::TryConsecutive(1) };
    ChunkConfig::default()
        .with_compression_level(LEVEL)
        .with_mode_spec(ModeSpec::Classic)
        .with_delta_spec(delta)
        .with_enable_8_bit(true)
}

/// Whether neighbours differ more from each other than from the mean, so that differences would only cost.
fn is_noise(numbers: &[i64]) -> bool {
    let mean = numbers.iter().map(|&number| number as f64).sum::<f64>() / numbers.len() as f64;
    let from_mean: f64 = numbers.iter().map(|&number| (number as f64 - mean).abs()).sum();
    let from_neighbour: f64 = numbers.windows(2).map(|pair| (pair[1] as f64 - pair[0] as f64).abs()).sum();
    from_neighbour > from_mean
}

fn compress<T: Number>(
    numbers: &[i64],
    narrow: impl Fn(i64) -> T,
    config: &ChunkConfig,
    out: Vec<u8>,
) -> PcoResult<Vec<u8>> {
    let narrowed: Vec<T> = numbers.iter().map(|&number| narrow(number)).collect();
    let file = FileCompressor::default();
    let out = file.write_header(out)?;
    let mut chunk = file.chunk_compressor(&narrowed, config)?;
    let out = chunk.write_meta(out)?;
    chunk.write_page(0, out)
}

/// Reads a column of so many numbers. The caller bounds `count`: memory for that many is taken.
///
/// # Errors
/// [`Damaged`] when the bytes are no such column.
pub(crate) fn read(count: usize, from: &mut Reader<'_>) -> Result<Vec<i64>, Damaged> {
    if count == 0 {
        return Ok(Vec::new());
    }
    match from.byte()? {
        CONSTANT => Ok(vec![from.signed()?; count]),
        STEADY => {
            let (first, step) = (from.signed()?, from.signed()?);
            Ok((0..count as i64).map(|at| first.wrapping_add(step.wrapping_mul(at))).collect())
        }
        PLAIN => {
            let mut number = 0_i64;
            let mut next = || {
                number = number.wrapping_add(from.signed()?);
                Ok(number)
            };
            (0..count).map(|_| next()).collect()
        }
        PACKED_8 => unpack(count, from, |above: u8| u64::from(above)),
        PACKED_16 => unpack(count, from, |above: u16| u64::from(above)),
        PACKED_32 => unpack(count, from, |above: u32| u64::from(above)),
        PACKED_64 => unpack(count, from, |above: u64| above),
        _ => Err(Damaged),
    }
}

fn unpack<T: Number>(
    count: usize,
    from: &mut Reader<'_>,
    widen: impl Fn(T) -> u64,
) -> Result<Vec<i64>, Damaged> {
    let smallest = from.signed()?;
    let (above, rest) = decompress::<T>(count, from.rest()).map_err(|_| Damaged)?.ok_or(Damaged)?;
    *from = Reader::new(rest);
    Ok(above.into_iter().map(|above| smallest.wrapping_add(widen(above) as i64)).collect())
}

/// The numbers of a page and what follows it; nothing when the page holds fewer.
fn decompress<T: Number>(count: usize, bytes: &[u8]) -> PcoResult<Option<(Vec<T>, &[u8])>> {
    let (file, bytes) = FileDecompressor::new(bytes)?;
    let (mut chunk, bytes) = file.chunk_decompressor::<T, _>(bytes)?;
    let mut page = chunk.page_decompressor(bytes, count)?;
    let mut numbers = vec![T::default(); count];
    let progress = page.read(&mut numbers)?;
    let whole = progress.finished && progress.n_processed == count;
    Ok(whole.then(|| (numbers, page.into_src())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(numbers: &[i64]) -> usize {
        let mut out = Writer::default();
        write(numbers, &mut out);
        out.byte(99);
        let bytes = out.into_bytes();
        let mut reader = Reader::new(&bytes);
        assert_eq!(read(numbers.len(), &mut reader).unwrap(), numbers);
        assert_eq!(reader.rest(), [99], "a column ends where it ends");
        bytes.len() - 1
    }

    #[test]
    fn what_needs_no_telling_takes_a_handful_of_bytes() {
        assert_eq!(round_trip(&[]), 0);
        assert_eq!(round_trip(&[7]), 2);
        assert_eq!(round_trip(&[1; 8_640]), 2);
        let steady: Vec<i64> = (0..8_640).map(|at| 1_763_632_000_000 + at * 10_000).collect();
        assert!(round_trip(&steady) <= 12);
    }

    #[test]
    fn few_numbers_do_without_tables() {
        assert!(round_trip(&[640, 642, 641, 645, 645]) <= 12);
    }

    #[test]
    fn numbers_far_apart_survive() {
        round_trip(&[i64::MIN, i64::MAX, 0, -1, i64::MIN, i64::MAX]);
        let swinging: Vec<i64> =
            (0..1_000).map(|at| if at % 2 == 0 { i64::MIN } else { i64::MAX - at }).collect();
        round_trip(&swinging);
    }

    proptest! {
        #[test]
        fn every_course_survives(
            start: i64,
            steps in proptest::collection::vec(-300..300_i64, 0..600),
            width in 0..48_u32,
        ) {
            let mut number = start;
            let course: Vec<i64> = steps.iter().map(|step| {
                number = number.wrapping_add(step << width);
                number
            }).collect();
            round_trip(&course);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(count in 0..500_usize, kind in 0..8_u8, bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let bytes = [&[kind], bytes.as_slice()].concat();
            let _ = read(count, &mut Reader::new(&bytes));
        }
    }
}
