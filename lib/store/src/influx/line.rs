//! Line protocol: what one heater measured at one instant, as one line.
//!
//! ```text
//!   heater,site=house,room=r-1,heater=h-1 temperature_c=21.43,power_w.jump=9000 1763632000123001234
//!   heater,site=house,room=r-1,heater=h-1,class=people co2_ppm=640 1763632000123001234
//! ```
//! Identifiers and metrics are checked when they are made; here everything is checked again, because one bad line makes
//! InfluxDB refuse a whole batch.

use std::fmt::Write;

use crate::form::quality::Measurement;
use crate::influx::field::{self, ONE_MISSING};

/// The measurement all lines belong to.
pub(crate) const MEASUREMENT: &str = "heater";
/// The tag of lines that tell of people, and of those alone: what is to be deleted some day is found by it.
pub(crate) const PEOPLE: (&str, &str) = ("class", "people");
/// Nanoseconds in a millisecond.
pub(crate) const NS_PER_MS: i64 = 1_000_000;
/// The times InfluxDB can store.
pub(crate) const TIMES_NS: std::ops::RangeInclusive<i64> = i64::MIN + 2..=i64::MAX - 1;

/// Why something has no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoLine {
    /// InfluxDB counts nanoseconds in 64 bits.
    #[error("its time lies outside the years 1677 to 2262")]
    Time,
    /// A name that line protocol cannot carry so that everyone reads the same back.
    #[error("a name in it is empty or has a control character or a backslash")]
    Name,
    /// Not a number, or not a finite one.
    #[error("a value in it is not a finite number")]
    Value,
    /// A line needs a field.
    #[error("it holds no reading")]
    Empty,
}

/// Whose line it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tags<'a> {
    pub(crate) site: &'a str,
    pub(crate) room: Option<&'a str>,
    pub(crate) heater: &'a str,
    /// Whether the readings tell of people.
    pub(crate) of_people: bool,
}

/// The time of a point: the reading's own, and below the millisecond its record's number, so that records of one
/// millisecond stay apart while a record that is sent again overwrites itself.
pub(crate) fn time_ns(ts_ms: i64, seq: u64) -> Result<i64, NoLine> {
    let below = i64::try_from(seq % NS_PER_MS.unsigned_abs()).map_err(|_| NoLine::Time)?;
    let ns = ts_ms.checked_mul(NS_PER_MS).and_then(|ns| ns.checked_add(below));
    ns.filter(|ns| TIMES_NS.contains(ns)).ok_or(NoLine::Time)
}

/// Appends one line with its line feed; on error `out` is left as it was.
pub(crate) fn write<'a>(
    out: &mut String,
    tags: Tags<'_>,
    readings: impl IntoIterator<Item = (&'a str, Measurement)>,
    time_ns: i64,
) -> Result<(), NoLine> {
    let before = out.len();
    let outcome = write_checked(out, tags, readings, time_ns);
    if outcome.is_err() {
        out.truncate(before);
    }
    outcome
}

fn write_checked<'a>(
    out: &mut String,
    tags: Tags<'_>,
    readings: impl IntoIterator<Item = (&'a str, Measurement)>,
    time_ns: i64,
) -> Result<(), NoLine> {
    out.push_str(MEASUREMENT);
    let class = tags.of_people.then_some(PEOPLE.1);
    for (key, value) in
        [("site", Some(tags.site)), ("room", tags.room), ("heater", Some(tags.heater)), (PEOPLE.0, class)]
    {
        if let Some(value) = value {
            out.push(',');
            out.push_str(key);
            out.push('=');
            write_name(out, value)?;
        }
    }
    let mut separator = ' ';
    for (metric, measurement) in readings {
        out.push(separator);
        separator = ',';
        write_field(out, metric, measurement)?;
    }
    if separator == ' ' {
        return Err(NoLine::Empty);
    }
    writeln!(out, " {time_ns}").map_err(|_| NoLine::Time)
}

fn write_field(out: &mut String, metric: &str, measurement: Measurement) -> Result<(), NoLine> {
    write_name(out, metric)?;
    let word = field::suffix(measurement.quality);
    if !word.is_empty() {
        out.push('.');
        out.push_str(word);
    }
    out.push('=');
    write_number(out, measurement.value.unwrap_or(ONE_MISSING))
}

/// A tag's value or a field's key: both are escaped alike. A backslash has no escape of its own in line protocol, and
/// behind it an escape would read differently.
fn write_name(out: &mut String, name: &str) -> Result<(), NoLine> {
    if name.is_empty() || name.chars().any(|c| c.is_control() || c == '\\') {
        return Err(NoLine::Name);
    }
    for c in name.chars() {
        if matches!(c, ',' | '=' | ' ') {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(())
}

/// The shortest digits that give the same f64 back; with an exponent where they would be many.
fn write_number(out: &mut String, value: f64) -> Result<(), NoLine> {
    let size = value.abs();
    let written = if !value.is_finite() {
        return Err(NoLine::Value);
    } else if size == 0.0 || (1e-5..1e16).contains(&size) {
        write!(out, "{value}")
    } else {
        write!(out, "{value:e}")
    };
    written.map_err(|_| NoLine::Value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vocabulary::{Fault, Quality, Suspicion};

    fn good(value: f64) -> Measurement {
        Measurement { value: Some(value), quality: Quality::Good }
    }

    fn line(tags: Tags<'_>, readings: &[(&str, Measurement)], ns: i64) -> Result<String, NoLine> {
        let mut out = "before\n".to_owned();
        let outcome = write(&mut out, tags, readings.iter().copied(), ns);
        if outcome.is_err() {
            assert_eq!(out, "before\n");
        }
        outcome.map(|()| out.split_off("before\n".len()))
    }

    const TAGS: Tags<'_> = Tags { site: "house", room: Some("r-1"), heater: "h-1", of_people: false };

    /// What a line says, read independently: tags and fields as unescaped texts.
    #[derive(Debug, PartialEq)]
    struct Parsed {
        measurement: String,
        tags: Vec<(String, String)>,
        fields: Vec<(String, String)>,
        ns: i64,
    }

    /// Cuts at every `separator` that no backslash stands before.
    fn cut(text: &str, separator: char) -> Vec<String> {
        let mut parts = vec![String::new()];
        let mut escaped = false;
        for c in text.chars() {
            if c == separator && !escaped {
                parts.push(String::new());
                continue;
            }
            escaped = c == '\\' && !escaped;
            parts.last_mut().unwrap().push(c);
        }
        parts
    }

    fn pair(text: &str) -> (String, String) {
        let parts: Vec<String> = cut(text, '=')
            .iter()
            .map(|part| part.replace("\\,", ",").replace("\\ ", " ").replace("\\=", "="))
            .collect();
        assert_eq!(parts.len(), 2, "{text}");
        (parts[0].clone(), parts[1].clone())
    }

    fn parse(line: &str) -> Parsed {
        let line = line.strip_suffix('\n').unwrap();
        let [key, fields, ns] = cut(line, ' ').try_into().unwrap();
        let key = cut(&key, ',');
        Parsed {
            measurement: key[0].clone(),
            tags: key[1..].iter().map(|tag| pair(tag)).collect(),
            fields: cut(&fields, ',').iter().map(|field| pair(field)).collect(),
            ns: ns.parse().unwrap(),
        }
    }

    #[test]
    fn a_line_is_what_the_documentation_says() {
        let jump = Measurement { value: Some(9_000.0), quality: Quality::Suspect(Suspicion::Jump) };
        let silent = Measurement { value: None, quality: Quality::Missing(Fault::Silent) };
        let readings = [("temperature_c", good(21.43)), ("co2_ppm", jump), ("power_w", silent)];
        assert_eq!(
            line(TAGS, &readings, 1_763_632_000_123_001_234).unwrap(),
            "heater,site=house,room=r-1,heater=h-1 temperature_c=21.43,co2_ppm.jump=9000,power_w.silent=1 \
             1763632000123001234\n"
        );
        let people = Tags { of_people: true, ..TAGS };
        let line_of_people = line(people, &readings[1..2], 7).unwrap();
        assert_eq!(
            line_of_people,
            "heater,site=house,room=r-1,heater=h-1,class=people co2_ppm.jump=9000 7\n"
        );
        let nowhere = Tags { room: None, ..TAGS };
        assert_eq!(
            line(nowhere, &readings[..1], -5).unwrap(),
            "heater,site=house,heater=h-1 temperature_c=21.43 -5\n"
        );
    }

    #[test]
    fn what_line_protocol_cannot_carry_is_refused() {
        for name in ["", "a\nb", "a\rb", "a\tb", "a\u{7f}b", "a\\", "a\\ b", "\u{85}"] {
            assert_eq!(
                line(Tags { site: name, ..TAGS }, &[("m", good(1.0))], 0),
                Err(NoLine::Name),
                "{name:?}"
            );
            assert_eq!(line(Tags { room: Some(name), ..TAGS }, &[("m", good(1.0))], 0), Err(NoLine::Name));
            assert_eq!(line(TAGS, &[("m", good(1.0)), (name, good(1.0))], 0), Err(NoLine::Name));
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(line(TAGS, &[("m", good(value))], 0), Err(NoLine::Value));
        }
        assert_eq!(line(TAGS, &[], 0), Err(NoLine::Empty));
    }

    #[test]
    fn a_record_sent_again_has_the_same_time_and_its_neighbour_another() {
        assert_eq!(time_ns(1_763_632_000_123, 1_234), Ok(1_763_632_000_123_001_234));
        assert_eq!(time_ns(1_763_632_000_123, 1_001_234), Ok(1_763_632_000_123_001_234));
        assert_eq!(time_ns(-1, 1), Ok(-999_999));
        for ms in [i64::MIN, i64::MIN / NS_PER_MS - 1, i64::MAX / NS_PER_MS + 1, i64::MAX] {
            assert_eq!(time_ns(ms, 7), Err(NoLine::Time), "{ms}");
        }
        assert_eq!(time_ns(i64::MAX / NS_PER_MS, 775_806), Ok(i64::MAX - 1));
        assert_eq!(time_ns(i64::MAX / NS_PER_MS, 775_807), Err(NoLine::Time));
    }

    fn any_measurement() -> impl Strategy<Value = Measurement> {
        let value = prop_oneof![
            any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
            any::<i32>().prop_map(|hundredths| f64::from(hundredths) / 100.0),
        ];
        (value, 0..8_usize).prop_map(|(value, at)| {
            let quality = (0..=u8::MAX).filter_map(crate::form::quality::from_code).nth(at).unwrap();
            let missing = matches!(quality, Quality::Missing(_));
            Measurement { value: (!missing).then_some(value), quality }
        })
    }

    proptest! {
        #[test]
        fn every_line_can_be_read_back(
            site in "[^\\\\\\p{Cc}]{1,12}",
            room in proptest::option::of("[a-z0-9,= ]{1,12}"),
            heater in "[a-z0-9,= \"é]{1,12}",
            fields in proptest::collection::vec(("[a-z][a-z0-9_,= ]{0,9}", any_measurement()), 1..6),
            ns in TIMES_NS,
        ) {
            let tags = Tags { site: &site, room: room.as_deref(), heater: &heater, of_people: false };
            let readings: Vec<_> = fields.iter().map(|(metric, value)| (metric.as_str(), *value)).collect();
            let parsed = parse(&line(tags, &readings, ns).unwrap());
            prop_assert_eq!(parsed.measurement, MEASUREMENT);
            let tag = |key: &str| parsed.tags.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone());
            prop_assert_eq!(tag("site"), Some(site.clone()));
            prop_assert_eq!(tag("room"), room.clone());
            prop_assert_eq!(tag("heater"), Some(heater.clone()));
            prop_assert_eq!(parsed.ns, ns);
            prop_assert_eq!(parsed.fields.len(), readings.len());
            for ((name, text), (metric, measurement)) in parsed.fields.iter().zip(&readings) {
                let (read_metric, read) = field::read(name, text.parse().unwrap()).unwrap();
                prop_assert_eq!(read_metric, *metric);
                prop_assert_eq!(read.quality, measurement.quality);
                prop_assert_eq!(read.value.map(f64::to_bits), measurement.value.map(f64::to_bits));
                prop_assert!(text.len() <= 25, "{} is long", text);
            }
        }

        #[test]
        fn no_text_makes_the_writer_panic_or_break_a_line(site: String, metric: String, bits: u64, ns: i64) {
            let tags = Tags { site: &site, ..TAGS };
            if let Ok(line) = line(tags, &[(&metric, good(f64::from_bits(bits)))], ns) {
                prop_assert_eq!(line.matches('\n').count(), 1);
                prop_assert_eq!(parse(&line).ns, ns);
            }
        }
    }
}
