//! Backup and restore: a copy of all that history is, made while it is written on, with a list that proves it whole.
//!
//! ```text
//!   log.redb              copied table by table from one moment
//!   2026-11-18/003.plant.seg, …   hard links where the disk allows it, else copies: they never change
//!   history.manifest      written last: "hypocaust history backup 1", then "<crc32> <length> <path>" a file,
//!                         then "end <crc32 of all lines before>"
//! ```

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use redb::{Database, ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::crash_point;
use crate::days::embedded::Embedded;
use crate::days::manifest::{self, MANIFEST};
use crate::days::parts::{Part, Parts};
use crate::days::quarantine::sync_folder;
use crate::error::StoreError;
use crate::log::boots::{CURSOR, FORGOTTEN};
use crate::log::checkpoint::LAST;
use crate::log::erased::ERASED;
use crate::log::journal::Journal;
use crate::log::tables::{self, LOG, META, disk};

const LIST: &str = "history.manifest";
const TITLE: &str = "hypocaust history backup 1";
/// Bytes in memory at a time.
const PIECE: usize = 1 << 16;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupSummary {
    /// Files, the list itself not counted.
    pub files: u64,
    /// Their length.
    pub bytes: u64,
}

/// One line of the list.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    crc: u32,
    bytes: u64,
    path: String,
}

impl Embedded {
    /// Copies everything into a folder that is empty or not there yet. Writes and questions go on meanwhile; sealing waits.
    pub(crate) fn backup(&self, into: &Path) -> Result<BackupSummary, StoreError> {
        let _upkeep = self.upkeep()?;
        self.journal.backup(into)
    }
}

impl Journal {
    /// Copies the log and the parts it names, which must not change meanwhile.
    pub(crate) fn backup(&self, into: &Path) -> Result<BackupSummary, StoreError> {
        begin(into).map_err(|error| failed(into, &error))?;
        let store = self.folder();
        let parts = self.read(|transaction| {
            copy_log(transaction, &into.join(tables::FILE))?;
            Ok(Parts::of(store, manifest::read(transaction)?))
        })?;
        crash_point::reach("store.during_backup");
        let mut files = vec![PathBuf::from(tables::FILE)];
        for file in parts.iter().flat_map(Part::files) {
            // What is missing was counted as damage already, and is missing in the copy too.
            if file.path().exists() {
                let name = PathBuf::from(file.name());
                link_or_copy(file.path(), &into.join(&name)).map_err(|error| failed(into, &error))?;
                files.push(name);
            }
        }
        finish(into, &files).map_err(|error| failed(into, &error))
    }
}

/// Copies a log that no day files belong to.
pub(crate) fn of_log(journal: &Journal, into: &Path) -> Result<BackupSummary, StoreError> {
    begin(into).map_err(|error| failed(into, &error))?;
    journal.read(|transaction| copy_log(transaction, &into.join(tables::FILE)))?;
    finish(into, &[PathBuf::from(tables::FILE)]).map_err(|error| failed(into, &error))
}

/// Makes sure that `into` is an empty folder that nobody else reads.
fn begin(into: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().recursive(true).mode(0o700).create(into) {
        Ok(()) if fs::read_dir(into)?.next().is_none() => Ok(()),
        Ok(()) => Err(io::Error::new(io::ErrorKind::AlreadyExists, "the folder is not empty")),
        Err(error) => Err(error),
    }
}

/// Writes the list of what was copied, which makes a backup of it.
fn finish(into: &Path, files: &[PathBuf]) -> io::Result<BackupSummary> {
    let lines = files.iter().map(|name| examine(into, name)).collect::<io::Result<Vec<Line>>>()?;
    let mut text = format!("{TITLE}\n");
    for Line { crc, bytes, path } in &lines {
        text.push_str(&format!("{crc:08x} {bytes} {path}\n"));
    }
    text.push_str(&format!("end {:08x}\n", crc32fast::hash(text.as_bytes())));
    crash_point::reach("store.backup_unlisted");
    let unfinished = into.join(format!("{LIST}.tmp"));
    let mut list = File::create(&unfinished)?;
    list.write_all(text.as_bytes())?;
    list.sync_all()?;
    fs::rename(unfinished, into.join(LIST))?;
    sync_folder(into)?;
    Ok(summary(&lines))
}

fn summary(lines: &[Line]) -> BackupSummary {
    BackupSummary { files: lines.len() as u64, bytes: lines.iter().map(|line| line.bytes).sum() }
}

/// Length and checksum of a file.
fn examine(folder: &Path, name: &Path) -> io::Result<Line> {
    let mut file = File::open(folder.join(name))?;
    let (crc, bytes) = pour(&mut file, &mut io::sink())?;
    Ok(Line { crc, bytes, path: name.display().to_string() })
}

/// Copies bytes; returns their checksum and how many there were.
fn pour(from: &mut impl Read, into: &mut impl Write) -> io::Result<(u32, u64)> {
    let mut hasher = crc32fast::Hasher::new();
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok((hasher.finalize(), bytes));
        }
        hasher.update(&piece[..count]);
        into.write_all(&piece[..count])?;
        bytes += count as u64;
    }
}

/// Gives a file that never changes a second name, or copies it to another disk.
fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder)?;
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to)?;
        File::open(to)?.sync_all()?;
    }
    sync_folder(folder)?;
    folder.parent().map_or(Ok(()), sync_folder)
}

/// Copies the log as a transaction sees it, without entries that do not count any more.
fn copy_log(from: &ReadTransaction, path: &Path) -> Result<(), StoreError> {
    let file = fs::OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
    let into = Database::builder()
        .set_cache_size(tables::CACHE_BYTES)
        .create_file(file.map_err(|error| failed(path, &error))?)
        .map_err(disk)?;
    let transaction = into.begin_write().map_err(disk)?;
    tables::make(&transaction)?;
    let meta = from.open_table(META).map_err(disk)?;
    let sealed = meta.get(tables::SEALED_THROUGH).map_err(disk)?.map(|sealed| sealed.value());
    let first = sealed.map_or(0, |sealed| sealed.saturating_add(1));
    copy_table(from, &transaction, META)?;
    copy_table(from, &transaction, LAST)?;
    copy_table(from, &transaction, MANIFEST)?;
    copy_table(from, &transaction, CURSOR)?;
    copy_table(from, &transaction, FORGOTTEN)?;
    copy_table(from, &transaction, ERASED)?;
    tables::copy_catalog(from, &transaction)?;
    {
        let log = from.open_table(LOG).map_err(disk)?;
        let mut copy = transaction.open_table(LOG).map_err(disk)?;
        for row in log.range((first, 0)..).map_err(disk)? {
            let (key, value) = row.map_err(disk)?;
            copy.insert(key.value(), value.value()).map_err(disk)?;
        }
    }
    transaction.commit().map_err(disk)
}

/// Copies one table.
pub(crate) fn copy_table<K: redb::Key, V: redb::Value>(
    from: &ReadTransaction,
    into: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<(), StoreError> {
    let rows = from.open_table(table).map_err(disk)?;
    let mut copy = into.open_table(table).map_err(disk)?;
    for row in rows.iter().map_err(disk)? {
        let (key, value) = row.map_err(disk)?;
        copy.insert(key.value(), value.value()).map_err(disk)?;
    }
    Ok(())
}

/// Checks that a backup is whole: every file of its list is there as it was copied.
///
/// # Errors
/// [`StoreError::Backup`] naming the first file that is missing or changed.
pub fn verify_backup(folder: &Path) -> Result<BackupSummary, StoreError> {
    let lines = read_list(folder)?;
    for line in &lines {
        let found = examine(folder, Path::new(&line.path))
            .map_err(|error| failed(&folder.join(&line.path), &error))?;
        check(folder, line, (found.crc, found.bytes))?;
    }
    Ok(summary(&lines))
}

/// Makes a data folder out of a backup, which stays as it is. The log comes last: without it the folder holds nothing.
///
/// # Errors
/// [`StoreError::Backup`] when the backup is torn or changed, or `into` holds files already; then nothing is restored.
pub fn restore(from: &Path, into: &Path) -> Result<BackupSummary, StoreError> {
    verify_backup(from)?;
    let mut lines = read_list(from)?;
    begin(into).map_err(|error| failed(into, &error))?;
    lines.sort_by_key(|line| line.path == tables::FILE);
    for line in &lines {
        let to = into.join(&line.path);
        let unfinished = into.join("restoring.tmp");
        let copied = copy_file(&from.join(&line.path), &unfinished).map_err(|error| failed(&to, &error))?;
        check(from, line, copied)?;
        put(&unfinished, &to).map_err(|error| failed(&to, &error))?;
    }
    sync_folder(into).map_err(|error| failed(into, &error))?;
    Ok(summary(&lines))
}

fn copy_file(from: &Path, to: &Path) -> io::Result<(u32, u64)> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    let copied = pour(&mut File::open(from)?, &mut file)?;
    file.sync_all()?;
    Ok(copied)
}

fn put(unfinished: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder)?;
    fs::rename(unfinished, to)?;
    sync_folder(folder)
}

fn check(folder: &Path, line: &Line, found: (u32, u64)) -> Result<(), StoreError> {
    if found == (line.crc, line.bytes) {
        return Ok(());
    }
    let file = folder.join(&line.path).display().to_string();
    Err(StoreError::Backup { file, reason: "it is not as it was copied".to_owned() })
}

fn read_list(folder: &Path) -> Result<Vec<Line>, StoreError> {
    let path = folder.join(LIST);
    let text = fs::read_to_string(&path).map_err(|error| failed(&path, &error))?;
    parse(&text).ok_or_else(|| StoreError::Backup {
        file: path.display().to_string(),
        reason: "the list of the backup is torn or changed".to_owned(),
    })
}

fn parse(text: &str) -> Option<Vec<Line>> {
    let end = text.trim_end_matches('\n').rfind("\nend ")? + 1;
    let (lines, last) = text.split_at(end);
    let is_whole = last == format!("end {:08x}\n", crc32fast::hash(lines.as_bytes()));
    let lines = lines.strip_prefix(TITLE)?.strip_prefix('\n').filter(|_| is_whole)?;
    lines.lines().map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Line> {
    let mut words = line.splitn(3, ' ');
    let crc = u32::from_str_radix(words.next()?, 16).ok()?;
    let bytes = words.next()?.parse().ok()?;
    let path = words.next()?.to_owned();
    // A list from elsewhere must not name files outside its folder.
    let is_inside = Path::new(&path).components().all(|part| matches!(part, Component::Normal(_)));
    is_inside.then_some(Line { crc, bytes, path })
}

fn failed(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Backup { file: path.display().to_string(), reason: error.to_string() }
}
