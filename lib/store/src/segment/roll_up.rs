//! Roll-ups: hours.

use std::io;
use std::path::Path;

use crate::segment::{SegmentError, Summary, Table, Visited};

/// What the good values of one hour come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HourSum {
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) sum: f64,
    pub(crate) count: u64,
}

/// What became of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) summary: Summary,
    /// Chunks of the inputs that are not in it because they are damaged.
    pub(crate) damaged_chunks: u32,
}

/// Writes one roll-up file, heater by heater in ascending order of their numbers.
#[derive(Debug)]
pub(crate) struct RollUpWriter;

impl RollUpWriter {
    pub(crate) fn create(_path: &Path, _class: &str) -> io::Result<Self> {
        unimplemented!()
    }
    pub(crate) fn heater(&mut self, _number: u32, _table: &Table) -> io::Result<()> {
        unimplemented!()
    }
    pub(crate) fn finish(self) -> io::Result<Summary> {
        unimplemented!()
    }
}

/// An open roll-up file.
#[derive(Debug)]
pub(crate) struct RollUp;

impl RollUp {
    pub(crate) fn open(_path: &Path) -> Result<Self, SegmentError> {
        unimplemented!()
    }
    pub(crate) fn class(&self) -> &str {
        unimplemented!()
    }
    pub(crate) fn summary(&self) -> Summary {
        unimplemented!()
    }
    /// Gives the hours of a metric for these heaters (ascending), by heater, then by hour.
    pub(crate) fn visit(
        &self,
        _metric: u32,
        _heaters: &[u32],
        _each: impl FnMut(u32, i64, HourSum),
    ) -> io::Result<Visited> {
        unimplemented!()
    }
}

/// Adds the hours of several roll-ups of one class together into a new file. Who gives two files that
/// counted the same measurement gets it counted twice.
pub(crate) fn merge_roll_ups(_inputs: &[RollUp], _out: &Path) -> io::Result<Merged> {
    unimplemented!()
}
