//! Writing a day file.

use std::io;
use std::path::Path;

use crate::segment::Table;

/// What a finished file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Length of the file.
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    pub(crate) cells: u64,
    /// First and last time in it; meaningless when it has no rows.
    pub(crate) ts_min: i64,
    pub(crate) ts_max: i64,
    pub(crate) heaters: u32,
}

/// Writes one day file, heater by heater in ascending order of their numbers.
#[derive(Debug)]
pub(crate) struct SegmentWriter;

impl SegmentWriter {
    /// Begins a file at this very path, over whatever lies there. `class` is at most 16 bytes.
    pub(crate) fn create(_path: &Path, _class: &str) -> io::Result<Self> {
        unimplemented!()
    }

    /// Adds all rows of a heater whose number is above those before.
    pub(crate) fn heater(&mut self, _number: u32, _table: &Table) -> io::Result<()> {
        unimplemented!()
    }

    /// Writes what finds the rest again and brings all of it to the disk (the folder is the caller's).
    pub(crate) fn finish(self) -> io::Result<Summary> {
        unimplemented!()
    }
}
