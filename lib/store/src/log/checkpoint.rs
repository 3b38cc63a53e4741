//! The last values of heaters as they were when the log was last shortened: with what the log still holds they give
//! the last values of now, without reading a day file.
//!
//! ```text
//!   heater number -> version, checksum (see `checked`), then until the end, for each metric:
//!     metric, time, bn, boot (eight bytes), seq, measurement
//! ```

use redb::{ReadableTable, TableDefinition, WriteTransaction};
use vocabulary::BootId;

use crate::error::StoreError;
use crate::form::bytes::{Damaged, Reader, Writer};
use crate::form::cell;
use crate::form::checked;
use crate::log::block::{Cell, Origin};
use crate::log::head::{Head, HeaterHead};
use crate::log::tables::disk;

pub(crate) const LAST: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("last");
const VERSION: u8 = 1;

/// Writes the last values of these heaters.
pub(crate) fn write(transaction: &WriteTransaction, head: &Head, heaters: &[u32]) -> Result<(), StoreError> {
    let mut table = transaction.open_table(LAST).map_err(disk)?;
    for &number in heaters {
        if let Some(heater) = head.heater(number) {
            table.insert(number, encode(number, heater).as_slice()).map_err(disk)?;
        }
    }
    Ok(())
}

/// Lets the head know all of them; `damaged` is told of heaters whose row cannot be read.
pub(crate) fn read(
    table: &impl ReadableTable<u32, &'static [u8]>,
    head: &mut Head,
    mut damaged: impl FnMut(u32),
) -> Result<(), StoreError> {
    for row in table.iter().map_err(disk)? {
        let (number, value) = row.map_err(disk)?;
        match decode(number.value(), value.value()) {
            Ok(lasts) if number.value() < head.catalog.heater_count() => {
                let heater = head.heater_mut(number.value());
                lasts.iter().for_each(|(origin, cell)| heater.observe(origin, cell));
            }
            _ => damaged(number.value()),
        }
    }
    Ok(())
}

fn encode(number: u32, heater: &HeaterHead) -> Vec<u8> {
    let mut out = Writer::default();
    for (metric, last) in heater.lasts() {
        out.number(u64::from(metric));
        out.signed(last.ts);
        out.number(last.origin.bn);
        out.eight(last.origin.boot.bits());
        out.number(last.origin.seq);
        cell::write(last.measurement, &mut out);
    }
    checked::seal(VERSION, &[u64::from(number)], &out.into_bytes())
}

fn decode(number: u32, bytes: &[u8]) -> Result<Vec<(Origin, Cell)>, Damaged> {
    let mut from = Reader::new(checked::open(VERSION, &[u64::from(number)], bytes)?);
    let mut lasts = Vec::new();
    while !from.is_empty() {
        let metric = u32::try_from(from.number()?).map_err(|_| Damaged)?;
        let ts = from.signed()?;
        let (bn, boot) = (from.number()?, BootId::from_bits(from.eight()?));
        let origin = Origin { bn, boot, seq: from.number()? };
        lasts.push((origin, Cell { metric, ts, measurement: cell::read(&mut from)? }));
    }
    Ok(lasts)
}
