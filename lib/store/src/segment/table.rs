//! The rows of one heater as a table.

use crate::block::Row;

/// The rows of one heater as a table: ascending by (time, origin), a column per metric, no cell twice.
#[derive(Debug)]
pub(crate) struct Table;

impl Table {
    /// Brings rows in any order into a table. Of cells with the same origin, time and metric the last one stays.
    pub(crate) fn of(_rows: &[Row]) -> Self {
        unimplemented!()
    }
}
