//! What must hold of any bytes where history is read: run by the fuzz targets (`fuzz/`, through the feature `fuzzing`) and
//! over their corpus by the ordinary tests.
//!
//! On disk all of this lies behind checksums. They are left out here, because no fuzzer guesses one: what is read must be
//! safe also where damage has a right checksum.

use crate::days::segment::fuzzing as day_file;
use crate::form::bytes::{Reader, Writer};
use crate::form::quality::{self, Measurement};
use crate::influx::line;
use crate::log::block::{self, Cell, Header, Origin};
use vocabulary::Quality;

/// The first byte of a block whose body has no checksum before it.
const UNCHECKED: u8 = 1;
/// Under which the blocks lie.
const KEY: block::Key = (7, 3);

/// Bytes as a block of the log, and as the body of one: what reads is a value or missing, and is read from what is
/// written of it again.
pub fn log_block(bytes: &[u8]) {
    check_block(bytes);
    check_block(&[&[UNCHECKED], bytes].concat());
}

/// Bytes as one of the parts of a day file: the first says which, the next two how many rows it claims to have.
pub fn segment(bytes: &[u8]) {
    let Some(([part, low, high], bytes)) = bytes.split_first_chunk() else { return };
    let rows = usize::from(u16::from_le_bytes([*low, *high])) % (day_file::MAX_ROWS + 1);
    match part % 6 {
        0 => day_file::integers(rows, bytes),
        1 => day_file::values(rows, bytes),
        2 => day_file::column(rows, bytes),
        3 => day_file::origins(rows, bytes),
        4 => day_file::index(bytes),
        _ => day_file::roll_up(rows, bytes),
    }
}

/// Bytes as a point on its way to InfluxDB: eight each for time, seq and value, one for the quality, then texts for site,
/// room, heater and metric, each up to a zero byte. What is written is one line with the structure of one point.
pub fn line_protocol(bytes: &[u8]) {
    let Some((numbers, rest)) = bytes.split_first_chunk::<25>() else { return };
    let eight =
        |at: usize| -> [u8; 8] { numbers[at..at + 8].try_into().expect("eight bytes of twenty-five") };
    let texts = String::from_utf8_lossy(rest);
    let mut texts = texts.splitn(4, '\0');
    let mut text = || texts.next().unwrap_or_default();
    let (site, room, heater, metric) = (text(), text(), text(), text());
    let quality = quality::from_code(numbers[24]).unwrap_or(Quality::Good);
    let value = (!matches!(quality, Quality::Missing(_))).then(|| f64::from_le_bytes(eight(16)));
    let measurement = Measurement { value, quality };
    let Ok(ns) = line::time_ns(i64::from_le_bytes(eight(0)), u64::from_le_bytes(eight(8))) else { return };
    let room = Some(room).filter(|room| !room.is_empty());
    let mut out = "before\n".to_owned();
    match line::write(
        &mut out,
        line::Tags { site, room, heater, of_people: false },
        [(metric, measurement)],
        ns,
    ) {
        Ok(()) => check_line(&out["before\n".len()..], room.is_some(), value, ns),
        Err(_) => assert_eq!(out, "before\n", "what was refused leaves nothing behind"),
    }
}

fn check_line(line: &str, has_room: bool, value: Option<f64>, ns: i64) {
    let line = line.strip_suffix('\n').expect("a line ends");
    assert!(!line.chars().any(char::is_control), "a control character gets through: {line:?}");
    let bare = |wanted: char| {
        let mut escaped = false;
        let of_line = line.chars().filter(move |&letter| {
            let is_bare = !escaped && letter == wanted;
            escaped = !escaped && letter == '\\';
            is_bare
        });
        of_line.count()
    };
    let tags = if has_room { 3 } else { 2 };
    assert_eq!(
        (bare(' '), bare(','), bare('=')),
        (2, tags, tags + 1),
        "not the structure of one point: {line}"
    );
    let (point, time) = line.rsplit_once(' ').expect("two spaces were counted");
    assert_eq!(time.parse(), Ok(ns));
    let number: f64 = point.rsplit_once('=').expect("a field was counted").1.parse().expect("a number");
    assert!(number.is_finite() && value.is_none_or(|value| value == number), "{value:?} became {number}");
}

/// A value is there, and finite, exactly when it is not missing.
pub(crate) fn check_measurement(measurement: Measurement) {
    let is_missing = matches!(measurement.quality, Quality::Missing(_));
    assert_eq!(measurement.value.is_none(), is_missing);
    assert!(measurement.value.is_none_or(f64::is_finite));
}

fn check_block(bytes: &[u8]) {
    let Ok(rows) = block::decode(KEY, bytes) else { return };
    assert!(Header::read(KEY, bytes).is_ok(), "a block that reads has a head");
    for row in &rows {
        assert!(row.cells.windows(2).all(|pair| pair[0].metric < pair[1].metric));
        row.cells.iter().for_each(|cell| check_measurement(cell.measurement));
    }
    if rows.is_empty() {
        return;
    }
    let (header, again) = block::encode(KEY, &rows);
    assert_eq!(Header::read(KEY, &again), Ok(header.clone()));
    let cells = flat(&rows);
    assert!(cells.iter().all(|(_, cell)| (header.ts_min..=header.ts_max).contains(&cell.ts)));
    assert_eq!(block::decode(KEY, &again).map(|rows| flat(&rows)), Ok(cells));
}

fn flat(rows: &[block::Row]) -> Vec<(Origin, Cell)> {
    rows.iter().flat_map(|row| row.cells.iter().map(|cell| (row.origin, *cell))).collect()
}

/// What `write` makes.
pub(crate) fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::default();
    write(&mut out);
    out.into_bytes()
}

/// What `read` makes of bytes that it must be able to read to their end.
pub(crate) fn whole<T, E: std::fmt::Debug>(
    bytes: &[u8],
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, E>,
) -> T {
    let mut from = Reader::new(bytes);
    let whole = read(&mut from).expect("what was just written reads");
    assert!(from.is_empty(), "what was just written is read to its end");
    whole
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::path::Path;

    fn replay(target: &str, check: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let mut files: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 10, "the corpus in {} is missing", folder.display());
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            assert!(catch_unwind(|| check(&bytes)).is_ok(), "{} breaks a rule: see above", file.display());
        }
    }

    #[test]
    fn every_block_of_the_corpus_keeps_the_rules() {
        replay("log_block", super::log_block);
    }

    #[test]
    fn every_point_of_the_corpus_keeps_the_rules() {
        replay("line_protocol", super::line_protocol);
    }

    #[test]
    fn every_part_of_a_day_file_in_the_corpus_keeps_the_rules() {
        replay("segment", super::segment);
    }
}
