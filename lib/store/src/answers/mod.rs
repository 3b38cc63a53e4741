//! Answers of the embedded store, from memory, log and day files.

pub(crate) mod aggregate;
pub(crate) mod last;
pub(crate) mod past;
pub(crate) mod readings;
pub(crate) mod summing;
