//! The parts of history that lie in day files: which there are, and when their files go.
//!
//! ```text
//!   2026-11-18/003.plant.seg     every reading          2026-11-18/003.plant.roll     hourly sums
//! ```
//! A reader keeps the files of the parts it looked up: they go when the last reader lets go of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::crash_point;
use crate::days::day;
use crate::days::manifest::{self, PartId, PartInfo};
use crate::days::quarantine;

const SEGMENT: &str = "seg";
const ROLL_UP: &str = "roll";
/// What a file is called until it is whole.
pub(crate) const UNFINISHED: &str = "tmp";

/// All parts, as they were at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts(BTreeMap<PartId, Part>);

/// One part with its files.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) id: PartId,
    pub(crate) info: PartInfo,
    pub(crate) full: Option<Arc<DayFile>>,
    pub(crate) roll_up: Option<Arc<DayFile>>,
}

/// A file of a part.
#[derive(Debug)]
pub(crate) struct DayFile {
    store: PathBuf,
    path: PathBuf,
    /// The part it belongs to, and what is known of that.
    pub(crate) part: (PartId, PartInfo),
    pub(crate) bytes: u64,
    fate: AtomicU8,
}

/// What becomes of a file when nobody needs it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Fate {
    Stay = 0,
    Remove = 1,
    Quarantine = 2,
}

impl Parts {
    /// The parts of a manifest, with their files in `store`.
    pub(crate) fn of(store: &Path, manifest: Vec<(PartId, PartInfo)>) -> Self {
        manifest.into_iter().map(|(id, info)| Part::new(store, id, info)).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Part> {
        self.0.values()
    }

    pub(crate) fn insert(&mut self, part: Part) {
        self.0.insert(part.id, part);
    }

    pub(crate) fn remove(&mut self, id: PartId) -> Option<Part> {
        self.0.remove(&id)
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.len() as u64
    }

    pub(crate) fn days(&self) -> u64 {
        let mut days: Vec<i64> = self.0.keys().map(|id| id.day).collect();
        days.dedup();
        days.len() as u64
    }

    /// Size of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.iter().flat_map(Part::files).map(|file| file.bytes).sum()
    }
}

impl FromIterator<Part> for Parts {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        Self(parts.into_iter().map(|part| (part.id, part)).collect())
    }
}

impl Part {
    pub(crate) fn new(store: &Path, id: PartId, info: PartInfo) -> Self {
        let file = |exists: bool, path: fn(&Path, PartId) -> PathBuf| {
            exists.then(|| Arc::new(DayFile::new(store, path(store, id), (id, info))))
        };
        Self { id, info, full: file(info.full, segment_path), roll_up: file(info.roll_up, roll_up_path) }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<DayFile>> {
        self.full.iter().chain(&self.roll_up)
    }

    /// Whether anything of it can lie between two times, both inclusive.
    pub(crate) const fn meets(&self, first: i64, last: i64) -> bool {
        self.info.ts_min <= last && self.info.ts_max >= first
    }
}

impl DayFile {
    fn new(store: &Path, path: PathBuf, part: (PartId, PartInfo)) -> Self {
        // A file that is missing is found out when it is to be read.
        let bytes = fs::metadata(&path).map_or(0, |file| file.len());
        Self { store: store.to_owned(), path, part, bytes, fate: AtomicU8::new(Fate::Stay as u8) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Day and name, as people are told of it.
    pub(crate) fn name(&self) -> String {
        self.path.strip_prefix(&self.store).unwrap_or(&self.path).display().to_string()
    }

    /// Decides what becomes of it once no reader has it any more.
    pub(crate) fn meet(&self, fate: Fate) {
        self.fate.store(fate as u8, Ordering::Release);
    }
}

impl Drop for DayFile {
    fn drop(&mut self) {
        let fate = self.fate.load(Ordering::Acquire);
        if fate == Fate::Stay as u8 {
            return;
        }
        crash_point::reach("store.before_unlink");
        let outcome = if fate == Fate::Remove as u8 {
            fs::remove_file(&self.path)
        } else {
            quarantine::move_in(&self.store, &self.path)
        };
        crash_point::reach("store.after_unlink");
        if let Err(error) = outcome {
            tracing::warn!(file = %self.name(), %error, "a day file that is not needed any more could not be put away");
        }
    }
}

pub(crate) fn folder(store: &Path, day: i64) -> PathBuf {
    store.join(day::name(day))
}

pub(crate) fn segment_path(store: &Path, id: PartId) -> PathBuf {
    path(store, id, SEGMENT)
}

pub(crate) fn roll_up_path(store: &Path, id: PartId) -> PathBuf {
    path(store, id, ROLL_UP)
}

fn path(store: &Path, id: PartId, kind: &str) -> PathBuf {
    let class = manifest::class_name(id.class);
    folder(store, id.day).join(format!("{:03}.{class}.{kind}", id.generation))
}

/// The generation after all that the folder of a day has files of, whether or not they belong to history: a name is
/// not used again while a reader may still hold a file of that name.
pub(crate) fn next_generation(store: &Path, parts: &Parts, day: i64) -> u32 {
    let names = fs::read_dir(folder(store, day)).into_iter().flatten().filter_map(Result::ok);
    let generations = names.filter_map(|entry| generation_of(&entry.file_name().to_string_lossy()));
    let known = parts.iter().filter(|part| part.id.day == day).map(|part| part.id.generation);
    generations.chain(known).max().map_or(1, |newest| newest.saturating_add(1))
}

/// The generation in the name of a day file, finished or not; nothing for other files.
fn generation_of(name: &str) -> Option<u32> {
    let name = name.strip_suffix(&format!(".{UNFINISHED}")).unwrap_or(name);
    let is_ours = [SEGMENT, ROLL_UP].iter().any(|kind| name.ends_with(&format!(".{kind}")));
    name.split('.').next().filter(|_| is_ours)?.parse().ok()
}

/// Removes day files that belong to no part: a seal that was cut short left them. To be called before anyone reads.
pub(crate) fn remove_orphans(store: &Path, parts: &Parts) {
    for day in fs::read_dir(store).into_iter().flatten().filter_map(Result::ok) {
        let files = fs::read_dir(day.path()).into_iter().flatten().filter_map(Result::ok);
        let ours = files.filter(|file| generation_of(&file.file_name().to_string_lossy()).is_some());
        // Damaged files keep their names in the quarantine, with the day before them: those begin with no generation.
        for file in ours.map(|file| file.path()) {
            if !parts.iter().flat_map(Part::files).any(|known| known.path() == file) {
                remove_orphan(&file);
            }
        }
        if day.file_name().to_string_lossy().contains('-') {
            // Only an empty folder goes.
            let _ = fs::remove_dir(day.path());
        }
    }
}

/// Removes a file that belongs to no part.
pub(crate) fn remove_orphan(file: &Path) {
    match fs::remove_file(file) {
        Ok(()) => tracing::info!(file = %file.display(), "a day file that belonged to nothing was removed"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "a day file that belongs to nothing stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_day_files_have_a_generation() {
        for (name, generation) in [
            ("003.plant.seg", Some(3)),
            ("1200.people.roll", Some(1200)),
            ("007.plant.seg.tmp", Some(7)),
            ("2026-11-18-003.plant.seg", None),
            ("003.plant.txt", None),
            ("log.redb", None),
        ] {
            assert_eq!(generation_of(name), generation, "{name}");
        }
    }
}
