//! The shelf: retained messages and the subscriptions of sessions that are to be kept, in one small file of the
//! broker's own. See docs/decisions/broker-shelf.md.
//!
//! ```text
//! session ──line──> queue ──> writer's thread ──write──> data/broker/kept ──sync, at most a second later──> disk
//!    └────────────── written ─────────┘
//! ```
//!
//! What was told to be written survives the end of the process; a power cut may take the last second. When the disk
//! refuses, the broker goes on in memory, counts it, and writes everything anew as soon as it can.

mod file;
mod line;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tracing::{error, info, warn};

use crate::counters::{Count, Counters};
use file::ShelfFile;
pub(crate) use line::{Kept, KeptSession, Line, Stock};

/// The longest that something written waits for the disk itself.
const SYNC_TIME: Duration = Duration::from_secs(1);
/// Lines that are written with one call at most.
const BATCH: usize = 1_024;

/// Why the shelf cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The system refused.
    #[error("{path} cannot be used: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It was not written by this program, or by a later one.
    #[error("{path} is no file of this broker: move it away, and the broker begins a new one", path = .0.display())]
    Foreign(PathBuf),
    /// Another broker runs on the same folder.
    #[error("another broker already uses {path}: stop it, or choose another folder", path = .0.display())]
    InUse(PathBuf),
}

/// A handle on the shelf; clones share it.
#[derive(Clone)]
pub(crate) struct Shelf(Option<Sender<Errand>>);

enum Errand {
    Write(Line, oneshot::Sender<()>),
    /// Write what is queued, bring it to the disk and end.
    Close(oneshot::Sender<()>),
}

/// Tells when a line is written.
#[must_use = "what depends on the line waits for it"]
pub(crate) struct Written(Option<oneshot::Receiver<()>>);

impl Written {
    /// Nothing had to be written.
    pub(crate) const NOTHING: Self = Self(None);

    /// Waits; an error is the writer's to tell.
    pub(crate) async fn wait(self) {
        if let Some(written) = self.0 {
            let _ = written.await;
        }
    }

    /// Goes on without waiting.
    pub(crate) fn by_itself(self) {}
}

impl Shelf {
    /// A shelf that forgets: for a broker without a folder.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Opens the shelf in a folder, which is made where it is not there, and gives what is on it.
    pub(crate) fn open(folder: &Path, counters: &Counters) -> Result<(Self, Stock), ShelfError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| ShelfError::Io { path, source }
        };
        fs::create_dir_all(folder).map_err(io(folder))?;
        let lock = claim(&folder.join("lock"))?;
        let path = folder.join("kept");
        let (stock, damage) = file::read(&path).map_err(|source| match source.kind() {
            io::ErrorKind::InvalidData => ShelfError::Foreign(path.clone()),
            _ => ShelfError::Io { path: path.clone(), source },
        })?;
        if damage != file::Damage::default() {
            let file::Damage { lines, torn_bytes } = damage;
            counters.add_many(Count::ShelfDamaged, lines);
            warn!(lines, torn_bytes, path = %path.display(), "a part of what the broker kept could not be read");
        }
        let file = ShelfFile::anew(&path, &stock).map_err(io(&path))?;
        let copy = stock.clone();
        let (errands, waiting) = mpsc::channel();
        let counters = counters.clone();
        let writer = Writer { path, file: Some(file), stock: copy, dirty_since: None, counters, _lock: lock };
        std::thread::spawn(move || writer.run(&waiting));
        Ok((Self(Some(errands)), stock))
    }

    /// Puts a line into the queue; lines are written in this order. The queue is bounded by everyone's waiting for
    /// their own line before the next.
    pub(crate) fn put(&self, line: Line) -> Written {
        self.0.as_ref().map_or(Written::NOTHING, |errands| {
            let (tell, told) = oneshot::channel();
            // After `close` nothing is kept any more.
            let _ = errands.send(Errand::Write(line, tell));
            Written(Some(told))
        })
    }

    /// Brings everything to the disk. Nothing is kept afterwards.
    pub(crate) async fn close(&self) {
        if let Some(errands) = &self.0 {
            let (tell, told) = oneshot::channel();
            let _ = errands.send(Errand::Close(tell));
            let _ = told.await;
        }
    }
}

fn claim(path: &Path) -> Result<File, ShelfError> {
    let io = |source| ShelfError::Io { path: path.to_owned(), source };
    let lock = File::create(path).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(ShelfError::InUse(path.parent().unwrap_or(path).to_owned())),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

fn tell(told: &mut Vec<oneshot::Sender<()>>) {
    for tell in told.drain(..) {
        // Whoever does not wait does not listen.
        let _ = tell.send(());
    }
}

/// The thread that writes.
struct Writer {
    path: PathBuf,
    /// `None` after the disk refused.
    file: Option<ShelfFile>,
    /// What all lines so far come to; topics and payloads are shared with those who use them.
    stock: Stock,
    /// Since when something is written and not known to be on the disk itself.
    dirty_since: Option<Instant>,
    counters: Counters,
    _lock: File,
}

impl Writer {
    fn run(mut self, waiting: &Receiver<Errand>) {
        let mut frames = Vec::new();
        let mut told = Vec::new();
        while self.serve(waiting, &mut frames, &mut told) {
            tell(&mut told);
        }
        // Whoever waits for the end may use the folder again: the lock goes first.
        drop(self);
        tell(&mut told);
    }

    /// Writes what is queued; gives whether there may be more.
    fn serve(
        &mut self,
        waiting: &Receiver<Errand>,
        frames: &mut Vec<u8>,
        told: &mut Vec<oneshot::Sender<()>>,
    ) -> bool {
        let first = match self.dirty_since {
            None => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => waiting.recv_timeout(SYNC_TIME.saturating_sub(since.elapsed())),
        };
        let mut closing = matches!(first, Err(RecvTimeoutError::Disconnected));
        for errand in first.into_iter().chain(waiting.try_iter().take(BATCH)) {
            match errand {
                Errand::Write(line, tell) => {
                    file::frame(frames, &line);
                    self.stock.apply(line);
                    told.push(tell);
                }
                Errand::Close(tell) => {
                    closing = true;
                    told.push(tell);
                }
            }
        }
        self.write(frames, closing);
        frames.clear();
        !closing
    }

    fn write(&mut self, frames: &[u8], closing: bool) {
        let was_broken = self.file.is_none();
        match self.try_write(frames, closing) {
            Ok(()) if was_broken => info!("what the broker keeps is on the disk again"),
            Ok(()) => {}
            Err(source) => {
                self.file = None;
                self.dirty_since = None;
                self.counters.add(Count::ShelfFailed);
                if !was_broken {
                    error!(path = %self.path.display(), error = %source,
                        "retained messages and sessions cannot be written; they are in memory only until they can");
                }
            }
        }
    }

    fn try_write(&mut self, frames: &[u8], closing: bool) -> io::Result<()> {
        let Some(file) = self.file.as_mut().filter(|file| !file.is_wasteful()) else {
            self.file = Some(ShelfFile::anew(&self.path, &self.stock)?);
            self.dirty_since = None;
            return Ok(());
        };
        if !frames.is_empty() {
            file.add(frames)?;
            self.dirty_since.get_or_insert_with(Instant::now);
        }
        if self.dirty_since.is_some_and(|since| closing || since.elapsed() >= SYNC_TIME) {
            file.sync()?;
            self.dirty_since = None;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Shelf {
    /// A shelf whose disk never answers while what comes beside it is held.
    pub(crate) fn stuck() -> (Self, impl Sized) {
        let (errands, waiting) = mpsc::channel();
        (Self(Some(errands)), waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::line::tests::keep;
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_there_without_a_good_bye() {
        let folder = tempfile::tempdir().unwrap();
        let (shelf, stock) = Shelf::open(folder.path(), &Counters::new()).unwrap();
        assert_eq!(stock, Stock::default());
        shelf.put(keep("a", "1")).by_itself();
        shelf.put(keep("b", "2")).wait().await;
        let (left, damage) = file::read(&folder.path().join("kept")).unwrap();
        assert_eq!((left.retained.len(), damage), (2, file::Damage::default()));
        shelf.close().await;
        shelf.put(keep("c", "3")).wait().await;
        let (left, _) = file::read(&folder.path().join("kept")).unwrap();
        assert_eq!(left.retained.len(), 2, "nothing is kept after the end");
    }

    #[tokio::test]
    async fn one_topic_said_again_and_again_does_not_grow_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let (shelf, _) = Shelf::open(folder.path(), &Counters::new()).unwrap();
        let payload = bytes::Bytes::from(vec![7; 8 * 1024]);
        for _ in 0..2_000 {
            let topic = bytes::Bytes::from_static(b"a");
            shelf.put(Line::Keep { topic, payload: payload.clone(), qos: 1 }).wait().await;
        }
        let path = folder.path().join("kept");
        assert!(fs::metadata(&path).unwrap().len() < 2 * 1024 * 1024);
        assert_eq!(file::read(&path).unwrap().0.retained.len(), 1);
    }

    #[test]
    fn a_full_disk_is_counted_and_everything_is_written_when_there_is_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let counters = Counters::new();
        let mut writer = Writer {
            path: path.clone(),
            file: Some(ShelfFile::full()),
            stock: Stock::default(),
            dirty_since: None,
            counters: counters.clone(),
            _lock: claim(&folder.path().join("lock")).unwrap(),
        };
        let mut say = |line: Line| {
            let mut frames = Vec::new();
            file::frame(&mut frames, &line);
            writer.stock.apply(line);
            writer.write(&frames, false);
        };
        say(keep("a", "1"));
        assert_eq!((counters.read(Count::ShelfFailed), path.exists()), (1, false));
        say(keep("b", "2"));
        assert_eq!(file::read(&path).unwrap().0.retained.len(), 2);
    }
}
