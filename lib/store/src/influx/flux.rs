//! The questions in Flux, the language of InfluxDB 2: four fixed shapes into which checked words are put.
//!
//! Every answer ends in a `map` to few columns with the time as a whole number, because the library that reads answers
//! panics on what it does not expect. `createEmpty: false` and no `pivot`, so that no value is ever null.

use std::fmt::Write;
use std::ops::Range;

use vocabulary::Timestamp;

use crate::influx::field;
use crate::influx::line::{MEASUREMENT, NS_PER_MS, TIMES_NS};
use crate::question::{GroupBy, Place, Selector};

/// The figures of an aggregate: a result of its own each.
pub(crate) const FIGURES: [&str; 4] = ["min", "max", "sum", "count"];
/// InfluxDB measures a window in 64 bits of nanoseconds. A longer step comes back in several windows.
const MAX_WINDOW_MS: i64 = 9_000_000_000_000;

/// Readings of one metric by time: columns `ns`, `heater`, `field`, `value`.
pub(crate) fn range(bucket: &str, selector: &Selector, time: Range<Timestamp>, limit: usize) -> String {
    let mut fields = String::new();
    for name in field::names(&selector.metric) {
        let or = if fields.is_empty() { "" } else { " or " };
        let _ = write!(fields, "{or}r._field == {}", text(&name));
    }
    // The first limit keeps each series short before all are sorted together.
    format!(
        "{}\n  |> filter(fn: (r) => {fields})\n  |> limit(n: {limit})\n  \
         |> keep(columns: [\"_time\", \"_value\", \"_field\", \"heater\"])\n  |> group()\n  \
         |> sort(columns: [\"_time\", \"heater\"])\n  |> limit(n: {limit})\n  \
         |> map(fn: (r) => ({{ns: int(v: r._time), heater: r.heater, field: r._field, value: r._value}}))\n",
        place(bucket, selector, time)
    )
}

/// Figures of the good values of each step, counted from the question's `from`: results [`FIGURES`], columns `ns` (the
/// beginning of the step), `who` (the group), `value`.
pub(crate) fn aggregate(
    bucket: &str,
    selector: &Selector,
    by: GroupBy,
    time: Range<Timestamp>,
    step_ms: i64,
) -> String {
    let window = format!(
        "every: {}ms, offset: {}ms",
        step_ms.min(MAX_WINDOW_MS),
        time.start.ms().rem_euclid(step_ms.min(MAX_WINDOW_MS))
    );
    let (columns, who, known) = match by {
        GroupBy::Site => ("\"_time\"", "\"\"", ""),
        GroupBy::Room => ("\"_time\", \"room\"", "r.room", " and exists r.room"),
        GroupBy::Heater => ("\"_time\", \"heater\"", "r.heater", ""),
    };
    let mut flux = format!(
        "good = {}\n  |> filter(fn: (r) => r._field == {}{known})\n",
        place(bucket, selector, time),
        text(selector.metric.as_str())
    );
    for figure in FIGURES {
        // Counts of parts are added, not counted.
        let of_parts = if figure == "count" { "sum" } else { figure };
        let _ = write!(
            flux,
            "good\n  |> aggregateWindow({window}, fn: {figure}, createEmpty: false, timeSrc: \"_start\")\n  \
             |> group(columns: [{columns}])\n  |> {of_parts}()\n  \
             |> map(fn: (r) => ({{ns: int(v: r._time), who: {who}, value: float(v: r._value)}}))\n  \
             |> yield(name: \"{figure}\")\n"
        );
    }
    flux
}

/// The newest point of every field in the last 30 days of the server's own clock: columns `ns`, `site`, `room` (empty for none), `heater`, `field`,
/// `value`.
pub(crate) fn last(bucket: &str) -> String {
    format!(
        "from(bucket: {})\n  |> range(start: -30d)\n  |> filter(fn: (r) => r._measurement == {})\n  |> last()\n  |> group()\n  \
         |> map(fn: (r) => ({{ns: int(v: r._time), site: r.site, room: if exists r.room then r.room else \"\", \
         heater: r.heater, field: r._field, value: r._value}}))\n",
        text(bucket),
        text(MEASUREMENT)
    )
}

/// Any one point: whether the token may read.
pub(crate) fn probe(bucket: &str) -> String {
    format!("from(bucket: {})\n  |> range(start: -1m)\n  |> limit(n: 1)\n", text(bucket))
}

fn place(bucket: &str, selector: &Selector, time: Range<Timestamp>) -> String {
    let site = format!(" and r.site == {}", text(selector.site.as_str()));
    let place = match &selector.place {
        Place::Site => String::new(),
        Place::Room(room) => format!(" and r.room == {}", text(room.as_str())),
        Place::Heater(heater) => format!(" and r.heater == {}", text(heater.as_str())),
    };
    format!(
        "from(bucket: {})\n  |> range(start: time(v: {}), stop: time(v: {}))\n  \
         |> filter(fn: (r) => r._measurement == {}{site}{place})",
        text(bucket),
        ns(time.start),
        ns(time.end),
        text(MEASUREMENT)
    )
}

/// A time as InfluxDB counts it; one it cannot store becomes the nearest it can.
fn ns(ts: Timestamp) -> i64 {
    ts.ms().saturating_mul(NS_PER_MS).clamp(*TIMES_NS.start(), *TIMES_NS.end())
}

/// A string literal. Identifiers need no escape, the name of a bucket may.
fn text(words: &str) -> String {
    let mut literal = String::with_capacity(words.len() + 2);
    literal.push('"');
    for c in words.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            // `${` begins an expression within a string, and only the two together have an escape.
            c if c == '$' || c.is_ascii_control() => {
                let _ = write!(literal, "\\x{:02x}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{HeaterId, Metric, RoomId, SiteId};

    fn selector(place: Place) -> Selector {
        Selector { site: SiteId::new("house").unwrap(), place, metric: Metric::TemperatureC }
    }

    fn time(from: i64, to: i64) -> Range<Timestamp> {
        Timestamp::from_ms(from)..Timestamp::from_ms(to)
    }

    #[test]
    fn a_range_asks_for_every_quality_and_the_earliest() {
        let room = selector(Place::Room(RoomId::new("r-1").unwrap()));
        let flux = range("h", &room, time(5, 9), 7);
        assert!(flux.starts_with(
            "from(bucket: \"h\")\n  |> range(start: time(v: 5000000), stop: time(v: 9000000))\n  \
             |> filter(fn: (r) => r._measurement == \"heater\" and r.site == \"house\" and r.room == \"r-1\")\n"
        ));
        assert!(flux.contains("r._field == \"temperature_c\" or r._field == \"temperature_c.jump\" or "));
        assert_eq!(flux.matches("|> limit(n: 7)").count(), 2);
    }

    #[test]
    fn an_aggregate_counts_its_steps_from_the_question_and_takes_good_values_only() {
        let heater = selector(Place::Heater(HeaterId::new("h-1").unwrap()));
        let flux = aggregate("h", &heater, GroupBy::Site, time(1_005, 9_000), 1_000);
        assert!(flux.contains("|> filter(fn: (r) => r._field == \"temperature_c\")\n"));
        for figure in ["min", "max", "sum", "count"] {
            assert!(flux.contains(&format!(
                "aggregateWindow(every: 1000ms, offset: 5ms, fn: {figure}, createEmpty: false, timeSrc: \"_start\")"
            )));
            assert!(flux.contains(&format!("yield(name: \"{figure}\")")));
        }
        assert!(flux.contains("|> group(columns: [\"_time\"])\n  |> sum()\n"));
        assert!(!flux.contains("|> count()"));
        let before_1970 = aggregate("h", &heater, GroupBy::Site, time(-1, 9_000), 1_000);
        assert!(before_1970.contains("offset: 999ms"));
    }

    #[test]
    fn groups_are_columns() {
        let site = selector(Place::Site);
        let by_room = aggregate("h", &site, GroupBy::Room, time(0, 9), 1);
        assert!(by_room.contains("group(columns: [\"_time\", \"room\"])") && by_room.contains("who: r.room"));
        assert!(by_room.contains("and exists r.room)"));
        let by_heater = aggregate("h", &site, GroupBy::Heater, time(0, 9), 1);
        assert!(
            by_heater.contains("group(columns: [\"_time\", \"heater\"])")
                && by_heater.contains("who: r.heater")
        );
    }

    #[test]
    fn no_name_breaks_out_of_its_literal() {
        for (name, literal) in [
            ("plain", "\"plain\""),
            ("a\"b", "\"a\\\"b\""),
            ("a\\", "\"a\\\\\""),
            ("${1}", "\"\\x24{1}\""),
            ("a\nb", "\"a\\x0ab\""),
        ] {
            assert_eq!(text(name), literal);
        }
    }

    #[test]
    fn times_beyond_what_influxdb_counts_become_the_nearest() {
        let flux = range("h", &selector(Place::Site), time(i64::MIN, i64::MAX), 1);
        assert!(
            flux.contains("start: time(v: -9223372036854775806), stop: time(v: 9223372036854775806)"),
            "{flux}"
        );
    }
}
