//! Readings over the socket: each heater is named once, and the readings say which by its place in the list. A name of its
//! own for each of a day's readings took longer to read than the readings.

use rustc_hash::FxHashMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vocabulary::{HeaterId, Timestamp};

use crate::form::quality;
use crate::question::Point;

/// Heaters, and of each reading: the heater's place in the list, time, value, number of the quality.
#[derive(Serialize, Deserialize)]
struct Wire {
    heaters: Vec<HeaterId>,
    readings: Vec<(u32, Timestamp, Option<f64>, u8)>,
}

pub(crate) fn serialize<S: Serializer>(points: &[Point], serializer: S) -> Result<S::Ok, S::Error> {
    let mut places: FxHashMap<&HeaterId, u32> = FxHashMap::default();
    let mut heaters = Vec::new();
    let readings = points.iter().map(|point| {
        let place = *places.entry(&point.heater).or_insert_with(|| {
            heaters.push(point.heater.clone());
            heaters.len() as u32 - 1
        });
        (place, point.ts, point.value, quality::code(point.quality))
    });
    let readings = readings.collect();
    Wire { heaters, readings }.serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Point>, D::Error> {
    let Wire { heaters, readings } = Wire::deserialize(deserializer)?;
    let points = readings.into_iter().map(|(place, ts, value, code)| {
        let heater = heaters.get(place as usize)?.clone();
        Some(Point { ts, heater, value, quality: quality::from_code(code)? })
    });
    points.collect::<Option<_>>().ok_or_else(|| D::Error::custom("a reading of no heater or no quality"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::frame::Answer;
    use vocabulary::{Fault, Quality};

    #[test]
    fn readings_of_several_heaters_arrive_as_they_were_sent() {
        let point = |heater: &str, ts, value, quality| Point {
            ts: Timestamp::from_ms(ts),
            heater: HeaterId::new(heater).unwrap(),
            value,
            quality,
        };
        let points = vec![
            point("h-1", -5, Some(21.43), Quality::Good),
            point("h-2", 0, None, Quality::Missing(Fault::Silent)),
            point("h-1", i64::MAX, Some(-0.0), Quality::Good),
        ];
        let bytes = postcard::to_stdvec(&Answer::Range(points.clone())).unwrap();
        let Answer::Range(read) = postcard::from_bytes(&bytes).unwrap() else { panic!("another answer") };
        assert_eq!(read, points);
    }

    #[test]
    fn a_reading_of_a_heater_that_is_not_listed_is_refused() {
        let wire = |place, code| {
            let heaters = vec![HeaterId::new("h-1").unwrap()];
            let reading = (place, Timestamp::from_ms(0), Some(1.0), code);
            postcard::to_stdvec(&Wire { heaters, readings: vec![reading] }).unwrap()
        };
        let read = |bytes: &[u8]| deserialize(&mut postcard::Deserializer::from_bytes(bytes)).is_ok();
        assert!(read(&wire(0, 0)));
        assert!(!read(&wire(1, 0)));
        assert!(!read(&wire(0, 99)));
    }
}
