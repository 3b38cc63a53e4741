//! The column of one metric in a chunk.
//!
//! ```text
//!   cells: how many rows have one; if not all, their numbers as a column of whole numbers
//!   runs of cells that are not good: count, then (good cells since the run before, length, quality) each
//!   values of all cells that are not missing
//! ```

use vocabulary::Quality;

use crate::days::segment::{integers, values};
use crate::form::bytes::{Damaged, Reader, Writer};
use crate::form::quality::{self, Measurement};

/// Cells next to each other of the same quality, which is not `Good`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    start: usize,
    length: usize,
    quality: Quality,
}

/// Writes the cells of one metric. `cell_rows` are the rows they stand in, counted from the chunk's first row,
/// `rows` is the number of rows of the chunk.
pub(crate) fn write(rows: usize, cell_rows: &[i64], measurements: &[Measurement], out: &mut Writer) {
    out.number(cell_rows.len() as u64);
    if cell_rows.len() < rows {
        integers::write(cell_rows, out);
    }
    let runs = runs(measurements);
    out.number(runs.len() as u64);
    let mut end = 0;
    for Run { start, length, quality } in runs {
        out.number((start - end) as u64);
        out.number(length as u64);
        out.byte(quality::code(quality));
        end = start + length;
    }
    let present: Vec<f64> = measurements.iter().filter_map(|measurement| measurement.value).collect();
    values::write(&present, out);
}

fn runs(measurements: &[Measurement]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, measurement) in measurements.iter().enumerate() {
        let quality = measurement.quality;
        match runs.last_mut() {
            _ if quality == Quality::Good => {}
            Some(run) if run.quality == quality && run.start + run.length == at => run.length += 1,
            _ => runs.push(Run { start: at, length: 1, quality }),
        }
    }
    runs
}

/// The cells of one metric, as they are stored.
#[derive(Debug)]
pub(crate) struct Cells {
    count: usize,
    /// The rows they stand in, ascending; nothing when every row has one.
    rows: Option<Vec<i64>>,
    runs: Vec<Run>,
    /// Of all cells that are not missing.
    values: Vec<f64>,
}

impl Cells {
    /// Reads the column of a chunk with so many rows.
    ///
    /// # Errors
    /// [`Damaged`] when the bytes are no such column.
    pub(crate) fn read(rows: usize, bytes: &[u8]) -> Result<Self, Damaged> {
        let from = &mut Reader::new(bytes);
        let count = usize::try_from(from.number()?).map_err(|_| Damaged)?;
        if count > rows {
            return Err(Damaged);
        }
        let cell_rows = if count < rows { Some(read_rows(rows, count, from)?) } else { None };
        let runs = read_runs(count, from)?;
        let missing: usize = runs.iter().filter(|run| is_missing(run.quality)).map(|run| run.length).sum();
        let values = values::read(count - missing, from)?;
        if from.is_empty() { Ok(Self { count, rows: cell_rows, runs, values }) } else { Err(Damaged) }
    }

    /// Gives every cell with the row it stands in, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, Measurement)> + '_ {
        let mut values = self.values.iter().copied();
        let mut runs = self.runs.iter().copied().peekable();
        (0..self.count).map(move |at| {
            while runs.next_if(|run| run.start + run.length <= at).is_some() {}
            let quality = runs.peek().filter(|run| run.start <= at).map_or(Quality::Good, |run| run.quality);
            let value = if is_missing(quality) { None } else { values.next() };
            (self.row(at), Measurement { value, quality })
        })
    }

    /// Gives every good value with the row it stands in, ascending.
    pub(crate) fn each_good(&self, mut each: impl FnMut(usize, f64)) {
        let (mut cell, mut value) = (0, 0);
        let end = Run { start: self.count, length: 0, quality: Quality::Good };
        for run in self.runs.iter().chain([&end]) {
            for good in &self.values[value..value + run.start - cell] {
                each(self.row(cell), *good);
                cell += 1;
                value += 1;
            }
            cell += run.length;
            value += if is_missing(run.quality) { 0 } else { run.length };
        }
    }

    fn row(&self, cell: usize) -> usize {
        self.rows.as_ref().map_or(cell, |rows| rows[cell] as usize)
    }
}

const fn is_missing(quality: Quality) -> bool {
    matches!(quality, Quality::Missing(_))
}

fn read_rows(rows: usize, count: usize, from: &mut Reader<'_>) -> Result<Vec<i64>, Damaged> {
    let cell_rows = integers::read(count, from)?;
    let ascend = cell_rows.windows(2).all(|pair| pair[0] < pair[1]);
    let inside = cell_rows.first().is_none_or(|first| *first >= 0)
        && cell_rows.last().is_none_or(|last| *last < rows as i64);
    if ascend && inside { Ok(cell_rows) } else { Err(Damaged) }
}

fn read_runs(cells: usize, from: &mut Reader<'_>) -> Result<Vec<Run>, Damaged> {
    let mut end = 0;
    let mut runs = Vec::new();
    for _ in 0..from.count()? {
        let run = read_run(end, from)?;
        end = run.start.checked_add(run.length).filter(|end| *end <= cells).ok_or(Damaged)?;
        runs.push(run);
    }
    Ok(runs)
}

fn read_run(end: usize, from: &mut Reader<'_>) -> Result<Run, Damaged> {
    let gap = usize::try_from(from.number()?).map_err(|_| Damaged)?;
    let length = usize::try_from(from.number()?).map_err(|_| Damaged)?;
    let quality = quality::from_code(from.byte()?).ok_or(Damaged)?;
    // What is good is in no run: it would be a good value to one reader and none to another.
    if quality == Quality::Good || length == 0 {
        return Err(Damaged);
    }
    Ok(Run { start: end.checked_add(gap).ok_or(Damaged)?, length, quality })
}
