//! Who plays in a recording: its rooms and heaters, found by reading the file once, written as a site of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use registry::{Clock, Heater, Room, Site, SiteBook};
use vocabulary::{Celsius, DisplayName, HeaterId, Metric, RoomId, SiteId, Timestamp, Watts, WeekSchedule};

use super::map::SensorMap;
use super::rows::{RowError, Rows};

/// What a recording holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Cast {
    /// Its heaters, each with its room.
    pub heaters: BTreeMap<HeaterId, RoomId>,
    /// Readable rows.
    pub rows: u64,
    /// Earliest and latest time.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// Reads a recording once to find who plays in it.
///
/// # Errors
/// [`RowError`] when it cannot be read to its end.
pub fn survey(path: &Path, map: &SensorMap) -> Result<Cast, RowError> {
    let mut cast = Cast { heaters: BTreeMap::new(), rows: 0, span: None };
    for row in Rows::open(path, map)? {
        let row = row?;
        cast.rows += 1;
        let (first, last) = cast.span.unwrap_or((row.ts, row.ts));
        cast.span = Some((first.min(row.ts), last.max(row.ts)));
        for (sensor, _) in row.values {
            if let Some(heater) = map.heater(sensor, &row.room) {
                cast.heaters.entry(heater).or_insert_with(|| row.room.clone());
            }
        }
    }
    Ok(cast)
}

impl Cast {
    /// The site that is made of a recording, beside what an earlier recording put there. Setpoints are those of an
    /// ordinary office: a recording has none.
    #[must_use]
    pub fn book(&self, id: &SiteId, map: &SensorMap, earlier: Option<SiteBook>) -> SiteBook {
        let mut book = self.own_book(id, map);
        let Some(earlier) = earlier else { return book };
        book.rooms
            .extend(earlier.rooms.into_iter().filter(|room| !self.heaters.values().any(|id| *id == room.id)));
        book.heaters
            .extend(earlier.heaters.into_iter().filter(|heater| !self.heaters.contains_key(&heater.id)));
        let known: BTreeSet<Metric> = book.metrics.drain(..).chain(earlier.metrics).collect();
        book.metrics = known.into_iter().collect();
        book
    }

    fn own_book(&self, id: &SiteId, map: &SensorMap) -> SiteBook {
        let registered = map.sensor.iter().map(|sensor| sensor.metric.clone());
        let registered: BTreeSet<Metric> =
            registered.filter(|metric| matches!(metric, Metric::Registered(_))).collect();
        let celsius = Celsius::from_hundredths;
        let rated_w = Watts::new(map.heater.rated_w).unwrap_or(Watts::ZERO);
        let schedule = WeekSchedule::daily(&[0, 1, 2, 3, 4], (450, 1140), celsius(2050), celsius(1700))
            .expect("an ordinary week is in order");
        let named = |text: &str| DisplayName::new(text).expect("identifiers are printable and short");
        let rooms: BTreeSet<&RoomId> = self.heaters.values().collect();
        let room = |id: &&RoomId| Room {
            id: (*id).clone(),
            name: named(id.as_str()),
            floor: named("Recording"),
            area: None,
            low_c: celsius(1700),
            high_c: celsius(2400),
            setback_c: celsius(1600),
            schedule: schedule.clone(),
        };
        let heater = |(id, room): (&HeaterId, &RoomId)| Heater {
            id: id.clone(),
            name: named(id.as_str()),
            room: Some(room.clone()),
            rated_w,
            resistor_w: Watts::ZERO,
            fallback_w: Watts::ZERO,
            simulated: false,
        };
        SiteBook {
            site: Site {
                id: id.clone(),
                name: map.site.name.clone(),
                zone: map.site.zone,
                clock: Clock::Recorded,
                cap_w: None,
                demonstration: false,
            },
            rooms: rooms.iter().map(room).collect(),
            heaters: self.heaters.iter().map(heater).collect(),
            metrics: registered.into_iter().collect(),
        }
    }
}
