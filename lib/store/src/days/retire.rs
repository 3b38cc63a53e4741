//! Retiring: parts go when they were kept long enough, the full readings first and the hourly sums later.

use vocabulary::Timestamp;

use crate::days::day::{self, DAY_MS};
use crate::days::embedded::Embedded;
use crate::days::manifest::{self, PartId, PartInfo};
use crate::days::parts::{self, Fate, Part};
use crate::days::retention::Retention;
use crate::days::seal;
use crate::error::StoreError;

impl Embedded {
    /// Lets go of what was kept long enough; returns of how many parts.
    pub(crate) fn retire(&self, now: Timestamp) -> Result<u64, StoreError> {
        let parts = std::sync::Arc::clone(&self.journal.head().parts);
        let olds: Vec<(Part, PartInfo)> = parts
            .iter()
            .map(|part| (part.clone(), left(&self.retention, part, now.ms())))
            .filter(|(part, left)| *left != part.info)
            .collect();
        drop(parts);
        if olds.is_empty() {
            return Ok(0);
        }
        let (gone, shrunk): (Vec<_>, Vec<_>) = olds.iter().partition(|(_, left)| !left.full && !left.roll_up);
        let gone: Vec<PartId> = gone.iter().map(|(part, _)| part.id).collect();
        let shrunk: Vec<(PartId, PartInfo)> = shrunk.iter().map(|(part, left)| (part.id, *left)).collect();
        self.journal.commit_beside(
            |transaction| {
                manifest::remove(transaction, &gone)?;
                manifest::put(transaction, &shrunk)
            },
            |head| {
                seal::change(head, |parts| {
                    gone.iter().for_each(|id| drop(parts.remove(*id)));
                    for (id, info) in &shrunk {
                        if let Some(part) = parts.remove(*id) {
                            parts.insert(part.without(*info));
                        }
                    }
                });
            },
        )?;
        let retired = olds.len() as u64;
        for (part, left) in olds {
            self.let_go(part, left);
        }
        Ok(retired)
    }

    /// Lets the files go that are not left; with the last of its day goes the folder.
    fn let_go(&self, part: Part, left: PartInfo) {
        let full = part.full.as_ref().filter(|_| !left.full);
        let roll_up = part.roll_up.as_ref().filter(|_| !left.roll_up);
        for file in full.into_iter().chain(roll_up) {
            self.files.close(file);
            file.meet(Fate::Remove);
        }
        let folder = parts::folder(self.journal.folder(), part.id.day);
        drop(part);
        // Only an empty folder goes.
        let _ = std::fs::remove_dir(folder);
    }
}

impl Part {
    /// The part with only those of its files that `info` knows.
    fn without(self, info: PartInfo) -> Self {
        let Self { id, full, roll_up, .. } = self;
        Self { id, info, full: full.filter(|_| info.full), roll_up: roll_up.filter(|_| info.roll_up) }
    }
}

/// What is left of a part at a time.
fn left(retention: &Retention, part: &Part, now_ms: i64) -> PartInfo {
    let since = day::end_ms(part.id.day).max(part.info.arrived_ms);
    let is_kept = |days: u32| now_ms < since.saturating_add(i64::from(days).saturating_mul(DAY_MS));
    PartInfo {
        full: part.info.full && is_kept(retention.full_days(part.id.class)),
        roll_up: part.info.roll_up && is_kept(retention.hourly_days(part.id.class)),
        ..part.info
    }
}
