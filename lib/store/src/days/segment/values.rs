//! A column of measured numbers as a column of whole ones, exact to the bit.
//!
//! ```text
//!   places: one byte
//!     0…5   decimals: each value is m / 10^places, the m follow as whole numbers
//!     6     the bits of each f64 follow as whole numbers of the same order: what is no short decimal, and -0.0
//! ```
//! All values of a column take the same places, the fewest that bring every one of them back bit by bit.

use crate::days::segment::integers;
use crate::form::bytes::{Damaged, Reader, Writer};
use crate::form::cell::{EXACT_BELOW, POWERS_OF_TEN};

const BITS: u8 = 6;

/// Writes a column of finite values.
pub(crate) fn write(values: &[f64], out: &mut Writer) {
    match decimals(values) {
        Some((places, mantissas)) => {
            out.byte(places as u8);
            integers::write(&mantissas, out);
        }
        None => {
            out.byte(BITS);
            let ordered: Vec<i64> = values.iter().map(|value| in_order(value.to_bits() as i64)).collect();
            integers::write(&ordered, out);
        }
    }
}

/// Reads a column of so many values; see [`integers::read`].
///
/// # Errors
/// [`Damaged`] when the bytes are no such column.
pub(crate) fn read(count: usize, from: &mut Reader<'_>) -> Result<Vec<f64>, Damaged> {
    let places = from.byte()?;
    let numbers = integers::read(count, from)?;
    if let Some(power) = POWERS_OF_TEN.get(usize::from(places)) {
        return Ok(numbers.into_iter().map(|mantissa| mantissa as f64 / power).collect());
    }
    if places != BITS {
        return Err(Damaged);
    }
    let values: Vec<f64> =
        numbers.into_iter().map(|ordered| f64::from_bits(in_order(ordered) as u64)).collect();
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(Damaged) }
}

/// The values as whole numbers and the places of their decimal point, where that is exact for all of them.
pub(crate) fn decimals(values: &[f64]) -> Option<(usize, Vec<i64>)> {
    let mut places = 0;
    for &value in values {
        while mantissa(value, places).is_none() {
            places += 1;
            if places == POWERS_OF_TEN.len() {
                return None;
            }
        }
    }
    // More places make a large value inexact again, so the earlier ones are looked at once more.
    let mantissas: Option<Vec<i64>> = values.iter().map(|&value| mantissa(value, places)).collect();
    mantissas.map(|mantissas| (places, mantissas))
}

/// The whole number that gives the value back when divided, if there is one.
fn mantissa(value: f64, places: usize) -> Option<i64> {
    let power = POWERS_OF_TEN[places];
    let scaled = value * power;
    // Rounds like `round`, which is a call to a library on the processors we compile for.
    let whole = (scaled + 0.5_f64.copysign(scaled)) as i64;
    let exact = scaled.abs() < EXACT_BELOW && (whole as f64 / power).to_bits() == value.to_bits();
    exact.then_some(whole)
}

/// Turns the bits of an f64 into a whole number that compares like it, and such a number back into the bits:
/// what is negative has all bits but the sign turned.
const fn in_order(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(values: &[f64]) -> Vec<u8> {
        let mut out = Writer::default();
        write(values, &mut out);
        let bytes = out.into_bytes();
        let read = read(values.len(), &mut Reader::new(&bytes)).unwrap();
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&read), bits(values));
        bytes
    }

    #[test]
    fn a_column_takes_the_places_of_its_longest_decimal() {
        for (values, places) in [
            (vec![1.0, 640.0, -3.0], 0),
            (vec![1.0, 21.5], 1),
            (vec![0.0, 21.43, 7.0], 2),
            (vec![0.00001, 9.0], 5),
            (vec![0.1 + 0.2, 1.0], BITS),
            (vec![0.0, -0.0], BITS),
            (vec![4_503_599_627_370_494.0, 0.5], BITS),
        ] {
            assert_eq!(round_trip(&values)[0], places, "{values:?}");
        }
    }

    #[test]
    fn the_ends_of_the_number_line_survive() {
        round_trip(&[f64::MAX, f64::MIN, -0.0, 0.0, f64::MIN_POSITIVE, f64::from_bits(1), 1e15, 1e300]);
    }

    proptest! {
        #[test]
        fn every_finite_number_survives(
            bits in proptest::collection::vec(any::<u64>(), 0..20),
            tenths in proptest::collection::vec((any::<i32>(), 0..7_i32), 0..200),
        ) {
            let decimals: Vec<f64> =
                tenths.iter().map(|&(tenths, places)| f64::from(tenths) / 10_f64.powi(places)).collect();
            round_trip(&decimals);
            let any = bits.iter().map(|&bits| f64::from_bits(bits)).filter(|value| value.is_finite());
            round_trip(&any.chain(decimals).collect::<Vec<_>>());
        }
    }
}
