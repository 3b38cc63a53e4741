//! Recorded data that are not part of the project: in the folder `HYPOCAUST_DATA`, by default
//! `../shared/data` beside the workspace.

use std::path::PathBuf;

/// The bytes of a recording, or `None` (said by name) where this machine does not have it.
pub(crate) fn recording(path: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let root = std::env::var_os("HYPOCAUST_DATA").map_or_else(beside, PathBuf::from);
    let bytes = std::fs::read(root.join(path)).ok();
    if bytes.is_none() {
        println!("ignored: {path} is not in {} (HYPOCAUST_DATA)", root.display());
    }
    bytes
}
