//! The tables of `log.redb`: names, forms of keys and values, and how the file is opened.
//!
//! ```text
//!   meta            name -> number                        "format", "next_commit", "records", "sealed_through",
//!                                                         "catalog" and "check": checksums
//!   log             (commit, heater number) -> block      see `block`; up to `sealed_through` they do not count any more
//!   last            heater number -> last values          see `checkpoint`
//!   manifest        (day, class, generation) -> day file  see `manifest`
//!   cursor          (heater number, boot) -> cursor       see `boots`
//!   forgotten       heater number -> bn                   see `boots`
//!   erased          (site, room) -> spans of time         see `erased`
//!   catalog_heater  heater number -> postcard (site, heater)
//!   catalog_metric  metric number -> name
//!   catalog_room    (heater number, from) -> room, empty for none
//! ```

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{
    Builder, Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};
use vocabulary::{HeaterId, Metric, RoomId, SiteId};

use crate::days::backup;
use crate::days::manifest::MANIFEST;
use crate::error::StoreError;
use crate::log::boots::{CURSOR, FORGOTTEN};
use crate::log::catalog::{Catalog, Change};
use crate::log::checkpoint::LAST;
use crate::log::disk::{Cause, Disk, DiskState, Failure};
use crate::log::erased::ERASED;
use crate::log::migrate;

/// The newest format this program writes and reads.
pub(crate) const FORMAT: u64 = 3;
/// Redb's own default grew to 248 MB at a million records.
pub(crate) const CACHE_BYTES: usize = 16 << 20;
/// The log's file in the folder.
pub(crate) const FILE: &str = "log.redb";

pub(crate) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// The number that the next commit of readings takes.
pub(crate) const NEXT_COMMIT: &str = "next_commit";
/// Records ever stored.
pub(crate) const RECORDS: &str = "records";
/// Checksum of the catalog: see [`sum_with`].
pub(crate) const CATALOG: &str = "catalog";
/// Checksum of the other numbers.
const CHECK: &str = "check";
pub(crate) const FORMAT_NAME: &str = "format";
/// Entries of the log up to this commit were handed on; they are gone, even where they still take room.
pub(crate) const SEALED_THROUGH: &str = "sealed_through";

pub(crate) const LOG: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("log");
const HEATER: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("catalog_heater");
const METRIC: TableDefinition<'_, u32, &str> = TableDefinition::new("catalog_metric");
const ROOM: TableDefinition<'_, (u32, i64), &str> = TableDefinition::new("catalog_room");

/// An open file with what is known of the disk under it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) database: Database,
    pub(crate) disk: DiskState,
}

impl Opened {
    /// What an error while the file was opened comes from: a disk that failed, or what lies on it.
    pub(crate) fn blame(&self, folder: &Path, error: StoreError) -> StoreError {
        match error {
            StoreError::Disk(reason) if self.disk.failure().is_none() => unreadable(folder, &reason),
            error => error,
        }
    }
}

/// Opens the file in `folder`, or makes it, and checks its format.
pub(crate) fn open(folder: &Path) -> Result<Opened, StoreError> {
    let path = folder.join(FILE);
    let unreadable = |reason: String| StoreError::Unreadable { folder: folder.display().to_string(), reason };
    std::fs::create_dir_all(folder).map_err(|error| unreadable(error.to_string()))?;
    // History tells who is where and when: nobody else on the machine reads it.
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(|error| unreadable(error.to_string()))?;
    let backend = FileBackend::new(file).map_err(|error| opening(folder, &error))?;
    open_on(folder, backend)
}

/// The same on any storage.
pub(crate) fn open_on(folder: &Path, storage: impl redb::StorageBackend) -> Result<Opened, StoreError> {
    let disk = DiskState::default();
    let database = Builder::new()
        .set_cache_size(CACHE_BYTES)
        .create_with_backend(Disk::new(storage, disk.clone()))
        .map_err(|error| opening(folder, &error))?;
    let opened = Opened { database, disk };
    check_format(folder, &opened.database).map_err(|error| opened.blame(folder, error))?;
    match opened.disk.failure() {
        Some(Failure { cause: Cause::Broken, reason }) => Err(StoreError::Disk(reason)),
        // With a full disk history is still there to be read.
        Some(Failure { cause: Cause::Full, .. }) | None => Ok(opened),
    }
}

fn opening(folder: &Path, error: &DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::Locked(folder.display().to_string()),
        error => unreadable(folder, &error.to_string()),
    }
}

/// What is to be said of a log that cannot be read.
pub(crate) fn unreadable(folder: &Path, reason: &str) -> StoreError {
    StoreError::Unreadable {
        folder: folder.display().to_string(),
        reason: format!("{FILE}: {reason}; restore the folder from a backup"),
    }
}

/// Refuses a newer format and brings an older one to this; in a new file makes the tables.
fn check_format(folder: &Path, database: &Database) -> Result<(), StoreError> {
    match found_format(database)? {
        Some(FORMAT) => check_numbers(folder, database),
        Some(1) => migrate::from_format_1(database),
        Some(2) => check_numbers(folder, database).and_then(|()| migrate::from_format_2(database)),
        Some(found) if found > FORMAT => {
            Err(StoreError::Newer { folder: folder.display().to_string(), found, known: FORMAT })
        }
        Some(found) => Err(unreadable(folder, &format!("format {found} was never written"))),
        None => {
            let transaction = database.begin_write().map_err(disk)?;
            make(&transaction)?;
            write_numbers(&transaction, &[(FORMAT_NAME, FORMAT)])?;
            transaction.commit().map_err(disk)
        }
    }
}

/// Makes every table that is not there.
pub(crate) fn make(transaction: &WriteTransaction) -> Result<(), StoreError> {
    transaction.open_table(META).map_err(disk)?;
    transaction.open_table(LOG).map_err(disk)?;
    transaction.open_table(LAST).map_err(disk)?;
    transaction.open_table(MANIFEST).map_err(disk)?;
    transaction.open_table(CURSOR).map_err(disk)?;
    transaction.open_table(FORGOTTEN).map_err(disk)?;
    transaction.open_table(ERASED).map_err(disk)?;
    transaction.open_table(HEATER).map_err(disk)?;
    transaction.open_table(METRIC).map_err(disk)?;
    transaction.open_table(ROOM).map_err(disk).map(drop)
}

/// The format written in the file; `None` in a new one.
fn found_format(database: &Database) -> Result<Option<u64>, StoreError> {
    let transaction = database.begin_read().map_err(disk)?;
    match transaction.open_table(META) {
        Ok(table) => Ok(Some(table.get(FORMAT_NAME).map_err(disk)?.map_or(0, |format| format.value()))),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(disk(error)),
    }
}

/// A number of the table `meta`.
pub(crate) fn number(database: &Database, name: &str) -> Result<Option<u64>, StoreError> {
    let meta = database.begin_read().map_err(disk)?.open_table(META).map_err(disk)?;
    meta.get(name).map(|number| number.map(|number| number.value())).map_err(disk)
}

/// Writes numbers of the table `meta`.
pub(crate) fn write_numbers(
    transaction: &WriteTransaction,
    numbers: &[(&str, u64)],
) -> Result<(), StoreError> {
    let mut meta = transaction.open_table(META).map_err(disk)?;
    for (name, number) in numbers {
        meta.insert(name, number).map_err(disk)?;
    }
    let check = sum_numbers(&meta)?;
    meta.insert(CHECK, check).map(drop).map_err(disk)
}

/// Refuses a file whose numbers are not those that were written: they say which entries count.
fn check_numbers(folder: &Path, database: &Database) -> Result<(), StoreError> {
    let meta = database.begin_read().map_err(disk)?.open_table(META).map_err(disk)?;
    let check = meta.get(CHECK).map_err(disk)?.map(|check| check.value());
    if check == Some(sum_numbers(&meta)?) {
        Ok(())
    } else {
        Err(unreadable(folder, "its numbers are damaged"))
    }
}

fn sum_numbers(meta: &impl ReadableTable<&'static str, u64>) -> Result<u64, StoreError> {
    let mut hasher = crc32fast::Hasher::new();
    for row in meta.iter().map_err(disk)? {
        let (name, number) = row.map_err(disk)?;
        if name.value() != CHECK {
            hasher.update(name.value().as_bytes());
            hasher.update(&number.value().to_le_bytes());
        }
    }
    Ok(u64::from(hasher.finalize()))
}

/// Any failure of redb beneath an operation that should succeed.
pub(crate) fn disk(error: impl std::fmt::Display) -> StoreError {
    StoreError::Disk(error.to_string())
}

/// A catalog and its checksum.
#[derive(Debug, Default)]
pub(crate) struct SummedCatalog {
    pub(crate) catalog: Catalog,
    pub(crate) sum: u64,
}

impl SummedCatalog {
    fn apply(&mut self, change: &Change, number: u32) {
        self.sum = sum_with(self.sum, change, number);
        self.catalog.apply(change);
    }
}

/// The checksum of a catalog after one more step: the sum of the checksums of all steps.
pub(crate) fn sum_with(sum: u64, change: &Change, number: u32) -> u64 {
    let bytes = match change {
        Change::Heater(site, heater) => postcard::to_stdvec(&(0_u8, number, site, heater)),
        Change::Metric(metric) => postcard::to_stdvec(&(1_u8, number, metric)),
        Change::Move { heater, from, room } => postcard::to_stdvec(&(2_u8, heater, from, room)),
    };
    let bytes = bytes.expect("words always fit into a vector that grows");
    sum.wrapping_add(u64::from(crc32fast::hash(&bytes)))
}

/// Reads the whole catalog.
pub(crate) fn read_catalog(database: &Database) -> Result<SummedCatalog, StoreError> {
    let transaction = database.begin_read().map_err(disk)?;
    let mut catalog = SummedCatalog::default();
    for row in transaction.open_table(HEATER).map_err(disk)?.iter().map_err(disk)? {
        let (number, value) = row.map_err(disk)?;
        let (site, heater): (SiteId, HeaterId) = postcard::from_bytes(value.value()).map_err(disk)?;
        catalog.apply(&Change::Heater(site, heater), number.value());
    }
    for row in transaction.open_table(METRIC).map_err(disk)?.iter().map_err(disk)? {
        let (number, name) = row.map_err(disk)?;
        let metric: Metric = name.value().parse().map_err(disk)?;
        catalog.apply(&Change::Metric(metric), number.value());
    }
    for row in transaction.open_table(ROOM).map_err(disk)?.iter().map_err(disk)? {
        let (key, room) = row.map_err(disk)?;
        let (heater, from) = key.value();
        let room = match room.value() {
            "" => None,
            name => Some(RoomId::new(name).map_err(disk)?),
        };
        catalog.apply(&Change::Move { heater, from, room }, 0);
    }
    Ok(catalog)
}

/// Copies the catalog into another file.
pub(crate) fn copy_catalog(from: &ReadTransaction, into: &WriteTransaction) -> Result<(), StoreError> {
    backup::copy_table(from, into, HEATER)?;
    backup::copy_table(from, into, METRIC)?;
    backup::copy_table(from, into, ROOM)
}

/// Writes a step of the catalog; `number` is the one that a heater or metric takes.
pub(crate) fn write_change(
    transaction: &WriteTransaction,
    change: &Change,
    number: u32,
) -> Result<(), StoreError> {
    match change {
        Change::Heater(site, heater) => {
            let value = postcard::to_stdvec(&(site, heater)).map_err(disk)?;
            transaction.open_table(HEATER).map_err(disk)?.insert(number, value.as_slice()).map_err(disk)?;
        }
        Change::Metric(metric) => {
            transaction.open_table(METRIC).map_err(disk)?.insert(number, metric.as_str()).map_err(disk)?;
        }
        Change::Move { heater, from, room } => {
            let name = room.as_ref().map_or("", RoomId::as_str);
            transaction.open_table(ROOM).map_err(disk)?.insert((*heater, *from), name).map_err(disk)?;
        }
    }
    Ok(())
}
