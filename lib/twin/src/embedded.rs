//! Opens the records built into the program (`data/NOTICE.md` says where they come from).

use crate::table::Table;

pub(crate) const WEATHER: &[u8] = include_bytes!("../data/rt2012_h1a.csv.gz");
pub(crate) const EMISSIONS: &[u8] = include_bytes!("../data/boptest_grid_emissions_hourly.csv.gz");
pub(crate) const OFFICE_COUNTS: &[u8] = include_bytes!("../data/ou44_building_occupants_15min.csv.gz");
pub(crate) const RESIDENTIAL_PATTERN: &[u8] = include_bytes!("../data/rt2012_residential_hourly.csv.gz");

/// The named columns of an embedded record, row by row.
///
/// # Panics
/// If the record is not what this program was built with: the bytes are part of the program, so this is a
/// mistake in the program and every test would see it.
pub(crate) fn rows<const N: usize>(record: &[u8], columns: [&str; N], expected_rows: usize) -> Vec<[f64; N]> {
    Table::read(record)
        .and_then(|table| table.rows(columns, expected_rows))
        .expect("an embedded record is the table it was checked to be")
}
