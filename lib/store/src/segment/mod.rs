//! Day files: what is over and done with, immutable, a file per day and retention class.

mod error;
mod reader;
mod roll_up;
mod table;
mod writer;

pub(crate) use error::SegmentError;
pub(crate) use reader::{Rows, Segment, Visited};
pub(crate) use roll_up::{HourSum, Merged, RollUp, RollUpWriter, merge_roll_ups};
pub(crate) use table::Table;
pub(crate) use writer::{SegmentWriter, Summary};
