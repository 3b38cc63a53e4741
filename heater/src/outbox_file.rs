//! The file that an outbox keeps its log in: one writer, readable by its owner alone.
//!
//! Writing is done by a thread, so a card that stalls never holds up the loop that keeps a room safe. Between the two
//! stand at most [`QUEUE`] writes; when they are full the disk counts as failed, the heater goes on from memory, and a
//! minute later the whole log is written anew.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use vocabulary::Timestamp;

use crate::agent::AgentSettings;
use crate::log_disk::{LogDisk, Outcome, beside};
use crate::outbox::{Birth, LogVersionError, LogWrite, Outbox, Recovered};

/// Writes on their way to the disk at once.
const QUEUE: usize = 64;
/// Closing waits no longer than this for the disk.
const CLOSE_LIMIT: Duration = Duration::from_millis(1_500);
/// The thread writes and waits; it needs little room.
const STACK_BYTES: usize = 128 * 1024;

/// Why an outbox cannot be kept in this file.
#[derive(Debug, thiserror::Error)]
pub enum OutboxFileError {
    /// Another process holds it: each would delete what the other has not sent.
    #[error("the outbox {0} is in use by another process")]
    InUse(PathBuf),
    /// It cannot be locked, or no thread can be started for it.
    #[error("the outbox {path} cannot be opened")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A newer program has written it.
    #[error(transparent)]
    Version(#[from] LogVersionError),
}

/// An open outbox file and the thread that writes it.
#[derive(Debug)]
pub struct OutboxFile {
    path: PathBuf,
    orders: SyncSender<LogWrite>,
    outcomes: Receiver<Outcome>,
}

impl OutboxFile {
    /// Opens the file, or makes it, and rebuilds what it holds as the outbox of a heater that boots now, whose boot is
    /// on disk when this returns. A file that cannot be read or written is no error: what is missing is declared as far
    /// as it is known, and the outbox goes on in memory. Blocks.
    ///
    /// # Errors
    /// [`OutboxFileError`] when it is in use, cannot be locked, or was written by a newer program.
    pub fn open(
        path: &Path,
        settings: &AgentSettings,
        now: Timestamp,
    ) -> Result<(Self, Outbox), OutboxFileError> {
        let io = |source| OutboxFileError::Io { path: path.to_owned(), source };
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(beside(path, "lock"))
            .map_err(io)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OutboxFileError::InUse(path.to_owned()),
            TryLockError::Error(source) => io(source),
        })?;
        let birth = Birth {
            boot: settings.boot,
            bn: settings.bn,
            record_every_ms: settings.record_every_ms,
            wall: now,
        };
        let (mut outbox, recovered) = Outbox::recover(&read(path), &birth, settings.outbox)?;
        tell(path, &recovered);
        let (orders, ordered) = sync_channel(QUEUE);
        let (outcome, outcomes) = channel();
        let mut disk = LogDisk::new(path.to_owned(), lock);
        let begun = disk.write(outbox.next_write(0).into_iter());
        thread::Builder::new()
            .name("outbox".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || disk.run(&ordered, &outcome))
            .map_err(io)?;
        let file = Self { path: path.to_owned(), orders, outcomes };
        if let Some(outcome) = begun {
            file.hear(outcome, &mut outbox, 0);
        }
        Ok((file, outbox))
    }

    /// Brings outbox and disk together: tells the outbox what became of earlier writes, and passes on the next ones.
    /// Never waits.
    pub fn settle(&self, outbox: &mut Outbox, mono_ms: u64) {
        while let Ok(outcome) = self.outcomes.try_recv() {
            self.hear(outcome, outbox, mono_ms);
        }
        while let Some(write) = outbox.next_write(mono_ms) {
            if let Err(error) = self.orders.try_send(write) {
                let reason = match error {
                    TrySendError::Full(_) => "the disk does not keep up",
                    TrySendError::Disconnected(_) => "nobody writes any more",
                };
                tracing::warn!(path = %self.path.display(), reason, "the outbox goes on in memory");
                outbox.disk_failed(mono_ms);
            }
        }
    }

    /// Closes the log in order, so that nothing counts as missing at the next start. Waits for the disk, at most a
    /// second and a half. Without it the file is whole all the same.
    pub fn close(self, outbox: &mut Outbox, mono_ms: u64) {
        self.settle(outbox, mono_ms);
        let Some(last) = outbox.close(mono_ms) else { return };
        let mark = last.mark;
        if self.orders.try_send(last).is_err() {
            return;
        }
        let deadline = Instant::now() + CLOSE_LIMIT;
        loop {
            match self.outcomes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Outcome::Synced(reached)) if reached >= mark => return,
                Ok(outcome) => self.hear(outcome, outbox, mono_ms),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    tracing::warn!(path = %self.path.display(), "the outbox could not be closed in order");
                    return;
                }
            }
        }
    }

    fn hear(&self, outcome: Outcome, outbox: &mut Outbox, mono_ms: u64) {
        match outcome {
            Outcome::Synced(mark) => outbox.synced(mark),
            Outcome::Failed(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the outbox could not be written; it goes on in memory");
                outbox.disk_failed(mono_ms);
            }
        }
    }
}

/// The bytes of the file, as far as they can be read; none when there is no file.
fn read(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let outcome = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "the outbox could not be read to its end");
            // What cannot be read counts as damage: a byte that belongs to no frame.
            bytes.push(0);
        }
        _ => {}
    }
    bytes
}

fn tell(path: &Path, recovered: &Recovered) {
    let Recovered { records, boots, cut_bytes, lost_at_most } = *recovered;
    let path = path.display();
    if lost_at_most > 0 || cut_bytes > 0 {
        tracing::warn!(%path, records, boots, cut_bytes, lost_at_most, "the outbox was not closed in order: what may be missing is declared");
    } else if boots > 0 {
        tracing::debug!(%path, records, boots, "the outbox has records of earlier boots to send");
    }
}
