//! Day files: what the log is sealed into, how long it is kept, and how it is copied.

pub(crate) mod backup;
pub(crate) mod day;
pub(crate) mod embedded;
pub(crate) mod erase;
pub(crate) mod maintenance;
pub(crate) mod manifest;
pub(crate) mod merge;
pub(crate) mod open_files;
pub(crate) mod part_writer;
pub(crate) mod parts;
pub(crate) mod quarantine;
pub(crate) mod retention;
pub(crate) mod retire;
pub(crate) mod seal;
pub(crate) mod segment;
