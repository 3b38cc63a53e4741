//! The manifest: which day files belong to history, and what is known of each. A file without a row is none of ours.

use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use vocabulary::RetentionClass;

use crate::error::StoreError;
use crate::form::bytes::{Damaged, Reader, Writer};
use crate::form::checked;
use crate::log::tables::disk;

/// (day, number of the class, generation) -> see [`PartInfo`].
pub(crate) const MANIFEST: TableDefinition<'_, (i64, u8, u32), &[u8]> = TableDefinition::new("manifest");
const VERSION: u8 = 1;
const FULL: u8 = 1;
const ROLL_UP: u8 = 2;

/// One part of a day: what was sealed at one time of one class. The order is by day, then as they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PartId {
    pub(crate) day: i64,
    pub(crate) class: RetentionClass,
    /// Not used again within the day while any file of it is there.
    pub(crate) generation: u32,
}

/// What is known of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartInfo {
    /// When the newest of it was sealed, by the clock of this machine.
    pub(crate) arrived_ms: i64,
    /// First and last time in it.
    pub(crate) ts_min: i64,
    pub(crate) ts_max: i64,
    pub(crate) cells: u64,
    /// Whether there is a file with every reading.
    pub(crate) full: bool,
    /// Whether there is a file with hourly sums.
    pub(crate) roll_up: bool,
}

/// The classes, as files and rows name them. These are on disks: one that was given is never given to anything else.
pub(crate) const CLASSES: [(RetentionClass, u8, &str); 2] =
    [(RetentionClass::People, 0, "people"), (RetentionClass::Plant, 1, "plant")];

/// The name of a class in the names of files.
pub(crate) fn class_name(class: RetentionClass) -> &'static str {
    CLASSES.iter().find(|known| known.0 == class).map_or("plant", |known| known.2)
}

fn key(id: PartId) -> (i64, u8, u32) {
    let number = CLASSES.iter().find(|known| known.0 == id.class).map_or(1, |known| known.1);
    (id.day, number, id.generation)
}

fn numbers((day, class, generation): (i64, u8, u32)) -> [u64; 3] {
    [day as u64, u64::from(class), u64::from(generation)]
}

impl PartInfo {
    fn encode(&self, id: PartId) -> Vec<u8> {
        let mut out = Writer::default();
        for number in [self.arrived_ms, self.ts_min, self.ts_max] {
            out.signed(number);
        }
        out.number(self.cells);
        out.byte(if self.full { FULL } else { 0 } | if self.roll_up { ROLL_UP } else { 0 });
        checked::seal(VERSION, &numbers(key(id)), &out.into_bytes())
    }

    fn decode(key: (i64, u8, u32), bytes: &[u8]) -> Result<Self, Damaged> {
        let mut from = Reader::new(checked::open(VERSION, &numbers(key), bytes)?);
        let (arrived_ms, ts_min, ts_max) = (from.signed()?, from.signed()?, from.signed()?);
        let (cells, files) = (from.number()?, from.byte()?);
        let (full, roll_up) = (files & FULL != 0, files & ROLL_UP != 0);
        Ok(Self { arrived_ms, ts_min, ts_max, cells, full, roll_up })
    }
}

/// Reads all of it. A row that is damaged cannot be left out: its files would be taken for orphans and be lost.
pub(crate) fn read(transaction: &ReadTransaction) -> Result<Vec<(PartId, PartInfo)>, StoreError> {
    let table = transaction.open_table(MANIFEST).map_err(disk)?;
    let mut parts = Vec::new();
    for row in table.iter().map_err(disk)? {
        let (key, value) = row.map_err(disk)?;
        let (day, number, generation) = key.value();
        let class = CLASSES.iter().find(|known| known.1 == number).map(|known| known.0);
        let (Some(class), Ok(info)) = (class, PartInfo::decode(key.value(), value.value())) else {
            return Err(StoreError::Disk(format!("the manifest's row of day {day} is damaged")));
        };
        parts.push((PartId { day, class, generation }, info));
    }
    Ok(parts)
}

/// Writes rows, new ones or over old ones.
pub(crate) fn put(transaction: &WriteTransaction, parts: &[(PartId, PartInfo)]) -> Result<(), StoreError> {
    let mut table = transaction.open_table(MANIFEST).map_err(disk)?;
    for (id, info) in parts {
        table.insert(key(*id), info.encode(*id).as_slice()).map_err(disk)?;
    }
    Ok(())
}

/// Removes rows.
pub(crate) fn remove(transaction: &WriteTransaction, parts: &[PartId]) -> Result<(), StoreError> {
    let mut table = transaction.open_table(MANIFEST).map_err(disk)?;
    for id in parts {
        table.remove(key(*id)).map_err(disk)?;
    }
    Ok(())
}
