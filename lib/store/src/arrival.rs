//! What is handed in to be stored, and the receipt for it.

use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, RoomId, SiteId, Timestamp};

/// One reading to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSample {
    /// When it was measured.
    pub ts: Timestamp,
    /// What was measured.
    pub metric: Metric,
    /// The value, or why there is none.
    pub reading: Reading,
    /// What is thought of it. A value with a quality of `Missing` is stored as missing.
    pub quality: Quality,
}

/// One record as it arrived from a heater.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The heater's site.
    pub site: SiteId,
    /// The heater.
    pub heater: HeaterId,
    /// The room the heater stands in now, if any. When it differs from the one known before, the heater is taken to
    /// have moved at this record's earliest sample. A late record or an older one never moves a heater: the room of
    /// its time is already known.
    pub room: Option<RoomId>,
    /// The run of the heater that made the record.
    pub boot: BootId,
    /// Orders the heater's boots.
    pub bn: u64,
    /// The record's number within the boot, from 1.
    pub seq: u64,
    /// Everything below is confirmed or declared lost.
    pub low: u64,
    /// History sent again.
    pub late: bool,
    /// What it says; may be empty when all its samples were refused, and is acknowledged all the same.
    pub samples: Vec<StoredSample>,
}

/// What is durable now of one heater's boot: the content of an acknowledgement, and what became of this batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The heater's site.
    pub site: SiteId,
    /// The heater.
    pub heater: HeaterId,
    /// The run it speaks of.
    pub boot: BootId,
    /// Every seq up to here is on disk or declared lost.
    pub hwm: u64,
    /// Inclusive ranges above `hwm` that are on disk as well, ascending, at most [`crate::MAX_RANGES`].
    pub got: Vec<(u64, u64)>,
    /// Records of this batch that were new and are on disk.
    pub stored: usize,
    /// Records of this batch that were on disk before or were in it twice.
    pub duplicates: usize,
    /// Seqs that this batch declared lost.
    pub lost: u64,
    /// Records of this batch that were not stored because they would have needed one more range.
    pub no_room: usize,
    /// Records of this batch that were refused because their boot was given up long ago and they may be on disk. They
    /// are acknowledged, so that the heater stops sending them.
    pub forgotten: usize,
}
