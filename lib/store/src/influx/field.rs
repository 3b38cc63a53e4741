//! The names of fields in InfluxDB: the metric, and for what is not good also why, behind a dot.
//!
//! ```text
//!   temperature_c=21.43          a good value
//!   temperature_c.jump=44.1      a suspect value, and what is suspected
//!   temperature_c.silent=1       no value, and why; the 1 counts such readings
//! ```
//! So every reading is one field, every field is a float (InfluxDB fixes a field's type at its first point), and whoever
//! asks for `temperature_c` gets good values only. No metric has a dot in its name.

use vocabulary::{Metric, Quality};

use crate::form::quality::{self, Measurement};

/// What a missing reading's field holds.
pub(crate) const ONE_MISSING: f64 = 1.0;

/// What stands behind the metric's name; empty for good values.
pub(crate) fn suffix(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "",
        judged => judged.as_str().split_once(':').map_or("", |(_, word)| word),
    }
}

/// The fields that can hold readings of a metric.
pub(crate) fn names(metric: &Metric) -> impl Iterator<Item = String> {
    qualities().map(move |quality| match suffix(quality) {
        "" => metric.to_string(),
        word => format!("{metric}.{word}"),
    })
}

/// The metric and the measurement that a field holds; `None` when it is none of ours.
pub(crate) fn read(field: &str, value: f64) -> Option<(&str, Measurement)> {
    let (metric, word) = field.split_once('.').unwrap_or((field, ""));
    let quality = qualities().find(|quality| suffix(*quality) == word)?;
    let value = if matches!(quality, Quality::Missing(_)) { None } else { Some(value) };
    Some((metric, Measurement { value, quality }))
}

fn qualities() -> impl Iterator<Item = Quality> {
    (0..=u8::MAX).filter_map(quality::from_code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Fault, Suspicion};

    #[test]
    fn every_quality_has_a_field_of_its_own_and_is_read_back() {
        let names: Vec<String> = names(&Metric::TemperatureC).collect();
        assert_eq!(names[0], "temperature_c");
        assert!(names.contains(&"temperature_c.below_outdoor_air".to_owned()));
        for (name, quality) in names.iter().zip(qualities()) {
            let (metric, measurement) = read(name, 7.0).unwrap();
            assert_eq!((metric, measurement.quality), ("temperature_c", quality));
            assert_eq!(measurement.value.is_none(), matches!(quality, Quality::Missing(_)));
        }
        assert_eq!(suffix(Quality::Suspect(Suspicion::Jump)), "jump");
        assert_eq!(suffix(Quality::Missing(Fault::Silent)), "silent");
    }

    #[test]
    fn a_field_of_somebody_else_is_none_of_ours() {
        assert_eq!(read("temperature_c.mean", 1.0), None);
        assert_eq!(read("temperature_c.jump.twice", 1.0), None);
    }
}
