//! From an older format to this one, in one transaction: a crash leaves either.
//!
//! Format 1 kept everything in the log and counted commits and records by reading it. Its blocks and cursors, which
//! carry their own versions, stay as they are. Format 2 did not know that anything can be erased: a program of that format
//! would store again what was.

use redb::{ReadableDatabase, ReadableTable};

use crate::error::StoreError;
use crate::log::block::Header;
use crate::log::tables::{self, FORMAT, LOG, disk};

/// Brings a file of format 1 to this program's format.
pub(crate) fn from_format_1(database: &redb::Database) -> Result<(), StoreError> {
    let (next_commit, records) = count(database)?;
    let transaction = database.begin_write().map_err(disk)?;
    tables::make(&transaction)?;
    let catalog = tables::read_catalog(database)?.sum;
    tables::write_numbers(
        &transaction,
        &[
            (tables::NEXT_COMMIT, next_commit),
            (tables::RECORDS, records),
            (tables::CATALOG, catalog),
            (tables::FORMAT_NAME, FORMAT),
        ],
    )?;
    transaction.commit().map_err(disk)?;
    tracing::info!(records, "history of format 1 was brought to format {FORMAT}");
    Ok(())
}

/// Brings a file of format 2 to this program's format.
pub(crate) fn from_format_2(database: &redb::Database) -> Result<(), StoreError> {
    let transaction = database.begin_write().map_err(disk)?;
    tables::make(&transaction)?;
    tables::write_numbers(&transaction, &[(tables::FORMAT_NAME, FORMAT)])?;
    transaction.commit().map_err(disk)
}

/// The commit after the last, and the records in all blocks that can be read.
fn count(database: &redb::Database) -> Result<(u64, u64), StoreError> {
    let log = database.begin_read().map_err(disk)?.open_table(LOG).map_err(disk)?;
    let (mut next_commit, mut records) = (0, 0);
    for row in log.iter().map_err(disk)? {
        let (key, value) = row.map_err(disk)?;
        next_commit = key.value().0 + 1;
        records += Header::read(key.value(), value.value()).map_or(0, |header| u64::from(header.records));
    }
    Ok((next_commit, records))
}
