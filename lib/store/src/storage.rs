//! What lies under the log: a file in a folder, and how much room its disk has.

use std::fmt::Debug;
use std::io;
use std::path::Path;

use crate::error::StoreError;
use crate::tables::{self, Opened};

/// So much must be free before a commit: the log grows in steps, and whoever comes to make room needs some.
const NEEDED_BYTES: u64 = 64 << 20;

/// Where the log lies. The tests have one that fails when told to.
pub(crate) trait Storage: Debug + Send + Sync {
    /// Opens the log of `folder`, or makes it; the one opened before has been closed.
    fn open(&self, folder: &Path) -> Result<Opened, StoreError>;

    /// How much more its disk takes.
    fn free_bytes(&self, folder: &Path) -> io::Result<u64>;

    /// Whether a commit may begin.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`] when too little is free, [`StoreError::Disk`] when the disk does not say.
    fn check_room(&self, folder: &Path) -> Result<(), StoreError> {
        let free = self.free_bytes(folder).map_err(tables::disk)?;
        if free < NEEDED_BYTES { Err(StoreError::NoSpace { free, needed: NEEDED_BYTES }) } else { Ok(()) }
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
