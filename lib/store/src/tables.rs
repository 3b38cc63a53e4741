//! The tables of `log.redb`: names, forms of keys and values, and how the file is opened.
//!
//! ```text
//!   meta            name -> number                        "format": 1
//!   log             (commit, heater number) -> block      see `block`
//!   cursor          (heater number, boot) -> version byte, then postcard (bn, cursor)
//!   catalog_heater  heater number -> postcard (site, heater)
//!   catalog_metric  metric number -> name
//!   catalog_room    (heater number, from) -> room, empty for none
//! ```

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use serde::{Deserialize, Serialize};
use vocabulary::{BootId, HeaterId, Metric, RoomId, SiteId};

use crate::catalog::{Catalog, Change};
use crate::cursor::Cursor;
use crate::disk::{Disk, DiskState};
use crate::error::StoreError;

/// The newest format this program writes and reads.
pub(crate) const FORMAT: u64 = 1;
/// Redb's own default grew to 248 MB at a million records.
const CACHE_BYTES: usize = 16 << 20;
/// The one file in the folder.
pub(crate) const FILE: &str = "log.redb";

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(crate) const LOG: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("log");
pub(crate) const CURSOR: TableDefinition<'_, (u32, u64), &[u8]> = TableDefinition::new("cursor");
const HEATER: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("catalog_heater");
const METRIC: TableDefinition<'_, u32, &str> = TableDefinition::new("catalog_metric");
const ROOM: TableDefinition<'_, (u32, i64), &str> = TableDefinition::new("catalog_room");

/// Opens the file in `folder`, or makes it, and checks its format.
pub(crate) fn open(folder: &Path) -> Result<(Database, DiskState), StoreError> {
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
pub(crate) fn open_on(
    folder: &Path,
    storage: impl redb::StorageBackend,
) -> Result<(Database, DiskState), StoreError> {
    let state = DiskState::default();
    let database = Builder::new()
        .set_cache_size(CACHE_BYTES)
        .create_with_backend(Disk::new(storage, state.clone()))
        .map_err(|error| opening(folder, &error))?;
    check_format(folder, &database)?;
    match state.failure() {
        Some(reason) => Err(StoreError::Disk(reason)),
        None => Ok((database, state)),
    }
}

fn opening(folder: &Path, error: &DatabaseError) -> StoreError {
    let folder = folder.display().to_string();
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::Locked(folder),
        error => StoreError::Unreadable { folder, reason: error.to_string() },
    }
}

/// Refuses a newer format; in a new file makes the tables.
fn check_format(folder: &Path, database: &Database) -> Result<(), StoreError> {
    if let Some(found) = found_format(database)? {
        return match found {
            FORMAT => Ok(()),
            found if found > FORMAT => {
                Err(StoreError::Newer { folder: folder.display().to_string(), found, known: FORMAT })
            }
            found => Err(StoreError::Unreadable {
                folder: folder.display().to_string(),
                reason: format!("format {found} was never written"),
            }),
        };
    }
    let transaction = database.begin_write().map_err(disk)?;
    transaction.open_table(META).map_err(disk)?.insert("format", FORMAT).map_err(disk)?;
    transaction.open_table(LOG).map_err(disk)?;
    transaction.open_table(CURSOR).map_err(disk)?;
    transaction.open_table(HEATER).map_err(disk)?;
    transaction.open_table(METRIC).map_err(disk)?;
    transaction.open_table(ROOM).map_err(disk)?;
    transaction.commit().map_err(disk)
}

/// The format written in the file; `None` in a new one.
fn found_format(database: &Database) -> Result<Option<u64>, StoreError> {
    let transaction = database.begin_read().map_err(disk)?;
    match transaction.open_table(META) {
        Ok(table) => Ok(Some(table.get("format").map_err(disk)?.map_or(0, |format| format.value()))),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(disk(error)),
    }
}

/// Any failure of redb beneath an operation that should succeed.
pub(crate) fn disk(error: impl std::fmt::Display) -> StoreError {
    StoreError::Disk(error.to_string())
}

/// Reads the whole catalog.
pub(crate) fn read_catalog(database: &Database) -> Result<Catalog, StoreError> {
    let transaction = database.begin_read().map_err(disk)?;
    let mut catalog = Catalog::default();
    for row in transaction.open_table(HEATER).map_err(disk)?.iter().map_err(disk)? {
        let (site, heater): (SiteId, HeaterId) =
            postcard::from_bytes(row.map_err(disk)?.1.value()).map_err(disk)?;
        catalog.apply(&Change::Heater(site, heater));
    }
    for row in transaction.open_table(METRIC).map_err(disk)?.iter().map_err(disk)? {
        let metric: Metric = row.map_err(disk)?.1.value().parse().map_err(disk)?;
        catalog.apply(&Change::Metric(metric));
    }
    for row in transaction.open_table(ROOM).map_err(disk)?.iter().map_err(disk)? {
        let (key, room) = row.map_err(disk)?;
        let (heater, from) = key.value();
        let room = match room.value() {
            "" => None,
            name => Some(RoomId::new(name).map_err(disk)?),
        };
        catalog.apply(&Change::Move { heater, from, room });
    }
    Ok(catalog)
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

const CURSOR_VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct CursorOnDisk {
    version: u8,
    bn: u64,
    cursor: Cursor,
}

/// The cursor of a boot; a new one when the boot was never heard of.
pub(crate) fn read_cursor(
    table: &impl ReadableTable<(u32, u64), &'static [u8]>,
    heater: u32,
    boot: BootId,
) -> Result<Cursor, StoreError> {
    let Some(value) = table.get((heater, boot.bits())).map_err(disk)? else { return Ok(Cursor::default()) };
    match postcard::from_bytes::<CursorOnDisk>(value.value()) {
        Ok(CursorOnDisk { version: CURSOR_VERSION, cursor, .. }) => Ok(cursor),
        // Going on with an empty cursor would store acknowledged records twice.
        _ => Err(StoreError::Disk(format!("the cursor of boot {boot} is damaged"))),
    }
}

/// The form of a cursor on disk.
pub(crate) fn encode_cursor(bn: u64, cursor: &Cursor) -> Vec<u8> {
    let on_disk = CursorOnDisk { version: CURSOR_VERSION, bn, cursor: cursor.clone() };
    postcard::to_stdvec(&on_disk).expect("numbers always fit into a vector that grows")
}
