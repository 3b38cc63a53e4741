//! Reading a day file.

use std::io;
use std::path::Path;

use crate::block::{Cell, Origin, Row};
use crate::segment::{SegmentError, Summary};

/// What a visit came across.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Visited {
    /// Chunks of which something was not given because it is damaged.
    pub(crate) damaged_chunks: u32,
}

/// All that can be read of one heater.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Ascending by (time, origin); all cells of a row have one time.
    pub(crate) rows: Vec<Row>,
    /// Chunks of which something is missing because it is damaged.
    pub(crate) damaged_chunks: u32,
}

/// An open day file.
#[derive(Debug)]
pub(crate) struct Segment;

impl Segment {
    pub(crate) fn open(_path: &Path) -> Result<Self, SegmentError> {
        unimplemented!()
    }
    pub(crate) fn class(&self) -> &str {
        unimplemented!()
    }
    pub(crate) fn summary(&self) -> Summary {
        unimplemented!()
    }
    /// Ascending.
    pub(crate) fn heaters(&self) -> impl Iterator<Item = u32> + '_ {
        std::iter::empty()
    }
    pub(crate) fn contains(&self, _heater: u32) -> bool {
        unimplemented!()
    }
    /// Gives the cells of a heater between `from` (inclusive) and `to` (exclusive), ascending by (time, origin).
    pub(crate) fn visit(
        &self,
        _heater: u32,
        _metric: Option<u32>,
        _from: i64,
        _to: i64,
        _each: impl FnMut(&Origin, Cell),
    ) -> io::Result<Visited> {
        unimplemented!()
    }
    /// Gives the good values of one metric, without looking where they come from.
    pub(crate) fn visit_values(
        &self,
        _heater: u32,
        _metric: u32,
        _from: i64,
        _to: i64,
        _each: impl FnMut(i64, f64),
    ) -> io::Result<Visited> {
        unimplemented!()
    }
    pub(crate) fn rows(&self, _heater: u32) -> io::Result<Rows> {
        unimplemented!()
    }
}
