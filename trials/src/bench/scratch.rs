//! A temporary folder that is gone when the measurement is over.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use super::BenchError;

/// A folder in the system's place for temporary files (`TMPDIR`), for this user alone.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes it; nobody else may have made it before.
    pub(super) fn new() -> Result<Self, BenchError> {
        let path = std::env::temp_dir().join(format!("hypocaust-bench-{}", std::process::id()));
        let made = fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(BenchError::io(format!("the folder {} cannot be made", path.display())))?;
        Ok(Self(path))
    }

    /// A folder in it.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, BenchError> {
        let path = self.0.join(name);
        fs::create_dir_all(&path)
            .map_err(BenchError::io(format!("the folder {} cannot be made", path.display())))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies where temporary files are looked for.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a folder takes on the disk, as `du` counts it. Files that vanish while it is counted count as nothing.
pub(super) fn bytes_on_disk(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.filter_map(Result::ok).map(|entry| match entry.metadata() {
        Ok(about) if about.is_dir() => bytes_on_disk(&entry.path()),
        Ok(about) => about.blocks() * 512,
        Err(_) => 0,
    });
    sizes.sum()
}
