//! How measurements look in bytes: what the log and the day files have in common.

pub(crate) mod bytes;
pub(crate) mod cell;
pub(crate) mod checked;
pub(crate) mod metric_set;
pub(crate) mod quality;
