//! The rows of a recording: plain or gzip, wide or long, in the order of the file.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};
use flate2::read::MultiGzDecoder;
use vocabulary::{RoomId, Timestamp};

use super::map::SensorMap;

/// Why a recording cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The file cannot be read.
    #[error("could not read the recording: {0}")]
    Read(#[from] io::Error),
    /// The file is no CSV, or ends in the middle.
    #[error("the recording does not read as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A column that the map names is not there.
    #[error("the recording has no column {0:?}; it has {1}")]
    Column(String, String),
}

/// One row: readings of one room at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// When.
    pub ts: Timestamp,
    /// Where.
    pub room: RoomId,
    /// `(sensor, value)`: the index of the map's sensor and what it measured.
    pub values: Vec<(usize, f64)>,
}

/// Reads a recording row by row.
pub struct Rows {
    reader: Reader<Box<dyn Read + Send>>,
    map: SensorMap,
    time: usize,
    room: usize,
    layout: Layout,
    record: ByteRecord,
    /// Rows and readings that could not be read, by what was wrong.
    pub unreadable: Unreadable,
}

/// What could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// Rows without a readable time.
    pub times: u64,
    /// Rows without a room.
    pub rooms: u64,
    /// Readings that are no finite number.
    pub values: u64,
    /// Readings of sensors that the map does not name.
    pub unmapped: u64,
}

enum Layout {
    /// The column of each sensor of the map.
    Wide(Vec<usize>),
    /// The columns of sensor and value.
    Long { sensor: usize, value: usize },
}

impl Rows {
    /// Opens a recording; gzip is told by its first bytes.
    ///
    /// # Errors
    /// [`RowError`] when the file cannot be read or lacks a column that the map names.
    pub fn open(path: &Path, map: &SensorMap) -> Result<Self, RowError> {
        // A torn line is a line with fields missing, not the end of the recording; a header may bear any encoding.
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(decompressed(path)?);
        let headers: Vec<String> = reader
            .byte_headers()?
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        let column = |name: &str| {
            let found = headers.iter().position(|header| header == name);
            found.ok_or_else(|| RowError::Column(name.to_owned(), headers.join(", ")))
        };
        let layout = match &map.long {
            Some(long) => Layout::Long { sensor: column(&long.sensor)?, value: column(&long.value)? },
            None => {
                Layout::Wide(map.sensor.iter().map(|sensor| column(&sensor.name)).collect::<Result<_, _>>()?)
            }
        };
        let (time, room) = (column(&map.time.column)?, column(&map.room.column)?);
        let (record, unreadable) = (ByteRecord::new(), Unreadable::default());
        Ok(Self { reader, map: map.clone(), time, room, layout, record, unreadable })
    }

    fn field(&self, column: usize) -> &str {
        self.record.get(column).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("").trim()
    }

    /// The room of the row read last, as the recording names it.
    #[must_use]
    pub fn room_name(&self) -> &str {
        self.field(self.room)
    }

    /// The row in the buffer, if it can be read; what cannot is counted.
    fn row(&mut self) -> Option<Row> {
        let Some(ts) = self.map.time(self.field(self.time)) else {
            self.unreadable.times += 1;
            return None;
        };
        let Some(room) = self.map.room(self.field(self.room)) else {
            self.unreadable.rooms += 1;
            return None;
        };
        let values = match &self.layout {
            Layout::Wide(columns) => {
                let columns = columns.clone();
                columns
                    .iter()
                    .enumerate()
                    .filter_map(|(sensor, &column)| self.value(sensor, column))
                    .collect()
            }
            Layout::Long { sensor, value } => {
                let (sensor, value) = (*sensor, *value);
                let name = self.field(sensor);
                let Some(sensor) = self.map.sensor.iter().position(|entry| entry.name == name) else {
                    self.unreadable.unmapped += 1;
                    return None;
                };
                self.value(sensor, value).into_iter().collect()
            }
        };
        Some(Row { ts, room, values })
    }

    /// A reading; an empty field is no reading, and no fault either.
    fn value(&mut self, sensor: usize, column: usize) -> Option<(usize, f64)> {
        let text = self.field(column);
        if text.is_empty() {
            return None;
        }
        let value = text
            .parse::<f64>()
            .ok()
            .map(|recorded| self.map.value(sensor, recorded))
            .filter(|v| v.is_finite());
        if value.is_none() {
            self.unreadable.values += 1;
        }
        value.map(|value| (sensor, value))
    }
}

impl Iterator for Rows {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.reader.read_byte_record(&mut self.record) {
                Ok(false) => return None,
                Err(error) => return Some(Err(error.into())),
                Ok(true) => {
                    if let Some(row) = self.row() {
                        return Some(Ok(row));
                    }
                }
            }
        }
    }
}

fn decompressed(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = [0; 2];
    let is_gzip = File::open(path)?.read(&mut magic)? == 2 && magic == [0x1f, 0x8b];
    let file = BufReader::new(File::open(path)?);
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn map(long: bool) -> SensorMap {
        let layout = if long { "long = { sensor = \"sensor\", value = \"value\" }" } else { "" };
        toml::from_str(&format!(
            r#"
            site = {{ name = "x", zone = "UTC" }}
            time = {{ column = "ts", format = "epoch_s" }}
            room = {{ column = "room" }}
            {layout}
            sensor = [{{ name = "temp", metric = "temperature_c" }}, {{ name = "co2", metric = "co2_ppm" }}]"#
        ))
        .unwrap()
    }

    fn read(text: &str, long: bool) -> (Vec<Row>, Unreadable) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut rows = Rows::open(file.path(), &map(long)).unwrap();
        let read = rows.by_ref().map(Result::unwrap).collect();
        (read, rows.unreadable)
    }

    #[test]
    fn a_wide_file_gives_its_rows_and_counts_what_does_not_read() {
        let text = "ts,room,temp,co2\n10,A 1,20.5,\nx,a,1,1\n20,,1,1\n30,a,oops,nan\n9e9,a,1,1\n40,a,20";
        let (rows, unreadable) = read(text, false);
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[2].values, [(0, 20.0)], "a torn line is read as far as it goes");
        assert_eq!((rows[0].room.as_str(), rows[0].values.as_slice()), ("a-1", [(0, 20.5)].as_slice()));
        assert_eq!(rows[1].values, []);
        assert_eq!(unreadable, Unreadable { times: 2, rooms: 1, values: 2, unmapped: 0 });
    }

    #[test]
    fn a_long_file_gives_one_reading_a_row() {
        let (rows, unreadable) = read("ts,room,sensor,value\n10,a,co2,640\n11,a,pir,1\n12,a,temp,20\n", true);
        assert_eq!(
            rows.iter().flat_map(|row| row.values.clone()).collect::<Vec<_>>(),
            [(1, 640.0), (0, 20.0)]
        );
        assert_eq!(unreadable.unmapped, 1);
    }

    #[test]
    fn gzip_is_told_by_its_first_bytes() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"ts,room,temp,co2\n10,a,20.5,600\n").unwrap();
        file.write_all(&gzip.finish().unwrap()).unwrap();
        assert_eq!(Rows::open(file.path(), &map(false)).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_column_is_named() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"time,room,temp,co2\n").unwrap();
        let error = Rows::open(file.path(), &map(false)).err().unwrap().to_string();
        assert!(error.contains("\"ts\"") && error.contains("time, room"), "{error}");
    }
}
