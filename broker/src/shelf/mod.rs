//! The shelf: retained messages and the subscriptions of sessions that are to be kept, in one small file of the
//! broker's own. See docs/decisions/broker-shelf.md.
//!
//! ```text
//! session ──line──> queue ──> writer's thread ──write──> data/broker/kept ──sync, at most a second later──> disk
//!    └────────────── written ─────────┘
//! ```
//!
//! What was told to be written survives the end of the process; a power cut may take the last second. When the disk
//! refuses, the broker goes on in memory, counts it, and tries to write everything anew, less and less often.

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
/// Between two tries of a disk that refuses; each failure doubles it. Meanwhile nobody waits for the disk.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
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
        let writer = Writer { path, file: Ok(file), stock: copy, dirty_since: None, counters, _lock: lock };
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

/// When a disk that refused is asked again.
#[derive(Clone, Copy)]
struct Retry {
    at: Instant,
    pause: Duration,
}

impl Retry {
    fn after(pause: Duration) -> Self {
        Self { at: Instant::now() + pause, pause }
    }

    fn next(self) -> Self {
        Self::after((self.pause * 2).min(LONGEST_PAUSE))
    }
}

/// The thread that writes.
struct Writer {
    path: PathBuf,
    /// When to try again, after the disk refused.
    file: Result<ShelfFile, Retry>,
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
        let first = match (&self.file, self.dirty_since) {
            (Err(retry), _) => waiting.recv_timeout(retry.at.saturating_duration_since(Instant::now())),
            (Ok(_), Some(since)) => waiting.recv_timeout(SYNC_TIME.saturating_sub(since.elapsed())),
            (Ok(_), None) => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
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
        let broken = self.file.as_ref().err().copied();
        if broken.is_some_and(|retry| !closing && Instant::now() < retry.at) {
            return;
        }
        match self.try_write(frames, closing) {
            Ok(()) if broken.is_some() => info!("what the broker keeps is on the disk again"),
            Ok(()) => {}
            Err(source) => {
                self.file = Err(broken.map_or(Retry::after(FIRST_PAUSE), Retry::next));
                self.dirty_since = None;
                self.counters.add(Count::ShelfFailed);
                if broken.is_none() {
                    error!(path = %self.path.display(), error = %source,
                        "retained messages and sessions cannot be written; they are in memory only until they can");
                }
            }
        }
    }

    fn try_write(&mut self, frames: &[u8], closing: bool) -> io::Result<()> {
        let Some(file) = self.file.as_mut().ok().filter(|file| !file.is_wasteful()) else {
            self.file = Ok(ShelfFile::anew(&self.path, &self.stock)?);
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

    /// A writer on a full disk; from its first failure on it writes to `path`.
    fn writer(path: &Path, folder: &Path, counters: &Counters) -> Writer {
        Writer {
            path: path.to_owned(),
            file: Ok(ShelfFile::full()),
            stock: Stock::default(),
            dirty_since: None,
            counters: counters.clone(),
            _lock: claim(&folder.join("lock")).unwrap(),
        }
    }

    #[tokio::test]
    async fn a_full_disk_is_tried_again_by_itself_and_not_at_every_line() {
        let folder = tempfile::tempdir().unwrap();
        // A folder that is not there yet refuses as a full disk does.
        let path = folder.path().join("room").join("kept");
        let counters = Counters::new();
        let writer = writer(&path, folder.path(), &counters);
        let (errands, waiting) = mpsc::channel();
        std::thread::spawn(move || writer.run(&waiting));
        let shelf = Shelf(Some(errands));
        for _ in 0..1_000 {
            shelf.put(keep("a", "1")).wait().await;
        }
        shelf.put(keep("b", "2")).wait().await;
        let failed = counters.read(Count::ShelfFailed);
        assert!((1..100).contains(&failed), "{failed} tries for 1,001 lines");
        fs::create_dir(folder.path().join("room")).unwrap();
        // Nobody says anything any more.
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(file::read(&path).unwrap().0.retained.len(), 2);
    }

    #[test]
    fn what_could_not_be_written_whole_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        // A folder in the file's place: everything works but the last step.
        let path = folder.path().join("kept");
        fs::create_dir(&path).unwrap();
        assert!(ShelfFile::anew(&path, &Stock::default()).is_err());
        assert!(!path.with_extension("new").exists());
    }
}
