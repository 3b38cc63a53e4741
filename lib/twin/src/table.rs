//! Reads the named columns of a table of numbers: comma-separated text with a header, packed by gzip or not.

use std::io::Read;

use flate2::read::GzDecoder;
use thiserror::Error;

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableError {
    /// Not UTF-8 text, not whole gzip, or no comma-separated rows of one length.
    #[error("not a table: {0}")]
    NotATable(String),
    /// A column that is needed is not there.
    #[error("there is no column {0}")]
    NoColumn(String),
    /// A field that is no number, or not one that can be.
    #[error("row {row}: {column} is {text:?}, which cannot be")]
    Field {
        /// Row after the header, 1 is the first.
        row: usize,
        /// Name of the column.
        column: String,
        /// What stands there.
        text: String,
    },
    /// Another number of rows than needed.
    #[error("{found} rows where {expected} are needed")]
    Rows {
        /// Rows in the table.
        found: usize,
        /// Rows needed.
        expected: usize,
    },
}

/// A table as text.
pub(crate) struct Table {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
/// A year of minutes with a dozen columns has 50 MB. What unpacks to more is no table anybody meant.
const LONGEST_TEXT: u64 = 200_000_000;

impl Table {
    /// # Errors
    /// [`TableError::NotATable`].
    pub(crate) fn read(bytes: &[u8]) -> Result<Table, TableError> {
        let not_a_table = |error: &dyn std::fmt::Display| TableError::NotATable(error.to_string());
        let mut text = Vec::new();
        if bytes.starts_with(&GZIP_MAGIC) {
            let unpacked = GzDecoder::new(bytes).take(LONGEST_TEXT).read_to_end(&mut text);
            unpacked.map_err(|error| not_a_table(&error))?;
        } else {
            text.extend_from_slice(bytes);
        }
        let mut reader = csv::Reader::from_reader(text.as_slice());
        let header = reader.headers().map_err(|error| not_a_table(&error))?.clone();
        let rows: Result<Vec<_>, _> = reader.records().collect();
        Ok(Table { header, rows: rows.map_err(|error| not_a_table(&error))? })
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.place(column).is_ok()
    }

    /// The named columns, row by row; every number is finite.
    ///
    /// # Errors
    /// [`TableError`]: a column or a number is missing, or there are not `expected` rows.
    pub(crate) fn rows<const N: usize>(
        &self,
        columns: [&str; N],
        expected: usize,
    ) -> Result<Vec<[f64; N]>, TableError> {
        if self.rows.len() != expected {
            return Err(TableError::Rows { found: self.rows.len(), expected });
        }
        let mut places = [0; N];
        for (place, column) in places.iter_mut().zip(columns) {
            *place = self.place(column)?;
        }
        let mut numbers = vec![[0.0; N]; expected];
        for (row, (fields, numbers)) in self.rows.iter().zip(&mut numbers).enumerate() {
            for (at, number) in numbers.iter_mut().enumerate() {
                let text = fields[places[at]].trim();
                *number = text
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())
                    .ok_or_else(|| impossible(row, columns[at], text))?;
            }
        }
        Ok(numbers)
    }

    fn place(&self, column: &str) -> Result<usize, TableError> {
        let place = self.header.iter().position(|name| name == column);
        place.ok_or_else(|| TableError::NoColumn(column.to_owned()))
    }
}

/// A field that cannot be; `row` 0 is the first.
pub(crate) fn impossible(row: usize, column: &str, text: &str) -> TableError {
    TableError::Field { row: row + 1, column: column.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_in_plain_text() {
        let table = Table::read(b"a,b,c\n1,2,3\n4,5,6\n").unwrap();
        assert_eq!(table.rows(["c", "a"], 2).unwrap(), [[3.0, 1.0], [6.0, 4.0]]);
        assert!(table.has("b") && !table.has("d"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let table = Table::read(b"a,b\n1,2\nNaN,x\n").unwrap();
        assert_eq!(table.rows(["d"], 2).unwrap_err().to_string(), "there is no column d");
        assert_eq!(table.rows(["b"], 2).unwrap_err().to_string(), "row 2: b is \"x\", which cannot be");
        assert!(matches!(table.rows(["a"], 2), Err(TableError::Field { row: 2, .. })));
        assert_eq!(table.rows(["a"], 3).unwrap_err().to_string(), "2 rows where 3 are needed");
        for bytes in [&b"\x1F\x8Bbroken"[..], b"a,b\n1\n", b"\xFF\xFE\n\xFF\n"] {
            assert!(matches!(Table::read(bytes), Err(TableError::NotATable(_))), "{bytes:?}");
        }
    }
}
