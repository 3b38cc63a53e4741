//! Writing a day file, one heater after another.

use std::io;
use std::ops::Range;
use std::path::Path;

use crate::days::segment::file::{Block, FileWriter, Magic, Summary};
use crate::days::segment::index::{self, Chunk, MAX_ROWS};
use crate::days::segment::table::Column;
use crate::days::segment::{Table, column, integers, origins};
use crate::form::bytes::Writer;

/// The first bytes of a day file.
pub(crate) const MAGIC: Magic = b"hypoday";

/// An entry of the directory: heater (4), offset (8), length (4) and crc32 (4) of its index.
pub(crate) const ENTRY_BYTES: usize = 20;

/// Writes one day file, heater by heater in ascending order of their numbers. In memory are one heater and the
/// directory.
#[derive(Debug)]
pub(crate) struct SegmentWriter {
    file: FileWriter,
    directory: Vec<u8>,
    last_heater: Option<u32>,
    summary: Summary,
}

impl SegmentWriter {
    /// Begins a file at this very path, over whatever lies there. Names that only count when the file is whole are
    /// the caller's, and so is the folder's fsync.
    ///
    /// # Errors
    /// Those of the disk, and `InvalidInput` for a class of more than 16 bytes.
    pub(crate) fn create(path: &Path, class: &str) -> io::Result<Self> {
        let file = FileWriter::create(path, MAGIC, class)?;
        Ok(Self { file, directory: Vec::new(), last_heater: None, summary: Summary::EMPTY })
    }

    /// Adds all rows of a heater; one without rows is left out.
    ///
    /// # Errors
    /// Those of the disk, and `InvalidInput` for a number that is not above the one before.
    pub(crate) fn heater(&mut self, number: u32, table: &Table) -> io::Result<()> {
        if self.last_heater.is_some_and(|last| last >= number) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "heaters come in ascending order"));
        }
        self.last_heater = Some(number);
        let (Some(first), Some(last)) = (table.times.first(), table.times.last()) else { return Ok(()) };
        let chunks = ranges(table.times.len())
            .map(|rows| self.chunk(table, rows))
            .collect::<io::Result<Vec<Chunk>>>()?;
        let index = self.file.append(&index::encode(number, &chunks))?;
        self.enter(number, index);
        self.summary.heaters += 1;
        self.summary.rows += table.times.len() as u64;
        self.summary.cells += table.cells();
        self.summary.ts_min = self.summary.ts_min.min(*first);
        self.summary.ts_max = self.summary.ts_max.max(*last);
        Ok(())
    }

    fn chunk(&mut self, table: &Table, rows: Range<usize>) -> io::Result<Chunk> {
        let times = &table.times[rows.clone()];
        let chunk = Chunk {
            rows: times.len(),
            ts_min: times[0],
            ts_max: times[times.len() - 1],
            times: self.block(|out| integers::write(times, out))?,
            origins: self.block(|out| origins::write(&table.origins[rows.clone()], out))?,
            metrics: Vec::with_capacity(table.columns.len()),
        };
        table.columns.iter().try_fold(chunk, |mut chunk, column| {
            if let Some(cells) = cells_in(column, &rows) {
                chunk.metrics.push((column.metric, self.column(column, &rows, cells)?));
            }
            Ok(chunk)
        })
    }

    fn column(&mut self, column: &Column, rows: &Range<usize>, cells: Range<usize>) -> io::Result<Block> {
        let cell_rows: Vec<i64> =
            column.rows[cells.clone()].iter().map(|&row| i64::from(row) - rows.start as i64).collect();
        self.block(|out| column::write(rows.len(), &cell_rows, &column.measurements[cells], out))
    }

    fn block(&mut self, write: impl FnOnce(&mut Writer)) -> io::Result<Block> {
        let mut out = Writer::default();
        write(&mut out);
        self.file.append(&out.into_bytes())
    }

    fn enter(&mut self, heater: u32, index: Block) {
        self.directory.extend_from_slice(&heater.to_le_bytes());
        self.directory.extend_from_slice(&index.offset.to_le_bytes());
        self.directory.extend_from_slice(&index.length.to_le_bytes());
        self.directory.extend_from_slice(&index.crc.to_le_bytes());
    }

    /// Writes what finds the rest again and brings all of it to the disk.
    ///
    /// # Errors
    /// Those of the disk: then the file is worth nothing.
    pub(crate) fn finish(self) -> io::Result<Summary> {
        self.file.finish(&self.directory, self.summary)
    }
}

/// Cuts rows into as few chunks of about the same length as there can be.
fn ranges(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let length = rows.div_ceil(rows.div_ceil(MAX_ROWS));
    (0..rows).step_by(length).map(move |start| start..rows.min(start + length))
}

/// Which cells of a column stand in these rows; nothing when none does.
fn cells_in(column: &Column, rows: &Range<usize>) -> Option<Range<usize>> {
    let before = |end: usize| column.rows.partition_point(|&row| (row as usize) < end);
    Some(before(rows.start)..before(rows.end)).filter(|cells| !cells.is_empty())
}
