//! The rows of one heater as a table: what a chunk is cut from.

use crate::form::quality::Measurement;
use crate::log::block::{Cell, Origin, Row};

/// The rows of one heater as a table: ascending by (time, origin), a column per metric, no cell twice.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) times: Vec<i64>,
    pub(crate) origins: Vec<Origin>,
    /// Ascending by metric.
    pub(crate) columns: Vec<Column>,
}

/// The measurements of one metric and the rows they stand in, ascending.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) metric: u32,
    pub(crate) rows: Vec<u32>,
    pub(crate) measurements: Vec<Measurement>,
}

/// The cells of one row that have the same time.
#[derive(Clone, Copy)]
struct Piece {
    ts: i64,
    origin: Origin,
    row: usize,
}

impl Table {
    /// Brings rows in any order into a table. Of cells with the same origin, time and metric the last one stays.
    pub(crate) fn of(rows: &[Row]) -> Self {
        let mut pieces: Vec<Piece> = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            pieces.extend(times_of(row).map(|ts| Piece { ts, origin: row.origin, row: at }));
        }
        // A stable sort: what came last stays last among its like.
        pieces.sort_by_key(|piece| (piece.ts, piece.origin));
        let mut table = Self::default();
        for piece in pieces {
            table.take(piece, &rows[piece.row]);
        }
        table
    }

    fn take(&mut self, piece: Piece, row: &Row) {
        if (self.times.last(), self.origins.last()) != (Some(&piece.ts), Some(&piece.origin)) {
            self.times.push(piece.ts);
            self.origins.push(piece.origin);
        }
        let at = (self.times.len() - 1) as u32;
        let mut column = 0;
        for cell in row.cells.iter().filter(|cell| cell.ts == piece.ts) {
            column = self.column_of(cell.metric, column);
            self.columns[column].put(at, cell);
            column += 1;
        }
    }

    /// Where the column of a metric is, new or not; `guess` is right when all rows have the same metrics.
    fn column_of(&mut self, metric: u32, guess: usize) -> usize {
        if self.columns.get(guess).is_some_and(|column| column.metric == metric) {
            return guess;
        }
        self.columns.binary_search_by_key(&metric, |column| column.metric).unwrap_or_else(|at| {
            self.columns.insert(at, Column { metric, rows: Vec::new(), measurements: Vec::new() });
            at
        })
    }

    /// How many cells it holds.
    pub(crate) fn cells(&self) -> u64 {
        self.columns.iter().map(|column| column.rows.len() as u64).sum()
    }
}

impl Column {
    fn put(&mut self, row: u32, cell: &Cell) {
        if self.rows.last() == Some(&row) {
            self.measurements.pop();
        } else {
            self.rows.push(row);
        }
        self.measurements.push(cell.measurement);
    }
}

/// The different times of a row's cells: nearly always one.
fn times_of(row: &Row) -> impl Iterator<Item = i64> + '_ {
    row.cells.iter().enumerate().filter_map(|(at, cell)| {
        let before = &row.cells[..at];
        let is_new = match before.last() {
            Some(last) if last.ts == cell.ts => false,
            _ => before.iter().all(|before| before.ts != cell.ts),
        };
        is_new.then_some(cell.ts)
    })
}
