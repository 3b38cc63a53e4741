//! Day files: what is over and done with, immutable, a file per day and retention class.
//!
//! ```text
//!   003.plant.seg                                  003.plant.roll
//!   ├─ header: what it is, version, class          ├─ header
//!   ├─ heater 4                                    ├─ chunk of one metric: heaters, hours, counts, minima,
//!   │   ├─ chunk: up to 8,192 rows                 │   maxima, sums of up to 4,096 hours
//!   │   │   ├─ times                               ├─ chunk of one metric …
//!   │   │   ├─ origins: boot, seq                  ├─ directory: the chunks by metric and heater
//!   │   │   ├─ metric 0: where, quality, values    └─ footer
//!   │   │   └─ metric 3 …
//!   │   ├─ chunk …
//!   │   └─ index: chunks, their times and columns
//!   ├─ heater 9 …
//!   ├─ directory: heater → its index, 20 bytes each
//!   └─ footer: where the directory is, how much there is
//! ```
//! Columns ([`integers`], [`values`], [`column`], [`origins`], [`roll_up`]) and the frame around them ([`file`],
//! [`index`]) are drawn where they are written. A row is what one record said of one time. Each column has a checksum
//! in the index, the index in the directory, the directory in the footer, header and footer in themselves: damage is
//! always noticed, and takes with it no more than the column, the chunk, the heater or the file that it lies in.
//!
//! This is a format and the access to it: days, generations, retention and the log are known elsewhere.

mod column;
mod error;
mod file;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod hour_sum;
mod index;
mod integers;
mod origins;
mod reader;
mod roll_up;
mod roll_up_reader;
mod roll_up_writer;
mod table;
#[cfg(test)]
mod tests;
mod values;
mod writer;

pub(crate) use error::SegmentError;
pub(crate) use file::Summary;
pub(crate) use hour_sum::HourSum;
#[cfg(test)]
pub(crate) use reader::Rows;
pub(crate) use reader::{Segment, Visited};
pub(crate) use roll_up_reader::RollUp;
pub(crate) use roll_up_writer::{RollUpWriter, merge_roll_ups};
pub(crate) use table::Table;
pub(crate) use writer::SegmentWriter;
