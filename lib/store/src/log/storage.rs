//! What lies under the log: a file in a folder, and how much room its disk has.

use std::fmt::Debug;
use std::io;
use std::path::Path;

use crate::error::StoreError;
use crate::log::tables::{self, Opened};

/// So much must be free before readings are written: the log grows in steps, and what makes room needs some.
pub(crate) const FOR_READINGS: u64 = 64 << 20;
/// So much before what makes room: sealing, letting go of what is elsewhere, removing by age.
pub(crate) const FOR_UPKEEP: u64 = 16 << 20;

/// Where the log lies. The tests have one that fails when told to.
pub(crate) trait Storage: Debug + Send + Sync {
    /// Opens the log of `folder`, or makes it; the one opened before has been closed.
    fn open(&self, folder: &Path) -> Result<Opened, StoreError>;

    /// How much more its disk takes.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;

    /// Whether so much is free.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`] when too little is free, [`StoreError::Disk`] when the disk does not say.
    fn check_room(&self, folder: &Path, needed: u64) -> Result<(), StoreError> {
        let free = self.free_bytes(folder).map_err(tables::disk)?;
        if free < needed { Err(StoreError::NoSpace { free, needed }) } else { Ok(()) }
    }
}

/// The file `log.redb`.
#[derive(Debug)]
pub(crate) struct LogFile;

impl Storage for LogFile {
    fn open(&self, folder: &Path) -> Result<Opened, StoreError> {
        tables::open(folder)
    }

    fn free_bytes(&self, folder: &Path) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}
