//! One measurement in as few bytes as its digits need.
//!
//! A postcard varint whose low three bits say what the rest is:
//! ```text
//!   0…5   a decimal: rest = zigzag(m), the value is m / 10^k          21.43 -> m 2143, k 2 -> three bytes
//!   6     eight bytes of the f64 follow: numbers that are no short decimal, and -0.0
//!   7     rest = number of the quality; unless that is a missing one, the value follows as a cell of its own
//! ```
//! A decimal is used only where dividing gives back the same bits, so every finite f64 survives exactly.

use vocabulary::Quality;

use crate::form::bytes::{Damaged, Reader, Writer};
use crate::form::quality::{self, Measurement};

pub(crate) const POWERS_OF_TEN: [f64; 6] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0];
/// Whole numbers below this are exact in an f64; a mantissa keeps to them, so that it also fits beside the tag.
pub(crate) const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
const TAG_BITS: u32 = 3;
const RAW: u64 = 6;
const JUDGED: u64 = 7;

/// Writes one measurement.
pub(crate) fn write(measurement: Measurement, out: &mut Writer) {
    if measurement.quality != Quality::Good {
        out.number(u64::from(quality::code(measurement.quality)) << TAG_BITS | JUDGED);
    }
    if let Some(value) = measurement.value {
        write_value(value, out);
    }
}

fn write_value(value: f64, out: &mut Writer) {
    match decimal(value) {
        Some((mantissa, places)) => out.number(zigzag(mantissa) << TAG_BITS | places as u64),
        None => {
            out.number(RAW);
            out.eight(value.to_bits());
        }
    }
}

/// The value as a whole number and the places of its decimal point, where that is exact.
fn decimal(value: f64) -> Option<(i64, usize)> {
    POWERS_OF_TEN.iter().enumerate().find_map(|(places, power)| {
        let mantissa = (value * power).round();
        // Through the whole number, which is what will be read: it has no -0.
        let whole = mantissa as i64;
        let exact = mantissa.abs() < EXACT_BELOW && (whole as f64 / power).to_bits() == value.to_bits();
        exact.then_some((whole, places))
    })
}

/// Reads one measurement.
pub(crate) fn read(from: &mut Reader<'_>) -> Result<Measurement, Damaged> {
    let first = from.number()?;
    if first & 7 != JUDGED {
        return Ok(Measurement { value: Some(read_value(first, from)?), quality: Quality::Good });
    }
    let quality = u8::try_from(first >> TAG_BITS).ok().and_then(quality::from_code).ok_or(Damaged)?;
    let value = match quality {
        Quality::Missing(_) => None,
        _ => Some(from.number().and_then(|first| read_value(first, from))?),
    };
    Ok(Measurement { value, quality })
}

fn read_value(first: u64, from: &mut Reader<'_>) -> Result<f64, Damaged> {
    let value = match first & 7 {
        RAW => f64::from_bits(from.eight()?),
        JUDGED => return Err(Damaged),
        places => unzigzag(first >> TAG_BITS) as f64 / POWERS_OF_TEN[places as usize],
    };
    if value.is_finite() { Ok(value) } else { Err(Damaged) }
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vocabulary::{Fault, Suspicion};

    fn round_trip(measurement: Measurement) -> (Measurement, usize) {
        let mut out = Writer::default();
        write(measurement, &mut out);
        let bytes = out.into_bytes();
        let mut reader = Reader::new(&bytes);
        let read = read(&mut reader).unwrap();
        assert!(reader.is_empty());
        (read, bytes.len())
    }

    fn length(value: f64) -> usize {
        let (read, length) = round_trip(Measurement { value: Some(value), quality: Quality::Good });
        assert_eq!(read.value.map(f64::to_bits), Some(value.to_bits()), "{value}");
        length
    }

    #[test]
    fn what_sensors_say_takes_few_bytes() {
        for (value, bytes) in
            [(0.0, 1), (1.0, 1), (21.43, 3), (640.0, 2), (412.0, 2), (1_234_567.8, 4), (-5.5, 2)]
        {
            assert_eq!(length(value), bytes, "{value}");
        }
    }

    #[test]
    fn the_ends_of_the_number_line_survive() {
        for value in [
            -0.0,
            f64::MIN_POSITIVE,
            f64::from_bits(1),
            f64::MAX,
            f64::MIN,
            1e300,
            EXACT_BELOW,
            EXACT_BELOW - 1.0,
            -EXACT_BELOW,
            0.1 + 0.2,
            1e15,
            123_456.789_01,
        ] {
            length(value);
        }
    }

    proptest! {
        #[test]
        fn every_finite_number_survives(bits: u64, tenths: i32, places in 0..7_i32) {
            for value in [f64::from_bits(bits), f64::from(tenths) / 10_f64.powi(places)] {
                if value.is_finite() {
                    length(value);
                }
            }
        }

        #[test]
        fn every_quality_survives(value in -1e6..1e6_f64, at in 0..3_usize, fault in 0..4_usize) {
            let suspect = Measurement { value: Some(value), quality: Quality::Suspect(Suspicion::ALL[at]) };
            prop_assert_eq!(round_trip(suspect).0, suspect);
            let fault = [Fault::Silent, Fault::Garbled, Fault::Broken, Fault::Absent][fault];
            let missing = Measurement { value: None, quality: Quality::Missing(fault) };
            prop_assert_eq!(round_trip(missing).0, missing);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            if let Ok(measurement) = read(&mut Reader::new(&bytes)) {
                prop_assert!(measurement.value.is_none_or(f64::is_finite));
            }
        }
    }
}
