//! Day files that are open: the last ones that were asked for stay so.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::days::day;
use crate::days::manifest;
use crate::days::parts::DayFile;
use crate::days::segment::{RollUp, Segment, SegmentError};

/// So many of each kind stay open.
const MAX_OPEN: usize = 64;

/// The files that are open.
#[derive(Debug)]
pub(crate) struct OpenFiles {
    segments: Recent<Segment>,
    roll_ups: Recent<RollUp>,
}

impl Default for OpenFiles {
    fn default() -> Self {
        Self { segments: Recent::new(Segment::open), roll_ups: Recent::new(RollUp::open) }
    }
}

impl OpenFiles {
    pub(crate) fn segment(&self, file: &DayFile) -> Result<Arc<Segment>, Unusable> {
        let segment = self.segments.open(file.path())?;
        let cells = file.part.1.cells;
        is_of(file, segment.class(), segment.summary().cells == cells).map(|()| segment)
    }

    pub(crate) fn roll_up(&self, file: &DayFile) -> Result<Arc<RollUp>, Unusable> {
        let roll_up = self.roll_ups.open(file.path())?;
        // Its hours begin within the day.
        let is_of_day = roll_up.summary().rows == 0 || day::of(roll_up.summary().ts_max) == file.part.0.day;
        is_of(file, roll_up.class(), is_of_day).map(|()| roll_up)
    }

    /// Closes a file that is about to go.
    pub(crate) fn close(&self, file: &DayFile) {
        self.segments.close(file.path());
        self.roll_ups.close(file.path());
    }
}

/// A file of another part under this name would tell what was measured elsewhere.
fn is_of(file: &DayFile, class: &str, fits: bool) -> Result<(), Unusable> {
    if fits && class == manifest::class_name(file.part.0.class) {
        return Ok(());
    }
    Err(Unusable::Damaged("it belongs to another part".to_owned()))
}

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is missing or is not what was written: the rest of history is readable.
    Damaged(String),
    /// The disk does not give it.
    Disk(io::Error),
}

impl From<SegmentError> for Unusable {
    fn from(error: SegmentError) -> Self {
        match error {
            SegmentError::Read(error) if error.kind() != io::ErrorKind::NotFound => Self::Disk(error),
            error => Self::Damaged(error.to_string()),
        }
    }
}

/// Open files of one kind, the one asked for last at the end.
#[derive(Debug)]
struct Recent<T> {
    open: fn(&Path) -> Result<T, SegmentError>,
    files: Mutex<Vec<(PathBuf, Arc<T>)>>,
}

impl<T> Recent<T> {
    const fn new(open: fn(&Path) -> Result<T, SegmentError>) -> Self {
        Self { open, files: Mutex::new(Vec::new()) }
    }

    fn open(&self, path: &Path) -> Result<Arc<T>, Unusable> {
        if let Some(known) = self.take(path) {
            self.put(path, &known);
            return Ok(known);
        }
        // Not under the lock: others need not wait for the disk. Two may open the same file; one of them is kept.
        let opened = Arc::new((self.open)(path)?);
        self.take(path);
        self.put(path, &opened);
        Ok(opened)
    }

    fn close(&self, path: &Path) {
        self.take(path);
    }

    fn take(&self, path: &Path) -> Option<Arc<T>> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let at = files.iter().position(|(known, _)| known == path)?;
        Some(files.remove(at).1)
    }

    fn put(&self, path: &Path, file: &Arc<T>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.len() >= MAX_OPEN {
            files.remove(0);
        }
        files.push((path.to_owned(), Arc::clone(file)));
    }
}
