//! Line protocol: how both peers take samples. A line for a record, a field for each metric.

use std::fmt::Write as _;

use super::super::generator::{METRICS, Row};

/// Writes the lines of all rows into `text`, in place of what was there. Times are milliseconds.
pub(super) fn write(text: &mut String, rows: &[Row]) {
    text.clear();
    for Row { heater, at_ms, values, .. } in rows {
        let mut write = |arguments: std::fmt::Arguments<'_>| {
            text.write_fmt(arguments).expect("a string takes everything");
        };
        write(format_args!("heater,site=bench,room=r-{heater:04},heater=h-{heater:04} "));
        for (at, (metric, value)) in METRICS.iter().zip(values).enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write(format_args!("{comma}{}={value}", metric.as_str()));
        }
        write(format_args!(" {at_ms}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::generator::{heater, room, site};

    #[test]
    fn a_record_is_a_line_with_the_names_that_we_use() {
        let mut values = [0.0; METRICS.len()];
        (values[0], values[1]) = (21.43, 40.5);
        let mut text = "what was there".to_owned();
        write(&mut text, &[Row { heater: 7, seq: 1, at_ms: 1_767_225_600_123, values }]);
        let start = format!(
            "heater,site={},room={},heater={} temperature_c=21.43,humidity_pct=40.5,co2_ppm=0,",
            site(),
            room(7),
            heater(7)
        );
        assert!(text.starts_with(&start), "{text}");
        assert!(text.ends_with(",fan_rpm=0 1767225600123\n"), "{text}");
    }
}
