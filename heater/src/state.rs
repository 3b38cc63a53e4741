//! What a heater must remember over a reboot: its boot number, and per controller key the newest epoch it accepted; and a trip that
//! nobody has reset.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vocabulary::SitePublicKey;

use crate::safety::Latch;

/// What outlives a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HeaterState {
    /// Number of the last boot.
    pub bn: u64,
    /// Newest epoch accepted, per public key of a site's controller.
    pub epochs: BTreeMap<String, u64>,
    /// What is left of trips. A file of an older version knows of none.
    #[serde(default)]
    pub latch: Latch,
}

impl HeaterState {
    /// The newest epoch accepted from the owner of this key; 0 when none was.
    #[must_use]
    pub fn epoch(&self, key: &SitePublicKey) -> u64 {
        self.epochs.get(&key.to_string()).copied().unwrap_or(0)
    }

    /// Raises the epoch of a key. Gives whether that changed anything.
    pub fn raise_epoch(&mut self, key: &SitePublicKey, epoch: u64) -> bool {
        let known = self.epochs.entry(key.to_string()).or_insert(0);
        let raised = epoch > *known;
        *known = epoch.max(*known);
        raised
    }
}

/// The file that a [`HeaterState`] is kept in. It is replaced whole: a crash leaves the old or the new one.
#[derive(Debug, Clone)]
pub struct StateFile(PathBuf);

impl StateFile {
    /// The file at this path.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads the state; a file that is not there is a heater that never booted.
    ///
    /// # Errors
    /// When the file is there and cannot be read or does not hold a state: a heater must not forget its fence
    /// silently.
    pub fn load(&self) -> io::Result<HeaterState> {
        match std::fs::read(&self.0) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HeaterState::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the state; it is on disk when this returns.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, state: &HeaterState) -> io::Result<()> {
        let json = serde_json::to_vec(state).expect("a state has string keys");
        let new = self.0.with_extension("new");
        let mut file = std::fs::File::create(&new)?;
        io::Write::write_all(&mut file, &json)?;
        file.sync_all()?;
        std::fs::rename(&new, &self.0)?;
        // The rename itself is on disk once the folder is.
        let folder = self.0.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::TripCause;
    use vocabulary::ControllerKey;

    #[test]
    fn the_fence_outlives_a_reboot_and_never_falls() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path().join("h-1.json"));
        let key = ControllerKey::from_bytes(&[1; 32]).public();
        let mut state = file.load().unwrap();
        assert_eq!(state.epoch(&key), 0);
        assert!(state.raise_epoch(&key, 12));
        assert!(!state.raise_epoch(&key, 11));
        state.bn = 3;
        file.save(&state).unwrap();
        let read = file.load().unwrap();
        assert_eq!((read.bn, read.epoch(&key)), (3, 12));
        assert_eq!(read.epoch(&ControllerKey::from_bytes(&[2; 32]).public()), 0);
    }

    #[test]
    fn a_file_of_an_older_version_knows_of_no_trip_and_one_of_a_trip_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path().join("h-1.json"));
        std::fs::write(file.path(), br#"{"bn":3,"epochs":{}}"#).unwrap();
        let mut state = file.load().unwrap();
        assert_eq!((state.bn, state.latch), (3, Latch::Clear));
        state.latch = Latch::Locked(TripCause::Power);
        file.save(&state).unwrap();
        assert_eq!(file.load().unwrap(), state);
    }

    #[test]
    fn a_damaged_file_is_not_taken_for_a_new_heater() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h-1.json");
        std::fs::write(&path, b"{\"bn\":").unwrap();
        assert!(StateFile::new(path).load().is_err());
    }
}
