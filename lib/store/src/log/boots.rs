//! The cursors of boots on disk, and which boots are forgotten.
//!
//! A heater makes a boot at every start, for ever, so the cursors of the oldest are given up. A record of a boot that was
//! given up must not be stored a second time: `docs/decisions/0008-forgotten-boots.md` says how that is kept apart from
//! a heater that begins to count anew.

use std::collections::{BTreeMap, HashMap};

use redb::{ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};
use vocabulary::BootId;

use crate::arrival::Arrival;
use crate::error::StoreError;
use crate::form::checked;
use crate::log::cursor::Cursor;
use crate::log::tables::disk;

/// (heater number, boot) -> version, checksum (see `checked`), postcard.
pub(crate) const CURSOR: TableDefinition<'_, (u32, u64), &[u8]> = TableDefinition::new("cursor");
/// Heater number -> the highest `bn` of a boot that was given up.
pub(crate) const FORGOTTEN: TableDefinition<'_, u32, u64> = TableDefinition::new("forgotten");

/// So many boots of a heater keep their cursors: the last ones heard from.
const KEPT_BOOTS: usize = 64;
const VERSION: u8 = 2;
/// Cursors of this version do not say when their boot was last heard from.
const UNTOUCHED: u8 = 1;

#[derive(Serialize, Deserialize)]
struct OnDisk {
    bn: u64,
    cursor: Cursor,
    /// The commit that moved it last.
    touched: u64,
}

/// The cursor of a boot; nothing when the boot was never heard of, or was forgotten.
pub(crate) fn read(
    table: &impl ReadableTable<(u32, u64), &'static [u8]>,
    heater: u32,
    boot: BootId,
) -> Result<Option<Cursor>, StoreError> {
    let Some(value) = table.get((heater, boot.bits())).map_err(disk)? else { return Ok(None) };
    decode(value.value(), (heater, boot)).map(|on_disk| Some(on_disk.cursor))
}

fn decode(bytes: &[u8], (heater, boot): (u32, BootId)) -> Result<OnDisk, StoreError> {
    let decoded = match bytes.split_first() {
        Some((&UNTOUCHED, rest)) => {
            postcard::from_bytes(rest).map(|(bn, cursor)| OnDisk { bn, cursor, touched: 0 }).ok()
        }
        Some((&VERSION, _)) => checked::open(VERSION, &[u64::from(heater), boot.bits()], bytes)
            .ok()
            .and_then(|body| postcard::from_bytes(body).ok()),
        _ => None,
    };
    // Going on with an empty cursor would store acknowledged records twice.
    decoded.ok_or_else(|| StoreError::Disk(format!("the cursor of boot {boot} is damaged")))
}

/// The form of a cursor on disk.
pub(crate) fn encode((heater, boot): (u32, BootId), bn: u64, cursor: &Cursor, touched: u64) -> Vec<u8> {
    let on_disk = OnDisk { bn, cursor: cursor.clone(), touched };
    let body = postcard::to_stdvec(&on_disk).expect("numbers always fit into a vector that grows");
    checked::seal(VERSION, &[u64::from(heater), boot.bits()], &body)
}

/// The marks below which boots were given up.
#[derive(Debug, Default)]
pub(crate) struct Forgotten(HashMap<u32, u64>);

impl Forgotten {
    pub(crate) fn read(table: &impl ReadableTable<u32, u64>) -> Result<Self, StoreError> {
        let rows = table.iter().map_err(disk)?;
        let marks = rows.map(|row| row.map(|(heater, bn)| (heater.value(), bn.value())));
        marks.collect::<Result<_, _>>().map(Self).map_err(disk)
    }

    /// What to think of a record of a boot without a cursor.
    pub(crate) fn judge(&self, heater: u32, arrival: &Arrival) -> Stranger {
        match self.0.get(&heater) {
            Some(&mark) if arrival.bn <= mark && arrival.late => Stranger::Forgotten,
            Some(&mark) if arrival.bn <= mark => Stranger::CountsAnew,
            _ => Stranger::New,
        }
    }

    pub(crate) fn clear(&mut self, heater: u32) {
        self.0.remove(&heater);
    }
}

/// A boot without a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stranger {
    New,
    /// History of a boot that may have been given up: it is refused, because it may be on disk.
    Forgotten,
    /// A live record with an old number: the heater lost its count, and with it its old records.
    CountsAnew,
}

/// Takes the mark of a heater that counts anew off the disk.
pub(crate) fn clear_mark(transaction: &WriteTransaction, heater: u32) -> Result<(), StoreError> {
    transaction.open_table(FORGOTTEN).map_err(disk)?.remove(heater).map(drop).map_err(disk)
}

/// A boot to be given up: its key, its `bn`, and the commit that moved its cursor last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Old {
    pub(crate) heater: u32,
    pub(crate) boot: BootId,
    bn: u64,
    touched: u64,
}

/// The boots beyond those a heater may keep.
pub(crate) fn too_many(
    table: &impl ReadableTable<(u32, u64), &'static [u8]>,
) -> Result<Vec<Old>, StoreError> {
    let mut by_heater: BTreeMap<u32, Vec<Old>> = BTreeMap::new();
    for row in table.iter().map_err(disk)? {
        let (key, value) = row.map_err(disk)?;
        let (heater, boot) = (key.value().0, BootId::from_bits(key.value().1));
        let OnDisk { bn, touched, .. } = decode(value.value(), (heater, boot))?;
        by_heater.entry(heater).or_default().push(Old { heater, boot, bn, touched });
    }
    let beyond = by_heater.into_values().flat_map(|mut boots| {
        boots.sort_by_key(|old| std::cmp::Reverse((old.touched, old.bn)));
        boots.split_off(boots.len().min(KEPT_BOOTS))
    });
    Ok(beyond.collect())
}

/// Gives up those boots that were not heard from since they were found; returns which.
pub(crate) fn forget(
    transaction: &WriteTransaction,
    forgotten: &mut Forgotten,
    olds: &[Old],
) -> Result<Vec<Old>, StoreError> {
    let mut cursors = transaction.open_table(CURSOR).map_err(disk)?;
    let mut marks = transaction.open_table(FORGOTTEN).map_err(disk)?;
    let mut gone = Vec::new();
    for old in olds {
        let key = (old.heater, old.boot.bits());
        let found = match cursors.get(key).map_err(disk)? {
            Some(value) => Some(decode(value.value(), (old.heater, old.boot))?),
            None => None,
        };
        if found.is_none_or(|found| found.touched != old.touched) {
            continue;
        }
        cursors.remove(key).map_err(disk)?;
        let mark = forgotten.0.entry(old.heater).or_default();
        *mark = old.bn.max(*mark);
        marks.insert(old.heater, *mark).map_err(disk)?;
        gone.push(*old);
    }
    Ok(gone)
}
