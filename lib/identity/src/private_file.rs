//! Files with secrets: for their owner alone, and never seen half written.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::IdentityError;

/// Writes a file that its owner alone can read (0600), in place of any before it: what is there after a crash is the
/// old file or the new one, whole.
///
/// # Errors
/// [`IdentityError::File`].
pub fn write_private(path: &Path, content: &str) -> Result<(), IdentityError> {
    let new = path.with_extension("new");
    let write = || {
        // A rest of an earlier crash may have other rights.
        let _ = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|source| IdentityError::File { path: path.display().to_string(), source })
}
