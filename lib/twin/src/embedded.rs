//! Opens the records built into the program (`data/NOTICE.md` says where they come from).

use std::io::Read;

use flate2::read::GzDecoder;

pub(crate) const WEATHER: &[u8] = include_bytes!("../data/rt2012_h1a.csv.gz");
pub(crate) const OFFICE_COUNTS: &[u8] = include_bytes!("../data/ou44_building_occupants_15min.csv.gz");
pub(crate) const RESIDENTIAL_PATTERN: &[u8] = include_bytes!("../data/rt2012_residential_hourly.csv.gz");

/// The named columns of an embedded record, row by row.
///
/// # Panics
/// If the record is not what this program was built with: the bytes are part of the program, so this is a
/// mistake in the program and every test would see it.
pub(crate) fn rows<const N: usize>(record: &[u8], columns: [&str; N], expected_rows: usize) -> Vec<[f64; N]> {
    let mut text = String::new();
    GzDecoder::new(record).read_to_string(&mut text).expect("an embedded record is whole gzip of UTF-8 text");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("an embedded record has a header").clone();
    let places = columns.map(|column| {
        header
            .iter()
            .position(|name| name == column)
            .expect("an embedded record has the columns it was checked for")
    });
    let rows: Vec<[f64; N]> = reader
        .records()
        .map(|row| {
            let row = row.expect("every row of an embedded record has as many fields as its header");
            places.map(|place| row[place].parse().expect("an embedded record holds numbers"))
        })
        .collect();
    assert_eq!(rows.len(), expected_rows, "an embedded record has lost rows");
    assert!(
        rows.iter().flatten().all(|value| value.is_finite()),
        "an embedded record holds a number that is not finite"
    );
    rows
}
