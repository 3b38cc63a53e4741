//! Where damaged bytes go: nothing here reads them again, and nothing throws them away but an erasure that may be about
//! them. Someone may know more some day.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const FOLDER: &str = "quarantine";

/// Writes bytes into the quarantine of a store's folder; what is there already stays as it is.
pub(crate) fn keep(store: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = folder(store)?;
    let mut file = match File::create_new(folder.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error),
    };
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_folder(&folder)
}

/// Moves a file into the quarantine, under the name of its day and its own.
pub(crate) fn move_in(store: &Path, file: &Path) -> io::Result<()> {
    let folder = folder(store)?;
    let part = |path: Option<&std::ffi::OsStr>| path.unwrap_or_default().to_string_lossy().into_owned();
    let day = part(file.parent().and_then(Path::file_name));
    fs::rename(file, folder.join(format!("{day}-{}", part(file.file_name()))))?;
    sync_folder(&folder)
}

/// Removes the files whose names are `meant`.
pub(crate) fn remove(store: &Path, meant: impl Fn(&str) -> bool) -> io::Result<()> {
    let files = fs::read_dir(store.join(FOLDER)).into_iter().flatten().filter_map(Result::ok);
    for file in files.filter(|file| meant(&file.file_name().to_string_lossy())) {
        fs::remove_file(file.path())?;
        tracing::warn!(file = %file.path().display(), "damaged bytes that may hold what was erased were removed");
    }
    Ok(())
}

/// How many files are there.
pub(crate) fn count(store: &Path) -> u64 {
    fs::read_dir(store.join(FOLDER)).map_or(0, |files| files.count() as u64)
}

fn folder(store: &Path) -> io::Result<PathBuf> {
    let folder = store.join(FOLDER);
    fs::create_dir_all(&folder)?;
    sync_folder(store)?;
    Ok(folder)
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
