//! The disk under an outbox: appends to the log, replaces it whole, and answers when it is safe. On a thread of its own,
//! because an SD card may take seconds for an fsync.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};

use crate::outbox::LogWrite;

/// What became of writes.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// This mark is on disk, and every one before it.
    Synced(u64),
    /// A write failed. Appends that come after it are not done; the next whole log is.
    Failed(io::Error),
}

/// The log's file, written by one.
#[derive(Debug)]
pub(crate) struct LogDisk {
    path: PathBuf,
    /// `None` until the first whole log, and after a failure: nobody knows what the file holds then.
    file: Option<File>,
    /// Held as long as anything may still be written.
    _lock: File,
}

impl LogDisk {
    pub(crate) fn new(path: PathBuf, lock: File) -> Self {
        Self { path, file: None, _lock: lock }
    }

    /// Does what it is told until nobody can tell it anything any more. What has piled up meanwhile shares one fsync.
    pub(crate) fn run(mut self, orders: &Receiver<LogWrite>, outcomes: &Sender<Outcome>) {
        while let Ok(first) = orders.recv() {
            let outcome = self.write(std::iter::once(first).chain(orders.try_iter()));
            if outcome.is_some_and(|outcome| outcomes.send(outcome).is_err()) {
                return;
            }
        }
    }

    /// Writes a group; `None` when it held nothing that can be written.
    pub(crate) fn write(&mut self, group: impl Iterator<Item = LogWrite>) -> Option<Outcome> {
        let outcome = self.try_write(group).map(|reached| reached.map(Outcome::Synced));
        outcome.unwrap_or_else(|error| {
            self.file = None;
            Some(Outcome::Failed(error))
        })
    }

    /// Writes a group; gives the last mark that is on disk.
    fn try_write(&mut self, group: impl Iterator<Item = LogWrite>) -> io::Result<Option<u64>> {
        let (mut reached, mut is_dirty) = (None, false);
        for write in group {
            if write.replaces {
                self.file = Some(replace(&self.path, &write.bytes)?);
                is_dirty = false;
            } else if let Some(file) = &mut self.file {
                file.write_all(&write.bytes)?;
                is_dirty = true;
            } else {
                continue;
            }
            reached = Some(write.mark);
        }
        if let Some(file) = self.file.as_ref().filter(|_| is_dirty) {
            file.sync_data()?;
        }
        Ok(reached)
    }
}

/// Puts a whole log in the place of the old one: a crash at any moment leaves one of the two.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let new = beside(path, "new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().create_new(true).append(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    // The rename itself is on disk once the folder is.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok(file)
}

/// The path with one more extension.
pub(crate) fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(bytes: &[u8], replaces: bool, mark: u64) -> LogWrite {
        LogWrite { bytes: bytes.to_vec(), replaces, mark }
    }

    fn disk(folder: &Path) -> LogDisk {
        LogDisk::new(folder.join("log"), File::create(folder.join("lock")).unwrap())
    }

    fn mark(outcome: Option<Outcome>) -> u64 {
        match outcome {
            Some(Outcome::Synced(mark)) => mark,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_appended_after_a_failure_waits_for_a_whole_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = disk(folder.path());
        assert_eq!(mark(disk.write([write(b"a", true, 1), write(b"b", false, 2)].into_iter())), 2);
        std::fs::create_dir(folder.path().join("log.new")).unwrap();
        let group = [write(b"c", false, 3), write(b"whole", true, 4), write(b"d", false, 5)];
        assert!(matches!(disk.write(group.into_iter()), Some(Outcome::Failed(_))));
        assert!(disk.write([write(b"e", false, 6)].into_iter()).is_none());
        assert_eq!(std::fs::read(folder.path().join("log")).unwrap(), b"abc", "the old log is still there");
        std::fs::remove_dir(folder.path().join("log.new")).unwrap();
        assert_eq!(mark(disk.write([write(b"f", false, 7), write(b"whole", true, 8)].into_iter())), 8);
        assert_eq!(mark(disk.write([write(b"g", false, 9)].into_iter())), 9);
        assert_eq!(std::fs::read(folder.path().join("log")).unwrap(), b"wholeg");
    }

    #[test]
    fn what_a_crash_left_of_a_new_log_is_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("log.new"), b"half of a log").unwrap();
        assert_eq!(mark(disk(folder.path()).write([write(b"a", true, 1)].into_iter())), 1);
        assert_eq!(std::fs::read(folder.path().join("log")).unwrap(), b"a");
    }
}
