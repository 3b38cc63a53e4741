//! Figures from two places put together: what InfluxDB makes of its readings, and what waits in the journal.

use std::collections::BTreeMap;

use vocabulary::Timestamp;

use crate::influx::line::NS_PER_MS;
use crate::influx::row::Row;
use crate::question::Bin;

/// Bins by group, ascending by time.
pub(crate) type Grouped = BTreeMap<String, Vec<Bin>>;

/// The figures of one step as they come in.
#[derive(Debug, Clone, Copy)]
struct Part {
    min: f64,
    max: f64,
    sum: f64,
    count: f64,
}

/// Brings the four figures of every step and group together. Steps are counted from `from`.
pub(crate) fn of_rows(rows: &[Row], from: Timestamp, step_ms: i64) -> Grouped {
    let mut parts: BTreeMap<(&str, i64), Part> = BTreeMap::new();
    for row in rows {
        let Some(start) = start_of(row.ns.div_euclid(NS_PER_MS), from.ms(), step_ms) else { continue };
        let none = Part { min: f64::INFINITY, max: f64::NEG_INFINITY, sum: 0.0, count: 0.0 };
        let part = parts.entry((&row.who, start)).or_insert(none);
        match row.result.as_str() {
            "min" => part.min = part.min.min(row.value),
            "max" => part.max = part.max.max(row.value),
            "sum" => part.sum += row.value,
            "count" => part.count += row.value,
            _ => {}
        }
    }
    let mut grouped = Grouped::new();
    for ((who, start), Part { min, max, sum, count }) in parts {
        // A step of which not all figures came is none: `min` and `max` are then no numbers, or the count is zero.
        if count >= 1.0 && min <= max {
            // The sum of huge values overflows, and a rounded mean may lie beyond its own bounds.
            let mean = (sum / count).clamp(min, max);
            let bin = Bin { start: Timestamp::from_ms(start), min, max, mean, count: count as u64 };
            grouped.entry(who.to_owned()).or_default().push(bin);
        }
    }
    grouped
}

/// The beginning of the step that a time falls into; `None` before the first.
fn start_of(ts: i64, from: i64, step_ms: i64) -> Option<i64> {
    let offset = i128::from(ts) - i128::from(from);
    let start = i128::from(from) + offset.div_euclid(i128::from(step_ms)) * i128::from(step_ms);
    if offset < 0 { None } else { i64::try_from(start).ok() }
}

/// Puts bins of the same steps together.
pub(crate) fn merged(one: Vec<Bin>, other: Vec<Bin>) -> Vec<Bin> {
    let mut by_start: BTreeMap<Timestamp, Bin> = one.into_iter().map(|bin| (bin.start, bin)).collect();
    for bin in other {
        by_start.entry(bin.start).and_modify(|known| *known = together(*known, bin)).or_insert(bin);
    }
    by_start.into_values().collect()
}

fn together(one: Bin, other: Bin) -> Bin {
    let count = one.count + other.count;
    let weight = other.count as f64 / count as f64;
    let (min, max) = (one.min.min(other.min), one.max.max(other.max));
    let mean = (one.mean * (1.0 - weight) + other.mean * weight).clamp(min, max);
    Bin { start: one.start, min, max, mean, count }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(start: i64, min: f64, max: f64, mean: f64, count: u64) -> Bin {
        Bin { start: Timestamp::from_ms(start), min, max, mean, count }
    }

    fn rows(who: &str, ms: i64, figures: [f64; 4]) -> impl Iterator<Item = Row> {
        ["min", "max", "sum", "count"].into_iter().zip(figures).map(move |(result, value)| Row {
            result: result.to_owned(),
            ns: ms * NS_PER_MS,
            who: who.to_owned(),
            value,
            ..Row::default()
        })
    }

    #[test]
    fn four_figures_make_a_bin_and_a_step_without_one_of_them_none() {
        let mut all: Vec<Row> = rows("a", 105, [1.0, 3.0, 4.0, 2.0]).collect();
        all.extend(rows("b", 115, [5.0, 5.0, 5.0, 1.0]));
        all.extend(rows("b", 125, [5.0, 5.0, 5.0, 1.0]).take(3));
        all.extend(rows("b", 95, [5.0, 5.0, 5.0, 1.0]));
        let grouped = of_rows(&all, Timestamp::from_ms(105), 10);
        assert_eq!(grouped["a"], [bin(105, 1.0, 3.0, 2.0, 2)]);
        assert_eq!(grouped["b"], [bin(115, 5.0, 5.0, 5.0, 1)]);
        let huge = of_rows(
            &rows("", 0, [1e308, 1.5e308, f64::INFINITY, 2.0]).collect::<Vec<_>>(),
            Timestamp::from_ms(0),
            1,
        );
        assert_eq!(huge[""], [bin(0, 1e308, 1.5e308, 1.5e308, 2)]);
    }

    #[test]
    fn a_step_cut_in_two_by_the_server_is_one_again() {
        let parts = rows("", 100, [1.0, 1.0, 1.0, 1.0]).chain(rows("", 150, [3.0, 3.0, 3.0, 1.0]));
        assert_eq!(
            of_rows(&parts.collect::<Vec<_>>(), Timestamp::from_ms(100), 100)[""],
            [bin(100, 1.0, 3.0, 2.0, 2)]
        );
    }

    #[test]
    fn bins_of_both_places_count_together() {
        let sent = vec![bin(0, 1.0, 3.0, 2.0, 3), bin(10, 5.0, 5.0, 5.0, 1)];
        let waiting = vec![bin(0, 0.0, 6.0, 4.0, 1), bin(20, 7.0, 7.0, 7.0, 1)];
        let expected = [bin(0, 0.0, 6.0, 2.5, 4), bin(10, 5.0, 5.0, 5.0, 1), bin(20, 7.0, 7.0, 7.0, 1)];
        assert_eq!(merged(sent.clone(), waiting.clone()), expected);
        assert_eq!(merged(waiting, sent), expected);
    }
}
