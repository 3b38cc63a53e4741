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
    /// Tells this recording under this map from any other.
    pub print: Print,
}

/// A fingerprint by FNV-1a, which must never change between versions of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print(u64);

impl Print {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes bytes in.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0 =
            bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }

    /// The fingerprint.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }
}

/// Why a recording cannot be played under its map.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// The recording cannot be read.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// Two names of the recording become one identifier.
    #[error("rooms {0:?} and {1:?} of the recording would become one: rename one of them in the file")]
    Rooms(String, String),
    /// Two rooms would share a heater.
    #[error("heater {heater} would stand in rooms {first} and {second}: put {{room}} into the map's heater")]
    Heater {
        /// The heater.
        heater: HeaterId,
        /// One room.
        first: RoomId,
        /// The other.
        second: RoomId,
    },
    /// More heaters than any recording has.
    #[error("the recording makes more than {MAX_HEATERS} heaters: is the map's room column the right one?")]
    TooMany,
}

/// No recording has more heaters than this; a wrong room column makes one of every row.
const MAX_HEATERS: usize = 5_000;

/// Reads a recording once to find who plays in it.
///
/// # Errors
/// [`CastError`] when it cannot be read to its end, or when names that differ would become one.
pub fn survey(path: &Path, map: &SensorMap) -> Result<Cast, CastError> {
    let mut cast = Cast { heaters: BTreeMap::new(), rows: 0, span: None, print: Print::new() };
    let mut names: BTreeMap<RoomId, String> = BTreeMap::new();
    cast.print.add(format!("{:?}", map.sensor).as_bytes());
    let mut rows = Rows::open(path, map)?;
    while let Some(row) = rows.next().transpose()? {
        cast.rows += 1;
        let (first, last) = cast.span.unwrap_or((row.ts, row.ts));
        cast.span = Some((first.min(row.ts), last.max(row.ts)));
        cast.print.add(&row.ts.ms().to_le_bytes());
        cast.print.add(row.room.as_str().as_bytes());
        let name = names.entry(row.room.clone()).or_insert_with(|| rows.room_name().to_owned());
        if name != rows.room_name() {
            return Err(CastError::Rooms(name.clone(), rows.room_name().to_owned()));
        }
        for (sensor, value) in row.values {
            cast.print.add(&value.to_le_bytes());
            cast.add(map.heater(sensor, &row.room), &row.room)?;
        }
    }
    Ok(cast)
}

impl Cast {
    fn add(&mut self, heater: Option<HeaterId>, room: &RoomId) -> Result<(), CastError> {
        let Some(heater) = heater else { return Ok(()) };
        match self.heaters.get(&heater) {
            Some(known) if known == room => Ok(()),
            Some(known) => Err(CastError::Heater { heater, first: known.clone(), second: room.clone() }),
            None if self.heaters.len() == MAX_HEATERS => Err(CastError::TooMany),
            None => {
                self.heaters.insert(heater, room.clone());
                Ok(())
            }
        }
    }

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
            schedule: schedule.clone().into(),
        };
        let heater = |(id, room): (&HeaterId, &RoomId)| Heater {
            id: id.clone(),
            name: named(id.as_str()),
            room: Some(room.clone()),
            rated_w,
            resistor_w: Watts::ZERO,
            fallback_w: Watts::ZERO,
            simulated: false,
            circuit: None,
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
            circuits: Vec::new(),
            metrics: registered.into_iter().collect(),
        }
    }
}
