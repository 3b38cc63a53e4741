//! The questions history answers, and the forms of the answers.

use serde::{Deserialize, Serialize};
use vocabulary::{HeaterId, Metric, Quality, Reading, RoomId, SiteId, Timestamp};

use crate::form::quality::{self, Measurement};
use crate::influx::Trouble;

/// An aggregate has at most this many bins, all groups taken alone.
pub const MAX_BINS: u64 = 10_000;

/// A place within a site.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// All of it.
    Site,
    /// One room: the heaters that stood in it, each for the time it did.
    Room(RoomId),
    /// One heater, wherever it stood.
    Heater(HeaterId),
}

/// One metric at one place. A place or metric that history never heard of is empty, which is no error.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Selector {
    /// The site.
    pub site: SiteId,
    /// Where in it.
    pub place: Place,
    /// What was measured.
    pub metric: Metric,
}

/// The newest reading of one series by its own time, however late it arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "LastOnWire", into = "LastOnWire")]
pub struct LastValue {
    /// The heater that measured.
    pub heater: HeaterId,
    /// The room it stood in when it did.
    pub room: Option<RoomId>,
    /// What was measured.
    pub metric: Metric,
    /// When.
    pub ts: Timestamp,
    /// The value, or why there is none.
    pub reading: Reading,
    /// What is thought of it.
    pub quality: Quality,
}

/// One reading of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When it was measured.
    pub ts: Timestamp,
    /// The heater that measured.
    pub heater: HeaterId,
    /// The value; `None` when the quality says why it is missing.
    pub value: Option<f64>,
    /// What is thought of it.
    pub quality: Quality,
}

/// What the good values of one step of time come to. A step without any has no bin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The beginning of the step: steps are counted from the `from` of the question.
    pub start: Timestamp,
    /// The lowest value.
    pub min: f64,
    /// The highest value.
    pub max: f64,
    /// The arithmetic mean over readings, not weighted by time.
    pub mean: f64,
    /// How many readings.
    pub count: u64,
}

/// How an aggregate is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GroupBy {
    /// Not at all.
    Site,
    /// By room, each heater counted for the time it stood there. What was measured in no room is left out.
    Room,
    /// By heater.
    Heater,
}

/// One group of a divided aggregate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Group {
    /// The whole site.
    Site(SiteId),
    /// One room.
    Room(RoomId),
    /// One heater.
    Heater(HeaterId),
}

/// How history itself is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Records ever stored.
    pub records: u64,
    /// Series: one per heater and metric.
    pub series: u64,
    /// Size of all files of history: the log and the day files.
    pub bytes_on_disk: u64,
    /// Size of the log's file.
    pub log_bytes: u64,
    /// Entries of the log: one per heater and commit since the last seal.
    pub log_entries: u64,
    /// Parts of days: each is what was sealed of a day and class at one time, or merged of such.
    pub parts: u64,
    /// Days of which there is any part.
    pub days: u64,
    /// Size of the day files.
    pub day_file_bytes: u64,
    /// Bytes free on the disk of the data folder.
    pub free_bytes: u64,
    /// The number of the last commit that stored readings.
    pub last_commit: Option<u64>,
    /// The newest reading's own time.
    pub newest: Option<Timestamp>,
    /// Blocks that could not be read and were left out of answers.
    pub damaged_blocks: u64,
    /// Files and blocks that were put aside because they are damaged.
    pub quarantined: u64,
    /// False when the disk is full or has failed: nothing is stored or acknowledged.
    pub writable: bool,
    /// Why not.
    pub not_writable_because: Option<String>,
    /// What waits to be sent to InfluxDB, where history is kept there.
    pub forwarding: Option<Forwarding>,
}

/// How history gets on to InfluxDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarding {
    /// Log entries that wait: one per heater and commit.
    pub waiting_entries: u64,
    /// The own time of the oldest reading that waits.
    pub oldest_waiting: Option<Timestamp>,
    /// Readings that InfluxDB refused for good, in `dead-letter.lines`.
    pub dead_letters: u64,
    /// Why nothing is sent just now.
    pub trouble: Option<Trouble>,
}

#[derive(Clone, Serialize, Deserialize)]
struct LastOnWire {
    heater: HeaterId,
    room: Option<RoomId>,
    metric: Metric,
    ts: Timestamp,
    value: Option<f64>,
    #[serde(with = "quality::wire")]
    quality: Quality,
}

impl From<LastValue> for LastOnWire {
    fn from(last: LastValue) -> Self {
        let LastValue { heater, room, metric, ts, reading, quality } = last;
        Self { heater, room, metric, ts, value: reading.known(), quality }
    }
}

impl From<LastOnWire> for LastValue {
    fn from(wire: LastOnWire) -> Self {
        let LastOnWire { heater, room, metric, ts, value, quality } = wire;
        Self { heater, room, metric, ts, reading: Measurement { value, quality }.reading(), quality }
    }
}
