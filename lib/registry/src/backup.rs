//! When the data folder was copied last. It stands in the audit, as a restore does: a line that nobody takes back, written
//! once the copy is whole, so that the copy itself does not have it.

use vocabulary::Timestamp;

use crate::audit::{Deed, newest};
use crate::{Registry, RegistryError};

const ACTION: &str = "backup";
const TARGET: &str = "data";

/// A backup that was made whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// When it was whole.
    pub at: Timestamp,
    /// What is in it, in words.
    pub what: String,
}

impl Registry {
    /// Notes that a backup is whole. `what` says what is in it, `who` made it.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn note_backup(&self, what: &str, who: &str, now: Timestamp) -> Result<(), RegistryError> {
        self.audit(now, &Deed { new: what, ..Deed::new(who, ACTION, TARGET) })
    }

    /// The newest backup of this folder; `None` where none was ever noted.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn last_backup(&self) -> Result<Option<Backup>, RegistryError> {
        let line = newest(&self.lock(), (ACTION, TARGET))?;
        Ok(line.map(|line| Backup { at: line.at, what: line.new }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backup_is_known_whatever_was_done_to_the_data_since() {
        let (registry, at) = (Registry::in_memory().unwrap(), Timestamp::from_ms);
        assert_eq!(registry.last_backup().unwrap(), None);
        registry.note_backup("2 files", "command line", at(5)).unwrap();
        registry.note_backup("3 files", "command line", at(9)).unwrap();
        registry.audit(at(12), &Deed::new("command line", "restore", TARGET)).unwrap();
        let newest = Backup { at: at(9), what: "3 files".to_owned() };
        assert_eq!(registry.last_backup().unwrap(), Some(newest));
    }
}
