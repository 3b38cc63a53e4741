//! Samples packed for waiting: about six bytes each in place of forty. A fleet that was cut off for a day holds
//! thousands of records for each heater. The form lives in memory only; in the log a record is JSON.

use serde::{Deserialize, Serialize};
use vocabulary::{Fault, Metric, Reading, Sample};

/// The samples of one record, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed(Box<[u8]>);

#[derive(Serialize, Deserialize)]
struct PackedSample<'a> {
    #[serde(borrow)]
    metric: PackedMetric<'a>,
    dt_ms: i64,
    reading: PackedReading,
}

#[derive(Serialize, Deserialize)]
enum PackedMetric<'a> {
    /// Its place among the metrics of the contract.
    Standard(u16),
    Registered(&'a str),
}

#[derive(Serialize, Deserialize)]
enum PackedReading {
    /// Most sensors say no more than two decimals.
    Hundredths(i64),
    Real(f64),
    Missing(u8),
}

const FAULTS: [Fault; 4] = [Fault::Silent, Fault::Garbled, Fault::Broken, Fault::Absent];

impl Packed {
    /// No samples at all: a closing record.
    pub(super) fn none() -> Self {
        Self::pack(&[])
    }

    pub(super) fn pack(samples: &[Sample]) -> Self {
        let packed: Vec<PackedSample<'_>> = samples.iter().map(PackedSample::of).collect();
        let bytes =
            postcard::to_stdvec(&packed).expect("samples are numbers and short texts, which always pack");
        Self(bytes.into_boxed_slice())
    }

    pub(super) fn unpack(&self) -> Vec<Sample> {
        let packed: Vec<PackedSample<'_>> =
            postcard::from_bytes(&self.0).expect("these bytes were packed in this very process");
        packed.into_iter().map(PackedSample::into_sample).collect()
    }
}

impl<'a> PackedSample<'a> {
    fn of(sample: &'a Sample) -> Self {
        let place = Metric::STANDARD.iter().position(|metric| *metric == sample.metric);
        let metric = match place.and_then(|place| u16::try_from(place).ok()) {
            Some(place) => PackedMetric::Standard(place),
            None => PackedMetric::Registered(sample.metric.as_str()),
        };
        Self { metric, dt_ms: sample.dt_ms, reading: PackedReading::of(sample.reading) }
    }

    fn into_sample(self) -> Sample {
        let metric = match self.metric {
            PackedMetric::Standard(place) => Metric::STANDARD[usize::from(place)].clone(),
            PackedMetric::Registered(name) => name.parse().expect("the name of a metric is one"),
        };
        Sample { dt_ms: self.dt_ms, metric, reading: self.reading.into_reading() }
    }
}

impl PackedReading {
    fn of(reading: Reading) -> Self {
        match reading {
            Reading::Value(value) => {
                let hundredths = (value * 100.0).round() as i64;
                // Only what comes back bit for bit is shortened.
                let is_exact = (hundredths as f64 / 100.0).to_bits() == value.to_bits();
                if is_exact { Self::Hundredths(hundredths) } else { Self::Real(value) }
            }
            Reading::Missing(fault) => {
                let place = FAULTS.iter().position(|known| *known == fault).expect("every fault is listed");
                Self::Missing(place as u8)
            }
        }
    }

    fn into_reading(self) -> Reading {
        match self {
            Self::Hundredths(hundredths) => Reading::Value(hundredths as f64 / 100.0),
            Self::Real(value) => Reading::Value(value),
            Self::Missing(place) => Reading::Missing(FAULTS[usize::from(place)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_reading() -> impl Strategy<Value = Reading> {
        prop_oneof![
            any::<f64>().prop_map(Reading::value),
            (-1_000_000..1_000_000_i64).prop_map(|hundredths| Reading::Value(hundredths as f64 / 100.0)),
            (0..FAULTS.len()).prop_map(|at| Reading::Missing(FAULTS[at])),
        ]
    }

    fn any_metric() -> impl Strategy<Value = Metric> {
        let registered = "[a-z][a-z0-9_]{0,39}".prop_map(|name| name.parse().unwrap());
        prop_oneof![(0..Metric::STANDARD.len()).prop_map(|at| Metric::STANDARD[at].clone()), registered]
    }

    proptest! {
        #[test]
        fn samples_come_back_bit_for_bit(
            samples in proptest::collection::vec((any::<i64>(), any_metric(), any_reading()), 0..32),
        ) {
            let samples: Vec<Sample> =
                samples.into_iter().map(|(dt_ms, metric, reading)| Sample { dt_ms, metric, reading }).collect();
            let packed = Packed::pack(&samples);
            let bits = |samples: &[Sample]| -> Vec<Option<u64>> {
                samples.iter().map(|sample| sample.reading.known().map(f64::to_bits)).collect()
            };
            prop_assert_eq!(bits(&packed.unpack()), bits(&samples));
            prop_assert_eq!(packed.unpack(), samples);
        }
    }

    #[test]
    fn a_usual_sample_takes_few_bytes() {
        let sample = Sample { dt_ms: 0, metric: Metric::TemperatureC, reading: Reading::Value(21.43) };
        assert!(Packed::pack(&vec![sample; 12]).0.len() <= 12 * 7);
    }
}
