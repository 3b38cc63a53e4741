//! A record: the numbered telemetry of one heater, 1 to 32 samples.
//!
//! A record that cannot be read is refused whole; a bad sample in a good record is refused alone. So a record is
//! decoded in one pass in which a sample may be of any JSON type, and each is judged as it is read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::calendar::Timestamp;
use crate::id::BootId;
use crate::metric::Metric;
use crate::payload::{DecodeError, MAX_PAYLOAD_BYTES};
use crate::reading::Reading;

/// A record carries at most this many samples.
pub const MAX_SAMPLES: usize = 32;

/// What most heaters measure at a time.
const USUAL_SAMPLES: usize = 12;

/// No sample lies further than this from its record's time.
const MAX_SAMPLE_OFFSET_MS: u64 = 24 * 3_600_000;

/// One reading of one metric, `dt_ms` after the record's `ts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Milliseconds after the record's time, within a day of it either way.
    pub dt_ms: i64,
    /// What was measured.
    pub metric: Metric,
    /// A finite value or a reason.
    pub reading: Reading,
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(3)?;
        tuple.serialize_element(&self.dt_ms)?;
        tuple.serialize_element(&self.metric)?;
        match self.reading {
            // A whole number travels as `640`, not `640.0`: half the bytes of most samples.
            Reading::Value(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                tuple.serialize_element(&(value as i64))?;
            }
            Reading::Value(value) => tuple.serialize_element(&value)?,
            Reading::Missing(fault) => tuple.serialize_element(fault.as_str())?,
        }
        tuple.end()
    }
}

/// Numbered telemetry of one heater.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// The heater's run that made this record.
    pub boot: BootId,
    /// Orders the heater's boots: one more at each.
    pub bn: u64,
    /// From 1 in each boot, never reused.
    pub seq: u64,
    /// The lowest seq of this boot still in the outbox; everything below is confirmed or declared lost.
    pub low: u64,
    /// The heater's monotonic clock when the record was made.
    pub mono_ms: u64,
    /// The heater's wall clock when the record was made.
    #[serde(rename = "ts_ms")]
    pub ts: Timestamp,
    /// History being sent again: stored, but control and alarms do not act on it.
    pub late: bool,
    /// At most [`MAX_SAMPLES`].
    pub samples: Vec<Sample>,
}

/// Why one sample of a good record is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SampleError {
    /// Not `[dt_ms, metric, value]`.
    Form,
    /// The name does not follow the grammar of metrics.
    Metric,
    /// Neither a finite number nor a known reason.
    Value,
    /// Further from the record's time than a day.
    Offset,
}

/// A sample that was refused: its place in the record, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSample {
    /// Index in the record's list.
    pub index: usize,
    /// Why it was refused.
    pub error: SampleError,
}

impl Record {
    /// The bytes for the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Envelope<'a> {
            v: u8,
            #[serde(flatten)]
            record: &'a Record,
        }
        serde_json::to_vec(&Envelope { v: 1, record: self })
            .expect("a record has string keys and finite numbers, which JSON can always carry")
    }

    /// Reads a record, and tells which of its samples were refused.
    ///
    /// # Errors
    /// [`DecodeError`] when the record as a whole cannot be read.
    pub fn decode(bytes: &[u8]) -> Result<(Self, Vec<RefusedSample>), DecodeError> {
        if bytes.len() > MAX_PAYLOAD_BYTES {
            return Err(DecodeError::TooLong(bytes.len()));
        }
        let raw: RawRecord =
            serde_json::from_slice(bytes).map_err(|error| DecodeError::Form(error.to_string()))?;
        if raw.v != 1 {
            return Err(DecodeError::Version(raw.v));
        }
        if raw.samples.count > MAX_SAMPLES {
            return Err(DecodeError::TooMany { what: "samples", count: raw.samples.count, max: MAX_SAMPLES });
        }
        if raw.seq == 0 || raw.low == 0 || raw.low > raw.seq {
            return Err(DecodeError::Form("seq and low count from 1 and low is not above seq".to_owned()));
        }
        Ok(raw.record())
    }
}

#[derive(Deserialize)]
struct RawRecord {
    v: u8,
    boot: BootId,
    bn: u64,
    seq: u64,
    low: u64,
    mono_ms: u64,
    ts_ms: i64,
    #[serde(default)]
    late: bool,
    samples: Samples,
}

impl RawRecord {
    fn record(self) -> (Record, Vec<RefusedSample>) {
        let Samples { good, refused, .. } = self.samples;
        let record = Record {
            boot: self.boot,
            bn: self.bn,
            seq: self.seq,
            low: self.low,
            mono_ms: self.mono_ms,
            ts: Timestamp::from_ms(self.ts_ms),
            late: self.late,
            samples: good,
        };
        (record, refused)
    }
}

/// The list of samples, each judged as it is read.
struct Samples {
    good: Vec<Sample>,
    refused: Vec<RefusedSample>,
    /// Those beyond [`MAX_SAMPLES`] too, of which nothing is kept.
    count: usize,
}

impl<'de> Deserialize<'de> for Samples {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SamplesVisitor)
    }
}

struct SamplesVisitor;

impl<'de> Visitor<'de> for SamplesVisitor {
    type Value = Samples;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Samples, A::Error> {
        let mut samples = Samples { good: Vec::with_capacity(USUAL_SAMPLES), refused: Vec::new(), count: 0 };
        while let Some(loose) = seq.next_element::<Loose<'de>>()? {
            match loose.sample() {
                _ if samples.count >= MAX_SAMPLES => {}
                Ok(sample) => samples.good.push(sample),
                Err(error) => samples.refused.push(RefusedSample { index: samples.count, error }),
            }
            samples.count += 1;
        }
        Ok(samples)
    }
}

/// Any JSON value, kept only as far as a sample or a part of one could mean it.
enum Loose<'a> {
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    /// A list of three, which is what a sample is.
    Triple(Result<Sample, SampleError>),
    Other,
}

impl Loose<'_> {
    fn sample(self) -> Result<Sample, SampleError> {
        match self {
            Loose::Triple(judged) => judged,
            _ => Err(SampleError::Form),
        }
    }

    fn of_three(parts: [Self; 3]) -> Result<Sample, SampleError> {
        let [Loose::Integer(dt_ms), Loose::Text(name), value] = parts else { return Err(SampleError::Form) };
        if dt_ms.unsigned_abs() > MAX_SAMPLE_OFFSET_MS {
            return Err(SampleError::Offset);
        }
        let metric = name.parse().map_err(|_| SampleError::Metric)?;
        Ok(Sample { dt_ms, metric, reading: value.reading()? })
    }

    fn reading(self) -> Result<Reading, SampleError> {
        match self {
            Loose::Integer(value) => Ok(Reading::Value(value as f64)),
            // Adding zero makes -0 an ordinary zero, so that equal values are equal bytes wherever they are kept.
            Loose::Real(value) if value.is_finite() => Ok(Reading::Value(value + 0.0)),
            Loose::Text(reason) => reason.parse().map(Reading::Missing).map_err(|()| SampleError::Value),
            _ => Err(SampleError::Value),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_i64<E>(self, value: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Loose<'de>, E> {
        Ok(i64::try_from(value).map_or(Loose::Real(value as f64), Loose::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Loose<'de>, E> {
        Ok(Loose::Real(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Other)
    }

    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose<'de>, A::Error> {
        let mut parts = [Loose::Other, Loose::Other, Loose::Other];
        for part in &mut parts {
            match seq.next_element()? {
                Some(value) => *part = value,
                None => return Ok(Loose::Other),
            }
        }
        let mut too_long = false;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            too_long = true;
        }
        Ok(if too_long { Loose::Other } else { Loose::Triple(Loose::of_three(parts)) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Fault;
    use proptest::prelude::*;

    fn with_samples(samples: &str) -> String {
        format!(
            r#"{{"v":1,"boot":"9f3a000000000001","bn":417,"seq":1234,"low":1190,"mono_ms":993120,"ts_ms":1763632000123,"late":false,"samples":{samples}}}"#
        )
    }

    #[test]
    fn the_example_of_the_contract_reads() {
        let text =
            with_samples(r#"[[0,"temperature_c",21.43],[0,"co2_ppm",640],[-5,"presence","fault:silent"]]"#);
        let (record, refused) = Record::decode(text.as_bytes()).unwrap();
        assert_eq!((record.seq, record.low, record.bn, refused.len()), (1234, 1190, 417, 0));
        assert_eq!(record.samples[0].reading, Reading::Value(21.43));
        assert_eq!(record.samples[1].reading, Reading::Value(640.0));
        assert_eq!(record.samples[2].reading, Reading::Missing(Fault::Silent));
    }

    #[test]
    fn a_bad_sample_is_refused_alone() {
        let table = [
            (r#"{"a":[[[1]]]}"#, SampleError::Form),
            ("null", SampleError::Form),
            ("true", SampleError::Form),
            ("[0,\"co2_ppm\"]", SampleError::Form),
            ("[0,\"co2_ppm\",1,2]", SampleError::Form),
            ("[\"x\",\"co2_ppm\",1]", SampleError::Form),
            ("[0,\"Robert'); DROP\",1]", SampleError::Metric),
            ("[0,\"co2_ppm\",null]", SampleError::Value),
            ("[0,\"co2_ppm\",\"NaN\"]", SampleError::Value),
            ("[0,\"co2_ppm\",[1,2,3]]", SampleError::Value),
            ("[86400001,\"co2_ppm\",1]", SampleError::Offset),
            ("[-9223372036854775807,\"co2_ppm\",1]", SampleError::Offset),
            ("[-9223372036854775808,\"co2_ppm\",1]", SampleError::Offset),
        ];
        for (bad, error) in table {
            let text = with_samples(&format!(r#"[{bad},[0,"temperature_c",20.5]]"#));
            let (record, refused) = Record::decode(text.as_bytes()).unwrap_or_else(|e| panic!("{bad}: {e}"));
            assert_eq!(record.samples.len(), 1, "{bad}");
            assert_eq!(refused, [RefusedSample { index: 0, error }], "{bad}");
        }
    }

    #[test]
    fn a_record_that_cannot_be_read_is_refused_whole() {
        let too_many = with_samples(&format!("[{}]", vec![r#"[0,"co2_ppm",1]"#; 33].join(",")));
        let too_long = with_samples(&format!("[{}]", " ".repeat(9000)));
        let deep = with_samples(&"[".repeat(4000));
        let huge = with_samples(r#"[[0,"co2_ppm",1e999]]"#);
        let nan = with_samples(r#"[[0,"co2_ppm",NaN]]"#);
        let seq_zero = with_samples("[]").replace("1234", "0");
        let low_above = with_samples("[]").replace("1190", "1235");
        let twice = with_samples("[]").replace(r#""bn":417"#, r#""bn":417,"bn":418"#);
        let version = with_samples("[]").replace(r#""v":1"#, r#""v":2"#);
        let table = [
            ("", "form"),
            ("[]", "form"),
            (too_many.as_str(), "too_many"),
            (&too_long, "too_long"),
            (&deep, "form"),
            (&huge, "form"),
            (&nan, "form"),
            (&seq_zero, "form"),
            (&low_above, "form"),
            (&twice, "form"),
            (&version, "version"),
        ];
        for (text, reason) in table {
            assert_eq!(Record::decode(text.as_bytes()).unwrap_err().reason(), reason, "{text:.80}");
        }
    }

    fn any_reading() -> impl Strategy<Value = Reading> {
        prop_oneof![
            (-1e9..1e9_f64).prop_map(Reading::Value),
            any::<i32>().prop_map(|whole| Reading::Value(f64::from(whole))),
            Just(Reading::Missing(Fault::Silent)),
            Just(Reading::Missing(Fault::Absent)),
        ]
    }

    fn any_sample() -> impl Strategy<Value = Sample> {
        (-86_400_000..=86_400_000_i64, 0..Metric::STANDARD.len(), any_reading())
            .prop_map(|(dt_ms, at, reading)| Sample { dt_ms, metric: Metric::STANDARD[at].clone(), reading })
    }

    proptest! {
        #[test]
        fn a_record_survives_the_wire(
            bits: u64, bn: u64, seq in 1..u64::MAX, mono_ms: u64, ts in -1_000_000_000_000..4_000_000_000_000_i64, late: bool,
            samples in proptest::collection::vec(any_sample(), 0..=MAX_SAMPLES),
        ) {
            let low = 1 + bits % seq;
            let record = Record {
                boot: BootId::from_bits(bits), bn, seq, low, mono_ms, ts: Timestamp::from_ms(ts), late, samples,
            };
            let (read, refused) = Record::decode(&record.encode()).unwrap();
            prop_assert_eq!(read, record);
            prop_assert!(refused.is_empty());
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Record::decode(&bytes);
        }

        #[test]
        fn no_change_of_one_byte_makes_the_decoder_panic(at in 0..200_usize, byte: u8) {
            let mut bytes = with_samples(r#"[[0,"temperature_c",21.43],[0,"co2_ppm","fault:silent"]]"#).into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok((record, _)) = Record::decode(&bytes) {
                prop_assert!(record.samples.iter().all(|s| s.reading.known().is_none_or(f64::is_finite)));
            }
        }
    }
}
