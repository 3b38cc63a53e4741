//! What could not be read: each is counted, and named in the log of the process the first time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A place whose bytes are not what was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Damaged {
    /// A block of the log, by its commit and heater.
    Block { commit: u64, heater: u32 },
    /// Chunks of one heater in a day file.
    Chunks { file: String, heater: u32 },
    /// A day file as a whole, or its columns of hours.
    File { file: String },
    /// The last values of a heater as they were when the log was last shortened.
    LastValues { heater: u32 },
}

/// All that was found so far.
#[derive(Debug, Default)]
pub(crate) struct Damage(Mutex<HashMap<Damaged, u32>>);

impl Damage {
    /// Takes note of `count` damaged blocks at a place; `name` is the heater's, where it is known.
    pub(crate) fn note(&self, damaged: Damaged, count: u32, name: Option<&str>) {
        let mut known = self.known();
        if let Some(before) = known.get_mut(&damaged) {
            *before = count.max(*before);
            return;
        }
        let heater = name.unwrap_or("unknown");
        match &damaged {
            Damaged::Block { commit, .. } => {
                tracing::error!(file = crate::log::tables::FILE, commit, heater, "{TEXT}");
            }
            Damaged::Chunks { file, .. } => tracing::error!(file, heater, blocks = count, "{TEXT}"),
            Damaged::File { file } => tracing::error!(file, "{TEXT}"),
            Damaged::LastValues { .. } => {
                tracing::error!(
                    file = crate::log::tables::FILE,
                    heater,
                    "the last values of a heater are damaged"
                );
            }
        }
        known.insert(damaged, count);
    }

    /// How many blocks are damaged.
    pub(crate) fn count(&self) -> u64 {
        self.known().values().map(|&count| u64::from(count)).sum()
    }

    /// The damaged blocks of the log up to a commit.
    pub(crate) fn blocks_through(&self, through: u64) -> Vec<(u64, u32)> {
        let known = self.known();
        let blocks = known.keys().filter_map(|damaged| match damaged {
            &Damaged::Block { commit, heater } if commit <= through => Some((commit, heater)),
            _ => None,
        });
        blocks.collect()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Damaged, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const TEXT: &str = "a part of history is damaged and left out; the rest is readable";
