//! A recorded series in equal steps, as files of prices and carbon hold them.

use std::sync::Arc;

use crate::moment::Moment;
use crate::table::{Table, TableError};

/// Values in equal steps, each holding until the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    first_ms: i64,
    step_ms: i64,
    values: Arc<[f64]>,
}

impl Series {
    /// One column of comma-separated text with a header, packed by gzip or not: its first row begins at
    /// `first_ms`, milliseconds since 1970 UTC, the others follow every `step_s` seconds.
    ///
    /// # Errors
    /// [`TableError`]: the column, a number or all rows are missing.
    pub fn from_csv(bytes: &[u8], column: &str, first_ms: i64, step_s: u32) -> Result<Series, TableError> {
        let table = Table::read(bytes)?;
        let values: Arc<[f64]> = table.rows([column], table.len())?.into_iter().flatten().collect();
        if values.is_empty() {
            return Err(TableError::Rows { found: 0, expected: 1 });
        }
        Ok(Series { first_ms, step_ms: i64::from(step_s.max(1)) * 1000, values })
    }

    /// The value at a moment. Beyond its ends the series goes round.
    #[must_use]
    pub fn at(&self, moment: Moment) -> f64 {
        let step = (moment.utc_ms - self.first_ms).div_euclid(self.step_ms);
        self.values[step.rem_euclid(self.values.len() as i64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_holds_until_the_next_and_the_end_joins_the_beginning() {
        let series = Series::from_csv(b"price\n1\n2\n3\n", "price", 7_200_000, 3600).unwrap();
        let at = |minute: i64| series.at(Moment { utc_ms: minute * 60_000, local_offset_s: 0 });
        assert_eq!([at(120), at(179), at(180), at(299), at(300), at(119)], [1.0, 1.0, 2.0, 3.0, 1.0, 3.0]);
        assert!(Series::from_csv(b"price\n", "price", 0, 3600).is_err());
    }
}
