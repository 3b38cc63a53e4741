//! The file under redb. A disk that failed once is not touched again.
//!
//! After a failed fsync nobody knows what is on disk, and asking again may answer "yes" to what is lost. So the first
//! failure of a write, a resize or an fsync is remembered and told to the writer, which acknowledges nothing. What redb
//! still wants to write is kept in memory, so that it stays consistent in itself and goes on answering reads until
//! the process ends or, where the disk was merely full, the file is opened anew: see [`crate::log::journal`]. Either finds
//! the last state that was durable.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

/// Why a disk failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Cause {
    /// There was no room for a write. Everything that was durable still is.
    Full,
    /// Anything else, and any fsync: nobody knows what is on disk.
    #[default]
    Broken,
}

/// The first failure of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) cause: Cause,
    pub(crate) reason: String,
}

/// Whether a failure says that there is no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// What is known of the disk's failure; shared between the file under redb and the writer.
#[derive(Debug, Clone, Default)]
pub(crate) struct DiskState(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Set after `failed` is filled, so that a healthy disk is read without taking the lock.
    has_failed: AtomicBool,
    failed: Mutex<Failed>,
}

#[derive(Debug, Default)]
struct Failed {
    cause: Cause,
    reason: String,
    /// What should have been written since, in order.
    overlay: Vec<(u64, Vec<u8>)>,
    len: u64,
}

impl DiskState {
    /// Why the disk failed, if it did.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.has_failed().then(|| {
            let failed = self.failed();
            Failure { cause: failed.cause, reason: failed.reason.clone() }
        })
    }

    fn has_failed(&self) -> bool {
        self.0.has_failed.load(Ordering::Acquire)
    }

    fn failed(&self) -> MutexGuard<'_, Failed> {
        // Nothing that could panic runs under this lock.
        self.0.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, Failure { cause, reason }: Failure, len: u64) {
        *self.failed() = Failed { cause, reason, overlay: Vec::new(), len };
        self.0.has_failed.store(true, Ordering::Release);
    }
}

/// A file that stops being written at its first failure.
#[derive(Debug)]
pub(crate) struct Disk<F> {
    file: F,
    state: DiskState,
}

impl<F: StorageBackend> Disk<F> {
    pub(crate) const fn new(file: F, state: DiskState) -> Self {
        Self { file, state }
    }

    /// Does `attempt` on a disk that never failed; otherwise, or when it fails, `instead` in memory.
    fn guard(
        &self,
        attempt: impl FnOnce(&F) -> io::Result<()>,
        when_full: Cause,
        instead: impl FnOnce(&mut Failed),
    ) -> io::Result<()> {
        if !self.state.has_failed() {
            let Err(error) = attempt(&self.file) else { return Ok(()) };
            let cause = if is_full(&error) { when_full } else { Cause::Broken };
            match cause {
                Cause::Full => {
                    tracing::error!(%error, "the disk is full; history is not written until there is room");
                }
                Cause::Broken => {
                    tracing::error!(%error, "the disk failed; history is not written any more");
                }
            }
            self.state.fail(Failure { cause, reason: error.to_string() }, self.file.len().unwrap_or(0));
        }
        instead(&mut self.state.failed());
        Ok(())
    }
}

impl<F: StorageBackend> StorageBackend for Disk<F> {
    fn len(&self) -> io::Result<u64> {
        if self.state.has_failed() { Ok(self.state.failed().len) } else { self.file.len() }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if !self.state.has_failed() {
            return self.file.read(offset, out);
        }
        read_what_there_is(&self.file, offset, out)?;
        for (at, data) in &self.state.failed().overlay {
            lay_over(offset, out, *at, data);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.guard(|file| file.set_len(len), Cause::Full, |failed| failed.len = len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.guard(StorageBackend::sync_data, Cause::Broken, |_| ())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.guard(
            |file| file.write(offset, data),
            Cause::Full,
            |failed| {
                failed.overlay.push((offset, data.to_vec()));
                failed.len = failed.len.max(offset + data.len() as u64);
            },
        )
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

/// Reads from the file, with zeros where it was to grow and did not.
fn read_what_there_is(file: &impl StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
    let there = file.len()?.saturating_sub(offset).min(out.len() as u64) as usize;
    let (inside, beyond) = out.split_at_mut(there);
    beyond.fill(0);
    if inside.is_empty() { Ok(()) } else { file.read(offset, inside) }
}

/// Copies the part of `data`, which lies at `at`, that falls into `out`, which lies at `offset`.
fn lay_over(offset: u64, out: &mut [u8], at: u64, data: &[u8]) {
    let from = offset.max(at);
    let to = (offset + out.len() as u64).min(at + data.len() as u64);
    if from < to {
        let source = &data[(from - at) as usize..(to - at) as usize];
        out[(from - offset) as usize..(to - offset) as usize].copy_from_slice(source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::backends::InMemoryBackend;

    #[test]
    fn what_could_not_be_written_is_still_read() {
        let file = InMemoryBackend::new();
        file.set_len(8).unwrap();
        file.write(0, &[1; 8]).unwrap();
        let state = DiskState::default();
        let disk = Disk::new(file, state.clone());
        state.fail(Failure { cause: Cause::Broken, reason: "test".to_owned() }, 8);
        disk.set_len(12).unwrap();
        disk.write(6, &[2; 4]).unwrap();
        disk.write(7, &[3]).unwrap();
        let mut out = [9; 12];
        disk.read(0, &mut out).unwrap();
        assert_eq!(out, [1, 1, 1, 1, 1, 1, 2, 3, 2, 2, 0, 0]);
        assert_eq!((disk.len().unwrap(), disk.file.len().unwrap()), (12, 8));
    }
}
