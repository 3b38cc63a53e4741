//! The log: where a batch becomes durable, and the memory that is rebuilt from it.

pub(crate) mod block;
pub(crate) mod boots;
pub(crate) mod catalog;
pub(crate) mod checkpoint;
pub(crate) mod cursor;
pub(crate) mod damage;
pub(crate) mod disk;
#[cfg(test)]
mod disk_failure;
pub(crate) mod erased;
pub(crate) mod head;
pub(crate) mod journal;
pub(crate) mod migrate;
#[cfg(test)]
mod power_cut;
pub(crate) mod release;
pub(crate) mod storage;
pub(crate) mod tables;
pub(crate) mod writer;
