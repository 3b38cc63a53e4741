//! Whether the store holds every record of every heater exactly once. Each record carries its own number as a reading:
//! of n records the store must hold n, from 1 to n, with the mean in the middle.

use store::{Bin, Place, Selector, Store};
use vocabulary::{HeaterId, Metric, Timestamp};

use super::super::BenchError;
use super::super::generator::site;

/// Records of history are less than this older than the measurement.
const HISTORY_MS: i64 = 24 * 3_600_000;
/// Readings may bear a time up to this long after its beginning.
const LONGEST_MS: i64 = 24 * 3_600_000;
/// Sums are added up in another order.
const ROUNDING: f64 = 1e-6;
/// So many findings are told one by one.
const TOLD: usize = 5;

/// What is wrong with the records that heaters have made and with those not acknowledged: nothing, or sentences.
pub(super) fn audit<'a>(
    store: &Store,
    begun: Timestamp,
    made: impl Iterator<Item = (&'a HeaterId, u64, usize)>,
) -> Result<Vec<String>, BenchError> {
    let (from, to) = (begun.plus_ms(-HISTORY_MS), begun.plus_ms(LONGEST_MS));
    let mut wrong = Vec::new();
    for (heater, made, open) in made {
        let place = Place::Heater(heater.clone());
        let selector = Selector { site: site(), place, metric: Metric::EnergyWh };
        let bins = store.aggregate(&selector, from, to, HISTORY_MS + LONGEST_MS)?;
        if !is_complete(&bins, made) {
            wrong.push(format!("{heater} made {made} records, and the store holds {bins:?}"));
        }
        if open > 0 {
            wrong.push(format!("{heater} made {made} records, of which {open} were never acknowledged"));
        }
    }
    let more = wrong.len().saturating_sub(TOLD);
    wrong.truncate(TOLD);
    if more > 0 {
        wrong.push(format!("and {more} more like these"));
    }
    Ok(wrong)
}

fn is_complete(bins: &[Bin], made: u64) -> bool {
    match bins {
        [] => made == 0,
        [bin] => {
            let (last, middle) = (made as f64, (made as f64 + 1.0) / 2.0);
            bin.count == made
                && bin.min == 1.0
                && bin.max == last
                && (bin.mean - middle).abs() <= ROUNDING * middle
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(values: &[f64]) -> Vec<Bin> {
        let fold = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let count = values.len() as u64;
        vec![Bin { start: Timestamp::from_ms(0), min: fold(f64::min), max: fold(f64::max), mean, count }]
    }

    #[test]
    fn a_lost_a_doubled_and_an_exchanged_record_are_seen() {
        assert!(is_complete(&bin(&[1.0, 2.0, 3.0, 4.0]), 4));
        assert!(is_complete(&[], 0));
        for (what, values) in [
            ("lost", &[1.0, 2.0, 4.0] as &[f64]),
            ("the last lost", &[1.0, 2.0, 3.0]),
            ("doubled", &[1.0, 2.0, 2.0, 3.0, 4.0]),
            ("one lost and one doubled", &[1.0, 2.0, 2.0, 4.0]),
        ] {
            assert!(!is_complete(&bin(values), 4), "{what}");
        }
        assert!(!is_complete(&[], 1));
    }
}
