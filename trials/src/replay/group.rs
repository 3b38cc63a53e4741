//! Readings become records: those of one heater that lie close in recorded time travel together. How they are grouped
//! follows from the file alone, so that playing it again makes the same records.

use std::collections::HashMap;

use vocabulary::{HeaterId, MAX_SAMPLES, Reading, RoomId, Sample, Timestamp};

use super::map::SensorMap;
use super::rows::Row;

/// Readings within this much recorded time of a record's first one join it.
const TOGETHER_MS: i64 = 30_000;

/// Samples of one heater on their way into a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) heater: HeaterId,
    pub(super) ts: Timestamp,
    pub(super) samples: Vec<Sample>,
}

/// Gathers rows into records.
pub(super) struct Grouper {
    map: SensorMap,
    /// A wide row is a record of its own; long rows wait for their neighbours.
    wide: bool,
    open: HashMap<HeaterId, Group>,
    heaters: HashMap<(usize, RoomId), Option<HeaterId>>,
}

impl Grouper {
    pub(super) fn new(map: &SensorMap) -> Self {
        Self { map: map.clone(), wide: map.long.is_none(), open: HashMap::new(), heaters: HashMap::new() }
    }

    /// Takes a row and gives the records that are complete by it.
    pub(super) fn add(&mut self, row: Row) -> Vec<Group> {
        let mut complete = Vec::new();
        let mut touched = Vec::new();
        for (sensor, value) in row.values {
            let heater = self
                .heaters
                .entry((sensor, row.room.clone()))
                .or_insert_with(|| self.map.heater(sensor, &row.room));
            let Some(heater) = heater.clone() else { continue };
            let too_far = |group: &Group| {
                group.samples.len() == MAX_SAMPLES || !(0..TOGETHER_MS).contains(&row.ts.since(group.ts))
            };
            if self.open.get(&heater).is_some_and(too_far) {
                complete.extend(self.open.remove(&heater));
            }
            let group = self.open.entry(heater.clone()).or_insert_with(|| Group {
                heater: heater.clone(),
                ts: row.ts,
                samples: Vec::new(),
            });
            let dt_ms = row.ts.since(group.ts);
            let metric = self.map.sensor[sensor].metric.clone();
            group.samples.push(Sample { dt_ms, metric, reading: Reading::Value(value) });
            if self.wide && !touched.contains(&heater) {
                touched.push(heater);
            }
        }
        complete.extend(touched.iter().filter_map(|heater| self.open.remove(heater)));
        complete
    }

    /// The records that still wait, at the end of the file, in the order of their heaters.
    pub(super) fn finish(&mut self) -> Vec<Group> {
        let mut rest: Vec<Group> = self.open.drain().map(|(_, group)| group).collect();
        rest.sort_by(|a, b| a.heater.cmp(&b.heater));
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouper(long: bool) -> Grouper {
        let layout = if long { "long = { sensor = \"s\", value = \"v\" }" } else { "" };
        let map = toml::from_str(&format!(
            r#"
            site = {{ name = "x", zone = "UTC" }}
            time = {{ column = "ts", format = "epoch_s" }}
            room = {{ column = "room" }}
            {layout}
            sensor = [{{ name = "t", metric = "temperature_c" }}, {{ name = "p", metric = "presence", heater = "{{room}}-p" }}]"#
        ));
        Grouper::new(&map.unwrap())
    }

    fn row(seconds: i64, values: &[(usize, f64)]) -> Row {
        Row {
            ts: Timestamp::from_ms(seconds * 1000),
            room: RoomId::new("a").unwrap(),
            values: values.to_vec(),
        }
    }

    fn sizes(groups: &[Group]) -> Vec<(String, usize)> {
        groups.iter().map(|group| (group.heater.to_string(), group.samples.len())).collect()
    }

    #[test]
    fn a_wide_row_is_one_record_per_heater() {
        let groups = grouper(false).add(row(10, &[(0, 20.0), (1, 1.0)]));
        assert_eq!(sizes(&groups), [("a".to_owned(), 1), ("a-p".to_owned(), 1)]);
    }

    #[test]
    fn long_rows_wait_for_their_neighbours_and_no_longer() {
        let mut grouper = grouper(true);
        assert!(grouper.add(row(10, &[(0, 20.0)])).is_empty());
        assert!(grouper.add(row(39, &[(0, 20.1)])).is_empty());
        let complete = grouper.add(row(40, &[(0, 20.2)]));
        assert_eq!(sizes(&complete), [("a".to_owned(), 2)]);
        assert_eq!(complete[0].samples[1].dt_ms, 29_000);
        assert_eq!(sizes(&grouper.finish()), [("a".to_owned(), 1)]);
    }

    #[test]
    fn no_record_grows_beyond_what_the_contract_allows_and_none_looks_back() {
        let mut grouper = grouper(true);
        let complete: Vec<Group> = (0..40).flat_map(|_| grouper.add(row(10, &[(0, 20.0)]))).collect();
        assert_eq!(sizes(&complete), [("a".to_owned(), MAX_SAMPLES)]);
        assert_eq!(sizes(&grouper.add(row(5, &[(0, 20.0)]))), [("a".to_owned(), 8)]);
    }
}
