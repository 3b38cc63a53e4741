//! Reading a day file: only the columns and chunks that a question needs.

use std::io;
use std::ops::Range;
use std::path::Path;

use crate::days::segment::column::Cells;
use crate::days::segment::file::{Block, BlockError, FileReader, Summary, part, unless_damaged};
use crate::days::segment::index::{self, Chunk};
use crate::days::segment::writer::{ENTRY_BYTES, MAGIC};
use crate::days::segment::{SegmentError, integers, origins};
use crate::form::bytes::Reader;
use crate::form::quality::Measurement;
use crate::log::block::{Cell, Origin, Row};

/// What a visit came across.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Visited {
    /// Chunks of which something was not given because it is damaged. Where a heater's whole index is damaged it
    /// counts as one.
    pub(crate) damaged_chunks: u32,
}

/// All that can be read of one heater.
#[derive(Debug)]
pub(crate) struct Rows {
    /// Ascending by (time, origin); all cells of a row have one time.
    pub(crate) rows: Vec<Row>,
    /// As in [`Visited`].
    pub(crate) damaged_chunks: u32,
}

/// An open day file. In memory are the numbers of its heaters; all else is read when it is asked for.
#[derive(Debug)]
pub(crate) struct Segment {
    file: FileReader,
    heaters: Vec<u32>,
}

impl Segment {
    /// Opens a day file.
    ///
    /// # Errors
    /// [`SegmentError`] when it cannot be read, is newer than this program, or its header, directory or footer is
    /// damaged. Damage elsewhere is found when it is read.
    pub(crate) fn open(path: &Path) -> Result<Self, SegmentError> {
        let (file, directory) = FileReader::open(path, MAGIC, ENTRY_BYTES)?;
        let heaters: Vec<u32> =
            directory.chunks_exact(ENTRY_BYTES).map(|entry| u32::from_le_bytes(part(entry, 0))).collect();
        if heaters.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(SegmentError::Damaged("its directory"));
        }
        Ok(Self { file, heaters })
    }

    /// The retention class it was written for.
    pub(crate) fn class(&self) -> &str {
        self.file.class()
    }

    pub(crate) const fn summary(&self) -> Summary {
        self.file.summary()
    }

    /// The heaters that have rows in it, ascending.
    pub(crate) fn heaters(&self) -> impl Iterator<Item = u32> + '_ {
        self.heaters.iter().copied()
    }

    #[cfg(test)]
    pub(crate) fn contains(&self, heater: u32) -> bool {
        self.heaters.binary_search(&heater).is_ok()
    }

    /// Gives the cells of a heater between `from` (inclusive) and `to` (exclusive), ascending by (time, origin), of
    /// one metric or of all. What is damaged is left out and counted.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn visit(
        &self,
        heater: u32,
        metric: Option<u32>,
        from: i64,
        to: i64,
        mut each: impl FnMut(&Origin, Cell),
    ) -> io::Result<Visited> {
        let Some(span) = Span::new(from, to) else { return Ok(Visited::default()) };
        self.visit_span(heater, metric, span, &mut each)
    }

    /// Gives the good values of one metric between `from` (inclusive) and `to` (exclusive), ascending by time,
    /// without looking where they come from. What is damaged is left out and counted.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn visit_values(
        &self,
        heater: u32,
        metric: u32,
        from: i64,
        to: i64,
        mut each: impl FnMut(i64, f64),
    ) -> io::Result<Visited> {
        let Some(span) = Span::new(from, to) else { return Ok(Visited::default()) };
        self.each_chunk(heater, Some(metric), span, |chunk| {
            let Some(block) = chunk.metric(metric) else { return Ok(()) };
            let times = self.times(chunk)?;
            let rows = span.rows(&times);
            self.cells(chunk, block)?.each_good(|row, value| {
                if rows.contains(&row) {
                    each(times[row], value);
                }
            });
            Ok(())
        })
    }

    /// All rows of a heater, to be merged with others.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn rows(&self, heater: u32) -> io::Result<Rows> {
        let mut rows: Vec<Row> = Vec::new();
        let Visited { damaged_chunks } =
            self.visit_span(heater, None, Span::EVER, &mut |origin, cell| match rows.last_mut() {
                Some(row) if row.origin == *origin && row.cells[0].ts == cell.ts => row.cells.push(cell),
                _ => rows.push(Row { origin: *origin, cells: vec![cell] }),
            })?;
        Ok(Rows { rows, damaged_chunks })
    }

    fn visit_span(
        &self,
        heater: u32,
        metric: Option<u32>,
        span: Span,
        each: &mut impl FnMut(&Origin, Cell),
    ) -> io::Result<Visited> {
        self.each_chunk(heater, metric, span, |chunk| {
            let times = self.times(chunk)?;
            let origins = origins::read(chunk.rows, &self.file.read(chunk.origins)?)?;
            let rows = span.rows(&times);
            let columns = self.columns(chunk, metric)?;
            row_by_row(rows, &columns.whole, |row, metric, measurement| {
                each(&origins[row], Cell { metric, ts: times[row], measurement });
            });
            if columns.is_damaged { Err(BlockError::Damaged) } else { Ok(()) }
        })
    }

    /// Does something with every chunk that can hold what is asked for, and counts those where it met damage.
    fn each_chunk(
        &self,
        heater: u32,
        metric: Option<u32>,
        span: Span,
        mut each: impl FnMut(&Chunk) -> Result<(), BlockError>,
    ) -> io::Result<Visited> {
        let Some(chunks) = unless_damaged(self.index(heater))? else {
            return Ok(Visited { damaged_chunks: 1 });
        };
        let mut visited = Visited::default();
        for chunk in chunks.iter().filter(|chunk| span.meets(chunk) && chunk.answers(metric)) {
            if unless_damaged(each(chunk))?.is_none() {
                visited.damaged_chunks += 1;
            }
        }
        Ok(visited)
    }

    /// The chunks of a heater; none when it is not in the file.
    fn index(&self, heater: u32) -> Result<Vec<Chunk>, BlockError> {
        let Ok(at) = self.heaters.binary_search(&heater) else { return Ok(Vec::new()) };
        let entry: [u8; ENTRY_BYTES] = self.file.directory(at * ENTRY_BYTES)?;
        let block = Block {
            offset: u64::from_le_bytes(part(&entry, 4)),
            length: u32::from_le_bytes(part(&entry, 12)),
            crc: u32::from_le_bytes(part(&entry, 16)),
        };
        Ok(index::decode(heater, &self.file.read(block)?)?)
    }

    fn times(&self, chunk: &Chunk) -> Result<Vec<i64>, BlockError> {
        let bytes = self.file.read(chunk.times)?;
        Ok(integers::read(chunk.rows, &mut Reader::new(&bytes))?)
    }

    fn cells(&self, chunk: &Chunk, block: Block) -> Result<Cells, BlockError> {
        Ok(Cells::read(chunk.rows, &self.file.read(block)?)?)
    }

    /// The columns of one metric or of all, without those that are damaged.
    fn columns(&self, chunk: &Chunk, metric: Option<u32>) -> io::Result<Columns> {
        let mut columns = Columns { whole: Vec::new(), is_damaged: false };
        let asked = chunk.metrics.iter().filter(|(number, _)| metric.is_none_or(|metric| metric == *number));
        for &(number, block) in asked {
            match unless_damaged(self.cells(chunk, block))? {
                Some(cells) => columns.whole.push((number, cells)),
                None => columns.is_damaged = true,
            }
        }
        Ok(columns)
    }
}

/// Columns by metric, ascending.
struct Columns {
    whole: Vec<(u32, Cells)>,
    is_damaged: bool,
}

/// A time that is not empty; both ends belong to it.
#[derive(Clone, Copy)]
struct Span {
    first: i64,
    last: i64,
}

impl Span {
    const EVER: Self = Self { first: i64::MIN, last: i64::MAX };

    /// From `from` (inclusive) to `to` (exclusive), if anything lies between.
    fn new(from: i64, to: i64) -> Option<Self> {
        (from < to).then(|| Self { first: from, last: to - 1 })
    }

    const fn meets(self, chunk: &Chunk) -> bool {
        chunk.ts_min <= self.last && chunk.ts_max >= self.first
    }

    /// Which of these rows, ascending by time, lie in it.
    fn rows(self, times: &[i64]) -> Range<usize> {
        times.partition_point(|ts| *ts < self.first)..times.partition_point(|ts| *ts <= self.last)
    }
}

/// Gives the cells of several columns row by row.
fn row_by_row(rows: Range<usize>, columns: &[(u32, Cells)], mut each: impl FnMut(usize, u32, Measurement)) {
    let mut columns: Vec<_> = columns
        .iter()
        .map(|(metric, cells)| (*metric, cells.iter().skip_while(|(row, _)| *row < rows.start).peekable()))
        .collect();
    for row in rows.clone() {
        for (metric, cells) in &mut columns {
            if let Some((_, measurement)) = cells.next_if(|(at, _)| *at == row) {
                each(row, *metric, measurement);
            }
        }
    }
}
