//! The site controller's secret key: made at the first start, readable by its owner alone.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use vocabulary::ControllerKey;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("could not use the controller's key {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is not 32 bytes.
    #[error(
        "the controller's key {0} is not 32 bytes: restore it from a backup, or remove it and hand its new public half to every heater"
    )]
    Damaged(PathBuf),
}

/// Reads the key at `path`, and makes it when it is not there.
///
/// # Errors
/// [`KeyError`]; a damaged key is never replaced silently, because heaters would refuse the new one.
pub fn controller_key(path: &Path) -> Result<ControllerKey, KeyError> {
    let file_error = |source| KeyError::File { path: path.to_owned(), source };
    match fs::read(path) {
        Ok(bytes) => {
            let secret: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Damaged(path.to_owned()))?;
            Ok(ControllerKey::from_bytes(&secret))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(file_error),
        Err(error) => Err(file_error(error)),
    }
}

fn make(path: &Path) -> io::Result<ControllerKey> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    Ok(ControllerKey::from_bytes(&secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/controller.key");
        let made = controller_key(&path).unwrap().public();
        assert_eq!(controller_key(&path).unwrap().public(), made);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("controller.key");
        fs::write(&path, b"short").unwrap();
        assert!(matches!(controller_key(&path), Err(KeyError::Damaged(_))));
        assert_eq!(fs::read(&path).unwrap(), b"short");
    }
}
